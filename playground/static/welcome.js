// The beginning of every channel: what this is, and a few commands to click, of those that the bot really has.

import { make } from "./dom.js";
import { icon } from "./icons.js";

const EXAMPLES = [
  { line: "/waifu", says: "A face nobody has seen yet", sign: "sparkle" },
  { line: "/waifu seed:Asuka", says: "Any word is a face, always the same one", sign: "pencil" },
  { line: "/grid size:3", says: "Nine at once", sign: "picture" },
  { line: "/morph from:10 to:20", says: "One face turns into another", sign: "play" },
];

export function welcome(world, does) {
  const known = EXAMPLES.filter(({ line }) => world.command(line.slice(1).split(" ")[0]));
  const direct = world.isDirect(world.here);
  return make("li", { class: "welcome" },
    make("img", { src: "/page/bot.svg", alt: "", width: 72, height: 72 }),
    make("h2", {}, direct ? `Just you and ${world.bot.username}` : `Welcome to #${world.here.name}`),
    make("p", {}, "waifubot draws anime faces on this machine. Click one of these, or type ", make("kbd", {}, "/"), " below."),
    make("div", { class: "cards" }, known.map((example) => card(example, does))));
}

function card({ line, says, sign }, does) {
  return make("button", { type: "button", class: "card", onclick: () => does.say(line) }, icon(sign), make("span", {}, make("code", {}, line), make("small", {}, says)));
}
