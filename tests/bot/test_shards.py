"""Several shards in one process, and one shard in each of two processes that share a PostgreSQL database."""

import asyncio
import random
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from itertools import count
from pathlib import Path

import psutil
import pytest
from bot_chat import Chat, eventually, open_chat
from load_test_server import ENVIRON, FULL, MARKS, LoadTestServer, free_port, read_gauge
from load_test_server import eventually as before_long
from postgresql_server import Server
from sqlalchemy import URL

from bot import config
from bot.config.values import read_shards
from bot.connection import shards
from bot.connection.shards import Turns
from bot.storage import database as databases
from bot.storage.databases.postgresql import PostgresqlServer
from playground.discord import state
from playground.discord.state import Channel, World
from playground.people.person import Answer, NoAnswer, Person


def channel_on(world: World, shard: int, count: int, *people: Person) -> Channel:
    """Add a server that is on this shard, and return its channel."""
    while True:
        guild = world.add_guild(f"server on shard {shard}", *(person.user for person in people))
        if (guild.id >> 22) % count == shard:
            return world.add_channel(guild, "pictures")
        del world.guilds[guild.id]


def on_shards(chat: Chat) -> list[Person]:
    """Return the person ann on a server of the shard 0, and on one of the shard 1."""
    return [Person(chat.world, chat.ann.user, channel_on(chat.world, shard, 2, chat.ann)) for shard in (0, 1)]


@pytest.fixture
async def chat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Chat]:
    monkeypatch.setattr(shards, "IDENTIFY_S", 0.2)
    async with open_chat(tmp_path, monkeypatch, shards=2) as chat:
        chat.discord.gateway.pace_s = 0.15
        yield chat


async def test_the_shards_of_a_process_answer_for_their_servers_and_direct_messages(chat: Chat) -> None:
    """And a lost one holds up no other, and resumes."""
    assert [session.shard for session in chat.discord.gateway.sessions.values()] == [[0, 2], [1, 2]]
    here, there = on_shards(chat)
    for person in (here, there, Person(chat.world, chat.ann.user, chat.world.direct(chat.ann.user))):
        answer = person.say("/waifu seed:1")
        assert (await answer.picture(10)).attachments
        assert len(answer.messages) == 1
    chat.discord.gateway.refusing = True
    chat.discord.gateway.drop(shard=1)
    await eventually(lambda: chat.services.monitor.shards == {0: True, 1: False})
    assert (await here.say("/waifu seed:1").picture(10)).attachments
    status = here.say("/waifubot status")
    await status.wait_acknowledged()
    assert "Shards: 1 of 2 connected; lost: 1." in status.texts[-1]
    missed = there.say("/waifu seed:2")
    chat.discord.gateway.refusing = False
    assert (await missed.picture(20)).attachments
    assert (chat.discord.gateway.identified, chat.discord.gateway.resumed) == (2, 1)
    assert chat.services.monitor.shards == {0: True, 1: True}


async def test_a_shard_that_cannot_resume_for_long_begins_another_session_alone(chat: Chat) -> None:
    chat.bot.resume_s = 0.0
    chat.discord.gateway.refusing = True
    chat.discord.gateway.drop(shard=1)
    await eventually(lambda: not chat.services.monitor.shards[1])
    await asyncio.sleep(0.1)  # its first attempt to resume
    chat.discord.gateway.refusing = False
    await eventually(lambda: chat.services.monitor.shards[1])
    assert (chat.discord.gateway.identified, chat.discord.gateway.resumed) == (3, 0)
    assert chat.discord.gateway.too_soon == 0


async def test_while_the_database_is_away_people_are_answered_and_told_what_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgresql: Server
) -> None:
    monkeypatch.setattr(databases, "RETRY_S", 0.05)
    url = postgresql.make_database()
    async with open_chat(tmp_path, monkeypatch, place=PostgresqlServer(url)) as chat:
        await chat.draw("/waifu seed:1")
        await asyncio.to_thread(postgresql.close, url)
        for seed in range(3):
            assert (await chat.draw(f"/waifu seed:{seed}")).attachments
        await chat.ann.say("/collection").when(lambda shown: "cannot be reached" in shown.content, 10)
        await asyncio.to_thread(postgresql.open, url)
        await eventually(lambda: chat.journal.keeps)
        assert await chat.journal.unanswered(chat.world.bot.id) == []
        await chat.ann.say("/collection").when(lambda shown: "Nothing is in it yet" in shown.content, 10)


async def test_sessions_of_one_turn_begin_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "IDENTIFY_S", 0.05)
    held: list[int] = []

    async def hold(turn: int, seconds: float) -> None:
        held.append(turn)

    loop, when = asyncio.get_running_loop(), dict[int, float]()
    turns = Turns(hold)

    async def begin(shard: int) -> None:
        await turns.wait(shard, 2)
        when[shard] = loop.time()

    await asyncio.gather(*(begin(shard) for shard in range(6)))
    assert held == [0, 1, 0, 1, 0, 1]
    assert when[4] - when[2] >= 0.05
    assert when[2] - when[0] >= 0.05
    assert abs(when[1] - when[0]) < 0.04


