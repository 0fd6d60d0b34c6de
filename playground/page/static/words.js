// The page's own words in the language of whoever one is. English stands in the code, and is the key of zh-CN.json and its like.

let words = {}, wanted = "en";
const learnt = new Map();  // locale -> what its file says

// locales: those that there is a file for; any other is spoken to in English.
export async function learn(locale, locales) {
  wanted = locale;
  if (locales.includes(locale) && !learnt.has(locale)) learnt.set(locale, await (await fetch(`/page/${locale}.json`)).json());
  if (locale !== wanted) return;  // another language was asked for meanwhile
  words = learnt.get(locale) ?? {};
  document.documentElement.lang = learnt.has(locale) ? locale : "en";
  for (const [english, write] of fixed) write(say(english));
}

// say("{name} is thinking…", { name }): a field stands where the language puts it.
export function say(english, fields = {}) {
  return (words[english] ?? english).replace(/\{(\w+)\}/g, (whole, name) => fields[name] ?? whole);
}

// What stands in index.html, in English, and how it is written there.
const labels = ["aria-label", "title", "placeholder"];
const fixed = [
  ...labels.flatMap((label) => [...document.querySelectorAll(`[${label}]`)].map((node) => [node.getAttribute(label), (text) => node.setAttribute(label, text)])),
  ...[...document.querySelectorAll(".skip, #newer")].map(({ lastChild: text }) => [text.nodeValue, (said) => { text.nodeValue = said; }]),
];
