"""The shards of this process: which there are, which are connected, when each may begin a session, and its troubles.

Each shard is one connection to Discord's gateway for a part of the servers. Knows nothing about what comes over it.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

import discord
from discord.gateway import ReconnectWebSocket

log = logging.getLogger(__name__)

# Discord lets one session begin in 5 s, or ``max_concurrency`` of them, of shards whose numbers differ modulo that.
# Half a second more, since the way to Discord is not always as long.
IDENTIFY_S = 5.5


class Turns:
    """When each shard may begin a session. ``hold`` waits for a turn that all processes share, and keeps it a while."""

    def __init__(self, hold: Callable[[int, float], Awaitable[None]]) -> None:
        self._hold = hold
        self._locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)  # by turn
        self._free: dict[int, float] = {}  # turn -> when it is free, by time.monotonic

    async def wait(self, shard: int, max_concurrency: int) -> None:
        """Wait until this shard may begin a session. Sessions of the same turn then wait for IDENTIFY_S."""
        turn = shard % max(1, max_concurrency)
        async with self._locks[turn]:
            await asyncio.sleep(self._free.get(turn, 0.0) - time.monotonic())
            await self._hold(turn, IDENTIFY_S)
            self._free[turn] = time.monotonic() + IDENTIFY_S


class Shards:
    """Which shards of this process are connected. ``connected`` is kept up to date: shard -> whether it is."""

    def __init__(self, connected: MutableMapping[int, bool]) -> None:
        self.connected = connected
        self._lost_at: dict[int, float] = {}
        # Whether any is connected, and whether all are lost. Neither is set until the gateway is first called.
        self._any, self._none = asyncio.Event(), asyncio.Event()

    def begin(self, shards: Sequence[int]) -> None:
        """Note that these shards are called now, for the first time."""
        self.connected.update(dict.fromkeys(shards, False))
        self._lost_at = dict.fromkeys(shards, time.monotonic())
        self._none.set()

    def connect(self, shard: int) -> None:
        """Note that a shard is connected."""
        if not self.connected.get(shard) and len(self.connected) > 1:
            log.info("shard %d is connected", shard)
        self.connected[shard] = True
        self._lost_at.pop(shard, None)
        self._none.clear()
        self._any.set()

    def lose(self, shard: int) -> None:
        """Note that a shard is disconnected. Also called after each failed attempt to reconnect."""
        if self.connected.get(shard) and len(self.connected) > 1:
            log.warning("shard %d is lost; the others go on", shard)
        self.connected[shard] = False
        self._lost_at.setdefault(shard, time.monotonic())
        if not any(self.connected.values()):
            self._any.clear()
            self._none.set()

    def lost_s(self, shard: int) -> float:
        """Return for how many seconds a shard has been lost, or 0 if it is connected."""
        return time.monotonic() - self._lost_at.get(shard, time.monotonic())

    async def wait_lost(self, timeout_s: float) -> None:
        """Wait until all shards have been lost for ``timeout_s`` without a break."""
        while True:
            await self._none.wait()
            try:
                async with asyncio.timeout(timeout_s):
                    await self._any.wait()
            except TimeoutError:
                return


class PatientShard(discord.shard.Shard):
    """discord.py's shard, whose troubles hold up no other, and which resumes its session after any of them.

    discord.py lets all shards of a process wait while one of them connects, and gives up a session, with the events
    since, when one attempt to resume it fails. Here it is given up after the client's ``resume_s``: left alone,
    discord.py would try forever at the same address, which may never answer again (Rapptz/discord.py#10511).
    """

    _connecting: asyncio.Task[None] | None = None
    _client: Any  # the bot's Client

    async def reidentify(self, exc: ReconnectWebSocket) -> None:
        """Begin to connect, and to resume the session or begin a new one as the exception says."""
        self._begin(super().reidentify(exc) if exc.resume else self._identify())

    async def reconnect(self) -> None:
        """Begin to connect after a failed attempt."""
        if self.ws.session_id and self._client.lost_s(self.id) < self._client.resume_s:
            self._begin(super().reidentify(ReconnectWebSocket(self.id, resume=True)))
        else:
            self._begin(self._identify())

    async def close(self) -> None:
        """Disconnect for good."""
        if self._connecting is not None:
            self._connecting.cancel()
        await super().close()

    async def _identify(self) -> None:
        self._dispatch("shard_disconnect", self.id)
        await self._client.wait_for_turn(self.id)
        await super().reconnect()

    def _begin(self, work: Any) -> None:
        self._connecting = asyncio.create_task(work, name=f"shard {self.id} connects")


def install() -> None:
    """Make discord.py use PatientShard. It offers no other place to put the class of its shards."""
    setattr(discord.shard, "Shard", PatientShard)  # noqa: B010 - a type checker takes it for a mistake
