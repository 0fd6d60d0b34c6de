"""PostgreSQL holds the bot's state as the file does, for several processes at once. The server is a real one."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from filelock import FileLock
from postgresql_server import Server
from sqlalchemy import URL, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import DatabaseRefused, NothingToMove, ShardInUse, StateAway, StateInUse
from bot.storage import database as databases
from bot.storage import processes as processes_module
from bot.storage.database import Database
from bot.storage.databases.moving import move
from bot.storage.databases.postgresql import PostgresqlServer
from bot.storage.journal import Journal, JournalEntry
from bot.storage.people.people import People
from bot.storage.preferences import Preferences
from bot.storage.processes import Processes
from bot.storage.tables import KEPT, PEOPLE, PREFERENCES, PROCESSES, UNANSWERED, VECTORS
from bot.storage.vectors import VectorStore
from generator.contract import vector

ENTRY = JournalEntry(1, 2, "token", 3, 4, 5, None, 1e9, 1000, "waifu 1 model=drawn-4 psi=0.7")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "RETRY_S", 0.05)
    monkeypatch.setattr(databases, "START_S", 0.0)


@pytest.fixture
def place(postgresql: Server) -> PostgresqlServer:
    return PostgresqlServer(postgresql.make_schema())


async def test_several_processes_may_open_an_empty_database_at_once(place: PostgresqlServer) -> None:
    async def use(first: int) -> None:
        async with Database(place) as database:
            for n in range(first, 24, 3):
                await Journal(database).open(replace(ENTRY, interaction=n))

    await asyncio.gather(*map(use, range(3)))
    async with Database(place) as database:
        assert [entry.interaction for entry in await Journal(database).unanswered(2)] == list(range(24))


@pytest.mark.parametrize("what", ["password", "name"])
async def test_a_server_that_refuses_is_explained_in_a_sentence_without_the_password(
    postgresql: Server, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    url = postgresql.url.set(password="wr0ng") if what == "password" else postgresql.url.set(database="nowhere")
    with pytest.raises(DatabaseRefused, match=r"authentication failed|does not exist") as refused:
        await Database(PostgresqlServer(url)).__aenter__()
    said = str(refused.value) + caplog.text
    assert "database_password_file" in said
    assert "wr0ng" not in said
    assert postgresql.password not in said


async def test_a_server_that_is_not_there_is_explained_in_a_sentence() -> None:
    url = URL.create("postgresql", "me", "s3cret", "127.0.0.1", 9, "waifubot")
    with pytest.raises(
        DatabaseRefused, match=r"postgresql://127\.0\.0\.1:9/waifubot cannot be used .*refused"
    ) as error:
        await Database(PostgresqlServer(url)).__aenter__()
    assert "s3cret" not in str(error.value)


# Processes that share it


@asynccontextmanager
async def process(place: PostgresqlServer, shard: int, wait_s: float = 0.0) -> AsyncIterator[tuple[Processes, Journal]]:
    """A process of two that answers requests of the application 2."""
    async with Database(place) as database, Processes(place, database) as processes:
        await processes.join(2, [shard], 2, wait_s)
        watching = asyncio.create_task(processes.watch())
        yield processes, Journal(database, processes)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes_module, "POLL_S", 0.02)
    monkeypatch.setattr(processes_module, "LEASE_S", 0.4)


async def eventually(is_true: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not is_true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.mark.usefixtures("quick")
async def test_what_a_dead_process_left_is_claimed_once(place: PostgresqlServer) -> None:
    async with process(place, 0) as (first, journal), process(place, 1) as (second, other):
        claimed: list[int] = []

        async def claim(mine: Journal) -> None:
            claimed.extend(entry.interaction for entry in await mine.claim(2, at_start=False))

        first.when_left_over(partial(claim, journal))
        second.when_left_over(partial(claim, other))
        async with Database(place) as database:
            dying = Processes(place, database)
            await dying.join(2, [7], 9, 0)
            for n in range(5):
                await Journal(database, dying).open(replace(ENTRY, interaction=n))
        await journal.open(replace(ENTRY, interaction=8))
        await eventually(lambda: first.elsewhere.requests == {4: 5})
        assert claimed == []
        assert dying._locks is not None
        await dying._locks.release()  # as if it had been killed: its row stays
        await eventually(lambda: len(claimed) >= 5)
        await asyncio.sleep(0.5)
        assert sorted(claimed) == list(range(5))
        assert await journal.claim(2, at_start=False) == await other.claim(2, at_start=False) == []


@pytest.mark.usefixtures("quick")
async def test_whoever_claims_what_a_dead_process_left_knows_what_was_cancelled(place: PostgresqlServer) -> None:
    async with process(place, 0) as (first, journal), Database(place) as database:
        dying = Processes(place, database)
        await dying.join(2, [7], 9, 0)
        left = [replace(ENTRY, interaction=n, person=n % 3, until=5.0 if n > 5 else None) for n in range(3, 9)]
        for entry in left:
            await Journal(database, dying).open(entry)
        await eventually(lambda: len(first.elsewhere.streams) == 3)
        assert dying._locks is not None
        await dying._locks.release()  # as if it had been killed: its row stays, and nobody hears the notices
        assert await first.cancel(0) == [ENTRY.line]
        assert await first.stop_stream(1)
        claimed: dict[int, int] = {}
        async with asyncio.timeout(20):
            while not claimed:
                claimed = {entry.interaction: entry.withdrawn for entry in await journal.claim(2, at_start=False)}
                await asyncio.sleep(0.01)
        assert claimed == {3: 1, 4: 0, 5: 0, 6: 1, 7: 1, 8: 0}


@pytest.mark.usefixtures("quick")
async def test_the_next_process_with_the_same_shard_gets_what_the_one_before_left_at_once(
    place: PostgresqlServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes_module, "LEASE_S", 1000.0)
    async with Database(place) as database:
        killed = Processes(place, database)
        await killed.join(2, [0], 2, 0)
        await Journal(database, killed).open(ENTRY)
        with pytest.raises(ShardInUse, match=r"holds one of the shards 0-0/2 in postgresql://.* has not left"):
            await Processes(place, database).join(2, [0], 2, 0)
        assert killed._locks is not None
        await killed._locks.release()
    async with process(place, 0) as (_, journal):
        assert await journal.claim(2, at_start=True) == [ENTRY]


@pytest.mark.usefixtures("quick")
async def test_processes_hear_of_cancelling_settings_limits_and_forgetting(place: PostgresqlServer) -> None:
    heard: list[tuple[str, int]] = []
    async with process(place, 0) as (first, journal), process(place, 1) as (second, other):
        for kind in ("asked", "cancelled", "forgotten", "person", "server"):

            async def hear(subject: int, kind: str = kind) -> None:
                heard.append((kind, subject))

            second.listen(kind, hear)  # type: ignore[arg-type]
        here, there = Preferences(journal.database, first), Preferences(other.database, second)
        second.listen("person", partial(there.read_again, "person"))
        await here.load()
        await there.load()
        await journal.open(ENTRY, asked=True)
        await journal.open(replace(ENTRY, interaction=2, until=5.0, person=6))
        await here.choose("person", 4, "anime")
        assert await second.cancel(4) == [ENTRY.line]
        await first.cancel(8)
        await People(journal.database, processes=first).forget(9)
        await eventually(lambda: len(heard) == 4)
        assert heard == [("asked", 4), ("person", 4), ("cancelled", 8), ("forgotten", 9)]
        assert second.elsewhere == ({4: 1}, [(6, 5)], set())
        assert there.get("person", 4) == "anime"
        await here.choose("person", 4, None)
        await eventually(lambda: there.get("person", 4) is None)


@pytest.mark.usefixtures("quick")
async def test_a_minute_without_the_database_loses_nothing_and_is_one_line_in_the_log(
    postgresql: Server, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease is over several times, and nobody takes the other for dead."""
    monkeypatch.setattr("bot.storage.journal.READ_TIMEOUT_S", 0.3)
    caplog.set_level("INFO")
    left_over: list[str] = []
    place = PostgresqlServer(url := postgresql.make_database())
    async with process(place, 0) as (first, journal), process(place, 1) as (second, other):
        for name, one in (("first", first), ("second", second)):

            async def note(name: str = name) -> None:
                left_over.append(name)

            one.when_left_over(note)
        postgresql.close(url)
        for n in range(200):
            await journal.open(replace(ENTRY, interaction=n))
        await asyncio.sleep(1.2)
        with pytest.raises(StateAway):
            await other.claim(2, at_start=False)
        postgresql.open(url)
        await eventually(lambda: journal.database.is_open and other.database.is_open)
        await eventually(lambda: second.elsewhere.requests == {4: 200})
        await asyncio.sleep(0.8)
        assert [entry.interaction for entry in await other.unanswered(2)] == list(range(200))
    assert left_over == []
    assert caplog.text.count("cannot be used now; until") == 2  # once for each process
    assert caplog.text.count("is slow") == 0
    assert caplog.text.count("can be used again") == 2


