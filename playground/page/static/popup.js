// A list that opens beside a node or the pointer: a message's menu, or the options of a select menu. While open it has
// the keyboard focus; after closing, the focus returns to where it was.

import { $, make } from "./dom.js";
import { t } from "./i18n.js";
import { emoji, icon } from "./icons.js";
import { findByKey } from "./update.js";

const GAP = 6;  // distance in px from the node or the pointer, and from the edges of the window

// Opens a list and returns a function that closes it.
// ``at`` is the node or the point {x, y} beside which it opens.
// ``items`` are {label, about, icon, emoji, selected, danger, pick}, or "-" for a separator.
// ``several`` is {low, high, done(items)} if more than one item may be selected. Picking an item then only ticks it,
// and a button calls done with the ticked items.
export function openList({ at, label, items, role = "menu", several = null }) {
  const opener = document.activeElement, messageId = opener?.closest(".message")?.id;
  // The message of the opener may be replaced while the list is open. Then the same button in its new version gets the
  // focus.
  const returnTarget = () => {
    if (opener?.isConnected) return opener;
    const message = messageId && $(messageId);
    return message ? findByKey(message, opener.dataset.key) ?? message : $("input");
  };
  const list = make("div", { class: "popup", role, popover: "manual", "aria-label": label });
  if (several) list.setAttribute("aria-multiselectable", "true");
  // popover="auto" would close a list opened by a long press as soon as the finger is lifted.
  const close = () => { removeEventListener("pointerdown", closeOutside, true); list.hidePopover(); };
  const closeOutside = (event) => { if (!list.contains(event.target)) close(); };
  addEventListener("pointerdown", closeOutside, true);
  list.append(...items.map(
    (item) => (item === "-" ? make("hr", { role: "separator" }) : row(item, role, several, close))));
  if (several) list.append(doneButton(items, several, close));
  list.addEventListener("keydown", (event) => onKey(event, list, close));
  list.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    const hadFocus = list.contains(document.activeElement) || document.activeElement === document.body;
    list.remove();
    if (hadFocus) returnTarget().focus();
  });
  document.body.append(list);
  list.showPopover();
  place(list, at, role === "listbox");
  (list.querySelector("[aria-selected=true]") ?? list.querySelector("button"))?.focus();
  return close;
}

function row(item, role, several, close) {
  const fields = { role: role === "menu" ? "menuitem" : "option", class: item.danger ? "danger" : "", tabIndex: -1 };
  const node = make("button", { type: "button", ...fields },
    item.emoji ? emoji(item.emoji) : item.icon ? icon(item.icon) : null,
    make("span", { class: "words" },
      make("span", {}, item.label), item.about ? make("small", {}, item.about) : null),
    role === "menu" ? null : icon("check"));
  item.node = node;
  if (role !== "menu") node.setAttribute("aria-selected", String(Boolean(item.selected)));
  node.addEventListener("click", () => {
    if (!several) { close(); item.pick(); return; }
    several.toggle(item);
  });
  return node;
}

function doneButton(items, several, close) {
  const { low, high } = several;
  const node = make("button", { type: "button", class: "done" }, t("Done"));
  const selected = () => items.filter((item) => item.selected);
  const count = make("small", {});
  node.append(count);
  const show = () => {
    for (const item of items) item.node.setAttribute("aria-selected", String(Boolean(item.selected)));
    node.disabled = selected().length < low || selected().length > high;
    const needed = low === high ? low : t("{low} to {high}", several);
    count.textContent = " " + t("{count} selected, {needed} needed", { count: selected().length, needed });
  };
  several.toggle = (item) => {
    item.selected = !item.selected;
    show();
  };
  show();
  node.addEventListener("click", () => { close(); several.done(selected()); });
  return node;
}

function onKey(event, list, close) {
  const { key } = event;
  const buttons = [...list.querySelectorAll("button:not(:disabled)")];
  const at = buttons.indexOf(document.activeElement);
  const focus = (i) => { event.preventDefault(); buttons[(i + buttons.length) % buttons.length]?.focus(); };
  if (key === "ArrowDown") focus(at + 1);
  else if (key === "ArrowUp") focus(at - 1);
  else if (key === "Home") focus(0);
  else if (key === "End") focus(buttons.length - 1);
  else if (key === "Tab" || key === "Escape") { event.preventDefault(); event.stopPropagation(); close(); }
  else if (key.length === 1 && key !== " " && !event.ctrlKey && !event.metaKey) {
    const matches = (node) => node.textContent.trim().toLowerCase().startsWith(key.toLowerCase());
    const next = [...buttons.slice(at + 1), ...buttons.slice(0, at + 1)].find(matches);
    if (next) { event.preventDefault(); next.focus(); }
  }
}

function place(list, at, wide) {
  const box = at instanceof Element
    ? at.getBoundingClientRect() : { left: at.x, top: at.y, bottom: at.y, width: 0 };
  if (wide && box.width) list.style.minWidth = `${Math.round(box.width)}px`;
  const { width, height } = list.getBoundingClientRect();
  const below = box.bottom + GAP, above = box.top - GAP - height;
  const fitsBelow = below + height <= innerHeight - GAP;
  const top = !fitsBelow && above > GAP ? above : Math.min(below, innerHeight - height - GAP);
  list.style.left = `${Math.max(GAP, Math.min(box.left, innerWidth - width - GAP))}px`;
  list.style.top = `${Math.max(GAP, top)}px`;
}
