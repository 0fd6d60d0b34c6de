"""The gateway: identifies clients over WebSockets, sends them events, and resumes and closes sessions as Discord does.

Knows nothing about REST. Follows Discord's gateway documentation, version 10.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from playground.discord import wire, wire_interactions
from playground.discord.sessions import (
    ACK,
    ALREADY_IDENTIFIED,
    BAD_INTENTS,
    BAD_PAYLOAD,
    BAD_SEQUENCE,
    BAD_SHARD,
    BAD_TOKEN,
    BAD_VERSION,
    FORBIDDEN_INTENTS,
    HEARTBEAT,
    HELLO,
    IDENTIFY,
    INVALID,
    MAX_GUILDS,
    MEMBERS,
    NOT_IDENTIFIED,
    PRESENCE,
    RECONNECT,
    RESUME,
    SESSION_TIMED_OUT,
    SHARDING_REQUIRED,
    UNKNOWN_OPCODE,
    VOICE,
    CloseConnection,
    Connection,
    Session,
    check_rate,
    parse_payload,
)
from playground.discord.state import Event, Guild, Json, Message, World

RESUMABLE_S = 120.0  # how long a session can be resumed after its connection was lost

_GUILDS, _GUILD_MESSAGES, _DIRECT_MESSAGES = 1 << 0, 1 << 9, 1 << 12
_PRIVILEGED = 1 << 1 | 1 << 8 | 1 << 15  # server members, presences, message content
_ALL_INTENTS = (1 << 26) - 1


class Gateway:
    """The gateway server: the bot's sessions and connections, and methods that cause faults in them."""

    def __init__(
        self, world: World, token: str, base: Callable[[], str], *, heartbeat_s: float = 41.25, privileged: bool = False
    ) -> None:
        self._world, self._base = world, base
        self.token = token  # a client must identify with this token
        self._heartbeat_s, self._privileged = heartbeat_s, privileged
        self.sessions: dict[str, Session] = {}  # id of a session -> the session
        self.connections: set[Connection] = set()
        self.identified = 0  # how many sessions have been started
        self.resumed = 0  # how many times a session has been resumed
        self.refusing = False  # whether new connections are answered with 503
        # In pace_s, max_concurrency sessions may begin, of shards whose numbers differ modulo that. Discord's are 5 s.
        self.max_concurrency, self.pace_s = 1, 0.0
        self.too_soon = 0  # how many sessions were refused for that
        self._began: dict[int, float] = {}  # number of a shard modulo max_concurrency -> when its last session began
        self._stop = world.subscribe(self._on_event)

    # Faults on demand, and shutdown

    def drop(self, shard: int | None = None) -> None:
        """Break every connection without a close frame, or those of one shard."""
        for connection in tuple(self.connections):
            if shard is None or (connection.session is not None and connection.session.shard[0] == shard):
                connection.abort()

    def silence(self) -> None:
        """Turn the current connections into zombies: they stay open, but nothing more is sent over them.

        Events are still recorded, so that a client that resumes receives them.
        """
        for connection in self.connections:
            connection.mute = True

    async def close_all(self, code: int) -> None:
        """Close every connection with this close code."""
        await asyncio.gather(*(connection.close(code) for connection in tuple(self.connections)))

    def send_frame(self, frame: str | bytes) -> None:
        """Send one frame as it is over every connection, malformed or not. Bytes are not even compressed."""
        for connection in self.connections:
            connection.send(frame)

    def emit(self, name: str, data: object) -> None:
        """Send an event with any data, malformed or not, to every session."""
        for session in self.sessions.values():
            session.dispatch(name, data)

    def ask_to_reconnect(self) -> None:
        """Ask every client to reconnect and resume."""
        for connection in self.connections:
            connection.send({"op": RECONNECT, "d": None})

    def invalidate(self, resumable: bool) -> None:
        """Tell every client that its session is invalid. If ``resumable`` is false, the sessions are forgotten."""
        for connection in self.connections:
            connection.send({"op": INVALID, "d": resumable})
            if not resumable and connection.session is not None:
                self.sessions.pop(connection.session.id, None)

    async def stop(self) -> None:
        """Close every connection and stop listening to the World."""
        self._stop()
        await self.close_all(WSCloseCode.GOING_AWAY)

    # Events of the World

    def _on_event(self, event: Event) -> None:
        if event.name == "interaction":
            data = wire_interactions.interaction(self._world, self._base(), event.subject)
            self._dispatch(0, "INTERACTION_CREATE", data, self._world.guild_of(event.subject.channel_id))
        elif event.name in _MESSAGE_EVENTS:
            self._dispatch_message(_MESSAGE_EVENTS[event.name], event.subject)
        elif event.name == "joined" and self._world.bot.id in event.subject.members:
            data = wire.guild(self._world, event.subject)
            # If this field is present, a client thinks that a known server is available again, not that the bot joined
            # a new one.
            del data["unavailable"]
            self._dispatch(_GUILDS, "GUILD_CREATE", data, event.subject)
        elif event.name == "left" and self._world.bot.id in event.subject.members:
            self._dispatch(_GUILDS, "GUILD_DELETE", {"id": str(event.subject.id)}, event.subject)

    def _dispatch_message(self, name: str, message: Message) -> None:
        guild = self._world.guild_of(message.channel_id)
        if not self._world.bot_sees(message.channel_id):
            return
        # An ephemeral message goes from the bot to one person, so even in a server it counts as a direct message.
        intent = _GUILD_MESSAGES if guild and message.ephemeral_to is None else _DIRECT_MESSAGES
        if name == "MESSAGE_DELETE":
            data: Json = {"id": str(message.id), "channel_id": str(message.channel_id)}
        else:
            data = wire.message_for_bot(self._world, self._base(), message)
        if intent == _GUILD_MESSAGES and guild:
            data["guild_id"] = str(guild.id)
            if name != "MESSAGE_DELETE" and message.author_id in guild.members:
                data["member"] = wire.member(self._world, guild, message.author_id)
        self._dispatch(intent, name, data, guild)

    def _dispatch(self, intent: int, name: str, data: Json, guild: Guild | None) -> None:
        """Send an event to the sessions of the shard of a server, or of direct messages."""
        self._forget_lost_sessions()
        for session in self.sessions.values():
            if session.intents & intent == intent and session.gets(guild.id if guild else None):
                session.dispatch(name, data)

    def _forget_lost_sessions(self) -> None:
        deadline = time.monotonic() - RESUMABLE_S
        for session in [s for s in self.sessions.values() if s.lost_at is not None and s.lost_at < deadline]:
            del self.sessions[session.id]

    # One connection

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one client from HELLO until it disconnects."""
        if self.refusing:
            return web.Response(status=503)
        socket = web.WebSocketResponse(max_msg_size=1 << 20, compress=False, autoclose=True)
        await socket.prepare(request)
        connection = Connection(socket, request, request.query.get("compress") == "zlib-stream")
        self.connections.add(connection)
        tasks = [asyncio.create_task(connection.write()), asyncio.create_task(self._watch(connection))]
        try:
            if request.query.get("v") != "10" or request.query.get("encoding") != "json":
                raise CloseConnection(BAD_VERSION, "Invalid API version")
            connection.send(
                {"op": HELLO, "s": None, "t": None, "d": {"heartbeat_interval": int(self._heartbeat_s * 1000)}}
            )
            await self._read(connection)
        except CloseConnection as reason:
            await connection.close(reason.code, reason.reason)
        finally:
            self.connections.discard(connection)
            self._detach(connection)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return socket

    def _detach(self, connection: Connection) -> None:
        session = connection.session
        if session is None or session.connection is not connection:
            return
        session.connection, session.lost_at = None, time.monotonic()
        # A client ends its session by closing the connection first, with 1000 or 1001. If the server closed first, the
        # client's code means nothing, because aiohttp's client echoes 1000.
        ended_by_client = connection.close_code_sent is None and connection.socket.close_code in (1000, 1001)
        if ended_by_client or connection.close_code_sent in (BAD_SEQUENCE, SESSION_TIMED_OUT):
            self.sessions.pop(session.id, None)

    async def _watch(self, connection: Connection) -> None:
        """Wait until the client's heartbeat stops, then close its connection."""
        with suppress(TimeoutError):
            while True:
                async with asyncio.timeout(self._heartbeat_s * 1.5):
                    await connection.heartbeat.wait()
                connection.heartbeat.clear()
        await connection.close(SESSION_TIMED_OUT, "Session timed out.")

    async def _read(self, connection: Connection) -> None:
        async for message in connection.socket:
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                continue
            payload = parse_payload(message.data)
            if connection.mute:
                # Heartbeats still count, so that the client gives up on the zombie before the server closes it.
                connection.heartbeat.set()
            else:
                self._receive(connection, payload)

    def _receive(self, connection: Connection, payload: Json) -> None:
        check_rate(connection)
        op, data = payload.get("op"), payload.get("d")
        if op == HEARTBEAT:
            connection.heartbeat.set()
            connection.send({"op": ACK, "s": None, "t": None, "d": None})
        elif op == IDENTIFY:
            self._identify(connection, data)
        elif op == RESUME:
            self._resume(connection, data)
        elif op not in (PRESENCE, VOICE, MEMBERS):
            raise CloseConnection(UNKNOWN_OPCODE, "Unknown opcode.")
        elif connection.session is None:
            raise CloseConnection(NOT_IDENTIFIED, "Not authenticated.")

    def _identify(self, connection: Connection, data: Any) -> None:
        if connection.session is not None:
            raise CloseConnection(ALREADY_IDENTIFIED, "Already authenticated.")
        if not isinstance(data, dict) or not isinstance(data.get("properties"), dict):
            raise CloseConnection(BAD_PAYLOAD, "Error while decoding payload.")
        if data.get("token") != self.token:
            raise CloseConnection(BAD_TOKEN, "Authentication failed.")
        shard, intents = data.get("shard") or [0, 1], data.get("intents")
        if not (len(shard) == 2 and 0 <= shard[0] < shard[1]):
            raise CloseConnection(BAD_SHARD, "Invalid shard.")
        if not isinstance(intents, int) or not 0 <= intents <= _ALL_INTENTS:
            raise CloseConnection(BAD_INTENTS, "Invalid intent(s).")
        if intents & _PRIVILEGED and not self._privileged:
            raise CloseConnection(FORBIDDEN_INTENTS, "Disallowed intent(s).")
        if sum(self._world.bot.id in guild.members for guild in self._world.guilds.values()) > MAX_GUILDS * shard[1]:
            raise CloseConnection(SHARDING_REQUIRED, "Sharding required.")
        if self._is_too_soon(shard[0]):
            connection.send({"op": INVALID, "s": None, "t": None, "d": False})
            return
        self._start_session(connection, Session(intents, shard))

    def _is_too_soon(self, shard: int) -> bool:
        """Whether another session of the same turn began less than pace_s ago."""
        turn, now = shard % self.max_concurrency, time.monotonic()
        if now - self._began.get(turn, -self.pace_s) < self.pace_s:
            self.too_soon += 1
            return True
        self._began[turn] = now
        return False

    def _start_session(self, connection: Connection, session: Session) -> None:
        self.sessions[session.id] = session
        session.connection, connection.session = connection, session
        bot = self._world.bot
        guilds = [g for g in self._world.guilds.values() if bot.id in g.members and session.gets(g.id)]
        session.dispatch(
            "READY",
            {
                "v": 10,
                "user": wire.user(bot) | {"verified": True, "mfa_enabled": False, "flags": 0, "email": None},
                "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
                "session_id": session.id,
                "session_type": "normal",
                "resume_gateway_url": self._base().replace("http", "ws", 1) + "/gw/",
                "shard": session.shard,
                "application": {"id": str(bot.id), "flags": 0},
                "private_channels": [],
                "relationships": [],
            },
        )
        for guild in guilds if session.intents & _GUILDS else ():
            session.dispatch("GUILD_CREATE", wire.guild(self._world, guild))
        self.identified += 1
        self._world.publish("ready", session.id)

    def _resume(self, connection: Connection, data: Any) -> None:
        if not isinstance(data, dict) or not isinstance(data.get("seq"), int):
            raise CloseConnection(BAD_PAYLOAD, "Error while decoding payload.")
        if data.get("token") != self.token:
            raise CloseConnection(BAD_TOKEN, "Authentication failed.")
        session = self.sessions.get(str(data.get("session_id")))
        if session is None:
            connection.send({"op": INVALID, "s": None, "t": None, "d": False})
            return
        if data["seq"] > session.sequence:
            raise CloseConnection(BAD_SEQUENCE, "Invalid seq.")
        session.connection, session.lost_at, connection.session = connection, None, session
        for payload in session.history:
            if payload["s"] > data["seq"]:
                connection.send(payload)
        session.dispatch("RESUMED", {"_trace": ["loopback"]})
        self.resumed += 1
        self._world.publish("resumed", session.id)


_MESSAGE_EVENTS = {"message": "MESSAGE_CREATE", "edit": "MESSAGE_UPDATE", "delete": "MESSAGE_DELETE"}
