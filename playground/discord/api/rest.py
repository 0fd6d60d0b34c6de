"""The REST routes that discord.py uses, under /api/v10. The table ROUTES lists them.

Reads requests and applies Discord's rules, which are in responses.py and validation/.
"""

import time
from collections import deque
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import Any

from aiohttp import web

from playground.discord import state, wire
from playground.discord.api import bodies, responses
from playground.discord.api.http import apply_fault, error_body, json_response, respond, too_many_requests
from playground.discord.api.rate_limits import Buckets
from playground.discord.errors import ApiError, api_error
from playground.discord.faults import Faults
from playground.discord.state import Json, World
from playground.discord.validation import validate_commands

API = "/api/v10"
MAX_REQUESTS = 10_000

Handler = Callable[["Rest", web.Request], Awaitable[Any]]


class Rest:
    """The API of one World.

    ``base`` is a function that returns the server's address, because the port is known only once the server listens.
    """

    def __init__(self, world: World, token: str, base: Callable[[], str], faults: Faults) -> None:
        self.world, self.base, self.faults = world, base, faults
        self.buckets = Buckets()
        # (route, status) of the latest requests, the newest last; for tests.
        self.requests: deque[tuple[str, int]] = deque(maxlen=MAX_REQUESTS)
        self.starts_left = 1000  # how many sessions the bot may still start; tests set it
        self.shards, self.max_concurrency = 1, 1  # what it tells of shards; tests set them
        self.starts_reset_s = 14_400.0  # when it gets new ones, in seconds from now
        self._token = token
        world.subscribe(self._count_start)

    def _count_start(self, event: state.Event) -> None:
        if event.name == "ready":
            self.starts_left = max(0, self.starts_left - 1)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes to add to the web application."""
        return [
            web.route(method, API + path, self._wrap(name, handler)) for name, (method, path, handler) in ROUTES.items()
        ]

    def _wrap(self, name: str, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def respond_and_log(request: web.Request) -> web.StreamResponse:
            response = await self._respond(name, handler, request)
            self.requests.append((name, response.status))
            response.headers["Date"] = formatdate(self.world.clock(), usegmt=True)
            return response

        return respond_and_log

    async def _respond(self, name: str, handler: Handler, request: web.Request) -> web.StreamResponse:
        fault = self.faults.take(name)
        if fault is not None and (broken := await apply_fault(fault, request)) is not None:
            return broken
        quota = self.buckets.take(name, _key(request), time.monotonic())
        if quota is not None and quota.remaining < 0:
            return too_many_requests(quota.reset_after_s, quota)
        try:
            self._authorize(name, request)
            response = respond(await handler(self, request), quota)
        except ApiError as error:
            response = json_response(error.status, error_body(error), quota)
        if fault is not None and (broken := await apply_fault(fault, request, after=True)) is not None:
            return broken
        return response

    def _authorize(self, name: str, request: web.Request) -> None:
        if name not in _TOKEN_IN_PATH and request.headers.get("Authorization") != f"Bot {self._token}":
            raise api_error("unauthorized")

    def channel(self, request: web.Request) -> state.Channel:
        """Return the channel that the path names. Raises ApiError if it does not exist or the bot cannot see it."""
        channel = self.world.channels.get(_id(request, "channel"))
        if channel is None:
            raise api_error("unknown channel")
        if not self.world.bot_sees(channel.id):
            raise api_error("missing access")
        return channel

    def message(self, request: web.Request) -> state.Message:
        """Return the message that the path names. Raises ApiError if it is not in the channel or is ephemeral."""
        channel, message = self.channel(request), self.world.messages.get(_id(request, "message"))
        if message is None or message.channel_id != channel.id or message.ephemeral_to is not None:
            raise api_error("unknown message")
        return message

    def message_json(self, message: state.Message) -> Json:
        """Return a message as JSON, without what the bot may not see."""
        return wire.message_for_bot(self.world, self.base(), message)


def _key(request: web.Request) -> str:
    """Return the key of the request's rate-limit bucket: the webhook's token, the channel's id, or ""."""
    return request.match_info.get("token") or request.match_info.get("channel") or ""


