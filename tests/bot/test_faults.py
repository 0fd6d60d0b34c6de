"""No request is lost when the worker is killed or hangs, or when very many requests come in at once.

The processes and sockets are real. The tests are small by default; FULL_SIZE=1 in the environment runs them in full.
"""

import asyncio
import random
import shutil
from collections.abc import Callable
from contextlib import suppress

import psutil
import pytest
from final_message import is_final, wait_over
from load_test_server import (
    FULL,
    MARKS,
    MODEL,
    LoadTestServer,
    Resources,
    eventually,
    find_worker,
    free_port,
    measure_memory,
    mixed_load,
    wait_for_memory,
    wait_for_worker,
)

from playground.people.person import Answer

pytestmark = MARKS


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
    """Kill the worker at random moments. In full size, one in four comes while it is still starting."""
    await check_that_trouble_costs_nobody_a_picture(
        server,
        200 if FULL else 2,
        lambda chance: (chance.random() < 0.75, chance.uniform(0.0, 2.0)),
        psutil.Process.kill,
    )


@pytest.mark.skipif(not FULL, reason="FULL_SIZE=1 runs it; one that is killed, and an idle one that hangs, are tried")
async def test_a_worker_that_hangs_repeatedly_under_load_costs_nobody_a_picture(server: LoadTestServer) -> None:
    await check_that_trouble_costs_nobody_a_picture(
        server, 200, lambda chance: (True, chance.uniform(0.0, 1.5)), psutil.Process.suspend
    )


async def test_an_idle_worker_that_is_stopped_is_replaced_before_the_next_request(server: LoadTestServer) -> None:
    async with server.bot(fake_worker="draws.py") as bot:
        assert (await server.people[0].say("/waifu seed:1").picture(60)).attachments
        worker = await find_worker(bot)
        worker.suspend()
        await eventually(lambda: "worker lost" in server.log, 30)  # a little later than the process is gone
        assert not worker.is_running()
        assert (await server.people[0].say("/waifu seed:2").picture(60)).attachments
    deaths = [line for line in server.log.splitlines() if "runs to retry" in line]
    assert len(deaths) == 1, deaths
    assert "it hung, suspended from outside (SIGSTOP), killed by the bot; runs to retry: 0" in deaths[0]


async def test_while_no_worker_can_start_requests_end_in_a_sentence_and_pictures_return_with_the_worker(
    server: LoadTestServer,
) -> None:
    model = server.folder / "model.pkl"
    shutil.copy(MODEL, model)
    async with server.bot(model=model, start_timeout_s=12) as bot:
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
            answers = await flood(server, each=10 if FULL else 4)
            if first:
                after = await wait_for_memory(both, [1.2 * size for size in first])
                assert all(late <= 1.2 * early for early, late in zip(first, after, strict=True)), (first, after)
            first = first or [await measure_memory(process) for process in both]
            server.check_that_everybody_was_answered_once(answers)
            for answer in answers:
                answer.close()


@pytest.mark.skipif(not FULL, reason="FULL_SIZE=1 runs it; the flood above comes as fast")
async def test_many_commands_within_two_seconds_are_all_acknowledged_in_time(server: LoadTestServer) -> None:
    count = 1000
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
    async with server.bot(fake_worker="draws.py", token=token, log_level="debug") as bot:
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


async def a_while_of_chat(server: LoadTestServer, rounds: int, first: int) -> None:
    """Make people ask, click, cancel, delete and mistype, and break the connection in every fifth round."""
    for number in range(first, first + rounds):
        answers = mixed_load(server, 4, first=7 * number)
        person = server.people[number % len(server.people)]
        mistaken = person.say("/waifu seed:1 model:nobody")
        shown = await answers[0].picture(60)
        # Not by who asked: that changes the message, which then is no answer of the click's own.
        clicked = server.people[(7 * number + 1) % len(server.people)].click(shown, "Wilder")
        endless = person.say("/morph from:1 to:2 frames:240 size:2")
        await endless.wait_acknowledged()
        await person.say("/waifubot cancel").wait_final(10)
        await clicked.wait_acknowledged()  # if it was cancelled, its message stays as it was
        for answer in (*answers, mistaken, endless):
            await wait_over(server.world, answer, 60)
            answer.close()
        clicked.close()
        server.world.delete(shown.id)
        if number % 5 == 4:
            server.discord.gateway.drop()


@pytest.mark.skipif(not FULL, reason="FULL_SIZE=1 runs it; the floods above leave no memory behind")
async def test_a_day_of_chat_leaves_nothing_behind(server: LoadTestServer) -> None:
    """Chat as much as in a day at two requests a minute. Memory is compared after a warm-up."""
    port, state_dir = free_port(), server.folder / "state"
    async with server.bot(metrics_port=port, cache_mb=1, max_per_person=5) as bot:
        await a_while_of_chat(server, 40, first=0)
        before = await Resources.measure(bot, port)
        await a_while_of_chat(server, 400, first=1000)
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
