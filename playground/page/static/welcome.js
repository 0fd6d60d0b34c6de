// The beginning of every channel: what this is, and a few commands to click, of those that the bot really has.

import { make } from "./dom.js";
import { icon } from "./icons.js";
import { say } from "./words.js";

const EXAMPLES = [
  { line: "/waifu", says: "A face nobody has seen yet", sign: "sparkle" },
  { line: "/waifu seed:Asuka", says: "Any word is a face, always the same one", sign: "pencil" },
  { line: "/grid size:3", says: "Nine at once", sign: "picture" },
  { line: "/morph from:10 to:20", says: "One face turns into another", sign: "play" },
  { line: "/mix coarse:40 fine:48", says: "The pose of one, the colours of another", sign: "mix" },
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
    make("h2", {}, direct ? say("Just you and {name}", { name: world.bot.username }) : say("Welcome to #{name}", world.here)),
    make("p", {}, say("waifubot draws anime faces, right here on your machine. "), say(known.length ? "Click one of these, or type " : "Type "), make("kbd", {}, "/"), say(" for everything it can do.")),
    make("div", { class: "cards" }, known.map((example) => card(example, world, does))));
}

function card({ line: english, says, sign }, world, does) {
  const line = local(world, english);
  return make("button", { type: "button", class: "card", onclick: () => does.say(line) }, icon(sign), make("span", {}, make("code", {}, line), make("small", {}, say(says))));
}

// The line with the names that this person has for the command and its options.
function local(world, line) {
  const [name, ...given] = line.slice(1).split(" ").map((word) => word.split(":"));
  const command = world.command(name[0]), called = (item) => world.local(item, "name");
  return ["/" + called(command), ...given.map(([option, value]) => `${called(command.options.find((one) => one.name === option))}:${value}`)].join(" ");
}
