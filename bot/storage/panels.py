"""Keeps what the panels of the maker show, for a day, so that a click goes on from it, also after a restart.

Does not know what a panel is: its state is a text. Panels in use are also in memory, where no click waits for the disk.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select

from bot.storage.database import Database
from bot.storage.tables import PANELS, is_readable

KEPT_S = 24 * 3600.0  # how long after its last click a panel is kept
MAX_PER_PERSON = 20  # panels; of more, those go that were not clicked for longest
MAX_RECENT = 256  # panels in memory
READ_S = 1.0  # how long a click waits for a slow disk; Discord waits only 3 s for the answer


@dataclass(frozen=True)
class _Row:
    person: int
    state: str
    used: float


class Panels:
    """The states of panels by their messages. Without a usable database, those in memory last until the bot stops."""

    def __init__(self, database: Database | None = None, clock: Callable[[], float] = time.time) -> None:
        self._database, self._clock = database or Database(None), clock
        self._recent: OrderedDict[int, _Row] = OrderedDict()  # message -> its row; the latest last

    def recall(self, message: int) -> str | None:
        """Return the state of a panel that was kept or got lately, or None if it is not in memory."""
        row = self._recent.get(message)
        return row.state if row is not None and self._is_kept(row) else None

    async def get(self, message: int) -> str | None:
        """Return the state of the panel in a message, or None if there is none, or none any more."""
        if message not in self._recent and (row := await self._read(PANELS.c.message == message)) is not None:
            self._remember(message, row)
        return self.recall(message)

    async def last(self, person: int) -> str | None:
        """Return the state of the panel that a person clicked last, or None if there was none within a day."""
        rows = [row for row in self._recent.values() if row.person == person]
        if (row := await self._read(PANELS.c.person == person)) is not None:
            rows.append(row)
        latest = max(rows, key=lambda row: row.used, default=None)
        return latest.state if latest is not None and self._is_kept(latest) else None

    async def keep(self, message: int, person: int, state: str) -> None:
        """Keep the state of a panel. What was kept for too long, or is too much for one person, is forgotten."""
        row = _Row(person, state, self._clock())
        is_new = message not in self._recent
        self._remember(message, row)
        await self._database.write(
            PANELS.delete().where(PANELS.c.message == message),
            PANELS.insert().values(message=message, person=person, state=state, used=row.used),
        )
        if is_new:
            await self._forget_old(person)

    async def forget(self, person: int) -> None:
        """Forget all panels of a person."""
        for message in [message for message, row in self._recent.items() if row.person == person]:
            del self._recent[message]
        await self._database.write(PANELS.delete().where(PANELS.c.person == person))

    def _remember(self, message: int, row: _Row) -> None:
        self._recent[message] = row
        self._recent.move_to_end(message)
        while len(self._recent) > MAX_RECENT:
            self._recent.popitem(last=False)

    async def _forget_old(self, person: int) -> None:
        latest = select(PANELS.c.message).where(PANELS.c.person == person).order_by(PANELS.c.used.desc())
        await self._database.write(
            PANELS.delete().where(PANELS.c.used < self._clock() - KEPT_S),
            PANELS.delete().where(
                PANELS.c.person == person, PANELS.c.message.not_in(latest.limit(MAX_PER_PERSON).scalar_subquery())
            ),
        )

    async def _read(self, which: object) -> _Row | None:
        """Return the latest row of those that a condition selects."""
        query = select(PANELS).where(which).order_by(PANELS.c.used.desc()).limit(1)  # type: ignore[arg-type]
        try:
            async with asyncio.timeout(READ_S):
                rows = [row._asdict() for row in await self._database.read(query)]
        except TimeoutError:
            return None
        return next((_Row(r["person"], r["state"], r["used"]) for r in rows if is_readable(PANELS, r)), None)

    def _is_kept(self, row: _Row) -> bool:
        return row.used >= self._clock() - KEPT_S
