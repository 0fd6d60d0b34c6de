"""No request is lost when the bot or its worker is killed, or when very many requests come in at once.

The processes and sockets are real. The tests are small by default; FULL_SIZE=1 in the environment runs them in full.
"""

import asyncio
import os
import random
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from final_message import is_final, wait_over
from load_test_server import (
    MODEL,
    LoadTestServer,
    Resources,
    eventually,
    find_worker,
    free_port,
    load_test_server,
    measure_memory,
    mixed_load,
    wait_for_memory,
    wait_for_worker,
)
from small_disk import fill, small_disk

from playground.people.person import Answer

FULL = bool(os.environ.get("FULL_SIZE"))

pytestmark = [
    pytest.mark.skipif(not MODEL.exists(), reason="needs the fixture of the checkpoint loaders"),
    pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals"),
    pytest.mark.timeout(3600 if FULL else 180),
]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[LoadTestServer]:
    async with load_test_server(tmp_path, 100 if FULL else 20) as running:
        yield running


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


# A state that cannot be used at the start


def state_files(server: LoadTestServer) -> list[Path]:
    return [path for path in (server.folder / "state").glob("*.sqlite3") if path.stat().st_size]


async def ask_kill_and_restart(server: LoadTestServer, bot: psutil.Process, earlier: Sequence[Answer] = ()) -> None:
    """Kill a bot that has three requests and ``earlier`` ones, and check that the next one answers them."""
    answers = [person.say(f"/morph from:{n} to:900 frames:60") for n, person in enumerate(server.people[:3])]
    for answer in answers:
        await answer.wait_acknowledged()
    answers += earlier
    await asyncio.sleep(1.5)  # Discord has acknowledged; the rows follow
    bot.kill()
    await eventually(lambda: not bot.is_running() or bot.status() == psutil.STATUS_ZOMBIE)
    async with server.bot():
        for answer in answers:
            assert (await answer.picture(60)).attachments
    server.check_that_everybody_was_answered_once(answers)


async def test_a_broken_state_is_set_aside_and_costs_no_later_request(server: LoadTestServer) -> None:
    async with server.bot():
        pass
    for path in state_files(server):
        path.write_bytes(bytes(path.stat().st_size))
    async with server.bot() as bot:
        await ask_kill_and_restart(server, bot)
    assert server.log.count(" is broken (") == 1
    assert list((server.folder / "state").glob("*.broken-*"))


async def test_somebody_who_reads_the_state_costs_no_request(server: LoadTestServer) -> None:
    async with server.bot():
        pass
    readers = [sqlite3.connect(path, isolation_level=None) for path in state_files(server)]
    for reader in readers:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM sqlite_master").fetchall()
    async with server.bot() as bot:
        await ask_kill_and_restart(server, bot)
    for reader in readers:
        reader.close()


async def test_a_state_that_is_locked_at_the_start_is_used_as_soon_as_it_is_free(server: LoadTestServer) -> None:
    async with server.bot():
        pass
    holders = [sqlite3.connect(path, isolation_level=None) for path in state_files(server)]
    for holder in holders:
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
    async with server.bot(max_in_flight=1) as bot:
        earlier = [person.say(f"/morph from:{n} to:900 frames:120") for n, person in enumerate(server.people[3:6])]
        for answer in earlier:
            await answer.wait_acknowledged()
        for holder in holders:
            holder.close()
        await eventually(lambda: "can be used again" in server.log, 20)
        await ask_kill_and_restart(server, bot, earlier)


async def test_pictures_that_fill_a_small_disk_cost_no_request(server: LoadTestServer) -> None:
    with small_disk(server.folder / "state", 3_000_000) as state:
        async with server.bot(cache_mb=200, max_per_person=30, max_per_server=1000) as bot:
            for n in range(20 if FULL else 4):
                assert (await server.people[n].say(f"/grid size:3 seed:{n}").picture(60)).attachments
            fill(state)
            await ask_kill_and_restart(server, bot)
    assert "cannot be used now" not in server.log


# Two bots on one state


async def test_a_bot_that_is_killed_after_it_took_over_from_one_that_drained_loses_nothing(
    server: LoadTestServer,
) -> None:
    async with server.bot(drain_s=8, max_in_flight=1) as old:
        assert (await server.people[3].say("/waifu seed:1").picture(60)).attachments
        await server.people[3].say("/morph from:8 to:9 frames:240").wait_acknowledged()
        old.terminate()
        async with server.bot() as new:
            await ask_kill_and_restart(server, new)
    assert "waiting at most" in server.log


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


# A worker in trouble


