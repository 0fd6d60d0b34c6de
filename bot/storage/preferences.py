"""Which network people and servers have chosen, also over a restart. Knows ids and names, not which networks there are.

All of it is in memory, so that nobody waits for the disk; the file hears of every change.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Literal

from bot.storage.database import Database

Whose = Literal["person", "server"]

_TABLES = (
    """CREATE TABLE IF NOT EXISTS choices (
        whose TEXT NOT NULL, id INTEGER NOT NULL, model TEXT NOT NULL, PRIMARY KEY (whose, id)
    ) WITHOUT ROWID""",
)


class ModelPreferences:
    """What was chosen, while it is open; with None as the file it is forgotten at the end."""

    def __init__(self, file: Path | None = None) -> None:
        self._database = Database(file, _TABLES, "choices of networks")
        self._models: dict[tuple[str, int], str] = {}
        self._told: set[int] = set()  # people who know that their network is gone

    async def __aenter__(self) -> "ModelPreferences":
        await self._database.__aenter__()
        rows = await self._database.execute("SELECT whose, id, model FROM choices")
        self._models.update(((str(whose), int(id_)), str(model)) for whose, id_, model in rows)
        return self

    async def __aexit__(self, *ending: object) -> None:
        await self._database.__aexit__(*ending)

    def of(self, whose: Whose, id_: int | None) -> str | None:
        """Return the name that was chosen, if one was."""
        return None if id_ is None else self._models.get((whose, id_))

    def preferred(self, person: int | None, server: int | None) -> list[str]:
        """Return the names that a request without a model may be drawn by, the best first: the person's, the server's."""
        return [name for name in (self.of("person", person), self.of("server", server)) if name is not None]

    def gone(self, person: int, offered: Collection[str]) -> str | None:
        """Return the name that a person chose where it is offered no longer: once, for nobody wants to hear it under every picture.

        The choice stays: the network may come back.
        """
        name = self.of("person", person)
        if name is None or name in offered or person in self._told:
            return None
        self._told.add(person)
        return name

    async def choose(self, whose: Whose, id_: int, model: str | None) -> None:
        """Keep a choice; None: forget it."""
        self._told.discard(id_)
        if model is None:
            self._models.pop((whose, id_), None)
            await self._database.execute("DELETE FROM choices WHERE whose = ? AND id = ?", (whose, id_))
        else:
            self._models[whose, id_] = model
            await self._database.execute(
                "INSERT OR REPLACE INTO choices (whose, id, model) VALUES (?, ?, ?)", (whose, id_, model)
            )
