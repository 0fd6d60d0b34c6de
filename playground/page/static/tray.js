// The uploaded files above the message box: those that the command names, or, without a command, those of the message.
// Does not know how a line is parsed.

import { FILE } from "./completions.js";
import { make } from "./dom.js";
import { uploadChip } from "./fields.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";

export class Tray {
  // handlers: write(line), where a command is to use a file; removed(name), after a file was removed.
  constructor(node, world, handlers) {
    Object.assign(this, { node, world, handlers, uploads: new Map() });  // name -> {name, file}
  }

  add(upload) { this.uploads.set(upload.name, upload); }

  // The files that belong to a line.
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

  // One button for each command that takes a file.
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