@pytest.mark.parametrize(
    ("text", "value"),
    [("", None), ("0-7/32", (range(0, 8), 32)), ("31 / 32", (range(31, 32), 32)), ("0-0/1", (range(1), 1))],
)
def test_shards_are_written_as_the_first_and_the_last_of_how_many(text: str, value: object) -> None:
    assert config.parse_shards(read_shards(text)) == value


@pytest.mark.parametrize("text", ["8", "0-32/32", "5-3/32", "0-1/5000", "-1/3", "a/b", 7])
def test_shards_that_cannot_be_are_explained(text: object) -> None:
    with pytest.raises(ValueError, match=r"such as|give a text|at most"):
        read_shards(text)


# Processes of their own


def settings_of(url: URL, postgresql: Server) -> dict[str, object]:
    """Return the settings of a process that uses this database."""
    return {"database_url": url.set(password=None).render_as_string(), "database_password": postgresql.password}


def people_on(server: LoadTestServer, shard: int) -> list[Person]:
    """Return three people, on servers of this shard of two."""
    return [
        Person(server.world, person.user, channel_on(server.world, shard, 2, *server.people))
        for person in server.people[:3]
    ]


def schema_of(url: URL) -> str:
    return str(url).rpartition("search_path%3D")[2]


@pytest.mark.skipif(MARKS[1].args[0], reason="needs POSIX signals")
async def test_of_two_processes_on_one_database_the_second_answers_what_the_first_owes_when_it_is_killed(
    server: LoadTestServer, postgresql: Server
) -> None:
    shared, here, there = (
        settings_of(url := postgresql.make_schema(), postgresql),
        *(people_on(server, n) for n in (0, 1)),
    )
    first = {"shards": "0/2", "state_dir": server.folder / "first", "fake_worker": "never_ready.py"}
    second = {"shards": "1/2", "state_dir": server.folder / "second", "fake_worker": "draws.py"}
    async with server.bot(**shared, **first) as killed, server.bot(**shared, **second):
        owed = [person.say(f"/waifu seed:{number}") for number, person in enumerate(here)]
        for answer in owed:
            await answer.wait_acknowledged()
        assert (await there[0].say("/waifu seed:7").picture(20)).attachments
        await before_long(lambda: len(postgresql.execute(f"SELECT * FROM {schema_of(url)}.unanswered")) == 3)
        killed.kill()
        cancelled = await there[0].say("/waifubot cancel").when(lambda message: "Cancelled" in message.content)
        assert "`waifu 0 " in cancelled.content
        for answer in owed[1:]:
            assert (await answer.picture(40)).attachments
        await owed[0].wait_deleted(40)  # of whom nobody had claimed the request yet
    server.check_that_everybody_was_answered_once(owed[1:])
    assert postgresql.password not in server.log
    assert postgresql.execute(f"SELECT * FROM {schema_of(url)}.unanswered") == []


@pytest.mark.skipif(not FULL, reason="FULL_SIZE=1 runs it; the test above kills one of two processes")
async def test_two_processes_that_are_killed_again_and_again_lose_and_double_nothing(
    server: LoadTestServer, postgresql: Server
) -> None:
    """In each round one of the two is killed with answers owed, and is started again or not before the next round."""
    shared, chance, answers = settings_of(url := postgresql.make_schema(), postgresql), random.Random(5), list[Answer]()
    both = [people_on(server, shard) for shard in (0, 1)]
    async with AsyncExitStack() as stack:
        bots: dict[int, psutil.Process] = {}
        for number in range(20):
            for shard in (0, 1):
                if shard not in bots or not bots[shard].is_running():
                    own = {"shards": f"{shard}/2", "state_dir": server.folder / f"shard{shard}", "max_per_person": 1000}
                    bots[shard] = await stack.enter_async_context(
                        server.bot(**shared, **own, fake_worker="draws_slowly.py")
                    )
            asked = [chance.choice(both[n % 2]).say(f"/waifu seed:{100 * number + n}") for n in range(20)]
            for answer in asked:
                with suppress(NoAnswer):  # Discord has told these people; the others were promised a picture
                    await answer.wait_acknowledged()
            answers += [answer for answer in asked if answer.acknowledged_after_s is not None]
            await asyncio.sleep(1.0 + chance.uniform(0.0, 1.0))  # the rows are written within a second
            bots[number % 2].kill()
            await before_long(lambda: not bots[number % 2].is_running())  # noqa: B023 - done before it changes
        for answer in answers:
            assert (await answer.picture(120)).attachments, answer.texts
    assert len(answers) > 300
    assert {len(answer.messages) for answer in answers} == {1}
    assert "Traceback" not in server.log
    assert postgresql.execute(f"SELECT * FROM {schema_of(url)}.unanswered") == []
    print(f"{len(answers)} requests, 20 kills")


