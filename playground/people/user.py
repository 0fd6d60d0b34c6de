"""What a person does in a chat, says, clicks, completes, submits, and how they wait for what the bot makes of it.

Knows the World and the parser, no sockets: the gateway hears what is done here and tells the bot.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from playground.discord import media, state
from playground.discord.errors import Unsaid, refusal
from playground.discord.state import Attachment, Channel, Event, Interaction, Json, Message, User, World
from playground.discord.validation import validate_dialogs, validate_messages
from playground.people import parse

Found = TypeVar("Found")

_DEFERRED = 5  # the answer that only says "thinking"
MAX_TEXT, MAX_FILES = 2000, 10  # of a message
QUIET_S = 10.0  # words that stand for so long, while the bot does nothing else either, are its last


class Unanswered(Exception):
    """The bot did not do in time what was waited for. ``str`` is what a person would see."""


async def until(
    world: World,
    look: Callable[[], Found | None],
    timeout_s: float,
    otherwise: Callable[[], str],
    about: Callable[[Event], bool] = lambda event: True,
) -> Found:
    """Return the first result of ``look`` that is not None; it is asked now and after every event that is ``about`` it.

    Raises Unanswered after ``timeout_s`` seconds, with the sentence that ``otherwise`` then returns.
    """
    changed = asyncio.Event()
    stop = world.subscribe(lambda event: changed.set() if about(event) else None)
    try:
        async with asyncio.timeout(timeout_s):
            while (found := look()) is None:
                await changed.wait()
                changed.clear()
            return found
    except TimeoutError:
        raise Unanswered(otherwise()) from None
    finally:
        stop()


async def _comes(happened: asyncio.Event, within_s: float) -> bool:
    try:
        async with asyncio.timeout(within_s):
            return await happened.wait()
    except TimeoutError:
        return False


class Answer:
    """What the bot made of one interaction: every text its messages went through, and the messages now.

    sent, acknowledged_after_s, finished_after_s: by the World's clock.
    """

    def __init__(self, world: World, interaction_id: int) -> None:
        self._world, self.id = world, interaction_id
        self.texts: list[str] = []  # contents as they were shown, in order
        self.acknowledged_after_s: float | None = None
        self.pictured_after_s: float | None = None
        self._messages: dict[int, Message] = {}
        self._interaction = world.interactions[interaction_id]
        self._stop = world.subscribe(self._hear)

    @property
    def interaction(self) -> Interaction:
        """The interaction as it stands."""
        self._interaction = self._world.interactions.get(self.id, self._interaction)
        return self._interaction

    @property
    def messages(self) -> list[Message]:
        """Every message that the bot posted for it and that is still there, oldest first."""
        return list(self._messages.values())

    @property
    def message(self) -> Message | None:
        """The original answer, if it is still there."""
        return self._world.messages.get(self.interaction.original_id or 0)

    @property
    def content(self) -> str:
        """The text of the original answer."""
        return self.message.content if self.message else ""

    def _concerns(self, event: Event) -> bool:
        """Whether it is about this interaction, one of its messages, or the message that it updates."""
        if isinstance(event.subject, Message):
            return event.subject.interaction_id == self.id or event.subject.id == self.interaction.original_id
        return isinstance(event.subject, Interaction) and event.subject.id == self.id

    def _hear(self, event: Event) -> None:
        if not self._concerns(event):
            return
        elapsed_s = self._world.clock() - self.interaction.when
        if event.name == "answer" and self.acknowledged_after_s is None:
            self.acknowledged_after_s = elapsed_s
        elif event.name == "delete":
            self._messages.pop(event.subject.id, None)
        elif event.name in ("message", "edit") and event.subject.interaction_id == self.id:
            self._messages[event.subject.id] = event.subject
            if event.subject.content and event.subject.content not in self.texts[-1:]:
                self.texts.append(event.subject.content)
            if event.subject.attachments and self.pictured_after_s is None:
                self.pictured_after_s = elapsed_s

    async def acknowledged(self, timeout_s: float = state.ACKNOWLEDGE_S) -> Interaction:
        """Wait for the bot's first sign of life. Raises Unanswered after 3 s, as Discord tells its users."""
        return await until(
            self._world,
            lambda: self.interaction if self.interaction.callback is not None else None,
            timeout_s,
            lambda: "The application did not respond.",
            self._concerns,
        )

    async def when(self, wanted: Callable[[Message], bool], timeout_s: float = 30.0) -> Message:
        """Wait until one of the answer's messages is as ``wanted``, and return it."""
        return await until(
            self._world,
            lambda: next((m for m in reversed(self.messages) if wanted(m)), None),
            timeout_s,
            lambda: self._late(timeout_s),
            self._concerns,
        )

    async def picture(self, timeout_s: float = 30.0) -> Message:
        """Wait for a message with a file."""
        return await self.when(lambda m: bool(m.attachments), timeout_s)

    async def settled(self, timeout_s: float = 120.0, quiet_s: float = QUIET_S) -> Message:
        """Wait for the last word, as a person who does not know this bot would judge: see is_answer.

        Words that took the place of "thinking" may be a status; they count once nothing has happened anywhere for ``quiet_s``.
        """
        happened, quiet = asyncio.Event(), False
        stop = self._world.subscribe(lambda event: happened.set())
        try:
            async with asyncio.timeout(timeout_s):
                while (found := self._last_word(quiet)) is None:
                    happened.clear()
                    quiet = not await _comes(happened, quiet_s)
                return found
        except TimeoutError:
            raise Unanswered(self._late(timeout_s)) from None
        finally:
            stop()

    def _last_word(self, quiet: bool) -> Message | None:
        return next((m for m in reversed(self.messages) if self.is_answer(m) or (quiet and not m.loading)), None)

    def is_answer(self, message: Message) -> bool:
        """Whether a message is surely no status: it shows or offers something, or was said without "thinking" first."""
        shows = message.attachments or message.components or message.embeds
        thought = self.interaction.callback == _DEFERRED and message.id == self.interaction.original_id
        return not message.loading and bool(shows or not thought)

    def _late(self, timeout_s: float) -> str:
        return f"That did not come within {timeout_s:g} s; the last words were: {self.content or 'none'}"

    def close(self) -> None:
        """Stop listening."""
        self._stop()


