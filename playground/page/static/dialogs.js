// Windows over the page: the bot's dialogs (modals), an enlarged picture, and the list of keyboard shortcuts.
// Sends nothing itself: the caller of a dialog gets the values.

import { $, make } from "./dom.js";
import { formPart, readValues } from "./fields.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";

// Opens a dialog. When it is submitted, send(values) is called; values maps each custom_id to a text, to true or false,
// or to a list of values. If send returns an error, the dialog shows it and stays open.
export function ask(modal, world, send) {
  const problem = make("p", { class: "problem", role: "alert" });
  const submit = make("button", { class: "style1" }, t("Submit"));
  const cancel = make("button", { type: "button", class: "style2", onclick: () => dialog.close() }, t("Cancel"));
  const form = make("form", { method: "dialog" },
    make("h2", { id: "dialog-title" }, modal.title),
    ...modal.components.map((item) => formPart(item, world)),
    problem,
    make("div", { class: "row end" }, cancel, submit));
  const dialog = make("dialog", { class: "form-dialog", "aria-labelledby": "dialog-title" }, form);
  problem.hidden = true;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (submit.disabled) return;
    submit.disabled = true;
    const { error } = await send(await readValues(form));
    submit.disabled = false;
    if (!error) return dialog.close();
    problem.replaceChildren(icon("warning"), error);
    problem.hidden = false;
  });
  open(dialog);
}

export function enlarge(picture) {
  const figure = make("figure", {},
    make("img", { src: picture.src, alt: picture.alt }), make("figcaption", {}, picture.alt));
  const close = make("button", { type: "button", class: "round", "aria-label": t("Close") }, icon("close"));
  const dialog = make("dialog", { class: "lightbox", "aria-label": picture.alt }, figure, close);
  dialog.addEventListener("click", () => dialog.close());
  open(dialog);
}

const KEYS = [
  ["/", "write a command, from anywhere"],
  ["Tab", "accept the suggestion"],
  ["↑ ↓", "move through the suggestions; in an empty box: through what you sent before"],
  ["Enter", "send"],
  ["Esc", "close; then go back to the message box"],
  ["Alt ↑ ↓", "the channel above or below"],
  ["Shift F10", "the menu of the focused message"],
];

export function showKeys() {
  const rows = KEYS.flatMap(([keys, about]) => [
    make("dt", {}, ...keys.split(" ").map((key) => make("kbd", {}, key))), make("dd", {}, t(about))]);
  const close = make("button", { class: "style1" }, t("Close"));
  const form = make("form", { method: "dialog" },
    make("h2", { id: "dialog-title" }, t("Keyboard shortcuts")),
    make("dl", {}, ...rows),
    make("div", { class: "row end" }, close));
  open(make("dialog", { class: "form-dialog", "aria-labelledby": "dialog-title" }, form));
}

function open(dialog) {
  const before = document.activeElement;
  $("dialogs").append(dialog);
  dialog.addEventListener("close", () => {
    dialog.remove();
    (before?.isConnected ? before : $("input")).focus();
  });
  dialog.showModal();
}