@pytest.mark.skipif(not FULL, reason="FULL_SIZE=1 runs it; a test above has a shorter outage in one process")
async def test_a_minute_without_the_database_costs_two_processes_no_request(
    server: LoadTestServer, postgresql: Server
) -> None:
    shared, answers = settings_of(url := postgresql.make_database(), postgresql), list[Answer]()
    both = [people_on(server, shard) for shard in (0, 1)]
    async with AsyncExitStack() as stack:
        for shard in (0, 1):
            own = {"shards": f"{shard}/2", "state_dir": server.folder / f"shard{shard}", "max_per_person": 1000}
            await stack.enter_async_context(server.bot(**shared, **own, fake_worker="draws_slowly.py"))
        await asyncio.to_thread(postgresql.close, url)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            answers += [people[0].say(f"/waifu seed:{len(answers)}") for people in both]
            await asyncio.sleep(0.3)
        await asyncio.to_thread(postgresql.open, url)
        answers += [people[0].say(f"/waifu seed:{len(answers)}") for people in both]
        for answer in answers:
            assert (await answer.picture(60)).attachments
        await before_long(lambda: server.log.count("can be used again") == 2)  # once in each process
        await before_long(lambda: postgresql.execute("SELECT * FROM unanswered", url=url) == [])
    server.check_that_everybody_was_answered_once(answers)
    assert server.log.count("cannot be used now; until") == 2  # once in each process
    assert server.log.count("can be used again") == 2
    print(f"{len(answers)} requests")


class Crowd:
    """Many who ask, of whom nobody waits for a picture: each is followed for the time of 300 others.

    To follow thousands costs the stand-in for Discord more time than the bot has.
    """

    def __init__(self, server: LoadTestServer) -> None:
        self._server, self._followed, self._seeds = server, deque[Answer](), count()
        self.asked = self.refused = 0

    def ask(self) -> None:
        seed = next(self._seeds)  # never the same again, for what is asked for twice is drawn once
        person = self._server.people[seed % len(self._server.people)]
        self._followed.append(person.say(f"/waifu seed:{seed}"))
        self.asked += 1
        self.let_go(300)

    def let_go(self, most: int) -> None:
        while len(self._followed) > most:
            answer = self._followed.popleft()
            self.refused += any("The queue is full" in text for text in answer.texts)
            answer.close()


@pytest.mark.skipif(not FULL, reason="FULL_SIZE=1 runs it")
async def test_with_3000_waiting_and_100_arrivals_a_second_the_loop_stays_under_100_ms(
    server: LoadTestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop's lag is how late it is for its timers, on a machine that does nothing else.

    The worker draws at most 20 pictures a second, so at least 80 of 100 arrivals are refused.
    """
    monkeypatch.setattr(state, "MAX_MESSAGES", 20_000)  # Discord forgets none
    monkeypatch.setattr(state, "MAX_INTERACTIONS", 50_000)
    monkeypatch.setitem(ENVIRON, "LAG_FILE", str(server.folder / "lags"))
    port, crowd, waiting = free_port(), Crowd(server), list[float]()
    limits = {"max_queue": 3000, "max_per_person": 1000, "max_per_server": 10_000}
    async with server.bot(**limits, metrics_port=port, max_in_flight=1, fake_worker="draws_slowly.py"):
        while not crowd.refused:
            crowd.ask()
            await asyncio.sleep(0.01)
        crowd.let_go(0)
        crowd.asked = crowd.refused = 0
        began, began_at = time.monotonic(), time.time()
        while time.monotonic() - began < 60:
            crowd.ask()
            if crowd.asked % 100 == 0:
                waiting.append(await read_gauge(port, "waifubot_waiting"))
            await asyncio.sleep(max(0.0, began + crowd.asked / 100 - time.monotonic()))
        ended_at = time.time()
        await asyncio.sleep(3)
        crowd.let_go(0)
    found = [tuple(map(float, line.split())) for line in (server.folder / "lags").read_text().splitlines()]
    lags = sorted(late for at, late in found if began_at < at < ended_at)
    print(f"{crowd.asked} asked, {crowd.refused} refused, {min(waiting):.0f} to {max(waiting):.0f} waiting")
    often = sum(late > 0.05 for late in lags)
    print(f"the loop was late by 10 ms {len(lags)} times, by 50 ms {often} times, at most by {lags[-1]:.4f} s")
    assert crowd.asked > 5700
    assert crowd.refused >= 0.8 * crowd.asked
    assert min(waiting) > 2900
    assert lags[-1] < 0.1
