"""Measures how long many people at once wait for the real bot and worker, in a loopback Discord.

Knows nothing about the bot's insides. One run measures the waits on an idle machine, the capacity, the waits under a
mixed load at a share of that capacity, and those of one person beside another's three largest morphs. The bot's own
costs are measured, too: processor time per request, start-up time and memory.
"""

import argparse
import asyncio
import itertools
import os
import random
import statistics
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks.measure import Row, percentile, print_table
from playground.discord.server import Loopback
from playground.discord.state import Message, World
from playground.people.person import Person
from playground.people.process import BotProcess

USERS = 50  # people who ask
LOAD = 0.7  # rate of arrivals, as a share of the bot's capacity
OUTSTANDING = 24  # requests that are always unanswered while the capacity is measured
# How many of 100 requests are of each kind.
MIX = {"/waifu": 59, "Again": 6, "/grid": 15, "/morph": 6, "/mix": 4, "/vary": 3, "/psi": 4, "/edit": 3}
GOALS = {"/waifu": 3, "Again": 5, "/morph": 5, "/mix": 5}  # the most that p95 under load may be, in medians when idle
TIMEOUT_S = 300.0  # the longest to wait for one picture
MEMORY_REQUESTS = 60  # requests over which processor time and growth of memory are measured


@dataclass(frozen=True)
class Sizes:
    """How long and how often everything is measured."""

    load_s: float = 600.0  # the mixed load
    hundreds: float = 2  # hundreds of requests that measure the capacity
    repeats: int = 15  # measurements of each kind on an idle machine
    beside: int = 4  # of each kind beside the largest morphs
    frames: int = 60  # of a morph


FULL = Sizes()
SHORT = Sizes(load_s=75.0, hundreds=1, repeats=9, beside=2)
TINY = Sizes(load_s=1.0, hundreds=0.1, repeats=1, beside=1, frames=3)


@dataclass
class LoadTestServer:
    """A running bot and the people who ask it for pictures."""

    bot: BotProcess
    people: list[Person]
    ready_s: float  # seconds from the start of the bot until it listened in Discord
    frames: int  # of a morph
    requests: int = 0  # requests so far; each gets its seed from this number, so that no picture repeats
    # Pictures with buttons, and whose they are. One is not here while its Again is drawn.
    shown: list[tuple[Person, Message]] = field(default_factory=list)

    async def measure_wait(self, kind: str) -> float:
        """Ask for a picture that nobody has asked for before, and return the seconds until its file has arrived."""
        self.requests += 1
        if kind == "Again" and self.shown:
            return await self._press_again()
        person = self.people[self.requests % len(self.people)]
        message, seconds = await self.ask(person, self.line(kind))
        if kind in ("/waifu", "Again"):
            self.shown = [*self.shown, (person, message)][-USERS:]
        return seconds

    def line(self, kind: str) -> str:
        """Return what a person types to get a new picture of this kind."""
        seed = 10_000 + 10 * self.requests
        options = {
            "/grid": f"size:3 seed:{seed}",
            "/morph": f"from:{seed} to:900 frames:{self.frames}",
            "/mix": f"coarse:{seed} fine:{seed + 1}",
        }
        return f"{'/waifu' if kind == 'Again' else kind} {options.get(kind, f'seed:{seed}')}"

    async def ask(self, person: Person, line: str) -> tuple[Message, float]:
        """Let a person type a command. Return the message with its picture, and the seconds until it was there."""
        began, answer = time.perf_counter(), person.say(line)
        try:
            message = await answer.picture(TIMEOUT_S)
        finally:
            answer.close()
        return message, time.perf_counter() - began

    async def _press_again(self) -> float:
        person, before = self.shown.pop(0)
        old = {file.id for file in before.attachments}
        began, answer = time.perf_counter(), person.click(before, "Again")
        try:
            after = await answer.when(lambda m: any(file.id not in old for file in m.attachments), TIMEOUT_S)
        finally:
            answer.close()
        self.shown.append((person, after))
        return time.perf_counter() - began

    def processes(self) -> dict[str, list[psutil.Process]]:
        """Return the processes that share the machine: the bot's, its worker's, and those that play Discord."""
        bot = psutil.Process(self.bot.process.pid)
        return {"bot": [bot], "worker": bot.children(recursive=True), "Discord": [psutil.Process()]}


