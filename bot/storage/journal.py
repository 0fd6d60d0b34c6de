"""Keeps unanswered requests on disk. If the bot is killed, it answers them after its next start.

Knows nothing about the queue, and sends nothing to Discord. While the disk fails, the bot still answers requests, but
a restart would forget the unanswered ones.

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
                            An answer in place replaces a picture, so there the message's line is compared with the
                            row's, which is then the line of the picture that was sent.
after close                 The request was answered. Nothing is left to do.

Two writes come a moment later, so that a request needs few: the message of an acknowledgement is written together with
mark_ending, and rows of answers that arrived are deleted together, each after LATER_S at most. A bot that is killed
within that moment finds a row as it was one step before, which means the same to its next start: the message is looked
up by the interaction's token, and shows whether the answer arrived.

A bot that ends in order to be started again (SIGTERM) leaves the rows of what it could not answer, as if it had been
killed, and says so in the messages. Rows are deleted a day after their token expired.

Each row names the process that will answer it. Where several processes share the database, the rows of one that is dead
belong to whoever claims them first, in one transaction, so each is answered once. What a person cancels in one process
is marked in the rows of the others, since one that is dead hears of nothing, and whoever claims its rows must know.

A stream (a message that shows one face after another) stays between acknowledge and mark_ending until it ends. Its row
holds the recipe line of the face that the message shows. At its next start, the bot resumes the stream if there is time
left. Otherwise it draws that face once more, as the stream's last.
"""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.database import READ_TIMEOUT_S, Database, Statement
from bot.storage.processes import Processes
from bot.storage.tables import PROCESSES, UNANSWERED, is_readable

log = logging.getLogger(__name__)

LATER_S = 1.0  # how long a write may wait for others

# The statements of every request, made once: to make one takes as long as to execute it.
_INSERT = UNANSWERED.insert()
_DELETE = UNANSWERED.delete().where(UNANSWERED.c.interaction.in_(bindparam("gone", expanding=True)))
_SET_MESSAGE = (
    UNANSWERED.update().where(UNANSWERED.c.interaction == bindparam("request")).values(message=bindparam("answer"))
)
_MARK_ENDING = (
    UNANSWERED.update()
    .where(UNANSWERED.c.interaction == bindparam("request"))
    .values(ending=1, line=bindparam("shown"))
)
_MARK_ENDING_WITH_MESSAGE = _MARK_ENDING.values(message=bindparam("answer"))
MAX_CLAIMED = 100  # requests that a process takes over in a second


