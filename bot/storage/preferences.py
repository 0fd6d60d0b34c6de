"""Remembers, across restarts, which model each person and each server prefers.

Does not know which models exist. Look-ups use memory only, so that no request waits for the disk; each change is also
written to the file.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Literal

from bot.storage.database import Database

Scope = Literal["person", "server"]

# The table and its columns must keep these names, so that files from earlier versions stay valid.
_TABLES = (
    """CREATE TABLE IF NOT EXISTS choices (
        whose TEXT NOT NULL, id INTEGER NOT NULL, model TEXT NOT NULL, PRIMARY KEY (whose, id)
    ) WITHOUT ROWID""",
)


class ModelPreferences:
    """The preferred models of people and servers. If ``file`` is None, preferences are lost when the bot stops."""

    def __init__(self, file: Path | None = None) -> None:
        self._database = Database(file, _TABLES, "preferred models")
        self._models: dict[tuple[str, int], str] = {}
        self._notified: set[int] = set()  # people who have been told that their model is no longer offered

    async def __aenter__(self) -> "ModelPreferences":
        await self._database.__aenter__()
        rows = await self._database.execute("SELECT whose, id, model FROM choices")
        self._models.update(((str(scope), int(id_)), str(model)) for scope, id_, model in rows)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._database.__aexit__(*error)

    def get(self, scope: Scope, id_: int | None) -> str | None:
        """Return the name of the model that a person or a server prefers, or None if there is no preference."""
        return None if id_ is None else self._models.get((scope, id_))

    def preferred(self, person: int | None, server: int | None) -> list[str]:
        """Return the models to try for a request that names no model: first the person's, then the server's."""
        return [name for name in (self.get("person", person), self.get("server", server)) if name is not None]

    def report_missing(self, person: int, offered: Collection[str]) -> str | None:
        """Return the name of a person's preferred model if the worker no longer offers it, else None.

        Return it only the first time, so that the person does not see the same notice with every request. The
        preference is kept, because the model may come back.
        """
        name = self.get("person", person)
        if name is None or name in offered or person in self._notified:
            return None
        self._notified.add(person)
        return name

    async def choose(self, scope: Scope, id_: int, model: str | None) -> None:
        """Set the preferred model of a person or a server. If ``model`` is None, remove the preference."""
        self._notified.discard(id_)
        if model is None:
            self._models.pop((scope, id_), None)
            await self._database.execute("DELETE FROM choices WHERE whose = ? AND id = ?", (scope, id_))
        else:
            self._models[scope, id_] = model
            await self._database.execute(
                "INSERT OR REPLACE INTO choices (whose, id, model) VALUES (?, ?, ?)", (scope, id_, model)
            )
