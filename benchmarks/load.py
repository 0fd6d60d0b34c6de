"""Measures how long many people at once wait for the real bot and worker, in a loopback Discord.

Knows nothing about the bot's insides. The requests arrive at random times. The bot's own costs are measured, too:
processor time per request, start-up time and memory.
"""

import asyncio
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.measure import Row, percentile
from playground.discord.server import Loopback
from playground.discord.state import World
from playground.people.person import Answer, Person
from playground.people.process import BotProcess

USERS = 50  # people who ask
LOAD = 0.8  # rate of arrivals, as a share of the bot's capacity
REPEATS = 5  # measurements of each command on an idle machine
MIX = {"/waifu": 0.7, "/grid": 0.2, "/morph": 0.1}  # share of each command in the requests
MODES = {"batched": 32, "one at a time": 1}  # how many requests the worker may have at a time
TIMEOUT_S = 300.0  # the longest to wait for one picture
MEMORY_REQUESTS = 60  # requests over which processor time and growth of memory are measured


@dataclass
class LoadTestServer:
    """A running bot and the people who ask it for pictures."""

    bot: BotProcess
    people: list[Person]
    ready_s: float  # seconds from the start of the bot until it listened in Discord
    trace: Path  # the worker's trace
    requests: int = 0  # requests so far; each gets its seed from this number, so that no picture repeats

    def ask(self, kind: str, morph_frames: int) -> Answer:
        """Make the next person ask for a picture of this kind that nobody has asked for before."""
        self.requests += 1
        seed = 10_000 + self.requests
        line = {
            "/waifu": f"seed:{seed}",
            "/grid": f"size:3 seed:{seed * 9}",
            "/morph": f"from:{seed} to:900 frames:{morph_frames}",
        }
        return self.people[self.requests % len(self.people)].say(f"{kind} {line[kind]}")

    async def measure_wait(self, kind: str, morph_frames: int = 60) -> float:
        """Ask for a picture, and return the seconds until its file has arrived."""
        began, answer = time.perf_counter(), self.ask(kind, morph_frames)
        try:
            await answer.picture(TIMEOUT_S)
        finally:
            answer.close()
        return time.perf_counter() - began

    def processes(self) -> list[psutil.Process]:
        """Return the processes of the bot and of its worker."""
        bot = psutil.Process(self.bot.process.pid)
        return [bot, *bot.children()]


@asynccontextmanager
async def opened(**settings: object) -> AsyncIterator[LoadTestServer]:
    """Start a bot with these settings, and yield its LoadTestServer once the bot has drawn its first picture."""
    world = World()
    users = [world.add_user(f"user{n}") for n in range(USERS)]
    channel = world.add_channel(world.add_guild("server", *users), "pictures")
    with tempfile.TemporaryDirectory(prefix="waifubot-bench-", ignore_cleanup_errors=True) as folder:
        trace = Path(folder) / "trace.jsonl"
        values = {
            "max_queue": 1000,
            "max_per_server": 1000,
            "max_per_person": 100,
            "max_per_minute": 0,
            "cache_mb": 0,
            "trace_file": trace,
        } | settings
        environ = {f"WAIFUBOT_{name.upper()}": str(value) for name, value in values.items()}
        async with Loopback(world) as discord:
            began = time.perf_counter()
            async with BotProcess(discord.url, environ=environ, output=asyncio.subprocess.DEVNULL) as bot:
                await bot.wait_ready(world, 120)
                ready_s = time.perf_counter() - began
                server = LoadTestServer(bot, [Person(world, user, channel) for user in users], ready_s, trace)
                await server.measure_wait("/waifu")
                yield server


async def measure_load(requests: int, morph_frames: int, repeats: int, modes: Mapping[str, int] = MODES) -> list[Row]:
    """Return a row for each command and mode, with its latencies on an idle machine and under load.

    In every mode the load has the same arrivals. ``modes`` maps its name to how many requests the worker may have at a
    time. ``repeats`` is how often each command is measured while nothing else waits.
    """
    idle: dict[str, float] = {}
    rows: list[Row] = []
    rate = 0.0
    for mode, in_flight in modes.items():
        async with opened(max_in_flight=in_flight) as server:
            if not idle:
                idle = {kind: await _measure_idle(server, kind, morph_frames, repeats) for kind in MIX}
                # Each command's share of the seconds that an average request takes.
                work_s = [
                    share * await _measure_work(server, kind, morph_frames, repeats) for kind, share in MIX.items()
                ]
                rate = LOAD / sum(work_s)
            server.trace.unlink(missing_ok=True)
            rows += await _measure_under_load(server, mode, rate, requests, morph_frames, idle)
    return rows