def _id(request: web.Request, name: str) -> int:
    text = request.match_info[name]
    return int(text) if text.isdecimal() and len(text) <= 20 else 0


# Login and commands


async def _me(rest: Rest, request: web.Request) -> Json:
    return wire.user(rest.world.bot)


async def _application(rest: Rest, request: web.Request) -> Json:
    people = [user for user in rest.world.users.values() if not user.bot]
    return wire.application(rest.world, people[0] if people else rest.world.bot)


async def _gateway_bot(rest: Rest, request: web.Request) -> Json:
    limit = {"total": 1000, "remaining": rest.starts_left, "reset_after": int(rest.starts_reset_s * 1000)}
    limit["max_concurrency"] = rest.max_concurrency
    return {"url": rest.base().replace("http", "ws", 1) + "/gw/", "shards": rest.shards, "session_start_limit": limit}


def _command_scope(rest: Rest, request: web.Request) -> int | None:
    if _id(request, "application") != rest.world.bot.id:
        raise api_error("unknown application")
    if "guild" not in request.match_info:
        return None
    guild = rest.world.guilds.get(_id(request, "guild"))
    if guild is None or rest.world.bot.id not in guild.members:
        raise api_error("missing access")
    return guild.id


async def _commands(rest: Rest, request: web.Request) -> list[Json]:
    return list(rest.world.commands.get(_command_scope(rest, request), ()))


async def _sync(rest: Rest, request: web.Request) -> list[Json]:
    guild_id = _command_scope(rest, request)
    body, _ = await bodies.read(request)
    validate_commands.check_commands(body)
    before = {(c["type"], c["name"]): c for c in rest.world.commands.get(guild_id, ())}
    synced = tuple(_store(rest.world, guild_id, command, before) for command in body)
    rest.world.sync(guild_id, synced)
    return list(synced)


def _store(world: World, guild_id: int | None, command: Json, before: dict[tuple[int, str], Json]) -> Json:
    """Return a command in its stored form, with its ids.

    A command whose type and name stay the same keeps its id. Its version changes with every sync.
    """
    known = before.get((command.get("type", 1), command["name"]), {})
    data = {"type": 1, "description": "", "options": [], "nsfw": False, "contexts": None} | command
    permissions = command.get("default_member_permissions")
    data["default_member_permissions"] = None if permissions is None else str(permissions)
    ids = {
        "id": known.get("id", str(world.snowflake())),
        "application_id": str(world.bot.id),
        "version": str(world.snowflake()),
    }
    return data | ids | ({"guild_id": str(guild_id)} if guild_id else {})


# Interactions


async def _callback(rest: Rest, request: web.Request) -> Json | None:
    body, files = await bodies.read(request)
    interaction = responses.acknowledge(
        rest.world, _id(request, "interaction"), request.match_info["token"], body, files
    )
    if request.query.get("with_response") not in ("1", "true", "True"):
        return None
    data: Json = {"id": str(interaction.id), "type": interaction.type}
    original = rest.world.messages.get(interaction.original_id or 0)
    if original is None:
        return {"interaction": data}
    ephemeral = original.ephemeral_to is not None
    data |= {"response_message_id": str(original.id), "response_message_loading": original.loading}
    resource = (
        {"resource": {"type": interaction.callback, "message": rest.message_json(original)}}
        if interaction.callback in (4, 7)
        else {}
    )
    return {"interaction": data | {"response_message_ephemeral": ephemeral}, **resource}


def _active(rest: Rest, request: web.Request) -> state.Interaction:
    if _id(request, "application") != rest.world.bot.id:
        raise api_error("unknown webhook")
    return responses.get_active(rest.world, request.match_info["token"])


async def _follow_up(rest: Rest, request: web.Request) -> Json:
    interaction = _active(rest, request)
    return rest.message_json(responses.follow_up(rest.world, interaction, *await bodies.read(request)))


