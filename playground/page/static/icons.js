// The page's icons, and the icons that replace emoji, because a machine without an emoji font would show boxes.
// An icon is a list of SVG paths on a square of 24 x 24, drawn as lines; a path with a leading "!" is filled.

import { glyph } from "./dom.js";

const dot = (x, y) => `M${x - 0.5} ${y}a.5.5 0 1 0 1 0a.5.5 0 1 0-1 0`;

const ICONS = {
  album: ["M4 6.5h4l1.5 2H20V19H4Z", "M8.5 4h8"],
  bars: ["M4 7h16", "M4 12h16", "M4 17h16"],
  book: ["M12 6.5C10 4.8 7 4.5 3.5 4.8v13.4c3.5-.3 6.5 0 8.5 1.7 2-1.7 5-2 8.5-1.7V4.8C17 4.5 14 4.8 12 6.5Z", "M12 6.5v13.4"],
  brush: ["M20 4 10.5 13.5", "M8.6 13.2c-2.4 0-3.3 1.9-3.4 3.7-.1 1.4-.9 2.2-2.2 2.6 2.6 1 7.9.9 8.6-2.8.3-1.9-1.1-3.5-3-3.5Z"],
  check: ["M5 12.5 10 17.5 19 7"],
  clock: ["M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18", "M12 7.5V12l3 2"],
  close: ["M6 6l12 12", "M18 6 6 18"],
  copy: ["M9 9h10v11H9z", "M15 9V4H5v11h4"],
  dice: ["M5.5 3.5h13a2 2 0 0 1 2 2v13a2 2 0 0 1-2 2h-13a2 2 0 0 1-2-2v-13a2 2 0 0 1 2-2Z", dot(8.2, 8.2), dot(15.8, 8.2), dot(12, 12), dot(8.2, 15.8), dot(15.8, 15.8)],
  down: ["M6 9.5l6 6 6-6"],
  eye: ["M2.5 12C5 7.5 8.3 5.5 12 5.5s7 2 9.5 6.5c-2.5 4.5-5.8 6.5-9.5 6.5S5 16.5 2.5 12Z", "M12 9.2a2.8 2.8 0 1 0 0 5.6a2.8 2.8 0 0 0 0-5.6"],
  file: ["M6 3h8l5 5v13H6z", "M14 3v5h5"],
  flame: ["M12.5 2.5c.6 3.6 5.5 5.7 5.5 11a6.3 6.3 0 0 1-12.5.3c0-2.3 1-4 2.3-5.3.1 1.5.7 2.4 1.7 2.9-.2-3.5.8-6.6 3-8.9Z"],
  hourglass: ["M6 3h12", "M6 21h12", "M7.5 3c0 5 4.5 5.5 4.5 9s-4.5 4-4.5 9", "M16.5 3c0 5-4.5 5.5-4.5 9s4.5 4 4.5 9"],
  keys: ["M4 6.5h16a1.5 1.5 0 0 1 1.5 1.5v8a1.5 1.5 0 0 1-1.5 1.5H4A1.5 1.5 0 0 1 2.5 16V8A1.5 1.5 0 0 1 4 6.5Z", dot(6.5, 10.5), dot(10.2, 10.5), dot(13.9, 10.5), dot(17.5, 10.5), "M8 14h8"],
  language: ["M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18", "M3.5 12h17", "M12 3c5 5.5 5 12.5 0 18c-5-5.5-5-12.5 0-18"],
  leaf: ["M5 19C4 9.5 9.5 4.5 20 4c.3 10-4.5 15.5-13.5 13.8", "M4 21c2-5 5-8 9.5-10"],
  left: ["M20 12H4", "M10 6l-6 6 6 6"],
  link: ["M10 14a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.7l-1.2 1.2", "M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1.2-1.2"],
  lock: ["M6 11h12v9H6z", "M8.5 11V8a3.5 3.5 0 0 1 7 0v3"],
  mix: ["M3 7h3.5c4.5 0 6 10 10.5 10h4", "M3 17h3.5c1.7 0 3-1.4 4-3.2", "M13.5 10c1-1.8 2-3 3.5-3h4", "M18.5 4.5 21 7l-2.5 2.5", "M18.5 14.5 21 17l-2.5 2.5"],
  moon: ["M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z"],
  mist: ["M4 8c2.5-2 4.5-2 7 0s4.5 2 7 0", "M6 13c2.5-2 4.5-2 7 0s4.5 2 7 0", "M4 18c2.5-2 4.5-2 7 0s4.5 2 7 0"],
  more: [dot(5, 12), dot(12, 12), dot(19, 12)],
  palette: ["M12 3a9 9 0 1 0 0 18c1.6 0 2.2-1.1 1.7-2.3-.8-1.9.2-3.2 2.3-3.2h2A3 3 0 0 0 21 12.4C21 7 17 3 12 3Z", dot(7.5, 12.5), dot(9.5, 8), dot(14.5, 7.5)],
  pause: ["M8.5 6v12", "M15.5 6v12"],
  pencil: ["M4 20l1-4.5L16 4.5l3.5 3.5L8.5 19Z", "M13.5 7l3.5 3.5"],
  picture: ["M4 5h16v14H4z", "M4 16l4.5-4.5 4 4L15 13l5 4.5", dot(15.5, 9)],
  play: ["M8 5.5v13l10.5-6.5Z"],
  plus: ["M12 5v14", "M5 12h14"],
  rainbow: ["M3 17a9 9 0 0 1 18 0", "M6.5 17a5.5 5.5 0 0 1 11 0", "M10 17a2 2 0 0 1 4 0"],
  redo: ["M20 9H10a5.5 5.5 0 0 0 0 11h5", "M15.5 4.5 20 9l-4.5 4.5"],
  right: ["M4 12h16", "M14 6l6 6-6 6"],
  scroll: ["M7 4h11v12.5", "M7 4a2 2 0 0 0-2 2v2h3.5V18A2.5 2.5 0 0 0 11 20.5h8a2 2 0 0 0 2-2v-2h-8.5v1.5A2.2 2.2 0 0 1 11 20.5", "M12 8h3", "M12 12h3"],
  search: ["M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13", "M15.3 15.3 20 20"],
  send: ["M4 11.5 20.5 4 15 20l-3.5-6.5Z", "M11.5 13.5 20.5 4"],
  smile: ["M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 0 0 0-17", dot(9, 10), dot(15, 10), "M8.3 14.3c1 1.5 2.2 2.2 3.7 2.2s2.7-.7 3.7-2.2"],
  sparkle: ["M12 3.5c.8 5 2.5 7.2 7.5 8.5-5 1.3-6.7 3.5-7.5 8.5-.8-5-2.5-7.2-7.5-8.5 5-1.3 6.7-3.5 7.5-8.5Z"],
  stop: ["M6.5 6.5h11v11h-11z"],
  sun: ["M12 8a4 4 0 1 0 0 8a4 4 0 0 0 0-8", "M12 2.5v2", "M12 19.5v2", "M2.5 12h2", "M19.5 12h2", "M5.3 5.3l1.4 1.4", "M17.3 17.3l1.4 1.4", "M5.3 18.7l1.4-1.4", "M17.3 6.7l1.4-1.4"],
  swirl: ["M12 12a1.5 1.5 0 0 1 3 0a3 3 0 0 1-6 0a4.5 4.5 0 0 1 9 0a6 6 0 0 1-12 0a7.5 7.5 0 0 1 15 0"],
  save: ["M5 4h11l3 3v13H5z", "M8.5 4v5h6V4", "M8 20v-6h8v6"],
  tag: ["M4 11.5V4h7.5L20 12.5 12.5 20Z", dot(8, 8)],
  trash: ["M4.5 6.5h15", "M9 6.5V4h6v2.5", "M6.5 6.5 7.5 20h9l1-13.5", "M10.3 10.5v6", "M13.7 10.5v6"],
  undo: ["M4 9h10a5.5 5.5 0 0 1 0 11h-5", "M8.5 4.5 4 9l4.5 4.5"],
  gift: ["M4 9h16v4H4z", "M5.5 13h13v7h-13z", "M12 9v11", "M12 9C8 9 7 7.5 7.3 6S9.5 4 12 9Zm0 0c4 0 5-1.5 4.7-3S14.5 4 12 9Z"],
  half: ["M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 0 0 0-17", "!M12 3.5a8.5 8.5 0 0 1 0 17Z"],
  wall: ["M4 4h6.5v6.5H4z", "M13.5 4H20v6.5h-6.5z", "M4 13.5h6.5V20H4z", "M13.5 13.5H20V20h-6.5z"],
  warning: ["M12 4 2.8 20h18.4Z", "M12 10v4.5", dot(12, 17.3)],
};

