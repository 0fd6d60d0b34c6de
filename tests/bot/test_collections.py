"""Collections, gifts and days in a row, as the database keeps them: limits, races, what is forgotten and what stays."""

import asyncio
import sqlite3
import tempfile
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import hypothesis
import hypothesis.strategies as st
import pytest
import pytest_asyncio
from hypothesis import given
from manual_engine import PICTURE, ManualEngine, wait_for_ending
from sqlalchemy import select, text

from bot.errors import (
    AlreadyKept,
    CollectionFull,
    GiftGone,
    NotKept,
    NotYourGift,
    StateAway,
    TheirCollectionFull,
    Unexpected,
)
from bot.queue.limits import Limits
from bot.queue.queue import RenderQueue
from bot.recipes.request import Request
from bot.storage.cache import Cache
from bot.storage.database import Database, Place
from bot.storage.databases.migrations import STEPS, missing_columns
from bot.storage.databases.sqlite_file import FILE_NAME, SqliteFile
from bot.storage.journal import Journal, JournalEntry
from bot.storage.panels import Panels
from bot.storage.people import gifts as gifts_module
from bot.storage.people.collections import Collections, KeptFace
from bot.storage.people.days import Days
from bot.storage.people.earlier import EarlierCaptions
from bot.storage.people.forgetting import PERSONAL, forget
from bot.storage.people.gifts import VALID_S, Gifts
from bot.storage.people.people import People
from bot.storage.preferences import Preferences
from bot.storage.tables import KEPT, METADATA, MODEL_NAMES, NOTICES, PROCESSES, SCHEMA_VERSION
from bot.storage.vectors import VectorStore
from generator.contract import vector
from generator.contract.errors import VectorMissing
from generator.contract.recipe import Recipe

ANN, BOB, CAT = 1, 2, 3
LIMIT = 4


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


class Kept:
    """A database with what keeps collections in it, under one clock."""

    def __init__(self, database: Database) -> None:
        self.database, self.clock = database, Clock()
        self.collections = Collections(database, LIMIT, self.clock)
        self.gifts = Gifts(database, LIMIT, self.clock)
        self.days = Days(database)

    async def lines(self, person: int) -> list[str]:
        return [face.line for face in await self.collections.faces(person)]

    async def fill(self, person: int, count: int = LIMIT) -> list[KeptFace]:
        return [await self.collections.keep(person, f"waifu {person}{n}") for n in range(count)]


@pytest_asyncio.fixture
async def kept(place: Place) -> AsyncIterator[Kept]:
    async with Database(place) as database:
        yield Kept(database)


async def test_faces_are_kept_in_order_named_and_removed_also_after_a_restart(place: Place) -> None:
    async with Database(place) as database:
        first = Kept(database)
        one, two, three = await first.fill(ANN, 3)
        await first.collections.rename(ANN, two.id, "x" * 40)
        await first.collections.remove(ANN, one.id)
        await first.collections.hide(ANN, True)
    async with Database(place) as database:
        again = Kept(database)
        assert await again.collections.faces(ANN) == [KeptFace(two.id, "waifu 11", "x" * 32), three]
        assert await again.collections.is_hidden(ANN)
        assert not await again.collections.is_hidden(BOB)
        await again.collections.hide(ANN, False)
        assert not await again.collections.is_hidden(ANN)
        await again.collections.rename(ANN, two.id, "")
        assert (await again.collections.faces(ANN))[0].name == ""


async def test_a_collection_holds_each_face_once_and_as_many_as_its_limit(kept: Kept) -> None:
    await kept.fill(ANN, LIMIT - 1)
    with pytest.raises(AlreadyKept, match="number 2"):
        await kept.collections.keep(ANN, "waifu 11")
    results = await asyncio.gather(
        *(kept.collections.keep(ANN, f"waifu 9{n}") for n in range(5)), return_exceptions=True
    )
    assert [type(result) for result in results].count(KeptFace) == 1
    assert [type(result) for result in results].count(CollectionFull) == 4
    assert len(await kept.lines(ANN)) == LIMIT
    assert await kept.lines(BOB) == []


async def test_only_the_owner_changes_a_face(kept: Kept) -> None:
    (face,) = await kept.fill(ANN, 1)
    for attempt in (
        kept.collections.rename(BOB, face.id, "mine"),
        kept.collections.remove(BOB, face.id),
        kept.gifts.offer(BOB, face.id, CAT),
        kept.collections.remove(ANN, face.id + 1),
    ):
        with pytest.raises(NotKept):
            await attempt
    assert await kept.collections.faces(ANN) == [face]


