"""Long trouble costs no request: kills in series, slow uploads, a tiny disk, overlapping restarts, hours of load.

The processes, sockets and disks are real. FULL_SIZE=1 in the environment runs these tests, with the figures in their
output (-s); test_restarts.py and test_faults.py have small ones of the same kinds.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import linear_regression, quantiles

import psutil
import pytest
from final_message import is_final
from load_test_server import (
    FULL,
    MARKS,
    LoadTestServer,
    Resources,
    eventually,
    find_worker,
    free_port,
    load_test_server,
    mixed_load,
    read_gauge,
)
from small_disk import small_disk

from playground.discord.faults import Slow
from playground.people.person import Answer, NoAnswer

pytestmark = MARKS

ROOMY = {"max_per_person": 1000, "max_per_server": 10_000, "max_queue": 10_000}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[LoadTestServer]:
    async with load_test_server(tmp_path, 20) as running:
        yield running


async def kill(bot: psutil.Process) -> None:
    """Kill a bot as a crash or the system does, and wait until its worker has noticed and left."""
    processes = [bot, *bot.children(recursive=True)]
    with suppress(psutil.NoSuchProcess):
        bot.kill()
    await asyncio.to_thread(psutil.wait_procs, processes[1:], 15)


async def check_that_each_has_one_picture(server: LoadTestServer, answers: list[Answer]) -> None:
    """Check that each request got one message with a picture.

    A bot that dies between an upload and its note of it uploads again; that edits the same message.
    """
    for answer in answers:
        assert (await answer.picture(300)).attachments, answer.texts
        assert len(answer.messages) == 1, answer.texts
    assert "Traceback" not in server.log


@pytest.mark.skipif(not FULL, reason="FULL_SIZE=1 runs it; test_restarts.py kills a bot with 20 requests in flight")
async def test_a_bot_that_is_killed_again_and_again_while_uploads_are_slow_loses_nothing(
    server: LoadTestServer,
) -> None:
    kills, each, chance, answers = 14, 22, random.Random(3), list[Answer]()
    for number in range(kills):
        server.discord.faults.clear()
        server.discord.faults.add(Slow(1.0), "edit original", times=10_000)
        async with server.bot(**ROOMY) as bot:
            asked = mixed_load(server, each, first=number * each)
            for answer in asked:
                with suppress(NoAnswer):  # Discord has told these people; the others were promised a picture
                    await answer.wait_acknowledged()
            answers += [answer for answer in asked if answer.acknowledged_after_s is not None]
            # The rows are written within a second; after the first picture others are on their way.
            before = server.final_answers.total()
            await asyncio.sleep(1.0)
            await eventually(lambda: server.final_answers.total() > before)  # noqa: B023 - done before it changes
            await asyncio.sleep(chance.uniform(0.0, 3.0))
            await kill(bot)
    assert len(answers) >= each
    server.discord.faults.clear()
    unanswered = sum(not answer.messages or not is_final(answer.messages[0]) for answer in answers)
    async with server.bot(**ROOMY):
        await check_that_each_has_one_picture(server, answers)
    print(
        f"{len(answers)} of {kills * each} acknowledged, {kills} kills; {unanswered} were unanswered after the last one"
    )


@pytest.mark.skipif(not FULL, reason="FULL_SIZE=1 runs it; test_restarts.py fills a small disk")
async def test_a_disk_full_of_pictures_costs_no_request(server: LoadTestServer) -> None:
    with small_disk(server.folder / "state", 3_000_000) as disk:
        async with server.bot(cache_mb=200, max_in_flight=1, **ROOMY) as bot:
            grids = [server.people[n].say(f"/grid size:5 seed:{n}") for n in range(20)]
            for grid in grids:
                await grid.picture(60)
            answers = [person.say(f"/morph from:{n} to:900 frames:60") for n, person in enumerate(server.people[:3])]
            for answer in answers:
                await answer.wait_acknowledged()
            await asyncio.sleep(1.5)
            await kill(bot)
        async with server.bot(cache_mb=200, **ROOMY):
            await check_that_each_has_one_picture(server, answers)
        print(f"{psutil.disk_usage(str(disk)).used} bytes of the disk are used")


@pytest.mark.skipif(not FULL, reason="test_restarts.py has one such restart")
async def test_restarts_that_overlap_lose_and_double_nothing(server: LoadTestServer) -> None:
    """Each bot is told to leave with work in hand; the next starts while it drains, and may be killed meanwhile."""
    rounds, answers = 6, list[Answer]()
    for number in range(rounds):
        async with server.bot(drain_s=3, max_in_flight=1, **ROOMY) as old:
            answers += (asked := mixed_load(server, 8, first=8 * number))
            for answer in asked:
                await answer.wait_acknowledged()
            await asyncio.sleep(1.0)
            old.terminate()
            async with server.bot(drain_s=3, **ROOMY) as new:
                if number % 2:
                    await kill(new)
    async with server.bot(**ROOMY):
        await check_that_each_has_one_picture(server, answers)
    print(f"{len(answers)} requests, {rounds} restarts")


# Load for a long time


@dataclass
class Watch:
    """What a bot and its worker used over time, and how late the bot's loop answered."""

    bot: psutil.Process
    worker: psutil.Process
    port: int
    when: list[float] = field(default_factory=list)  # minutes since the first measurement
    memory: list[tuple[int, int]] = field(default_factory=list)  # bytes of the bot and of the worker
    files: list[int] = field(default_factory=list)  # descriptors of both
    lags: list[float] = field(default_factory=list)  # seconds until the bot's loop served its metrics

    async def run(self, every_s: float) -> None:
        """Measure until cancelled."""
        began = time.monotonic()
        while True:
            asked = time.monotonic()
            await read_gauge(self.port, "waifubot_tasks")
            self.lags.append(time.monotonic() - asked)
            self.when.append((asked - began) / 60)
            self.memory.append((self.bot.memory_info().rss, self.worker.memory_info().rss))
            self.files.append(self.bot.num_fds() + self.worker.num_fds())
            await asyncio.sleep(every_s)

    def slopes(self) -> tuple[float, float]:
        """Return by how many MiB a minute the bot and the worker grew in the second half."""
        half = len(self.when) // 2
        return tuple(
            linear_regression(self.when[half:], [sizes[who] / 2**20 for sizes in self.memory[half:]]).slope
            for who in (0, 1)
        )  # type: ignore[return-value] - two of them


