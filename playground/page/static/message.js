// One message as people see it: who, what was used, text, files, buttons and menus. Knows how to show; what a click does is handed in.

import { make } from "./dom.js";
import { component } from "./components.js";
import { embeds, shownElsewhere } from "./embeds.js";
import { icon } from "./icons.js";
import { attachment } from "./media.js";
import { marked } from "./text.js";
import { say } from "./words.js";
import { nameOf } from "./world.js";

const MODERN = 1 << 15;  // a message of components only: files show where those say

export function avatar(person, small = false) {
  const about = { class: small ? "avatar small" : "avatar", "aria-hidden": "true" };
  if (person.bot) return make("img", { ...about, src: "/page/bot.svg", alt: "" });
  return make("span", { ...about, data: { hue: String(Number(BigInt(person.id) % 5n)) } }, nameOf(person)[0].toUpperCase());
}

// does: click(message, item), choose(message, item, values), menu(message, at), use(line), dismiss(message), jump(id), sized().
export function shown(message, world, does) {
  const whisper = world.isWhisper(message), elsewhere = shownElsewhere(message);
  const files = message.flags & MODERN ? [] : message.attachments.filter((file) => !elsewhere.has(file.url));
  const node = make("li", { class: "message" + (whisper ? " whisper" : ""), id: "m" + message.id, tabIndex: -1 },
    message.used ? used(message, world, does) : null,
    avatar(message.author),
    make("div", { class: "body" },
      by(message),
      content(message, world, does),
      files.length ? make("div", { class: "files" }, files.map((file) => attachment(file, does.sized))) : null,
      embeds(message, world, does),
      message.components.map((part) => component(part, { message, world, does })),
      whisper ? note(message, does) : null),
    make("button", { type: "button", class: "round more", "aria-label": say("More about this message"), "aria-haspopup": "menu", onclick: (event) => does.menu(message, event.currentTarget) }, icon("more")));
  return node;
}

function by(message) {
  const at = new Date(message.timestamp);
  const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return make("div", { class: "by" },
    make("strong", {}, nameOf(message.author)),
    message.author.bot ? make("span", { class: "tag" }, "APP") : null,
    make("time", { dateTime: message.timestamp, title: at.toLocaleString() }, time),
    message.edited_timestamp ? make("span", { class: "edited" }, say("(edited)")) : null);
}

function used(message, world, does) {
  const { by: who } = message.used, line = world.lineOf(message), label = world.labelOf(message);
  const from = message.message_reference?.message_id, deed = label ? say("used {label}", { label }) : say("pressed a button");
  const what = line
    ? [say("used"), " ", make("button", { type: "button", class: "chip", title: say("Write this again"), onclick: () => does.use(line) }, line)]
    : [from ? make("button", { type: "button", class: "plain", title: say("Show the message"), onclick: () => does.jump(from) }, deed) : deed];
  return make("div", { class: "used" }, avatar(who, true), make("b", {}, nameOf(who)), " ", ...what);
}

function content(message, world, does) {
  if (world.isLoading(message)) {
    const dots = make("span", { class: "dots", "aria-hidden": "true" }, make("i"), make("i"), make("i"));
    return make("div", { class: "content thinking" }, dots, say("{name} is thinking…", { name: nameOf(message.author) }));
  }
  return message.content ? make("div", { class: "content" }, ...marked(message.content, world, does.use)) : null;
}

function note(message, does) {
  return make("div", { class: "note" }, icon("eye"), say("Only you can see this"),
    make("button", { type: "button", class: "plain", onclick: () => does.dismiss(message) }, say("Dismiss")));
}
