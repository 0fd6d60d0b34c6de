"""Brings the tables of a database to the version that this program knows, one numbered step after another.

A database that is new gets today's tables at once, and what earlier versions kept in other files. Each step is one
transaction, which also records its number.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Table, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.schema import CreateColumn

from bot.errors import StateTooNew
from bot.storage.databases.takeover import copy_old_files, rename_old_files
from bot.storage.tables import (
    EARLIER_CAPTIONS,
    GIFTS,
    KEPT,
    METADATA,
    MODEL_NAMES,
    NOTICES,
    PANELS,
    PEOPLE,
    PREFERENCES,
    PROCESSES,
    SCHEMA_VERSION,
    UNANSWERED,
    VECTORS,
)

Step = Callable[[AsyncConnection], Awaitable[None]]


async def _add_column(connection: AsyncConnection, column: "Column[Any]") -> None:
    """Add a column to a table of a version before, unless a step before has made the table with it."""
    if f"{column.table.name}.{column.name}" not in await connection.run_sync(_missing_columns):
        return
    definition = CreateColumn(column).compile(dialect=connection.dialect)
    await connection.execute(text(f"ALTER TABLE {column.table.name} ADD COLUMN {definition}"))


async def _create_table(connection: AsyncConnection, table: Table) -> None:
    await connection.run_sync(lambda sync: METADATA.create_all(sync, [table]))


async def _create_tables(connection: AsyncConnection, *tables: Table) -> None:
    for table in tables:
        await _create_table(connection, table)


async def _name_preferences(connection: AsyncConnection) -> None:
    """Give each preference a name: there was only the model before."""
    if not await connection.run_sync(lambda sync: inspect(sync).has_table(PREFERENCES.name)):
        return  # a damaged file, which is set aside
    rows = (await connection.execute(text("SELECT scope, id, model FROM preferences"))).all()
    await connection.execute(text("DROP TABLE preferences"))
    await _create_table(connection, PREFERENCES)
    if rows:
        named = [{"scope": row.scope, "id": row.id, "name": "model", "value": row.model} for row in rows]
        await connection.execute(PREFERENCES.insert(), named)


async def _share(connection: AsyncConnection) -> None:
    """Let several processes use the database: each request gets its process, and processes tell each other things."""
    await _add_column(connection, UNANSWERED.c.process)
    await _create_tables(connection, PROCESSES, NOTICES)


# The number of each step after the first, and what it does to the tables of the version before. A step is never changed
# once it is released. Version 1 is the first, with the tables schema_version, preferences and unanswered.
STEPS: Mapping[int, Step] = {
    2: lambda connection: _add_column(connection, UNANSWERED.c.private),
    3: lambda connection: _create_table(connection, VECTORS),
    4: lambda connection: _create_table(connection, PANELS),
    5: lambda connection: _create_table(connection, MODEL_NAMES),
    6: lambda connection: _add_column(connection, UNANSWERED.c.in_place),
    7: lambda connection: _create_tables(connection, KEPT, GIFTS, PEOPLE),
    8: lambda connection: _create_table(connection, EARLIER_CAPTIONS),
    9: lambda connection: _add_column(connection, UNANSWERED.c.story),
    10: _name_preferences,
    11: lambda connection: _add_column(connection, VECTORS.c.traits),
    12: _share,
    13: lambda connection: _add_column(connection, UNANSWERED.c.withdrawn),
}


async def migrate(
    engine: AsyncEngine, name: str, folder: Path | None = None, steps: Mapping[int, Step] = STEPS
) -> None:
    """Bring the tables to the newest version.

    ``name`` is what errors call the database, and ``folder`` is where earlier versions of the bot kept their files.
    Raises StateTooNew if a newer program wrote the database, and SQLAlchemyError if the database cannot be used.
    """
    newest = max(steps, default=1)
    async with engine.begin() as connection:
        version = await connection.run_sync(_read_version)
        if version > newest:
            raise StateTooNew(file=name, found=version, known=newest)
        if not version:
            await connection.run_sync(METADATA.create_all)
            if folder is not None:
                await copy_old_files(connection, folder)
            await connection.execute(SCHEMA_VERSION.insert().values(version=newest))
    if not version:
        if folder is not None:
            await asyncio.to_thread(rename_old_files, folder)
        return
    for number in range(version + 1, newest + 1):
        async with engine.begin() as connection:
            if await connection.run_sync(_read_version) < number:  # no other process was faster
                await steps[number](connection)
                await connection.execute(SCHEMA_VERSION.update().values(version=number))


async def missing_columns(engine: AsyncEngine) -> list[str]:
    """Return the columns that the database lacks, as "table.column"."""
    async with engine.begin() as connection:
        return await connection.run_sync(_missing_columns)


def _read_version(connection: Connection) -> int:
    """Return the version of the tables, or 0 if there are none yet."""
    if not inspect(connection).has_table(SCHEMA_VERSION.name):
        return 0
    version = connection.execute(select(SCHEMA_VERSION.c.version)).scalar()
    return version if isinstance(version, int) else 0


def _missing_columns(connection: Connection) -> list[str]:
    inspector = inspect(connection)
    tables = set(inspector.get_table_names())
    found = {
        (name, str(column["name"]))
        for name in tables & METADATA.tables.keys()
        for column in inspector.get_columns(name)
    }
    wanted = [(table.name, column.name) for table in METADATA.sorted_tables for column in table.columns]
    return [f"{table}.{column}" for table, column in wanted if (table, column) not in found]
