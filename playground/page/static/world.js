// What the page knows: people, places, commands and messages as the server tells them, who acts (me) and where (here). Knows no nodes.

const DIRECT = 1;
const MESSAGE_MENU = 3;
const EPHEMERAL = 1 << 6;
const LOADING = 1 << 7;

export class World {
  constructor() {
    Object.assign(this, { bot: null, people: [], guilds: [], channels: [], commands: {}, messages: new Map(), me: null, here: null, unread: new Set() });
  }

  take(all) {
    Object.assign(this, all, { messages: new Map(all.messages.map((message) => [message.id, message])) });
    this.me = this.people.find((person) => person.id === this.me?.id) ?? this.people[0];
    this.here = this.channels.find((channel) => channel.id === this.here?.id) ?? null;
    this.settle();
  }

  // The place that is open must be one that this person can open.
  settle() {
    if (!this.here || !this.mine.includes(this.here)) this.here = this.mine[0];
    this.unread.delete(this.here.id);
  }

  get who() { return { user: this.me.id, channel: this.here.id }; }
  get mine() { return this.channels.filter((channel) => channel.type !== DIRECT || channel.of === this.me.id); }
  get past() { return [...this.messages.values()].filter((message) => this.shows(message)); }
  get moderator() { return (this.here.moderators ?? []).includes(this.me.id); }

  isDirect(channel) { return channel.type === DIRECT; }
  isLoading(message) { return Boolean(message.flags & LOADING); }
  isWhisper(message) { return Boolean(message.flags & EPHEMERAL) || message.ephemeral_to !== null; }
  isMine(message) { return [null, this.me.id].includes(message.ephemeral_to); }
  shows(message) { return message.channel_id === this.here.id && this.isMine(message); }
  mayDelete(message) { return this.moderator || message.ephemeral_to === this.me.id || message.author.id === this.me.id; }

  // type 1: slash commands, type 3: a message's context menu.
  commandsOf(type) { return (this.commands[this.here.id] ?? []).filter((command) => (command.type ?? 1) === type); }
  command(name) { return this.commandsOf(1).find((command) => this.isCalled(command, name)); }

  // What was used, as this person would have typed it.
  lineOf(message) { return message.used?.lines?.[this.me.locale] ?? message.used?.line; }
  labelOf(message) {
    const command = this.commandsOf(MESSAGE_MENU).find(({ name }) => name === message.used?.label);
    return command ? this.local(command, "name") : message.used?.label;
  }

  // The English name will always do, so that examples work everywhere.
  isCalled(item, name) { return item.name === name || this.local(item, "name") === name; }

  // The name or description of a command or option, in this person's language where the bot has it.
  local(item, field) { return item[`${field}_localizations`]?.[this.me.locale] ?? item[field]; }

  get languages() {
    const found = new Set();
    const look = (item) => {
      for (const code of Object.keys(item.description_localizations ?? {})) found.add(code);
      (item.options ?? []).forEach(look);
    };
    this.commandsOf(1).forEach(look);
    return [...found].sort();
  }

  name(id) {
    const person = [...this.people, this.bot].find((someone) => someone?.id === id);
    return person ? nameOf(person) : "somebody";
  }
}

export const nameOf = (person) => person.global_name ?? person.username;
