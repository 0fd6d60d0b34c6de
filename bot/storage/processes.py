"""Knows which processes of the bot share the database, what they have under way, and what they tell each other.

Each renews its row of ``processes`` every second; one whose row is too old is dead, and its requests are left over for
the others. Times are those of the database's clock. With a file there is one process, which is alone. Knows nothing
about Discord.
"""

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from functools import partial
from typing import Literal, NamedTuple

from sqlalchemy import ColumnElement, Executable, Update, exc, func, literal, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import ShardInUse, unexpected
from bot.storage.database import Database
from bot.storage.databases.postgresql import HeldLocks, PostgresqlServer
from bot.storage.tables import NOTICES, PROCESSES, UNANSWERED

log = logging.getLogger(__name__)

POLL_S = 1.0  # time between two looks at what the others do
LEASE_S = 10.0  # how long a process counts as living after it renewed its row
NOTICES_S = 300.0  # how long notices are kept; whoever could not look for longer reads everything again
LOOK_S = 5.0  # how long one look may take
READ_S = 1.0  # how long a command waits for what others have under way
TURNS = 1_000_000  # the locks of turns are above those of shards
POLL_LOCK_S = 0.5  # time between two attempts to take the locks

# What a process tells the others: a person asked for a picture, or cancelled theirs, or stopped a stream, or was
# forgotten; what a person or a server prefers has changed; a message was deleted.
Kind = Literal["asked", "cancelled", "stopped", "forgotten", "person", "server", "deleted"]
NOW: ColumnElement[float] = literal_column("CAST(extract(epoch FROM clock_timestamp()) AS double precision)")
_SEEN = [UNANSWERED.c[name] for name in ("process", "person", "server", "until", "message")]
_BROKEN = (exc.SQLAlchemyError, OSError)  # TimeoutError is an OSError


class Elsewhere(NamedTuple):
    """What other processes have under way."""

    requests: Counter[int]  # person -> unfinished requests
    streams: Sequence[tuple[int, int | None]]  # the person and the server of each
    messages: Collection[int]  # where the answers are to appear


