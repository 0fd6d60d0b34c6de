// Makes the node of a message: its author, the command behind it, text, files, buttons and menus.
// Does not carry out clicks: these are passed to the handlers.

import { component } from "./components.js";
import { make } from "./dom.js";
import { embeddedUrls, embeds } from "./embeds.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";
import { markdown } from "./markdown.js";
import { attachment } from "./media.js";
import { nameOf } from "./world.js";

const COMPONENTS_V2 = 1 << 15;  // flag of a message that consists of components only, which show its files

export function avatar(person, small = false) {
  const fields = { class: small ? "avatar small" : "avatar", "aria-hidden": "true" };
  if (person.bot) return make("img", { ...fields, src: "/page/bot.svg", alt: "" });
  const hue = String(Number(BigInt(person.id) % 5n));
  return make("span", { ...fields, data: { hue } }, nameOf(person)[0].toUpperCase());
}

// Returns the node of a message. The handlers are click(message, item), choose(message, item, values),
// openMenu(message, at), write(line), dismiss(message), jump(id) and resized().
export function messageNode(message, world, handlers) {
  const whisper = world.isWhisper(message), elsewhere = embeddedUrls(message);
  const files = message.flags & COMPONENTS_V2 ? [] : message.attachments.filter((file) => !elsewhere.has(file.url));
  return make("li", { class: "message" + (whisper ? " whisper" : ""), id: "m" + message.id, tabIndex: -1 },
    message.used ? origin(message, world, handlers) : null,
    avatar(message.author),
    make("div", { class: "body" },
      byline(message),
      content(message, world, handlers),
      files.length ? make("div", { class: "files" }, files.map((file) => attachment(file, handlers.resized))) : null,
      embeds(message, world, handlers),
      message.components.map((part) => component(part, { message, world, handlers })),
      whisper ? whisperNote(message, handlers) : null),
    moreButton(message, handlers));
}

function moreButton(message, handlers) {
  const onclick = (event) => handlers.openMenu(message, event.currentTarget);
  const label = t("More about this message");
  return make("button",
    { type: "button", class: "round more", "aria-label": label, "aria-haspopup": "menu", onclick }, icon("more"));
}

function byline(message) {
  const at = new Date(message.timestamp);
  const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return make("div", { class: "byline" },
    make("strong", {}, nameOf(message.author)),
    message.author.bot ? make("span", { class: "tag" }, "APP") : null,
    make("time", { dateTime: message.timestamp, title: at.toLocaleString() }, time),
    message.edited_timestamp ? make("span", { class: "edited" }, t("(edited)")) : null);
}

// Makes the line above a message that says who used what. A command is shown as a line that a click writes again; a
// button, menu or dialog is a link to its message.
function origin(message, world, handlers) {
  const { by } = message.used, line = world.lineOf(message), label = world.labelOf(message);
  const from = message.message_reference?.message_id;
  const action = label ? t("used {label}", { label }) : t("pressed a button");
  const button = (fields, text) => make("button", { type: "button", ...fields }, text);
  const jump = { class: "plain", title: t("Show the message"), onclick: () => handlers.jump(from) };
  const writeAgain = { class: "chip", title: t("Write this again"), onclick: () => handlers.write(line) };
  const what = line ? [t("used"), " ", button(writeAgain, line)] : [from ? button(jump, action) : action];
  return make("div", { class: "used" }, avatar(by, true), make("b", {}, nameOf(by)), " ", ...what);
}

function content(message, world, handlers) {
  if (world.isLoading(message)) {
    const dots = make("span", { class: "dots", "aria-hidden": "true" }, make("i"), make("i"), make("i"));
    const text = t("{name} is thinking…", { name: nameOf(message.author) });
    return make("div", { class: "content thinking" }, dots, text);
  }
  return message.content ? make("div", { class: "content" }, ...markdown(message.content, world, handlers.write)) : null;
}

function whisperNote(message, handlers) {
  return make("div", { class: "note" }, icon("eye"), t("Only you can see this"),
    make("button", { type: "button", class: "plain", onclick: () => handlers.dismiss(message) }, t("Dismiss")));
}
