"""The server's side of the chat page: serves the page's files, its stream of events, and the routes of its actions.

Everything except the static files requires the secret key of the playground process. actions.py carries out the
actions, and static/ determines how the page looks.
"""

import asyncio
import json
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from aiohttp import web

from playground.discord import state, wire
from playground.discord.errors import ApiError, ClientRefusal
from playground.discord.state import Channel, Event, Interaction, Json, Message, World
from playground.discord.validation import validate_messages
from playground.page.actions import ACTIONS, Action, store_upload
from playground.page.translations import languages, translate
from playground.people import parse
from playground.people.person import NoAnswer, Person

_TYPES = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml", "json": "application/json"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_KEEP_ALIVE_S = 15.0
_MAX_BEHIND = 1000  # number of events that may wait for a slow page
_MAX_ACTION_BYTES = 64 * 1024
_MAX_UPLOAD_BYTES = 25 * state.MIB


@dataclass(frozen=True)
class _PageEvent:
    """An event in the form that is sent to the page."""

    event: str  # the name of its handler in static/app.js
    data: Any


class Page:
    """The chat page that one playground process serves."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.key = secrets.token_urlsafe(24)  # the secret in the page's address

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the page."""
        actions = [web.post(f"/page/{name}", self._route(action)) for name, action in ACTIONS.items()]
        return [
            web.get("/", self._index),
            web.get("/favicon.ico", _favicon),
            web.get("/page/events", self._events),
            web.get("/page/{name}", self._file),
            web.post("/page/upload", self._upload),
            *actions,
        ]

    def _check_key(self, key: str | None) -> None:
        if not secrets.compare_digest((key or "").encode(), self.key.encode()):
            raise web.HTTPForbidden(
                text="Open the address that was printed at the start; it carries this run's key.", headers=_HEADERS
            )

    async def _index(self, request: web.Request) -> web.Response:
        self._check_key(request.query.get("key"))
        return web.Response(text=_text("index.html"), content_type="text/html", headers=_HEADERS)

    async def _file(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        kind = _TYPES.get(name.rpartition(".")[2])
        if kind is None or name not in {file.name for file in _static().iterdir()}:
            raise web.HTTPNotFound(headers=_HEADERS)
        return web.Response(text=_text(name), content_type=kind, headers=_HEADERS)

    # Events

    async def _events(self, request: web.Request) -> web.StreamResponse:
        self._check_key(request.query.get("key"))
        response = web.StreamResponse(headers=_HEADERS | {"Content-Type": "text/event-stream"})
        await response.prepare(request)
        queue: asyncio.Queue[_PageEvent] = asyncio.Queue(_MAX_BEHIND)
        stop = self._world.subscribe(lambda event: self._queue(queue, event))
        try:
            await _send(response, _PageEvent("everything", self._everything()))
            while True:
                try:
                    async with asyncio.timeout(_KEEP_ALIVE_S):
                        event = await queue.get()
                except TimeoutError:
                    await response.write(b": still here\n\n")
                else:
                    await _send(response, event)
        except ConnectionError:
            return response
        finally:
            stop()

    def _queue(self, queue: "asyncio.Queue[_PageEvent]", event: Event) -> None:
        if queue.full():  # A page that has been asleep gets the current state instead of every event.
            while not queue.empty():
                queue.get_nowait()
            queue.put_nowait(_PageEvent("everything", self._everything()))
        elif event.name in ("message", "edit"):
            queue.put_nowait(_PageEvent("message", self._message(event.subject)))
        elif event.name == "delete":
            queue.put_nowait(_PageEvent("delete", {"id": str(event.subject.id)}))
        elif event.name == "commands":
            queue.put_nowait(_PageEvent("commands", self._commands()))
        elif event.name == "joined":
            queue.put_nowait(_PageEvent("everything", self._everything()))
        elif event.name == "people":
            queue.put_nowait(_PageEvent("people", self._people()))
        elif event.name == "answer" and event.subject.modal is not None:
            queue.put_nowait(_PageEvent("dialog", self._dialog(event.subject)))

    def _everything(self) -> Json:
        return {
            "bot": wire.user(self._world.bot),
            "people": self._people(),
            "guilds": [{"id": str(guild.id), "name": guild.name} for guild in self._world.guilds.values()],
            "channels": [self._channel(channel) for channel in self._world.channels.values()],
            "commands": self._commands(),
            "messages": [self._message(message) for message in self._world.messages.values()],
            "translations": languages(),
        }

    def _people(self) -> list[Json]:
        return [wire.user(user) for user in self._world.users.values() if not user.bot]

    def _channel(self, channel: Channel) -> Json:
        moderate = (
            user_id
            for user_id in self._world.users
            if self._world.permissions(user_id, channel.id) & state.MANAGE_MESSAGES
        )
        extra = {"of": str(channel.user_id or ""), "moderators": [str(user_id) for user_id in moderate]}
        return wire.channel(self._world, channel) | extra

    def _commands(self) -> Json:
        return {str(channel_id): self._world.commands_in(channel_id) for channel_id in self._world.channels}

    def _message(self, message: Message) -> Json:
        data = wire.message(self._world, "", message)
        data["ephemeral_to"] = None if message.ephemeral_to is None else str(message.ephemeral_to)
        if message.interaction_id is not None:
            interaction = self._world.interactions[message.interaction_id]
            by = wire.user(self._world.users[interaction.user_id])
            lines = localized_lines(self._world, interaction)
            line = command_line(self._world, interaction)
            data["used"] = {"by": by, "line": line, "lines": lines, "label": self._label(interaction)}
        return data

    def _label(self, interaction: Interaction) -> str:
        """Return the name of what a person used: a command, a dialog, a button, or the chosen options of a menu.

        The name is empty if the dialog, button or menu no longer exists.
        """
        data, opened = interaction.data, reversed(self._world.interactions.values())
        if interaction.type == state.MODAL:
            mine = (i.modal for i in opened if i.modal is not None and i.user_id == interaction.user_id)
            return next((str(modal["title"]) for modal in mine if modal["custom_id"] == data["custom_id"]), "")
        message = self._world.messages.get(interaction.message_id or 0)
        parts = validate_messages.walk_components(message.components) if message else ()
        part = next((part for _, part in parts if part.get("custom_id") == data.get("custom_id")), {})
        labels = [option["label"] for option in part.get("options") or () if option["value"] in data.get("values", ())]
        return str(data.get("name") or part.get("label") or ", ".join(labels))

    def _dialog(self, interaction: Interaction) -> Json:
        return {"interaction": str(interaction.id), "to": str(interaction.user_id), "dialog": interaction.modal}

    # Actions

    def _route(self, action: Action) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            self._check_key(request.headers.get("X-Key"))
            if request.content_type != "application/json" or (request.content_length or 0) > _MAX_ACTION_BYTES:
                raise web.HTTPBadRequest(headers=_HEADERS)
            body = _object(await request.content.read(_MAX_ACTION_BYTES))
            person = self._person(body)
            return await _respond(lambda: action(person, body), person.locale)

        return handle

    async def _upload(self, request: web.Request) -> web.Response:
        self._check_key(request.headers.get("X-Key"))
        person = self._person(request.query)
        if request.content_type != "application/octet-stream" or (request.content_length or 0) > _MAX_UPLOAD_BYTES:
            raise web.HTTPBadRequest(headers=_HEADERS)
        body = await request.read()

        async def store() -> Json:
            return store_upload(person, request.query.get("name", ""), body)

        return await _respond(store, person.locale)

    def _person(self, body: Mapping[str, Any]) -> Person:
        """Return the Person for the user and the channel that a request names.

        Raises HTTPBadRequest if either is unknown, if the user is a bot, or if the channel holds somebody else's direct
        messages.
        """
        user_id, channel_id = str(body.get("user", "")), str(body.get("channel", ""))
        user = self._world.users.get(int(user_id)) if user_id.isdecimal() else None
        channel = self._world.channels.get(int(channel_id)) if channel_id.isdecimal() else None
        if user is None or user.bot or channel is None or channel.user_id not in (None, user.id):
            raise web.HTTPBadRequest(headers=_HEADERS)
        return Person(self._world, user, channel)


def _object(raw: bytes) -> Json:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(headers=_HEADERS)
    return body


async def _respond(action: Callable[[], Awaitable[Json]], locale: str) -> web.Response:
    try:
        result = await action()
    except (ClientRefusal, NoAnswer) as problem:
        result = {"error": translate(problem, locale)}
    except ApiError as error:
        result = {"error": error.message}
    return web.json_response(result, headers=_HEADERS)


async def _send(response: web.StreamResponse, event: _PageEvent) -> None:
    await response.write(f"data: {json.dumps(asdict(event))}\n\n".encode())


async def _favicon(request: web.Request) -> web.Response:
    return web.Response(status=204)


def _static() -> Traversable:
    return resources.files("playground.page") / "static"


def _text(name: str) -> str:
    return (_static() / name).read_text(encoding="utf-8")


def command_line(world: World, interaction: Interaction, locale: str = "en-US") -> str:
    """Return a slash command as a person would type it in the language of ``locale``, such as "/waifu seed:123".

    The line is empty if the interaction came from something else: a component, a dialog or a context menu.
    """
    if interaction.type != state.COMMAND or "target_id" in interaction.data:
        return ""
    words: list[str] = []
    step, level = (
        interaction.data,
        [command for command in _commands_of(world, interaction) if command.get("type", 1) == 1],
    )
    while True:
        item = next((item for item in parse.localize(level, locale) if item["name"] == step["name"]), step)
        words.append(parse.display_name(item))
        level, options = list(item.get("options") or ()), step.get("options") or []
        if not options or options[0]["type"] not in (1, 2):
            break
        step = options[0]
    names = {option["name"]: parse.display_name(option) for option in level}
    return "/" + " ".join(
        [*words, *(f"{names.get(option['name'], option['name'])}:{_value(world, option)}" for option in options)]
    )


def localized_lines(world: World, interaction: Interaction) -> dict[str, str]:
    """Return {locale: line}: a slash command as a person would type it, for each language it is translated to."""
    locales = {
        locale for command in _commands_of(world, interaction) for locale in command.get("name_localizations") or {}
    }
    return {locale: line for locale in sorted(locales) if (line := command_line(world, interaction, locale))}


def _commands_of(world: World, interaction: Interaction) -> list[Json]:
    """Return a list with the interaction's command in its current form, or [] if the command no longer exists."""
    return [
        command for command in world.commands_in(interaction.channel_id) if command["id"] == interaction.data.get("id")
    ]


def _value(world: World, option: Json) -> str:
    """Return an option's value as a person would type it.

    People, channels and files are given by name instead of id. A value with spaces or colons is put in quotes.
    """
    number, text = option["value"], str(option["value"])
    if option["type"] == 5:
        text = text.lower()
    elif option["type"] in (6, 9) and int(number) in world.users:
        text = "@" + world.users[int(number)].name
    elif option["type"] == 7 and int(number) in world.channels:
        text = "#" + world.channels[int(number)].name
    elif option["type"] == 11 and int(number) in world.uploads:
        text = world.uploads[int(number)].filename
    return f'"{text}"' if re.search(r"[\s:]", text) and '"' not in text else text
