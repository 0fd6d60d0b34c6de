// The chat page: puts the parts together. It shows what the server tells, and sends what the person does.

import { replace } from "./anew.js";
import { Composer } from "./composer.js";
import { ask, showKeys } from "./dialogs.js";
import { $, announce, make } from "./dom.js";
import { icon } from "./icons.js";
import { shown } from "./message.js";
import { drawer, drawPlaces, title } from "./places.js";
import { openList } from "./popup.js";
import { act, listen } from "./server.js";
import { chosenTheme, nextTheme } from "./theme.js";
import { welcome } from "./welcome.js";
import { learn, say } from "./words.js";
import { World } from "./world.js";

const NEAR_END = 160;      // px from the end that still count as being there
const MAX_MESSAGES = 2000;  // as many as the playground remembers
const HOLD_MS = 500;       // a long press
const MESSAGE_MENU = 3;

const world = new World();
for (const node of document.querySelectorAll("[data-icon]")) node.prepend(icon(node.dataset.icon));
const composer = new Composer(world);
const list = $("messages");
const hovers = () => matchMedia("(hover: hover)").matches;  // on a phone the focus would open the keyboard

// What a person does

async function doing(name, body) {
  const answer = await act(name, { ...world.who, ...body });
  composer.refuse(answer.error ?? "");
  return answer;
}

const does = {
  click: (message, item) => doing("click", { message: message.id, custom_id: item.custom_id }),
  choose: (message, item, values) => doing("choose", { message: message.id, custom_id: item.custom_id, values }),
  dismiss: (message) => doing("delete", { message: message.id }),
  menu: openMenu,
  use: (line) => composer.write(line),
  say: (line) => composer.send(line),
  sized: () => stick(),
  jump: (id) => { const node = $("m" + id); node?.scrollIntoView({ block: "center" }); node?.focus(); },
};

function openMenu(message, at) {
  const commands = world.commandsOf(MESSAGE_MENU).map((command) => ({
    label: world.local(command, "name"), icon: "sparkle", pick: () => doing("target", { message: message.id, name: command.name }),
  }));
  const line = world.lineOf(message);
  const own = [
    line ? { label: say("Write this again"), icon: "pencil", pick: () => composer.write(line) } : null,
    message.content ? { label: say("Copy text"), icon: "copy", pick: () => copy(message.content) } : null,
    world.mayDelete(message) ? { label: say("Delete message"), icon: "trash", danger: true, pick: () => does.dismiss(message) } : null,
  ].filter(Boolean);
  openList({ at, label: say("Message"), items: commands.length && own.length ? [...commands, "-", ...own] : [...commands, ...own] });
}

async function copy(text) {
  try { await navigator.clipboard.writeText(text); announce(say("Copied.")); }
  catch { composer.refuse(say("The browser does not let this page copy.")); }
}

// Messages on the screen

let atEnd = true, lastTop = 0;
const stick = () => { if (atEnd) list.scrollTop = list.scrollHeight; };

list.addEventListener("scroll", () => {
  // What grows below (a picture has loaded) is no leaving; only going up is.
  if (list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_END) { atEnd = true; $("newer").hidden = true; }
  else if (list.scrollTop < lastTop) atEnd = false;
  lastTop = list.scrollTop;
});
new ResizeObserver(stick).observe(list);
$("newer").addEventListener("click", () => { atEnd = true; stick(); $("newer").hidden = true; });

function put(message) {
  const known = world.messages.has(message.id);
  world.messages.set(message.id, message);
  if (world.messages.size > MAX_MESSAGES) heard.delete({ id: world.messages.keys().next().value });
  if (!world.here) return;
  if (!world.shows(message)) { if (!known && world.isMine(message)) noteUnread(message); return; }
  if (!world.isLoading(message) && (message.attachments.length || !message.components.length)) tell(message);
  const old = $("m" + message.id), fresh = shown(message, world, does);
  if (old) replace(old, fresh);
  else {
    list.append(fresh);
    if (message.used?.by.id === world.me.id) atEnd = true;  // what I did myself I want to see
    $("newer").hidden = atEnd;
  }
  stick();
}

function noteUnread(message) {
  if (message.channel_id === world.here.id) return;
  world.unread.add(message.channel_id);
  drawPlaces(world, going);
}

