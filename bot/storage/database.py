"""Executes statements in the bot's database, one after another, and keeps those that cannot be executed yet.

Knows neither the tables nor where they are. If the database cannot be used, logs that once, tries again and again, and
the bot goes on without it; statements wait in memory in the meantime.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Executable, Row, exc
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.errors import DatabaseRefused, StateAway, StateTooNew, unexpected
from bot.storage.databases.sqlite_file import SqliteFile
from generator.contract.errors import GeneratorError

log = logging.getLogger(__name__)

Result = TypeVar("Result")

# A disk that hangs must not delay the acknowledgement of a request, because Discord waits only 3 s for it. A statement
# that times out is still executed later, and before all later statements.
STATEMENT_TIMEOUT_S = 1.0
CHANGE_TIMEOUT_S = 1.5  # how long a change that somebody waits for may take
READ_TIMEOUT_S = 10.0  # how long the start waits for rows
READ_AWAY_S = 2.0  # how long somebody waits for rows while the database cannot be used
CLOSING_S = 2.0  # how long closing waits for statements that are not executed yet
RETRY_S = 1.0  # pause before the database is opened again
START_S = 30.0  # how long the start waits for a server that cannot be reached; a file it does not wait for
# Longest time for a transaction on a server: its own limits are shorter, and if it is silent, the connection is lost.
TRANSACTION_S = 20.0
MAX_WAITING = 30_000  # transactions that wait for the database; beyond that the oldest are forgotten

# The database cannot be used now; the statement itself may be right. Other errors are the statement's own.
_UNUSABLE = (exc.OperationalError, exc.InternalError)


async def _make_no_room() -> None:
    pass


Work = Callable[[AsyncConnection], Awaitable[Any]]
Statement = Executable | tuple[Executable, Mapping[str, Any]]  # a statement, or one with its parameters


class Place(Protocol):
    """Where a database is: a file (SqliteFile), or a server (PostgresqlServer). Its text is fit for the log."""

    @property
    def is_shared(self) -> bool:
        """Whether several processes use it at once."""

    async def open(self) -> AsyncEngine:
        """Open it, with all tables. Raises StateTooNew, OSError or SQLAlchemyError."""

    def is_full(self, error: Exception) -> bool:
        """Return whether an error says that the disk is full."""

    def explain(self, error: Exception) -> str | None:
        """Return what is wrong if waiting will not mend it, else None."""


@dataclass(eq=False)
class _Transaction:
    work: Work
    reads_only: bool = False
    refused: Any = field(default_factory=list)  # the result if the database refuses the work
    done: "asyncio.Future[Any]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Database:
    """The bot's database, on a server or in a file in a folder. If ``place`` is None, nothing is kept or found.

    ``make_room`` is awaited when the disk is full, before another try.
    """

    def __init__(self, place: Path | Place | None, make_room: Callable[[], Awaitable[None]] = _make_no_room) -> None:
        self._place: Place | None = SqliteFile(place) if isinstance(place, Path) else place
        self._make_room = make_room
        self._engine: AsyncEngine | None = None
        self._transactions: asyncio.Queue[_Transaction] = asyncio.Queue()
        self._opened = False  # whether it has been open once
        self._in_trouble = False  # whether the log says that it cannot be used
        self._is_slow = False  # whether the log says that it is slow
        self._at_opening: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "Database":
        """Open the database, or begin to try.

        Raises StateTooNew if a newer program wrote it, and DatabaseRefused if a server does not let the bot in, or
        cannot be reached for START_S.
        """
        if self._place is not None:
            await self._open_first(self._place)
            self._start(self._work(self._place), "database")
        return self

    async def _open_first(self, place: Place) -> None:
        deadline = asyncio.get_running_loop().time() + START_S
        while True:
            error = await self._try_to_open(place, first=True)
            if error is None or not place.is_shared:
                return
            reason = place.explain(error)
            if reason is not None or asyncio.get_running_loop().time() >= deadline:
                raise DatabaseRefused(place=str(place), reason=reason or _reason(error)) from None
            await asyncio.sleep(RETRY_S)

    async def __aexit__(self, *_: object) -> None:
        if self._engine is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSING_S):
                    await self._transactions.join()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._close()

    @property
    def is_open(self) -> bool:
        """Whether statements are executed at once."""
        return self._engine is not None and not self._in_trouble

    @property
    def is_away(self) -> bool:
        """Whether there is a database that cannot be used now."""
        return self._place is not None and not self.is_open

    async def when_open(self, call: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Call now if the database has been opened, else as soon as it is. Without a folder, never call."""
        if self._opened:
            await call()
        else:
            self._at_opening.append(call)

    async def write(self, *statements: Statement) -> bool:
        """Execute statements in one transaction. If the database cannot be used now, they are executed later.

        Return whether they have been executed. Without a folder nobody expects that they are, and this is True.
        """
        return await self._execute(statements, STATEMENT_TIMEOUT_S if self.is_open else 0.0) is not None

    async def read(self, query: Executable) -> list[Row[Any]]:
        """Return the rows of a query; none if the database cannot be used now, and for some seconds."""
        if not self._opened:
            return []
        timeout_s = READ_TIMEOUT_S if self.is_open else READ_AWAY_S
        transaction = _Transaction(lambda connection: _execute_on(connection, (query,)), reads_only=True)
        rows: list[Row[Any]] = transaction.done.result() if await self._is_done(transaction, timeout_s) else []
        return rows or []

    async def change(
        self, work: Callable[[AsyncConnection], Awaitable[Result]], timeout_s: float | None = None
    ) -> Result:
        """Read and write in one transaction, which no other interrupts, and return the result of ``work``.

        An error that ``work`` raises undoes it. It may take ``timeout_s``, by default CHANGE_TIMEOUT_S.
        Raises StateAway if the database cannot be used now; then nothing is done, now or later. Without a place that is
        always so.
        """
        transaction = _Transaction(work, refused=StateAway())
        if (
            self._place is None
            or not self.is_open
            or not await self._is_done(transaction, timeout_s or CHANGE_TIMEOUT_S)
        ):
            transaction.done.cancel()
            raise StateAway()
        result: Result = transaction.done.result()
        return result

    async def _execute(self, statements: Sequence[Statement], timeout_s: float) -> list[Row[Any]] | None:
        """Return the rows of the last statement, or None if the statements are not executed in time."""
        if self._place is None:
            return []
        transaction = _Transaction(lambda connection: _execute_on(connection, statements))
        if await self._is_done(transaction, timeout_s):
            rows: list[Row[Any]] = transaction.done.result()
            return rows
        return None

    async def _is_done(self, transaction: _Transaction, timeout_s: float) -> bool:
        """Execute a transaction after those that wait. Return whether that is done in time."""
        self._transactions.put_nowait(transaction)
        while self._transactions.qsize() > MAX_WAITING:
            self._transactions.get_nowait()
            self._transactions.task_done()
        await asyncio.wait([transaction.done], timeout=timeout_s)
        if timeout_s and not transaction.done.done() and not self._in_trouble and not self._is_slow:
            self._is_slow = True
            log.warning("what keeps the bot's state is slow; continuing without waiting for it: %s", self._place)
        return transaction.done.done()

    async def _work(self, place: Place) -> None:
        """Execute the waiting transactions in their order, for ever. Open the database whenever it is closed."""
        transaction: _Transaction | None = None
        while True:
            while self._engine is None:
                await asyncio.sleep(RETRY_S)
                await self._try_to_open(place)
                if place.is_shared and self._transactions.empty() and (not transaction or transaction.done.cancelled()):
                    self._report_success()  # nothing waits to show it; a file shows it only by taking something
            transaction = transaction or await self._transactions.get()
            if await self._carry_out(place, self._engine, transaction):
                self._transactions.task_done()
                transaction = None
            else:
                await self._close()

    async def _carry_out(self, place: Place, engine: AsyncEngine, transaction: _Transaction) -> bool:
        """Execute one transaction. Return False if the database must be opened again first."""
        if transaction.done.cancelled():  # nobody waits for a change that came too late
            return True
        result = transaction.refused
        try:
            async with asyncio.timeout(TRANSACTION_S if place.is_shared else None):
                result = await self._with_room(place, lambda: _execute_in(engine, transaction))
        except _Abandoned:
            pass
        except TimeoutError as error:
            self._report_trouble(error)
            return False
        except exc.SQLAlchemyError as error:
            if _is_unusable(error):
                self._report_trouble(error)
                return False
            log.error("the bot's state refused a statement: %s", _reason(error))
        except GeneratorError as error:
            result = error
        except Exception:  # a mistake in one change must not end all others
            result = unexpected("changing the bot's state")
        self._report_success()
        if not transaction.done.done():
            if isinstance(result, GeneratorError):
                transaction.done.set_exception(result)
            else:
                transaction.done.set_result(result)
        return True

    async def _with_room(self, place: Place, work: Callable[[], Awaitable[Result]]) -> Result:
        """Return the result of ``work``. If the disk is full, make room and try once more."""
        try:
            return await work()
        except (OSError, exc.SQLAlchemyError) as error:
            if not place.is_full(error):
                raise
        await self._make_room()
        return await work()

    async def _try_to_open(self, place: Place, *, first: bool = False) -> Exception | None:
        """Open the database, and return None, or the error if it cannot be used now."""
        try:
            self._engine = await self._with_room(place, place.open)
        except StateTooNew:
            if first:
                raise
        except (OSError, exc.SQLAlchemyError) as error:
            self._report_trouble(error)
            return error
        else:
            if not self._opened:  # later, only a transaction that succeeds shows that the trouble is over
                self._report_success()
            self._opened = True
            for call in self._at_opening:
                self._start(call(), "at the opening of the database")
            self._at_opening.clear()
        return None

    def _report_trouble(self, error: Exception) -> None:
        """Log, once until the next success, that the database cannot be used."""
        if not self._in_trouble:
            self._in_trouble = True
            log.error(
                "%s cannot be used now; until it can, requests would not survive a restart: %s",
                *(self._place, _reason(error)),
            )

    def _report_success(self) -> None:
        self._is_slow = self._is_slow and not self._transactions.empty()
        if self._in_trouble:
            self._in_trouble = False
            log.info("%s can be used again", self._place)

    async def _close(self) -> None:
        if self._engine is not None:
            engine, self._engine = self._engine, None
            with suppress(exc.SQLAlchemyError, OSError):
                await engine.dispose()

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._at_end)

    def _at_end(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("%s failed", task.get_name(), exc_info=error)


class _Abandoned(Exception):
    """Raised to undo a change that took so long that nobody waits for it any more."""


async def _execute_in(engine: AsyncEngine, transaction: _Transaction) -> Any:
    """Do the work in one transaction, and return its result."""
    async with engine.execution_options(reads_only=transaction.reads_only).begin() as connection:
        result = await transaction.work(connection)
        if transaction.done.cancelled():
            raise _Abandoned
        return result


async def _execute_on(connection: AsyncConnection, statements: Sequence[Statement]) -> list[Row[Any]]:
    """Execute statements in one step, and return the rows of the last."""
    return await connection.run_sync(_execute_all, statements)


def _execute_all(connection: Connection, statements: Sequence[Statement]) -> list[Row[Any]]:
    rows: list[Row[Any]] = []
    for statement in statements:
        result = connection.execute(*statement) if isinstance(statement, tuple) else connection.execute(statement)
        rows = list(result.all()) if result.returns_rows else []
    return rows


def _is_unusable(error: exc.SQLAlchemyError) -> bool:
    """Return whether an error is the database's, and not the statement's own."""
    lost = isinstance(error, exc.DBAPIError) and error.connection_invalidated
    return lost or isinstance(error, _UNUSABLE) or type(error) is exc.DatabaseError


def _reason(error: Exception) -> str:
    """Return what the driver said. SQLAlchemy's own text holds the statement's values, which include tokens."""
    said = str(getattr(error, "orig", None) or error) or type(error).__name__
    return " ".join(said.split())