@asynccontextmanager
async def opened(frames: int = 60, **settings: object) -> AsyncIterator[LoadTestServer]:
    """Start a bot with these settings, and yield its LoadTestServer once the bot has drawn its first picture."""
    world = World()
    users = [world.add_user(f"user{n}") for n in range(USERS)]
    channel = world.add_channel(world.add_guild("server", *users), "pictures")
    values = {
        "max_queue": 1000,
        "max_per_server": 1000,
        "max_per_person": 100,
        "max_per_minute": 0,
        "cache_mb": 0,
    } | settings
    environ = {f"WAIFUBOT_{name.upper()}": str(value) for name, value in values.items()}
    async with Loopback(world) as discord:
        began = time.perf_counter()
        async with BotProcess(discord.url, environ=environ, output=asyncio.subprocess.DEVNULL) as bot:
            await bot.wait_ready(world, 120)
            ready_s = time.perf_counter() - began
            server = LoadTestServer(bot, [Person(world, user, channel) for user in users], ready_s, frames)
            await server.measure_wait("/waifu")
            yield server


async def measure_load(sizes: Sizes, **settings: object) -> AsyncGenerator[tuple[str, list[Row]], None]:
    """Yield the titles and tables of one run: the waits, what the machine did, and the waits beside large morphs."""
    async with opened(sizes.frames, **settings) as server:
        for kind in MIX:
            await server.measure_wait(kind)  # the first of a kind waits for imports
        idle = {kind: [await server.measure_wait(kind) for _ in range(sizes.repeats)] for kind in MIX}
        capacity = await measure_capacity(server, sizes.hundreds)
        spent = _seconds_of(server)
        waits, seconds = await _measure_under_load(server, LOAD * capacity, sizes.load_s)
        yield "load", [_row(kind, idle[kind], waits[kind]) for kind in MIX]
        asked = sum(map(len, waits.values()))
        machine: dict[str, str | float] = {"capacity, requests/s": capacity, "asked for, requests/s": asked / seconds}
        for name, used in _seconds_of(server).items():
            machine[f"{name}, processor s per s"] = (used - spent[name]) / seconds
        yield "the machine under this load", [machine]
        yield "one person beside another's three largest morphs", await _measure_beside(server, sizes.beside)


async def measure_capacity(server: LoadTestServer, hundreds: float) -> float:
    """Return how many requests of the mix are answered in a second while up to OUTSTANDING of them are unanswered.

    All that are begun are waited for: those answered first would be the short ones.
    """
    count = round(100 * hundreds)
    cards, began = itertools.islice(_kinds(random.Random(1)), count), time.perf_counter()

    async def ask_again_and_again() -> None:
        for kind in cards:
            await server.measure_wait(kind)

    await asyncio.gather(*(ask_again_and_again() for _ in range(OUTSTANDING)))
    return count / (time.perf_counter() - began)


async def _measure_under_load(
    server: LoadTestServer, rate: float, seconds: float
) -> tuple[dict[str, list[float]], float]:
    """Ask at random moments for ``seconds``. Return the waits of each kind, and the seconds until all had an answer."""
    chance, waits = random.Random(0), {kind: list[float]() for kind in MIX}
    cards, began = itertools.chain(MIX, _kinds(chance)), time.perf_counter()  # each kind at least once

    async def record(kind: str) -> None:
        waits[kind].append(await server.measure_wait(kind))

    async with asyncio.TaskGroup() as group:
        at = began
        while (at := at + chance.expovariate(rate)) < began + seconds or not all(waits.values()):
            await asyncio.sleep(at - time.perf_counter())
            group.create_task(record(next(cards)))
    return waits, time.perf_counter() - began


