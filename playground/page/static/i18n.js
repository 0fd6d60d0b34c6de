// Translates the page's own sentences into the language of the current person. English is in the code, and is the key of
// zh-CN.json and other catalogues. Does not know where a sentence is shown.

let catalogue = {}, wanted = "en";
const catalogues = new Map();  // locale -> catalogue

// locales: those that have a catalogue; for any other the page stays in English.
export async function setLanguage(locale, locales) {
  wanted = locale;
  if (locales.includes(locale) && !catalogues.has(locale)) {
    catalogues.set(locale, await (await fetch(`/page/${locale}.json`)).json());
  }
  if (locale !== wanted) return;  // another language was chosen while this one was loading
  catalogue = catalogues.get(locale) ?? {};
  document.documentElement.lang = catalogues.has(locale) ? locale : "en";
  for (const [english, write] of staticTexts) write(t(english));
}

// t("{name} is thinking…", { name }): each language decides where a field goes.
export function t(english, fields = {}) {
  return (catalogue[english] ?? english).replace(/\{(\w+)\}/g, (whole, name) => fields[name] ?? whole);
}

// The English texts of index.html, each with a function that writes its translation.
const attributes = ["aria-label", "title", "placeholder", "data-drop-hint"];
const staticTexts = [
  ...attributes.flatMap((attribute) => [...document.querySelectorAll(`[${attribute}]`)].map(
    (node) => [node.getAttribute(attribute), (text) => node.setAttribute(attribute, text)])),
  ...[...document.querySelectorAll(".skip, #newer")].map(
    ({ lastChild: node }) => [node.nodeValue, (text) => { node.nodeValue = text; }]),
];
