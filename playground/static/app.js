// The chat page: shows what the server tells, sends what the person does. No text from outside ever becomes markup.
"use strict";

const key = new URLSearchParams(location.search).get("key");
const $ = (id) => document.getElementById(id);
const world = { bot: null, people: [], guilds: [], channels: [], commands: {}, messages: new Map() };
let here = null;    // the channel that is open
let me = null;      // the person who acts
let hints = [];     // what is offered above the input: {label, about, text}; text is what choosing it makes of the line
let chosen = 0;
let asked = 0;      // completions are answered out of order; only the latest counts

function make(tag, fields = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(fields)) {
    if (name === "class") node.className = value;
    else if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

async function act(name, body) {
  const response = await fetch(`/page/${name}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Key": key },
    body: JSON.stringify({ user: me.id, channel: here.id, ...body }),
  });
  const answer = response.ok ? await response.json() : { error: `The playground answered ${response.status}.` };
  if (name !== "complete") refuse(answer.error || "");
  return answer;
}

function refuse(sentence) {
  $("refusal").textContent = sentence;
  $("refusal").hidden = !sentence;
}

// Discord's markdown, the part that the bot uses: **bold**, `code`, -# small lines.
function marked(text) {
  return text.split("\n").flatMap((line, i) => {
    const small = line.startsWith("-# ");
    const parts = inline(small ? line.slice(3) : line);
    return [i ? "\n" : null, ...(small ? [make("small", {}, ...parts)] : parts)].filter((part) => part !== null);
  });
}

function inline(line) {
  return line.split(/(\*\*[^*]+\*\*|`[^`]+`)/).filter(Boolean).map((part) => {
    if (/^\*\*.+\*\*$/.test(part)) return make("b", {}, part.slice(2, -2));
    if (/^`.+`$/.test(part)) return make("code", {}, part.slice(1, -1));
    return part.replace(/<@(\d+)>/g, (whole, id) => "@" + (world.people.find((p) => p.id === id)?.username ?? "somebody"));
  });
}

function shown(message) {
  const whisper = message.ephemeral_to !== null;
  const at = new Date(message.timestamp).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const loading = Boolean(message.flags & 128);
  return make("li", { class: "message" + (whisper ? " whisper" : ""), id: "m" + message.id },
    message.used ? used(message) : null,
    make("div", {},
      make("span", { class: "author" }, message.author.username), " ",
      message.author.bot ? make("span", { class: "tag" }, "APP") : null,
      make("time", { dateTime: message.timestamp }, at),
      message.edited_timestamp ? make("span", { class: "edited" }, "(edited)") : null),
    make("div", { class: "content" + (loading ? " thinking" : "") }, ...(loading ? [`${message.author.username} is thinking…`] : marked(message.content))),
    ...message.embeds.map(embed),
    ...message.attachments.map(attachment),
    ...message.components.map((row) => components(row, message)),
    whisper ? make("div", { class: "note" }, "Only you can see this.") : null);
}

function used(message) {
  const reference = message.message_reference && world.messages.get(message.message_reference.message_id);
  const what = message.used.line ? ["used ", make("code", {}, message.used.line)] : [reference ? "pressed a button under an answer" : "pressed a button"];
  return make("div", { class: "used" }, make("b", {}, message.used.by.username), " ", ...what);
}

function embed(value) {
  return make("div", { class: "embed" },
    value.title ? make("b", {}, value.title) : null,
    value.description ? make("div", { class: "content" }, ...marked(value.description)) : null,
    value.image ? make("img", { src: value.image.url, alt: "" }) : null);
}

function attachment(file) {
  const type = file.content_type || "", alt = file.description || file.filename;
  let node;
  if (type.startsWith("image/")) node = make("img", { src: file.url, alt, title: alt, width: file.width || 0, height: file.height || 0 });
  else if (type.startsWith("video/")) node = make("video", { src: file.url, controls: true, loop: true, muted: true, autoplay: true, playsInline: true, "aria-label": alt });
  else return make("div", { class: "note" }, make("a", { href: file.url, download: file.filename }, file.filename), ` ${file.size} bytes`);
  if (!file.width) { node.removeAttribute("width"); node.removeAttribute("height"); }
  node.addEventListener("load", toEnd);
  node.addEventListener("loadeddata", toEnd);
  return make("figure", {}, node, make("figcaption", { class: "note" }, `${file.filename} · ${Math.ceil(file.size / 1024)} KiB`));
}

function components(row, message) {
  if (row.type === 10) return make("div", { class: "content" }, ...marked(row.content));
  const nodes = (row.components || []).map((item) => {
    if (item.type === 2 && item.style === 5) return make("a", { href: item.url, rel: "noreferrer", target: "_blank" }, item.label);
    if (item.type === 2) return button(item, message);
    if (item.type === 3) return menu(item, message);
    return components(item, message);
  });
  return make("div", { class: "row" }, ...nodes);
}

function button(item, message) {
  const label = [item.emoji?.name, item.label].filter(Boolean).join(" ");
  const node = make("button", { type: "button", class: "style" + item.style, disabled: Boolean(item.disabled) }, label);
  node.addEventListener("click", async () => {
    node.disabled = true;
    await act("click", { message: message.id, custom_id: item.custom_id });
    node.disabled = Boolean(item.disabled);
  });
  return node;
}

function menu(item, message) {
  const several = (item.max_values ?? 1) > 1;
  const node = make("select", { multiple: several, disabled: Boolean(item.disabled), "aria-label": item.placeholder || "Choose" },
    several ? null : make("option", { value: "" }, item.placeholder || "Choose…"),
    ...item.options.map((option) => make("option", { value: option.value, selected: Boolean(option.default) }, option.label)));
  node.addEventListener("change", () => {
    const values = [...node.selectedOptions].map((option) => option.value).filter(Boolean);
    if (values.length) act("choose", { message: message.id, custom_id: item.custom_id, values });
  });
  return node;
}

// What is on the screen

function toEnd() {
  const list = $("messages");
  if (list.scrollHeight - list.scrollTop - list.clientHeight < 900) list.scrollTop = list.scrollHeight;
}

const visible = (message) => message.channel_id === here.id && [null, me.id].includes(message.ephemeral_to);

function put(message) {
  world.messages.set(message.id, message);
  if (!here || !visible(message)) return;
  const old = $("m" + message.id);
  $("welcome")?.remove();
  if (!old) { $("messages").append(shown(message)); toEnd(); return; }
  const fresh = shown(message);
  // A picture that stays is moved over, not loaded and started again.
  const before = new Map([...old.querySelectorAll("figure")].map((f) => [f.firstChild.src, f]));
  for (const figure of fresh.querySelectorAll("figure")) before.has(figure.firstChild.src) && figure.replaceWith(before.get(figure.firstChild.src));
  old.replaceWith(fresh);
  toEnd();
}

function redraw() {
  const mine = world.channels.filter((channel) => channel.type !== 1 || channel.of === me.id);
  if (!here || !mine.includes(here)) here = mine[0];
  const rooms = world.guilds.flatMap((guild) => [make("h2", {}, guild.name), ...mine.filter((c) => c.guild_id === guild.id).map(door)]);
  $("places").replaceChildren(...rooms, make("h2", {}, "Direct messages"), ...mine.filter((c) => c.type === 1).map(door));
  $("person").replaceChildren(...world.people.map((person) => make("option", { value: person.id, selected: person === me }, person.username)));
  $("place").textContent = title(here);
  const past = [...world.messages.values()].filter(visible);
  const welcome = make("li", { class: "welcome", id: "welcome" }, "Nothing has been said here yet. Try ", make("code", {}, "/waifu"), " or ", make("code", {}, "/morph 10 20"), ".");
  $("messages").replaceChildren(...(past.length ? past.map(shown) : [welcome]));
  $("messages").scrollTop = $("messages").scrollHeight;
}

const title = (channel) => (channel.type === 1 ? "@ " + world.bot.username : "# " + channel.name);

function door(channel) {
  const node = make("button", { type: "button" }, title(channel));
  if (channel === here) node.setAttribute("aria-current", "true");
  node.addEventListener("click", () => { here = channel; redraw(); hint(); $("typed").focus(); });
  return node;
}

// Hints while typing

const KINDS = { 3: "text", 4: "whole number", 5: "true or false", 6: "person", 7: "channel", 10: "number", 11: "file" };

function range(option) {
  if (option.choices?.length) return option.choices.map((choice) => choice.name).join(", ");
  if (option.min_value !== undefined || option.max_value !== undefined) return `${option.min_value ?? "…"} to ${option.max_value ?? "…"}`;
  return KINDS[option.type] || "";
}

function leaf(command, words) {
  let options = command.options || [], path = 1;
  while (options.length && options[0].type <= 2) {
    const step = options.find((option) => option.name === words[path]);
    if (!step) return { options, path, open: true };
    options = step.options || [];
    path += 1;
  }
  return { options, path, open: false };
}

async function hint() {
  const text = $("typed").value, mine = ++asked;
  refuse("");
  if (!text.startsWith("/")) return offer([]);
  const commands = (world.commands[here.id] || []).filter((command) => command.type === 1);
  const words = text.slice(1).split(/\s+/);
  const command = commands.find((item) => item.name === words[0]);
  if (words.length === 1 || !command) {
    return offer(commands.filter((item) => item.name.startsWith(words[0]))
      .map((item) => ({ label: "/" + item.name, about: item.description, text: "/" + item.name + " " })));
  }
  const { options, open } = leaf(command, words);
  if (open) return offer(options.map((o) => ({ label: o.name, about: o.description, text: text.replace(/\S*$/, "") + o.name + " " })));
  const last = text.match(/\S*$/)[0];
  const base = text.slice(0, text.length - last.length);
  const items = options.filter((o) => !text.includes(" " + o.name + ":") && o.name.startsWith(last))
    .map((o) => ({ label: o.name + ":" + (o.required ? " (needed)" : ""), about: `${o.description} · ${range(o)}`, text: base + o.name + ":" }));
  const current = options.filter((o) => text.includes(" " + o.name + ":")).pop();
  const about = current ? [{ label: current.name, about: `${current.description} · ${range(current)}`, fixed: true }] : [];
  const choices = (current?.choices || []).filter((c) => last.startsWith(current.name + ":") && c.name.startsWith(last.slice(current.name.length + 1)))
    .map((c) => ({ label: c.name, about: current.name, text: base + current.name + ":" + c.name + " " }));
  offer([...choices, ...about, ...items]);
  const completed = await act("complete", { text });
  if (mine !== asked || !completed.choices.length) return;
  const quoted = (value) => (/[\s:"]/.test(value) ? `"${value}"` : value);
  offer([...completed.choices.map((c) => ({ label: c.name, about: completed.option,
    text: text.slice(0, completed.start) + completed.option + ":" + quoted(String(c.value)) + " " })), ...choices, ...about, ...items]);
}

function offer(items) {
  hints = items;
  chosen = items.findIndex((item) => !item.fixed);
  $("hints").replaceChildren(...items.map((item, i) => {
    const node = make("li", { role: "option", class: item.fixed ? "fixed now" : "", "aria-selected": String(i === chosen) },
      make("b", {}, item.label), make("span", {}, item.about));
    node.addEventListener("mousedown", (event) => { event.preventDefault(); if (!item.fixed) take(item); });
    return node;
  }));
  $("hints").hidden = !items.length;
}

function take(item) {
  $("typed").value = item.text;
  $("typed").focus();
  hint();
}

function move(step) {
  const free = hints.map((item, i) => (item.fixed ? -1 : i)).filter((i) => i >= 0);
  if (!free.length) return;
  chosen = free[(free.indexOf(chosen) + step + free.length) % free.length];
  [...$("hints").children].forEach((node, i) => node.setAttribute("aria-selected", String(i === chosen)));
  $("hints").children[chosen].scrollIntoView({ block: "nearest" });
}

$("typed").addEventListener("input", hint);
$("typed").addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); move(event.key === "ArrowDown" ? 1 : -1); }
  else if (event.key === "Tab" && hints[chosen]) { event.preventDefault(); take(hints[chosen]); }
  else if (event.key === "Escape") offer([]);
});
$("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = $("typed").value.trim();
  const only = hints[chosen];
  if (!text) return;
  if (only && text.startsWith("/") && !text.includes(" ") && only.text.trim() !== text) return take(only);
  offer([]);
  asked += 1;
  $("typed").value = "";
  const answer = await act("say", { text });
  if (answer.error && !$("typed").value) $("typed").value = text;
});
$("person").addEventListener("change", () => { me = world.people.find((p) => p.id === $("person").value); redraw(); });