class Person:
    """Somebody in a channel. Every act returns at once with an Answer to wait on; the bot hears of it through the gateway."""

    def __init__(self, world: World, user: User, channel: Channel) -> None:
        self.world, self.user, self.channel = world, user, channel

    def elsewhere(self, channel: Channel) -> "Person":
        """Return the same person in another channel."""
        return Person(self.world, self.user, channel)

    @property
    def names(self) -> dict[str, str]:
        """What can be named in an option: people, channels, and files just uploaded."""
        people = {"@" + user.name: str(user.id) for user in self.world.users.values()}
        roles = {
            "@" + name: str(number) for guild in self.world.guilds.values() for number, name in guild.roles.items()
        }
        places = {"#" + channel.name: str(channel.id) for channel in self.world.channels.values() if channel.guild_id}
        return roles | people | places | {upload.filename: str(upload.id) for upload in self.world.uploads.values()}

    @property
    def locale(self) -> str:
        """The language of this person's Discord, as it is set now."""
        return self.world.users[self.user.id].locale

    @property
    def commands(self) -> list[Json]:
        """The commands here, in the language of this person's Discord."""
        return parse.spoken(self.world.commands_in(self.channel.id), self.locale)

    # Plain messages

    def write(self, text: str, files: Sequence[Attachment] = ()) -> Message:
        """Post words and files as people do; the bot sees that somebody wrote, in a server without what. Raises Unsaid."""
        if not text.strip() and not files:
            raise Unsaid("There is nothing to send.")
        if len(text) > MAX_TEXT or len(files) > MAX_FILES:
            raise Unsaid(f"A message holds {MAX_TEXT} characters and {MAX_FILES} files at most.")
        return self.world.post(self.channel.id, self.user.id, content=text.strip(), attachments=tuple(files))

    # Slash commands

    def say(self, text: str) -> Answer:
        """Send a slash command as typed. Raises Unsaid where Discord's client would not send it."""
        said = parse.parse(text, self.commands, self.names)
        return self._act(state.COMMAND, self._command(said.command, said.options))

    def use(self, name: str, /, **options: Any) -> Answer:
        """Send a command with these values unchecked, as an outdated client might; types are taken from the synced command."""
        command = parse.command_named(self.commands, name)
        types = {option["name"]: option["type"] for option in command.get("options") or []}
        given = tuple({"name": key, "type": types[key], "value": value} for key, value in options.items())
        return self._act(state.COMMAND, self._command(command, given))

    def upload(self, filename: str, body: bytes) -> Attachment:
        """Hold a file ready for an option that takes one."""
        upload = Attachment(self.world.snowflake(), filename, body, *media.look(body))
        self.world.hold(upload)
        return upload

    async def complete(self, text: str, timeout_s: float = state.ACKNOWLEDGE_S) -> list[Json]:
        """Return what the bot offers for the option that is being typed; nothing where it is not completed."""
        focus = self.focus(text)
        if focus is None:
            return []
        answer = self._act(state.AUTOCOMPLETE, self._command(focus.said.command, focus.said.options))
        try:
            return list((await answer.acknowledged(timeout_s)).choices or ())
        finally:
            answer.close()

    def focus(self, text: str) -> parse.Focus | None:
        """Return which option is being typed at the end of the line, if the bot completes that one."""
        return parse.focused(text, self.commands, self.names)

    def right_click(self, command_name: str, message: Message) -> Answer:
        """Use a command of a message's context menu."""
        command = next(c for c in self.commands if c["type"] == 3 and command_name in (c["name"], parse.called(c)))
        return self._act(state.COMMAND, self._command(command, ()) | {"target_id": str(message.id)})

    # Components

    def click(self, message: Message, which: str) -> Answer:
        """Press the button with that custom_id or label."""
        button = self._component(message, (2,), which)
        if button.get("disabled") or "custom_id" not in button:
            raise Unsaid(f"The button {which} cannot be pressed.")
        return self._act(state.COMPONENT, self._used(button), message.id)

    def choose(self, message: Message, which: str, values: Sequence[str]) -> Answer:
        """Choose from the menu with that custom_id or placeholder. values: of its options, or names such as "@you"."""
        menu = self._component(message, (3, *validate_dialogs.ENTITIES), which)
        values = [self.names.get(value, value) for value in values]
        known = {option["value"] for option in menu["options"]} if "options" in menu else set(self.names.values())
        low, high = (1 if menu.get(name) is None else menu[name] for name in ("min_values", "max_values"))
        if menu.get("disabled"):
            raise Unsaid("Nothing can be chosen there now.")
        if not low <= len(values) <= high or len(set(values)) != len(values) or not set(values) <= known:
            raise Unsaid(f"From {low} to {high} of these can be chosen: {', '.join(sorted(known))}.")
        return self._act(state.COMPONENT, self._used(menu) | {"values": values}, message.id)

    def submit(self, opened: Interaction, values: Mapping[str, Any]) -> Answer:
        """Fill in the dialog that ``opened`` was answered with, and send it. Raises Unsaid where the client would not."""
        if opened.modal is None:
            raise Unsaid("There is no dialog to send.")
        components = validate_dialogs.filled(opened.modal["components"], values, self.names)
        data = {"custom_id": opened.modal["custom_id"], "components": components}
        return self._act(state.MODAL, data, opened.message_id)

    def delete(self, message: Message) -> None:
        """Delete a message as a moderator (or the owner of an ephemeral one) can."""
        mine = self.user.id in (message.author_id, message.ephemeral_to)
        if not mine and not self.world.permissions(self.user.id, message.channel_id) & state.MANAGE_MESSAGES:
            raise refusal("missing permissions")
        self.world.delete(message.id)

    def sees(self, message: Message) -> bool:
        """Whether this person is shown that message."""
        return message.ephemeral_to in (None, self.user.id)

    # How acts are put

    def _act(self, kind: int, data: Json, message_id: int | None = None) -> Answer:
        interaction = self.world.interact(kind, self.user.id, self.channel.id, data, message_id)
        return Answer(self.world, interaction.id)

    def _command(self, command: Json, options: Sequence[Json]) -> Json:
        data: Json = {"id": command["id"], "name": command["name"], "type": command.get("type", 1)}
        if options:
            data["options"] = list(options)
        return data

    def _component(self, message: Message, types: Sequence[int], which: str) -> Json:
        if self.world.messages.get(message.id) is None or not self.sees(message):
            raise refusal("unknown message")
        current = self.world.messages[message.id]
        for _, component in validate_messages.flattened(current.components):
            if component["type"] in types and which in [
                component.get(k) for k in ("custom_id", "label", "placeholder")
            ]:
                return component
        raise Unsaid(f"There is no {which!r} under that message.")

    @staticmethod
    def _used(component: Json) -> Json:
        return {"custom_id": component["custom_id"], "component_type": component["type"], "id": component.get("id", 0)}
