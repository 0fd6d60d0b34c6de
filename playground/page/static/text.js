// Discord's markdown, the part that bots use, as nodes: **bold**, *italic*, `code`, links, mentions, lists, quotes, headings, small lines.

import { make } from "./dom.js";
import { emoji, EMOJI_PATTERN } from "./icons.js";
import { say } from "./words.js";

const INLINE = /\\([\\*_~|`>#[\]()<@:-])|`([^`\n]+)`|\*\*((?:\\.|[^\\])+?)\*\*|\*((?:\\.|[^\\*\s])(?:\\.|[^\\*])*)\*|~~(.+?)~~|\[([^\]\n]+)\]\((https?:\/\/[^)\s]+)\)|<@!?(\d+)>|<#(\d+)>|<\/([^:>]+):\d+>|(https?:\/\/[^\s<>]+)/g;
const BAR = /^[█▓▒░]+$/;

// world: for the names of people and places. use(line): what a click on a mentioned command does.
export function marked(text, world, use) {
  const blocks = text.split(/```(?:\w*\n)?([\s\S]*?)```/);
  return blocks.flatMap((block, i) => (i % 2 ? [make("pre", {}, make("code", {}, block))] : lines(block, world, use)));
}

function lines(text, world, use) {
  return text.replace(/^\n+|\n+$/g, "").split("\n").map((line) => {
    const [, sign, rest] = line.match(/^(-# |#{1,3} |> |[-*] )?(.*)$/);
    const parts = inline(rest, world, use);
    if (sign === "-# ") return make("small", { class: "line" }, ...parts);
    if (sign === "> ") return make("blockquote", {}, ...parts);
    if (sign?.startsWith("#")) return make("strong", { class: "line heading" }, ...parts);
    if (sign) return make("span", { class: "line item" }, ...parts);
    return make("span", { class: "line" }, ...parts);
  });
}

export function inline(text, world, use) {
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(INLINE)) {
    nodes.push(...plain(text.slice(at, found.index)), piece(found, world, use));
    at = found.index + found[0].length;
  }
  return [...nodes, ...plain(text.slice(at))];
}

function piece([, escaped, code, bold, italic, struck, label, href, person, place, command, bare], world, use) {
  if (escaped) return escaped;
  if (code) return BAR.test(code) ? bar(code) : make("code", {}, code);
  if (bold) return make("strong", {}, ...inline(bold, world, use));
  if (italic) return make("em", {}, ...inline(italic, world, use));
  if (struck) return make("s", {}, ...inline(struck, world, use));
  if (href || bare) return make("a", { href: href ?? bare, rel: "noreferrer noopener", target: "_blank" }, label ?? bare);
  if (person) return make("span", { class: "mention" }, "@" + world.name(person));
  if (place) return make("span", { class: "mention" }, "#" + (world.channels.find((c) => c.id === place)?.name ?? say("somewhere")));
  return make("button", { type: "button", class: "mention", onclick: () => use(`/${command} `) }, "/" + command);
}

function plain(text) {
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(EMOJI_PATTERN)) {
    nodes.push(text.slice(at, found.index), emoji(found[0]));
    at = found.index + found[0].length;
  }
  return [...nodes, text.slice(at)].filter((part) => part !== "");
}

// A run of blocks is a bar: that is how bots draw progress with letters.
function bar(cells) {
  const full = [...cells].filter((cell) => cell === "█").length / cells.length;
  const fill = make("span", {});
  fill.style.width = `${Math.round(full * 100)}%`;
  return make("span", { class: "bar", role: "progressbar", "aria-valuenow": Math.round(full * 100), "aria-valuemin": 0, "aria-valuemax": 100, "aria-label": say("Progress") }, fill);
}
