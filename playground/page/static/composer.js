// The message box: colours a command while it is typed, shows suggestions above it, and sends it.
// Does not parse a line itself: the server does (action "interpret"), and the bot suggests values (action "complete").

import * as completions from "./completions.js";
import { $, announce, make } from "./dom.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";
import { act, upload } from "./server.js";
import { Tray } from "./tray.js";

const TYPING_PAUSE_MS = 120;  // the bot is asked for suggestions once typing has paused for so long
const MAX_HISTORY = 50;

export class Composer {
  constructor(world) {
    this.world = world;
    this.items = [];         // the suggestions, each {label, about, badge, text, kind, required, pick}
    this.selected = -1;
    this.revision = 0;       // counts the line's changes, so that a late answer to an older line is ignored
    this.history = [];       // lines that were sent, the newest last
    this.historyIndex = 0;   // which line from the end of the history is shown; 0 for none
    this.parsing = null;     // a promise that resolves once the suggestions fit the line
    this.queuedKeys = null;  // keys that wait until the line is parsed
    this.box = $("input");
    this.box.addEventListener("input", () => { this.historyIndex = 0; this.changed(); });
    this.box.addEventListener("keydown", (event) => this.onKey(event));
    this.box.addEventListener("focus", () => this.changed());
    this.box.addEventListener("blur", () => this.suggest(null));
    $("composer").addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    $("commands").addEventListener("click", () => {
      this.write(this.box.value.startsWith("/") ? this.box.value : "/");
    });
    $("attach").addEventListener("click", () => $("upload").click());
    $("upload").addEventListener("change", () => this.attach([...$("upload").files]));
    this.tray = new Tray($("tray"), world, {
      write: (line) => this.write(line),
      removed: (name) => this.write(this.box.value.split(" ").filter((word) => !word.endsWith(name)).join(" ")),
    });
    this.acceptDrops();
  }

  // Writing

  write(text, focus = true) {
    this.box.value = text;
    this.box.setSelectionRange(text.length, text.length);
    if (focus) this.box.focus();
    this.changed();
  }

  changed() {
    this.parsing = this.parse();
  }

  async parse() {
    const text = this.box.value, revision = ++this.revision;
    this.showError("");
    this.colour(text, []);
    if (!text.startsWith("/")) return this.suggest(null);
    const command = completions.commandOf(this.world, text);
    if (!command || !/\s/.test(text)) return this.suggest(completions.commands(this.world, text));
    const parsed = await act("interpret", { ...this.world.actor, text });
    if (revision !== this.revision || parsed.error) return;
    this.colour(text, parsed.marks);
    const files = { pick: () => $("upload").click(), names: [...this.tray.uploads.keys()] };
    const suggestions = completions.options(this.world, command, text, parsed, { files });
    this.suggest(suggestions);
    if (suggestions.completes) this.complete(text, revision, suggestions);
  }

  // Adds the bot's suggestions. The caller does not wait for them, because the bot may be slow.
  async complete(text, revision, suggestions) {
    await new Promise((resolve) => setTimeout(resolve, TYPING_PAUSE_MS));
    if (revision !== this.revision) return;
    const answer = await act("complete", { ...this.world.actor, text });
    if (revision !== this.revision || !answer.choices?.length) return;
    const choices = completions.botChoices(this.world, text, answer);
    this.suggest({ ...suggestions, items: [...choices, ...suggestions.items] });
  }

  // Shows a copy of the line behind the box, with its options coloured.
  colour(text, marks) {
    const name = text.match(/^\/\S*/)?.[0] ?? "";
    const parts = [name ? make("b", {}, name) : null];
    let at = name.length;
    for (const mark of marks) {
      const isWrong = mark.problem && mark.end > mark.value;
      parts.push(text.slice(at, mark.start), make("span", { class: isWrong ? "option wrong" : "option" },
        make("i", {}, text.slice(mark.start, mark.value)), text.slice(mark.value, mark.end)));
      at = mark.end;
    }
    $("mirror").replaceChildren(...parts.filter(Boolean), text.slice(at) + "\u200b");
    this.tray.draw(text);
    $("send").disabled = !text.trim() && !this.tray.of(text).length;
  }

  // Suggestions above the box

  suggest(suggestions) {
    this.items = suggestions?.items ?? [];
    this.selected = suggestions?.first ?? -1;
    const { title, about, badge, problem } = suggestions ?? {};
    const head = title ? [make("div", { class: problem ? "head wrong" : "head" },
      make("strong", {}, title), make("span", {}, problem || about), badge ? make("em", {}, badge) : null)] : [];
    $("hints").replaceChildren(...this.items.map((item, i) => this.hint(item, i)));
    $("hint-head").replaceChildren(...head);
    $("panel").hidden = !head.length && !this.items.length;
    this.box.setAttribute("aria-expanded", String(!$("panel").hidden));
    const announcement = title ? `${title}: ${problem || about}` : "";
    if (announcement !== this.announced) announce(announcement);
    this.announced = announcement;
    this.showSelection();
  }

  hint(item, i) {
    const badge = item.badge ? make("em", { class: item.required ? "required" : "" }, item.badge) : null;
    const node = make("li", { role: "option", id: `hint${i}`, class: item.kind ?? "" },
      make("b", {}, item.label), make("span", {}, item.about ?? ""), badge);
    node.addEventListener("mousedown", (event) => event.preventDefault());  // keeps the focus in the box
    node.addEventListener("click", () => this.accept(item));
    return node;
  }

