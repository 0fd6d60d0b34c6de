// The beginning of every channel: says what this is, and offers examples of commands to click, as far as the bot has
// them. Does not send an example: the handlers do.

import { make } from "./dom.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";

const EXAMPLES = [
  { line: "/waifu", about: "A face nobody has seen yet", iconName: "sparkle" },
  { line: "/waifu seed:Asuka", about: "Any word is a face, always the same one", iconName: "pencil" },
  { line: "/grid size:3", about: "Nine at once", iconName: "picture" },
  { line: "/morph from:10 to:20", about: "One face turns into another", iconName: "play" },
  { line: "/mix coarse:40 fine:48", about: "The pose of one, the colours of another", iconName: "mix" },
  { line: "/psi seed:45", about: "From the average face to a wild one", iconName: "flame" },
  { line: "/edit seed:45", about: "What can be changed about a face", iconName: "palette" },
  { line: "/make", about: "Make a face step by step", iconName: "brush" },
  { line: "/like picture:", about: "The face most like a picture of yours", iconName: "search" },
  { line: "/story", about: "Who a face is, and how its story begins", iconName: "book" },
  { line: "/collection", about: "The faces that you keep", iconName: "album" },
  { line: "/stream", about: "A new face every few seconds", iconName: "dice" },
  { line: "/waifubot help", about: "Everything there is, with pictures", iconName: "scroll" },
];

// Whether the bot has the command of an example, and all its options.
function isAvailable(world, { line }) {
  const [name, ...words] = line.slice(1).split(" ");
  const options = (world.command(name)?.options ?? []).map((option) => option.name);
  return world.command(name) && words.every((word) => options.includes(word.split(":")[0]));
}

export function welcome(world, handlers) {
  const examples = EXAMPLES.filter((example) => isAvailable(world, example));
  const title = world.isDirect(world.here)
    ? t("Just you and {name}", { name: world.bot.username }) : t("Welcome to #{name}", world.here);
  return make("li", { class: "welcome" },
    make("img", { src: "/page/bot.svg", alt: "", width: 72, height: 72 }),
    make("h2", {}, title),
    make("p", {},
      t("waifubot draws anime faces, right here on your machine. "),
      t(examples.length ? "Click one of these, or type " : "Type "), make("kbd", {}, "/"),
      t(" for everything it can do.")),
    make("div", { class: "cards" },
      examples.map((example) => card(example, world, handlers)),
      world.command("stream") ? wallCard(handlers) : null));
}

const wallCard = (handlers) => make("button", { type: "button", class: "card", onclick: () => handlers.openWall() },
  icon("wall"), make("span", {}, make("strong", {}, t("Wall of faces")), make("small", {}, t("Endless faces to scroll through"))));

// An example that ends with an option is written and not sent: its value, a file, is still to be chosen.
function card({ line: english, about, iconName }, world, handlers) {
  const line = localized(world, english);
  const use = line.endsWith(":") ? handlers.write : handlers.send;
  return make("button", { type: "button", class: "card", onclick: () => use(line) },
    icon(iconName), make("span", {}, make("code", {}, line), make("small", {}, t(about))));
}

// Returns the line with the names of the command and its options in the person's language.
export function localized(world, line) {
  const [[commandName], ...words] = line.slice(1).split(" ").map((word) => word.split(":"));
  const command = world.command(commandName), name = (item) => world.local(item, "name");
  const options = words.map(([option, value]) => {
    const local = name(command.options.find((item) => item.name === option));
    return value === undefined ? local : `${local}:${value}`;  // a sub-command has no value
  });
  return ["/" + name(command), ...options].join(" ");
}
