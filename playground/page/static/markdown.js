// Converts the part of Discord's markdown that bots use to nodes: bold, italic, struck text, code, links, mentions,
// lists, quotes, headings and subtext.

import { make } from "./dom.js";
import { t } from "./i18n.js";
import { emoji, EMOJI_PATTERN } from "./icons.js";

const INLINE = new RegExp([
  /\\([\\*_~|`>#[\]()<@:-])/,                     // an escaped character
  /`([^`\n]+)`/,                                  // `code`
  /\*\*((?:\\.|[^\\])+?)\*\*/,                    // **bold**
  /\*((?:\\.|[^\\*\s])(?:\\.|[^\\*])*)\*/,        // *italic*
  /~~(.+?)~~/,                                    // ~~struck~~
  /\[([^\]\n]+)\]\((https?:\/\/[^)\s]+)\)/,       // [label](address)
  /<@!?(\d+)>/,                                   // a person
  /<#(\d+)>/,                                     // a channel
  /<\/([^:>]+):\d+>/,                             // a command
  /<t:(\d{1,12})(?::([tTdDfFR]))?>/,               // a moment
  /(https?:\/\/[^\s<>]+)/,                        // an address
].map((part) => part.source).join("|"), "g");
const BAR = /^[█▓▒░]+$/;

// Returns the nodes of a text. ``world`` gives the names of mentioned people and channels; onCommand(line) is called
// when a mentioned command is clicked.
export function markdown(text, world, onCommand) {
  const blocks = text.split(/```(?:\w*\n)?([\s\S]*?)```/);
  return blocks.flatMap(
    (block, i) => (i % 2 ? [make("pre", {}, make("code", {}, block))] : lines(block, world, onCommand)));
}

function lines(text, world, onCommand) {
  return text.replace(/^\n+|\n+$/g, "").split("\n").map((line) => {
    const [, sign, rest] = line.match(/^(-# |#{1,3} |> |[-*] )?(.*)$/);
    const parts = inline(rest, world, onCommand);
    if (sign === "-# ") return make("small", { class: "line" }, ...parts);
    if (sign === "> ") return make("blockquote", {}, ...parts);
    if (sign?.startsWith("#")) return make("strong", { class: "line heading" }, ...parts);
    if (sign) return make("span", { class: "line item" }, ...parts);
    return make("span", { class: "line" }, ...parts);
  });
}

export function inline(text, world, onCommand) {
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    nodes.push(...withEmoji(text.slice(at, match.index)), node(match, world, onCommand));
    at = match.index + match[0].length;
  }
  return [...nodes, ...withEmoji(text.slice(at))];
}

const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

// Returns a moment, in seconds since 1970, as Discord shows it: "in 7 days" for the style R, else date and time.
function moment(seconds, style) {
  const language = document.documentElement.lang || "en";
  const when = new Date(seconds * 1000), away = seconds - Date.now() / 1000;
  const [unit, length] = UNITS.find(([, size]) => Math.abs(away) >= size) ?? UNITS.at(-1);
  const relative = () => new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(Math.round(away / length), unit);
  return make("time", { datetime: when.toISOString() }, style === "R" ? relative() : when.toLocaleString(language));
}

function node([, escaped, code, bold, italic, struck, label, href, person, channel, command, seconds, style, bare], world, onCommand) {
  const inside = (text) => inline(text, world, onCommand);
  if (escaped) return escaped;
  if (code) return BAR.test(code) ? progressBar(code) : make("code", {}, code);
  if (bold) return make("strong", {}, ...inside(bold));
  if (italic) return make("em", {}, ...inside(italic));
  if (struck) return make("s", {}, ...inside(struck));
  if (href || bare) return make("a", { href: href ?? bare, rel: "noreferrer noopener", target: "_blank" }, label ?? bare);
  if (seconds) return moment(Number(seconds), style);
  if (person) return make("span", { class: "mention" }, "@" + world.name(person));
  if (channel) {
    const name = world.channels.find((item) => item.id === channel)?.name ?? t("unknown");
    return make("span", { class: "mention" }, "#" + name);
  }
  return make("button", { type: "button", class: "mention", onclick: () => onCommand(`/${command} `) }, "/" + command);
}

function withEmoji(text) {
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(EMOJI_PATTERN)) {
    nodes.push(text.slice(at, match.index), emoji(match[0]));
    at = match.index + match[0].length;
  }
  return [...nodes, text.slice(at)].filter((part) => part !== "");
}

// Makes a progress bar. Bots draw one as a run of block characters in code.
function progressBar(cells) {
  const percent = Math.round([...cells].filter((cell) => cell === "█").length / cells.length * 100);
  const fill = make("span", {});
  fill.style.width = `${percent}%`;
  const range = { "aria-valuenow": percent, "aria-valuemin": 0, "aria-valuemax": 100 };
  return make("span", { class: "bar", role: "progressbar", ...range, "aria-label": t("Progress") }, fill);
}
