// Windows over the page: the bot's own dialogs (modals), a picture seen large, the list of keys.

import { $, make } from "./dom.js";
import { entries, part } from "./fields.js";
import { icon } from "./icons.js";
import { say } from "./words.js";

// send(values) is called with custom_id -> text, true or false, or a list of values, unless the person closes the dialog; what it
// answers with an error is shown, and the dialog stays.
export function ask(modal, world, send) {
  const problem = make("p", { class: "problem", role: "alert" });
  const ok = make("button", { class: "style1" }, say("Submit"));
  const form = make("form", { method: "dialog" },
    make("h2", { id: "asked" }, modal.title),
    ...modal.components.map((one) => part(one, world)),
    problem,
    make("div", { class: "row end" }, make("button", { type: "button", class: "style2", onclick: () => dialog.close() }, say("Cancel")), ok));
  const dialog = make("dialog", { class: "asking", "aria-labelledby": "asked" }, form);
  problem.hidden = true;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (ok.disabled) return;
    ok.disabled = true;
    const { error } = await send(await entries(form));
    ok.disabled = false;
    if (!error) return dialog.close();
    problem.replaceChildren(icon("warning"), error);
    problem.hidden = false;
  });
  open(dialog);
}

export function enlarge(picture) {
  const large = make("img", { src: picture.src, alt: picture.alt });
  const close = make("button", { type: "button", class: "round", "aria-label": say("Close") }, icon("close"));
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
  const rows = KEYS.flatMap(([key, about]) => [make("dt", {}, ...key.split(" ").map((k) => make("kbd", {}, k))), make("dd", {}, say(about))]);
  const dialog = make("dialog", { class: "asking", "aria-labelledby": "asked" },
    make("form", { method: "dialog" }, make("h2", { id: "asked" }, say("By keyboard")), make("dl", {}, ...rows),
      make("div", { class: "row end" }, make("button", { class: "style1" }, say("Close")))));
  open(dialog);
}

function open(dialog) {
  const before = document.activeElement;
  $("windows").append(dialog);
  dialog.addEventListener("close", () => { dialog.remove(); (before?.isConnected ? before : $("typed")).focus(); });
  dialog.showModal();
}
