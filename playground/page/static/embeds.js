// Makes nodes of a message's embeds, which are framed blocks of text with pictures.
// Knows nothing of the rest of the message.

import { hex } from "./components.js";
import { make } from "./dom.js";
import { inline, markdown } from "./markdown.js";
import { embeddedImage } from "./media.js";

// Returns the nodes of a message's embeds. As in Discord, embeds with the same address are shown as one with several
// pictures.
export function embeds(message, world, handlers) {
  const groups = [];
  for (const value of message.embeds) {
    const group = value.url && groups.find(([first]) => first.url === value.url && value.image && first.image);
    if (group) group.push(value); else groups.push([value]);
  }
  return groups.map(
    (group) => embed(group[0], group.map((value) => value.image).filter(Boolean), world, handlers));
}

// Returns the addresses of everything that embeds and components show. Such files are not shown again as attachments.
export function embeddedUrls(message) {
  const urls = new Set();
  const collect = (value) => {
    if (Array.isArray(value)) value.forEach(collect);
    else if (value && typeof value === "object") {
      for (const [key, item] of Object.entries(value)) {
        if (typeof item === "string" && /url$/.test(key)) urls.add(item);
        else collect(item);
      }
    }
  };
  collect(message.embeds);
  collect(message.components);
  return urls;
}

function embed(value, images, world, handlers) {
  const blocks = (text) => markdown(text, world, handlers.write), line = (text) => inline(text, world, handlers.write);
  const image = (item, alt) => embeddedImage(item.url, alt, handlers.resized);
  const field = (item, i, all) => make("div", { class: `field ${share(i, all)}` },
    make("strong", {}, ...line(item.name)), make("div", { class: "content" }, ...blocks(item.value)));
  const { thumbnail, author, title, url, description, fields } = value;
  const node = make("div", { class: thumbnail ? "embed with-thumbnail" : "embed" },
    thumbnail ? make("div", { class: "thumbnail" }, image(thumbnail, thumbnail.description)) : null,
    author ? make("div", { class: "author" }, smallIcon(author.icon_url), maybeLink(author.name, author.url)) : null,
    title ? make("strong", { class: "title" }, url ? maybeLink(title, url) : line(title)) : null,
    description ? make("div", { class: "content" }, ...blocks(description)) : null,
    fields?.length ? make("div", { class: "fields" }, fields.map(field)) : null,
    images.length ? make("div", { class: images.length > 1 ? "gallery" : "files" },
      images.map((item) => image(item, item.description ?? title ?? ""))) : null,
    footer(value));
  if (value.color) node.style.borderLeftColor = hex(value.color);
  return node;
}

// Returns how much of its row a field takes: as in Discord, up to three inline fields in succession share one.
function share(i, fields) {
  if (!fields[i].inline) return "";
  let first = i, last = i;
  while (first > 0 && fields[first - 1].inline) first -= 1;
  while (last + 1 < fields.length && fields[last + 1].inline) last += 1;
  const start = first + 3 * Math.floor((i - first) / 3);
  return ["whole", "half", "third"][Math.min(2, last - start)];
}

const smallIcon = (url) => (url?.startsWith("/") ? make("img", { src: url, alt: "", width: 20, height: 20 }) : null);

const maybeLink = (name, url) => (url && /^https?:/.test(url)
  ? make("a", { href: url, rel: "noreferrer noopener", target: "_blank" }, name) : make("span", {}, name));

function footer({ footer: value, timestamp }) {
  const time = timestamp ? new Date(timestamp).toLocaleString() : null;
  const text = [value?.text, time].filter(Boolean).join(" · ");
  return text ? make("div", { class: "author" }, smallIcon(value?.icon_url), make("small", {}, text)) : null;
}