async def test_a_gift_moves_its_face_once_with_its_name(kept: Kept) -> None:
    (face,) = await kept.fill(ANN, 1)
    await kept.collections.rename(ANN, face.id, "Asuka")
    gift = await kept.gifts.offer(ANN, face.id, BOB)
    assert await kept.lines(ANN) == [face.line]  # until it is accepted
    assert await kept.gifts.waiting_for(BOB) == [gift]
    with pytest.raises(NotYourGift):
        await kept.gifts.accept(CAT, gift.id)
    results = await asyncio.gather(*(kept.gifts.accept(BOB, gift.id) for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results].count(GiftGone) == 2
    assert await kept.collections.faces(BOB) == [KeptFace(face.id, face.line, "Asuka")]
    assert await kept.lines(ANN) == []
    assert await kept.gifts.waiting_for(BOB) == []


async def test_a_gift_of_which_something_was_changed_meanwhile_is_gone(kept: Kept) -> None:
    removed, offered_twice, declined, old = await kept.fill(ANN)
    for face in (removed, declined, old):
        await kept.gifts.offer(ANN, face.id, BOB)
    earlier = await kept.gifts.offer(ANN, offered_twice.id, BOB)
    later = await kept.gifts.offer(ANN, offered_twice.id, CAT)
    mine = {gift.face.id: gift for gift in await kept.gifts.waiting_for(BOB)}
    await kept.collections.remove(ANN, removed.id)
    assert (await kept.gifts.decline(BOB, mine[declined.id].id)).face == declined
    for gift in (mine[removed.id], mine[declined.id], earlier):
        with pytest.raises(GiftGone):
            await kept.gifts.accept(BOB, gift.id)
    kept.clock.now = mine[old.id].until - 5
    assert [gift.id for gift in await kept.gifts.waiting_for(BOB)] == [mine[old.id].id]
    kept.clock.now += VALID_S
    assert await kept.gifts.waiting_for(BOB) == []
    for attempt in (kept.gifts.accept(BOB, mine[old.id].id), kept.gifts.decline(CAT, later.id)):
        with pytest.raises(GiftGone):
            await attempt
    assert await kept.lines(ANN) == [face.line for face in (offered_twice, declined, old)]


async def test_a_gift_for_a_full_collection_waits_until_there_is_room(kept: Kept) -> None:
    face, *_ = await kept.fill(ANN)
    gift = await kept.gifts.offer(ANN, face.id, BOB)
    his = await kept.fill(BOB)
    with pytest.raises(TheirCollectionFull):
        await kept.gifts.offer(ANN, face.id, BOB)
    with pytest.raises(CollectionFull):
        await kept.gifts.accept(BOB, gift.id)
    await kept.collections.remove(BOB, his[0].id)
    await kept.collections.keep(BOB, face.line)
    with pytest.raises(AlreadyKept):
        await kept.gifts.accept(BOB, gift.id)
    await kept.collections.remove(BOB, his[1].id)
    await kept.collections.remove(BOB, (await kept.collections.faces(BOB))[-1].id)
    await kept.gifts.accept(BOB, gift.id)
    assert face.line in await kept.lines(BOB)


async def test_somebody_who_offers_without_end_takes_the_oldest_offers_back(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gifts_module, "MAX_OFFERED", 2)
    offered = [(await kept.gifts.offer(ANN, face.id, BOB)).id for face in await kept.fill(ANN, 3)]
    assert [gift.id for gift in await kept.gifts.waiting_for(BOB)] == offered[1:]


class Book:
    """What should be kept, in plain Python: a collection is a dict of faces by id, a gift is who, whom, face, until."""

    def __init__(self) -> None:
        self.faces: dict[int, dict[int, str]] = {person: {} for person in (ANN, BOB, CAT)}
        self.gifts: dict[int, tuple[int, int, int, float]] = {}

    def refusal(self, person: int, line: str) -> type[Exception] | None:
        if line in self.faces[person].values():
            return AlreadyKept
        return CollectionFull if len(self.faces[person]) >= LIMIT else None

    def take_back(self, face: int = 0, person: int = 0) -> None:
        """Take back the gifts of a face, or from and to a person."""
        self.gifts = {
            id_: gift for id_, gift in self.gifts.items() if gift[2] != face and person not in (gift[0], gift[1])
        }


async def _keep(kept: Kept, book: Book, person: int, n: int) -> None:
    line = f"waifu {n}"
    if refused := book.refusal(person, line):
        with pytest.raises(refused):
            await kept.collections.keep(person, line)
    else:
        book.faces[person][(await kept.collections.keep(person, line)).id] = line


async def _remove(kept: Kept, book: Book, person: int, n: int) -> None:
    for id_ in list(book.faces[person])[n : n + 1]:
        await kept.collections.remove(person, id_)
        del book.faces[person][id_]
        book.take_back(face=id_)


async def _offer(kept: Kept, book: Book, person: int, n: int) -> None:
    recipient = person % 3 + 1
    for id_ in list(book.faces[person])[n : n + 1]:
        if len(book.faces[recipient]) >= LIMIT:
            with pytest.raises(TheirCollectionFull):
                await kept.gifts.offer(person, id_, recipient)
            continue
        gift = await kept.gifts.offer(person, id_, recipient)
        book.take_back(face=id_)
        book.gifts[gift.id] = (person, recipient, id_, gift.until)


async def _accept(kept: Kept, book: Book, person: int, n: int) -> None:
    for id_, (giver, recipient, face, until) in list(book.gifts.items())[n : n + 1]:
        refused: type[Exception] | None = GiftGone if until <= kept.clock.now + 1 else None
        refused = refused or (NotYourGift if person != recipient else None)
        refused = refused or book.refusal(recipient, book.faces[giver][face])
        if refused:
            with pytest.raises(refused):
                await kept.gifts.accept(person, id_)
            continue
        await kept.gifts.accept(person, id_)
        book.faces[recipient][face] = book.faces[giver].pop(face)
        del book.gifts[id_]


async def _forget(kept: Kept, book: Book, person: int, n: int) -> None:
    await forget(kept.database, person)
    book.faces[person].clear()
    book.take_back(person=person)


async def _wait(kept: Kept, book: Book, person: int, n: int) -> None:
    kept.clock.now += VALID_S * n / 4


STEPS_OF_PEOPLE = (_keep, _keep, _keep, _offer, _offer, _accept, _accept, _remove, _forget, _wait)


@given(st.lists(st.tuples(st.sampled_from(STEPS_OF_PEOPLE), st.integers(1, 3), st.integers(0, 5)), max_size=60))
@hypothesis.settings(max_examples=8)
def test_whatever_people_do_each_face_is_in_one_collection_and_no_limit_is_passed(steps: list[Any]) -> None:
    async def play() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with Database(Path(folder)) as database:
                kept, book = Kept(database), Book()
                for step, person, n in steps:
                    await step(kept, book, person, n)
                for person, faces in book.faces.items():
                    assert {face.id: face.line for face in await kept.collections.faces(person)} == faces
                    assert len(faces) <= LIMIT
                    open_ = [
                        id_ for id_, gift in book.gifts.items() if gift[1] == person and gift[3] > kept.clock.now + 1
                    ]
                    assert sorted(gift.id for gift in await kept.gifts.waiting_for(person)) == sorted(open_)

    asyncio.run(play())


async def test_days_in_a_row_are_counted_once_a_day_and_begin_again_after_a_gap(kept: Kept) -> None:
    days = [100, 100, 101, 102, 101, 104, 105, 105]
    assert [await kept.days.come(ANN, day) for day in days] == [1, 1, 2, 3, 3, 1, 2, 2]
    assert await kept.days.come(BOB, 105) == 1
    await kept.collections.hide(ANN, True)  # in the same row
    assert await kept.days.come(ANN, 106) == 3


async def test_what_a_collection_holds_is_not_thrown_out_with_the_oldest_stored_faces(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.vectors.MAX_PER_PERSON", 2)
    store = VectorStore(kept.database, kept.collections.held, kept.clock)
    raw = {vector.digest_of(body): body for body in (vector.pack(vector.Shape(1, 1), bytes([n, 0])) for n in range(5))}
    first, *_ = raw
    await kept.collections.keep(ANN, f"waifu @{first} model=m")
    for digest, body in raw.items():
        await store.keep(ANN, {digest: body})
        await store.keep(BOB, {digest: body})
    rows = await kept.database.read(text("SELECT person, digest FROM vectors ORDER BY used"))
    assert [row.digest for row in rows if row.person == ANN] == [first, list(raw)[-1]]
    assert [row.digest for row in rows if row.person == BOB] == list(raw)[-2:]


def entry(person: int) -> JournalEntry:
    return JournalEntry(person, 1, "token", None, person, None, None, 1e10, 1, "waifu 1")


async def test_all_of_a_person_is_forgotten_at_once_and_nothing_of_anybody_else(kept: Kept) -> None:
    body = vector.pack(vector.Shape(1, 1), b"ab")
    for person, other in ((ANN, BOB), (BOB, ANN)):
        face, *_ = await kept.fill(person, 2)
        await kept.gifts.offer(person, face.id, other)
        await kept.gifts.offer(person, (await kept.collections.faces(person))[1].id, CAT)
        await kept.collections.hide(person, True)
        await kept.days.come(person, 100)
        await Preferences(kept.database).choose("person", person, "m")
        await Preferences(kept.database).choose("server", person, "m")  # a server may have any id
        await VectorStore(kept.database).keep(person, {vector.digest_of(body): body})
        await Panels(kept.database).keep(person, person, "state")
        await EarlierCaptions(kept.database).keep(person, person, "waifu 1")
        await Journal(kept.database).open(entry(person))
        notice = {"id": person, "process": 1, "kind": "asked", "subject": person, "made": 0.0}
        await kept.database.write(NOTICES.insert().values(**notice))
    given = [gift.id for gift in await kept.gifts.waiting_for(BOB)]
    await forget(kept.database, ANN)
    for table, rows_of in PERSONAL.items():
        assert await kept.database.read(select(table).where(rows_of(ANN))) == [], table.name
        if table.name != "gifts":
            assert len(await kept.database.read(select(table).where(rows_of(BOB)))) >= 1, table.name
    assert (await kept.database.read(text("SELECT count(*) AS n FROM preferences WHERE scope = 'server'")))[0].n == 2
    assert await kept.gifts.waiting_for(BOB) == []
    assert [gift.giver for gift in await kept.gifts.waiting_for(CAT)] == [BOB]
    with pytest.raises(GiftGone):
        await kept.gifts.accept(BOB, given[0])
    assert not await kept.collections.is_hidden(ANN)
    assert await kept.days.come(ANN, 101) == 1


async def test_the_line_of_a_forgotten_face_is_refused_also_where_its_picture_is_in_the_cache(tmp_path: Path) -> None:
    body = vector.pack(vector.Shape(1, 1), b"ab")
    request = Request(Recipe.parse(f"waifu @{vector.digest_of(body)}"), max_bytes=1000, person=ANN)
    async with Database(tmp_path / "state") as database, Cache(tmp_path / "cache", 10**6) as cache:
        people, store, engine = People(database), VectorStore(database), ManualEngine()
        people.when_forgotten.append(store.forget)
        async with RenderQueue(engine, Limits(), cache, vectors=store) as queue:
            await store.keep(ANN, {vector.digest_of(body): body})
            first = queue.submit(request)
            while not engine.runs:  # noqa: ASYNC110
                await asyncio.sleep(0)
            engine.runs[0][1].put_nowait(PICTURE)
            assert await wait_for_ending(first) == PICTURE
            await asyncio.gather(*queue._tasks)
            assert await wait_for_ending(queue.submit(request)) == PICTURE  # from the cache: nothing was drawn
            assert len(engine.closed) == 1
            await people.forget(ANN)
            assert isinstance(await wait_for_ending(queue.submit(request)), VectorMissing)


def test_every_table_says_which_of_its_rows_are_a_persons() -> None:
    """A new table must have a row in PERSONAL, or be named here as one that holds nothing of anybody."""
    assert set(METADATA.tables.values()) - set(PERSONAL) == {SCHEMA_VERSION, MODEL_NAMES, PROCESSES}


async def test_without_a_usable_database_nothing_is_changed_and_nobody_is_told_otherwise(tmp_path: Path) -> None:
    nowhere = Kept(Database(None))
    for attempt in (
        nowhere.collections.keep(ANN, "waifu 1"),
        nowhere.collections.faces(ANN),
        nowhere.gifts.waiting_for(ANN),
        nowhere.days.come(ANN, 1),
        forget(nowhere.database, ANN),
    ):
        with pytest.raises(StateAway):
            await attempt
    assert await nowhere.collections.held(ANN, ["ab"]) == []


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
async def test_a_change_that_comes_too_late_is_refused_and_never_happens(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (face,) = await kept.fill(ANN, 1)
    monkeypatch.setattr("bot.storage.database.CHANGE_TIMEOUT_S", 0.05)
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        late = await asyncio.gather(
            kept.collections.remove(ANN, face.id), kept.collections.keep(ANN, "waifu 5"), return_exceptions=True
        )
        assert [type(result) for result in late] == [StateAway, StateAway]
        other.execute("ROLLBACK")
    monkeypatch.setattr("bot.storage.database.CHANGE_TIMEOUT_S", 10)
    assert await kept.lines(ANN) == [face.line]


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
async def test_a_mistake_in_one_change_ends_no_other_and_a_damaged_row_is_left_out(kept: Kept) -> None:
    async def mistake(_: Any) -> None:
        raise TypeError

    await kept.fill(ANN, 2)
    with pytest.raises(Unexpected):
        await kept.database.change(mistake)
    await kept.database.write(KEPT.update().where(KEPT.c.line == "waifu 10").values(kept=text("'soon'")))
    assert await kept.lines(ANN) == ["waifu 11"]


async def test_a_database_of_before_gets_the_tables(tmp_path: Path) -> None:
    engine = await SqliteFile(tmp_path).open()
    async with engine.begin() as connection:
        for table in ("kept", "gifts", "people"):
            await connection.execute(text(f"DROP TABLE {table}"))
        await STEPS[7](connection)
    assert await missing_columns(engine) == []
    await engine.dispose()
