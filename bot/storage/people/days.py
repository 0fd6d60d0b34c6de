"""Counts the days in a row on which people came for their face of the day.

Knows nothing about faces. A day is a date in UTC, as a number that counts on by one.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.database import Database
from bot.storage.people.collections import know_person
from bot.storage.tables import PEOPLE


class Days:
    """The days in a row of all people."""

    def __init__(self, database: Database | None = None) -> None:
        self._database = database or Database(None)

    async def come(self, person: int, day: int) -> int:
        """Record that a person came on this day, and return how many days in a row that makes, 1 or more.

        Raises StateAway if the database cannot be used now.
        """

        async def work(connection: AsyncConnection) -> int:
            row = await know_person(connection, person)
            if row.last_day >= day:  # the same day again, or an interaction that was delivered late
                return max(1, int(row.days))
            days = int(row.days) + 1 if row.last_day == day - 1 else 1
            await connection.execute(PEOPLE.update().where(PEOPLE.c.person == person).values(last_day=day, days=days))
            return days

        return await self._database.change(work)