# From a file to a server


async def fill(database: Database) -> None:
    people = People(database)
    for person in (1, 2):
        await people.collections.keep(person, f"waifu {person}")
        await Preferences(database).choose("person", person, "anime")
    await Journal(database).open(ENTRY)
    body = vector.pack(vector.Shape(1, 1), b"ab")
    await VectorStore(database).keep(1, {vector.digest_of(body): body}, {"hair": "pink"})
    await database.write(PREFERENCES.insert().values(scope="person", id=text("'abc'"), name="model", value="m"))


async def test_a_file_moves_to_a_server_as_a_whole_and_only_into_an_empty_database(
    place: PostgresqlServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with Database(tmp_path) as database:
        await fill(database)
        before = {table: await database.read(table.select()) for table in (KEPT, UNANSWERED, VECTORS)}
    assert await move(tmp_path, place) == 6
    assert "skipped 1 unreadable rows of preferences" in caplog.text
    async with Database(place) as database:
        for table, rows in before.items():
            assert sorted(await database.read(table.select())) == sorted(rows)
        assert await Journal(database).claim(2, at_start=True) == [ENTRY]
    assert os.listdir(tmp_path) == ["waifubot.sqlite3.moved"]
    with pytest.raises(NothingToMove, match=r"there is no file .*waifubot.sqlite3"):
        await move(tmp_path, place)
    async with Database(tmp_path) as database:
        await fill(database)
    with pytest.raises(NothingToMove, match="already holds something in its table"):
        await move(tmp_path, place)
    with FileLock(tmp_path / "2-0.lock"), pytest.raises(StateInUse):
        await move(tmp_path, place)
    (tmp_path / "waifubot.sqlite3").write_bytes(b"this is no database" * 1000)
    with pytest.raises(NothingToMove, match="is broken"):
        await move(tmp_path, place)


@pytest.mark.usefixtures("quick")
async def test_a_process_that_was_taken_for_dead_hears_of_it_and_knows_what_is_still_its_own(
    place: PostgresqlServer,
) -> None:
    buried = asyncio.Event()

    async def note() -> None:
        buried.set()

    async with process(place, 0) as (first, journal), process(place, 1) as (_, other):
        first.when_buried(note)
        await journal.open(ENTRY)
        await journal.open(replace(ENTRY, interaction=2))
        assert await journal.owned() == {1, 2}
        # As if it had been stopped for longer than its lease: another has judged, and has claimed.
        gone = PROCESSES.delete().where(PROCESSES.c.process == first.id)
        claim = UNANSWERED.update().values(process=9).where(UNANSWERED.c.interaction == 1)
        await other.database.write(gone, claim)
        await asyncio.wait_for(buried.wait(), 20)
        assert await journal.owned() == {2}


async def test_changes_that_read_first_are_never_overtaken_by_another_process(place: PostgresqlServer) -> None:
    async with Database(place) as first, Database(place) as second:
        await first.write(PEOPLE.insert().values(person=1, hidden=0, last_day=0, days=0))

        async def add(connection: AsyncConnection) -> None:
            days = (await connection.execute(select(PEOPLE.c.days))).scalar_one()
            await asyncio.sleep(0.001)
            await connection.execute(PEOPLE.update().values(days=days + 1))

        await asyncio.gather(*(database.change(add, 20.0) for _ in range(15) for database in (first, second)))
        assert await first.read(select(PEOPLE.c.days)) == [(30,)]


async def test_a_turn_belongs_to_one_process_at_a_time(
    place: PostgresqlServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes_module, "POLL_LOCK_S", 0.02)
    async with Processes(place) as first, Processes(place) as second:
        loop = asyncio.get_running_loop()
        await first.hold_turn(0, 0.4)
        began = loop.time()
        await second.hold_turn(1, 0.0)
        other_turn_s = loop.time() - began
        await second.hold_turn(0, 0.0)
        assert loop.time() - began >= 0.35
        assert other_turn_s < loop.time() - began
