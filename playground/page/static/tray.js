// The uploaded files above the message box: those that the command names, or, without a command, those of the message.
// Uploads nothing itself: composer.js does.

import { FILE } from "./completions.js";
import { make } from "./dom.js";
import { uploadChip } from "./fields.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";

export class Tray {
  // handlers.write(line) is called when a person picks a command to use a file with, and handlers.removed(name) after a
  // file has been removed.
  constructor(node, world, handlers) {
    Object.assign(this, { node, world, handlers, uploads: new Map() });  // name of a file -> {name, file}
  }

  add(upload) { this.uploads.set(upload.name, upload); }

  // Returns the files that are sent with a line: those that a command names, or all of them with a plain message.
  of(text) {
    return [...this.uploads.values()].filter(({ name }) => !text.startsWith("/") || text.includes(name));
  }

  remove({ name }) { this.uploads.delete(name); }

  draw(text) {
    const files = this.of(text);
    this.node.hidden = !files.length;
    this.node.replaceChildren(
      ...files.map((file) => make("li", {}, uploadChip(file), this.removeButton(file))),
      ...(files.length === 1 && !text ? this.commandButtons(files[0]) : []));
  }

  removeButton({ name }) {
    const onclick = () => { this.remove({ name }); this.handlers.removed(name); };
    return make("button", { type: "button", class: "round", "aria-label": t("Remove {name}", { name }), onclick },
      icon("close"));
  }

  // Makes a button for each command that takes a file.
  commandButtons({ name }) {
    const fileOption = (item) => (item.options ?? []).find((option) => option.type === FILE);
    return this.world.commandsOf(1).filter(fileOption).map((item) => {
      const [command, option] = [item, fileOption(item)].map((named) => this.world.local(named, "name"));
      const onclick = () => this.handlers.write(`/${command} ${option}:${name} `);
      return make("li", {},
        make("button", { type: "button", class: "style2", onclick }, t("Use in "), make("code", {}, "/" + command)));
    });
  }
}