// Only what is worth hearing: pictures by their alt text, and last words; not every step of a progress bar.
function tell(message) {
  const files = message.attachments.map((file) => file.description ?? file.filename).join(" ");
  const words = message.content.replace(/[`*█░]/g, "").split("\n")[0];
  if (files || !/\d+\/\d+/.test(words)) announce([words, files].filter(Boolean).join(". "));
}

function redraw() {
  drawPlaces(world, going);
  const direct = world.isDirect(world.here);
  $("sign").textContent = direct ? "@" : world.here.parent_id ? "↳" : "#";
  $("place").textContent = title(world.here, world);
  document.title = `${direct ? "@" : "#"}${title(world.here, world)} · ${say("waifubot playground")}`;
  list.replaceChildren(welcome(world, does), ...world.past.map((message) => shown(message, world, does)));
  atEnd = true;
  $("newer").hidden = true;
  stick();
}

// Places and people

// Everything in the language of whoever one is, what is open too; a later choice overtakes one whose words are still on their way.
async function inOwnWords() {
  const { locale } = world.me;
  await learn(locale, world.translations);
  if (locale !== world.me.locale) return;
  chosenTheme();
  redraw();
  composer.changed();
}

const going = {
  go(channel) { world.here = channel; world.settle(); drawer(false); redraw(); composer.box.focus(); },
  async become(person, stay = false) {
    world.me = person;
    world.settle();
    await inOwnWords();
    if (stay) $("people").querySelector("[aria-checked=true]").focus();
    else drawer(false);
  },
  speak: (locale) => doing("speak", { locale }),
};

$("drawer").addEventListener("click", () => drawer(!document.body.classList.contains("drawn")));
$("veil").addEventListener("click", () => drawer(false));
$("keys").addEventListener("click", showKeys);
$("theme").addEventListener("click", nextTheme);
chosenTheme();

// Keys and presses on messages

const moreOf = (node) => node.querySelector(".more");
const messageAt = (target) => { const node = target.closest?.(".message"); return node && world.messages.get(node.id.slice(1)); };

list.addEventListener("contextmenu", (event) => {
  const message = messageAt(event.target);
  if (!message || event.shiftKey && event.button === 2 && event.clientX) return;  // Shift and right click: the browser's own menu
  event.preventDefault();
  if (!document.querySelector(".popup")) openMenu(message, event.clientX || event.clientY ? { x: event.clientX, y: event.clientY } : moreOf(event.target.closest(".message")));
});

let press = 0, pressed = false;
list.addEventListener("pointerdown", (event) => {
  const message = messageAt(event.target);
  pressed = false;
  if (event.pointerType !== "touch" || !message) return;
  press = setTimeout(() => {
    pressed = true;
    if (!document.querySelector(".popup")) openMenu(message, { x: event.clientX, y: event.clientY });
  }, HOLD_MS);
});
for (const name of ["pointerup", "pointercancel", "scroll"]) list.addEventListener(name, () => clearTimeout(press));
list.addEventListener("click", (event) => {  // the end of a long press is no click on what lies under the finger
  if (pressed) { event.preventDefault(); event.stopPropagation(); }
  pressed = false;
}, true);

list.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const node = event.target.closest(".message");
  if (event.target === list && event.key === "ArrowUp" && list.lastElementChild?.matches(".message")) { event.preventDefault(); list.lastElementChild.focus(); return; }
  if (event.target !== node) return;
  if (step && !event.altKey) { event.preventDefault(); (step > 0 ? node.nextElementSibling : node.previousElementSibling)?.focus(); }
  else if (event.key === "Enter") { event.preventDefault(); openMenu(world.messages.get(node.id.slice(1)), moreOf(node)); }
});

addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open], .popup")) return;
  const writing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName);
  if (event.key === "/" && !writing) { event.preventDefault(); composer.write("/"); }
  else if (event.key === "Escape") { drawer(false); composer.box.focus(); }
  else if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    event.preventDefault();
    const { mine } = world, step = event.key === "ArrowDown" ? 1 : -1;
    going.go(mine[(mine.indexOf(world.here) + step + mine.length) % mine.length]);
  }
});

// What the server tells

const heard = {
  async everything(all) { const first = !world.me; world.take(all); await inOwnWords(); if (first && hovers()) composer.box.focus(); },
  message: put,
  delete({ id }) {
    world.messages.delete(id);
    const node = $("m" + id), next = node?.nextElementSibling ?? node?.previousElementSibling, held = node?.contains(document.activeElement);
    node?.remove();
    if (held) (next?.matches(".message") ? next : composer.box).focus();
  },
  commands(all) { world.commands = all; redraw(); composer.changed(); },
  people(all) { world.people = all; world.me = all.find((person) => person.id === world.me.id); inOwnWords(); },
  dialog({ interaction, to, dialog }) { if (to === world.me.id) ask(dialog, world, (values) => act("submit", { ...world.who, interaction, values })); },
};

const LINES = {
  here: "",
  lost: "Connection lost. Trying again…",
  over: "This playground has ended. Start it again and open the new address.",
};
listen((name, data) => heard[name]?.(data), (state) => {
  $("line").replaceChildren(...(LINES[state] ? [icon("warning"), make("span", {}, say(LINES[state]))] : []));
  document.body.dataset.line = state;
});
