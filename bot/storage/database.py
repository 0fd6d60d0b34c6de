"""One SQLite file of the bot's own: opened, asked, closed. Where it cannot be used the log says so, and the bot goes on without it.

Knows nothing of what is in it.
"""

import asyncio
import logging
import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import aiosqlite

log = logging.getLogger(__name__)

PATIENCE_S = (
    1.0  # for a disk that hangs: Discord waits 3 s for a sign of life. What was asked of it is still done, in order.
)

_SETUP = (
    "PRAGMA locking_mode = EXCLUSIVE",  # a second bot on the same folder would answer everything twice
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",  # a killed process loses nothing; only a power cut may, and costs no waiting for the disk
    "PRAGMA secure_delete = ON",  # what is deleted leaves nothing behind
)


class Database:
    """The tables in one file, while it is open; with None as the file there are none. kept: what it keeps, in the log's words."""

    def __init__(self, file: Path | None, tables: Iterable[str], kept: str) -> None:
        self._file, self._statements, self._kept = file, (*_SETUP, *tables), kept
        self._rows: aiosqlite.Connection | None = None

    async def __aenter__(self) -> "Database":
        if self._file is not None:
            await self._connect(self._file)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._rows is not None:
            rows, self._rows = self._rows, None
            await rows.close()

    async def execute(self, statement: str, values: Iterable[Any] = ()) -> list[Any]:
        """Run one statement and return its rows; none where the file cannot be used."""
        if self._rows is None:
            return []
        try:
            async with asyncio.timeout(PATIENCE_S):
                return list(await self._rows.execute_fetchall(statement, values))
        except TimeoutError:
            log.warning("the disk that keeps %s is slow; going on without waiting for it", self._kept)
            return []
        except (sqlite3.Error, ValueError) as error:  # ValueError: it was closed meanwhile
            log.warning("%s cannot be written or read: %s", self._kept, error)
            return []

    async def _connect(self, file: Path) -> None:
        try:
            _private(file)
            rows = await aiosqlite.connect(file, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            log.error("%s cannot be opened; %s will not survive a restart: %s", file, self._kept, error)
            return
        try:
            for statement in self._statements:
                await rows.execute(statement)
        except sqlite3.Error as error:
            log.error(
                "%s cannot be used (is another bot running there?); %s will not survive a restart: %s",
                file,
                self._kept,
                error,
            )
            await rows.close()
            return
        self._rows = rows


def _private(file: Path) -> None:
    """Make sure that only the bot's own user can read it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    file.chmod(0o600)
