"""Gateway connections, the sessions that outlive them, and the protocol's opcodes, close codes and limits.

Knows nothing about the World; gateway.py decides what is sent. Follows Discord's gateway documentation, version 10.
"""

import asyncio
import json
import secrets
import time
import zlib
from collections import deque
from contextlib import suppress

from aiohttp import web

from playground.discord.state import Json

# Opcodes.
DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE = 0, 1, 2, 3, 4
RESUME, RECONNECT, MEMBERS, INVALID, HELLO, ACK = 6, 7, 8, 9, 10, 11

# Close codes.
UNKNOWN_OPCODE, BAD_PAYLOAD, NOT_IDENTIFIED = 4001, 4002, 4003
BAD_TOKEN, ALREADY_IDENTIFIED, BAD_SEQUENCE = 4004, 4005, 4007
TOO_FAST, SESSION_TIMED_OUT = 4008, 4009
BAD_SHARD, SHARDING_REQUIRED, BAD_VERSION, BAD_INTENTS, FORBIDDEN_INTENTS = 4010, 4011, 4012, 4013, 4014

MAX_PAYLOAD_BYTES = 4096
MAX_EVENTS, EVENTS_WINDOW_S = 120, 60.0  # limit on the events that a client sends
MAX_GUILDS = 2500  # servers of one shard
MAX_REPLAY = 10_000  # dispatches that can be replayed after a lost connection


class Session:
    """A client's session, which outlives its connection. Keeps the sequence number and the events to replay."""

    def __init__(self, intents: int, shard: list[int]) -> None:
        self.id = secrets.token_hex(16)
        self.intents = intents
        self.shard = shard
        self.sequence = 0
        self.history: deque[Json] = deque(maxlen=MAX_REPLAY)
        self.connection: Connection | None = None  # None while the connection is lost
        self.lost_at: float | None = None  # when the connection was lost, by time.monotonic

    def gets(self, guild: int | None) -> bool:
        """Whether this session's shard gets the events of a server, or if None those of direct messages."""
        number, count = self.shard
        return (0 if guild is None else (guild >> 22) % count) == number

    def dispatch(self, name: str, data: object) -> None:
        """Send an event, now or once the client has resumed."""
        self.sequence += 1
        payload: Json = {"op": DISPATCH, "t": name, "s": self.sequence, "d": data}
        self.history.append(payload)
        if self.connection is not None:
            self.connection.send(payload)


class Connection:
    """One WebSocket with a queue of payloads to send, so that ``send`` never waits for the network."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request, compress: bool) -> None:
        self.socket, self.request = socket, request
        self.session: Session | None = None
        self.event_times: deque[float] = deque()  # when the client's latest events arrived
        self.heartbeat = asyncio.Event()  # set by every heartbeat
        self.close_code_sent: int | None = None  # set once the server has closed the connection
        self.mute = False  # True for a zombie, which stays open although nothing is sent over it
        self._zlib = zlib.compressobj() if compress else None
        self._queue: asyncio.Queue[Json | str | bytes] = asyncio.Queue()

    def send(self, payload: Json | str | bytes) -> None:
        """Queue one payload for sending, or drop it if the connection is mute.

        A text is sent as it is, and so are bytes, which are not even compressed: both may be malformed.
        """
        if not self.mute:
            self._queue.put_nowait(payload)

    async def write(self) -> None:
        """Send queued payloads until the task is cancelled or the connection breaks."""
        with suppress(ConnectionError):
            while True:
                payload = await self._queue.get()
                if isinstance(payload, bytes):
                    await self.socket.send_bytes(payload)
                    continue
                text = payload if isinstance(payload, str) else json.dumps(payload, separators=(",", ":"))
                if self._zlib is None:
                    await self.socket.send_str(text)
                else:
                    await self.socket.send_bytes(
                        self._zlib.compress(text.encode()) + self._zlib.flush(zlib.Z_SYNC_FLUSH)
                    )

    async def close(self, code: int, reason: str = "") -> None:
        """Close the connection with a close frame that carries ``code`` and ``reason``."""
        self.close_code_sent = code
        await self.socket.close(code=code, message=reason.encode())

    def abort(self) -> None:
        """Break the connection without a close frame."""
        if self.request.transport is not None:
            self.request.transport.abort()


class CloseConnection(Exception):
    """Raised to close the connection with ``code`` and ``reason``."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


def parse_payload(raw: str | bytes) -> Json:
    """Parse a payload from the client. Raises CloseConnection if it is too large or is not a JSON object."""
    if len(raw.encode() if isinstance(raw, str) else raw) > MAX_PAYLOAD_BYTES:
        raise CloseConnection(BAD_PAYLOAD, "Payload too large.")
    try:
        payload = json.loads(raw)
    except ValueError:
        raise CloseConnection(BAD_PAYLOAD, "Error while decoding payload.") from None
    if not isinstance(payload, dict):
        raise CloseConnection(BAD_PAYLOAD, "Error while decoding payload.")
    return payload


def check_rate(connection: Connection) -> None:
    """Count one event from the client. Raises CloseConnection if it has sent more than 120 in a minute."""
    now = time.monotonic()
    connection.event_times.append(now)
    while connection.event_times[0] < now - EVENTS_WINDOW_S:
        connection.event_times.popleft()
    if len(connection.event_times) > MAX_EVENTS:
        raise CloseConnection(TOO_FAST, "You are being rate limited.")
