"""A person in a chat, who types, clicks, fills in dialogs, and waits for the bot's answers.

Does no I/O itself: what a person does changes the World, and the gateway passes it to the bot.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from playground.discord import media, state
from playground.discord.errors import ClientRefusal, api_error
from playground.discord.state import Attachment, Channel, Event, Interaction, Json, Message, User, World
from playground.discord.validation import validate_dialogs, validate_messages
from playground.people import parse

Result = TypeVar("Result")

_DEFERRED = 5  # the callback type that shows "thinking"
_DEFERRED_UPDATE = 6  # the callback type that shows nothing until the message with the button is edited
_UPDATE = 7  # the callback type that edits that message at once
MAX_TEXT, MAX_FILES = 2000, 10  # limits of one message: characters and files
QUIET_S = 10.0  # a text counts as final when nothing has happened in any channel for this long


class NoAnswer(Exception):
    """Raised when the bot has not answered in time. ``str`` is the sentence that a person would see."""


async def until(
    world: World,
    probe: Callable[[], Result | None],
    timeout_s: float,
    otherwise: Callable[[], str],
    about: Callable[[Event], bool] = lambda event: True,
) -> Result:
    """Wait until ``probe`` returns something other than None, and return that.

    ``probe`` is called at once, and again after each event for which ``about`` returns true.
    Raises NoAnswer after ``timeout_s`` seconds, with the sentence that ``otherwise`` returns.
    """
    changed = asyncio.Event()
    stop = world.subscribe(lambda event: changed.set() if about(event) else None)
    try:
        async with asyncio.timeout(timeout_s):
            while (result := probe()) is None:
                await changed.wait()
                changed.clear()
            return result
    except TimeoutError:
        raise NoAnswer(otherwise()) from None
    finally:
        stop()


async def _is_set_within(event: asyncio.Event, within_s: float) -> bool:
    try:
        async with asyncio.timeout(within_s):
            return await event.wait()
    except TimeoutError:
        return False


class Answer:
    """The bot's answer to one interaction: its current messages, and every text that they have shown."""

    def __init__(self, world: World, interaction_id: int) -> None:
        self._world, self.id = world, interaction_id
        self.texts: list[str] = []  # every content that was shown, in order
        # Seconds from the interaction to the acknowledgement and to the first file, by the World's clock.
        self.acknowledged_after_s: float | None = None
        self.pictured_after_s: float | None = None
        self._messages: dict[int, Message] = {}
        self._interaction = world.interactions[interaction_id]
        self._stop = world.subscribe(self._on_event)

    @property
    def interaction(self) -> Interaction:
        """The interaction in its current state."""
        self._interaction = self._world.interactions.get(self.id, self._interaction)
        return self._interaction

    @property
    def messages(self) -> list[Message]:
        """Every message of the answer that still exists, oldest first."""
        return list(self._messages.values())

    @property
    def message(self) -> Message | None:
        """The original response, if it still exists."""
        return self._world.messages.get(self.interaction.original_id or 0)

    @property
    def content(self) -> str:
        """The text of the original response, or "" if there is none."""
        return self.message.content if self.message else ""

    def _concerns(self, event: Event) -> bool:
        """Whether an event concerns this interaction, its messages, or the message that the bot updates in answer."""
        if isinstance(event.subject, Message):
            return event.subject.interaction_id == self.id or event.subject.id == self.interaction.original_id
        return isinstance(event.subject, Interaction) and event.subject.id == self.id

    def _shows(self, event: Event) -> bool:
        """Whether the message of an event is a part of the answer: a message of its own, or one updated in answer."""
        is_update = event.name == "edit" and self.interaction.callback == _DEFERRED_UPDATE
        return bool(event.subject.interaction_id == self.id or (is_update and self._concerns(event)))

    def _on_event(self, event: Event) -> None:
        if not self._concerns(event):
            return
        elapsed_s = self._world.clock() - self.interaction.when
        if event.name == "answer" and self.acknowledged_after_s is None:
            self.acknowledged_after_s = elapsed_s
            if event.subject.callback == _UPDATE and self.message is not None:
                self._note(self.message, elapsed_s)
        elif event.name == "delete":
            self._messages.pop(event.subject.id, None)
        elif event.name in ("message", "edit") and self._shows(event):
            self._note(event.subject, elapsed_s)

    def _note(self, message: Message, elapsed_s: float) -> None:
        self._messages[message.id] = message
        if message.content and message.content not in self.texts[-1:]:
            self.texts.append(message.content)
        if message.attachments and self.pictured_after_s is None:
            self.pictured_after_s = elapsed_s

    async def wait_acknowledged(self, timeout_s: float = state.ACKNOWLEDGE_S) -> Interaction:
        """Wait for the bot's callback, and return the updated interaction.

        Raises NoAnswer after ``timeout_s``, with the sentence that Discord shows.
        """
        return await until(
            self._world,
            lambda: self.interaction if self.interaction.callback is not None else None,
            timeout_s,
            lambda: "The application did not respond.",
            self._concerns,
        )

    async def when(self, accepts: Callable[[Message], bool], timeout_s: float = 30.0) -> Message:
        """Wait until ``accepts`` returns true for a message of the answer, and return that message.

        Raises NoAnswer if there is none after ``timeout_s``.
        """
        return await until(
            self._world,
            lambda: next((m for m in reversed(self.messages) if accepts(m)), None),
            timeout_s,
            lambda: self._late(timeout_s),
            self._concerns,
        )

    async def picture(self, timeout_s: float = 30.0) -> Message:
        """Wait for a message with a file, and return it. Raises NoAnswer if there is none after ``timeout_s``."""
        return await self.when(lambda m: bool(m.attachments), timeout_s)

    async def wait_deleted(self, timeout_s: float = 30.0) -> None:
        """Wait until the bot has deleted its original response. Raises NoAnswer if it has not after ``timeout_s``."""
        await until(
            self._world,
            lambda: True if self.interaction.original_id is not None and self.message is None else None,
            timeout_s,
            lambda: self._late(timeout_s),
            self._concerns,
        )

    async def wait_final(self, timeout_s: float = 120.0, quiet_s: float = QUIET_S) -> Message:
        """Wait for the final message, and return it. Works without knowledge of the bot's texts.

        A message that cannot be a progress status (see ``is_answer``) is final at once. Any other text is final when
        nothing has happened in any channel for ``quiet_s``. Raises NoAnswer if there is no final message after
        ``timeout_s``.
        """
        changed, quiet = asyncio.Event(), False
        stop = self._world.subscribe(lambda event: changed.set())
        try:
            async with asyncio.timeout(timeout_s):
                while (message := self._final_message(quiet)) is None:
                    changed.clear()
                    quiet = not await _is_set_within(changed, quiet_s)
                return message
        except TimeoutError:
            raise NoAnswer(self._late(timeout_s)) from None
        finally:
            stop()

    def _final_message(self, quiet: bool) -> Message | None:
        return next((m for m in reversed(self.messages) if self.is_answer(m) or (quiet and not m.loading)), None)

    def is_answer(self, message: Message) -> bool:
        """Whether a message must be an answer and cannot be a progress status.

        It must be an answer if it has files, components or embeds, or if it did not replace "thinking".
        """
        has_parts = message.attachments or message.components or message.embeds
        deferred = self.interaction.callback == _DEFERRED and message.id == self.interaction.original_id
        return not message.loading and bool(has_parts or not deferred)

    def _late(self, timeout_s: float) -> str:
        return f"There was no such answer within {timeout_s:g} s; the last text was: {self.content or 'none'}"

    def close(self) -> None:
        """Stop following the bot's answer."""
        self._stop()


