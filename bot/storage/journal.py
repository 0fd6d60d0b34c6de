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

A stream is open and acknowledged all its time, and its line is the face that its message shows: after the next start it goes on if
there is time left, else that face is made again as what stays.
"""

from dataclasses import astuple, dataclass, fields
from pathlib import Path

from bot.storage.database import Database

_TABLES = (
    "DROP TABLE IF EXISTS requests",  # an older form, of a bot that answers nobody any more
    """CREATE TABLE IF NOT EXISTS unanswered (
        interaction INTEGER PRIMARY KEY, application INTEGER NOT NULL, token TEXT NOT NULL, channel INTEGER,
        person INTEGER NOT NULL, server INTEGER, message INTEGER, deadline REAL NOT NULL, max_bytes INTEGER NOT NULL,
        line TEXT NOT NULL, locale TEXT NOT NULL, until REAL, ending INTEGER NOT NULL DEFAULT 0
    )""",
)


@dataclass(frozen=True)
class Entry:
    """All that an answer needs, and nothing else.

    channel: where the bot itself may write, None elsewhere. message: the bot's own, None before it is known.
    deadline: when the token dies, in seconds since 1970. locale: the person's language, as Discord names it.
    until: when a stream ends, in seconds since 1970; None for a single picture. ending: 1 where an answer was on its way, else 0.
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
    locale: str = "en-US"
    until: float | None = None
    ending: int = 0


_COLUMNS = ", ".join(field.name for field in fields(Entry))
_BLANKS = ", ".join("?" for _ in fields(Entry))


class Journal:
    """The requests in one file, while it is open; with None as the file nothing is kept."""

    def __init__(self, file: Path | None) -> None:
        self._database = Database(file, _TABLES, "requests")

    async def __aenter__(self) -> "Journal":
        await self._database.__aenter__()
        return self

    async def __aexit__(self, *ending: object) -> None:
        await self._database.__aexit__(*ending)

    async def open(self, entry: Entry) -> None:
        """Note a request that is about to be acknowledged."""
        await self._database.execute(
            f"INSERT OR REPLACE INTO unanswered ({_COLUMNS}) VALUES ({_BLANKS})", astuple(entry)
        )  # noqa: S608

    async def acknowledged(self, interaction: int, message: int) -> None:
        """Note the message that shows it."""
        await self._database.execute("UPDATE unanswered SET message = ? WHERE interaction = ?", (message, interaction))

    async def shows(self, interaction: int, line: str) -> None:
        """Note what a stream's message shows now."""
        await self._database.execute("UPDATE unanswered SET line = ? WHERE interaction = ?", (line, interaction))

    async def ending(self, interaction: int) -> None:
        """Note that its answer is about to be sent."""
        await self._database.execute("UPDATE unanswered SET ending = 1 WHERE interaction = ?", (interaction,))

    async def close(self, interaction: int) -> None:
        """Forget a request: it is answered, or never will be."""
        await self._database.execute("DELETE FROM unanswered WHERE interaction = ?", (interaction,))

    async def unanswered(self, application: int) -> list[Entry]:
        """Return what an earlier run has left, the oldest first; only that application's, for tokens are good for no other."""
        ask = f"SELECT {_COLUMNS} FROM unanswered WHERE application = ? ORDER BY interaction"  # noqa: S608 - names of ours
        return [Entry(*row) for row in await self._database.execute(ask, (application,))]