async def _get_response(rest: Rest, request: web.Request) -> Json:
    return rest.message_json(responses.find_message(rest.world, _active(rest, request), request.match_info["which"]))


async def _edit_response(rest: Rest, request: web.Request) -> Json:
    interaction = _active(rest, request)
    body, files = await bodies.read(request)
    message = responses.find_message(rest.world, interaction, request.match_info["which"])
    return rest.message_json(responses.edit(rest.world, message, body, files))


async def _delete_response(rest: Rest, request: web.Request) -> None:
    rest.world.delete(responses.find_message(rest.world, _active(rest, request), request.match_info["which"]).id)


# Channels, as the bot user


async def _get_channel(rest: Rest, request: web.Request) -> Json:
    return wire.channel(rest.world, rest.channel(request))


async def _typing(rest: Rest, request: web.Request) -> None:
    rest.channel(request)


async def _get_messages(rest: Rest, request: web.Request) -> list[Json]:
    channel = rest.channel(request)
    messages = [m for m in rest.world.messages.values() if m.channel_id == channel.id and m.ephemeral_to is None]
    requested = request.query.get("limit", "50")
    limit = min(int(requested), 100) if requested.isdecimal() and requested != "0" else 50
    return [rest.message_json(message) for message in reversed(messages[-limit:])]


async def _send(rest: Rest, request: web.Request) -> Json:
    channel = rest.channel(request)
    return rest.message_json(responses.send(rest.world, channel.id, *await bodies.read(request)))


async def _get_message(rest: Rest, request: web.Request) -> Json:
    return rest.message_json(rest.message(request))


async def _edit(rest: Rest, request: web.Request) -> Json:
    message = rest.message(request)
    if message.author_id != rest.world.bot.id:
        raise api_error("not the author")
    return rest.message_json(responses.edit(rest.world, message, *await bodies.read(request)))


async def _delete(rest: Rest, request: web.Request) -> None:
    message = rest.message(request)
    rights = rest.world.permissions(rest.world.bot.id, message.channel_id)
    if message.author_id != rest.world.bot.id and not rights & state.MANAGE_MESSAGES:
        raise api_error("missing permissions")
    rest.world.delete(message.id)


async def _open_direct(rest: Rest, request: web.Request) -> Json:
    body, _ = await bodies.read(request)
    person = rest.world.users.get(int(body.get("recipient_id") or 0))
    if person is None:
        raise api_error("unknown user")
    return wire.channel(rest.world, rest.world.direct(person))


async def _get_user(rest: Rest, request: web.Request) -> Json:
    person = rest.world.users.get(_id(request, "user"))
    if person is None:
        raise api_error("unknown user")
    return wire.user(person)


async def _get_member(rest: Rest, request: web.Request) -> Json:
    guild = rest.world.guilds.get(_id(request, "guild"))
    if guild is None or rest.world.bot.id not in guild.members:
        raise api_error("missing access")
    if _id(request, "user") not in guild.members:
        raise api_error("unknown member")
    return wire.member(rest.world, guild, _id(request, "user"))


async def _not_found(rest: Rest, request: web.Request) -> None:
    raise api_error("not found")


_WEBHOOK = "/webhooks/{application}/{token}"
_COMMANDS = "/applications/{application}/commands"
_GUILD_COMMANDS = "/applications/{application}/guilds/{guild}/commands"
_MESSAGE = "/channels/{channel}/messages/{message}"

# Name (for faults and rate limits) -> method, path and handler. The first route that matches a request is used.
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
    "get original": ("GET", _WEBHOOK + "/messages/{which}", _get_response),
    "edit original": ("PATCH", _WEBHOOK + "/messages/{which}", _edit_response),
    "delete original": ("DELETE", _WEBHOOK + "/messages/{which}", _delete_response),
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
    "nowhere": ("*", "/{anything:.*}", _not_found),
}

# Routes that need no Authorization header, because their path contains an interaction's token. "nowhere" always answers
# 404, with or without the header.
_TOKEN_IN_PATH = ("callback", "follow up", "get original", "edit original", "delete original", "nowhere")
