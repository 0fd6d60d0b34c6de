"""Keeps unanswered requests on disk, so that a bot that was killed answers them after its next start.

Does not know Discord or the queue. A journal that cannot be written loses its memory at a restart, never a picture.

    open --> acknowledge --> mark_ending --> close

What the next start does about a kill -9 in each window:

before open                 It knows nothing. Discord has already told the person "The application did not respond".
open .. acknowledge         Discord may not know of the request, and then there is no message to edit. If there is one
                            after all, it is answered; otherwise the row is dropped: the person was told as above.
acknowledge .. mark_ending  The message shows only progress: the picture is drawn again and put into that message.
mark_ending .. close        The answer may have arrived, so the message is fetched. With a picture in it, it was
                            answered; otherwise the picture is drawn again. An edit still on its way at that moment puts
                            the same picture into the same message, so nobody gets two. Only a post into the channel
                            cannot be repeated safely: its nonce is the interaction's id, by which Discord recognises a
                            repeat for some minutes.
after close                 The request was answered.

A stream stays between acknowledge and mark_ending, and its line is the face that its message shows: the next start
resumes it if there is time left, and otherwise draws that face again as the one that stays.
"""

from dataclasses import astuple, dataclass, fields
from pathlib import Path

from bot.storage.database import Database

_TABLES = (
    """CREATE TABLE IF NOT EXISTS unanswered (
        interaction INTEGER PRIMARY KEY, application INTEGER NOT NULL, token TEXT NOT NULL, channel INTEGER,
        person INTEGER NOT NULL, server INTEGER, message INTEGER, deadline REAL NOT NULL, max_bytes INTEGER NOT NULL,
        line TEXT NOT NULL, locale TEXT NOT NULL, until REAL, ending INTEGER NOT NULL DEFAULT 0
    )""",
)


@dataclass(frozen=True)
class JournalEntry:
    """Everything that an answer needs, and nothing else.

    channel: where the bot itself may write, else None. message: the bot's own, None before it is known.
    deadline: when the token expires, in seconds since 1970. locale: the person's language, as Discord names it.
    until: when a stream ends, in seconds since 1970; None for a single picture.
    ending: 1 once sending the answer has begun, else 0.
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


_COLUMNS = ", ".join(field.name for field in fields(JournalEntry))
_PLACEHOLDERS = ", ".join("?" for _ in fields(JournalEntry))


class Journal:
    """The unanswered requests in one file, while it is open; keeps nothing if file is None."""

    def __init__(self, file: Path | None) -> None:
        self._database = Database(file, _TABLES, "requests")

    async def __aenter__(self) -> "Journal":
        await self._database.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._database.__aexit__(*error)

    async def open(self, entry: JournalEntry) -> None:
        """Write down a request that is about to be acknowledged."""
        statement = f"INSERT OR REPLACE INTO unanswered ({_COLUMNS}) VALUES ({_PLACEHOLDERS})"  # noqa: S608 - own names
        await self._database.execute(statement, astuple(entry))

    async def acknowledge(self, interaction: int, message: int) -> None:
        """Write down the message that will show the answer."""
        await self._database.execute("UPDATE unanswered SET message = ? WHERE interaction = ?", (message, interaction))

    async def set_line(self, interaction: int, line: str) -> None:
        """Write down which face a stream's message shows now."""
        await self._database.execute("UPDATE unanswered SET line = ? WHERE interaction = ?", (line, interaction))

    async def mark_ending(self, interaction: int) -> None:
        """Write down that the answer is about to be sent."""
        await self._database.execute("UPDATE unanswered SET ending = 1 WHERE interaction = ?", (interaction,))

    async def close(self, interaction: int) -> None:
        """Delete a request that has been answered, or never will be."""
        await self._database.execute("DELETE FROM unanswered WHERE interaction = ?", (interaction,))

    async def unanswered(self, application: int) -> list[JournalEntry]:
        """Return what earlier runs have left unanswered, the oldest first.

        Only that application's requests: another one cannot use their tokens.
        """
        query = f"SELECT {_COLUMNS} FROM unanswered WHERE application = ? ORDER BY interaction"  # noqa: S608 - own names
        return [JournalEntry(*row) for row in await self._database.execute(query, (application,))]
