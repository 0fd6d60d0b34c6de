// Translates the page's own sentences into the language of the current person. The English sentence in the code is the
// key in the catalogues, such as zh-CN.json. Shows nothing itself, except the texts of index.html.

let catalogue = {}, wanted = "en";
const catalogues = new Map();  // locale -> catalogue

// Loads the language's catalogue and translates the texts of index.html. ``locales`` are those that have a catalogue;
// in any other the page is in English.
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

// Translates a sentence, such as t("{name} is thinking…", { name }). Fields are filled in after the translation, so
// that each language decides where a field goes.
export function t(english, fields = {}) {
  return (catalogue[english] ?? english).replace(/\{(\w+)\}/g, (whole, name) => fields[name] ?? whole);
}

// The English texts of index.html, each with a function that puts its translation into the page.
const attributes = ["aria-label", "title", "placeholder", "data-drop-hint"];
const staticTexts = [
  ...attributes.flatMap((attribute) => [...document.querySelectorAll(`[${attribute}]`)].map(
    (node) => [node.getAttribute(attribute), (text) => node.setAttribute(attribute, text)])),
  ...[...document.querySelectorAll(".skip, #newer")].map(
    ({ lastChild: node }) => [node.nodeValue, (text) => { node.nodeValue = text; }]),
];
