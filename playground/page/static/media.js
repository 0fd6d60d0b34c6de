// Posted files as people see them: pictures, animations and films inline with their alt text, anything else as a link.

import { calm, make } from "./dom.js";
import { enlarge } from "./dialogs.js";
import { icon } from "./icons.js";
import { say } from "./words.js";

const MOVING = ["image/gif", "image/webp", "image/apng"];
const MAX_PX = 480, MAX_WIDE_PX = 720, WIDE = 2, MAX_SCREEN = 0.58;

export const size = (bytes) => (bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`);

// sized: called when its place on the screen is known.
export function attachment(file, sized) {
  const type = file.content_type ?? "";
  if (!/^(image|video)\//.test(type)) return plain(file);
  return make("figure", { data: { src: file.url } }, ...described(type.startsWith("image/") ? picture(file, sized) : film(file, sized), file.description), named(file));
}

export const plain = (file) => make("figure", { class: "plain", data: { src: file.url } }, icon("file"), named(file));

const named = (file) => make("figcaption", {}, make("a", { href: file.url, download: file.filename }, file.filename), ` ${size(file.size)}`);

// What is seen, with a button that shows its alt text to those who can see it, too.
function described(node, alt) {
  if (!alt) return [make("div", { class: "frame" }, node)];
  const text = make("p", { class: "alt" }, alt);
  text.hidden = true;
  const toggle = make("button", { type: "button", class: "alts", "aria-label": say("Show the description"), title: say("Show the description"), "aria-expanded": "false" }, "ALT");
  toggle.addEventListener("click", () => {
    text.hidden = !text.hidden;
    toggle.setAttribute("aria-expanded", String(!text.hidden));
  });
  return [make("div", { class: "frame" }, node, toggle), text];
}

// Known before it is loaded, so that nothing jumps.
function fitted({ width, height }) {
  const scale = Math.min(1, (width > WIDE * height ? MAX_WIDE_PX : MAX_PX) / width, (innerHeight * MAX_SCREEN) / height);
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}

function picture(file, sized) {
  const alt = file.description ?? file.filename;
  const image = make("img", { src: file.url, alt, decoding: "async" });
  if (file.width) Object.assign(image, fitted(file));
  image.addEventListener("load", sized);
  const button = large(image);
  return MOVING.includes(file.content_type) && calm() ? stilled(image, button) : button;
}

const large = (image) => make("button", { type: "button", class: "picture", "aria-label": `${image.alt || say("A picture.")} ${say("Show larger.")}`, onclick: () => enlarge(image) }, image);

// A picture of an embed or a gallery. The page shows none from other hosts: those become links.
export function linked(url, alt, sized) {
  if (!url.startsWith("/")) return make("a", { href: url, rel: "noreferrer noopener", target: "_blank" }, alt || url);
  const button = large(make("img", { src: url, alt: alt ?? "", decoding: "async", onload: sized }));
  button.dataset.src = url;
  return button;
}

// For people who want less motion: an animation shows its first frame until they start it.
function stilled(image, button) {
  const still = make("canvas", { role: "img", "aria-label": image.alt });
  const toggle = make("button", { type: "button", class: "round start", "aria-label": say("Play") }, icon("play"));
  image.addEventListener("load", () => {
    Object.assign(still, { width: image.naturalWidth, height: image.naturalHeight });
    still.getContext("2d").drawImage(image, 0, 0);
  }, { once: true });
  button.hidden = true;
  toggle.addEventListener("click", () => {
    button.hidden = !button.hidden;
    still.hidden = !button.hidden;
    toggle.replaceChildren(icon(button.hidden ? "play" : "pause"));
    toggle.setAttribute("aria-label", say(button.hidden ? "Play" : "Pause"));
  });
  return make("div", { class: "stilled" }, still, button, toggle);
}

function film(file, sized) {
  const moves = !calm();
  const node = make("video", { src: file.url, controls: true, loop: true, muted: true, autoplay: moves, playsInline: true, "aria-label": file.description ?? file.filename });
  node.addEventListener("loadeddata", sized);
  return node;
}
