"""The REST routes that discord.py uses, under /api/v10: who may call them, what is refused, how answers look.

Knows requests and responses; the rules themselves are in responses.py and validate.py. The table ROUTES names every route.
"""

import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from playground.discord import state, wire
from playground.discord.api import bodies, responses
from playground.discord.api.http import as_json, broken_by, explained, limited, reply
from playground.discord.api.rate_limits import Buckets
from playground.discord.errors import Refusal, refusal
from playground.discord.faults import Faults
from playground.discord.state import Json, World
from playground.discord.validation import validate_commands

API = "/api/v10"
MAX_SEEN = 10_000

Handler = Callable[["Rest", web.Request], Awaitable[Any]]


class Rest:
    """The API of one World. base: the address that everything is reached at, known once the server listens."""

    def __init__(self, world: World, token: str, base: Callable[[], str], faults: Faults) -> None:
        self.world, self.base, self.faults = world, base, faults
        self.buckets = Buckets()
        self.seen: deque[tuple[str, int]] = deque(
            maxlen=MAX_SEEN
        )  # (route, status) of every request, for tests and the curious
        self._token = token

    def routes(self) -> list[web.RouteDef]:
        """Return every route, each behind the same door."""
        return [
            web.route(method, API + path, self._door(name, handler)) for name, (method, path, handler) in ROUTES.items()
        ]

    def _door(self, name: str, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def enter(request: web.Request) -> web.StreamResponse:
            response = await self._enter(name, handler, request)
            self.seen.append((name, response.status))
            return response

        return enter

    async def _enter(self, name: str, handler: Handler, request: web.Request) -> web.StreamResponse:
        fault = self.faults.take(name)
        if fault is not None and (broken := await broken_by(fault, request)) is not None:
            return broken
        room = self.buckets.take(name, _key(request), time.monotonic())
        if room is not None and room.remaining < 0:
            return limited(room.reset_after_s, room)
        try:
            self._authorize(name, request)
            response = reply(await handler(self, request), room)
        except Refusal as no:
            response = as_json(no.status, explained(no), room)
        if fault is not None and (broken := await broken_by(fault, request, after=True)) is not None:
            return broken
        return response

    def _authorize(self, name: str, request: web.Request) -> None:
        if name not in _OPEN and request.headers.get("Authorization") != f"Bot {self._token}":
            raise refusal("unauthorized")

    def channel(self, request: web.Request) -> state.Channel:
        """Return the channel that the path names, if the bot may see it."""
        channel = self.world.channels.get(_id(request, "channel"))
        if channel is None:
            raise refusal("unknown channel")
        if not self.world.bot_sees(channel.id):
            raise refusal("missing access")
        return channel

    def message(self, request: web.Request) -> state.Message:
        """Return the message that the path names; ephemeral ones cannot be reached by these routes."""
        channel, message = self.channel(request), self.world.messages.get(_id(request, "message"))
        if message is None or message.channel_id != channel.id or message.ephemeral_to is not None:
            raise refusal("unknown message")
        return message

    def show(self, message: state.Message) -> Json:
        """Return a message's JSON."""
        return wire.message_told(self.world, self.base(), message)


def _key(request: web.Request) -> str:
    """What shares a bucket: the webhook's token, or the channel."""
    return request.match_info.get("token") or request.match_info.get("channel") or ""


def _id(request: web.Request, name: str) -> int:
    text = request.match_info[name]
    return int(text) if text.isdecimal() and len(text) <= 20 else 0


# The routes: login, commands


async def _me(rest: Rest, request: web.Request) -> Json:
    return wire.user(rest.world.bot)


async def _application(rest: Rest, request: web.Request) -> Json:
    people = [user for user in rest.world.users.values() if not user.bot]
    return wire.application(rest.world, people[0] if people else rest.world.bot)


async def _gateway_bot(rest: Rest, request: web.Request) -> Json:
    limit = {"total": 1000, "remaining": 999, "reset_after": 14400000, "max_concurrency": 1}
    return {"url": rest.base().replace("http", "ws", 1) + "/gw/", "shards": 1, "session_start_limit": limit}


def _command_scope(rest: Rest, request: web.Request) -> int | None:
    if _id(request, "application") != rest.world.bot.id:
        raise refusal("unknown application")
    if "guild" not in request.match_info:
        return None
    guild = rest.world.guilds.get(_id(request, "guild"))
    if guild is None or rest.world.bot.id not in guild.members:
        raise refusal("missing access")
    return guild.id


async def _commands(rest: Rest, request: web.Request) -> list[Json]:
    return list(rest.world.commands.get(_command_scope(rest, request), ()))


async def _sync(rest: Rest, request: web.Request) -> list[Json]:
    guild_id = _command_scope(rest, request)
    body, _ = await bodies.read(request)
    validate_commands.commands(body)
    before = {(c["type"], c["name"]): c for c in rest.world.commands.get(guild_id, ())}
    synced = tuple(_stored(rest.world, guild_id, command, before) for command in body)
    rest.world.sync(guild_id, synced)
    return list(synced)


def _stored(world: World, guild_id: int | None, command: Json, before: dict[tuple[int, str], Json]) -> Json:
    """A command keeps its id as long as its name stays; its version is new whenever it is written."""
    known = before.get((command.get("type", 1), command["name"]), {})
    shown = {"type": 1, "description": "", "options": [], "nsfw": False, "contexts": None} | command
    permissions = command.get("default_member_permissions")
    shown["default_member_permissions"] = None if permissions is None else str(permissions)
    ids = {
        "id": known.get("id", str(world.snowflake())),
        "application_id": str(world.bot.id),
        "version": str(world.snowflake()),
    }
    return shown | ids | ({"guild_id": str(guild_id)} if guild_id else {})


# Interactions


async def _callback(rest: Rest, request: web.Request) -> Json | None:
    body, files = await bodies.read(request)
    done = responses.acknowledge(rest.world, _id(request, "interaction"), request.match_info["token"], body, files)
    if request.query.get("with_response") not in ("1", "true", "True"):
        return None
    told: Json = {"id": str(done.id), "type": done.type}
    original = rest.world.messages.get(done.original_id or 0)
    if original is None:
        return {"interaction": told}
    ephemeral = original.ephemeral_to is not None
    told |= {"response_message_id": str(original.id), "response_message_loading": original.loading}
    resource = {"resource": {"type": done.callback, "message": rest.show(original)}} if done.callback in (4, 7) else {}
    return {"interaction": told | {"response_message_ephemeral": ephemeral}, **resource}


def _live(rest: Rest, request: web.Request) -> state.Interaction:
    if _id(request, "application") != rest.world.bot.id:
        raise refusal("unknown webhook")
    return responses.live(rest.world, request.match_info["token"])


async def _follow_up(rest: Rest, request: web.Request) -> Json:
    interaction = _live(rest, request)
    return rest.show(responses.follow_up(rest.world, interaction, *await bodies.read(request)))


async def _get_answer(rest: Rest, request: web.Request) -> Json:
    return rest.show(responses.message_of(rest.world, _live(rest, request), request.match_info["which"]))


async def _edit_answer(rest: Rest, request: web.Request) -> Json:
    interaction = _live(rest, request)
    body, files = await bodies.read(request)
    message = responses.message_of(rest.world, interaction, request.match_info["which"])
    return rest.show(responses.rewrite(rest.world, message, body, files))


async def _delete_answer(rest: Rest, request: web.Request) -> None:
    rest.world.delete(responses.message_of(rest.world, _live(rest, request), request.match_info["which"]).id)


# Channels, as the bot itself


async def _get_channel(rest: Rest, request: web.Request) -> Json:
    return wire.channel(rest.world, rest.channel(request))


async def _typing(rest: Rest, request: web.Request) -> None:
    rest.channel(request)


async def _get_messages(rest: Rest, request: web.Request) -> list[Json]:
    channel = rest.channel(request)
    shown = [m for m in rest.world.messages.values() if m.channel_id == channel.id and m.ephemeral_to is None]
    asked = request.query.get("limit", "50")
    limit = min(int(asked), 100) if asked.isdecimal() and asked != "0" else 50
    return [rest.show(message) for message in reversed(shown[-limit:])]


async def _send(rest: Rest, request: web.Request) -> Json:
    channel = rest.channel(request)
    return rest.show(responses.send(rest.world, channel.id, *await bodies.read(request)))


async def _get_message(rest: Rest, request: web.Request) -> Json:
    return rest.show(rest.message(request))


async def _edit(rest: Rest, request: web.Request) -> Json:
    message = rest.message(request)
    if message.author_id != rest.world.bot.id:
        raise refusal("not the author")
    return rest.show(responses.rewrite(rest.world, message, *await bodies.read(request)))


async def _delete(rest: Rest, request: web.Request) -> None:
    message = rest.message(request)
    rights = rest.world.permissions(rest.world.bot.id, message.channel_id)
    if message.author_id != rest.world.bot.id and not rights & state.MANAGE_MESSAGES:
        raise refusal("missing permissions")
    rest.world.delete(message.id)


async def _open_direct(rest: Rest, request: web.Request) -> Json:
    body, _ = await bodies.read(request)
    person = rest.world.users.get(int(body.get("recipient_id") or 0))
    if person is None:
        raise refusal("unknown user")
    return wire.channel(rest.world, rest.world.direct(person))


async def _get_user(rest: Rest, request: web.Request) -> Json:
    person = rest.world.users.get(_id(request, "user"))
    if person is None:
        raise refusal("unknown user")
    return wire.user(person)


async def _get_member(rest: Rest, request: web.Request) -> Json:
    guild = rest.world.guilds.get(_id(request, "guild"))
    if guild is None or rest.world.bot.id not in guild.members:
        raise refusal("missing access")
    if _id(request, "user") not in guild.members:
        raise refusal("unknown member")
    return wire.member(rest.world, guild, _id(request, "user"))


async def _nowhere(rest: Rest, request: web.Request) -> None:
    raise refusal("not found")


_WEBHOOK = "/webhooks/{application}/{token}"
_COMMANDS = "/applications/{application}/commands"
_GUILD_COMMANDS = "/applications/{application}/guilds/{guild}/commands"
_MESSAGE = "/channels/{channel}/messages/{message}"

# name (for faults and limits) -> method, path, handler; the first that matches is taken
ROUTES: dict[str, tuple[str, str, Handler]] = {
    "me": ("GET", "/users/@me", _me),
    "application": ("GET", "/oauth2/applications/@me", _application),
    "own application": ("GET", "/applications/@me", _application),
    "gateway": ("GET", "/gateway/bot", _gateway_bot),
    "commands": ("GET", _COMMANDS, _commands),
    "sync": ("PUT", _COMMANDS, _sync),
    "guild commands": ("GET", _GUILD_COMMANDS, _commands),
    "guild sync": ("PUT", _GUILD_COMMANDS, _sync),
    "callback": ("POST", "/interactions/{interaction}/{token}/callback", _callback),
    "follow up": ("POST", _WEBHOOK, _follow_up),
    "get original": ("GET", _WEBHOOK + "/messages/{which}", _get_answer),
    "edit original": ("PATCH", _WEBHOOK + "/messages/{which}", _edit_answer),
    "delete original": ("DELETE", _WEBHOOK + "/messages/{which}", _delete_answer),
    "channel": ("GET", "/channels/{channel}", _get_channel),
    "typing": ("POST", "/channels/{channel}/typing", _typing),
    "messages": ("GET", "/channels/{channel}/messages", _get_messages),
    "send": ("POST", "/channels/{channel}/messages", _send),
    "message": ("GET", _MESSAGE, _get_message),
    "edit": ("PATCH", _MESSAGE, _edit),
    "delete": ("DELETE", _MESSAGE, _delete),
    "direct": ("POST", "/users/@me/channels", _open_direct),
    "user": ("GET", "/users/{user}", _get_user),
    "member": ("GET", "/guilds/{guild}/members/{user}", _get_member),
    "nowhere": ("*", "/{anything:.*}", _nowhere),
}

# An interaction's token is its own key.
_OPEN = ("callback", "follow up", "get original", "edit original", "delete original", "nowhere")
