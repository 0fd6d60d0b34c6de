"""Keeps stored faces (vectors) of people across restarts, by the digests that recipe lines name them by.

Does not know what is in a vector, but is told what some of their faces look like. Every picture that shows one holds
it, too, so one that is gone can be brought back.
"""

import json
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import select

from bot.errors import StateAway
from bot.storage.database import Database
from bot.storage.tables import VECTORS, is_readable
from generator.contract import vector
from generator.contract.errors import VectorMissing

log = logging.getLogger(__name__)

MAX_PER_PERSON = 200  # about 4 MB, with the largest network
MAX_RECENT = 256  # vectors that are in memory, too, where they do not wait for the disk

# Returns which of these digests a person's collections hold, so that they must stay.
FindHeld = Callable[[int, Sequence[str]], Awaitable[Collection[str]]]


class StoredFace(NamedTuple):
    """A vector, and the traits of its face as far as they are known."""

    body: bytes
    traits: Mapping[str, str] = {}


async def _hold_none(person: int, digests: Sequence[str]) -> Collection[str]:
    return ()


class VectorStore:
    """The stored faces of people, at most MAX_PER_PERSON of each. Of more, the oldest go that ``find_held`` lacks."""

    def __init__(
        self,
        database: Database | None = None,
        find_held: FindHeld = _hold_none,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database, self._find_held, self._clock = database or Database(None), find_held, clock
        self._recent: OrderedDict[str, StoredFace] = OrderedDict()  # by digest; the latest last

    async def keep(self, person: int, vectors: Mapping[str, bytes], traits: Mapping[str, str] | None = None) -> None:
        """Keep vectors for a person who makes or uses them, and forget the oldest beyond the limit.

        ``traits`` are those of their faces. If None, what is known already stays known.
        """
        if not vectors:
            return
        known = await self._find(list(vectors)) if traits is None else {}
        faces = {digest: known.get(digest, StoredFace(body, traits or {})) for digest, body in vectors.items()}
        for digest, face in faces.items():
            self._remember(digest, face)
        rows = [
            {
                "person": person,
                "digest": digest,
                "body": face.body,
                "used": self._clock(),
                "traits": json.dumps(dict(face.traits)) if face.traits else "",
            }
            for digest, face in faces.items()
        ]
        before = VECTORS.delete().where(VECTORS.c.person == person, VECTORS.c.digest.in_(list(vectors)))
        await self._database.write(before, VECTORS.insert().values(rows))
        await self._forget_oldest(person, vectors)

    async def load(self, person: int, digests: Sequence[str]) -> dict[str, bytes]:
        """Return vectors by digest, whoever keeps them, and keep them for this person from now on.

        Raises VectorMissing if one of them is no longer there, and StateAway if that cannot be told now.
        """
        found = await self._find(digests)
        for digest in digests:
            if digest not in found:
                raise StateAway() if self._database.is_away else VectorMissing(digest=digest)
        bodies = {digest: face.body for digest, face in found.items()}
        await self.keep(person, bodies)
        return bodies

    async def traits(self, digests: Sequence[str]) -> dict[str, Mapping[str, str]]:
        """Return the traits of faces by digest, as far as they are known."""
        return {digest: face.traits for digest, face in (await self._find(digests)).items()}

    async def forget(self, person: int) -> None:
        """Forget what is in memory, after the stored faces of a person were deleted. Those of others are read again."""
        self._recent.clear()

    async def _find(self, digests: Sequence[str]) -> dict[str, StoredFace]:
        found = {digest: self._recent[digest] for digest in digests if digest in self._recent}
        wanted = [digest for digest in digests if digest not in found]
        return found | await self._read(wanted) if wanted else found

    async def _read(self, digests: Sequence[str]) -> dict[str, StoredFace]:
        query = select(VECTORS).where(VECTORS.c.digest.in_(digests))
        rows = [row._asdict() for row in await self._database.read(query)]
        sound = [row for row in rows if is_readable(VECTORS, row) and vector.digest_of(row["body"]) == row["digest"]]
        if len(sound) < len(rows):
            log.warning("skipped %d unreadable rows of stored faces", len(rows) - len(sound))
        sound.sort(key=lambda row: bool(row["traits"]))  # somebody's row may tell more than another's
        return {row["digest"]: StoredFace(row["body"], _read_traits(row["traits"])) for row in sound}

    async def _forget_oldest(self, person: int, used: Collection[str]) -> None:
        query = select(VECTORS.c.digest).where(VECTORS.c.person == person).order_by(VECTORS.c.used)
        mine = [row.digest for row in await self._database.read(query)]
        surplus = len(mine) - MAX_PER_PERSON
        if surplus <= 0:
            return
        held = {*used, *await self._find_held(person, mine)}
        oldest = [digest for digest in mine if digest not in held][:surplus]
        await self._database.write(VECTORS.delete().where(VECTORS.c.person == person, VECTORS.c.digest.in_(oldest)))
        for digest in oldest:
            self._recent.pop(digest, None)

    def _remember(self, digest: str, face: StoredFace) -> None:
        self._recent[digest] = face
        self._recent.move_to_end(digest)
        while len(self._recent) > MAX_RECENT:
            self._recent.popitem(last=False)


def _read_traits(written: str) -> dict[str, str]:
    try:
        return {str(name): str(value) for name, value in json.loads(written or "{}").items()}
    except (ValueError, AttributeError):
        return {}
