// Posted files as people see them: pictures, animations and films inline with their alt text, anything else as a link.

import { calm, make } from "./dom.js";
import { enlarge } from "./dialogs.js";
import { icon } from "./icons.js";

const MOVING = ["image/gif", "image/webp", "image/apng"];
const MAX_PX = 480, MAX_SCREEN = 0.58;

const size = (bytes) => (bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`);

// sized: called when its place on the screen is known.
export function attachment(file, sized) {
  const type = file.content_type ?? "";
  const show = type.startsWith("image/") ? picture : type.startsWith("video/") ? film : null;
  const name = make("figcaption", {}, make("a", { href: file.url, download: file.filename }, file.filename), ` ${size(file.size)}`);
  if (!show) return make("figure", { class: "plain", data: { src: file.url } }, icon("file"), name);
  return make("figure", { data: { src: file.url } }, show(file, sized), name);
}

// Known before it is loaded, so that nothing jumps.
function fitted({ width, height }) {
  const scale = Math.min(1, MAX_PX / width, (innerHeight * MAX_SCREEN) / height);
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}

function picture(file, sized) {
  const alt = file.description ?? file.filename;
  const image = make("img", { src: file.url, alt, decoding: "async" });
  if (file.width) Object.assign(image, fitted(file));
  image.addEventListener("load", sized);
  const button = make("button", { type: "button", class: "picture", "aria-label": `${alt} Show larger.`, onclick: () => enlarge(image) }, image);
  return MOVING.includes(file.content_type) && calm() ? stilled(image, button) : button;
}

// For people who want less motion: an animation shows its first frame until they start it.
function stilled(image, button) {
  const still = make("canvas", { role: "img", "aria-label": image.alt });
  const toggle = make("button", { type: "button", class: "round start", "aria-label": "Play" }, icon("play"));
  image.addEventListener("load", () => {
    Object.assign(still, { width: image.naturalWidth, height: image.naturalHeight });
    still.getContext("2d").drawImage(image, 0, 0);
  }, { once: true });
  button.hidden = true;
  toggle.addEventListener("click", () => {
    button.hidden = !button.hidden;
    still.hidden = !button.hidden;
    toggle.replaceChildren(icon(button.hidden ? "play" : "pause"));
    toggle.setAttribute("aria-label", button.hidden ? "Play" : "Pause");
  });
  return make("div", { class: "stilled" }, still, button, toggle);
}

function film(file, sized) {
  const moves = !calm();
  const node = make("video", { src: file.url, controls: true, loop: true, muted: true, autoplay: moves, playsInline: true, "aria-label": file.description ?? file.filename });
  node.addEventListener("loadeddata", sized);
  return node;
}
