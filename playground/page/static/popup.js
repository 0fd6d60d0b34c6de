// A list that opens beside something: a message's menu, or what a select menu offers. It holds the focus while it is open and gives it back.

import { withKey } from "./anew.js";
import { $, make } from "./dom.js";
import { emoji, icon } from "./icons.js";
import { say } from "./words.js";

const GAP = 6;  // px between the list and what it belongs to

// items: {label, about, icon, emoji, danger, chosen, pick}; "-" is a line between. at: a node or {x, y}.
// several: {low, high, done(items)} where more than one may be chosen; choosing then only ticks.
export function openList({ at, label, items, role = "menu", several = null }) {
  const before = document.activeElement, home = before?.closest(".message")?.id;
  // What opened the list may be said anew meanwhile: then its likeness gets the focus.
  const back = () => (before?.isConnected ? before : home && $(home) ? withKey($(home), before.dataset.key) ?? $(home) : $("typed"));
  const list = make("div", { class: "popup", role, popover: "manual", "aria-label": label });
  if (several) list.setAttribute("aria-multiselectable", "true");
  // Not popover="auto": that closes when the finger of a long press, which opened the list, is lifted.
  const close = () => { removeEventListener("pointerdown", outside, true); list.hidePopover(); };
  const outside = (event) => { if (!list.contains(event.target)) close(); };
  addEventListener("pointerdown", outside, true);
  list.append(...items.map((item) => (item === "-" ? make("hr", { role: "separator" }) : row(item, role, several, close))));
  if (several) list.append(doneButton(items, several, close));
  list.addEventListener("keydown", (event) => keyed(event, list, close));
  list.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    const held = list.contains(document.activeElement) || document.activeElement === document.body;
    list.remove();
    if (held) back().focus();
  });
  document.body.append(list);
  list.showPopover();
  place(list, at, role === "listbox");
  (list.querySelector("[aria-selected=true]") ?? list.querySelector("button"))?.focus();
  return close;
}

function row(item, role, several, close) {
  const node = make("button", { type: "button", role: role === "menu" ? "menuitem" : "option", class: item.danger ? "danger" : "", tabIndex: -1 },
    item.emoji ? emoji(item.emoji) : item.icon ? icon(item.icon) : null,
    make("span", { class: "words" }, make("span", {}, item.label), item.about ? make("small", {}, item.about) : null),
    role === "menu" ? null : icon("check"));
  item.node = node;
  if (role !== "menu") node.setAttribute("aria-selected", String(Boolean(item.chosen)));
  node.addEventListener("click", () => {
    if (!several) { close(); item.pick(); return; }
    several.tick(item);
  });
  return node;
}

function doneButton(items, several, close) {
  const node = make("button", { type: "button", class: "done" }, say("Done"));
  const chosen = () => items.filter((item) => item.chosen);
  const count = make("small", {});
  node.append(count);
  const show = () => {
    for (const item of items) item.node.setAttribute("aria-selected", String(Boolean(item.chosen)));
    node.disabled = chosen().length < several.low || chosen().length > several.high;
    count.textContent = " " + say("{count} of {many}", { count: chosen().length, many: several.low === several.high ? several.low : say("{low} to {high}", several) });
  };
  several.tick = (item) => {
    item.chosen = !item.chosen;
    show();
  };
  show();
  node.addEventListener("click", () => { close(); several.done(chosen()); });
  return node;
}

function keyed(event, list, close) {
  const all = [...list.querySelectorAll("button:not(:disabled)")];
  const at = all.indexOf(document.activeElement);
  const go = (i) => { event.preventDefault(); all[(i + all.length) % all.length]?.focus(); };
  if (event.key === "ArrowDown") go(at + 1);
  else if (event.key === "ArrowUp") go(at - 1);
  else if (event.key === "Home") go(0);
  else if (event.key === "End") go(all.length - 1);
  else if (event.key === "Tab" || event.key === "Escape") { event.preventDefault(); event.stopPropagation(); close(); }
  else if (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey) {
    const begins = (node) => node.textContent.trim().toLowerCase().startsWith(event.key.toLowerCase());
    const next = [...all.slice(at + 1), ...all.slice(0, at + 1)].find(begins);
    if (next) { event.preventDefault(); next.focus(); }
  }
}

function place(list, at, wide) {
  const box = at instanceof Element ? at.getBoundingClientRect() : { left: at.x, top: at.y, bottom: at.y, width: 0 };
  if (wide && box.width) list.style.minWidth = `${Math.round(box.width)}px`;
  const { width, height } = list.getBoundingClientRect();
  const below = box.bottom + GAP, above = box.top - GAP - height;
  const top = below + height > innerHeight - GAP && above > GAP ? above : Math.min(below, innerHeight - height - GAP);
  list.style.left = `${Math.max(GAP, Math.min(box.left, innerWidth - width - GAP))}px`;
  list.style.top = `${Math.max(GAP, top)}px`;
}
