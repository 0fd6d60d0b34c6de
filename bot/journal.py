"""Requests that are not answered yet, on disk, so that a bot that was killed answers them after its next start.

Knows no Discord and no line. A journal that cannot be written costs a restart's memory, never a picture.

    open --> acknowledged --> ending --> close

What a kill -9 means in each window, for the start after it:

before open               nothing is known here. Discord itself has told the person: "The application did not respond".
open .. acknowledged      Discord may not have heard of us: there is no message to answer in. If there is one after all it is
                          answered, else the row is dropped, for the person was told as above.
acknowledged .. ending    nothing was said yet but how things stand: made again, and answered in its own message.
ending .. close           the answer may have arrived. The message is looked at: with a picture in it, it was answered. If not,
                          it is made again. An edit that was still on its way at that look puts the same picture into the same
                          message, so that even then nobody gets two. Only a post into the channel cannot be repeated without
                          harm: it carries the interaction's id as its nonce, by which Discord knows it again for some minutes.
after close               answered.
"""

import asyncio
import logging
import os
import sqlite3
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

import aiosqlite

log = logging.getLogger(__name__)

PATIENCE_S = 1.0  # for a disk that hangs: Discord waits 3 s for a sign of life. What was asked of it is still done, in order.

_CREATE = """CREATE TABLE IF NOT EXISTS requests (
    interaction INTEGER PRIMARY KEY, application INTEGER NOT NULL, token TEXT NOT NULL, channel INTEGER, person INTEGER NOT NULL,
    server INTEGER, message INTEGER, deadline REAL NOT NULL, max_bytes INTEGER NOT NULL, line TEXT NOT NULL,
    ending INTEGER NOT NULL DEFAULT 0
)"""
_SETUP = (
    "PRAGMA locking_mode = EXCLUSIVE",  # a second bot on the same folder would answer everything twice
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",  # a killed process loses nothing; only a power cut may, and costs no waiting for the disk
    "PRAGMA secure_delete = ON",  # what is answered leaves no token behind
    _CREATE,
)


@dataclass(frozen=True)
class Entry:
    """All that an answer needs, and nothing else.

    channel: where the bot itself may write, None elsewhere. message: the bot's own, None before it is known.
    deadline: when the token dies, in seconds since 1970. ending: 1 where an answer was on its way, else 0.
    """

    interaction: int
    application: int
    token: str
    channel: int | None
    person: int
    server: int | None
    message: int | None
    deadline: float
    max_bytes: int
    line: str
    ending: int = 0


_COLUMNS = ", ".join(field.name for field in fields(Entry))
_BLANKS = ", ".join("?" for _ in fields(Entry))


class Journal:
    """The requests in one file, while it is open; with None as the file nothing is kept."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._rows: aiosqlite.Connection | None = None

    async def __aenter__(self) -> "Journal":
        if self._file is not None:
            await self._connect(self._file)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._rows is not None:
            rows, self._rows = self._rows, None
            await rows.close()

    async def open(self, entry: Entry) -> None:
        """Note a request that is about to be acknowledged."""
        await self._do(f"INSERT OR REPLACE INTO requests ({_COLUMNS}) VALUES ({_BLANKS})", astuple(entry))  # noqa: S608

    async def acknowledged(self, interaction: int, message: int) -> None:
        """Note the message that shows it."""
        await self._do("UPDATE requests SET message = ? WHERE interaction = ?", (message, interaction))

    async def ending(self, interaction: int) -> None:
        """Note that its answer is about to be sent."""
        await self._do("UPDATE requests SET ending = 1 WHERE interaction = ?", (interaction,))

    async def close(self, interaction: int) -> None:
        """Forget a request: it is answered, or never will be."""
        await self._do("DELETE FROM requests WHERE interaction = ?", (interaction,))

    async def unanswered(self, application: int) -> list[Entry]:
        """Return what an earlier run has left, the oldest first; only that application's, for tokens are good for no other."""
        ask = f"SELECT {_COLUMNS} FROM requests WHERE application = ? ORDER BY interaction"  # noqa: S608 - names of ours
        return [Entry(*row) for row in await self._do(ask, (application,))]

    async def _connect(self, file: Path) -> None:
        try:
            _private(file)
            rows = await aiosqlite.connect(file, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            log.error("%s cannot be opened; requests will not survive a restart: %s", file, error)
            return
        try:
            for statement in _SETUP:
                await rows.execute(statement)
        except sqlite3.Error as error:
            log.error("%s cannot be used (is another bot running there?); requests will not survive a restart: %s", file, error)
            await rows.close()
            return
        self._rows = rows

    async def _do(self, statement: str, values: Iterable[Any]) -> list[Any]:
        if self._rows is None:
            return []
        try:
            async with asyncio.timeout(PATIENCE_S):
                return list(await self._rows.execute_fetchall(statement, values))
        except TimeoutError:
            log.warning("the journal is slow; going on without waiting for it")
            return []
        except (sqlite3.Error, ValueError) as error:  # ValueError: it was closed meanwhile
            log.warning("the journal cannot be written or read: %s", error)
            return []


def _private(file: Path) -> None:
    """Make sure that only the bot's own user can read it: it holds tokens."""
    file.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    file.chmod(0o600)
