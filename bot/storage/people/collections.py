"""Keeps the faces that people collect, as recipe lines, and whether others may look at them.

Knows neither Discord nor what is in a line: pictures are drawn again. Each change is one transaction, so that two that
come at once cannot both succeed where only one may.
"""

import secrets
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import AlreadyKept, CollectionFull, NotKept
from bot.storage.database import Database
from bot.storage.tables import GIFTS, KEPT, PEOPLE, VECTORS, is_readable

MAX_FACES = 500  # in one collection, unless the owner's settings say otherwise
MAX_NAME_CHARS = 32
MAX_VECTORS = 1000  # stored faces of one person, of which lines in the collection may name several each


@dataclass(frozen=True)
class KeptFace:
    """One face in a collection."""

    id: int  # the same for ever, also in another collection
    line: str  # its recipe line
    name: str = ""  # what its owner calls it, as typed


class Collections:
    """The collections of all people, of at most ``limit`` faces each. The faces are in the order in which they came.

    Every method raises StateAway if the database cannot be used now.
    """

    def __init__(
        self, database: Database | None = None, limit: int = MAX_FACES, clock: Callable[[], float] = time.time
    ) -> None:
        self.limit = limit
        self._database, self._clock = database or Database(None), clock

    async def keep(self, person: int, line: str) -> KeptFace:
        """Add a face to a person's collection. Raises AlreadyKept if it is there, and CollectionFull."""

        async def work(connection: AsyncConnection) -> KeptFace:
            await require_room(connection, person, line, self.limit)
            face = KeptFace(secrets.randbits(62), line)
            row = {"id": face.id, "person": person, "line": line, "name": "", "kept": self._clock()}
            await connection.execute(KEPT.insert().values(**row))
            return face

        return await self._database.change(work)

    async def faces(self, person: int) -> list[KeptFace]:
        """Return the faces of a person's collection; their numbers count from 1."""
        return await self._database.change(lambda connection: read_faces(connection, person))

    async def rename(self, person: int, face: int, name: str) -> None:
        """Give a face of a person's collection a name, or none if it is empty. Raises NotKept if it is not there."""

        async def work(connection: AsyncConnection) -> None:
            await require_face(connection, person, face)
            await connection.execute(KEPT.update().where(KEPT.c.id == face).values(name=name[:MAX_NAME_CHARS]))

        await self._database.change(work)

    async def remove(self, person: int, face: int) -> KeptFace:
        """Take a face out of a person's collection, and every offer of it back. Raises NotKept if it is not there."""

        async def work(connection: AsyncConnection) -> KeptFace:
            removed = await require_face(connection, person, face)
            await connection.execute(GIFTS.delete().where(GIFTS.c.face == face))
            await connection.execute(KEPT.delete().where(KEPT.c.id == face))
            return removed

        return await self._database.change(work)

    async def is_hidden(self, person: int) -> bool:
        """Return whether a person shows their collection to nobody."""
        query = select(PEOPLE.c.hidden).where(PEOPLE.c.person == person)

        async def work(connection: AsyncConnection) -> bool:
            return (await connection.execute(query)).scalar() == 1

        return await self._database.change(work)

    async def hide(self, person: int, hidden: bool) -> None:
        """Show a person's collection to nobody else, or to everybody who asks."""

        async def work(connection: AsyncConnection) -> None:
            await know_person(connection, person)
            await connection.execute(PEOPLE.update().where(PEOPLE.c.person == person).values(hidden=int(hidden)))

        await self._database.change(work)

    async def held(self, person: int, digests: Sequence[str]) -> Collection[str]:
        """Return which of these stored faces stand in the lines of a person's collection."""
        lines = [row.line for row in await self._database.read(select(KEPT.c.line).where(KEPT.c.person == person))]
        return [digest for digest in digests if any(f"@{digest}" in str(line) for line in lines)]


async def read_faces(connection: AsyncConnection, person: int) -> list[KeptFace]:
    """Return the faces of a person's collection. A row that is damaged is left out."""
    query = select(KEPT).where(KEPT.c.person == person).order_by(KEPT.c.kept, KEPT.c.id)
    rows = [row._asdict() for row in await connection.execute(query)]
    return [KeptFace(row["id"], row["line"], row["name"]) for row in rows if is_readable(KEPT, row)]


async def require_face(connection: AsyncConnection, person: int, face: int) -> KeptFace:
    """Return a face of a person's collection. Raises NotKept if it is not there."""
    for found in await read_faces(connection, person):
        if found.id == face:
            return found
    raise NotKept()


async def require_room(connection: AsyncConnection, person: int, line: str, limit: int) -> None:
    """Check that a face may come into a person's collection.

    Raises AlreadyKept if it is there, and CollectionFull if there are ``limit`` others. Stored faces take much more of
    the disk than lines do, so of these there may be MAX_VECTORS.
    """
    faces = await read_faces(connection, person)
    for number, found in enumerate(faces, start=1):
        if found.line == line:
            raise AlreadyKept(number=number)
    if len(faces) >= limit or ("@" in line and await _count(connection, VECTORS.c.person == person) >= MAX_VECTORS):
        raise CollectionFull(limit=limit)


async def know_person(connection: AsyncConnection, person: int) -> Row[Any]:
    """Return the row of a person, and begin one if there is none."""
    query = select(PEOPLE).where(PEOPLE.c.person == person)
    if (row := (await connection.execute(query)).first()) is not None:
        return row
    await connection.execute(PEOPLE.insert().values(person=person, hidden=0, last_day=0, days=0))
    return (await connection.execute(query)).one()


async def _count(connection: AsyncConnection, condition: ColumnElement[bool]) -> int:
    return int((await connection.execute(select(func.count()).where(condition))).scalar() or 0)
