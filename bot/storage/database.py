"""Opens, queries and closes one of the bot's SQLite files. The calling module defines the tables.

If the file cannot be used, logs that, and the bot continues without it.
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

# A disk that hangs must not delay the acknowledgement of a request, because Discord waits only 3 s for it. A statement
# that times out is still executed later, and before all later statements.
STATEMENT_TIMEOUT_S = 1.0

_SETUP = (
    "PRAGMA locking_mode = EXCLUSIVE",  # keeps out a second bot in this folder, which would answer everything again
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",  # commits do not wait for the disk: a power cut can lose one, kill -9 cannot
    "PRAGMA secure_delete = ON",  # deleted rows leave no bytes in the file
)


class Database:
    """One SQLite file with its tables.

    If ``file`` is None, nothing is kept, and every query returns no rows.
    ``tables`` are the CREATE TABLE IF NOT EXISTS statements to execute when the file is opened.
    ``content`` names what the file holds, for log lines, e.g. "requests".
    """

    def __init__(self, file: Path | None, tables: Iterable[str], content: str) -> None:
        self._file, self._setup, self._content = file, (*_SETUP, *tables), content
        self._connection: aiosqlite.Connection | None = None

    async def __aenter__(self) -> "Database":
        if self._file is not None:
            await self._connect(self._file)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.close()

    async def execute(self, statement: str, values: Iterable[Any] = ()) -> list[Any]:
        """Execute one statement and return its rows. If the file cannot be used, log that and return no rows."""
        if self._connection is None:
            return []
        try:
            async with asyncio.timeout(STATEMENT_TIMEOUT_S):
                return list(await self._connection.execute_fetchall(statement, values))
        except TimeoutError:
            log.warning("the disk that keeps %s is slow; continuing without waiting for it", self._content)
            return []
        except (sqlite3.Error, ValueError) as error:  # ValueError: the connection has been closed in the meantime
            log.warning("%s cannot be written or read: %s", self._content, error)
            return []

    async def _connect(self, file: Path) -> None:
        try:
            await asyncio.to_thread(_make_private, file)
            connection = await aiosqlite.connect(file, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            log.error("%s cannot be opened; %s will not survive a restart: %s", file, self._content, error)
            return
        try:
            for statement in self._setup:
                await connection.execute(statement)
        except sqlite3.Error as error:
            log.error(
                "%s cannot be used (is another bot running there?); %s will not survive a restart: %s",
                *(file, self._content, error),
            )
            await connection.close()
            return
        self._connection = connection


def _make_private(file: Path) -> None:
    """Create the file if it does not exist, and let only the bot's own system user read and write it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    file.chmod(0o600)