async def _measure_beside(server: LoadTestServer, repeats: int) -> list[Row]:
    """Measure one person's waits, alone and beside three morphs of another, each as large as the bot allows."""
    busy, other = server.people[:2]
    lines = {"/grid 2": "/grid size:2 seed:{}", "/morph": f"/morph from:{{}} to:900 frames:{server.frames}"}
    seeds = itertools.count(5_000_000, 10)

    async def measure() -> dict[str, list[float]]:
        waits: dict[str, list[float]] = {kind: [] for kind in lines}
        for _ in range(repeats):
            for kind, line in lines.items():
                waits[kind].append((await server.ask(other, line.format(next(seeds))))[1])
        return waits

    alone = await measure()
    frames = 3 if server.frames < 60 else 240  # the most that /morph takes
    large = [
        asyncio.create_task(server.ask(busy, f"/morph from:{seed} to:{seed + 100_000} size:3 frames:{frames}"))
        for seed in itertools.islice(seeds, 3)
    ]
    await asyncio.sleep(min(2.0, server.frames / 30))
    beside = await measure()
    unfinished = sum(not task.done() for task in large)
    for task in large:
        task.cancel()
    await asyncio.gather(*large, return_exceptions=True)
    return [
        {
            "kind": kind,
            "alone, s": statistics.median(alone[kind]),
            "beside p50, s": statistics.median(beside[kind]),
            "beside most, s": max(beside[kind]),
            "most / alone": max(beside[kind]) / statistics.median(alone[kind]),
            "goal": "1 s" if kind == "/grid 2" else "2x",
            "frames of a large one": frames,
            "large ones still unfinished": unfinished,
        }
        for kind in lines
    ]


def _kinds(chance: random.Random) -> Iterator[str]:
    """Yield kinds forever in a random order, with exactly the shares of MIX among each hundred."""
    while True:
        cards = [kind for kind, count in MIX.items() for _ in range(count)]
        chance.shuffle(cards)
        yield from cards


def _row(kind: str, idle: Sequence[float], loaded: Sequence[float]) -> Row:
    return {
        "kind": kind,
        "requests": len(loaded),
        "idle p50, s": percentile(idle, 50),
        "idle p95, s": percentile(idle, 95),
        "loaded p50, s": percentile(loaded, 50),
        "loaded p95, s": percentile(loaded, 95),
        "loaded most, s": max(loaded),
        "p95 / idle p50": percentile(loaded, 95) / percentile(idle, 50),
        "goal": GOALS.get(kind, ""),
    }


def _seconds_of(server: LoadTestServer) -> dict[str, float]:
    return {name: sum(map(_cpu_seconds, processes)) for name, processes in server.processes().items()}


async def measure_costs(requests: int = MEMORY_REQUESTS) -> list[Row]:
    """Return what the bot costs besides drawing and encoding.

    The rows are processor time per request, start-up time, and the memory of bot and worker with its growth.
    """
    async with opened() as server:
        for _ in range(10):
            await server.measure_wait("/waifu")
        bot = server.processes()["bot"][0]
        processes = [bot, *bot.children()]
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


async def load_tables(
    sizes: Sizes,
    network: str = "",
    show: Callable[[str, Sequence[Row]], object] = lambda title, rows: None,
    **settings: object,
) -> dict[str, Sequence[Row]]:
    """Return the tables of the load test by title, and pass each on to ``show`` as soon as it is measured.

    ``network`` is the whole path of a file to draw with, if not the built-in one.
    """
    tables: dict[str, Sequence[Row]] = {}
    named = {"model": network} if network else {}
    where = f"{Path(network).stem or 'the built-in network'}, {os.cpu_count()} cores"
    async with aclosing(measure_load(sizes, **named, **settings)) as measured:
        async for what, rows in measured:
            title = f"{what}: {USERS} people for {sizes.load_s:g} s at {LOAD:.0%} of capacity, {where}"
            tables[title] = rows
            show(title, rows)
    return tables


def tables(quick: bool) -> dict[str, Sequence[Row]]:
    """Return the tables of the load test, in its short form, and of the bot's costs, by title."""
    load = asyncio.run(load_tables(TINY if quick else SHORT))
    return {
        **load,
        "the bot besides synthesis and encoding": asyncio.run(measure_costs(5 if quick else MEMORY_REQUESTS)),
    }


def main() -> int:
    """Measure the load that the command line describes, and print it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description="How long people wait under load.")
    parser.add_argument("--network", default="", help="file of a network (default: the built-in one)")
    parser.add_argument("--seconds", type=float, default=FULL.load_s, help="of load (default: %(default)g)")
    parser.add_argument("--short", action="store_true", help="the short form, about two minutes")
    parser.add_argument("settings", nargs="*", metavar="NAME=VALUE", help="settings of the bot")
    options = parser.parse_args()
    sizes = SHORT if options.short else Sizes(load_s=options.seconds)
    settings: Mapping[str, str] = dict(setting.split("=", 1) for setting in options.settings)
    asyncio.run(load_tables(sizes, options.network and os.path.abspath(options.network), print_table, **settings))
    return 0


if __name__ == "__main__":
    sys.exit(main())
