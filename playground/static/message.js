// One message as people see it: who, what was used, text, files, buttons and menus. Knows how to show; what a click does is handed in.

import { make } from "./dom.js";
import { emoji, icon } from "./icons.js";
import { attachment } from "./media.js";
import { openList } from "./popup.js";
import { inline, marked } from "./text.js";
import { nameOf } from "./world.js";

const ROW = 1, BUTTON = 2, MENU = 3, SECTION = 9, TEXT = 10, GALLERY = 12, LINE = 14, BOX = 17;
const LINK = 5;

export function avatar(person, small = false) {
  const about = { class: small ? "avatar small" : "avatar", "aria-hidden": "true" };
  if (person.bot) return make("img", { ...about, src: "/page/bot.svg", alt: "" });
  return make("span", { ...about, data: { hue: String(Number(BigInt(person.id) % 5n)) } }, nameOf(person)[0].toUpperCase());
}

// does: click(message, item), choose(message, item, values), menu(message, at), use(line), dismiss(message), sized().
export function shown(message, world, does) {
  const whisper = world.isWhisper(message);
  const node = make("li", { class: "message" + (whisper ? " whisper" : ""), id: "m" + message.id, tabIndex: -1 },
    message.used ? used(message, does) : null,
    avatar(message.author),
    make("div", { class: "body" },
      by(message),
      content(message, world, does),
      message.embeds.map((value) => embed(value, world, does)),
      message.attachments.length ? make("div", { class: "files" }, message.attachments.map((file) => attachment(file, does.sized))) : null,
      message.components.map((part) => component(part, message, world, does)),
      whisper ? note(message, does) : null),
    make("button", { type: "button", class: "round more", "aria-label": "More about this message", "aria-haspopup": "menu", onclick: (event) => does.menu(message, event.currentTarget) }, icon("more")));
  return node;
}

function by(message) {
  const at = new Date(message.timestamp);
  const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return make("div", { class: "by" },
    make("strong", {}, nameOf(message.author)),
    message.author.bot ? make("span", { class: "tag" }, "APP") : null,
    make("time", { dateTime: message.timestamp, title: at.toLocaleString() }, time),
    message.edited_timestamp ? make("span", { class: "edited" }, "(edited)") : null);
}

function used(message, does) {
  const { by: who, line } = message.used;
  const what = line
    ? ["used", " ", make("button", { type: "button", class: "chip", title: "Write this again", onclick: () => does.use(line) }, line)]
    : [message.used.label ? `used ${message.used.label}` : "pressed a button"];
  return make("div", { class: "used" }, avatar(who, true), make("b", {}, nameOf(who)), " ", ...what);
}

function content(message, world, does) {
  if (world.isLoading(message)) {
    const dots = make("span", { class: "dots", "aria-hidden": "true" }, make("i"), make("i"), make("i"));
    return make("div", { class: "content thinking" }, dots, `${nameOf(message.author)} is thinking…`);
  }
  return message.content ? make("div", { class: "content" }, ...marked(message.content, world, does.use)) : null;
}

function note(message, does) {
  return make("div", { class: "note" }, icon("eye"), "Only you can see this",
    make("button", { type: "button", class: "plain", onclick: () => does.dismiss(message) }, "Dismiss"));
}

function embed(value, world, does) {
  const picture = (image) => image && make("img", { src: image.url, alt: image.description ?? "", onload: does.sized });
  return make("div", { class: "embed" },
    value.author ? make("small", {}, value.author.name) : null,
    value.title ? make("strong", {}, ...inline(value.title, world, does.use)) : null,
    value.description ? make("div", { class: "content" }, ...marked(value.description, world, does.use)) : null,
    (value.fields ?? []).map((field) => make("div", { class: field.inline ? "field inline" : "field" }, make("strong", {}, field.name), make("div", {}, ...marked(field.value, world, does.use)))),
    picture(value.image), picture(value.thumbnail),
    value.footer ? make("small", {}, value.footer.text) : null);
}

// Buttons, menus, and the layouts of newer messages

function component(part, message, world, does) {
  const inside = () => (part.components ?? []).map((item) => component(item, message, world, does));
  if (part.type === ROW) return make("div", { class: "row" }, ...inside());
  if (part.type === BUTTON) return part.style === LINK ? linkButton(part) : button(part, message, does);
  if (part.type === MENU) return menu(part, message, does);
  if (part.type === TEXT) return make("div", { class: "content" }, ...marked(part.content, world, does.use));
  if (part.type === GALLERY) return make("div", { class: "files" }, part.items.map((item) => make("img", { src: item.media.url, alt: item.description ?? "", onload: does.sized })));
  if (part.type === LINE) return make("hr");
  if (part.type === SECTION) return make("div", { class: "section" }, make("div", {}, ...inside()), part.accessory?.type === BUTTON ? component(part.accessory, message, world, does) : null);
  return make("div", { class: part.type === BOX ? "embed" : "" }, ...inside());
}

const labelled = (item) => [item.emoji?.name ? emoji(item.emoji.name) : null, item.label ? make("span", {}, item.label) : null];

function linkButton(item) {
  return make("a", { class: "style2", href: item.url, rel: "noreferrer noopener", target: "_blank" }, ...labelled(item), icon("link"));
}

function button(item, message, does) {
  const node = make("button", { type: "button", class: `style${item.style}`, disabled: Boolean(item.disabled), data: { key: item.custom_id } }, ...labelled(item));
  if (!item.label) node.setAttribute("aria-label", item.emoji?.name ?? "Button");
  node.addEventListener("click", async () => {
    if (node.getAttribute("aria-busy") === "true") return;
    node.setAttribute("aria-busy", "true");  // not disabled: that would take the focus away
    await does.click(message, item);
    node.removeAttribute("aria-busy");
  });
  return node;
}

function menu(item, message, does) {
  const low = item.min_values ?? 1, high = item.max_values ?? 1;
  const chosen = item.options.filter((option) => option.default).map((option) => option.label).join(", ");
  const label = item.placeholder ?? "Choose…";
  const node = make("button", { type: "button", class: "menu", disabled: Boolean(item.disabled), "aria-haspopup": "listbox", "aria-label": label, data: { key: item.custom_id } },
    make("span", { class: chosen ? "" : "dim" }, chosen || label), icon("down"));
  const send = (options) => does.choose(message, item, options.map((option) => option.value));
  node.addEventListener("click", () => {
    const items = item.options.map((option) => ({ label: option.label, about: option.description, emoji: option.emoji?.name, chosen: Boolean(option.default), value: option.value, pick: () => send([option]) }));
    openList({ at: node, label, items, role: "listbox", several: high > 1 ? { low, high, done: send } : null });
  });
  return node;
}
