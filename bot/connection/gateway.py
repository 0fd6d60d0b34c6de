"""Discord's gateway as this bot uses it: drops malformed events, paces new sessions, and explains lasting refusals.

Knows nothing about what the events mean.
"""

import asyncio
import json
import logging
from typing import Any, NamedTuple

import aiohttp
import discord
from discord.gateway import DiscordWebSocket, ReconnectWebSocket, WebSocketClosure

from bot import discord_api
from bot.discord_api import CONNECTION_BROKEN
from bot.errors import (
    CannotStart,
    DisallowedIntents,
    DiscordClosed,
    InvalidIntents,
    InvalidShard,
    OldApiVersion,
    ShardingRequired,
    WrongToken,
)

log = logging.getLogger(__name__)

MAX_MALFORMED = 10  # malformed events in a row after which the connection is replaced
FEW_STARTS = 50  # while fewer session starts are left, each start waits; Discord usually allows 1,000 a day
LONGEST_PAUSE_S = 600.0  # longest wait before a session while starts are left
PRIVILEGED = ("members", "presences", "message_content")  # intents that the application's page must allow

# Events of what other people write and what the bot itself posts. Nothing here needs them, but they come with the
# deletions of messages; discord.py would build a message out of each.
UNUSED_EVENTS = ("MESSAGE_CREATE", "MESSAGE_UPDATE")

_NOT_MALFORMED = (ReconnectWebSocket, WebSocketClosure, discord.ConnectionClosed, OSError, aiohttp.ClientError)


class GatewaySocket(DiscordWebSocket):
    """discord.py's connection to the gateway. A malformed event is logged and dropped, where discord.py would end."""

    _malformed = 0  # malformed events in a row

    @classmethod
    async def from_client(cls, client: discord.Client, **options: Any) -> "GatewaySocket":
        """Connect, and resume the session if there is one. discord.py would try to resume a session without an id."""
        options["resume"] = bool(options.get("resume") and options.get("session"))
        return await super().from_client(client, **options)

    async def received_message(self, msg: Any, /) -> None:
        """Handle one frame. Raises ReconnectWebSocket if the connection can no longer be understood."""
        sequence = self.sequence
        try:
            text = self._decompressor.decompress(msg) if isinstance(msg, bytes) else msg
        except UnicodeDecodeError as problem:
            await self._drop("", problem)
            return
        except Exception as problem:  # without this frame, the compressed ones after it cannot be read either
            log.warning("the gateway sent what cannot be decompressed (%r); reconnecting", problem)
            await self._reconnect(resume=True)
        if text is None:  # the first part of a frame
            return
        try:
            await super().received_message(text)
            self._malformed = 0
        except _NOT_MALFORMED:
            raise
        except Exception as problem:
            await self._drop(text, problem)
        finally:
            if self.sequence is not None and type(self.sequence) is not int:
                self.sequence = sequence

    async def _drop(self, text: str, problem: Exception) -> None:
        opcode, name = _identify(text)
        log.warning("dropped a malformed event of the gateway (op %s, %s): %r", opcode, name, problem)
        self._malformed += 1
        if name == "READY":  # without it there is no session
            await self._reconnect(resume=False)
        if self._keep_alive is None:  # it was to be HELLO, without which there are no heartbeats
            await self._reconnect(resume=True)
        if self._malformed >= MAX_MALFORMED:
            log.warning("the gateway sent %d malformed events in a row; reconnecting", self._malformed)
            await self._reconnect(resume=True)

    async def _reconnect(self, *, resume: bool) -> None:
        await self.close()
        if not resume:
            self.session_id = self.sequence = None
        raise ReconnectWebSocket(self.shard_id, resume=resume)


def _identify(text: str) -> tuple[object, object]:
    """Return the opcode and the name of an event, for the log, or None for what it lacks."""
    try:
        event = json.loads(text)
    except (ValueError, RecursionError):
        return None, None
    if not isinstance(event, dict):
        return None, None
    name = event.get("t")
    return event.get("op"), name if isinstance(name, str) and len(name) < 64 else None


def install(client: discord.AutoShardedClient) -> None:
    """Make discord.py connect with GatewaySocket, and ignore events that nothing needs.

    It offers no other place to put the class of its connections.
    """
    setattr(discord.shard, "DiscordWebSocket", GatewaySocket)  # noqa: B010 - a type checker takes it for a mistake
    for name in UNUSED_EVENTS:
        client._connection.parsers.pop(name, None)


class SessionLimits(NamedTuple):
    """What Discord tells of a bot's sessions."""

    shards: int = 1  # how many it recommends
    remaining: int = FEW_STARTS  # how many sessions may still begin
    reset_s: float = 0.0  # until so many may begin again as at first
    max_concurrency: int = 1  # how many may begin within 5 s


async def fetch_limits(client: discord.Client) -> SessionLimits:
    """Ask Discord. If it does not tell, return limits with which a bot of few servers can start."""
    try:
        async with asyncio.timeout(10):
            shards, _, limit = await client.http.get_bot_gateway()
        remaining, reset_s = int(limit["remaining"]), float(limit["reset_after"]) / 1000
        return SessionLimits(max(1, int(shards)), remaining, reset_s, max(1, int(limit.get("max_concurrency", 1))))
    except (discord.DiscordException, *CONNECTION_BROKEN, LookupError, TypeError, ValueError) as problem:
        log.info("the number of session starts left is not known: %s", problem)
        return SessionLimits()


async def wait_for_a_start(limits: SessionLimits) -> None:
    """Wait before a new session while few session starts are left, so that they last until Discord grants new ones.

    Discord resets the token of a bot that uses up its starts. While any are left, wait at most LONGEST_PAUSE_S.
    """
    pause_s = pause_before_start(limits.remaining, limits.reset_s)
    if pause_s > 0:
        message = "%d session starts are left for the next %.0f s; waiting %.0f s"
        log.warning(message, limits.remaining, limits.reset_s, pause_s)
        await asyncio.sleep(pause_s)


def pause_before_start(remaining: int, reset_s: float) -> float:
    """Return how many seconds to wait before a new session. Discord grants new starts in ``reset_s`` seconds."""
    if remaining >= FEW_STARTS:
        return 0.0
    return reset_s if remaining <= 0 else min(reset_s / remaining, LONGEST_PAUSE_S)


def explain_closing(error: discord.ConnectionClosed | discord.PrivilegedIntentsRequired, intents: Any) -> CannotStart:
    """Return why Discord closed the connection for good. ``intents`` are the discord.Intents that the bot asks for."""
    code = discord_api.DISALLOWED_INTENTS if isinstance(error, discord.PrivilegedIntentsRequired) else error.code
    asked = [name for name, on in intents if on]
    match code:
        case discord_api.AUTHENTICATION_FAILED:
            return WrongToken()
        case discord_api.INVALID_SHARD:
            return InvalidShard()
        case discord_api.SHARDING_REQUIRED:
            return ShardingRequired()
        case discord_api.INVALID_API_VERSION:
            return OldApiVersion()
        case discord_api.INVALID_INTENTS:
            return InvalidIntents(intents=", ".join(asked))
        case discord_api.DISALLOWED_INTENTS:
            privileged = [name for name in PRIVILEGED if name in asked]
            return DisallowedIntents(intents=", ".join(privileged or asked))
    return DiscordClosed(close_code=code)
