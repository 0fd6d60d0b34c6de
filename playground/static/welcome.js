// The beginning of every channel: what this is, and a few commands to click, of those that the bot really has.

import { make } from "./dom.js";
import { icon } from "./icons.js";

const EXAMPLES = [
  { line: "/waifu", says: "A face nobody has seen yet", sign: "sparkle" },
  { line: "/waifu seed:Asuka", says: "Any word is a face, always the same one", sign: "pencil" },
  { line: "/grid size:3", says: "Nine at once", sign: "picture" },
  { line: "/morph from:10 to:20", says: "One face turns into another", sign: "play" },
  { line: "/mix coarse:40 fine:48", says: "The pose of one, the colours of another", sign: "mix" },
  { line: "/vary seed:45", says: "The same face, a little different each time", sign: "leaf" },
  { line: "/psi seed:45", says: "From the average face to a wild one", sign: "flame" },
  { line: "/edit seed:45", says: "What can be changed about a face", sign: "palette" },
  { line: "/stream", says: "A new face every few seconds", sign: "dice" },
  { line: "/help", says: "Everything there is, with pictures", sign: "scroll" },
];

// A bot that lacks the command, or one of its options, is not asked for it.
function has(world, { line }) {
  const [name, ...given] = line.slice(1).split(" ");
  const options = (world.command(name)?.options ?? []).map((option) => option.name);
  return world.command(name) && given.every((word) => options.includes(word.split(":")[0]));
}

export function welcome(world, does) {
  const known = EXAMPLES.filter((example) => has(world, example));
  const direct = world.isDirect(world.here);
  return make("li", { class: "welcome" },
    make("img", { src: "/page/bot.svg", alt: "", width: 72, height: 72 }),
    make("h2", {}, direct ? `Just you and ${world.bot.username}` : `Welcome to #${world.here.name}`),
    make("p", {}, "waifubot draws anime faces, right here on your machine. ", known.length ? "Click one of these, or type " : "Type ", make("kbd", {}, "/"), " for everything it can do."),
    make("div", { class: "cards" }, known.map((example) => card(example, does))));
}

function card({ line, says, sign }, does) {
  return make("button", { type: "button", class: "card", onclick: () => does.say(line) }, icon(sign), make("span", {}, make("code", {}, line), make("small", {}, says)));
}
