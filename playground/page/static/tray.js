// Files that wait to be sent, above the message box: those that the line names, or, with no command in it, those for the message.

import { make } from "./dom.js";
import { keptFile } from "./fields.js";
import { icon } from "./icons.js";
import * as offers from "./offers.js";
import { say } from "./words.js";

export class Tray {
  // does: use(command, option, name) where a file goes to a command; changed() when one was taken off.
  constructor(node, world, does) {
    Object.assign(this, { node, world, does, kept: new Map() });  // name -> {name, file}
  }

  add(one) { this.kept.set(one.name, one); }

  // Those that go with a line.
  of(text) {
    return [...this.kept.values()].filter(({ name }) => !text.startsWith("/") || text.includes(name));
  }

  remove({ name }) { this.kept.delete(name); }

  draw(text) {
    const all = this.of(text);
    this.node.hidden = !all.length;
    this.node.replaceChildren(...all.map((one) => make("li", {}, keptFile(one), this.takeOff(one))), ...(all.length === 1 && !text ? this.uses(all[0]) : []));
  }

  takeOff({ name }) {
    const off = () => { this.remove({ name }); this.does.removed(name); };
    return make("button", { type: "button", class: "round", "aria-label": say("Take {name} off", { name }), onclick: off }, icon("close"));
  }

  // What else than sending it can be done with a file.
  uses({ name }) {
    const takes = this.world.commandsOf(1).map((item) => [item, (item.options ?? []).find((option) => option.type === offers.FILE)]).filter(([, option]) => option);
    return takes.map(([item, option]) => {
      const [command, field] = [item, option].map((one) => this.world.local(one, "name"));
      return make("li", {}, make("button", { type: "button", class: "style2", onclick: () => this.does.use(`/${command} ${field}:${name} `) }, say("Use in "), make("code", {}, "/" + command)));
    });
  }
}
