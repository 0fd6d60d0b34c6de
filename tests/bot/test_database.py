"""The bot's one database: its versions, what earlier versions kept in other files, and files that cannot be used."""

import asyncio
import os
import secrets
import sqlite3
import stat
from collections.abc import Awaitable, Callable
from dataclasses import astuple, replace
from pathlib import Path

import pytest
from small_disk import fill, small_disk
from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.schema import CreateTable

from bot.errors import StateTooNew
from bot.storage import database as databases
from bot.storage.cache import Cache
from bot.storage.database import Database
from bot.storage.databases import migrations
from bot.storage.databases.sqlite_file import FILE_NAME, SqliteFile
from bot.storage.journal import Journal, JournalEntry
from bot.storage.preferences import Preferences
from bot.storage.reserve import Reserve
from bot.storage.tables import METADATA, UNANSWERED
from bot.worker.picture import Picture

ENTRY = JournalEntry(1, 2, "token", 3, 4, 5, None, 1e9, 1000, "waifu 1 model=drawn-4 psi=0.7")
OLD_JOURNAL = """CREATE TABLE unanswered (
    interaction INTEGER PRIMARY KEY, application INTEGER NOT NULL, token TEXT NOT NULL, channel INTEGER,
    person INTEGER NOT NULL, server INTEGER, message INTEGER, deadline REAL NOT NULL, max_bytes INTEGER NOT NULL,
    line TEXT NOT NULL, locale TEXT NOT NULL, until REAL, ending INTEGER NOT NULL DEFAULT 0)"""
OLD_CHOICES = """CREATE TABLE choices (
    whose TEXT NOT NULL, id INTEGER NOT NULL, model TEXT NOT NULL, PRIMARY KEY (whose, id)) WITHOUT ROWID"""


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "RETRY_S", 0.05)


