"""Keeps, for a day, the recipe line that a message showed before a click replaced its picture.

A line is found by the click that replaced it, so that a step back is exact whatever has happened to the message since.
Lines of recent clicks are also in memory, where no click waits for the disk. Does not know what is in a line.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

from sqlalchemy import select

from bot.storage.database import Database
from bot.storage.tables import EARLIER_LINES, is_readable

KEPT_S = 24 * 3600.0
MAX_RECENT = 256  # lines in memory


class EarlierLines:
    """The lines that clicks have replaced. Without a usable database, those in memory last until the bot stops."""

    def __init__(self, database: Database | None = None, clock: Callable[[], float] = time.time) -> None:
        self._database, self._clock = database or Database(None), clock
        self._recent: OrderedDict[int, tuple[str, float]] = OrderedDict()  # interaction -> line and time, oldest first

    async def keep(self, interaction: int, person: int, line: str) -> None:
        """Keep the line that a person's click replaces, and forget those of more than a day ago."""
        made = self._clock()
        self._recent[interaction] = line, made
        while len(self._recent) > MAX_RECENT:
            self._recent.popitem(last=False)
        await self._database.write(
            EARLIER_LINES.delete().where(EARLIER_LINES.c.made < made - KEPT_S),
            EARLIER_LINES.delete().where(EARLIER_LINES.c.interaction == interaction),
            EARLIER_LINES.insert().values(interaction=interaction, person=person, line=line, made=made),
        )

    async def get(self, interaction: int) -> str | None:
        """Return the line that a click has replaced, or None if it is not known any more."""
        line, made = self._recent.get(interaction) or await self._read(interaction)
        return line if made >= self._clock() - KEPT_S else None

    async def forget(self, person: int) -> None:
        """Forget what is in memory, after the lines of a person were deleted. Those of others are read again."""
        self._recent.clear()

    async def _read(self, interaction: int) -> tuple[str | None, float]:
        query = select(EARLIER_LINES).where(EARLIER_LINES.c.interaction == interaction)
        rows = [row._asdict() for row in await self._database.read(query)]
        return next(((r["line"], r["made"]) for r in rows if is_readable(EARLIER_LINES, r)), (None, 0.0))