async def measure_rate(server: LoadTestServer, seconds: float) -> float:
    """Return how many requests a second are answered when there are always 20."""
    done, end = 0, time.monotonic() + seconds
    began = time.monotonic()
    while time.monotonic() < end:
        answers = mixed_load(server, 20, first=100_000 + 20 * done)
        for answer in answers:
            await answer.picture(120)
            answer.close()
            done += 1
    return done / (time.monotonic() - began)


@pytest.mark.skipif(not FULL, reason="FULL_SIZE=1 runs it; test_faults.py has a day of chat")
async def test_load_for_a_long_time_leaves_memory_descriptors_and_the_loop_as_they_were(
    server: LoadTestServer,
) -> None:
    """Ask at 70 % of what can be answered, at random moments with a fixed seed."""
    chance, port, minutes = random.Random(4), free_port(), 10
    async with server.bot(metrics_port=port, **ROOMY) as bot:
        rate = 0.7 * await measure_rate(server, 30)
        before = await Resources.measure(bot, port)
        watch = Watch(bot, await find_worker(bot), port)
        watching = asyncio.create_task(watch.run(2.0))
        answers, end = list[Answer](), time.monotonic() + 60 * minutes
        while time.monotonic() < end:
            await asyncio.sleep(chance.expovariate(rate))
            answers += mixed_load(server, 1, first=len(answers))
        acknowledged = []
        for answer in answers:
            assert (await answer.picture(120)).attachments, answer.texts
            acknowledged.append(answer.acknowledged_after_s or 0.0)
        watching.cancel()
        after = await Resources.measure(bot, port)
    server.check_that_everybody_was_answered_once(answers)
    late = quantiles(watch.lags, n=100)
    print(
        f"{len(answers)} requests at {rate:.1f}/s for {minutes} min; before {before}; after {after}; MiB/min of bot "
        f"and worker {watch.slopes()}; descriptors {min(watch.files)} to {max(watch.files)}; loop answers after "
        f"{late[49]:.3f} s (median), {late[98]:.3f} s (99 %), {max(watch.lags):.3f} s (slowest); slowest "
        f"acknowledgement {max(acknowledged):.2f} s"
    )
    assert max(acknowledged) < 3
    assert max(watch.lags) < 3
    assert after.files <= before.files + 5
    assert after.tasks <= before.tasks + 2
    assert all(slope < 1.0 for slope in watch.slopes()), watch.slopes()
