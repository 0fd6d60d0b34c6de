// Finds what can come next in a line: commands, sub-commands, options or values. A suggestion is {label, about, badge,
// text}; ``text`` is the whole line after picking it. Uses neither the document nor the server.

import { t } from "./i18n.js";
import { nameOf } from "./world.js";

// Option types. Those up to GROUP are sub-commands and groups of sub-commands.
const GROUP = 2, BOOLEAN = 5, PERSON = 6, CHANNEL = 7, MENTIONABLE = 9;
export const FILE = 11;
const TYPE_NAMES = {
  3: "text", 4: "whole number", 5: "yes or no", 6: "person", 7: "channel", 8: "role", 9: "person", 10: "number",
  11: "file",
};

export const commandOf = (world, text) => world.command(text.match(/^\/(\S*)/)?.[1] ?? "");

// Returns suggestions of commands: first those whose name begins with what was typed, then those that contain it.
export function commands(world, text) {
  const typed = text.slice(1).toLowerCase();
  const all = world.commandsOf(1);
  const names = (item) => [item.name, world.local(item, "name")];
  const beginning = all.filter((item) => names(item).some((name) => name.startsWith(typed)));
  const containing = all.filter(
    (item) => !beginning.includes(item) && names(item).some((name) => name.includes(typed)));
  const items = [...beginning, ...containing].map((item) => ({
    kind: "command", label: "/" + world.local(item, "name"), about: world.local(item, "description"),
    badge: summary(world, item), text: lineFor(world, item),
  }));
  const title = items.length ? null : t("No such command");
  return { items, first: items.length ? 0 : -1, title, about: t("Type / to see them all.") };
}

// Returns the line after picking a command: its name, and the name of its first required option if it has one.
function lineFor(world, item) {
  const options = item.options ?? [];
  const required = holdsValues(options) && options.find((option) => option.required);
  return `/${world.local(item, "name")} ${required ? world.local(required, "name") + ":" : ""}`;
}

const holdsValues = (options) => !options.length || options[0].type > GROUP;

function summary(world, item) {
  const options = item.options ?? [];
  if (!holdsValues(options)) return options.map((option) => world.local(option, "name")).join(" · ");
  const required = options.filter((option) => option.required).map((option) => world.local(option, "name"));
  const count = options.length - required.length;
  return [...required, count ? t("+{count} optional", { count }) : ""].filter(Boolean).join(" ");
}

// Returns the options of the command or of the typed sub-command. If the name of a sub-command is still to be typed,
// ``incomplete`` is true and the options are the sub-commands. ``path`` has the command and the typed sub-commands.
function optionsBelow(world, item, text) {
  const words = text.slice(1).split(/\s+/).slice(1);
  const path = [item];
  let options = item.options ?? [];
  while (!holdsValues(options)) {
    const subCommand = options.find((option) => world.hasName(option, words[0]));
    if (!subCommand) return { options, path, incomplete: true };
    words.shift();
    path.push(subCommand);
    options = subCommand.options ?? [];
  }
  return { options, path, incomplete: false };
}

// Returns the suggestions for a line that names a command, as {items, first, title, about, badge, problem, completes}.
// ``parsed`` is how the server has parsed the line, {marks, problem}.
// ``files`` is {pick, names}: pick() lets the person choose a file, and names are those of the uploaded files.
// ``first`` is the index of the item that Enter picks, or -1 if Enter picks none.
// ``completes`` is true if the bot may have more suggestions.
export function options(world, item, text, parsed, { files }) {
  const { options: declared, path, incomplete } = optionsBelow(world, item, text);
  const last = text.match(/\S*$/)[0];
  const base = text.slice(0, text.length - last.length);
  const title = "/" + path.map((step) => world.local(step, "name")).join(" ");
  const about = world.local(path.at(-1), "description");
  if (incomplete) return { items: subCommands(world, declared, base, last), first: 0, title, about };
  const mark = parsed.marks.at(-1);
  const option = mark && mark.end === text.length ? declared.find((candidate) => candidate.name === mark.option) : null;
  const given = parsed.marks
    .filter((other) => other !== mark || mark.value > mark.start || text.endsWith(" ")).map((other) => other.option);
  const names = optionNames(world, declared, given, base, option && mark.value > mark.start ? "" : last);
  const isComplete = text.endsWith(" ") && !option?.autocomplete;
  if (option && !isComplete) {
    const isNamed = mark.value > mark.start;
    const values = optionValues(world, option, text.slice(mark.value, mark.end), text.slice(0, mark.start), files);
    return {
      title: world.local(option, "name"), about: world.local(option, "description"), badge: badge(option),
      problem: isNamed && mark.end > mark.value ? mark.problem : "",
      // A bare word may be the value of the next option or the beginning of an option's name. Suggest both.
      items: [...values.items, ...(isNamed ? [] : names)], first: values.first, completes: option.autocomplete,
    };
  }
  return parsed.problem ? { items: names, title, problem: parsed.problem } : { items: names, title, about };
}