async def eventually(is_true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await is_true():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def read_all(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def set_aside(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.glob("*.broken-*")]


def query(file: Path, statement: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(file)
    rows = connection.execute(statement).fetchall()
    connection.close()
    return rows


def leave_old_files(folder: Path) -> None:
    """Write the two files of an earlier version: one request, one preference, and two damaged rows."""
    with sqlite3.connect(folder / "journal.sqlite3") as journal:
        journal.execute(OLD_JOURNAL)
        journal.execute("INSERT INTO unanswered VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)", astuple(ENTRY)[:13])
        broken = astuple(replace(ENTRY, interaction=9))[:13]
        journal.execute("INSERT INTO unanswered VALUES (?,?,?,?,?,?,?,'soon',?,?,?,?,?)", broken[:7] + broken[8:])
    journal.close()
    with sqlite3.connect(folder / "choices.sqlite3") as choices:
        choices.execute(OLD_CHOICES)
        choices.execute("INSERT INTO choices VALUES ('person', 1, 'anime'), ('person', 'abc', 'm')")
    choices.close()


# The file


async def test_folder_and_file_are_private_and_forget_tokens(tmp_path: Path) -> None:
    secret = secrets.token_urlsafe(64)
    folder = tmp_path / "state"
    async with Database(folder) as database:
        await Journal(database).open(replace(ENTRY, token=secret))
        assert secret.encode() in read_all(folder)
        await Journal(database).close(1)
        assert stat.S_IMODE((folder / FILE_NAME).stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert secret.encode() not in read_all(folder)


async def test_two_processes_use_one_file(tmp_path: Path) -> None:
    async with Database(tmp_path) as first, Database(tmp_path) as second:
        await asyncio.gather(*(Journal(first).open(replace(ENTRY, interaction=n)) for n in range(0, 40, 2)))
        await asyncio.gather(*(Journal(second).open(replace(ENTRY, interaction=n)) for n in range(1, 40, 2)))
        assert [entry.interaction for entry in await Journal(first).unanswered(2)] == list(range(40))


# Versions


async def test_what_earlier_versions_kept_is_taken_over_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    leave_old_files(tmp_path)
    async with Database(tmp_path) as database:
        preferences = Preferences(database)
        await preferences.load()
        assert await Journal(database).unanswered(2) == [ENTRY]
        assert preferences.preferred(1, None) == ["anime"]
        await Journal(database).close(1)
    assert caplog.text.count("skipped 1 unreadable rows") == 2
    assert query(tmp_path / "choices.sqlite3.taken-over", "SELECT model FROM choices ORDER BY id") == [
        ("anime",),
        ("m",),
    ]
    assert len(query(tmp_path / "journal.sqlite3.taken-over", "SELECT * FROM unanswered")) == 2
    leave_old_files(tmp_path)  # as if the bot had been killed before it renamed them
    async with Database(tmp_path) as database:
        assert await Journal(database).unanswered(2) == []


async def test_an_old_file_is_taken_over_once_the_earlier_version_has_let_go_of_it(tmp_path: Path) -> None:
    leave_old_files(tmp_path)
    earlier = sqlite3.connect(tmp_path / "journal.sqlite3", isolation_level=None)
    earlier.execute("BEGIN EXCLUSIVE")
    async with Database(tmp_path) as database:
        await Journal(database).open(replace(ENTRY, interaction=8))
        earlier.close()

        async def both() -> bool:
            return [entry.interaction for entry in await Journal(database).unanswered(2)] == [1, 8]

        await eventually(both)


async def test_a_damaged_old_file_is_left_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    leave_old_files(tmp_path)
    (tmp_path / "journal.sqlite3").write_bytes(b"this is no database" * 100)
    async with Database(tmp_path) as database:
        preferences = Preferences(database)
        await preferences.load()
        assert preferences.preferred(1, None) == ["anime"]
    assert "journal.sqlite3 cannot be read" in caplog.text


async def test_a_newer_database_is_refused_with_a_sentence(tmp_path: Path) -> None:
    async with Database(tmp_path) as database:
        await database.write(text("UPDATE schema_version SET version = 99"))
    before = (tmp_path / FILE_NAME).read_bytes()
    with pytest.raises(StateTooNew, match=r"waifubot.sqlite3 was written by a newer version .* version 99, this one"):
        await Database(tmp_path).__aenter__()
    assert (tmp_path / FILE_NAME).read_bytes() == before


async def test_a_database_of_version_1_gets_the_columns_that_came_later(tmp_path: Path) -> None:
    async with Database(tmp_path) as database:
        await Journal(database).open(ENTRY)
        for column in ("private", "in_place", "story"):
            await database.write(text(f"ALTER TABLE unanswered DROP COLUMN {column}"))
        columns = "scope VARCHAR(16), id BIGINT, model TEXT NOT NULL, PRIMARY KEY (scope, id)"
        await database.write(text("DROP TABLE preferences"), text(f"CREATE TABLE preferences ({columns})"))
        await database.write(text("INSERT INTO preferences VALUES ('person', 1, 'anime'), ('server', 2, 'cats')"))
        await database.write(text("UPDATE schema_version SET version = 1"))
    async with Database(tmp_path) as database:
        preferences = Preferences(database)
        await preferences.load()
        assert preferences.preferred(1, 2) == ["anime", "cats"]
        assert await Journal(database).unanswered(2) == [ENTRY]
        await Journal(database).open(replace(ENTRY, private=1))
        assert await Journal(database).unanswered(2) == [replace(ENTRY, private=1)]


async def test_a_step_that_fails_leaves_the_version_before(tmp_path: Path) -> None:
    async def add(connection: AsyncConnection) -> None:
        await connection.execute(text("CREATE TABLE more (id INTEGER)"))

    async def fail(connection: AsyncConnection) -> None:
        await connection.execute(text("CREATE TABLE half (id INTEGER)"))
        raise OSError("the power is gone")

    newest = max(migrations.STEPS, default=1)
    engine = await SqliteFile(tmp_path).open()
    with pytest.raises(OSError, match="the power"):
        await migrations.migrate(engine, "state", tmp_path, {**migrations.STEPS, newest + 1: add, newest + 2: fail})
    await engine.dispose()
    assert query(tmp_path / FILE_NAME, "SELECT version FROM schema_version") == [(newest + 1,)]
    names = {name for (name,) in query(tmp_path / FILE_NAME, "SELECT name FROM sqlite_master")}
    assert "more" in names
    assert "half" not in names


def test_the_tables_are_tables_in_postgresql_too() -> None:
    for table in METADATA.sorted_tables:
        sql = str(CreateTable(table).compile(dialect=postgresql.dialect()))
        assert "SERIAL" not in sql  # Discord gives the ids, not the database
    assert "DOUBLE PRECISION" in str(CreateTable(UNANSWERED).compile(dialect=postgresql.dialect()))


# Files that cannot be used


def make_foreign(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE unanswered (colour TEXT)")
        other.execute("CREATE TABLE schema_version (version INTEGER)")
        other.execute("INSERT INTO schema_version VALUES (1)")
    other.close()


BREAK: dict[str, Callable[[Path], object]] = {
    "corrupt": lambda path: path.write_bytes(b"this is no database" * 1000),
    "truncated": lambda path: os.truncate(path, path.stat().st_size // 2),
    "zeroed": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "other tables": make_foreign,
}


@pytest.mark.parametrize("how", BREAK)
async def test_a_broken_file_is_set_aside_and_a_new_one_begun(
    tmp_path: Path, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with Database(tmp_path):
        pass
    BREAK[how](tmp_path / FILE_NAME)
    content = (tmp_path / FILE_NAME).read_bytes()
    async with Database(tmp_path) as database:
        await Journal(database).open(ENTRY)
    async with Database(tmp_path) as database:
        assert await Journal(database).unanswered(2) == [ENTRY]
    assert content in set_aside(tmp_path) or how == "other tables"  # opening that one writes SQLite's mode into it
    assert caplog.text.count("a new one is begun") == 1


async def test_a_file_that_breaks_while_it_is_used_costs_no_later_request(tmp_path: Path) -> None:
    async with Database(tmp_path) as database:
        await Journal(database).open(replace(ENTRY, interaction=7))
        await database.write(text("DROP TABLE unanswered"))
        await Journal(database).open(ENTRY)

        async def kept() -> bool:
            return [entry.interaction for entry in await Journal(database).unanswered(2)] == [1]

        await eventually(kept)


def used(folder: Path) -> str:
    return ", ".join(f"{path.name} {path.stat().st_size}" for path in folder.rglob("*"))


async def is_on_disk(folder: Path, interaction: int) -> bool:
    rows = await asyncio.to_thread(query, folder / FILE_NAME, "SELECT interaction FROM unanswered")
    return (interaction,) in rows


async def test_pictures_make_room_for_a_request_before_it_is_acknowledged(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 3_000_000) as disk:
        async with (
            Cache(disk / "cache", 200_000_000) as cache,
            Reserve(disk, cache.make_room) as reserve,
            Database(disk, reserve.release) as database,
        ):
            for n in range(30):
                await cache.put(str(n), Picture(bytes(100_000), "image/png", 1, 1, 1, {}))
            fill(disk)
            for n in range(1, 100):
                await Journal(database).open(replace(ENTRY, interaction=n, line="x" * 1000))
                assert database.is_open, used(disk)
            assert await is_on_disk(disk, 99)


async def test_a_reserve_takes_requests_while_somebody_else_fills_the_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 3_000_000) as disk:
        async with Cache(disk / "cache", 0) as cache, Reserve(disk, cache.make_room) as reserve:
            async with Database(disk, reserve.release) as database:
                fill(disk)
                for n in range(1, 100):
                    await Journal(database).open(replace(ENTRY, interaction=n))
                    assert database.is_open, used(disk)
            async with Database(disk, reserve.release) as database:
                assert len(await Journal(database).unanswered(2)) == 99


async def test_the_reserve_is_filled_again_once_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bot.storage.reserve.REFILL_S", 0.02)
    with small_disk(tmp_path / "disk", 3_000_000) as disk:
        async with Cache(disk / "cache", 0) as cache, Reserve(disk, cache.make_room) as reserve:
            file = disk / "reserve"
            assert 500_000 < file.stat().st_size <= 512 * file.stat().st_blocks
            other = fill(disk)
            await reserve.release()
            await reserve.release()
            assert not file.exists()
            assert caplog.text.count("uses its reserve") == 1
            fill(disk)
            await asyncio.sleep(0.1)
            assert not file.exists()
            other.unlink()

            async def filled() -> bool:
                return file.exists()

            await eventually(filled)


async def test_a_full_disk_is_told_from_the_result_of_writing(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 1_000_000) as disk:
        async with Database(disk) as database:
            preferences = Preferences(database)
            assert await preferences.choose("person", 1, "anime")
            other = fill(disk)
            assert not all([await preferences.choose("person", n, "x" * 2000) for n in range(1, 100)])
            assert preferences.get("person", 99) == "x" * 2000
            assert not await preferences.choose("person", 99, None)
            other.unlink()

            async def kept() -> bool:
                return await preferences.choose("person", 1, "other")

            await eventually(kept)
    assert await Preferences().choose("person", 1, "anime")


async def test_without_a_usable_folder_nothing_is_kept_and_that_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    async with Database(tmp_path / "file" / "below") as database:
        await Journal(database).open(ENTRY)
        assert await Journal(database).unanswered(2) == []
        await asyncio.sleep(0.3)  # it tries again meanwhile
    assert caplog.text.count("cannot be used now") == 1
    async with Database(None) as database:
        await Journal(database).open(ENTRY)
        assert await Journal(database).unanswered(2) == []
