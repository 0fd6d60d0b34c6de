// The wall: endless faces; a click on one goes on with it in the chat. They come from /stream in the person's direct
// messages with the bot, which draws only while nobody waits for a picture, and it runs only while the wall needs faces.
// Sends nothing itself: app.js gives it the functions that act.

import { $, make } from "./dom.js";
import { t } from "./i18n.js";

const LINE = "/stream minutes:2 size:5";
const AHEAD = 1.5;         // how much of the wall is drawn below the window, in heights of the window
const MAX_FACES = 1000;    // the oldest go first
const FACE_PX = 160;       // greatest size of a face in pixels, since a thousand of them are in memory
const RETRY_MS = 10_000;   // until the bot is asked again after it has refused; then twice as long each time, to MAX_MS
const MAX_MS = 300_000;
const STOP = "⏹", DELETE = "🗑";

export class Wall {
  // handlers.act(name, body) sends an action in the direct messages and returns its answer; handlers.pick(seed, model)
  // goes on with a face.
  constructor(world, handlers) {
    Object.assign(this, {
      world, handlers, isOpen: false, asking: false,
      message: "",  // id of the stream's message, while it runs
      line: "",     // of the last faces
      retry: 0, pause: RETRY_MS,  // when the bot may be asked again, and how long after the next refusal
    });
    this.node = $("wall");
    this.list = $("faces");
    this.node.addEventListener("scroll", () => this.check());
    new ResizeObserver(() => this.check()).observe(this.node);
    document.addEventListener("visibilitychange", () => this.check());
    this.list.addEventListener("keydown", (event) => this.onKey(event));
    this.list.addEventListener("focusin", (event) => this.enter(event.target));
  }

  open() {
    this.isOpen = true;
    this.node.hidden = false;
    this.translate();
    const own = [...this.world.messages.values()].findLast((message) => this.isOwn(message) && button(message, STOP));
    if (own && !this.message) {
      this.message = own.id;  // the page was loaded again
      this.take(own);
    }
    (this.list.querySelector("[tabindex='0']") ?? this.node).focus();
    this.check();
  }

  close() {
    this.isOpen = false;
    this.node.hidden = true;
    this.check();
  }

  translate() {
    $("wall-about").textContent =
      t("Click a face to go on with it in the chat. New faces are drawn while nobody waits for a picture.");
    for (const face of this.list.querySelectorAll("button")) {
      face.setAttribute("aria-label", t("Seed {seed}", { seed: face.dataset.seed }));
    }
  }

  // Whether a message is the stream of this person's wall.
  isOwn(message) { return message.used?.line === LINE && message.used.by.id === this.world.me.id; }

  // Whether faces are missing below the window.
  get isHungry() {
    const { scrollHeight, scrollTop, clientHeight } = this.node;
    return this.isOpen && !document.hidden && scrollHeight - scrollTop - clientHeight < AHEAD * clientHeight;
  }

  // Starts the stream if faces are missing, and stops it if there are enough.
  async check() {
    if (this.asking || !this.world.me) return;
    const stop = this.message && button(this.world.messages.get(this.message), STOP);
    if (this.isHungry === Boolean(this.message) || (!this.isHungry && !stop) || Date.now() < this.retry) return;
    this.asking = true;
    if (this.isHungry) await this.start();
    else await this.handlers.act("click", { message: this.message, custom_id: stop.custom_id });
    this.asking = false;
  }

  async start() {
    this.say(t("Drawing more faces…"));
    const { message, error } = await this.handlers.act("say", { text: LINE });
    if (error) return this.wait(error);
    this.message = message;
    const known = this.world.messages.get(message);
    if (known) setTimeout(() => this.take(known));
  }

  // Shows a sentence, and asks again after a while.
  wait(sentence) {
    this.say(sentence);
    this.retry = Date.now() + this.pause;
    setTimeout(() => this.check(), this.pause);
    this.pause = Math.min(2 * this.pause, MAX_MS);
  }

  say(sentence) { $("wall-status").textContent = sentence; }

  // Takes the faces of a message, if it is the stream of this wall.
  take(message) {
    if (message.id !== this.message || this.world.isLoading(message)) return;
    const [file] = message.attachments, sentence = message.content.split("\n")[0];
    const line = message.content.match(/`(grid [^`]+)`/)?.[1];  // at its end, a stream posts its last picture again
    if (file && line && line !== this.line) this.add(file.url, this.line = line);
    if (button(message, STOP)) {
      if (!file) this.say(sentence);
      this.check();
      return;
    }
    this.message = "";  // the stream has ended
    const remove = button(message, DELETE);
    if (remove) this.handlers.act("click", { message: message.id, custom_id: remove.custom_id });
    if (file) { this.check(); return; }
    if (this.world.isWhisper(message)) this.handlers.act("delete", { message: message.id });
    this.wait(sentence);
  }

  lose(id) {
    if (id !== this.message) return;
    this.message = "";
    this.check();
  }

  async add(url, line) {
    const value = (name) => line.match(new RegExp(` ${name}=(\\S+)`))?.[1];
    const side = Number(line.match(/^grid (\d)/)?.[1] ?? 0), first = Number(value("seed")), model = value("model");
    const image = new Image();
    image.src = url;
    try { await image.decode(); } catch { return; }  // the stream has gone on in the meantime
    const width = image.naturalWidth / side, height = image.naturalHeight / side;
    const scale = Math.min(1, FACE_PX / width);
    for (let i = 0; i < side * side; i += 1) {
      const canvas = Object.assign(document.createElement("canvas"), { width: width * scale, height: height * scale });
      const left = (i % side) * width, top = Math.floor(i / side) * height;
      canvas.getContext("2d").drawImage(image, left, top, width, height, 0, 0, canvas.width, canvas.height);
      this.list.append(this.face((first + i) % 2 ** 32, model, canvas));
    }
    while (this.list.children.length > MAX_FACES) this.list.firstElementChild.remove();
    if (!this.list.querySelector("[tabindex='0']")) this.list.querySelector("button").tabIndex = 0;
    if (document.activeElement === this.node) this.list.querySelector("[tabindex='0']").focus();
    this.say("");
    this.pause = RETRY_MS;
    this.check();
  }

  face(seed, model, canvas) {
    const onclick = () => this.handlers.pick(seed, model);
    const fields = { class: "face", tabIndex: -1, data: { seed }, "aria-label": t("Seed {seed}", { seed }), onclick };
    return make("li", {}, make("button", { type: "button", ...fields }, canvas));
  }

  // The arrow keys move from face to face; Tab leaves them.
  onKey(event) {
    const faces = [...this.list.querySelectorAll("button")], at = faces.indexOf(event.target);
    const columns = getComputedStyle(this.list).gridTemplateColumns.split(" ").length;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
    const next = faces[{ Home: 0, End: faces.length - 1 }[event.key] ?? at + step];
    if (at < 0 || event.altKey || !next) return;
    event.preventDefault();
    next.focus();
  }

  enter(face) {
    this.list.querySelector("[tabindex='0']")?.setAttribute("tabindex", "-1");
    face.tabIndex = 0;
  }
}

// Returns the button of a message that has this emoji, whatever its language.
function button(message, sign) {
  const items = (message?.components ?? []).flatMap((row) => row.components ?? []);
  return items.find((item) => item.emoji?.name?.startsWith(sign));
}
