"""Remembers, across restarts, what each person and each server prefers: a model, a language, how wild a face is, ...

Does not know which preferences there are, nor what they mean. Look-ups use memory only, so that no request waits for
the disk; each change is also written to the database.
"""

import logging
from collections.abc import Collection
from typing import Literal

from sqlalchemy import select

from bot.storage.database import Database
from bot.storage.processes import Processes
from bot.storage.tables import PREFERENCES, is_readable

log = logging.getLogger(__name__)

Scope = Literal["person", "server"]
MODEL = "model"  # the preference that most requests ask for


class Preferences:
    """What people and servers prefer, in the bot's database: a text for each name.

    Without a database, preferences are lost when the bot stops.
    """

    def __init__(self, database: Database | None = None, processes: Processes | None = None) -> None:
        self._database, self._processes = database or Database(None), processes or Processes()
        self._values: dict[tuple[str, int, str], str] = {}
        self._changed: set[tuple[str, int, str]] = set()  # preferences set or removed since the start
        self._notified: set[int] = set()  # people who have been told that their model is no longer offered

    async def load(self) -> None:
        """Read the preferences from the database, now or as soon as it can be used. Rows without sense are skipped."""
        await self._database.when_open(self._load)

    async def _load(self) -> None:
        skipped = 0
        for row in await self._database.read(select(PREFERENCES)):
            if not is_readable(PREFERENCES, row._asdict()):
                skipped += 1
            elif (row.scope, row.id, row.name) not in self._changed:
                self._values[row.scope, row.id, row.name] = row.value
        if skipped:
            log.warning("skipped %d unreadable rows of preferences", skipped)

    def get(self, scope: Scope, id_: int | None, name: str = MODEL) -> str | None:
        """Return what a person or a server prefers, or None if they have chosen nothing."""
        return None if id_ is None else self._values.get((scope, id_, name))

    def of(self, person: int, server: int | None, name: str) -> str | None:
        """Return what a person prefers on a server: their own choice, else the server's, else None."""
        own = self.get("person", person, name)
        return self.get("server", server, name) if own is None else own

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

    async def choose(self, scope: Scope, id_: int, value: str | None, name: str = MODEL) -> bool:
        """Set what a person or a server prefers. If ``value`` is None, remove the preference.

        Return False if that is not in the database yet, for example because the disk is full.
        """
        if name == MODEL:
            self._notified.discard(id_)
        self._changed.add((scope, id_, name))
        columns = PREFERENCES.c
        earlier = PREFERENCES.delete().where(columns.scope == scope, columns.id == id_, columns.name == name)
        told = self._processes.notice(scope, id_)
        if value is None:
            self._values.pop((scope, id_, name), None)
            return await self._database.write(earlier, *told)
        self._values[scope, id_, name] = value
        return await self._database.write(
            earlier, PREFERENCES.insert().values(scope=scope, id=id_, name=name, value=value), *told
        )

    async def forget(self, id_: int, scope: Scope = "person") -> None:
        """Remove everything that a person or a server prefers."""
        kept = [name for (kind, whose, name) in self._values if (kind, whose) == (scope, id_)]
        for name in kept:
            self._changed.add((scope, id_, name))
            del self._values[scope, id_, name]
        earlier = PREFERENCES.delete().where(PREFERENCES.c.scope == scope, PREFERENCES.c.id == id_)
        await self._database.write(earlier, *self._processes.notice(scope, id_))

    async def read_again(self, scope: Scope | None = None, id_: int | None = None) -> None:
        """Read what a person or a server prefers, or everything, after another process changed it.

        What changes here meanwhile stays: its rows are written after this is read.
        """
        query = select(PREFERENCES)
        if scope is not None:
            query = query.where(PREFERENCES.c.scope == scope, PREFERENCES.c.id == id_)
        self._changed.clear()
        rows = [row for row in await self._database.read(query) if is_readable(PREFERENCES, row._asdict())]
        if not self._database.is_open:  # nothing was read
            return
        read = {(row.scope, row.id, row.name): row.value for row in rows}
        gone = [key for key in self._values if scope in (None, key[0]) and id_ in (None, key[1]) and key not in read]
        for key in set(gone) - self._changed:
            del self._values[key]
        self._values |= {key: value for key, value in read.items() if key not in self._changed}
