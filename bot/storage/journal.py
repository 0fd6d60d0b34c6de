"""Keeps unanswered requests on disk. If the bot is killed, it answers them after its next start.

Knows nothing about the queue, and sends nothing to Discord. If the disk fails, the bot still answers requests, but
forgets the unanswered ones when it restarts.

    open --> acknowledge --> mark_ending --> close

If the bot is killed (kill -9) between two of these calls, this happens at its next start:

before open                 The bot does not know the request. Discord has told the person "The application did not
                            respond".
open .. acknowledge         Discord may or may not have received the acknowledgement. If it has, it has created a
                            message, and the bot puts the answer there. Otherwise the bot deletes the row, because
                            Discord has told the person that the application did not respond.
acknowledge .. mark_ending  The message only shows progress. The bot draws the picture again and puts it there.
mark_ending .. close        The answer may have arrived, so the bot fetches the message. If the message has a picture,
                            the request was answered. Otherwise the bot draws the picture again. If the earlier edit
                            arrives after all, it puts the same picture into the same message, so there are never two.
                            A new post in the channel is different: sent twice, it would appear twice. So its nonce
                            is the interaction's id: for some minutes, Discord recognises a post with the same nonce.
after close                 The request was answered. Nothing is left to do.

A stream (a message that shows one face after another) stays between acknowledge and mark_ending until it ends. Its row
holds the recipe line of the face that the message shows. At its next start, the bot resumes the stream if there is time
left. Otherwise it draws that face once more, as the stream's last.
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
    """One unanswered request, with everything needed to answer it. The fields are the columns of the table.

    The fields interaction, application, channel, person, server and message hold Discord ids.
    """

    interaction: int
    application: int
    token: str  # the interaction's token; the bot needs it to edit its message
    channel: int | None  # None if the bot may not write there without the token
    person: int
    server: int | None  # None outside servers, e.g. in direct messages
    message: int | None  # the bot's answer, or None before it is known
    deadline: float  # when the token expires, in seconds since 1970
    max_bytes: int  # size limit of the picture
    line: str  # the recipe line
    locale: str = "en-US"  # Discord's code for the person's language
    until: float | None = None  # when a stream ends, in seconds since 1970; None for a single picture
    ending: int = 0  # 1 once sending the answer has begun


_COLUMNS = ", ".join(field.name for field in fields(JournalEntry))
_PLACEHOLDERS = ", ".join("?" for _ in fields(JournalEntry))


class Journal:
    """The unanswered requests, kept in one SQLite file. If ``file`` is None, nothing is kept."""

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
        """Record the recipe line of the face that a stream now shows."""
        await self._database.execute("UPDATE unanswered SET line = ? WHERE interaction = ?", (line, interaction))

    async def mark_ending(self, interaction: int) -> None:
        """Record that the answer is about to be sent."""
        await self._database.execute("UPDATE unanswered SET ending = 1 WHERE interaction = ?", (interaction,))

    async def close(self, interaction: int) -> None:
        """Delete a request that has been answered or will never be answered."""
        await self._database.execute("DELETE FROM unanswered WHERE interaction = ?", (interaction,))

    async def unanswered(self, application: int) -> list[JournalEntry]:
        """Return the requests left unanswered when the bot last stopped, oldest first.

        Only requests to ``application`` are returned, because a token is valid for one application only.
        """
        query = f"SELECT {_COLUMNS} FROM unanswered WHERE application = ? ORDER BY interaction"  # noqa: S608 - own names
        return [JournalEntry(*row) for row in await self._database.execute(query, (application,))]