class Person:
    """A person in one channel.

    Each method that uses the bot creates an interaction, which the gateway passes to the bot, and returns an Answer
    without waiting. Use the Answer's methods to wait for the bot.
    """

    def __init__(self, world: World, user: User, channel: Channel) -> None:
        self.world, self.user, self.channel = world, user, channel

    def in_channel(self, channel: Channel) -> "Person":
        """Return the same person in another channel."""
        return Person(self.world, self.user, channel)

    @property
    def names(self) -> dict[str, str]:
        """{name: id} of everything that an option can refer to: people, roles, channels and uploaded files."""
        people = {"@" + user.name: str(user.id) for user in self.world.users.values()}
        roles = {
            "@" + name: str(number) for guild in self.world.guilds.values() for number, name in guild.roles.items()
        }
        channels = {"#" + channel.name: str(channel.id) for channel in self.world.channels.values() if channel.guild_id}
        return roles | people | channels | {upload.filename: str(upload.id) for upload in self.world.uploads.values()}

    @property
    def locale(self) -> str:
        """The language in which this person currently uses Discord."""
        return self.world.users[self.user.id].locale

    @property
    def commands(self) -> list[Json]:
        """The commands of this channel, in the person's language."""
        return parse.localize(self.world.commands_in(self.channel.id), self.locale)

    # Plain messages

    def write(self, text: str, files: Sequence[Attachment] = ()) -> Message:
        """Post a message and return it. In a server, the bot receives the message without its content.

        Raises ClientRefusal if the message is empty or too long, or has too many files.
        """
        if not text.strip() and not files:
            raise ClientRefusal("There is nothing to send.")
        if len(text) > MAX_TEXT or len(files) > MAX_FILES:
            raise ClientRefusal(
                "A message holds at most {characters} characters and {files} files.",
                characters=MAX_TEXT,
                files=MAX_FILES,
            )
        return self.world.post(self.channel.id, self.user.id, content=text.strip(), attachments=tuple(files))

    # Slash commands

    def say(self, text: str) -> Answer:
        """Send a typed slash command. Raises ClientRefusal if Discord's client would refuse to send it."""
        parsed = parse.parse(text, self.commands, self.names)
        return self._interact(state.COMMAND, self._command(parsed.command, parsed.options))

    def use(self, name: str, /, **options: Any) -> Answer:
        """Send a command without checking its values, as an outdated client might.

        Option types are taken from the synced command. Raises ClientRefusal if there is no such command.
        """
        command = parse.find_command(self.commands, name)
        types = {option["name"]: option["type"] for option in command.get("options") or []}
        data = tuple({"name": key, "type": types[key], "value": value} for key, value in options.items())
        return self._interact(state.COMMAND, self._command(command, data))

    def upload(self, filename: str, body: bytes) -> Attachment:
        """Upload a file for an option, a dialog or a message, and return it."""
        upload = Attachment(self.world.snowflake(), filename, body, *media.identify(body))
        self.world.add_upload(upload)
        return upload

    async def complete(self, text: str, timeout_s: float = state.ACKNOWLEDGE_S) -> list[Json]:
        """Ask the bot to complete the option being typed, and return the choices that it offers.

        If the option has no autocompletion, there are no choices. Raises ClientRefusal if the line cannot be parsed,
        and NoAnswer if the bot does not answer in time.
        """
        focus = self.focus(text)
        if focus is None:
            return []
        answer = self._interact(state.AUTOCOMPLETE, self._command(focus.command.command, focus.command.options))
        try:
            return list((await answer.wait_acknowledged(timeout_s)).choices or ())
        finally:
            answer.close()

    def focus(self, text: str) -> parse.Focus | None:
        """Return the option being typed at the end of the line, if it has autocompletion."""
        return parse.find_focus(text, self.commands, self.names)

    def right_click(self, command_name: str, target: Message | User) -> Answer:
        """Use a command of the context menu of a message or a person, by its English or translated name."""
        kind = 2 if isinstance(target, User) else 3
        command = next(
            c for c in self.commands if c["type"] == kind and command_name in (c["name"], parse.display_name(c))
        )
        return self._interact(state.COMMAND, self._command(command, ()) | {"target_id": str(target.id)})

    # Components

    def click(self, message: Message, which: str) -> Answer:
        """Press the button with this custom_id or label. Raises ClientRefusal if there is none or it is disabled."""
        button = self._component(message, (2,), which)
        if button.get("disabled") or "custom_id" not in button:
            raise ClientRefusal("The button {which} cannot be pressed.", which=which)
        return self._interact(state.COMPONENT, self._component_data(button), message.id)

    def choose(self, message: Message, which: str, values: Sequence[str]) -> Answer:
        """Choose from the menu with this custom_id or placeholder.

        ``values`` are the values of options, or names such as "@you". Raises ClientRefusal if there is no such menu, if
        it is disabled, or if it does not allow these values.
        """
        menu = self._component(message, (3, *validate_dialogs.ENTITY_SELECTS), which)
        values = [self.names.get(value, value) for value in values]
        known = {option["value"] for option in menu["options"]} if "options" in menu else set(self.names.values())
        low, high = (1 if menu.get(name) is None else menu[name] for name in ("min_values", "max_values"))
        if menu.get("disabled"):
            raise ClientRefusal("That menu is disabled.")
        if not low <= len(values) <= high or len(set(values)) != len(values) or not set(values) <= known:
            listed = ", ".join(sorted(known))
            raise ClientRefusal("Choose {low} to {high} of: {known}.", low=low, high=high, known=listed)
        return self._interact(state.COMPONENT, self._component_data(menu) | {"values": values}, message.id)

    def submit(self, opened: Interaction, values: Mapping[str, Any]) -> Answer:
        """Fill in and submit the dialog that the bot opened in answer to ``opened``.

        ``values`` maps each field's custom_id to its value. Raises ClientRefusal if Discord's client would refuse
        to submit the dialog.
        """
        if opened.modal is None:
            raise ClientRefusal("There is no open dialog to submit.")
        components = validate_dialogs.fill(opened.modal["components"], values, self.names)
        data = {"custom_id": opened.modal["custom_id"], "components": components}
        return self._interact(state.MODAL, data, opened.message_id)

    def delete(self, message: Message) -> None:
        """Delete a message. Raises ApiError if the person may not delete it.

        People may delete their own messages and the ephemeral messages that they see. Moderators may delete any.
        """
        mine = self.user.id in (message.author_id, message.ephemeral_to)
        if not mine and not self.world.permissions(self.user.id, message.channel_id) & state.MANAGE_MESSAGES:
            raise api_error("missing permissions")
        self.world.delete(message.id)

    def sees(self, message: Message) -> bool:
        """Whether this person can see the message."""
        return message.ephemeral_to in (None, self.user.id)

    # The interaction's data

    def _interact(self, kind: int, data: Json, message_id: int | None = None) -> Answer:
        interaction = self.world.interact(kind, self.user.id, self.channel.id, data, message_id)
        return Answer(self.world, interaction.id)

    def _command(self, command: Json, options: Sequence[Json]) -> Json:
        data: Json = {"id": command["id"], "name": command["name"], "type": command.get("type", 1)}
        if "guild_id" in command:
            data["guild_id"] = command["guild_id"]
        if options:
            data["options"] = list(options)
        return data

    def _component(self, message: Message, types: Sequence[int], which: str) -> Json:
        if self.world.messages.get(message.id) is None or not self.sees(message):
            raise api_error("unknown message")
        current = self.world.messages[message.id]
        for _, component in validate_messages.walk_components(current.components):
            if component["type"] in types and which in [
                component.get(k) for k in ("custom_id", "label", "placeholder")
            ]:
                return component
        raise ClientRefusal("There is no '{which}' under that message.", which=which)

    @staticmethod
    def _component_data(component: Json) -> Json:
        return {"custom_id": component["custom_id"], "component_type": component["type"], "id": component.get("id", 0)}