async def check_that_trouble_costs_nobody_a_picture(
    server: LoadTestServer,
    times: int,
    moments: Callable[[random.Random], tuple[bool, float]],
    trouble: Callable[[psutil.Process], None],
) -> None:
    """Under load, make trouble for one worker after another, and check that each request still gets one picture.

    ``moments`` returns whether to wait until the worker can draw, and how many seconds to wait after that.
    Also check that no request is given up because it is blamed for the death of its worker.
    """
    chance, port, lost = random.Random(2), free_port(), set[psutil.Process]()
    limits = {"max_per_person": 100, "max_per_server": 1000, "max_queue": 1000}
    async with server.bot(max_in_flight=4, hang_timeout_s=5, metrics_port=port, **limits) as bot:
        answers, before = mixed_load(server, 20), await measure_memory(bot)
        for _ in range(times):
            ready, wait_s = moments(chance)
            worker = await wait_for_worker(bot, port, lost, ready=ready)
            await asyncio.sleep(wait_s)
            answers += mixed_load(server, 2, first=len(answers))
            lost.add(worker)
            with suppress(psutil.NoSuchProcess):
                trouble(worker)
            await eventually(lambda: not worker.is_running())  # noqa: B023 - done before worker changes
        for answer in answers:
            assert (await answer.picture(300)).attachments, answer.texts
        print(
            f"{len(answers)} requests, {len(lost)} workers; "
            f"bot's memory {before >> 20} MiB, then {await measure_memory(bot) >> 20} MiB"
        )
    server.check_that_everybody_was_answered_once(answers)
    assert "giving up on" not in server.log


async def test_a_worker_killed_repeatedly_under_load_costs_nobody_a_picture(server: LoadTestServer) -> None:
    """Kill the worker at random moments with a fixed seed. One in four comes while it is still starting."""
    await check_that_trouble_costs_nobody_a_picture(
        server,
        200 if FULL else 6,
        lambda chance: (chance.random() < 0.75, chance.uniform(0.0, 2.0)),
        psutil.Process.kill,
    )


async def test_a_worker_that_hangs_repeatedly_under_load_costs_nobody_a_picture(server: LoadTestServer) -> None:
    await check_that_trouble_costs_nobody_a_picture(
        server, 200 if FULL else 2, lambda chance: (True, chance.uniform(0.0, 1.5)), psutil.Process.suspend
    )


async def test_an_idle_worker_that_is_stopped_is_replaced_before_the_next_request(server: LoadTestServer) -> None:
    async with server.bot() as bot:
        assert (await server.people[0].say("/waifu seed:1").picture(60)).attachments
        worker = await find_worker(bot)
        worker.suspend()
        await eventually(lambda: not worker.is_running(), 30)
        assert (await server.people[0].say("/waifu seed:2").picture(60)).attachments
    assert "it hung, suspended from outside (SIGSTOP), killed by the bot; runs to retry: 0" in server.log


async def test_while_no_worker_can_start_requests_end_in_a_sentence_and_pictures_return_with_the_worker(
    server: LoadTestServer,
) -> None:
    model = server.folder / "model.pkl"
    shutil.copy(MODEL, model)
    async with server.bot(model=model, start_timeout_s=20) as bot:
        assert (await server.people[0].say("/waifu seed:1").picture(60)).attachments
        model.unlink()
        (await find_worker(bot)).kill()
        answers = mixed_load(server, 5)
        for answer in answers:
            assert "The artist is not available right now" in (await answer.when(is_final, 60)).content
        shutil.copy(MODEL, model)
        later: list[Answer] = []
        async with asyncio.timeout(100):
            while not later or not later[-1].messages or not later[-1].messages[0].attachments:
                later.append(server.people[1].say("/waifu seed:2"))
                await later[-1].when(is_final, 60)
                await asyncio.sleep(0.2)
    server.check_that_everybody_was_answered_once([*answers, *later])


async def flood(server: LoadTestServer, each: int) -> list[Answer]:
    """Make each person send ``each`` commands at once. Three of them are within the limit, and the rest are refused."""
    answers = []
    for number in range(each):
        for person in server.people:
            answers.append(person.say(f"/waifu seed:{number}"))
            await asyncio.sleep(0)  # lets Discord forward the first commands before it has the last ones
    await eventually(lambda: all(answer.acknowledged_after_s is not None for answer in answers), 5)
    assert max(answer.acknowledged_after_s or 0 for answer in answers) < 3
    messages = [await answer.when(is_final, 300) for answer in answers]
    refused = [message for message in messages if not message.attachments]
    assert all("You already have 3 pictures in the queue" in message.content for message in refused)
    assert len(messages) - len(refused) >= 3 * len(server.people)
    return answers


async def test_a_flood_of_commands_is_acknowledged_in_time_and_each_is_answered_or_refused(
    server: LoadTestServer,
) -> None:
    """Flood the bot repeatedly.

    The allocator may keep the memory of the first flood, but later floods must not add to it. Memory
    is compared when bot and worker have been idle for a while.
    """
    async with server.bot(max_queue=400, max_per_server=400) as bot:
        assert (await server.people[0].say("/grid 5").picture(60)).attachments
        both = (bot, await find_worker(bot))
        first: list[int] = []
        for _ in range(4 if FULL else 2):
            answers = await flood(server, each=10 if FULL else 5)
            if first:
                after = await wait_for_memory(both, [1.2 * size for size in first])
                assert all(late <= 1.2 * early for early, late in zip(first, after, strict=True)), (first, after)
            first = first or [await measure_memory(process) for process in both]
            server.check_that_everybody_was_answered_once(answers)
            for answer in answers:
                answer.close()


