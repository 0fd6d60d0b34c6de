// Shows posted files: pictures, animations and videos with their alt text, and any other file as a link.
// Knows nothing of the message that the file belongs to.

import { enlarge } from "./dialogs.js";
import { make, prefersLessMotion } from "./dom.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";

const ANIMATED = ["image/gif", "image/webp", "image/apng"];
const MAX_PX = 480, MAX_WIDE_PX = 720;  // greatest width on the screen of a picture, and of a wide picture
const WIDE = 2;                         // a picture is wide if width / height is greater
const MAX_HEIGHT = 0.58;                // greatest height of a picture, as a share of the window's height

export function size(bytes) {
  const mib = bytes / 1024 / 1024;
  return mib < 1 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${mib.toFixed(1)} MB`;
}

// Makes the node of a posted file. onSized is called once its size on the screen is known.
export function attachment(file, onSized) {
  const type = file.content_type ?? "";
  if (!/^(image|video)\//.test(type)) return fileLink(file);
  const node = type.startsWith("image/") ? picture(file, onSized) : video(file, onSized);
  return make("figure", { data: { src: file.url } }, ...withAltText(node, file.description), caption(file));
}

export const fileLink = (file) =>
  make("figure", { class: "plain", data: { src: file.url } }, icon("file"), caption(file));

const caption = (file) =>
  make("figcaption", {}, make("a", { href: file.url, download: file.filename }, file.filename), ` ${size(file.size)}`);

// Frames a picture or video. If it has an alt text, a button shows it, so that sighted people can read it as well.
function withAltText(node, alt) {
  if (!alt) return [make("div", { class: "frame" }, node)];
  const text = make("p", { class: "alt" }, alt), label = t("Show the description");
  text.hidden = true;
  const fields = { class: "alt-toggle", "aria-label": label, title: label, "aria-expanded": "false" };
  const toggle = make("button", { type: "button", ...fields }, "ALT");
  toggle.addEventListener("click", () => {
    text.hidden = !text.hidden;
    toggle.setAttribute("aria-expanded", String(!text.hidden));
  });
  return [make("div", { class: "frame" }, node, toggle), text];
}

// Returns a picture's size on the screen. It is set before the picture has loaded, so that nothing moves when it does.
function fitSize({ width, height }) {
  const maxWidth = width > WIDE * height ? MAX_WIDE_PX : MAX_PX;
  const scale = Math.min(1, maxWidth / width, (innerHeight * MAX_HEIGHT) / height);
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}

function picture(file, onSized) {
  const alt = file.description ?? file.filename;
  const image = make("img", { src: file.url, alt, decoding: "async" });
  if (file.width) Object.assign(image, fitSize(file));
  image.addEventListener("load", onSized);
  const button = enlargeButton(image);
  return ANIMATED.includes(file.content_type) && prefersLessMotion() ? pausedAnimation(image, button) : button;
}

function enlargeButton(image) {
  const label = `${image.alt || t("A picture.")} ${t("Show larger.")}`;
  return make("button", { type: "button", class: "picture", "aria-label": label, onclick: () => enlarge(image) }, image);
}

// Makes the node of a picture in an embed or a gallery. The page loads nothing from other hosts, so their pictures
// become links.
export function embeddedImage(url, alt, onSized) {
  if (!url.startsWith("/")) return make("a", { href: url, rel: "noreferrer noopener", target: "_blank" }, alt || url);
  const button = enlargeButton(make("img", { src: url, alt: alt ?? "", decoding: "async", onload: onSized }));
  button.dataset.src = url;
  return button;
}

// Makes an animation for people who prefer less motion: it shows its first frame until they start it.
function pausedAnimation(image, button) {
  const still = make("canvas", { role: "img", "aria-label": image.alt });
  const toggle = make("button", { type: "button", class: "round start", "aria-label": t("Play") }, icon("play"));
  image.addEventListener("load", () => {
    Object.assign(still, { width: image.naturalWidth, height: image.naturalHeight });
    still.getContext("2d").drawImage(image, 0, 0);
  }, { once: true });
  button.hidden = true;
  toggle.addEventListener("click", () => {
    button.hidden = !button.hidden;
    still.hidden = !button.hidden;
    toggle.replaceChildren(icon(button.hidden ? "play" : "pause"));
    toggle.setAttribute("aria-label", t(button.hidden ? "Play" : "Pause"));
  });
  return make("div", { class: "paused" }, still, button, toggle);
}

function video(file, onSized) {
  const fields = { controls: true, loop: true, muted: true, autoplay: !prefersLessMotion(), playsInline: true };
  const node = make("video", { src: file.url, ...fields, "aria-label": file.description ?? file.filename });
  node.addEventListener("loadeddata", onSized);
  return node;
}
