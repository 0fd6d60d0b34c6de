"""Moves what a SQLite file holds into an empty PostgreSQL database: all of it or nothing.

Knows the tables only as tables.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import Table, exc, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.errors import DatabaseRefused, NothingToMove, StateInUse
from bot.storage.databases.postgresql import PostgresqlServer
from bot.storage.databases.sqlite_file import FILE_NAME, SIDE_FILES, Broken, open_sound
from bot.storage.tables import METADATA, NOTICES, PROCESSES, SCHEMA_VERSION, is_readable

log = logging.getLogger(__name__)

MOVED_SUFFIX = ".moved"
BATCH = 500  # rows that are in memory at a time
_OWN = (SCHEMA_VERSION, PROCESSES, NOTICES)  # of the database itself, and of processes that run


async def move(folder: Path, server: PostgresqlServer) -> int:
    """Copy all rows of the file in ``folder``, rename the file, and return how many rows that were.

    Raises StateInUse if a bot uses the folder, NothingToMove if there is no sound file or the database is not empty,
    and DatabaseRefused if that cannot be used.
    """
    file = folder / FILE_NAME
    if not file.exists():
        raise NothingToMove(problem=f"there is no file {file}")
    with _locked(folder):
        try:
            async with _opened(await open_sound(file)) as source, _opened(await server.open()) as target:
                rows = await _copy(source, target, str(server))
        except Broken as broken:
            raise NothingToMove(problem=f"{file} is broken ({broken})") from None
        except (exc.SQLAlchemyError, OSError) as error:
            raise DatabaseRefused(place=str(server), reason=str(getattr(error, "orig", None) or error)) from None
        for ending in SIDE_FILES:
            if (side := Path(f"{file}{ending}")).exists():
                await asyncio.to_thread(side.replace, f"{file}{MOVED_SUFFIX}{ending}")
    return rows


async def _copy(source: AsyncEngine, target: AsyncEngine, name: str) -> int:
    tables = [table for table in METADATA.sorted_tables if table not in _OWN]
    async with source.begin() as reading, target.begin() as writing:
        for table in tables:
            if await _count(writing, table):
                raise NothingToMove(problem=f"{name} already holds something in its table {table.name}")
        return sum([await _copy_table(reading, writing, table) for table in tables])


async def _copy_table(reading: AsyncConnection, writing: AsyncConnection, table: Table) -> int:
    copied = skipped = first = 0
    query = select(table).order_by(*table.primary_key)
    while rows := [row._asdict() for row in await reading.execute(query.limit(BATCH).offset(first))]:
        readable = [row for row in rows if is_readable(table, row)]
        if readable:
            await writing.execute(table.insert(), readable)
        copied, skipped, first = copied + len(readable), skipped + len(rows) - len(readable), first + BATCH
    if skipped:
        log.warning("skipped %d unreadable rows of %s", skipped, table.name)
    return copied


async def _count(connection: AsyncConnection, table: Table) -> int:
    return int((await connection.execute(select(func.count()).select_from(table))).scalar() or 0)


@asynccontextmanager
async def _opened(engine: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    try:
        yield engine
    finally:
        await engine.dispose()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the locks of the bots that have used a folder. Raises StateInUse if one of them runs."""
    with ExitStack() as stack:
        for file in folder.glob("*.lock"):
            try:
                stack.enter_context(FileLock(file, timeout=0))
            except Timeout:
                raise StateInUse(folder=str(folder)) from None
        yield
