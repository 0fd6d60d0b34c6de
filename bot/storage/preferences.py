"""Remembers, across restarts, which model each person and each server prefers.

Does not know which models exist. Look-ups use memory only, so that no request waits for the disk; each change is also
written to the file.
"""

import logging
from collections.abc import Collection
from typing import Literal

from sqlalchemy import select

from bot.storage.database import Database
from bot.storage.tables import PREFERENCES, is_readable

log = logging.getLogger(__name__)

Scope = Literal["person", "server"]


class ModelPreferences:
    """The preferred models of people and servers, in the bot's database.

    Without a database, preferences are lost when the bot stops.
    """

    def __init__(self, database: Database | None = None) -> None:
        self._database = database or Database(None)
        self._models: dict[tuple[str, int], str] = {}
        self._changed: set[tuple[str, int]] = set()  # preferences set or removed since the start
        self._notified: set[int] = set()  # people who have been told that their model is no longer offered

    async def load(self) -> None:
        """Read the preferences from the database, now or as soon as it can be used. Rows without sense are skipped."""
        await self._database.when_open(self._load)

    async def _load(self) -> None:
        skipped = 0
        for row in await self._database.read(select(PREFERENCES)):
            if not is_readable(PREFERENCES, row._asdict()):
                skipped += 1
            elif (row.scope, row.id) not in self._changed:
                self._models[row.scope, row.id] = row.model
        if skipped:
            log.warning("skipped %d unreadable rows of preferred models", skipped)

    def get(self, scope: Scope, id_: int | None) -> str | None:
        """Return the name of the model that a person or a server prefers, or None if there is no preference."""
        return None if id_ is None else self._models.get((scope, id_))

    def preferred(self, person: int | None, server: int | None) -> list[str]:
        """Return the models to try for a request that names no model: first the person's, then the server's."""
        return [name for name in (self.get("person", person), self.get("server", server)) if name is not None]

    def missing_model(self, person: int, offered: Collection[str]) -> str | None:
        """Return the name of a person's preferred model if the worker no longer offers it, else None.

        Once the person has been told (see :meth:`note_told`), return None. The preference is kept, because the model
        may come back.
        """
        name = self.get("person", person)
        if name is None or name in offered or person in self._notified:
            return None
        return name

    def note_told(self, person: int) -> None:
        """Note that a person knows that their model is missing, so that not every request says it again."""
        self._notified.add(person)

    async def forget(self, person: int) -> None:
        """Forget what a person prefers."""
        await self.choose("person", person, None)

    async def choose(self, scope: Scope, id_: int, model: str | None) -> bool:
        """Set the preferred model of a person or a server. If ``model`` is None, remove the preference.

        Return False if that is not in the database yet, for example because the disk is full.
        """
        self._notified.discard(id_)
        self._changed.add((scope, id_))
        earlier = PREFERENCES.delete().where(PREFERENCES.c.scope == scope, PREFERENCES.c.id == id_)
        if model is None:
            self._models.pop((scope, id_), None)
            return await self._database.write(earlier)
        self._models[scope, id_] = model
        return await self._database.write(earlier, PREFERENCES.insert().values(scope=scope, id=id_, model=model))
