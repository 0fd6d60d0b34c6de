// Windows over the page: the bot's own dialogs (modals), a picture seen large, the list of keys.

import { $, make } from "./dom.js";
import { icon } from "./icons.js";
import { inline } from "./text.js";

const ROW = 1, MENU = 3, INPUT = 4, WORDS = 10, LABELLED = 18;
const PARAGRAPH = 2;

// send(values) is called with custom_id -> text (or list of values), unless the person closes the dialog.
export function ask(modal, world, send) {
  const form = make("form", { method: "dialog" },
    make("h2", { id: "asked" }, modal.title),
    ...modal.components.map((part) => field(part, world)),
    make("div", { class: "row end" },
      make("button", { value: "", formNoValidate: true, class: "style2" }, "Cancel"),
      make("button", { value: "send", class: "style1" }, "Send")));
  const dialog = make("dialog", { class: "asking", "aria-labelledby": "asked" }, form);
  // Enter in a field sends, as in Discord; the first button of a form would otherwise be pressed, and that is Cancel.
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.tagName === "INPUT") { event.preventDefault(); form.requestSubmit(form.querySelector("[value=send]")); }
  });
  open(dialog, () => { if (dialog.returnValue === "send") send(values(form)); });
}

function field(part, world) {
  if (part.type === WORDS) return make("p", {}, ...inline(part.content, world, () => {}));
  const item = part.type === LABELLED ? part.component : part.components[0];
  const label = part.label ?? item.label ?? "";
  const about = part.description ? make("small", {}, part.description) : null;
  return make("label", {}, make("span", {}, label, item.required === false ? make("small", {}, " (optional)") : null), about, control(item));
}

function control(item) {
  const required = item.required !== false;
  if (item.type === MENU) {
    const several = (item.max_values ?? 1) > 1;
    return make("select", { name: item.custom_id, multiple: several, required },
      several ? null : make("option", { value: "" }, item.placeholder ?? "Choose…"),
      item.options.map((option) => make("option", { value: option.value, selected: Boolean(option.default) }, option.label)));
  }
  const fields = { name: item.custom_id, value: item.value ?? "", placeholder: item.placeholder ?? "", required, maxLength: item.max_length ?? 4000, minLength: item.min_length ?? 0 };
  return item.style === PARAGRAPH ? make("textarea", { ...fields, rows: 4 }) : make("input", { ...fields, autocomplete: "off" });
}

function values(form) {
  const found = {};
  for (const node of form.elements) {
    if (node.name) found[node.name] = node.tagName === "SELECT" ? [...node.selectedOptions].map((o) => o.value).filter(Boolean) : node.value;
  }
  return found;
}

export function enlarge(picture) {
  const large = make("img", { src: picture.src, alt: picture.alt });
  const close = make("button", { type: "button", class: "round", "aria-label": "Close" }, icon("close"));
  const dialog = make("dialog", { class: "large", "aria-label": picture.alt }, make("figure", {}, large, make("figcaption", {}, picture.alt)), close);
  dialog.addEventListener("click", () => dialog.close());
  open(dialog);
}

const KEYS = [
  ["/", "write a command, from anywhere"],
  ["Tab", "take what is offered"],
  ["↑ ↓", "walk through what is offered; with nothing typed: what you said before"],
  ["Enter", "send"],
  ["Esc", "close; then back to the message box"],
  ["Alt ↑ ↓", "the channel above or below"],
  ["Shift F10", "a message's menu, when the message has the focus"],
];

export function showKeys() {
  const rows = KEYS.flatMap(([key, about]) => [make("dt", {}, ...key.split(" ").map((k) => make("kbd", {}, k))), make("dd", {}, about)]);
  const dialog = make("dialog", { class: "asking", "aria-labelledby": "asked" },
    make("form", { method: "dialog" }, make("h2", { id: "asked" }, "By keyboard"), make("dl", {}, ...rows),
      make("div", { class: "row end" }, make("button", { class: "style1" }, "Close"))));
  open(dialog);
}

function open(dialog, closed = () => {}) {
  const before = document.activeElement;
  $("windows").append(dialog);
  dialog.addEventListener("close", () => { dialog.remove(); (before?.isConnected ? before : $("typed")).focus(); closed(); });
  dialog.showModal();
}
