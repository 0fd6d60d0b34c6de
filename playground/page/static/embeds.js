// Embeds: the framed blocks in which bots show text with pictures. Those with the same address are one, with several pictures.

import { make } from "./dom.js";
import { hex } from "./components.js";
import { linked } from "./media.js";
import { inline, marked } from "./text.js";

// The embeds of a message, with further pictures of the same address joined to the first.
export function embeds(message, world, does) {
  const groups = [];
  for (const value of message.embeds) {
    const first = value.url && groups.find(([one]) => one.url === value.url && value.image && one.image);
    if (first) first.push(value); else groups.push([value]);
  }
  return groups.map(([value, ...more]) => embed(value, [value, ...more].map((one) => one.image).filter(Boolean), world, does));
}

// Addresses that embeds and layouts show already; those files are not shown once more below.
export function shownElsewhere(message) {
  const found = new Set();
  const look = (value) => {
    if (Array.isArray(value)) value.forEach(look);
    else if (value && typeof value === "object") for (const [key, item] of Object.entries(value)) typeof item === "string" && /url$/.test(key) ? found.add(item) : look(item);
  };
  look(message.embeds);
  look(message.components);
  return found;
}

function embed(value, images, world, does) {
  const text = (words) => marked(words, world, does.use);
  const node = make("div", { class: value.thumbnail ? "embed thumbed" : "embed" },
    value.thumbnail ? make("div", { class: "thumbnail" }, linked(value.thumbnail.url, value.thumbnail.description, does.sized)) : null,
    value.author ? make("div", { class: "author" }, small(value.author.icon_url), named(value.author.name, value.author.url)) : null,
    value.title ? make("strong", { class: "title" }, value.url ? named(value.title, value.url) : inline(value.title, world, does.use)) : null,
    value.description ? make("div", { class: "content" }, ...text(value.description)) : null,
    value.fields?.length ? make("div", { class: "fields" }, value.fields.map((field) => make("div", { class: field.inline ? "field inline" : "field" }, make("strong", {}, ...inline(field.name, world, does.use)), make("div", { class: "content" }, ...text(field.value))))) : null,
    images.length ? make("div", { class: images.length > 1 ? "gallery" : "files" }, images.map((image) => linked(image.url, image.description ?? value.title ?? "", does.sized))) : null,
    footer(value));
  if (value.color) node.style.borderLeftColor = hex(value.color);
  return node;
}

const small = (url) => (url?.startsWith("/") ? make("img", { src: url, alt: "", width: 20, height: 20 }) : null);

const named = (name, url) => (url && /^https?:/.test(url) ? make("a", { href: url, rel: "noreferrer noopener", target: "_blank" }, name) : make("span", {}, name));

function footer({ footer: foot, timestamp }) {
  const words = [foot?.text, timestamp ? new Date(timestamp).toLocaleString() : null].filter(Boolean).join(" · ");
  return words ? make("div", { class: "author" }, small(foot?.icon_url), make("small", {}, words)) : null;
}
