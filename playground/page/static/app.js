// The chat page: puts the parts together, shows what the server sends, and sends what the person does.
// Draws no message and suggests no command itself: message.js and composer.js do.

import { Composer } from "./composer.js";
import { ask, showKeys } from "./dialogs.js";
import { $, announce, make } from "./dom.js";
import { setLanguage, t } from "./i18n.js";
import { icon } from "./icons.js";
import { messageNode } from "./message.js";
import { openList } from "./popup.js";
import { act, listen } from "./server.js";
import { drawSidebar, setDrawer, title } from "./sidebar.js";
import { nextTheme, restoreTheme } from "./theme.js";
import { replace } from "./update.js";
import { Wall } from "./wall.js";
import { localized, welcome } from "./welcome.js";
import { World } from "./world.js";

const NEAR_END_PX = 160;      // how far from the end of the messages still counts as being there
const MAX_MESSAGES = 2000;    // how many the playground keeps as well
const LONG_PRESS_MS = 500;
const STATUS_QUIET_MS = 3000;  // a text that replaced "thinking" is announced once it has not changed for so long
const MESSAGE_MENU = 3;  // type of the commands in a message's context menu

const world = new World();
for (const node of document.querySelectorAll("[data-icon]")) node.prepend(icon(node.dataset.icon));
const composer = new Composer(world);
const list = $("messages");
// False on a phone, where focusing the box would open the keyboard.
const canHover = () => matchMedia("(hover: hover)").matches;

// Actions

async function perform(name, body) {
  const answer = await act(name, { ...world.actor, ...body });
  composer.showError(answer.error ?? "");
  return answer;
}

const handlers = {
  click: (message, item) => perform("click", { message: message.id, custom_id: item.custom_id }),
  choose: (message, item, values) => perform("choose", { message: message.id, custom_id: item.custom_id, values }),
  dismiss: (message) => perform("delete", { message: message.id }),
  openMenu,
  write: (line) => composer.write(line),
  send: (line) => composer.send(line),
  resized: () => scrollToEnd(),
  openWall: () => showWall(true),
  jump: (id) => { const node = $("m" + id); node?.scrollIntoView({ block: "center" }); node?.focus(); },
};

function openMenu(message, at) {
  const commands = world.commandsOf(MESSAGE_MENU).map((command) => ({
    label: world.local(command, "name"), icon: "sparkle",
    pick: () => perform("context_menu", { message: message.id, name: command.name }),
  }));
  const line = world.lineOf(message);
  const own = [
    line ? { label: t("Write this again"), icon: "pencil", pick: () => composer.write(line) } : null,
    message.content ? { label: t("Copy text"), icon: "copy", pick: () => copy(message.content) } : null,
    world.mayDelete(message)
      ? { label: t("Delete message"), icon: "trash", danger: true, pick: () => handlers.dismiss(message) } : null,
  ].filter(Boolean);
  const items = commands.length && own.length ? [...commands, "-", ...own] : [...commands, ...own];
  openList({ at, label: t("Message"), items });
}

async function copy(text) {
  try { await navigator.clipboard.writeText(text); announce(t("Copied.")); }
  catch { composer.showError(t("The browser does not let this page copy.")); }
}

// Messages on the screen

let atEnd = true, lastTop = 0;
const scrollToEnd = () => { if (atEnd) list.scrollTop = list.scrollHeight; };

list.addEventListener("scroll", () => {
  // The view leaves the end only when a person scrolls up, not when the content grows because a picture has loaded.
  if (list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_END_PX) { atEnd = true; $("newer").hidden = true; }
  else if (list.scrollTop < lastTop) atEnd = false;
  lastTop = list.scrollTop;
});
new ResizeObserver(scrollToEnd).observe(list);
$("newer").addEventListener("click", () => { atEnd = true; scrollToEnd(); $("newer").hidden = true; });

