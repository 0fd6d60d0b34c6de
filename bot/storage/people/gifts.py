"""Keeps the gifts under way: a face that its owner offers to somebody, who has some days to accept it.

Until then the face stays with its owner. Knows nothing about Discord, nor about what is in a line.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import GiftGone, NotYourGift, TheirCollectionFull
from bot.storage.database import Database
from bot.storage.people.collections import MAX_FACES, KeptFace, read_faces, require_face, require_room
from bot.storage.tables import GIFTS, KEPT

VALID_S = 7 * 24 * 3600.0  # how long a gift can be accepted
MAX_OFFERED = 25  # gifts of one person that are under way; an older one is taken back for one more


@dataclass(frozen=True)
class Gift:
    """A face that somebody offers to somebody else."""

    id: int
    giver: int
    recipient: int
    face: KeptFace
    until: float  # in seconds since 1970


class Gifts:
    """The gifts of all people. Every method raises StateAway if the database cannot be used now."""

    def __init__(
        self, database: Database | None = None, limit: int = MAX_FACES, clock: Callable[[], float] = time.time
    ) -> None:
        """``limit`` is the largest number of faces in a collection."""
        self._database, self._limit, self._clock = database or Database(None), limit, clock

    async def offer(self, giver: int, face: int, recipient: int) -> Gift:
        """Offer a face of the giver's collection. An earlier offer of the same face is taken back.

        Raises NotKept if it is not there, and TheirCollectionFull if the recipient has no room for it.
        """

        async def work(connection: AsyncConnection) -> Gift:
            offered = await require_face(connection, giver, face)
            if len(await read_faces(connection, recipient)) >= self._limit:
                raise TheirCollectionFull()
            await connection.execute(GIFTS.delete().where((GIFTS.c.face == face) | (GIFTS.c.until <= self._clock())))
            await _take_back_oldest(connection, giver)
            gift = Gift(secrets.randbits(62), giver, recipient, offered, self._clock() + VALID_S)
            row = {"id": gift.id, "giver": giver, "recipient": recipient, "face": face, "until": gift.until}
            await connection.execute(GIFTS.insert().values(**row))
            return gift

        return await self._database.change(work)

    async def accept(self, recipient: int, gift: int) -> Gift:
        """Move the face of a gift into the recipient's collection, with its name.

        Raises GiftGone if it was accepted, taken back or is too old, NotYourGift if it is for somebody else, and
        AlreadyKept or CollectionFull; then it can still be accepted later.
        """

        async def work(connection: AsyncConnection) -> Gift:
            accepted = await self._require(connection, recipient, gift)
            await require_room(connection, recipient, accepted.face.line, self._limit)
            moved = KEPT.update().where(KEPT.c.id == accepted.face.id)
            await connection.execute(moved.values(person=recipient, kept=self._clock()))
            await connection.execute(GIFTS.delete().where(GIFTS.c.id == gift))
            return accepted

        return await self._database.change(work)

    async def decline(self, recipient: int, gift: int) -> Gift:
        """Refuse a gift, whose face stays with its owner. Raises GiftGone or NotYourGift like ``accept``."""

        async def work(connection: AsyncConnection) -> Gift:
            declined = await self._require(connection, recipient, gift)
            await connection.execute(GIFTS.delete().where(GIFTS.c.id == gift))
            return declined

        return await self._database.change(work)

    async def waiting_for(self, recipient: int) -> list[Gift]:
        """Return the gifts that a person may accept, oldest first."""

        async def work(connection: AsyncConnection) -> list[Gift]:
            query = _QUERY.where(GIFTS.c.recipient == recipient, GIFTS.c.until > self._clock())
            return [_read(row) for row in await connection.execute(query.order_by(GIFTS.c.until, GIFTS.c.id))]

        return await self._database.change(work)

    async def _require(self, connection: AsyncConnection, recipient: int, gift: int) -> Gift:
        row = (await connection.execute(_QUERY.where(GIFTS.c.id == gift))).first()
        if row is None or row.until <= self._clock():
            raise GiftGone()
        if row.recipient != recipient:
            raise NotYourGift()
        return _read(row)


# The gifts whose face is still in the giver's collection. The face of any other can no longer be given.
_QUERY = select(GIFTS, KEPT.c.line, KEPT.c.name).join(
    KEPT, and_(GIFTS.c.face == KEPT.c.id, GIFTS.c.giver == KEPT.c.person)
)


def _read(row: Row[Any]) -> Gift:
    return Gift(row.id, row.giver, row.recipient, KeptFace(row.face, row.line, row.name), row.until)


async def _take_back_oldest(connection: AsyncConnection, giver: int) -> None:
    """Make room for one more gift of a person, so that nobody offers without end."""
    latest = select(GIFTS.c.id).where(GIFTS.c.giver == giver).order_by(GIFTS.c.until.desc()).limit(MAX_OFFERED - 1)
    await connection.execute(GIFTS.delete().where(GIFTS.c.giver == giver, GIFTS.c.id.not_in(latest.scalar_subquery())))
