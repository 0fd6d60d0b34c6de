// What stands under and in a message besides text: buttons, menus, and the layouts of newer messages. What a click does is handed in.

import { make } from "./dom.js";
import { emoji, icon } from "./icons.js";
import { linked, plain } from "./media.js";
import { openList } from "./popup.js";
import { marked } from "./text.js";
import { say } from "./words.js";
import { nameOf } from "./world.js";

const LINK = 5;

// part -> node, by the part's type.
const SHOWN = {
  1: (part, at) => make("div", { class: "row" }, inside(part, at)),
  2: (part, at) => (part.style === LINK ? linkButton(part) : button(part, at)),
  3: menu, 5: menu, 6: menu, 7: menu, 8: menu,
  9: (part, at) => make("div", { class: "section" }, make("div", {}, inside(part, at)), component(part.accessory, at)),
  10: (part, { world, does }) => make("div", { class: "content" }, ...marked(part.content, world, does.use)),
  11: (part, { does }) => make("div", { class: "thumbnail" }, linked(part.media.url, part.description, does.sized)),
  12: (part, { does }) => make("div", { class: part.items.length > 1 ? "gallery" : "files" }, part.items.map((item) => linked(item.media.url, item.description, does.sized))),
  13: posted,
  14: (part) => make("hr", { class: [part.divider === false ? "bare" : "", part.spacing === 2 ? "wide" : ""].join(" ") }),
  17: box,
};

// at: {message, world, does}.
export const component = (part, at) => SHOWN[part?.type]?.(part, at) ?? null;

const inside = (part, at) => (part.components ?? []).map((item) => component(item, at));

const labelled = (item) => [item.emoji?.name ? emoji(item.emoji.name) : null, item.label ? make("span", {}, item.label) : null];

export const hex = (colour) => `#${colour.toString(16).padStart(6, "0")}`;

function box(part, at) {
  const node = make("div", { class: "embed box" }, inside(part, at));
  if (part.accent_color) node.style.borderLeftColor = hex(part.accent_color);
  return node;
}

function posted(part, { message }) {
  const file = message.attachments.find((one) => one.url === part.file.url);
  return file ? plain(file) : null;
}

function linkButton(item) {
  return make("a", { class: "style2", href: item.url, rel: "noreferrer noopener", target: "_blank" }, ...labelled(item), icon("link"));
}

function button(item, { message, does }) {
  const node = make("button", { type: "button", class: `style${item.style}`, disabled: Boolean(item.disabled), data: { key: item.custom_id } }, ...labelled(item));
  if (!item.label) node.setAttribute("aria-label", item.emoji?.name ?? say("Button"));
  node.addEventListener("click", () => busy(node, () => does.click(message, item)));
  return node;
}

async function busy(node, work) {
  if (node.getAttribute("aria-busy") === "true") return;
  node.setAttribute("aria-busy", "true");  // not disabled: that would take the focus away
  await work();
  node.removeAttribute("aria-busy");
}

function menu(item, { message, world, does }) {
  const low = item.min_values ?? 1, high = item.max_values ?? 1;
  const options = offered(item, world);
  const label = item.placeholder || say("Choose…");
  const words = make("span", {});
  const node = make("button", { type: "button", class: "menu", disabled: Boolean(item.disabled), "aria-haspopup": "listbox", data: { key: item.custom_id } }, words, icon("down"));
  const show = (chosen) => {
    words.className = chosen.length ? "" : "dim";
    words.textContent = chosen.map((option) => option.label).join(", ") || label;
    node.setAttribute("aria-label", chosen.length ? `${label}: ${words.textContent}` : label);
  };
  let now = options.filter((option) => option.default);
  show(now);
  const send = (chosen) => {
    now = chosen;
    show(now);
    return busy(node, () => does.choose(message, item, chosen.map((option) => option.value)));
  };
  // As in Discord: what is chosen already is told to nobody again; it is taken back where nothing need be chosen.
  const pick = (option) => (now.includes(option) ? low === 0 && send([]) : send([option]));
  node.addEventListener("click", () => {
    const items = options.map((option) => ({ label: option.label, about: option.description, emoji: option.emoji?.name, chosen: now.includes(option), option, pick: () => pick(option) }));
    openList({ at: node, label, items, role: "listbox", several: high > 1 ? { low, high, done: (all) => send(all.map((one) => one.option)) } : null });
  });
  return node;
}

// The options of a menu: its own, or the people and places that there are.
export function offered(item, world) {
  if (item.options) return item.options;
  const given = new Set((item.default_values ?? []).map((value) => String(value.id)));
  const people = [...world.people, world.bot].map((person) => ({ label: nameOf(person), description: "@" + person.username, value: person.id }));
  const places = world.mine.filter((place) => !world.isDirect(place) && (item.channel_types ?? [place.type]).includes(place.type)).map((place) => ({ label: "#" + place.name, value: place.id }));
  return ({ 5: people, 7: people, 8: places }[item.type] ?? []).map((option) => ({ ...option, default: given.has(option.value) }));
}