async def test_many_commands_within_two_seconds_are_all_acknowledged_in_time(server: LoadTestServer) -> None:
    count = 1000 if FULL else 100
    async with server.bot(max_queue=2000, max_per_server=2000, max_per_person=1000):
        assert (await server.people[0].say("/grid 5").picture(60)).attachments
        answers = []
        for number in range(count):
            answers.append(server.people[number % len(server.people)].say(f"/waifu seed:{number}"))
            await asyncio.sleep(2 / count)
        await eventually(lambda: all(answer.acknowledged_after_s is not None for answer in answers), 5)
        assert max(answer.acknowledged_after_s or 0 for answer in answers) < 3


async def test_the_token_is_in_no_log_and_no_process_list_and_never_reaches_the_worker(server: LoadTestServer) -> None:
    token = "MTIzNDU2Nzg5MDEyMzQ1Njc4.NotOne.OfDiscords-but-of-the-same-look-0123456"
    async with server.bot(token=token) as bot:
        assert (await server.people[0].say("/waifu seed:1").picture(60)).attachments
        worker = await find_worker(bot)
        assert token in bot.environ().values()
        assert token not in str([bot.cmdline(), worker.cmdline(), worker.environ()])
        worker.kill()
        assert (await server.people[0].say("/waifu seed:2").picture(60)).attachments
    assert "INFO" in server.log
    assert token not in server.log


async def test_a_picture_over_the_servers_size_limit_is_made_smaller_and_the_caption_says_so(
    server: LoadTestServer,
) -> None:
    guild = server.world.add_guild("small", server.people[0].user, attachment_limit=400_000)
    person = server.people[0].in_channel(server.world.add_channel(guild, "pictures"))
    async with server.bot():
        shown = await person.say("/morph from:1 to:2 frames:30").picture(60)
    assert len(shown.attachments[0].body) <= 400_000
    assert "-# Made smaller to fit here: " in shown.content


async def test_at_sigterm_a_picture_that_is_nearly_done_is_finished_and_the_others_come_after_the_restart(
    server: LoadTestServer,
) -> None:
    settings = {"max_in_flight": 1, "drain_s": 6}
    async with server.bot(**settings) as bot:
        assert (await server.people[0].say("/waifu seed:1").picture(60)).attachments
        running = server.people[0].say("/morph from:1 to:2 frames:12")
        waiting = [person.say("/morph from:3 to:4 frames:60") for person in server.people[1:4]]
        for answer in (running, *waiting):
            await answer.wait_acknowledged()
        bot.terminate()
        for answer in waiting:
            await answer.when(lambda shown: "your picture comes in a moment" in shown.content, 10)
        assert (await running.when(is_final, 10)).attachments
    async with server.bot(**settings):
        for answer in waiting:
            assert (await answer.picture(60)).attachments
    server.check_that_everybody_was_answered_once([running, *waiting])


async def a_while_of_chat(server: LoadTestServer, rounds: int, first: int) -> None:
    """Make people ask, click, cancel, delete and mistype, and break the connection in every fifth round."""
    for number in range(first, first + rounds):
        answers = mixed_load(server, 4, first=7 * number)
        person = server.people[number % len(server.people)]
        mistaken = person.say("/waifu seed:1 model:nobody")
        shown = await answers[0].picture(60)
        clicked = person.click(shown, "Wilder")
        endless = person.say("/morph from:1 to:2 frames:240 size:2")
        await endless.wait_acknowledged()
        await person.say("/cancel").wait_final(10)
        for answer in (*answers, mistaken, clicked, endless):
            await wait_over(server.world, answer, 60)
            answer.close()
        server.world.delete(shown.id)
        if number % 5 == 4:
            server.discord.gateway.drop()


async def test_a_day_of_chat_leaves_nothing_behind(server: LoadTestServer) -> None:
    """Chat a lot, in full size as much as in a day at two requests a minute. Memory is compared after a warm-up."""
    port, state_dir = free_port(), server.folder / "state"
    async with server.bot(metrics_port=port, cache_mb=1, max_per_person=5) as bot:
        await a_while_of_chat(server, 40 if FULL else 6, first=0)
        before = await Resources.measure(bot, port)
        await a_while_of_chat(server, 400 if FULL else 6, first=1000)
        after = await Resources.measure(bot, port)
    print(f"{server.log.count('outcome=')} requests; before {before}; after {after}")
    assert after.bot_bytes < 1.2 * before.bot_bytes
    assert after.worker_bytes < 1.2 * before.worker_bytes
    assert after.files <= before.files + 3
    assert after.threads <= before.threads + 2
    assert after.tasks <= before.tasks + 2
    assert not list(state_dir.rglob("*.part"))
    assert sum(path.stat().st_size for path in (state_dir / "cache").iterdir()) <= 1_000_000
    assert "Traceback" not in server.log
