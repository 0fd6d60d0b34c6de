"""No request is lost when the bot is killed or restarted, whatever the state of its files and its disk.

The processes and sockets are real. The tests are small by default; FULL_SIZE=1 in the environment runs them in full.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
import pytest
from final_message import is_final
from load_test_server import (
    FULL,
    MARKS,
    LoadTestServer,
    eventually,
    mixed_load,
)
from small_disk import fill, small_disk

from bot.storage.database import Database
from playground.people.person import Answer

pytestmark = MARKS


async def test_a_bot_killed_with_20_requests_in_flight_answers_each_of_them_once_after_a_restart(
    server: LoadTestServer,
) -> None:
    async with server.bot(max_in_flight=2) as bot:
        answers = mixed_load(server, 20)
        for answer in answers:
            await answer.wait_acknowledged()
        children = bot.children(recursive=True)
        bot.kill()
        await asyncio.to_thread(psutil.wait_procs, children, 15)
        assert not any(child.is_running() for child in children)
    assert sum(not answer.messages or not is_final(answer.messages[0]) for answer in answers) > 10
    async with server.bot(max_in_flight=2):
        for answer in answers:
            assert (await answer.picture(60)).attachments
        assert (await server.people[0].say("/waifu seed:1").picture(60)).attachments
    server.check_that_everybody_was_answered_once(answers)


@pytest.mark.skipif(not FULL, reason="FULL_SIZE=1 runs it; test_journal.py has the same clicks without a kill")
async def test_a_bot_killed_while_clicks_change_their_messages_changes_each_of_them_once_after_a_restart(
    server: LoadTestServer,
) -> None:
    async with server.bot(max_in_flight=1) as bot:
        people = server.people[:6]
        shown = [await person.say(f"/waifu seed:{n}").picture(60) for n, person in enumerate(people)]
        await server.people[7].say("/morph from:1 to:2 frames:240 size:2").wait_acknowledged()
        clicks = [person.click(message, "Wilder") for person, message in zip(people, shown, strict=True)]
        for click in clicks:
            await click.wait_acknowledged()
        children = bot.children(recursive=True)
        bot.kill()
        await asyncio.to_thread(psutil.wait_procs, children, 15)
    assert sum(server.world.messages[message.id] == message for message in shown) > 3
    server.final_answers.clear()
    async with server.bot(max_in_flight=1):
        for message, click in zip(shown, clicks, strict=True):
            assert "psi=0.85" in (await click.when(lambda m: "psi=0.85" in m.content, 60)).content
            assert click.messages[-1].id == message.id
    assert set(server.final_answers.values()) == {1}


# A state that cannot be used at the start


async def make_state(server: LoadTestServer) -> None:
    async with Database(server.folder / "state"):
        pass


def state_files(server: LoadTestServer) -> list[Path]:
    return [path for path in (server.folder / "state").glob("*.sqlite3") if path.stat().st_size]


async def ask_kill_and_restart(
    server: LoadTestServer, bot: psutil.Process, earlier: Sequence[Answer] = (), fake_worker: str | None = None
) -> None:
    """Kill a bot that has three requests and ``earlier`` ones, and check that the next one answers them.

    ``fake_worker`` is the next one's worker, one of workers/.
    """
    answers = [person.say(f"/morph from:{n} to:900 frames:24") for n, person in enumerate(server.people[:3])]
    for answer in answers:
        await answer.wait_acknowledged()
    answers += earlier
    await asyncio.sleep(1.5)  # Discord has acknowledged; the rows follow
    bot.kill()
    await eventually(lambda: not bot.is_running() or bot.status() == psutil.STATUS_ZOMBIE)
    async with server.bot(fake_worker=fake_worker):
        for answer in answers:
            assert (await answer.picture(60)).attachments
    server.check_that_everybody_was_answered_once(answers)


@pytest.mark.skipif(not FULL, reason="FULL_SIZE=1 runs it; a state that is locked, below, is the harder case")
async def test_a_broken_state_is_set_aside_and_costs_no_later_request(server: LoadTestServer) -> None:
    await make_state(server)
    for path in state_files(server):
        path.write_bytes(bytes(path.stat().st_size))
    async with server.bot() as bot:
        await ask_kill_and_restart(server, bot)
    assert server.log.count(" is broken (") == 1
    assert list((server.folder / "state").glob("*.broken-*"))


@pytest.mark.skipif(not FULL, reason="FULL_SIZE=1 runs it; a state that is locked, below, is the harder case")
async def test_somebody_who_reads_the_state_costs_no_request(server: LoadTestServer) -> None:
    await make_state(server)
    readers = [sqlite3.connect(path, isolation_level=None) for path in state_files(server)]
    for reader in readers:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM sqlite_master").fetchall()
    async with server.bot() as bot:
        await ask_kill_and_restart(server, bot)
    for reader in readers:
        reader.close()


async def test_a_state_that_is_locked_at_the_start_is_used_as_soon_as_it_is_free(server: LoadTestServer) -> None:
    await make_state(server)
    holders = [sqlite3.connect(path, isolation_level=None) for path in state_files(server)]
    for holder in holders:
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
    # Without a worker that is ready, the requests wait.
    async with server.bot(fake_worker="never_ready.py") as bot:
        earlier = [person.say(f"/morph from:{n} to:900 frames:120") for n, person in enumerate(server.people[3:6])]
        for answer in earlier:
            await answer.wait_acknowledged()
        for holder in holders:
            holder.close()
        await eventually(lambda: "can be used again" in server.log, 20)
        await ask_kill_and_restart(server, bot, earlier, fake_worker="draws.py")


@pytest.mark.skipif(not FULL, reason="FULL_SIZE=1 runs it; test_database.py fills a disk without a bot")
async def test_pictures_that_fill_a_small_disk_cost_no_request(server: LoadTestServer) -> None:
    with small_disk(server.folder / "state", 3_000_000) as state:
        async with server.bot(cache_mb=200, max_per_person=30, max_per_server=1000) as bot:
            for n in range(20):
                assert (await server.people[n].say(f"/grid size:3 seed:{n}").picture(60)).attachments
            fill(state)
            await ask_kill_and_restart(server, bot)
    assert "cannot be used now" not in server.log


# Two bots on one state


async def resume_once(bot: psutil.Process, is_time: Callable[[], bool]) -> None:
    await eventually(is_time, 60)
    bot.resume()


@pytest.mark.skipif(not FULL, reason="FULL_SIZE=1 runs it; a drain, and a kill with 20 requests in flight, are tried")
async def test_a_bot_that_is_killed_after_it_took_over_from_one_that_drained_loses_nothing(
    server: LoadTestServer,
) -> None:
    async with server.bot(drain_s=8, max_in_flight=1) as old:
        assert (await server.people[3].say("/waifu seed:1").picture(60)).attachments
        await server.people[3].say("/morph from:8 to:9 frames:120").wait_acknowledged()
        old.suspend()  # it leaves once the next one is seen to wait for it
        old.terminate()
        leaving = asyncio.create_task(resume_once(old, lambda: "waiting at most" in server.log))
        async with server.bot() as new:
            await leaving
            await ask_kill_and_restart(server, new)


@pytest.mark.skipif(not FULL, reason="FULL_SIZE=1 runs it; a state that is locked, above, waits, too")
async def test_a_second_bot_on_the_same_state_waits_and_then_leaves_with_a_sentence(server: LoadTestServer) -> None:
    async with server.bot(drain_s=0) as first:
        commands = server.folder / "second.txt"
        with commands.open("wb") as output:
            second = await server.start(output, drain_s=0)
        assert await asyncio.wait_for(second.wait(), 60) == 10
        answers = mixed_load(server, 20 if FULL else 6)
        for answer in answers:
            assert (await answer.picture(60)).attachments
        assert first.is_running()
    assert server.discord.gateway.identified == 1
    assert "Another bot of this application is running on" in commands.read_text()
    server.check_that_everybody_was_answered_once(answers)


async def test_at_sigterm_a_picture_that_is_nearly_done_is_finished_and_the_others_come_after_the_restart(
    server: LoadTestServer,
) -> None:
    settings = {"max_in_flight": 1, "drain_s": 6}
    async with server.bot(fake_worker="draws_slowly.py", **settings) as bot:
        assert (await server.people[0].say("/waifu seed:1").picture(60)).attachments
        running = server.people[0].say("/morph from:1 to:2 frames:12")
        waiting = [person.say("/morph from:3 to:4 frames:60") for person in server.people[1:4]]
        for answer in (running, *waiting):
            await answer.wait_acknowledged()
        bot.terminate()
        for answer in waiting:
            await answer.when(lambda shown: "your picture comes in a moment" in shown.content, 10)
        assert (await running.when(is_final, 10)).attachments
    async with server.bot(fake_worker="draws.py", **settings):
        for answer in waiting:
            assert (await answer.picture(60)).attachments
    server.check_that_everybody_was_answered_once([running, *waiting])
