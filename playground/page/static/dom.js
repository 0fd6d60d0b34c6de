// Makes nodes. Text from outside never becomes markup, because everything is set by textContent and properties.
// Knows nothing of what the page shows.

const SVG = "http://www.w3.org/2000/svg";

export const $ = (id) => document.getElementById(id);

export function make(tag, fields = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(fields)) {
    if (value === null || value === undefined) continue;
    if (name === "class") node.className = value;
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

// Makes an icon of the paths in icons.js, in the colour of the text around it. Screen readers read its label; without a
// label they ignore the icon.
export function glyph(paths, label = "") {
  const node = document.createElementNS(SVG, "svg");
  node.setAttribute("viewBox", "0 0 24 24");
  node.setAttribute("class", "icon");
  if (label) { node.setAttribute("role", "img"); node.setAttribute("aria-label", label); }
  else node.setAttribute("aria-hidden", "true");
  for (const d of paths) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d.replace("!", ""));
    if (d.startsWith("!")) path.setAttribute("fill", "currentColor");
    node.append(path);
  }
  return node;
}

export const prefersLessMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// Makes a screen reader say a text that is not visible.
export function announce(text) {
  $("announcer").textContent = text;
}
