// Makes nodes of a message's components: buttons, menus, and the layouts of components V2.
// Does not carry out clicks: these are passed to the handlers in the context.

import { make } from "./dom.js";
import { t } from "./i18n.js";
import { emoji, icon } from "./icons.js";
import { markdown } from "./markdown.js";
import { embeddedImage, fileLink } from "./media.js";
import { openList } from "./popup.js";
import { nameOf } from "./world.js";

const LINK = 5;  // style of a button that opens an address

// Type of a component -> function of (part, context) that returns its node.
const RENDERERS = {
  1: (part, context) => make("div", { class: "row" }, children(part, context)),
  2: (part, context) => (part.style === LINK ? linkButton(part) : button(part, context)),
  3: menu, 5: menu, 6: menu, 7: menu, 8: menu,
  9: (part, context) => make("div", { class: "section" },
    make("div", {}, children(part, context)), component(part.accessory, context)),
  10: (part, { world, handlers }) => make("div", { class: "content" }, ...markdown(part.content, world, handlers.write)),
  11: (part, { handlers }) => make("div", { class: "thumbnail" },
    embeddedImage(part.media.url, part.description, handlers.resized)),
  12: (part, { handlers }) => make("div", { class: part.items.length > 1 ? "gallery" : "files" },
    part.items.map((item) => embeddedImage(item.media.url, item.description, handlers.resized))),
  13: file,
  14: (part) => make("hr",
    { class: [part.divider === false ? "bare" : "", part.spacing === 2 ? "wide" : ""].join(" ") }),
  17: container,
};

// Returns the node of a component, or null if its type is unknown. ``context`` is {message, world, handlers}.
export const component = (part, context) => RENDERERS[part?.type]?.(part, context) ?? null;

const children = (part, context) => (part.components ?? []).map((item) => component(item, context));

const label = (item) => [
  item.emoji?.name ? emoji(item.emoji.name) : null, item.label ? make("span", {}, item.label) : null];

export const hex = (colour) => `#${colour.toString(16).padStart(6, "0")}`;

function container(part, context) {
  const node = make("div", { class: "embed box" }, children(part, context));
  if (part.accent_color) node.style.borderLeftColor = hex(part.accent_color);
  return node;
}

function file(part, { message }) {
  const attachment = message.attachments.find((item) => item.url === part.file.url);
  return attachment ? fileLink(attachment) : null;
}

function linkButton(item) {
  const fields = { class: "style2", href: item.url, rel: "noreferrer noopener", target: "_blank" };
  return make("a", fields, ...label(item), icon("link"));
}

function button(item, { message, handlers }) {
  const fields = { class: `style${item.style}`, disabled: Boolean(item.disabled), data: { key: item.custom_id } };
  const node = make("button", { type: "button", ...fields }, ...label(item));
  if (!item.label) node.setAttribute("aria-label", item.emoji?.name ?? t("Button"));
  node.addEventListener("click", () => whileBusy(node, () => handlers.click(message, item)));
  return node;
}

async function whileBusy(node, work) {
  if (node.getAttribute("aria-busy") === "true") return;
  node.setAttribute("aria-busy", "true");  // "disabled" would take the focus away
  await work();
  node.removeAttribute("aria-busy");
}

function menu(item, { message, world, handlers }) {
  const low = item.min_values ?? 1, high = item.max_values ?? 1;
  const options = menuOptions(item, world);
  const placeholder = item.placeholder || t("Choose…");
  const text = make("span", {});
  const fields = { class: "menu", disabled: Boolean(item.disabled), data: { key: item.custom_id } };
  const node = make("button", { type: "button", "aria-haspopup": "listbox", ...fields }, text, icon("down"));
  let current = options.filter((option) => option.default);
  const show = () => {
    text.className = current.length ? "" : "dim";
    text.textContent = current.map((option) => option.label).join(", ") || placeholder;
    node.setAttribute("aria-label", current.length ? `${placeholder}: ${text.textContent}` : placeholder);
  };
  show();
  const send = (selected) => {
    current = selected;
    show();
    return whileBusy(node, () => handlers.choose(message, item, selected.map((option) => option.value)));
  };
  // As in Discord, picking the current option sends nothing, or deselects it if the menu may be empty.
  const pick = (option) => (current.includes(option) ? low === 0 && send([]) : send([option]));
  node.addEventListener("click", () => {
    const items = options.map((option) => ({
      label: option.label, about: option.description, emoji: option.emoji?.name, selected: current.includes(option),
      option, pick: () => pick(option),
    }));
    const several = high > 1 ? { low, high, done: (picked) => send(picked.map(({ option }) => option)) } : null;
    openList({ at: node, label: placeholder, items, role: "listbox", several });
  });
  return node;
}

// Returns the options of a menu: those that it lists, or all people, or all channels, according to its type.
export function menuOptions(item, world) {
  if (item.options) return item.options;
  const defaults = new Set((item.default_values ?? []).map((value) => String(value.id)));
  const people = [...world.people, world.bot].map(
    (person) => ({ label: nameOf(person), description: "@" + person.username, value: person.id }));
  const channels = world.myChannels
    .filter((channel) => !world.isDirect(channel) && (item.channel_types ?? [channel.type]).includes(channel.type))
    .map((channel) => ({ label: "#" + channel.name, value: channel.id }));
  const options = { 5: people, 7: people, 8: channels }[item.type] ?? [];
  return options.map((option) => ({ ...option, default: defaults.has(option.value) }));
}
