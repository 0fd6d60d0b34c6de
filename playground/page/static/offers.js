// What can come next in a line: commands, sub-commands, options, values. Pure: from what is known to lists of {label, about, badge, text}.

import { say } from "./words.js";
import { nameOf } from "./world.js";

const SUB = 1, GROUP = 2, BOOLEAN = 5, PERSON = 6, CHANNEL = 7, ANYONE = 9;
export const FILE = 11;
const KINDS = { 3: "text", 4: "whole number", 5: "yes or no", 6: "person", 7: "channel", 8: "role", 9: "person", 10: "number", 11: "file" };

export const command = (world, text) => world.command(text.match(/^\/(\S*)/)?.[1] ?? "");

// Commands whose name begins with, or else contains, what was typed.
export function commands(world, text) {
  const typed = text.slice(1).toLowerCase();
  const all = world.commandsOf(1);
  const names = (item) => [item.name, world.local(item, "name")];
  const begin = all.filter((item) => names(item).some((name) => name.startsWith(typed)));
  const hold = all.filter((item) => !begin.includes(item) && names(item).some((name) => name.includes(typed)));
  const items = [...begin, ...hold].map((item) => ({
    kind: "command", label: "/" + world.local(item, "name"), about: world.local(item, "description"), badge: summary(world, item), text: begun(world, item),
  }));
  return { items, first: items.length ? 0 : -1, title: items.length ? null : say("No such command"), about: say("Type / to see them all.") };
}

// A command as picked: with the first of the options it cannot do without.
function begun(world, item) {
  const needed = leafOf(item.options ?? []) && (item.options ?? []).find((option) => option.required);
  return `/${world.local(item, "name")} ${needed ? world.local(needed, "name") + ":" : ""}`;
}

const leafOf = (options) => !options.length || options[0].type > GROUP;

function summary(world, item) {
  const options = item.options ?? [];
  if (!leafOf(options)) return options.map((option) => world.local(option, "name")).join(" · ");
  const needed = options.filter((option) => option.required).map((option) => world.local(option, "name"));
  const free = options.length - needed.length;
  return [...needed, free ? say("+{free} optional", { free }) : ""].filter(Boolean).join(" ");
}

// Follows the line below sub-commands. open: their names are still to come.
function below(world, item, text) {
  const words = text.slice(1).split(/\s+/).slice(1);
  let options = item.options ?? [];
  while (!leafOf(options)) {
    const step = options.find((option) => world.isCalled(option, words[0]));
    if (!step) return { options, open: true };
    words.shift();
    options = step.options ?? [];
  }
  return { options, open: false };
}

// seen: what the server made of the line, {marks, problem}. Returns what to offer; completes: the bot may know more.
export function options(world, item, text, seen, { files }) {
  const { options: declared, open } = below(world, item, text);
  const last = text.match(/\S*$/)[0];
  const base = text.slice(0, text.length - last.length);
  if (open) return { items: declared.map((o) => ({ label: world.local(o, "name"), about: world.local(o, "description"), text: `${base}${world.local(o, "name")} ` })), first: 0, title: "/" + world.local(item, "name"), about: world.local(item, "description") };
  const mark = seen.marks.at(-1);
  const option = mark && mark.end === text.length ? declared.find((o) => o.name === mark.option) : null;
  const given = seen.marks.filter((m) => m !== mark || mark.value > mark.start || text.endsWith(" ")).map((m) => m.option);
  const rest = remaining(world, declared, given, base, option && mark.value > mark.start ? "" : last);
  const ended = text.endsWith(" ") && !option?.autocomplete;
  if (option && !ended) {
    const named = mark.value > mark.start;
    const values = valuesOf(world, option, text.slice(mark.value, mark.end), text.slice(0, mark.start), files);
    // A bare word may be the value of the next option, or the beginning of an option's name: both are shown.
    const head = { title: world.local(option, "name"), about: world.local(option, "description"), badge: badge(option) };
    const problem = named && mark.end > mark.value ? mark.problem : "";
    return { ...head, problem, items: [...values.items, ...(named ? [] : rest)], first: values.first, completes: option.autocomplete };
  }
  if (seen.problem) return { items: rest, title: "/" + world.local(item, "name"), problem: seen.problem };
  return { items: rest, title: "/" + world.local(item, "name"), about: world.local(item, "description") };
}

function remaining(world, declared, given, base, last) {
  return declared.filter((o) => !given.includes(o.name) && [o.name, world.local(o, "name")].some((name) => name.startsWith(last))).map((o) => ({
    kind: "name", label: world.local(o, "name"), about: world.local(o, "description"), badge: o.required ? say("needed") : badge(o), needed: o.required, text: `${base}${world.local(o, "name")}:`,
  }));
}

export function badge(option) {
  const { min_value: low, max_value: high } = option;
  if (option.choices?.length) return say("one of {count}", { count: option.choices.length });
  const tidy = (value) => String(value ?? "…").replace("-", "−");
  if (low !== undefined || high !== undefined) return say("{low} to {high}", { low: tidy(low), high: tidy(high) });
  return say(KINDS[option.type] ?? "");
}

// The values that are known without asking the bot. first: which one Enter takes.
function valuesOf(world, option, typed, before, files) {
  if (option.type === FILE) {
    const kept = files.names.filter((name) => name.startsWith(typed)).map((name) => ({ kind: "value", label: name, text: `${before}${world.local(option, "name")}:${name} ` }));
    return { items: [...kept, { kind: "value", label: say("Choose a file…"), about: say("or drop one anywhere on the page"), pick: files.pick }], first: typed ? -1 : 0 };
  }
  const all = known(world, option);
  const fitting = all.filter(({ label }) => label.toLowerCase().startsWith(typed.trim().toLowerCase()));
  const exact = all.some(({ label }) => label.toLowerCase() === typed.trim().toLowerCase());
  const items = (exact ? all : fitting).map(({ label, about }) => ({ kind: "value", label, about, text: `${before}${world.local(option, "name")}:${quoted(label)} ` }));
  return { items, first: items.length && !exact ? 0 : -1 };
}

function known(world, option) {
  if (option.choices) return option.choices.map((choice) => ({ label: String(world.local(choice, "name")) }));
  if (option.type === BOOLEAN) return [{ label: "true", about: say("yes") }, { label: "false", about: say("no") }];
  if (option.type === PERSON || option.type === ANYONE) return [...world.people, world.bot].map((person) => ({ label: "@" + person.username, about: nameOf(person) }));
  if (option.type === CHANNEL) return world.mine.filter((c) => !world.isDirect(c)).map((c) => ({ label: "#" + c.name }));
  return [];
}

const quoted = (value) => (/[\s:"]/.test(value) ? `"${value}"` : value);

// What the bot offers for the option being typed.
export function completions(world, text, { choices, option, start }) {
  const name = world.local(below(world, command(world, text), text).options.find((o) => o.name === option), "name");
  return choices.map((choice) => ({ kind: "value", label: choice.name, about: "", text: `${text.slice(0, start)}${name}:${quoted(String(choice.value))} ` }));
}

// The option that takes a file, of the command being written.
export function fileOption(world, text) {
  const written = command(world, text);
  return (written && below(world, written, text).options.find((option) => option.type === FILE)) ?? null;
}

// The line with a file put into that option; what stood there goes.
export function withFile(world, text, option, filename) {
  const names = [option.name, world.local(option, "name")];
  const kept = text.trimEnd().split(" ").filter((word) => !names.some((name) => word.startsWith(`${name}:`)));
  return `${kept.join(" ")} ${names[1]}:${filename} `;
}