// Returns the sub-commands whose name begins with what was typed, or all if none does.
function subCommands(world, declared, base, typed) {
  const names = (item) => [item.name, world.local(item, "name")];
  const beginning = declared.filter((item) => names(item).some((name) => name.startsWith(typed)));
  return (beginning.length ? beginning : declared).map((item) => ({
    label: world.local(item, "name"), about: world.local(item, "description"),
    text: `${base}${world.local(item, "name")} `,
  }));
}

function optionNames(world, declared, given, base, prefix) {
  const names = (option) => [option.name, world.local(option, "name")];
  return declared
    .filter((option) => !given.includes(option.name) && names(option).some((name) => name.startsWith(prefix)))
    .map((option) => ({
      kind: "name", label: world.local(option, "name"), about: world.local(option, "description"),
      badge: option.required ? t("required") : badge(option), required: option.required,
      text: `${base}${world.local(option, "name")}:`,
    }));
}

export function badge(option) {
  const { min_value: low, max_value: high } = option;
  if (option.choices?.length) return t("one of {count}", { count: option.choices.length });
  const format = (value) => String(value ?? "…").replace("-", "−");
  if (low !== undefined || high !== undefined) return t("{low} to {high}", { low: format(low), high: format(high) });
  return t(TYPE_NAMES[option.type] ?? "");
}

// Returns the values of an option that are known without asking the bot, as {items, first}.
function optionValues(world, option, typed, before, files) {
  const line = (value) => `${before}${world.local(option, "name")}:${value} `;
  if (option.type === FILE) {
    const uploads = files.names.filter((name) => name.startsWith(typed))
      .map((name) => ({ kind: "value", label: name, text: line(name) }));
    const pick = {
      kind: "value", label: t("Choose a file…"), about: t("or drop one anywhere on the page"), pick: files.pick };
    return { items: [...uploads, pick], first: typed ? -1 : 0 };
  }
  const all = knownValues(world, option), prefix = typed.trim().toLowerCase();
  const isExact = all.some(({ label }) => label.toLowerCase() === prefix);
  const matching = isExact ? all : all.filter(({ label }) => label.toLowerCase().startsWith(prefix));
  const items = matching.map(({ label, about }) => ({ kind: "value", label, about, text: line(quote(label)) }));
  return { items, first: items.length && !isExact ? 0 : -1 };
}

function knownValues(world, option) {
  if (option.choices) return option.choices.map((choice) => ({ label: String(world.local(choice, "name")) }));
  if (option.type === BOOLEAN) return [{ label: "true", about: t("yes") }, { label: "false", about: t("no") }];
  if (option.type === PERSON || option.type === MENTIONABLE) {
    return [...world.people, world.bot].map((person) => ({ label: "@" + person.username, about: nameOf(person) }));
  }
  if (option.type === CHANNEL) {
    return world.myChannels.filter((channel) => !world.isDirect(channel))
      .map((channel) => ({ label: "#" + channel.name }));
  }
  return [];
}

const quote = (value) => (/[\s:"]/.test(value) ? `"${value}"` : value);

// Converts the bot's choices for the option being typed to suggestions.
export function botChoices(world, text, { choices, option, start }) {
  const { options: declared } = optionsBelow(world, commandOf(world, text), text);
  const name = world.local(declared.find((item) => item.name === option), "name");
  return choices.map((choice) => ({
    kind: "value", label: choice.name, about: "",
    text: `${text.slice(0, start)}${name}:${quote(String(choice.value))} `,
  }));
}

// Returns the option of the written command that takes a file, or null.
export function fileOption(world, text) {
  const command = commandOf(world, text);
  return (command && optionsBelow(world, command, text).options.find((option) => option.type === FILE)) ?? null;
}

// Returns the line with ``filename`` as the value of ``option``; a value that the option had before is replaced.
export function withFile(world, text, option, filename) {
  const names = [option.name, world.local(option, "name")];
  const words = text.trimEnd().split(" ").filter((word) => !names.some((name) => word.startsWith(`${name}:`)));
  return `${words.join(" ")} ${names[1]}:${filename} `;
}
