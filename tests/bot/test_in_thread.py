"""SQLite in a thread: how many steps a transaction takes, and what is left of one that fails."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, create_engine, exc, select, text

from bot.storage.database import Database
from bot.storage.databases.in_thread import as_async
from bot.storage.journal import JournalEntry
from bot.storage.tables import UNANSWERED

ENTRY = JournalEntry(1, 2, "token", 3, 4, 5, None, 1e9, 1000, "waifu 1 model=drawn-4 psi=0.7")


async def test_a_transaction_takes_two_steps_of_the_database_s_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = 0
    submit = ThreadPoolExecutor.submit

    def count(pool: ThreadPoolExecutor, *call: Any, **named: Any) -> Any:
        nonlocal steps
        steps += 1
        return submit(pool, *call, **named)

    async with Database(tmp_path) as database:
        monkeypatch.setattr(ThreadPoolExecutor, "submit", count)
        await database.write(UNANSWERED.delete(), UNANSWERED.insert().values(**asdict(ENTRY)))
        assert steps == 2
        assert len(await database.read(select(UNANSWERED))) == 1
        assert steps == 4
        monkeypatch.undo()


async def test_a_transaction_that_fails_leaves_nothing_and_the_next_one_works(tmp_path: Path) -> None:
    engine = as_async(create_engine(URL.create("sqlite", database=str(tmp_path / "file"))))
    async with engine.begin() as connection:
        await connection.exec_driver_sql("CREATE TABLE numbers (n INTEGER UNIQUE)")

    async def insert_twice() -> None:
        async with engine.begin() as connection:
            await connection.exec_driver_sql("INSERT INTO numbers VALUES (1)")
            await connection.exec_driver_sql("INSERT INTO numbers VALUES (1)")

    with pytest.raises(exc.IntegrityError):
        await insert_twice()
    async with engine.begin() as connection:
        added = await connection.execute(text("INSERT INTO numbers VALUES (7), (8)"))
        assert added.rowcount == 2
    async with engine.begin() as connection:
        rows = await connection.execute(text("SELECT n FROM numbers ORDER BY n"))
        assert rows.scalars().all() == [7, 8]
    await engine.dispose()
