"""Opens the SQLite file that holds the bot's tables, and sets a broken one aside.

Everything that is SQLite's own is here, so that another database needs another module like this one, and no other.
"""

import asyncio
import errno
import logging
import os
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event, exc
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.storage.databases.in_thread import as_async
from bot.storage.databases.migrations import migrate, missing_columns
from bot.storage.folders import make_private_folder

log = logging.getLogger(__name__)

FILE_NAME = "waifubot.sqlite3"
SIDE_FILES = ("", "-wal", "-shm")  # SQLite's own files beside a database, by the ending of their names

_SETUP = (
    "PRAGMA journal_mode = WAL",  # somebody who reads the file does not keep the bot from writing
    "PRAGMA synchronous = NORMAL",  # commits do not wait for the disk: a power cut can lose one, kill -9 cannot
    "PRAGMA secure_delete = ON",  # deleted rows leave no bytes in the file
    "PRAGMA wal_autocheckpoint = 50",  # pages of 4 KiB: the file beside it stays small on a small disk
)


# What SQLite says on a full disk. Where a quota is used up, writing fails.
_FULL = ("SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_SHMOPEN")


class Broken(Exception):
    """Raised when a file is no database, or a damaged one, or one with other tables."""


class SqliteFile:
    """The file in ``folder`` that holds the tables. One process uses it at a time."""

    is_shared = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __str__(self) -> str:
        return str(self._folder)

    async def open(self) -> AsyncEngine:
        """Open the database, with all tables. A broken file is set aside, and a new one begun.

        Raises StateTooNew if a newer program wrote the file, and OSError or SQLAlchemyError if it cannot be used now.
        """
        file = self._folder / FILE_NAME
        try:
            return await open_sound(file)
        except Broken as broken:
            aside = await asyncio.to_thread(_set_aside, file)
            log.error("%s is broken (%s); it is kept as %s, and a new one is begun", file, broken, aside.name)
            return await open_sound(file)

    def is_full(self, error: Exception) -> bool:
        """Return whether an error of the database says that the disk is full."""
        if isinstance(error, OSError):
            return error.errno in (errno.ENOSPC, errno.EDQUOT)
        return getattr(getattr(error, "orig", None), "sqlite_errorname", "") in _FULL

    def explain(self, error: Exception) -> str | None:
        """Return None: whatever is wrong with a file may pass."""
        return None


async def open_sound(file: Path) -> AsyncEngine:
    """Open a file that is a database, or does not exist yet. Raises Broken if it is another one."""
    await asyncio.to_thread(_make_private, file)
    engine = as_async(create_engine(URL.create("sqlite", database=str(file)), pool_size=1, max_overflow=0))
    event.listen(engine.sync_engine, "connect", _set_up)
    event.listen(engine.sync_engine, "begin", _begin)
    try:
        await _check(engine)
        await migrate(engine, str(file), file.parent)
        if missing := await missing_columns(engine):
            raise Broken(f"it has no {', '.join(missing)}")
    except exc.DBAPIError as error:
        await engine.dispose()
        if type(error) is exc.DatabaseError:  # not one of its subclasses: SQLite says that the file is damaged
            raise Broken(str(error.orig)) from None
        raise
    except BaseException:
        await engine.dispose()
        raise
    return engine


async def _check(engine: AsyncEngine) -> None:
    """Raise Broken if the file is damaged."""
    async with engine.begin() as connection:
        result = (await connection.exec_driver_sql("PRAGMA quick_check(1)")).scalar()
    if result != "ok":
        raise Broken(str(result))


def _set_up(connection: Any, _: object) -> None:
    connection.isolation_level = None  # the driver itself begins no transaction; _begin does
    cursor = connection.cursor()
    for statement in _SETUP:
        cursor.execute(statement)
    cursor.close()


def _begin(connection: Connection) -> None:
    # IMMEDIATE: a transaction that reads first and then writes cannot fail because another process wrote in between.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _make_private(file: Path) -> None:
    """Create folder and file if they do not exist, for the bot's own system user only."""
    make_private_folder(file.parent)
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    file.chmod(0o600)


def _set_aside(file: Path) -> Path:
    """Rename a broken file, and return its new path."""
    aside = file.with_name(f"{file.name}.broken-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}")
    for ending in SIDE_FILES:
        if (side := file.with_name(file.name + ending)).exists():
            side.replace(aside.with_name(aside.name + ending))
    return aside
