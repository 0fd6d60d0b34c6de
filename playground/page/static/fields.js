// Makes the fields of a dialog, and reads their values: text, choices, people and channels, checkboxes, files.
// Knows nothing of the dialog around them.

import { menuOptions } from "./components.js";
import { make } from "./dom.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";
import { markdown } from "./markdown.js";
import { size } from "./media.js";
import { upload } from "./server.js";

const ROW = 1, TEXT_INPUT = 4, TEXT_DISPLAY = 10, FILE_UPLOAD = 19;
const RADIO_GROUP = 21, CHECKBOX_GROUP = 22, CHECKBOX = 23;
const PARAGRAPH = 2;  // style of a text input with several lines
const readers = new WeakMap();  // node of a field -> function that returns its value when the dialog is submitted

export function formPart(part, world) {
  if (part.type === TEXT_DISPLAY) return make("div", { class: "content" }, ...markdown(part.content, world, () => {}));
  const item = part.type === ROW ? part.components[0] : part.component;
  const label = make("span", { class: "field-label" },
    part.label ?? item.label ?? "", isOptional(item) ? make("small", {}, t(" (optional)")) : null);
  const texts = [label, part.description ? make("small", {}, part.description) : null];
  const { node, read, grouped } = control(item, world);
  const field = grouped
    ? make("fieldset", { class: "field" }, make("legend", {}, ...texts), node)
    : make("label", { class: "field" }, ...texts, node);
  field.dataset.field = item.custom_id;
  readers.set(field, read);
  return field;
}

// Returns the values of all fields of a form, by custom_id.
export async function readValues(form) {
  const values = {};
  for (const field of form.querySelectorAll("[data-field]")) {
    values[field.dataset.field] = await readers.get(field)();
  }
  return values;
}

const isOptional = (item) =>
  item.required === false || (item.type !== TEXT_INPUT && item.min_values === 0 && item.required !== true);

function control(item, world) {
  if (item.type === TEXT_INPUT) return textInput(item);
  if (item.type === FILE_UPLOAD) return fileUpload(item, world);
  if (item.type === CHECKBOX) return checkbox(item);
  if (item.type === RADIO_GROUP) return choiceGroup(item, item.options, "radio");
  if (item.type === CHECKBOX_GROUP) return choiceGroup(item, item.options, "checkbox");
  const options = menuOptions(item, world);
  return (item.max_values ?? 1) > 1 ? choiceGroup(item, options, "checkbox") : select(item, options);
}

function textInput(item) {
  const fields = {
    name: item.custom_id, value: item.value ?? "", placeholder: item.placeholder ?? "", required: !isOptional(item),
    maxLength: item.max_length ?? 4000, minLength: item.min_length ?? 0,
  };
  const node = item.style === PARAGRAPH
    ? make("textarea", { ...fields, rows: 4 }) : make("input", { ...fields, autocomplete: "off" });
  return { node, read: () => node.value };
}

function select(item, options) {
  const node = make("select", { name: item.custom_id, required: !isOptional(item) },
    make("option", { value: "" }, item.placeholder || t("Choose…")),
    options.map(({ label, description, value, default: selected }) => make("option",
      { value, selected: Boolean(selected) }, label + (description ? ` (${description})` : ""))));
  return { node, read: () => (node.value ? [node.value] : []) };
}

// Makes a group of radio buttons, of which one can be chosen, or of checkboxes, of which several can.
function choiceGroup(item, options, type) {
  const required = (i) => type === "radio" && !isOptional(item) && i === 0;
  const inputs = options.map((option, i) => make("input", {
    type, name: item.custom_id, value: option.value, checked: Boolean(option.default), required: required(i) }));
  const rows = options.map(({ label, description }, i) => make("label", { class: "tick" },
    inputs[i], make("span", {}, label, description ? make("small", {}, description) : null)));
  const checked = () => inputs.filter((input) => input.checked).map((input) => input.value);
  const read = () => (type === "radio" ? checked()[0] ?? "" : checked());
  return { node: make("div", { class: "ticks" }, rows), grouped: true, read };
}

function checkbox(item) {
  const node = make("input", { type: "checkbox", name: item.custom_id, checked: Boolean(item.default) });
  return { node, read: () => node.checked };
}

function fileUpload(item, world) {
  const node = make("input", {
    type: "file", name: item.custom_id, multiple: (item.max_values ?? 1) > 1, required: !isOptional(item) });
  const chips = make("div", { class: "uploads" });
  let uploads = Promise.resolve([]);
  node.addEventListener("change", () => {
    uploads = Promise.all([...node.files].map((file) => upload(file, world.actor))).then((results) => {
      chips.replaceChildren(...results.map(uploadChip));
      return results;
    });
  });
  const read = async () => (await uploads).filter((result) => !result.error).map((result) => result.file.id);
  return { node: make("div", {}, node, chips), read };
}

// Makes the node of an uploaded file with a preview, or of the error if the upload failed.
export function uploadChip({ error, name, file }) {
  if (error) return make("p", { class: "problem" }, icon("warning"), error);
  const preview = file.content_type.startsWith("image/") ? make("img", { src: file.url, alt: "" }) : icon("file");
  return make("span", { class: "upload" }, preview, make("span", {}, name, make("small", {}, size(file.size))));
}