@dataclass(frozen=True)
class JournalEntry:
    """One unanswered request, with everything needed to answer it. The fields are columns of the table.

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
    private: int = 0  # 1 if only the person who asked may see the answer
    in_place: int = 0  # 1 if the answer replaces the picture of the message whose button was clicked
    story: int = 0  # 1 if the face's card is told beside the picture
    withdrawn: int = 0  # 1 if the person cancelled it, or stopped the stream, in another process than its own


class Journal:
    """The unanswered requests, in the bot's database. ``flush`` writes what waits, before the bot ends."""

    def __init__(self, database: Database, processes: Processes | None = None) -> None:
        self._database, self.processes = database, processes or Processes()
        self._messages: dict[int, int] = {}  # interaction -> its message, which is not written yet
        self._ending: set[int] = set()  # interactions whose answer is being sent
        self._answered: list[int] = []  # those whose answer arrived, and whose rows are not deleted yet
        self._later: asyncio.TimerHandle | None = None  # will write
        self._flushing: asyncio.Task[None] | None = None

    @property
    def database(self) -> Database:
        """Where the requests are kept."""
        return self._database

    @property
    def keeps(self) -> bool:
        """Whether requests survive a restart just now."""
        return self._database.is_open

    async def open(self, entry: JournalEntry, *, asked: bool = False) -> None:
        """Record a request that is about to be acknowledged. ``asked`` counts it as a picture, also elsewhere."""
        gone, self._answered = [entry.interaction, *self._answered], []
        row = {**asdict(entry), "process": self.processes.id}
        await self._database.write(
            (_DELETE, {"gone": gone}), (_INSERT, row), *(self.processes.notice("asked", entry.person) if asked else ())
        )

    def acknowledge(self, interaction: int, message: int) -> None:
        """Record, soon, the message that will show the answer to an interaction."""
        self._messages[interaction] = message
        self._write_later()

    async def set_line(self, interaction: int, line: str) -> None:
        """Record the recipe line of the face that a stream now shows."""
        await self._update(interaction, line=line)

    async def mark_ending(self, interaction: int, line: str) -> None:
        """Record that the answer is about to be sent, and the recipe line that it shows."""
        message = self._messages.pop(interaction, None)
        self._ending.add(interaction)
        values = {"request": interaction, "shown": line}
        known = (_MARK_ENDING_WITH_MESSAGE, {**values, "answer": message})
        await self._database.write((_MARK_ENDING, values) if message is None else known)

    async def close(self, interaction: int) -> None:
        """Delete a request that will never be answered, or, soon, one whose answer arrived."""
        self._messages.pop(interaction, None)
        if interaction in self._ending:
            self._ending.discard(interaction)
            self._answered.append(interaction)
            self._write_later()
        else:
            await self._database.write((_DELETE, {"gone": [interaction]}))

    def _write_later(self) -> None:
        if self._later is None:
            self._later = asyncio.get_running_loop().call_later(LATER_S, self._start_to_flush)

    def _start_to_flush(self) -> None:
        self._flushing = asyncio.create_task(self.flush(), name="journal")

    async def flush(self) -> None:
        """Write at once what waits."""
        if self._later is not None:
            self._later.cancel()
            self._later = None
        statements: list[Statement] = [
            (_SET_MESSAGE, {"request": interaction, "answer": message})
            for interaction, message in self._messages.items()
        ]
        if self._answered:
            statements.append((_DELETE, {"gone": self._answered}))
        self._messages, self._answered = {}, []
        if statements:
            await self._database.write(*statements)

    async def expire(self, before: float) -> None:
        """Delete the requests, of all applications, whose token expired before a time in seconds since 1970."""
        await self._database.write(UNANSWERED.delete().where(UNANSWERED.c.deadline < before))

    async def unanswered(self, application: int) -> list[JournalEntry]:
        """Return the requests left unanswered when the bot last stopped, oldest first.

        Only requests to ``application`` are returned, because a token is valid for one application only. Rows that
        cannot be read are skipped.
        """
        await self.flush()
        query = select(UNANSWERED).where(UNANSWERED.c.application == application).order_by(UNANSWERED.c.interaction)
        return _read(await self._database.read(query))

    async def owned(self) -> set[int] | None:
        """Return the interactions that this process will answer, or None if the database cannot be used now."""
        query = select(UNANSWERED.c.interaction).where(UNANSWERED.c.process == self.processes.id)
        rows = await self._database.read(query)
        return {row.interaction for row in rows} if self.keeps else None

    async def claim(self, application: int, *, at_start: bool) -> list[JournalEntry]:
        """Take over the requests of processes that are gone, and return them, oldest first. Nobody else gets them.

        ``at_start`` includes those that this process left itself; later there are at most MAX_CLAIMED, so that living
        processes share what a dead one left. Raises StateAway if the database cannot be used now.
        """
        columns = UNANSWERED.c
        gone = columns.process.not_in(select(PROCESSES.c.process))
        mine = columns.process == self.processes.id
        left = (columns.application == application) & (gone | mine if at_start else gone & ~mine)

        async def work(connection: AsyncConnection) -> list[JournalEntry]:
            query = select(UNANSWERED).where(left).order_by(columns.interaction)
            rows = list(await connection.execute(query if at_start else query.limit(MAX_CLAIMED)))
            claimed = left if at_start else columns.interaction.in_([row.interaction for row in rows])
            if rows:
                await connection.execute(UNANSWERED.update().where(claimed).values(process=self.processes.id))
            return _read(rows)

        return await self._database.change(work, READ_TIMEOUT_S)

    async def _update(self, interaction: int, **values: object) -> None:
        await self._database.write(UNANSWERED.update().where(UNANSWERED.c.interaction == interaction).values(**values))


def _read(rows: Iterable[Row[Any]]) -> list[JournalEntry]:
    found = [row._asdict() for row in rows]
    readable = [row for row in found if is_readable(UNANSWERED, row)]
    if len(readable) < len(found):
        log.warning("skipped %d unreadable rows of unanswered requests", len(found) - len(readable))
    return [JournalEntry(**{name: value for name, value in row.items() if name != "process"}) for row in readable]