class Processes:
    """This process among those that share a database. Without ``server`` there are no others."""

    def __init__(self, server: PostgresqlServer | None = None, database: Database | None = None) -> None:
        self.id = secrets.randbits(62)
        self._server, self._database = server, database or Database(None)
        self.elsewhere = Elsewhere(Counter(), (), ())
        self._listeners: list[tuple[Kind, Callable[[int], Awaitable[object]]]] = []
        self._when_left_over: Callable[[], Awaitable[object]] | None = None
        self._when_buried: list[Callable[[], Awaitable[object]]] = []
        self._is_buried = self._is_back = False  # what is still to be told
        self._when_back: list[Callable[[], Awaitable[object]]] = []
        self._locks: HeldLocks | None = None
        self._application, self._shards = 0, ""
        self._keys: Sequence[tuple[int, int]] = ()  # of the locks that this process has had, and wants back
        self._turns: set[asyncio.Task[None]] = set()  # each keeps a turn for a while
        self._leaving = asyncio.Event()
        self._since: float | None = None  # since when it looks without a break, by the loop's clock
        self._last_notice: int | None = None

    async def __aenter__(self) -> "Processes":
        return self

    async def __aexit__(self, *_: object) -> None:
        """Leave: what is unanswered is left over for the others at once."""
        self._leaving.set()
        await asyncio.gather(*self._turns)
        if self._locks is not None:
            with suppress(*_BROKEN):
                async with asyncio.timeout(LOOK_S), self._locks.connection.begin():
                    await self._locks.connection.execute(PROCESSES.delete().where(PROCESSES.c.process == self.id))
            await self._let_go()

    def listen(self, kind: Kind, call: Callable[[int], Awaitable[object]]) -> None:
        """Call with the subject of each notice of a kind that another process gives."""
        self._listeners.append((kind, call))

    def when_left_over(self, call: Callable[[], Awaitable[object]]) -> None:
        """Call when a process has left requests behind."""
        self._when_left_over = call

    def when_back(self, call: Callable[[], Awaitable[object]]) -> None:
        """Call when the database can be used again, after which notices may be missing."""
        self._when_back.append(call)

    def when_buried(self, call: Callable[[], Awaitable[object]]) -> None:
        """Call when the others took this process for dead, and may have taken over what it has under way."""
        self._when_buried.append(call)

    def notice(self, kind: Kind, subject: int) -> tuple[Executable, ...]:
        """Return the statement that tells the others, to be executed with the change that it tells of."""
        if self._server is None:
            return ()
        # Changes come one after another, so numbers count on without a gap, and none appears late.
        number = func.coalesce(func.max(NOTICES.c.id), 0) + 1
        row = select(number, literal(self.id), literal(kind), literal(subject), NOW)
        return (NOTICES.insert().from_select(["id", "process", "kind", "subject", "made"], row),)

    async def cancel(self, person: int) -> list[str]:
        """Tell the others to cancel a person's requests and streams, and return the lines of the requests there."""
        if self._server is None:
            return []
        theirs = (*_under_way(self._application, self.id), UNANSWERED.c.person == person)
        query = select(UNANSWERED.c.line).where(*theirs)
        lines: list[str] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(READ_S):
                lines = [row.line for row in await self._database.read(query.where(UNANSWERED.c.until.is_(None)))]
        await self._database.write(_withdraw(*theirs), *self.notice("cancelled", person))
        return lines

    def streams(self, person: int) -> bool:
        """Return whether a person has a stream in another process."""
        return any(who == person for who, _ in self.elsewhere.streams)

    async def stop_stream(self, person: int) -> bool:
        """Tell the others to stop a person's stream. Return whether there is one."""
        if found := self.streams(person):
            theirs = (*_under_way(self._application, self.id), UNANSWERED.c.person == person)
            await self._database.write(
                _withdraw(*theirs, UNANSWERED.c.until.is_not(None)), *self.notice("stopped", person)
            )
        return found

    async def tell_deleted(self, message: int) -> None:
        """Tell the others that a message was deleted, if one of them has an answer for it."""
        if message in self.elsewhere.messages:
            await self._database.write(*self.notice("deleted", message))

    async def join(self, application: int, shards: Sequence[int], count: int, wait_s: float) -> None:
        """Become a living process that holds these shards, of ``count``, of an application.

        Waits until an earlier process that has one of them leaves. Raises ShardInUse if it does not within ``wait_s``.
        """
        if self._server is None:
            return
        self._application = application
        self._shards = f"{shards[0]}-{shards[-1]}/{count}"
        await self._take_locks(self._server, [(application & 0x7FFFFFFF, shard) for shard in shards], wait_s)

    async def hold_turn(self, turn: int, seconds: float) -> None:
        """Wait until no other process has a turn, and have it for some seconds. Without the database, do not wait."""
        if self._server is None:
            return
        try:
            key = self._application & 0x7FFFFFFF, TURNS + turn
            while (held := await self._server.hold([key])) is None:  # noqa: ASYNC110 - another process gives it back
                await asyncio.sleep(POLL_LOCK_S)
        except _BROKEN as error:
            log.info("the turns of shards are not known now: %s", type(error).__name__)
            return
        task = asyncio.create_task(self._give_back(held, seconds), name="the turn of a shard")
        self._turns.add(task)
        task.add_done_callback(self._turns.discard)

    async def _give_back(self, held: HeldLocks, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._leaving.wait()
        await held.release()

    async def watch(self) -> None:
        """Renew this process's row, and follow what the others do, for ever. Raises ShardInUse if a shard is taken."""
        while self._server is not None:
            if self._locks is None and self._keys:
                await self._take_locks(self._server, self._keys, 3 * LEASE_S)
            await asyncio.sleep(POLL_S)
            if self._locks is not None:
                await self._look_or_let_go(self._locks.connection)
        await asyncio.Event().wait()

    async def _take_locks(self, server: PostgresqlServer, keys: Sequence[tuple[int, int]], wait_s: float) -> None:
        deadline, is_told = asyncio.get_running_loop().time() + wait_s, False
        while True:
            try:
                async with asyncio.timeout(LOOK_S):
                    if (locks := await server.hold(keys)) is not None:
                        await self._enter(locks)
                        self._keys = keys
                        return
            except _BROKEN:  # the database's own tries say so in the log
                deadline = asyncio.get_running_loop().time() + wait_s
            if asyncio.get_running_loop().time() >= deadline:
                raise ShardInUse(shards=self._shards, place=str(server))
            if not is_told:
                log.info("another process has shards of %s; waiting at most %g s for it to leave", self._shards, wait_s)
                is_told = True
            await asyncio.sleep(POLL_LOCK_S)

    async def _enter(self, locks: HeldLocks) -> None:
        """Write this process's row. Whoever had its shards before is dead."""
        before = (PROCESSES.c.application == self._application) & (PROCESSES.c.shards == self._shards)
        try:
            async with locks.connection.begin():
                await locks.connection.execute(PROCESSES.delete().where(before & (PROCESSES.c.process != self.id)))
                mine = await locks.connection.execute(PROCESSES.delete().where(PROCESSES.c.process == self.id))
                await locks.connection.execute(PROCESSES.insert().values(**self._row()))
                newest = select(func.coalesce(func.max(NOTICES.c.id), 0))
                last = int((await locks.connection.execute(newest)).scalar() or 0)
        except BaseException:
            await locks.release()
            raise
        if self._last_notice is None:
            self._last_notice = last
        else:  # it was here before
            self._is_back, self._is_buried = True, self._is_buried or not mine.rowcount
        self._locks, self._since = locks, asyncio.get_running_loop().time()

    def _row(self) -> dict[str, object]:
        return {
            "process": self.id,
            "application": self._application,
            "shards": self._shards,
            "until": NOW + LEASE_S,
        }

    async def _look_or_let_go(self, connection: AsyncConnection) -> None:
        try:
            async with asyncio.timeout(LOOK_S):
                notices, is_left_over = await self._look(connection)
        except _BROKEN as error:
            log.info("the other processes cannot be seen now: %s", type(error).__name__)
            await self._let_go()
            return
        calls: list[Callable[[], Awaitable[object]]] = [
            partial(call, subject) for kind, subject in notices for wanted, call in self._listeners if kind == wanted
        ]
        if is_left_over and self._when_left_over is not None:
            calls.append(self._when_left_over)
        if self._is_buried:
            self._is_buried = False
            calls += self._when_buried
        if self._is_back and self._database.is_open:
            self._is_back = False
            calls += self._when_back
        for call in calls:
            try:
                await call()
            except Exception:  # a mistake in one must not end this process for the others
                unexpected("following the other processes")

    async def _look(self, connection: AsyncConnection) -> tuple[list[tuple[str, int]], bool]:
        """Renew the row, and read what is new. Return the notices, and whether a dead process left requests."""
        async with connection.begin():
            mine = PROCESSES.c.process == self.id
            renewed = await connection.execute(PROCESSES.update().where(mine).values(until=NOW + LEASE_S))
            if not renewed.rowcount:  # the others took this process for dead
                self._is_buried = True
                await connection.execute(PROCESSES.insert().values(**self._row()))
            if self._has_looked_for(LEASE_S):  # after an outage all rows are old; the living renew theirs at once
                await connection.execute(PROCESSES.delete().where(PROCESSES.c.until < NOW))
                await connection.execute(NOTICES.delete().where(NOTICES.c.made < NOW - NOTICES_S))
            unread = select(NOTICES).where(NOTICES.c.id > self._last_notice).order_by(NOTICES.c.id)
            notices = list(await connection.execute(unread))
            query = select(*_SEEN).where(*_under_way(self._application, self.id))
            others = list(await connection.execute(query))
            living = set((await connection.execute(select(PROCESSES.c.process))).scalars())
        if notices:
            self._last_notice = notices[-1].id
        self.elsewhere = Elsewhere(
            Counter(row.person for row in others if row.until is None),
            [(row.person, row.server) for row in others if row.until is not None],
            {row.message for row in others if row.message is not None},
        )
        return (
            [(row.kind, row.subject) for row in notices if row.process != self.id],
            any(row.process not in living for row in others),
        )

    def _has_looked_for(self, seconds: float) -> bool:
        return self._since is not None and asyncio.get_running_loop().time() - self._since > seconds

    async def _let_go(self) -> None:
        locks, self._locks, self._since = self._locks, None, None
        if locks is not None:
            await locks.release()


def _under_way(application: int, process: int) -> tuple[ColumnElement[bool], ...]:
    """Return the condition of requests for pictures that other processes have under way."""
    columns = UNANSWERED.c
    return columns.application == application, columns.process != process, columns.line != ""


def _withdraw(*rows: ColumnElement[bool]) -> Update:
    """Return the statement that marks requests as cancelled, for whoever claims them if their process is dead."""
    return UNANSWERED.update().where(*rows).values(withdrawn=1)
