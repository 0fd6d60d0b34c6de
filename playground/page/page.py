"""The chat page's side of the server: its files, what it is told (server-sent events), and the doors to what people do on it.

Knows the World; the page itself is in static/, what people do in acts.py. Everything but the bare files needs the per-run secret.
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
from playground.discord.errors import Refusal, Unsaid
from playground.discord.state import Channel, Event, Interaction, Json, Message, World
from playground.discord.validation import validate_messages
from playground.page.actions import ACTS, Act, keep
from playground.page.words import languages, worded
from playground.people import parse
from playground.people.user import Person, Unanswered

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
_MAX_BEHIND = 1000  # events that a page has not yet been told
_MAX_ACT_BYTES = 64 * 1024
_MAX_UPLOAD_BYTES = 25 * state.MIB


@dataclass(frozen=True)
class _Shown:
    """One event on its way to a page."""

    event: str
    data: Any


class Page:
    """The page of one run. key: the secret that its address carries."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.key = secrets.token_urlsafe(24)

    def routes(self) -> list[web.RouteDef]:
        """Return what the server is to serve for the page."""
        acts = [web.post(f"/page/{name}", self._door(act)) for name, act in ACTS.items()]
        return [
            web.get("/", self._index),
            web.get("/favicon.ico", _no_icon),
            web.get("/page/events", self._events),
            web.get("/page/{name}", self._file),
            web.post("/page/upload", self._upload),
            *acts,
        ]

    def _allow(self, given: str | None) -> None:
        if not secrets.compare_digest((given or "").encode(), self.key.encode()):
            raise web.HTTPForbidden(
                text="Open the address that was printed at the start; it carries this run's key.", headers=_HEADERS
            )

    async def _index(self, request: web.Request) -> web.Response:
        self._allow(request.query.get("key"))
        return web.Response(text=_text("index.html"), content_type="text/html", headers=_HEADERS)

    async def _file(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        kind = _TYPES.get(name.rpartition(".")[2])
        if kind is None or name not in {file.name for file in _static().iterdir()}:
            raise web.HTTPNotFound(headers=_HEADERS)
        return web.Response(text=_text(name), content_type=kind, headers=_HEADERS)

    # What the page is told

    async def _events(self, request: web.Request) -> web.StreamResponse:
        self._allow(request.query.get("key"))
        response = web.StreamResponse(headers=_HEADERS | {"Content-Type": "text/event-stream"})
        await response.prepare(request)
        queue: asyncio.Queue[_Shown] = asyncio.Queue(_MAX_BEHIND)
        stop = self._world.subscribe(lambda event: self._queue(queue, event))
        try:
            await _send(response, _Shown("everything", self._everything()))
            while True:
                try:
                    async with asyncio.timeout(_KEEP_ALIVE_S):
                        shown = await queue.get()
                except TimeoutError:
                    await response.write(b": still here\n\n")
                else:
                    await _send(response, shown)
        except ConnectionError:
            return response
        finally:
            stop()

    def _queue(self, queue: "asyncio.Queue[_Shown]", event: Event) -> None:
        if queue.full():  # a page that sleeps is told how things are, not how they came to be
            while not queue.empty():
                queue.get_nowait()
            queue.put_nowait(_Shown("everything", self._everything()))
        elif event.name in ("message", "edit"):
            queue.put_nowait(_Shown("message", self._message(event.subject)))
        elif event.name == "delete":
            queue.put_nowait(_Shown("delete", {"id": str(event.subject.id)}))
        elif event.name == "commands":
            queue.put_nowait(_Shown("commands", self._commands()))
        elif event.name == "joined":
            queue.put_nowait(_Shown("everything", self._everything()))
        elif event.name == "people":
            queue.put_nowait(_Shown("people", self._people()))
        elif event.name == "answer" and event.subject.modal is not None:
            queue.put_nowait(_Shown("dialog", self._dialog(event.subject)))

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
        more = {"of": str(channel.user_id or ""), "moderators": [str(user_id) for user_id in moderate]}
        return wire.channel(self._world, channel) | more

    def _commands(self) -> Json:
        return {str(channel_id): self._world.commands_in(channel_id) for channel_id in self._world.channels}

    def _message(self, message: Message) -> Json:
        shown = wire.message(self._world, "", message)
        shown["ephemeral_to"] = None if message.ephemeral_to is None else str(message.ephemeral_to)
        if message.interaction_id is not None:
            interaction = self._world.interactions[message.interaction_id]
            by = wire.user(self._world.users[interaction.user_id])
            lines = in_other_languages(self._world, interaction)
            line = typed(self._world, interaction)
            shown["used"] = {"by": by, "line": line, "lines": lines, "label": self._pressed(interaction)}
        return shown

    def _pressed(self, interaction: Interaction) -> str:
        """Return what was used, in its own words: a context menu's command, a dialog, a button, a choice; empty where gone."""
        data, opened = interaction.data, reversed(self._world.interactions.values())
        if interaction.type == state.MODAL:
            mine = (i.modal for i in opened if i.modal is not None and i.user_id == interaction.user_id)
            return next((str(modal["title"]) for modal in mine if modal["custom_id"] == data["custom_id"]), "")
        message = self._world.messages.get(interaction.message_id or 0)
        parts = validate_messages.flattened(message.components) if message else ()
        part = next((part for _, part in parts if part.get("custom_id") == data.get("custom_id")), {})
        chosen = [option["label"] for option in part.get("options") or () if option["value"] in data.get("values", ())]
        return str(data.get("name") or part.get("label") or ", ".join(chosen))

    def _dialog(self, interaction: Interaction) -> Json:
        return {"interaction": str(interaction.id), "to": str(interaction.user_id), "dialog": interaction.modal}

    # What people do

    def _door(self, act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def enter(request: web.Request) -> web.Response:
            self._allow(request.headers.get("X-Key"))
            if request.content_type != "application/json" or (request.content_length or 0) > _MAX_ACT_BYTES:
                raise web.HTTPBadRequest(headers=_HEADERS)
            body = _object(await request.content.read(_MAX_ACT_BYTES))
            person = self._person(body)
            return await _answered(lambda: act(person, body), person.locale)

        return enter

    async def _upload(self, request: web.Request) -> web.Response:
        self._allow(request.headers.get("X-Key"))
        person = self._person(request.query)
        if request.content_type != "application/octet-stream" or (request.content_length or 0) > _MAX_UPLOAD_BYTES:
            raise web.HTTPBadRequest(headers=_HEADERS)
        body = await request.read()

        async def kept() -> Json:
            return keep(person, request.query.get("name", ""), body)

        return await _answered(kept, person.locale)

    def _person(self, said: Mapping[str, Any]) -> Person:
        """Return who acts where. Who names nobody, a bot, or a conversation of somebody else has not used the page."""
        user_id, channel_id = str(said.get("user", "")), str(said.get("channel", ""))
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


async def _answered(act: Callable[[], Awaitable[Json]], locale: str) -> web.Response:
    try:
        done = await act()
    except (Unsaid, Unanswered) as why:
        done = {"error": worded(why, locale)}
    except Refusal as no:
        done = {"error": no.message}
    return web.json_response(done, headers=_HEADERS)


async def _send(response: web.StreamResponse, shown: _Shown) -> None:
    await response.write(f"data: {json.dumps(asdict(shown))}\n\n".encode())


async def _no_icon(request: web.Request) -> web.Response:
    return web.Response(status=204)


def _static() -> Traversable:
    return resources.files("playground.page") / "static"


def _text(name: str) -> str:
    return (_static() / name).read_text(encoding="utf-8")


def typed(world: World, interaction: Interaction, locale: str = "en-US") -> str:
    """Return what was done as one would type it: "/waifu seed:123"; empty for buttons, menus, dialogs and context menus."""
    if interaction.type != state.COMMAND or "target_id" in interaction.data:
        return ""
    words: list[str] = []
    step, level = interaction.data, [command for command in _used(world, interaction) if command.get("type", 1) == 1]
    while True:
        item = next((item for item in parse.spoken(level, locale) if item["name"] == step["name"]), step)
        words.append(parse.called(item))
        level, options = list(item.get("options") or ()), step.get("options") or []
        if not options or options[0]["type"] not in (1, 2):
            break
        step = options[0]
    names = {option["name"]: parse.called(option) for option in level}
    return "/" + " ".join(
        [*words, *(f"{names.get(option['name'], option['name'])}:{_value(world, option)}" for option in options)]
    )


def in_other_languages(world: World, interaction: Interaction) -> dict[str, str]:
    """Return what was done as one would type it in each language that the command has: {locale: line}."""
    locales = {locale for command in _used(world, interaction) for locale in command.get("name_localizations") or {}}
    return {locale: line for locale in sorted(locales) if (line := typed(world, interaction, locale))}


def _used(world: World, interaction: Interaction) -> list[Json]:
    """The command that was used, as it is now; none where it is gone."""
    return [
        command for command in world.commands_in(interaction.channel_id) if command["id"] == interaction.data.get("id")
    ]


def _value(world: World, option: Json) -> str:
    """Return an option's value as one types it: what is named by id by its name, in quotes where it would not hold together."""
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
