"""A gateway's connections and what survives them: sessions with their sequence, opcodes, close codes, and limits on clients.

Knows no events of the World and no identification. Source: Discord's gateway documentation, version 10.
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

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME, RECONNECT, MEMBERS, INVALID, HELLO, ACK = (
    0,
    1,
    2,
    3,
    4,
    6,
    7,
    8,
    9,
    10,
    11,
)

UNKNOWN_OPCODE, BAD_PAYLOAD, NOT_IDENTIFIED, BAD_TOKEN, ALREADY_IDENTIFIED, BAD_SEQUENCE = (
    4001,
    4002,
    4003,
    4004,
    4005,
    4007,
)
TOO_FAST, SESSION_TIMED_OUT, BAD_SHARD, BAD_VERSION, BAD_INTENTS, FORBIDDEN_INTENTS = 4008, 4009, 4010, 4012, 4013, 4014

MAX_PAYLOAD_BYTES = 4096
MAX_EVENTS, EVENTS_WINDOW_S = 120, 60.0
MAX_REPLAY = 10_000  # dispatches that a lost connection can be told of again


class Session:
    """What survives a lost connection: its number in the sequence and everything that was said."""

    def __init__(self, intents: int, shard: list[int]) -> None:
        self.id = secrets.token_hex(16)
        self.intents = intents
        self.shard = shard
        self.sequence = 0
        self.said: deque[Json] = deque(maxlen=MAX_REPLAY)
        self.connection: Connection | None = None
        self.lost_at: float | None = None

    def dispatch(self, name: str, data: Json) -> None:
        """Say it, now or when the client is back."""
        self.sequence += 1
        payload = {"op": DISPATCH, "t": name, "s": self.sequence, "d": data}
        self.said.append(payload)
        if self.connection is not None:
            self.connection.send(payload)


class Connection:
    """One WebSocket: what is sent is queued, so that nobody who dispatches waits for the network."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request, compress: bool) -> None:
        self.socket, self.request = socket, request
        self.session: Session | None = None
        self.heard: deque[float] = deque()  # when the client's last events came
        self.beat = asyncio.Event()  # set by every heartbeat
        self.hung_up: int | None = None  # the code that we closed it with
        self.mute = False  # a zombie: open, and nothing comes out of it any more
        self._zlib = zlib.compressobj() if compress else None
        self._queue: asyncio.Queue[Json] = asyncio.Queue()

    def send(self, payload: Json) -> None:
        """Queue one payload."""
        if not self.mute:
            self._queue.put_nowait(payload)

    async def write(self) -> None:
        """Send what is queued until cancelled or the connection is gone."""
        with suppress(ConnectionError):
            while True:
                text = json.dumps(await self._queue.get(), separators=(",", ":"))
                if self._zlib is None:
                    await self.socket.send_str(text)
                else:
                    await self.socket.send_bytes(
                        self._zlib.compress(text.encode()) + self._zlib.flush(zlib.Z_SYNC_FLUSH)
                    )

    async def close(self, code: int, reason: str = "") -> None:
        """Hang up politely, with a code."""
        self.hung_up = code
        await self.socket.close(code=code, message=reason.encode())

    def cut(self) -> None:
        """Break the line without a word."""
        if self.request.transport is not None:
            self.request.transport.abort()


class HangUp(Exception):
    """The connection is to be closed with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


def payload_of(raw: str | bytes) -> Json:
    """Read what a client sent. Raises HangUp for what is too large or is no object."""
    if len(raw.encode() if isinstance(raw, str) else raw) > MAX_PAYLOAD_BYTES:
        raise HangUp(BAD_PAYLOAD, "Payload too large.")
    try:
        payload = json.loads(raw)
    except ValueError:
        raise HangUp(BAD_PAYLOAD, "Error while decoding payload.") from None
    if not isinstance(payload, dict):
        raise HangUp(BAD_PAYLOAD, "Error while decoding payload.")
    return payload


def not_too_fast(connection: Connection) -> None:
    """Count one event of the client. Raises HangUp above 120 a minute."""
    now = time.monotonic()
    connection.heard.append(now)
    while connection.heard[0] < now - EVENTS_WINDOW_S:
        connection.heard.popleft()
    if len(connection.heard) > MAX_EVENTS:
        raise HangUp(TOO_FAST, "You are being rate limited.")