const EMOJI = {
  "🎲": "dice", "🔥": "flame", "🍃": "leaf", "🌿": "leaf", "🗑": "trash", "🎨": "palette", "🖌": "brush", "🕐": "clock", "⏰": "clock", "⏱": "clock",
  "⏳": "hourglass", "⌛": "hourglass", "✨": "sparkle", "🌟": "sparkle", "⭐": "sparkle", "💫": "sparkle", "🔀": "mix", "🧬": "mix", "🌈": "rainbow",
  "🌫": "mist", "🌀": "swirl", "🙂": "smile", "😀": "smile", "✏": "pencil", "📝": "pencil", "🎛": "pencil", "📜": "scroll", "🧾": "scroll", "📋": "copy", "➕": "plus", "❌": "close", "✖": "close", "✅": "check",
  "⚠": "warning", "🔗": "link", "👀": "eye", "👁": "eye", "🖼": "picture", "🎞": "play", "🎬": "play", "▶": "play", "⏸": "pause", "⏹": "stop", "🛑": "stop",
  "⏬": "down", "⬅": "left", "➡": "right", "↩": "undo", "↪": "redo", "📣": "send", "🌙": "moon", "☀": "sun", "🔒": "lock",
  "🗂": "album", "📖": "book", "🎁": "gift", "🏷": "tag", "💾": "save", "🔎": "search", "🔍": "search",
};
const SELECTOR = /\uFE0F/g;  // variation selector 16, which requests the coloured form of a character

