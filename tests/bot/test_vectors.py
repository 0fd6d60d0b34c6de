"""The faces that the bot keeps for people: found again, limited for each person, refused in a sentence when gone."""

import asyncio
import itertools
import sqlite3
from collections.abc import Collection, Sequence
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.storage import vectors
from bot.storage.database import Database, Place
from bot.storage.databases import migrations
from bot.storage.databases.sqlite_file import FILE_NAME, SqliteFile
from bot.storage.vectors import VectorStore
from generator.contract import vector
from generator.contract.errors import VectorMissing


def made(number: int) -> tuple[str, bytes]:
    raw = vector.pack(vector.Shape(1, 2), number.to_bytes(4, "little"))
    return vector.digest_of(raw), raw


def several(*numbers: int) -> dict[str, bytes]:
    return dict(map(made, numbers))


async def kept(store: VectorStore, *numbers: int) -> list[int]:
    """Return which of these vectors are in the file."""
    found = []
    for number in numbers:
        digest, _ = made(number)
        if digest in await store._read([digest]):
            found.append(number)
    return found


async def test_a_vector_is_there_after_a_restart_for_everybody(tmp_path: Path) -> None:
    async with Database(tmp_path) as database:
        await VectorStore(database).keep(1, several(1, 2))
    async with Database(tmp_path) as database:
        store = VectorStore(database)
        assert await store.load(2, [made(2)[0], made(1)[0]]) == several(1, 2)
        with pytest.raises(VectorMissing, match=made(3)[0]):
            await store.load(2, [made(1)[0], made(3)[0]])
    rows = sqlite3.connect(tmp_path / FILE_NAME).execute("SELECT person, count(*) FROM vectors GROUP BY 1").fetchall()
    assert sorted(rows) == [(1, 2), (2, 2)]


async def test_what_a_stored_face_looks_like_is_known_to_everybody_who_uses_it(place: Place) -> None:
    (digest, body), pink = made(1), {"hair": "pink"}
    async with Database(place) as database:
        await VectorStore(database).keep(1, {digest: body}, pink)
        await VectorStore(database).keep(1, {digest: body})  # from a picture that shows it
    async with Database(place) as database:
        await VectorStore(database).load(2, [digest])
        await VectorStore(database).keep(3, several(2))
        assert await VectorStore(database).traits([digest, made(2)[0]]) == {digest: pink, made(2)[0]: {}}
        await database.write(text("DELETE FROM vectors WHERE person = 1"))
        assert await VectorStore(database).traits([digest]) == {digest: pink}
        await database.write(text("UPDATE vectors SET traits = '[1'"))
        assert await VectorStore(database).traits([digest]) == {digest: {}}


async def test_beyond_the_limit_the_oldest_goes_that_no_collection_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "MAX_PER_PERSON", 3)
    clock = itertools.count(1).__next__
    asked: list[Sequence[str]] = []

    async def find_held(person: int, digests: Sequence[str]) -> Collection[str]:
        asked.append(digests)
        return [made(1)[0]] if person == 1 else []

    async with Database(tmp_path) as database:
        store = VectorStore(database, find_held, clock)
        for person, number in itertools.product((1, 2), range(3)):
            await store.keep(person, several(number + 10 * person - 10))
        assert not asked
        await store.load(1, [made(0)[0]])  # now 1 is the oldest, but it is held
        await store.keep(1, several(3))
        assert await kept(store, 0, 1, 2, 3, 10, 11, 12) == [0, 1, 3, 10, 11, 12]
        await store.keep(1, several(4, 5))
        assert await kept(store, 0, 1, 3, 4, 5) == [1, 4, 5]
        with pytest.raises(VectorMissing):
            await store.load(1, [made(0)[0]])


async def test_what_was_just_made_stays_even_if_all_others_are_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "MAX_PER_PERSON", 2)

    async def hold_all(person: int, digests: Sequence[str]) -> Collection[str]:
        return [digest for digest in digests if digest != made(3)[0]]

    async with Database(tmp_path) as database:
        store = VectorStore(database, hold_all)
        await store.keep(1, several(1))
        await store.keep(1, several(2))
        await store.keep(1, several(3))
        assert await kept(store, 1, 2, 3) == [1, 2, 3]


async def test_rows_that_make_no_sense_are_missing_vectors(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with Database(tmp_path) as database:
        await VectorStore(database).keep(1, several(1, 2, 3))
    with sqlite3.connect(tmp_path / FILE_NAME) as file:
        file.execute("UPDATE vectors SET body = 'text' WHERE digest = ?", [made(1)[0]])
        file.execute("UPDATE vectors SET body = x'00' WHERE digest = ?", [made(2)[0]])
    file.close()
    async with Database(tmp_path) as database:
        store = VectorStore(database)
        assert await kept(store, 1, 2, 3) == [3]
    assert "skipped 1 unreadable rows of stored faces" in caplog.text


async def test_without_a_file_the_latest_are_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "MAX_RECENT", 2)
    store = VectorStore()
    await store.keep(1, several(1, 2, 3))
    assert await store.load(1, [made(2)[0], made(3)[0]]) == several(2, 3)
    with pytest.raises(VectorMissing):
        await store.load(1, [made(1)[0]])


async def test_people_at_the_same_time_do_not_disturb_one_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "MAX_PER_PERSON", 5)
    async with Database(tmp_path) as database:
        store = VectorStore(database)
        await asyncio.gather(*(store.keep(n % 3, several(n)) for n in range(30)))
        for person in range(3):
            await store.keep(person, several(100 + person))
    rows = sqlite3.connect(tmp_path / FILE_NAME).execute("SELECT person, count(*) FROM vectors GROUP BY 1").fetchall()
    assert sorted(rows) == [(0, 5), (1, 5), (2, 5)]


async def test_the_file_of_an_earlier_version_gets_the_table(tmp_path: Path) -> None:
    async with Database(tmp_path):
        pass
    engine = await SqliteFile(tmp_path).open()
    async with engine.begin() as connection:
        await connection.execute(text("DROP TABLE vectors"))
        await migrations.STEPS[3](connection)
    assert await migrations.missing_columns(engine) == []
    await engine.dispose()
    async with Database(tmp_path) as database:
        await VectorStore(database).keep(1, several(1))
        assert await kept(VectorStore(database), 1) == [1]
