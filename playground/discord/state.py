"""The state of the loopback Discord: people, servers, channels, messages, interactions and commands, as plain values.

Does no I/O and does not convert anything to JSON. Listeners can subscribe to events; World calls them at once when
something changes, in the order in which they subscribed.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

Json = dict[str, Any]

DISCORD_EPOCH_MS = 1420070400000
MIB = 1024 * 1024
MAX_MESSAGES = 2000
MAX_FILES_BYTES = 512 * MIB  # total size of the files of all messages
MAX_INTERACTIONS = 5000
MAX_UPLOADS_BYTES = 64 * MIB  # total size of the files uploaded for options, dialogs and messages
ACKNOWLEDGE_S = 3.0  # an interaction expires if it is not acknowledged within this time
TOKEN_S = 15 * 60.0  # how long an interaction's token is valid

# The permission bits that the stand-in uses.
ADMINISTRATOR, MANAGE_GUILD, VIEW, SEND, MANAGE_MESSAGES = 1 << 3, 1 << 5, 1 << 10, 1 << 11, 1 << 13
EMBED, ATTACH, HISTORY, USE_COMMANDS = 1 << 14, 1 << 15, 1 << 16, 1 << 31
USE_EXTERNAL_APPS = 1 << 50  # whether answers of an app that a member brought along are shown to everybody
PLAIN_MEMBER = VIEW | SEND | EMBED | ATTACH | HISTORY | USE_COMMANDS | USE_EXTERNAL_APPS
MODERATOR = PLAIN_MEMBER | MANAGE_MESSAGES | MANAGE_GUILD | ADMINISTRATOR

# Message flags.
EPHEMERAL, LOADING, COMPONENTS_V2 = 1 << 6, 1 << 7, 1 << 15

# Interaction types.
COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5


@dataclass(frozen=True)
class User:
    """A person or a bot."""

    id: int
    name: str
    bot: bool = False
    locale: str = "en-US"  # language in which this person uses Discord


@dataclass(frozen=True)
class Guild:
    """A server. If the bot is not among its members, people can still use the bot there as a user-installed app."""

    id: int
    name: str
    owner_id: int
    members: Mapping[int, int]  # user id -> permission bits
    locale: str = "en-US"
    attachment_limit: int = 10 * MIB  # largest size of one posted file, in bytes
    roles: Mapping[int, str] = field(default_factory=dict)  # role id -> name
    member_roles: Mapping[int, tuple[int, ...]] = field(default_factory=dict)  # user id -> role ids


@dataclass(frozen=True)
class Channel:
    """A text channel or thread of a server, or the direct messages between a person and the bot."""

    id: int
    name: str
    guild_id: int | None = None  # None for direct messages
    user_id: int | None = None  # the person, for direct messages
    denied: int = 0  # permission bits that the bot lacks in this channel
    parent_id: int | None = None  # the channel above, for a thread
    archived: bool = False  # for a thread: nothing in it can be edited, and a new message opens it again
    locked: bool = False  # for a thread: only moderators can write in it


@dataclass(frozen=True)
class Attachment:
    """A posted file."""

    id: int
    filename: str
    body: bytes
    content_type: str
    width: int | None = None
    height: int | None = None
    description: str | None = None
    # A part of the file's address, so that only people who saw the message can fetch it.
    secret: str = field(default_factory=lambda: secrets.token_hex(16))


@dataclass(frozen=True)
class Message:
    """A message in a channel."""

    id: int
    channel_id: int
    author_id: int
    when: float  # time of posting, in seconds since 1970
    content: str = ""
    embeds: tuple[Json, ...] = ()
    components: tuple[Json, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    flags: int = 0
    edited: float | None = None  # time of the latest edit
    ephemeral_to: int | None = None  # the only person who sees the message, if it is ephemeral
    interaction_id: int | None = None  # the interaction that the message answers
    reply_to: int | None = None  # the message that this one replies to
    mentions: tuple[int, ...] = ()  # the people who are notified
    nonce: str | int | None = None
    text_only: bool = False  # whether the latest edit set the content and nothing else
    late_edits: tuple[float, ...] = ()  # times of the edits that were made when the message was older than an hour

    @property
    def loading(self) -> bool:
        """Whether the message is still the placeholder that says the bot is thinking."""
        return bool(self.flags & LOADING)


@dataclass(frozen=True)
class Interaction:
    """A person's action that the bot must answer, and what the bot has answered so far."""

    id: int
    token: str
    type: int
    user_id: int
    channel_id: int
    data: Json  # as on the wire
    when: float  # time of the action, in seconds since 1970
    message_id: int | None = None  # the message whose component was used, or whose component opened the dialog
    callback: int | None = None  # type of the bot's first response, or None until there is one
    original_id: int | None = None  # the message that the API calls @original
    followups: int = 0
    choices: tuple[Json, ...] | None = None  # the bot's response to an autocompletion
    modal: Json | None = None  # the dialog that the bot opened


