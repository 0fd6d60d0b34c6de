// The colour theme: dark, light, or the system's. The browser remembers it, if it allows that.
// Knows no colours: they are in theme.css.

import { $, announce } from "./dom.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";

const THEMES = { auto: ["half", "As your system"], dark: ["moon", "Dark"], light: ["sun", "Light"] };
const STORAGE_KEY = "theme";

function stored() {
  try { return localStorage.getItem(STORAGE_KEY); } catch { return null; }
}

function apply(theme) {
  const [iconName, label] = THEMES[theme];
  const title = t("Colours: {label}", { label: t(label) });
  document.documentElement.dataset.theme = theme;
  $("theme").replaceChildren(icon(iconName));
  $("theme").setAttribute("aria-label", title);
  $("theme").title = title;
}

export function restoreTheme() {
  const theme = stored();
  apply(theme in THEMES ? theme : "auto");
}

export function nextTheme() {
  const names = Object.keys(THEMES);
  const next = names[(names.indexOf(document.documentElement.dataset.theme) + 1) % names.length];
  apply(next);
  announce(t("Colours: {label}", { label: t(THEMES[next][1]) }));
  try { localStorage.setItem(STORAGE_KEY, next); } catch { /* The choice is not remembered. */ }
}
