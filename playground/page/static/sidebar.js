// The sidebar: channels, direct messages, people and the language. On a phone it is a drawer.
// Changes nothing but itself: choices are passed to ``navigation``.

import { $, make } from "./dom.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";
import { avatar } from "./message.js";
import { openList } from "./popup.js";
import { nameOf } from "./world.js";

// Redraws the sidebar. ``navigation`` has the functions go(channel), become(person) and setLanguage(locale).
export function drawSidebar(world, navigation) {
  const channels = (filter) => world.myChannels.filter(filter);
  $("channels").replaceChildren(
    ...world.guilds.flatMap(
      (guild) => group(guild.name, channels((channel) => channel.guild_id === guild.id), world, navigation)),
    ...group(t("Direct messages"), channels((channel) => world.isDirect(channel)), world, navigation));
  $("people").replaceChildren(
    make("h2", { id: "whoami" }, t("You are")),
    make("div", { role: "radiogroup", "aria-labelledby": "whoami" },
      ...world.people.map((person) => personButton(person, world, navigation))),
    world.languages.length ? languageButton(world, navigation) : "");
}

function group(name, channels, world, navigation) {
  const id = "g" + name.replace(/\W/g, "");
  const items = channels.map((channel) => make("li", {}, channelButton(channel, world, navigation)));
  return [make("h2", { id }, name), make("ul", { "aria-labelledby": id }, ...items)];
}

export const title = (channel, world) => (world.isDirect(channel) ? nameOf(world.bot) : channel.name);

function channelButton(channel, world, navigation) {
  const isUnread = world.unread.has(channel.id);
  const classes = ["entry", isUnread ? "unread" : "", channel.parent_id ? "thread" : ""].filter(Boolean).join(" ");
  const sign = world.isDirect(channel)
    ? avatar(world.bot, true)
    : make("span", { class: "hash", "aria-hidden": "true" }, channel.parent_id ? "↳" : "#");
  const node = make("button", { type: "button", class: classes, onclick: () => navigation.go(channel) },
    sign,
    make("span", {}, title(channel, world)),
    channel.parent_id ? make("span", { class: "hidden" }, t(" (thread)")) : null,
    isUnread ? make("span", { class: "hidden" }, t(" (new messages)")) : null);
  if (channel === world.here) node.setAttribute("aria-current", "page");
  return node;
}

function personButton(person, world, navigation) {
  const isMe = person === world.me;
  const fields = { role: "radio", tabIndex: isMe ? 0 : -1, onclick: () => navigation.become(person) };
  const node = make("button", { type: "button", class: "entry", ...fields },
    avatar(person, true), make("span", {}, nameOf(person)), icon("check"));
  node.setAttribute("aria-checked", String(isMe));
  node.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!step || event.altKey) return;
    event.preventDefault();
    const { people } = world;
    navigation.become(people[(people.indexOf(person) + step + people.length) % people.length], true);
  });
  return node;
}

// Names Chinese by its script instead of a country: "zh-CN" becomes "zh-Hans". Other locales stay as they are.
function withScript(locale) {
  const { language, script } = new Intl.Locale(locale).maximize();
  return language === "zh" ? `${language}-${script}` : locale;
}

const languageName = (locale) => new Intl.DisplayNames([locale], { type: "language" }).of(withScript(locale));

// Makes the button that chooses a language. It is shown only if the bot has languages besides English.
function languageButton(world, navigation) {
  const node = make("button", { type: "button", class: "entry", "aria-haspopup": "listbox" },
    icon("language"), make("span", {}, languageName(world.me.locale)));
  const locales = ["en-US", ...world.languages.filter((locale) => !locale.startsWith("en"))];
  const item = (locale) => ({
    label: languageName(locale), selected: locale === world.me.locale, pick: () => navigation.setLanguage(locale) });
  node.addEventListener("click", () => {
    openList({ at: node, label: t("Language"), role: "listbox", items: locales.map(item) });
  });
  return node;
}

// The drawer

export function setDrawer(open) {
  document.body.classList.toggle("drawer-open", open);
  $("drawer").setAttribute("aria-expanded", String(open));
  if (open) ($("channels").querySelector("[aria-current]") ?? $("channels").querySelector("button"))?.focus();
}
