// The page's state: people, channels, commands and messages as the server sends them, the current person (``me``) and
// the current channel (``here``). Knows nothing of the document.

const DIRECT = 1;
const MESSAGE_MENU = 3;
const EPHEMERAL = 1 << 6;
const LOADING = 1 << 7;

export class World {
  constructor() {
    Object.assign(this, {
      bot: null, people: [], guilds: [], channels: [], commands: {}, messages: new Map(),
      me: null, here: null, unread: new Set(),
    });
  }

  load(all) {
    Object.assign(this, all, { messages: new Map(all.messages.map((message) => [message.id, message])) });
    this.me = this.people.find((person) => person.id === this.me?.id) ?? this.people[0];
    this.here = this.channels.find((channel) => channel.id === this.here?.id) ?? null;
    this.checkChannel();
  }

  // Switches to the first channel if this person cannot open the current one, and marks the channel as read.
  checkChannel() {
    if (!this.here || !this.myChannels.includes(this.here)) this.here = this.myChannels[0];
    this.unread.delete(this.here.id);
  }

  get actor() { return { user: this.me.id, channel: this.here.id }; }
  get myChannels() { return this.channels.filter((channel) => !this.isDirect(channel) || channel.of === this.me.id); }
  get direct() { return this.myChannels.find((channel) => this.isDirect(channel)); }
  get history() { return [...this.messages.values()].filter((message) => this.shows(message)); }
  get isModerator() { return (this.here.moderators ?? []).includes(this.me.id); }

  isDirect(channel) { return channel.type === DIRECT; }
  isLoading(message) { return Boolean(message.flags & LOADING); }
  isWhisper(message) { return Boolean(message.flags & EPHEMERAL) || message.ephemeral_to !== null; }
  isVisible(message) { return [null, this.me.id].includes(message.ephemeral_to); }
  shows(message) { return message.channel_id === this.here.id && this.isVisible(message); }
  mayDelete(message) {
    return this.isModerator || message.ephemeral_to === this.me.id || message.author.id === this.me.id;
  }

  // Returns the commands of a type: 1 for slash commands, 3 for the context menu of a message.
  commandsOf(type) { return (this.commands[this.here.id] ?? []).filter((command) => (command.type ?? 1) === type); }
  command(name) { return this.commandsOf(1).find((command) => this.hasName(command, name)); }

  // Returns the command behind a message as this person would have typed it, or nothing if there is none.
  lineOf(message) { return message.used?.lines?.[this.me.locale] ?? message.used?.line; }
  labelOf(message) {
    const command = this.commandsOf(MESSAGE_MENU).find(({ name }) => name === message.used?.label);
    return command ? this.local(command, "name") : message.used?.label;
  }

  // Whether a command or option has this name. The English name always counts, so that examples work in every language.
  hasName(item, name) { return item.name === name || this.local(item, "name") === name; }

  // Returns the name or description (``field``) of a command or option, in this person's language if it is translated.
  local(item, field) { return item[`${field}_localizations`]?.[this.me.locale] ?? item[field]; }

  get languages() {
    const locales = new Set();
    const collect = (item) => {
      for (const locale of Object.keys(item.description_localizations ?? {})) locales.add(locale);
      (item.options ?? []).forEach(collect);
    };
    this.commandsOf(1).forEach(collect);
    return [...locales].sort();
  }

  name(id) {
    const person = [...this.people, this.bot].find((someone) => someone?.id === id);
    return person ? nameOf(person) : "somebody";
  }
}

export const nameOf = (person) => person.global_name ?? person.username;
