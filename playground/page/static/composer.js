// The message box: a line that is a command as one would type it, coloured as it is understood, with what can come next above it.
// What the line means is the server's to say ("look"); what fits into an option is the bot's ("complete").

import { $, announce, make } from "./dom.js";
import { icon } from "./icons.js";
import { act, upload } from "./server.js";
import * as offers from "./offers.js";
import { Tray } from "./tray.js";
import { say } from "./words.js";

const PAUSE_MS = 120;  // the bot is asked once the typing pauses
const MAX_PAST = 50;

export class Composer {
  constructor(world) {
    this.world = world;
    this.items = [];      // what is offered: {label, about, badge, text, fixed, pick}
    this.chosen = -1;
    this.asked = 0;       // answers come out of order; only the latest counts
    this.past = [];       // what was said before, newest last
    this.back = 0;        // how far back in it
    this.box = $("typed");
    this.understood = null;  // what is offered fits the line once this is done
    this.held = null;        // keys that wait for it
    this.box.addEventListener("input", () => { this.back = 0; this.changed(); });
    this.box.addEventListener("keydown", (event) => this.keyed(event));
    this.box.addEventListener("focus", () => this.changed());
    this.box.addEventListener("blur", () => this.offer(null));
    $("composer").addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    $("commands").addEventListener("click", () => this.write(this.box.value.startsWith("/") ? this.box.value : "/"));
    $("attach").addEventListener("click", () => $("upload").click());
    $("upload").addEventListener("change", () => this.attach([...$("upload").files]));
    this.tray = new Tray($("tray"), world, {
      use: (line) => this.write(line),
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
    this.understood = this.understand();
  }

  async understand() {
    const text = this.box.value, mine = ++this.asked;
    this.refuse("");
    this.colour(text, []);
    if (!text.startsWith("/")) return this.offer(null);
    const command = offers.command(this.world, text);
    if (!command || !/\s/.test(text)) return this.offer(offers.commands(this.world, text));
    const seen = await act("look", { ...this.world.who, text });
    if (mine !== this.asked || seen.error) return;
    this.colour(text, seen.marks);
    const offered = offers.options(this.world, command, text, seen, { files: { pick: () => $("upload").click(), names: [...this.tray.kept.keys()] } });
    this.offer(offered);
    if (offered.completes) this.complete(text, mine, offered);
  }

  // Not waited for: the bot may take its time.
  async complete(text, mine, offered) {
    await new Promise((done) => setTimeout(done, PAUSE_MS));
    if (mine !== this.asked) return;
    const found = await act("complete", { ...this.world.who, text });
    if (mine !== this.asked || !found.choices?.length) return;
    this.offer({ ...offered, items: [...offers.completions(this.world, text, found), ...offered.items] });
  }

  // Colours: a copy of the line behind the box, with its options marked.
  colour(text, marks) {
    const name = text.match(/^\/\S*/)?.[0] ?? "";
    const parts = [name ? make("b", {}, name) : null];
    let at = name.length;
    for (const mark of marks) {
      parts.push(text.slice(at, mark.start), make("span", { class: mark.problem && mark.end > mark.value ? "option wrong" : "option" },
        make("i", {}, text.slice(mark.start, mark.value)), text.slice(mark.value, mark.end)));
      at = mark.end;
    }
    $("mirror").replaceChildren(...parts.filter(Boolean), text.slice(at) + "\u200b");
    this.tray.draw(text);
    $("send").disabled = !text.trim() && !this.tray.of(text).length;
  }

  // What is offered above the box

  offer(offered) {
    this.items = offered?.items ?? [];
    this.chosen = offered?.first ?? -1;
    const { title, about, badge, problem } = offered ?? {};
    const head = title ? [make("div", { class: problem ? "head wrong" : "head" }, make("strong", {}, title), make("span", {}, problem || about), badge ? make("em", {}, badge) : null)] : [];
    $("hints").replaceChildren(...this.items.map((item, i) => this.hint(item, i)));
    $("hinthead").replaceChildren(...head);
    $("panel").hidden = !head.length && !this.items.length;
    this.box.setAttribute("aria-expanded", String(!$("panel").hidden));
    const told = title ? `${title}: ${problem || about}` : "";
    if (told !== this.told) announce(told);
    this.told = told;
    this.point();
  }

  hint(item, i) {
    const node = make("li", { role: "option", id: `hint${i}`, class: item.kind ?? "" },
      make("b", {}, item.label), make("span", {}, item.about ?? ""), item.badge ? make("em", { class: item.needed ? "needed" : "" }, item.badge) : null);
    node.addEventListener("mousedown", (event) => event.preventDefault());  // the box keeps the focus
    node.addEventListener("click", () => this.take(item));
    return node;
  }

  point() {
    [...$("hints").children].forEach((node, i) => node.setAttribute("aria-selected", String(i === this.chosen)));
    const node = $("hints").children[this.chosen];
    node?.scrollIntoView({ block: "nearest" });
    if (node) this.box.setAttribute("aria-activedescendant", node.id);
    else this.box.removeAttribute("aria-activedescendant");
  }

  take(item) {
    if (item.pick) item.pick();
    else this.write(item.text);
  }

  // Keys

  keyed(event) {
    const { key } = event;
    if (event.isComposing) return;  // an input method is still at work
    if (key === "Enter" && !event.shiftKey) this.soon(event);
    else if (event.altKey || event.ctrlKey || event.metaKey) return;
    else if (key === "Tab" && !event.shiftKey && this.items.length) this.soon(event);
    else if (this.held && key.length === 1) this.soon(event);
    else if (key === "Escape" && !$("panel").hidden) { event.stopPropagation(); this.offer(null); }
    else if (key === "ArrowDown" || key === "ArrowUp") this.arrow(event, key === "ArrowDown" ? 1 : -1);
  }

  // Enter and Tab are about what is offered for the whole line; what a quick hand types before that is known waits its turn.
  async soon(event) {
    event.preventDefault();
    if (this.held) { this.held.push(event.key); return; }
    this.held = [event.key];
    while (this.held.length) await this.press(this.held.shift());
    this.held = null;
  }

  async press(key) {
    if (key.length === 1) {
      this.box.setRangeText(key, this.box.selectionStart, this.box.selectionEnd, "end");
      this.changed();
      return;
    }
    await this.understood;
    if (key === "Enter") this.entered();
    else if (this.items.length) this.take(this.items[Math.max(this.chosen, 0)]);
  }

  arrow(event, step) {
    if (this.items.length && !this.back) {
      event.preventDefault();
      const count = this.items.length;
      this.chosen = this.chosen < 0 ? (step > 0 ? 0 : count - 1) : (this.chosen + step + count) % count;
      this.point();
    } else if (this.past.length && (!this.box.value || this.back)) {
      event.preventDefault();
      this.back = Math.min(Math.max(this.back - step, 0), this.past.length);
      const back = this.back;
      this.write(back ? this.past.at(-back) : "");
      this.back = back;
    }
  }

  entered() {
    const item = this.items[this.chosen];
    if (item && item.text?.trim() !== this.box.value.trim()) this.take(item);
    else this.send();
  }

  // Sending

  // A command, or, where there is no slash, a message with the files that wait for it.
  async send(text = this.box.value.trim()) {
    const written = text === this.box.value.trim(), files = written ? this.tray.of(text) : [];
    if (!text && !files.length) return;
    this.asked += 1;
    if (text) this.past = [...this.past.filter((line) => line !== text), text].slice(-MAX_PAST);
    this.back = 0;
    for (const one of files) this.tray.remove(one);
    if (written) { this.box.value = ""; this.colour("", []); }
    this.offer(null);
    this.refuse("");
    const answer = await act(text.startsWith("/") ? "say" : "write", { ...this.world.who, text, files: files.map((one) => one.file.id) });
    if (!answer.error) return;
    for (const one of files) this.tray.add(one);
    if (written && !this.box.value) { this.box.value = text; this.colour(text, []); }
    this.refuse(answer.error);
  }

  refuse(sentence) {
    $("refusal").replaceChildren(...(sentence ? [icon("warning"), sentence] : []));
    $("refusal").hidden = !sentence;
  }

  // Files

  // Files go into the option of the command that is being written, else into the message.
  async attach(files) {
    $("upload").value = "";
    const text = this.box.value, option = text.startsWith("/") ? offers.fileOption(this.world, text) : null;
    if (text.startsWith("/") && !option) return this.refuse(say("This command takes no file; without a command it is sent as a message."));
    for (const file of option ? files.slice(0, 1) : files) {
      const kept = await upload(file, this.world.who);
      if (kept.error) return this.refuse(kept.error);
      announce(say("{name} is attached.", { name: kept.name }));
      this.tray.add(kept);
      this.write(option ? offers.withFile(this.world, text, option, kept.name) : this.box.value);
    }
  }

  acceptDrops() {
    const files = (event) => [...(event.dataTransfer ?? event.clipboardData)?.items ?? []].some((item) => item.kind === "file");
    const over = (on) => document.body.classList.toggle("dropping", on);
    addEventListener("dragover", (event) => { if (files(event)) { event.preventDefault(); over(true); } });
    addEventListener("dragleave", (event) => { if (!event.relatedTarget) over(false); });
    addEventListener("drop", (event) => { if (files(event)) { event.preventDefault(); over(false); this.attach([...event.dataTransfer.files]); } });
    this.box.addEventListener("paste", (event) => { if (files(event)) { event.preventDefault(); this.attach([...event.clipboardData.files]); } });
  }
}

