// Dark, light, or as the machine has it; remembered in this browser where it lets us.

import { $, announce } from "./dom.js";
import { icon } from "./icons.js";
import { say } from "./words.js";

const THEMES = { auto: ["half", "As your system"], dark: ["moon", "Dark"], light: ["sun", "Light"] };
const KEPT = "theme";

function kept() {
  try { return localStorage.getItem(KEPT); } catch { return null; }
}

function apply(theme) {
  const [sign, label] = THEMES[theme];
  document.documentElement.dataset.theme = theme;
  $("theme").replaceChildren(icon(sign));
  $("theme").setAttribute("aria-label", say("Colours: {label}", { label: say(label) }));
  $("theme").title = say("Colours: {label}", { label: say(label) });
}

export function chosenTheme() {
  const theme = kept();
  apply(theme in THEMES ? theme : "auto");
}

export function nextTheme() {
  const names = Object.keys(THEMES);
  const next = names[(names.indexOf(document.documentElement.dataset.theme) + 1) % names.length];
  apply(next);
  announce(say("Colours: {label}", { label: say(THEMES[next][1]) }));
  try { localStorage.setItem(KEPT, next); } catch { /* then not */ }
}
