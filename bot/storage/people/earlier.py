"""Keeps, for a day, the caption that a message had before a click replaced its picture.

A caption is found by the click that replaced it, so that a step back is exact whatever has happened to the message
since. Those of recent clicks are also in memory, where no click waits for the disk. Does not know what is in a caption.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

from sqlalchemy import select

from bot.storage.database import Database
from bot.storage.tables import EARLIER_CAPTIONS, is_readable

KEPT_S = 24 * 3600.0
MAX_RECENT = 256  # captions in memory


class EarlierCaptions:
    """The captions that clicks have replaced. Without a usable database, those in memory last until the bot stops."""

    def __init__(self, database: Database | None = None, clock: Callable[[], float] = time.time) -> None:
        self._database, self._clock = database or Database(None), clock
        self._recent: OrderedDict[int, tuple[str, float]] = OrderedDict()  # interaction -> caption and time

    async def keep(self, interaction: int, person: int, caption: str) -> None:
        """Keep the caption that a person's click replaces, and forget those of more than a day ago."""
        made = self._clock()
        self._recent[interaction] = caption, made
        while len(self._recent) > MAX_RECENT:
            self._recent.popitem(last=False)
        await self._database.write(
            EARLIER_CAPTIONS.delete().where(EARLIER_CAPTIONS.c.made < made - KEPT_S),
            EARLIER_CAPTIONS.delete().where(EARLIER_CAPTIONS.c.interaction == interaction),
            EARLIER_CAPTIONS.insert().values(interaction=interaction, person=person, caption=caption, made=made),
        )

    async def get(self, interaction: int) -> str | None:
        """Return the caption that a click has replaced, or None if it is not known any more."""
        caption, made = self._recent.get(interaction) or await self._read(interaction)
        return caption if made >= self._clock() - KEPT_S else None

    async def forget(self, person: int) -> None:
        """Forget what is in memory, after the captions of a person were deleted. Those of others are read again."""
        self._recent.clear()

    async def _read(self, interaction: int) -> tuple[str | None, float]:
        query = select(EARLIER_CAPTIONS).where(EARLIER_CAPTIONS.c.interaction == interaction)
        rows = [row._asdict() for row in await self._database.read(query)]
        return next(((r["caption"], r["made"]) for r in rows if is_readable(EARLIER_CAPTIONS, r)), (None, 0.0))
