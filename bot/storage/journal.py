"""Keeps unanswered requests on disk, so that a bot that was killed answers them after its next start.

Knows nothing about the queue, and sends nothing to Discord. If the disk fails, the bot still answers every request, but
forgets the unanswered ones at a restart.

    open --> acknowledge --> mark_ending --> close

What the next start does if the bot was killed (kill -9) between two of these calls:

before open                 The bot knows nothing of the request. Discord has told the person "The application did not
                            respond".
open .. acknowledge         Discord may not have received the acknowledgement. If it has, there is a message, and the
                            request is answered in it. Otherwise the row is deleted: Discord has told the person that
                            the application did not respond.
acknowledge .. mark_ending  The message shows only progress. The picture is drawn again and put into the message.
mark_ending .. close        The answer may have arrived, so the message is fetched. If it has a picture, the request was
                            answered. Otherwise the picture is drawn again. If the earlier edit arrives after all, it
                            puts the same picture into the same message, so nobody gets two. Only a new post in the
                            channel cannot simply be repeated, so the interaction's id is its nonce, by which Discord
                            recognises a repeated post for some minutes.
after close                 The request was answered, and nothing is left to do.

A stream stays between acknowledge and mark_ending, and its line is the recipe of the face that its message shows. The
next start resumes the stream if there is time left. Otherwise it draws that face again, as the stream's last one.
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
    """One unanswered request, with everything that is needed to answer it. Its fields are the columns of the table.

    The fields interaction, application, channel, person, server and message hold Discord ids.
    """

    interaction: int
    application: int
    token: str  # the interaction's token, with which the bot edits its message
    channel: int | None  # None if the bot itself may not write there
    person: int
    server: int | None  # None outside servers, e.g. in direct messages
    message: int | None  # the bot's answer, or None before it is known
    deadline: float  # when the token expires, in seconds since 1970
    max_bytes: int  # size limit of the picture
    line: str  # the recipe line
    locale: str = "en-US"  # the person's language, as Discord names it
    until: float | None = None  # when a stream ends, in seconds since 1970; None for a single picture
    ending: int = 0  # 1 once sending the answer has begun


_COLUMNS = ", ".join(field.name for field in fields(JournalEntry))
_PLACEHOLDERS = ", ".join("?" for _ in fields(JournalEntry))


class Journal:
    """The unanswered requests in one SQLite file. If ``file`` is None, nothing is kept."""

    def __init__(self, file: Path | None) -> None:
        self._database = Database(file, _TABLES, "requests")

    async def __aenter__(self) -> "Journal":
        await self._database.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._database.__aexit__(*error)

    async def open(self, entry: JournalEntry) -> None:
        """Record a request that is about to be acknowledged."""
        statement = f"INSERT OR REPLACE INTO unanswered ({_COLUMNS}) VALUES ({_PLACEHOLDERS})"  # noqa: S608 - own names
        await self._database.execute(statement, astuple(entry))

    async def acknowledge(self, interaction: int, message: int) -> None:
        """Record the message that will show the answer to an interaction."""
        await self._database.execute("UPDATE unanswered SET message = ? WHERE interaction = ?", (message, interaction))

    async def set_line(self, interaction: int, line: str) -> None:
        """Record the recipe line of the face that a stream's message shows now."""
        await self._database.execute("UPDATE unanswered SET line = ? WHERE interaction = ?", (line, interaction))

    async def mark_ending(self, interaction: int) -> None:
        """Record that the answer is about to be sent."""
        await self._database.execute("UPDATE unanswered SET ending = 1 WHERE interaction = ?", (interaction,))

    async def close(self, interaction: int) -> None:
        """Delete a request that has been answered, or never will be."""
        await self._database.execute("DELETE FROM unanswered WHERE interaction = ?", (interaction,))

    async def unanswered(self, application: int) -> list[JournalEntry]:
        """Return the requests that earlier runs have left unanswered, the oldest first.

        Only requests of ``application`` are returned, because a token is valid for one application only.
        """
        query = f"SELECT {_COLUMNS} FROM unanswered WHERE application = ? ORDER BY interaction"  # noqa: S608 - own names
        return [JournalEntry(*row) for row in await self._database.execute(query, (application,))]
