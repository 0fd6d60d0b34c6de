"""Puts together what the bot keeps of people, and forgets all of it about one of them.

Knows nothing about Discord.
"""

from collections.abc import Awaitable, Callable

from bot.storage.database import Database
from bot.storage.people.collections import MAX_FACES, Collections
from bot.storage.people.days import Days
from bot.storage.people.forgetting import forget
from bot.storage.people.gifts import Gifts
from bot.storage.processes import Processes


class People:
    """The collections, gifts and days in a row of all people, in one database."""

    def __init__(
        self, database: Database | None = None, limit: int = MAX_FACES, processes: Processes | None = None
    ) -> None:
        """``limit`` is the largest number of faces in a collection."""
        self._database, self._processes = database or Database(None), processes or Processes()
        self.collections = Collections(self._database, limit)
        self.gifts = Gifts(self._database, limit)
        self.days = Days(self._database)
        # Called with a person of whom the database holds nothing any more: what else is kept of them in memory goes.
        self.when_forgotten: list[Callable[[int], Awaitable[object]]] = []

    async def forget(self, person: int) -> None:
        """Delete all that is kept of a person.

        Raises StateAway, and deletes nothing, if the database cannot be used now.
        """
        await forget(self._database, person, *self._processes.notice("forgotten", person))
        await self.forget_in_memory(person)

    async def forget_in_memory(self, person: int) -> None:
        """Forget what is in memory of a person of whom the database holds nothing any more."""
        for forget_in_memory in self.when_forgotten:
            await forget_in_memory(person)