// Dialogs

function ask({ interaction, to, dialog }) {
  if (to !== me.id) return;
  const inputs = dialog.components.flatMap((row) => (row.components || [row.component]).map((item) => ({ label: row.label, ...item })));
  const fields = inputs.filter((item) => item.type === 4).map((item) => make("label", {}, item.label || "",
    make(item.style === 2 ? "textarea" : "input", { name: item.custom_id, value: item.value || "", placeholder: item.placeholder || "",
      required: item.required !== false, maxLength: item.max_length || 4000 })));
  const form = $("dialog").querySelector("form");
  form.replaceChildren(make("h2", {}, dialog.title), ...fields,
    make("div", { class: "row" }, make("button", { value: "send" }, "Send"), make("button", { value: "", formNoValidate: true }, "Close")));
  $("dialog").onclose = () => {
    if ($("dialog").returnValue !== "send") return;
    act("submit", { interaction, values: Object.fromEntries(new FormData(form)) });
  };
  $("dialog").returnValue = "";
  $("dialog").showModal();
}

// What the server tells

const heard = {
  everything(all) {
    Object.assign(world, all, { messages: new Map(all.messages.map((message) => [message.id, message])) });
    me = world.people.find((person) => person.id === me?.id) || world.people[0];
    here = world.channels.find((channel) => channel.id === here?.id) || null;
    redraw();
    $("typed").focus();
  },
  message: put,
  delete({ id }) { world.messages.delete(id); $("m" + id)?.remove(); },
  commands(all) { world.commands = all; },
  dialog: ask,
};

const events = new EventSource("/page/events?key=" + encodeURIComponent(key));
events.onopen = () => { $("line").textContent = "connected"; $("line").className = ""; };
events.onerror = () => { $("line").textContent = "the playground has gone"; $("line").className = "lost"; };
events.onmessage = (event) => { const { event: name, data } = JSON.parse(event.data); heard[name](data); };