@dataclass(frozen=True)
class Event:
    """A change in the World, or in the bot's connection to it."""

    # One of "message", "edit", "delete", "interaction", "answer", "commands", "people", "ready", "resumed", "joined" (a
    # server was added) and "left" (a server is being removed).
    name: str
    subject: Any  # what has changed; for "ready" and "resumed", the id of the session


Listener = Callable[[Event], None]


class World:
    """The complete state of the loopback Discord, which has one bot.

    ``clock`` returns the time in seconds since 1970; tests pass a clock that they can advance.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.messages: dict[int, Message] = {}
        self.interactions: dict[int, Interaction] = {}
        self.uploads: dict[int, Attachment] = {}
        self.without_direct: set[int] = set()  # people who take no direct messages from bots
        # Id of a server, or None for the global commands -> commands as last synced.
        self.commands: dict[int | None, tuple[Json, ...]] = {}
        self._listeners: list[Listener] = []
        self._last_id = 0
        self.bot = self.add_user("waifubot", bot=True)

    def snowflake(self) -> int:
        """Return a new id. As in Discord, its upper bits hold the time, and it is larger than every earlier one."""
        now = (int(self.clock() * 1000) - DISCORD_EPOCH_MS) << 22
        self._last_id = max(now, self._last_id + 1)
        return self._last_id

    # People and channels

    def add_user(self, name: str, *, bot: bool = False, locale: str = "en-US") -> User:
        """Add a person or a bot, and return it."""
        user = User(self.snowflake(), name, bot, locale)
        self.users[user.id] = user
        return user

    def add_guild(
        self, name: str, owner: User, *members: User, bot_joined: bool = True, attachment_limit: int = 10 * MIB
    ) -> Guild:
        """Add a server and return it. Its owner may do everything; the members may chat.

        If ``bot_joined`` is false, the bot is not a member and can only be used there as a user-installed app.
        """
        rights = {owner.id: MODERATOR} | {member.id: PLAIN_MEMBER for member in members}
        if bot_joined:
            rights[self.bot.id] = PLAIN_MEMBER
        guild = Guild(self.snowflake(), name, owner.id, rights, attachment_limit=attachment_limit)
        self.guilds[guild.id] = guild
        return guild

    def add_role(self, guild: Guild, name: str, *members: User) -> int:
        """Add a role to a server, give it to ``members``, and return its id. The bot is not notified."""
        role, guild = self.snowflake(), self.guilds[guild.id]
        member_roles = {
            **guild.member_roles,
            **{member.id: (*guild.member_roles.get(member.id, ()), role) for member in members},
        }
        self.guilds[guild.id] = replace(guild, roles={**guild.roles, role: name}, member_roles=member_roles)
        return role

    def add_channel(self, guild: Guild, name: str, parent: Channel | None = None) -> Channel:
        """Add a text channel to a server, or a thread below ``parent``, and return it."""
        channel = Channel(self.snowflake(), name, guild.id, parent_id=parent.id if parent else None)
        self.channels[channel.id] = channel
        return channel

    def direct(self, user: User) -> Channel:
        """Return the channel of this person's direct messages with the bot. Create it if there is none yet."""
        for channel in self.channels.values():
            if channel.guild_id is None and channel.user_id == user.id:
                return channel
        channel = Channel(self.snowflake(), user.name, user_id=user.id)
        self.channels[channel.id] = channel
        return channel

    def guild_of(self, channel_id: int) -> Guild | None:
        """Return the server that a channel is in, or None for direct messages."""
        guild_id = self.channels[channel_id].guild_id
        return None if guild_id is None else self.guilds[guild_id]

    def permissions(self, user_id: int, channel_id: int) -> int:
        """Return the permission bits of a person (or the bot) in a channel."""
        channel, guild = self.channels[channel_id], self.guild_of(channel_id)
        if guild is None:
            granted = PLAIN_MEMBER if user_id in (channel.user_id, self.bot.id) else 0
        else:
            granted = guild.members.get(user_id, 0)
        return granted & ~channel.denied if user_id == self.bot.id else granted

    def shares_server(self, user_id: int) -> bool:
        """Whether the bot and a person are members of the same server."""
        return any({user_id, self.bot.id} <= guild.members.keys() for guild in self.guilds.values())

    def bot_sees(self, channel_id: int) -> bool:
        """Whether the bot receives the events of a channel."""
        return bool(self.permissions(self.bot.id, channel_id) & VIEW)

    def attachment_limit(self, channel_id: int) -> int:
        """Return the greatest size, in bytes, that a file posted in a channel may have."""
        guild = self.guild_of(channel_id)
        return guild.attachment_limit if guild else 10 * MIB

    def clear(self) -> None:
        """Remove everything except the bot and its commands."""
        for guild in self.guilds.values():
            self.publish("left", guild)
        self.users = {self.bot.id: self.bot}
        for table in (self.guilds, self.channels, self.messages, self.interactions, self.uploads):
            table.clear()

    # Changes

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` for every future event. Return a function that unsubscribes it."""
        self._listeners.append(listener)

        def stop() -> None:
            with suppress(ValueError):
                self._listeners.remove(listener)

        return stop

    def publish(self, name: str, subject: Any) -> None:
        """Call every listener with this event."""
        for listener in tuple(self._listeners):
            listener(Event(name, subject))

    def post(self, channel_id: int, author_id: int, **fields: Any) -> Message:
        """Add a message and return it. ``fields`` are fields of Message."""
        message = Message(self.snowflake(), channel_id, author_id, self.clock(), **fields)
        self.messages[message.id] = message
        self._forget_messages()
        self.publish("message", message)
        return message

    def _forget_messages(self) -> None:
        """Drop the oldest messages if there are too many or their files are too large.

        Messages hold their files in memory, and a playground may run for days.
        """
        size = sum(len(file.body) for message in self.messages.values() for file in message.attachments)
        while len(self.messages) > 1 and (len(self.messages) > MAX_MESSAGES or size > MAX_FILES_BYTES):
            oldest = self.messages.pop(next(iter(self.messages)))
            size -= sum(len(file.body) for file in oldest.attachments)

    def edit(self, message_id: int, **fields: Any) -> Message:
        """Change ``fields`` of a message and return it.

        As in Discord, a message that replaces "thinking" is not marked as edited.
        """
        before = self.messages[message_id]
        edited = before.edited if before.loading else self.clock()
        message = replace(before, edited=edited, **fields)
        self.messages[message_id] = message
        self.publish("edit", message)
        return message

    def delete(self, message_id: int) -> None:
        """Remove a message."""
        self.publish("delete", self.messages.pop(message_id))

    def interact(
        self, kind: int, user_id: int, channel_id: int, data: Json, message_id: int | None = None
    ) -> Interaction:
        """Record a person's action and return it as an interaction. The gateway passes it to the bot."""
        interaction = Interaction(
            self.snowflake(), secrets.token_urlsafe(64), kind, user_id, channel_id, data, self.clock(), message_id
        )
        self.interactions[interaction.id] = interaction
        if len(self.interactions) > MAX_INTERACTIONS:
            self._forget_interactions()
        self.publish("interaction", interaction)
        return interaction

    def _forget_interactions(self) -> None:
        """Drop the older half of the interactions, except those that a message refers to.

        Most interactions are autocompletions, which are never needed again.
        """
        referenced = {message.interaction_id for message in self.messages.values()}
        for number in list(self.interactions)[: MAX_INTERACTIONS // 2]:
            if number not in referenced:
                del self.interactions[number]

    def add_upload(self, upload: Attachment) -> None:
        """Keep a file that a person is about to send. If the total exceeds MAX_UPLOADS_BYTES, drop the oldest."""
        self.uploads[upload.id] = upload
        size = sum(len(file.body) for file in self.uploads.values())
        while size > MAX_UPLOADS_BYTES and len(self.uploads) > 1:
            size -= len(self.uploads.pop(next(iter(self.uploads))).body)

    def update_interaction(self, interaction_id: int, **fields: Any) -> Interaction:
        """Record the bot's answer by changing ``fields`` of an interaction. Return the changed interaction."""
        interaction = replace(self.interactions[interaction_id], **fields)
        self.interactions[interaction_id] = interaction
        self.publish("answer", interaction)
        return interaction

    def sync(self, guild_id: int | None, commands: tuple[Json, ...]) -> None:
        """Replace the commands of a server, or the global commands if ``guild_id`` is None."""
        self.commands[guild_id] = commands
        self.publish("commands", commands)

    def commands_in(self, channel_id: int) -> tuple[Json, ...]:
        """Return the commands that can be used in a channel: a server's own ones, then the global ones.

        As in Discord, a command that is registered in both places appears twice.
        """
        guild_id = self.channels[channel_id].guild_id
        own = self.commands.get(guild_id, ()) if guild_id else ()
        return own + self.commands.get(None, ())


def demo_world(clock: Callable[[], float] = time.time) -> World:
    """Return a new World for the page and ``--say``, with the people and channels that ``populate`` adds."""
    world = World(clock)
    populate(world)
    return world


def populate(world: World) -> None:
    """Add two people, a server with two channels and a thread, and direct messages for each person."""
    you, friend = world.add_user("you"), world.add_user("friend")
    guild = world.add_guild("Waifu garden", you, friend)
    _, pictures = (world.add_channel(guild, name) for name in ("general", "pictures"))
    world.add_channel(guild, "favourites", parent=pictures)
    for person in (you, friend):
        world.direct(person)
    world.publish("joined", guild)
