// The side of the page: channels, direct messages, and who one is. On a phone it is a drawer.

import { $, make } from "./dom.js";
import { icon } from "./icons.js";
import { avatar } from "./message.js";
import { openList } from "./popup.js";
import { say } from "./words.js";
import { nameOf } from "./world.js";

// does: go(channel), become(person), speak(locale).
export function drawPlaces(world, does) {
  const direct = world.mine.filter((channel) => world.isDirect(channel));
  $("rooms").replaceChildren(
    ...world.guilds.flatMap((guild) => group(guild.name, world.mine.filter((channel) => channel.guild_id === guild.id), world, does)),
    ...group(say("Direct messages"), direct, world, does));
  $("people").replaceChildren(make("h2", { id: "whoami" }, say("You are")), make("div", { role: "radiogroup", "aria-labelledby": "whoami" }, ...world.people.map((person) => face(person, world, does))),
    world.languages.length ? language(world, does) : "");
}

function group(title, channels, world, does) {
  const id = "g" + title.replace(/\W/g, "");
  return [make("h2", { id }, title), make("ul", { "aria-labelledby": id }, ...channels.map((channel) => make("li", {}, door(channel, world, does))))];
}

export const title = (channel, world) => (world.isDirect(channel) ? nameOf(world.bot) : channel.name);

function door(channel, world, does) {
  const news = world.unread.has(channel.id);
  const node = make("button", { type: "button", class: ["door", news ? "news" : "", channel.parent_id ? "thread" : ""].filter(Boolean).join(" "), onclick: () => does.go(channel) },
    world.isDirect(channel) ? avatar(world.bot, true) : make("span", { class: "hash", "aria-hidden": "true" }, channel.parent_id ? "↳" : "#"),
    make("span", {}, title(channel, world)),
    channel.parent_id ? make("span", { class: "hidden" }, " (thread)") : null,
    news ? make("span", { class: "hidden" }, say(" (new messages)")) : null);
  if (channel === world.here) node.setAttribute("aria-current", "page");
  return node;
}

function face(person, world, does) {
  const me = person === world.me;
  const node = make("button", { type: "button", class: "door", role: "radio", tabIndex: me ? 0 : -1, onclick: () => does.become(person) }, avatar(person, true), make("span", {}, nameOf(person)), icon("check"));
  node.setAttribute("aria-checked", String(me));
  node.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!step || event.altKey) return;
    event.preventDefault();
    const { people } = world;
    does.become(people[(people.indexOf(person) + step + people.length) % people.length], true);
  });
  return node;
}

// Chinese is told apart by its script, not by its country: "zh-Hans" for zh-CN.
function written(code) {
  const { language, script } = new Intl.Locale(code).maximize();
  return language === "zh" ? `${language}-${script}` : code;
}

// Only where the bot speaks other languages than English.
function language(world, does) {
  const said = (code) => new Intl.DisplayNames([code], { type: "language" }).of(written(code));
  const node = make("button", { type: "button", class: "door", "aria-haspopup": "listbox" }, icon("language"), make("span", {}, said(world.me.locale)));
  node.addEventListener("click", () => openList({
    at: node, label: say("Language"), role: "listbox",
    items: ["en-US", ...world.languages.filter((code) => !code.startsWith("en"))].map((code) => ({ label: said(code), chosen: code === world.me.locale, pick: () => does.speak(code) })),
  }));
  return node;
}

// The drawer

export function drawer(open) {
  document.body.classList.toggle("drawn", open);
  $("drawer").setAttribute("aria-expanded", String(open));
  if (open) ($("rooms").querySelector("[aria-current]") ?? $("rooms").querySelector("button"))?.focus();
}