export const EMOJI_PATTERN = /(?:[\u{1F300}-\u{1FAFF}]|[\u2600-\u27BF\u231A\u231B\u23E9-\u23FA\u25B6\u2B50\u2B1B\u2B1C])\uFE0F?(?:\u200D[\u{1F300}-\u{1FAFF}\u2600-\u27BF]\uFE0F?)*/gu;

export const icon = (name, label) => glyph(ICONS[name] ?? ICONS.sparkle, label);

// Whether this machine has coloured emoji. The first call draws one and checks its pixels.
let coloured = null;
function hasEmoji() {
  if (coloured !== null) return coloured;
  const context = Object.assign(document.createElement("canvas"), { width: 16, height: 16 }).getContext("2d", { willReadFrequently: true });
  context.font = "14px sans-serif";
  context.fillText("\u{1F34E}", 0, 13);
  const { data } = context.getImageData(0, 0, 16, 16);
  coloured = data.some((value, i) => i % 4 === 0 && value !== data[i + 1]);
  return coloured;
}

// Makes the node of an emoji: the page's own icon if there is one, or else the machine's emoji. On a machine without
// emoji it is a star.
export function emoji(text) {
  const name = EMOJI[text.replace(SELECTOR, "")];
  if (name) return icon(name);
  if (!hasEmoji()) return icon("sparkle");
  const node = document.createElement("span");
  node.className = "emoji";
  node.textContent = text;
  return node;
}
