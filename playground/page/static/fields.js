// The fields of a dialog: text, one or several of some choices, people and places, boxes to tick, files. Knows no dialog.

import { offered } from "./components.js";
import { make } from "./dom.js";
import { icon } from "./icons.js";
import { size } from "./media.js";
import { upload } from "./server.js";
import { marked } from "./text.js";
import { say } from "./words.js";

const ROW = 1, INPUT = 4, WORDS = 10, FILES = 19, RADIO = 21, BOXES = 22, BOX = 23;
const PARAGRAPH = 2;
const readers = new WeakMap();  // field -> what it holds, asked when the dialog is sent

export function part(one, world) {
  if (one.type === WORDS) return make("div", { class: "content" }, ...marked(one.content, world, () => {}));
  const item = one.type === ROW ? one.components[0] : one.component;
  const title = one.label ?? item.label ?? "";
  const words = [make("span", { class: "asks" }, title, isOptional(item) ? make("small", {}, " (optional)") : null), one.description ? make("small", {}, one.description) : null];
  const { node, read, grouped } = control(item, world);
  const field = grouped ? make("fieldset", { class: "field" }, make("legend", {}, ...words), node) : make("label", { class: "field" }, ...words, node);
  field.dataset.field = item.custom_id;
  readers.set(field, read);
  return field;
}

// custom_id -> what was filled in.
export async function entries(form) {
  const found = {};
  for (const field of form.querySelectorAll("[data-field]")) found[field.dataset.field] = await readers.get(field)();
  return found;
}

const isOptional = (item) => item.required === false || (item.type !== INPUT && item.min_values === 0 && item.required !== true);

function control(item, world) {
  if (item.type === INPUT) return text(item);
  if (item.type === FILES) return files(item, world);
  if (item.type === BOX) return box(item);
  if (item.type === RADIO) return ticks(item, item.options, "radio");
  if (item.type === BOXES) return ticks(item, item.options, "checkbox");
  const options = offered(item, world);
  return (item.max_values ?? 1) > 1 ? ticks(item, options, "checkbox") : choice(item, options);
}

function text(item) {
  const fields = { name: item.custom_id, value: item.value ?? "", placeholder: item.placeholder ?? "", required: !isOptional(item), maxLength: item.max_length ?? 4000, minLength: item.min_length ?? 0 };
  const node = item.style === PARAGRAPH ? make("textarea", { ...fields, rows: 4 }) : make("input", { ...fields, autocomplete: "off" });
  return { node, read: () => node.value };
}

function choice(item, options) {
  const node = make("select", { name: item.custom_id, required: !isOptional(item) },
    make("option", { value: "" }, item.placeholder || say("Choose…")),
    options.map((option) => make("option", { value: option.value, selected: Boolean(option.default) }, option.label + (option.description ? ` (${option.description})` : ""))));
  return { node, read: () => (node.value ? [node.value] : []) };
}

// One (radio) or several (checkbox) of some choices, all of them in sight.
function ticks(item, options, type) {
  const boxes = options.map((option, i) => make("input", { type, name: item.custom_id, value: option.value, checked: Boolean(option.default), required: type === "radio" && !isOptional(item) && i === 0 }));
  const rows = options.map((option, i) => make("label", { class: "tick" }, boxes[i], make("span", {}, option.label, option.description ? make("small", {}, option.description) : null)));
  const chosen = () => boxes.filter((one) => one.checked).map((one) => one.value);
  return { node: make("div", { class: "ticks" }, rows), grouped: true, read: () => (type === "radio" ? chosen()[0] ?? "" : chosen()) };
}

function box(item) {
  const node = make("input", { type: "checkbox", name: item.custom_id, checked: Boolean(item.default) });
  return { node, read: () => node.checked };
}

function files(item, world) {
  const node = make("input", { type: "file", name: item.custom_id, multiple: (item.max_values ?? 1) > 1, required: !isOptional(item) });
  const shown = make("div", { class: "kept" });
  let kept = Promise.resolve([]);
  node.addEventListener("change", () => { kept = Promise.all([...node.files].map((file) => upload(file, world.who))).then((all) => { shown.replaceChildren(...all.map(keptFile)); return all; }); });
  return { node: make("div", {}, node, shown), read: async () => (await kept).filter((one) => !one.error).map((one) => one.file.id) };
}

// A file that waits to be sent, with what it looks like.
export function keptFile({ error, name, file }) {
  if (error) return make("p", { class: "problem" }, icon("warning"), error);
  const picture = file.content_type.startsWith("image/");
  return make("span", { class: "keptfile" }, picture ? make("img", { src: file.url, alt: "" }) : icon("file"), make("span", {}, name, make("small", {}, size(file.size))));
}