async def _measure_idle(server: LoadTestServer, kind: str, morph_frames: int, repeats: int) -> float:
    return statistics.median([await server.measure_wait(kind, morph_frames) for _ in range(repeats)])


async def _measure_work(server: LoadTestServer, kind: str, morph_frames: int, repeats: int) -> float:
    """Return the mean seconds of work for one request of a kind while more of them are waiting.

    The inverse is the bot's capacity.
    """
    began, count = time.perf_counter(), {"/waifu": 16, "/grid": 6, "/morph": 2}[kind] * repeats // REPEATS or 1
    await asyncio.gather(*(server.measure_wait(kind, morph_frames) for _ in range(count)))
    return (time.perf_counter() - began) / count


async def _measure_under_load(
    server: LoadTestServer, mode: str, rate: float, requests: int, morph_frames: int, idle: dict[str, float]
) -> list[Row]:
    chance = random.Random(0)  # the fixed seed gives both modes the same arrivals
    kinds = chance.choices(list(MIX), list(MIX.values()), k=requests)
    kinds[: len(MIX)] = MIX  # so that each command occurs at least once
    waits: dict[str, list[float]] = {kind: [] for kind in MIX}
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for kind in kinds:
            group.create_task(_record_wait(server, kind, morph_frames, waits))
            await asyncio.sleep(chance.expovariate(rate))
    seconds = time.perf_counter() - began
    faces = _mean_batch(server.trace)
    return [
        {
            "way": mode,
            "kind": kind,
            "requests": len(seconds_each),
            "requests/s, all kinds": requests / seconds,
            "p50, s": percentile(seconds_each, 50),
            "p95, s": percentile(seconds_each, 95),
            "p99, s": percentile(seconds_each, 99),
            "idle, s": idle[kind],
            "p95 / idle": percentile(seconds_each, 95) / idle[kind],
            "target": "3" if kind == "/waifu" and mode == "batched" else "",
            "faces in a batch": faces,
        }
        for kind, seconds_each in waits.items()
    ]


async def _record_wait(server: LoadTestServer, kind: str, morph_frames: int, waits: dict[str, list[float]]) -> None:
    waits[kind].append(await server.measure_wait(kind, morph_frames))


def _mean_batch(trace: Path) -> float:
    """Return the mean number of faces per batch according to the worker's trace, or 0 if there is none."""
    lines = trace.read_text(encoding="utf-8").splitlines() if trace.exists() else []
    return (
        statistics.mean([sum(len(faces) for _, faces in json.loads(line)["faces"]) for line in lines]) if lines else 0.0
    )


async def measure_costs(requests: int = MEMORY_REQUESTS) -> list[Row]:
    """Return what the bot costs besides drawing and encoding.

    The rows are processor time per request, start-up time, and the memory of bot and worker with its growth.
    """
    async with opened() as server:
        for _ in range(10):
            await server.measure_wait("/waifu")
        processes = server.processes()
        memory, spent = [process.memory_info().rss for process in processes], _cpu_seconds(processes[0])
        for _ in range(requests):
            await server.measure_wait("/waifu")
        each = (_cpu_seconds(processes[0]) - spent) / requests
        grown = [process.memory_info().rss - before for process, before in zip(processes, memory, strict=True)]
        ready_s = server.ready_s
    rows: list[Row] = [
        {"what": "processor time of the bot per request, ms", "value": 1000 * each, "target": "< 10"},
        {"what": "from start to listening in Discord, s", "value": ready_s},
    ]
    for name, before, more in zip(("bot", "worker"), memory, grown, strict=False):
        rows.append({"what": f"memory of the {name}, MB", "value": before / 1e6})
        rows.append({"what": f"growth of the {name} per request, kB", "value": more / 1000 / requests})
    return rows


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def tables(quick: bool) -> dict[str, Sequence[Row]]:
    """Return the tables of the load test and of the bot's costs, by title."""
    requests = 6 if quick else 150
    title = (
        f"load: {USERS} people, {requests} requests, Poisson arrivals at {LOAD:.0%} of capacity, {os.cpu_count()} cores"
    )
    return {
        title: asyncio.run(measure_load(requests, 3 if quick else 60, 1 if quick else REPEATS)),
        "the bot besides synthesis and encoding": asyncio.run(measure_costs(5 if quick else MEMORY_REQUESTS)),
    }