  showSelection() {
    [...$("hints").children].forEach(
      (node, i) => node.setAttribute("aria-selected", String(i === this.selected)));
    const node = $("hints").children[this.selected];
    node?.scrollIntoView({ block: "nearest" });
    if (node) this.box.setAttribute("aria-activedescendant", node.id);
    else this.box.removeAttribute("aria-activedescendant");
  }

  accept(item) {
    if (item.pick) item.pick();
    else this.write(item.text);
  }

  // Keys

  onKey(event) {
    const { key } = event;
    if (event.isComposing) return;  // an input method handles the key
    if (key === "Enter" && !event.shiftKey) this.queueKey(event);
    else if (event.altKey || event.ctrlKey || event.metaKey) return;
    else if (key === "Tab" && !event.shiftKey && this.items.length) this.queueKey(event);
    else if (this.queuedKeys && key.length === 1) this.queueKey(event);
    else if (key === "Escape" && !$("panel").hidden) { event.stopPropagation(); this.suggest(null); }
    else if (key === "ArrowDown" || key === "ArrowUp") this.onArrow(event, key === "ArrowDown" ? 1 : -1);
  }

  // Enter and Tab refer to the suggestions for the whole line. So they wait until the line is parsed, and the keys
  // typed after them wait as well.
  async queueKey(event) {
    event.preventDefault();
    if (this.queuedKeys) { this.queuedKeys.push(event.key); return; }
    this.queuedKeys = [event.key];
    while (this.queuedKeys.length) await this.press(this.queuedKeys.shift());
    this.queuedKeys = null;
  }

  async press(key) {
    if (key.length === 1) {
      this.box.setRangeText(key, this.box.selectionStart, this.box.selectionEnd, "end");
      this.changed();
      return;
    }
    await this.parsing;
    if (key === "Enter") this.enter();
    else if (this.items.length) this.accept(this.items[Math.max(this.selected, 0)]);
  }

  onArrow(event, step) {
    if (this.items.length && !this.historyIndex) {
      event.preventDefault();
      const count = this.items.length, first = step > 0 ? 0 : count - 1;
      this.selected = this.selected < 0 ? first : (this.selected + step + count) % count;
      this.showSelection();
    } else if (this.history.length && (!this.box.value || this.historyIndex)) {
      event.preventDefault();
      const index = Math.min(Math.max(this.historyIndex - step, 0), this.history.length);
      this.historyIndex = index;
      this.write(index ? this.history.at(-index) : "");
    }
  }

  enter() {
    const item = this.items[this.selected];
    if (item && item.text?.trim() !== this.box.value.trim()) this.accept(item);
    else this.send();
  }

  // Sending

  // Sends a command, or, if the text does not begin with a slash, a message with the uploaded files.
  async send(text = this.box.value.trim()) {
    const typed = text === this.box.value.trim(), files = typed ? this.tray.of(text) : [];
    if (!text && !files.length) return;
    this.revision += 1;
    if (text) this.history = [...this.history.filter((line) => line !== text), text].slice(-MAX_HISTORY);
    this.historyIndex = 0;
    for (const file of files) this.tray.remove(file);
    if (typed) { this.box.value = ""; this.colour("", []); }
    this.suggest(null);
    this.showError("");
    const body = { ...this.world.actor, text, files: files.map(({ file }) => file.id) };
    const answer = await act(text.startsWith("/") ? "say" : "write", body);
    if (!answer.error) return;
    for (const file of files) this.tray.add(file);
    if (typed && !this.box.value) { this.box.value = text; this.colour(text, []); }
    this.showError(answer.error);
  }

  showError(sentence) {
    $("error").replaceChildren(...(sentence ? [icon("warning"), sentence] : []));
    $("error").hidden = !sentence;
  }

  // Files

  // Uploads files, and adds one to the file option of the written command, or all of them to the message.
  async attach(files) {
    $("upload").value = "";
    const text = this.box.value, isCommand = text.startsWith("/");
    const option = isCommand ? completions.fileOption(this.world, text) : null;
    if (isCommand && !option) {
      return this.showError(t("This command takes no file; without a command, the file is sent as a message."));
    }
    for (const file of option ? files.slice(0, 1) : files) {
      const result = await upload(file, this.world.actor);
      if (result.error) return this.showError(result.error);
      announce(t("{name} is attached.", { name: result.name }));
      this.tray.add(result);
      this.write(option ? completions.withFile(this.world, text, option, result.name) : this.box.value);
    }
  }

  acceptDrops() {
    const items = (event) => [...(event.dataTransfer ?? event.clipboardData)?.items ?? []];
    const hasFiles = (event) => items(event).some((item) => item.kind === "file");
    const highlight = (on) => document.body.classList.toggle("dropping", on);
    addEventListener("dragover", (event) => { if (hasFiles(event)) { event.preventDefault(); highlight(true); } });
    addEventListener("dragleave", (event) => { if (!event.relatedTarget) highlight(false); });
    addEventListener("drop", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      highlight(false);
      this.attach([...event.dataTransfer.files]);
    });
    this.box.addEventListener("paste", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      this.attach([...event.clipboardData.files]);
    });
  }
}
