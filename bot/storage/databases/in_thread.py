"""Executes statements of SQLite in a thread, with as few steps between it and the event loop as possible.

Does for the database what SQLAlchemy's AsyncEngine does, and knows no tables. A step from the event loop to a thread
and back costs about 0.1 ms of processor time. The usual driver for asyncio makes nine of them in a transaction of one
statement, and this makes two.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, Self, TypeVar, cast

from sqlalchemy import Connection, Dialect, Engine, Executable, Result
from sqlalchemy.ext.asyncio import AsyncEngine

Returned = TypeVar("Returned")


class ThreadedConnection:
    """A connection whose transaction begins with the first statement, in the same step."""

    def __init__(self, engine: Engine, thread: ThreadPoolExecutor) -> None:
        self._engine, self._thread = engine, thread
        self._connection: Connection | None = None  # touched in the thread only

    @property
    def dialect(self) -> Dialect:
        """The dialect of SQL."""
        return self._engine.dialect

    async def execute(self, statement: Executable, parameters: Any = None) -> Result[Any]:
        """Execute a statement. Its rows are in memory when this returns."""
        return await self.run_sync(lambda connection: _in_memory(connection.execute(statement, parameters)))

    async def exec_driver_sql(self, statement: str) -> Result[Any]:
        """Execute a statement that is written out."""
        return await self.run_sync(lambda connection: _in_memory(connection.exec_driver_sql(statement)))

    async def run_sync(self, work: Callable[..., Returned], *arguments: Any) -> Returned:
        """Do several things in one step: call ``work`` with the connection in the thread."""

        def step() -> Returned:
            if self._connection is None:
                self._connection = self._engine.connect()
                self._connection.begin()
            return work(self._connection, *arguments)

        return await self._call(step)

    async def end(self, *, keep: bool) -> None:
        """Commit the transaction, or undo it, and give the connection back."""

        def step() -> None:
            if self._connection is not None:
                with self._connection as connection:  # closes it, which undoes what is not committed
                    if keep:
                        connection.commit()

        await self._call(step)

    async def _call(self, step: Callable[[], Returned]) -> Returned:
        return await asyncio.get_running_loop().run_in_executor(self._thread, step)


class ThreadedEngine:
    """One SQLite database, in a thread of its own."""

    def __init__(self, engine: Engine) -> None:
        self.sync_engine, self.url = engine, engine.url
        self._thread = ThreadPoolExecutor(1, "database")

    def execution_options(self, **_: object) -> Self:
        """Return the same: none of the options means anything to SQLite."""
        return self

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[ThreadedConnection]:
        """Open a transaction, which is committed at the end of the block, and undone if the block raises an error."""
        connection = ThreadedConnection(self.sync_engine, self._thread)
        try:
            yield connection
        except BaseException:
            await connection.end(keep=False)
            raise
        await connection.end(keep=True)

    async def dispose(self) -> None:
        """Close the database, after the last step."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self.sync_engine.dispose)
        self._thread.shutdown(wait=False)


def as_async(engine: Engine) -> AsyncEngine:
    """Return a ThreadedEngine in the place of an AsyncEngine: it has all that the database uses."""
    return cast(AsyncEngine, ThreadedEngine(engine))


def _in_memory(result: Result[Any]) -> Result[Any]:
    return result.freeze()() if getattr(result, "returns_rows", False) else result
