"""Takes over what earlier versions kept in two files, journal.sqlite3 and choices.sqlite3, beside today's database.

Knows the old tables, and when to leave an old file alone. The old files are kept under another name.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import URL, Table, column, create_engine, exc, select, table
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.pool import NullPool

from bot.storage.databases.in_thread import as_async
from bot.storage.tables import PREFERENCES, UNANSWERED, is_readable

log = logging.getLogger(__name__)

TAKEN_OVER_SUFFIX = ".taken-over"


@dataclass(frozen=True)
class _OldTable:
    file: str
    name: str
    target: Table
    columns: Mapping[str, str]  # the column today -> the old column
    fixed: Mapping[str, str] = field(default_factory=dict)  # a column that the old table lacked -> its value


_JOURNAL_COLUMNS = (
    *("interaction", "application", "token", "channel", "person", "server", "message", "deadline", "max_bytes"),
    *("line", "locale", "until", "ending"),
)
_OLD_TABLES = (
    _OldTable("journal.sqlite3", "unanswered", UNANSWERED, {name: name for name in _JOURNAL_COLUMNS}),
    _OldTable(
        "choices.sqlite3", "choices", PREFERENCES, {"scope": "whose", "id": "id", "value": "model"}, {"name": "model"}
    ),
)


async def copy_old_files(connection: AsyncConnection, folder: Path) -> None:
    """Copy the rows of the old files in ``folder``. An old file that is damaged is left alone, with a log line.

    Raises OperationalError while an earlier version of the bot still holds an old file.
    """
    for old in _OLD_TABLES:
        if not await asyncio.to_thread((folder / old.file).exists):
            continue
        try:
            rows = await _read(folder / old.file, old)
        except exc.DBAPIError as error:
            if _is_locked(error):
                raise
            log.error("%s cannot be read, and is left as it is: %s", folder / old.file, error.orig)
            continue
        if rows:
            await connection.execute(old.target.insert(), rows)
        log.info("took over %d rows of %s", len(rows), folder / old.file)


def rename_old_files(folder: Path) -> None:
    """Rename the old files, after their rows have been copied for good."""
    for old in _OLD_TABLES:
        for suffix in ("", "-wal"):
            path = folder / (old.file + suffix)
            if path.exists():
                path.replace(folder / (old.file + TAKEN_OVER_SUFFIX + suffix))


async def _read(file: Path, old: _OldTable) -> list[dict[str, object]]:
    source = table(old.name, *map(column, old.columns.values()))
    query = select(*(source.c[name].label(today) for today, name in old.columns.items()))
    engine = as_async(create_engine(URL.create("sqlite", database=str(file)), poolclass=NullPool))
    try:
        async with engine.begin() as connection:
            rows = [{**row, **old.fixed} for row in (await connection.execute(query)).mappings()]
    finally:
        await engine.dispose()
    readable = [row for row in rows if is_readable(old.target, row)]
    if len(readable) < len(rows):
        log.warning("skipped %d unreadable rows of %s", len(rows) - len(readable), file)
    return readable


def _is_locked(error: exc.DBAPIError) -> bool:
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