function putMessage(message) {
  const before = world.messages.get(message.id);
  world.messages.set(message.id, message);
  if (world.messages.size > MAX_MESSAGES) events.delete({ id: world.messages.keys().next().value });
  if (!world.here) return;
  wall.take(message);
  if (!world.shows(message)) { if (!before && world.isVisible(message)) markUnread(message); return; }
  announceMessage(message);
  const old = $("m" + message.id), fresh = messageNode(message, world, handlers);
  if (old) replace(old, fresh);
  else {
    list.append(fresh);
    if (message.used?.by.id === world.me.id) atEnd = true;  // people want to see the answer to their own command
    $("newer").hidden = atEnd;
  }
  scrollToEnd();
}

function markUnread(message) {
  if (message.channel_id === world.here.id || wall.isOwn(message)) return;
  world.unread.add(message.channel_id);
  drawSidebar(world, navigation);
}

const deferred = new Set();   // ids of messages that began as "thinking"
const announcing = new Map();  // id of a message -> timer of its announcement

// Announces a message to screen readers: its first line, and its files by their alt texts. A message that replaced
// "thinking" may be a status that changes often, so its text is announced only once it stays the same.
function announceMessage(message) {
  clearTimeout(announcing.get(message.id));
  if (world.isLoading(message)) { deferred.add(message.id); return; }
  if (message.components.length && !message.attachments.length) return;
  const files = message.attachments.map((file) => file.description ?? file.filename).join(" ");
  const firstLine = message.content.replace(/[`*█▓▒░]/g, "").split("\n")[0];
  const say = () => announce([firstLine, files].filter(Boolean).join(". "));
  if (files || !deferred.has(message.id)) say();
  else announcing.set(message.id, setTimeout(say, STATUS_QUIET_MS));
}

function drawTitle() {
  const direct = world.isDirect(world.here), name = wall.isOpen ? t("Wall of faces") : title(world.here, world);
  const sign = wall.isOpen ? "" : direct ? "@" : world.here.parent_id ? "↳" : "#";
  $("channel-sign").textContent = sign;
  $("channel-name").textContent = name;
  document.title = `${sign === "↳" ? "#" : sign}${name} · ${t("waifubot playground")}`;
}

function redraw() {
  drawSidebar(world, navigation);
  drawTitle();
  list.replaceChildren(
    welcome(world, handlers), ...world.history.map((message) => messageNode(message, world, handlers)));
  atEnd = world.history.length > 0;  // a phone shows the welcome from its beginning
  if (!atEnd) list.scrollTop = 0;
  $("newer").hidden = true;
  scrollToEnd();
}

// Channels and people

// Redraws everything in the person's language. If another language is chosen while a catalogue is still loading, the
// later choice wins.
async function applyLanguage() {
  const { locale } = world.me;
  await setLanguage(locale, world.translations);
  if (locale !== world.me.locale) return;
  restoreTheme();
  redraw();
  wall.translate();
  composer.changed();
}

const navigation = {
  go(channel) {
    showWall(false);
    world.here = channel;
    world.checkChannel();
    setDrawer(false);
    redraw();
    composer.box.focus();
  },
  async become(person, stay = false) {
    showWall(false);
    world.me = person;
    world.checkChannel();
    await applyLanguage();
    if (stay) $("people").querySelector("[aria-checked=true]").focus();
    else setDrawer(false);
  },
  setLanguage: (locale) => perform("set_language", { locale }),
};

$("drawer").addEventListener("click", () => setDrawer(!document.body.classList.contains("drawer-open")));
$("backdrop").addEventListener("click", () => setDrawer(false));
$("keys").addEventListener("click", showKeys);
$("theme").addEventListener("click", nextTheme);
restoreTheme();

// The wall

const wall = new Wall(world, {
  act: (name, body) => act(name, { user: world.me.id, channel: world.direct.id, ...body }),
  pick(seed, model) {
    showWall(false);
    composer.box.focus();
    composer.send(localized(world, `/waifu seed:${seed} model:${model}`));
  },
});

function showWall(open) {
  if (open === wall.isOpen) return;
  for (const part of [list, $("composer")]) part.hidden = open;
  $("wall-toggle").setAttribute("aria-expanded", String(open));
  if (open) wall.open(); else wall.close();
  drawTitle();
  scrollToEnd();
}

$("wall-toggle").addEventListener("click", () => { setDrawer(false); showWall(!wall.isOpen); });

// Keys and presses on messages

const moreButton = (node) => node.querySelector(".more");
const messageAt = (target) => {
  const node = target.closest?.(".message");
  return node && world.messages.get(node.id.slice(1));
};

list.addEventListener("contextmenu", (event) => {
  const message = messageAt(event.target), byKeyboard = !event.clientX && !event.clientY;
  // A right click with Shift opens the browser's own menu.
  if (!message || event.shiftKey && event.button === 2 && event.clientX) return;
  event.preventDefault();
  if (document.querySelector(".popup")) return;
  openMenu(message, byKeyboard ? moreButton(event.target.closest(".message")) : { x: event.clientX, y: event.clientY });
});

let pressTimer = 0, longPress = false;
list.addEventListener("pointerdown", (event) => {
  const message = messageAt(event.target);
  longPress = false;
  if (event.pointerType !== "touch" || !message) return;
  pressTimer = setTimeout(() => {
    longPress = true;
    if (!document.querySelector(".popup")) openMenu(message, { x: event.clientX, y: event.clientY });
  }, LONG_PRESS_MS);
});
for (const name of ["pointerup", "pointercancel", "scroll"]) {
  list.addEventListener(name, () => clearTimeout(pressTimer));
}
list.addEventListener("click", (event) => {  // The end of a long press must not click what is under the finger.
  if (longPress) { event.preventDefault(); event.stopPropagation(); }
  longPress = false;
}, true);

list.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const node = event.target.closest(".message");
  if (event.target === list && event.key === "ArrowUp" && list.lastElementChild?.matches(".message")) {
    event.preventDefault();
    list.lastElementChild.focus();
    return;
  }
  if (event.target !== node) return;
  if (step && !event.altKey) {
    event.preventDefault();
    (step > 0 ? node.nextElementSibling : node.previousElementSibling)?.focus();
  } else if (event.key === "Enter") {
    event.preventDefault();
    openMenu(world.messages.get(node.id.slice(1)), moreButton(node));
  }
});

addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open], .popup")) return;
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName);
  if (event.key === "/" && !typing) { event.preventDefault(); showWall(false); composer.write("/"); }
  else if (event.key === "Escape") { setDrawer(false); showWall(false); composer.box.focus(); }
  else if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    event.preventDefault();
    const { myChannels } = world, step = event.key === "ArrowDown" ? 1 : -1;
    navigation.go(myChannels[(myChannels.indexOf(world.here) + step + myChannels.length) % myChannels.length]);
  }
});

// The server's events

const events = {
  async everything(all) {
    const first = !world.me;
    world.load(all);
    await applyLanguage();
    if (first && canHover()) composer.box.focus();
  },
  message: putMessage,
  delete({ id }) {
    world.messages.delete(id);
    deferred.delete(id);
    wall.lose(id);
    const node = $("m" + id), next = node?.nextElementSibling ?? node?.previousElementSibling;
    const hadFocus = node?.contains(document.activeElement);
    node?.remove();
    if (hadFocus) (next?.matches(".message") ? next : composer.box).focus();
  },
  commands(all) { world.commands = all; redraw(); composer.changed(); },
  people(all) { world.people = all; world.me = all.find((person) => person.id === world.me.id); applyLanguage(); },
  dialog({ interaction, to, dialog }) {
    if (to === world.me.id) ask(dialog, world, (values) => act("submit", { ...world.actor, interaction, values }));
  },
};

const CONNECTION = {
  here: "",
  lost: "Connection lost. Trying again…",
  over: "This playground has ended. Start it again and open the new address.",
};
listen((name, data) => events[name]?.(data), (state) => {
  const text = CONNECTION[state];
  $("connection").replaceChildren(...(text ? [icon("warning"), make("span", {}, t(text))] : []));
  document.body.dataset.connection = state;
});
