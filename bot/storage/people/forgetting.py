"""Deletes all that the database holds of one person, in one transaction.

A table with a column that holds people has a row in PERSONAL; a test looks for those that lack one.
"""

from collections.abc import Callable, Mapping

from sqlalchemy import ColumnElement, Executable, Table, or_
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.database import Database
from bot.storage.tables import EARLIER_CAPTIONS, GIFTS, KEPT, NOTICES, PANELS, PEOPLE, PREFERENCES, UNANSWERED, VECTORS

# Table -> the rows of a person, whose id is given.
PERSONAL: Mapping[Table, Callable[[int], ColumnElement[bool]]] = {
    PREFERENCES: lambda person: (PREFERENCES.c.scope == "person") & (PREFERENCES.c.id == person),
    UNANSWERED: lambda person: UNANSWERED.c.person == person,
    VECTORS: lambda person: VECTORS.c.person == person,
    EARLIER_CAPTIONS: lambda person: EARLIER_CAPTIONS.c.person == person,
    PANELS: lambda person: PANELS.c.person == person,
    GIFTS: lambda person: or_(GIFTS.c.giver == person, GIFTS.c.recipient == person),
    KEPT: lambda person: KEPT.c.person == person,
    PEOPLE: lambda person: PEOPLE.c.person == person,
    NOTICES: lambda person: NOTICES.c.kind.not_in(("server", "deleted")) & (NOTICES.c.subject == person),
}


async def forget(database: Database, person: int, *afterwards: Executable) -> None:
    """Delete all rows of a person, and execute what comes ``afterwards``, in one transaction.

    Raises StateAway, and deletes nothing, if the database cannot be used now.
    """

    async def work(connection: AsyncConnection) -> None:
        for table, rows_of in PERSONAL.items():
            await connection.execute(table.delete().where(rows_of(person)))
        for statement in afterwards:
            await connection.execute(statement)

    await database.change(work)
