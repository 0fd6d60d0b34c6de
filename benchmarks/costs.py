"""Measures what one request costs the bot, how long an idle bot takes for it, and what a second start takes.

Uses the real bot and worker, in a loopback Discord of this process: of the processor time only the bot's is counted.
Knows nothing about the bot's insides.
"""

import argparse
import asyncio
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from benchmarks import load
from benchmarks.measure import Row, percentile, print_table
from generator import checkpoints
from generator.stylegan2.hyperparameters import RESOLUTIONS, Hyperparameters
from generator.stylegan2.network import Generator
from playground.discord.server import Loopback
from playground.discord.state import World
from playground.people.person import Person
from playground.people.process import BotProcess

ROUNDS, REQUESTS = 5, 40  # requests in each round
AT_ONCE = 8  # people who ask again and again, where several ask at once
COST_TARGET_MS, WAIT_TARGET_S = 5, 0.06
FILES, STARTS = 20, 5
WIDTHS = Hyperparameters(1024, {side: min(57344 // side, 960) for side in RESOLUTIONS})  # 380 MB as float32
START_TARGET_S = 1.5  # beside the import of torch
TIMEOUT_S = 300.0


async def measure_requests(rounds: int = ROUNDS, requests: int = REQUESTS) -> list[Row]:
    """Return a row for ``/waifu`` asked by one person after the other, and one for several who ask at once.

    Each has the bot's processor time for a request, as the median of the rounds with the lowest and the highest, and
    the seconds from the command to the picture's bytes at the chat.
    """
    async with load.opened() as server:
        bot, rows = psutil.Process(server.bot.process.pid), list[Row]()
        for at_once in (1, AT_ONCE):
            await _ask(server, 10, at_once)  # warms up
            costs, waits = [], []
            for _ in range(rounds):
                before = _spent_s(bot)
                waits += await _ask(server, requests, at_once)
                costs.append(1000 * (_spent_s(bot) - before) / requests)
            rows.append(
                {
                    "people who ask": at_once,
                    "processor time of the bot, ms": statistics.median(costs),
                    "lowest to highest": f"{min(costs):.1f} to {max(costs):.1f}",
                    "target, ms": COST_TARGET_MS,
                    "command to bytes, s": percentile(waits, 50),
                    "p95, s": percentile(waits, 95),
                    "target, s": WAIT_TARGET_S if at_once == 1 else "",
                }
            )
    return rows


async def _ask(server: load.LoadTestServer, requests: int, at_once: int) -> list[float]:
    """Ask for pictures, ``at_once`` at a time, and return the seconds that each took."""

    async def ask_again_and_again() -> list[float]:
        return [await server.measure_wait("/waifu") for _ in range(max(1, requests // at_once))]

    waits = await asyncio.gather(*(ask_again_and_again() for _ in range(at_once)))
    return [seconds for each in waits for seconds in each]


def _spent_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def measure_starts(folder: Path, starts: int = STARTS) -> list[Row]:
    """Return how long starts take with the networks in ``folder``, from the bot's process to its first picture.

    The first start reads the files to tell their digests; the others need not. Those and the import of torch, which is
    measured apart, take turns.
    """
    with tempfile.TemporaryDirectory(prefix="waifubot-bench-") as state:
        first_s = asyncio.run(_start(folder, Path(state)))
        imports, seconds = [], []
        for _ in range(starts):
            imports.append(_import_torch())
            seconds.append(asyncio.run(_start(folder, Path(state))))
    beside = [whole - alone for whole, alone in zip(seconds, imports, strict=True)]
    return [
        {"what": "first start to first picture", "seconds": first_s},
        _start_row("second start to first picture", seconds),
        _start_row("import of torch", imports),
        {**_start_row("second start beside the import", beside), "target": START_TARGET_S},
    ]


def _start_row(what: str, seconds: Sequence[float]) -> Row:
    spread = f"{min(seconds):.2f} to {max(seconds):.2f}"
    return {"what": what, "seconds": statistics.median(seconds), "lowest to highest": spread}


async def _start(folder: Path, state: Path) -> float:
    world = World()
    user = world.add_user("ann")
    person = Person(world, user, world.add_channel(world.add_guild("server", user), "pictures"))
    async with Loopback(world) as discord:
        began = time.perf_counter()
        environ = {"WAIFUBOT_MODELS_DIR": str(folder), "WAIFUBOT_CACHE_MB": "0"}
        async with BotProcess(discord.url, environ=environ, output=subprocess.DEVNULL, state_dir=state) as bot:
            await bot.wait_ready(world, TIMEOUT_S)
            answer = person.say("/waifu seed:5")
            try:
                await answer.picture(TIMEOUT_S)
            finally:
                answer.close()
            return time.perf_counter() - began


def _import_torch() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import torch"], check=True)
    return time.perf_counter() - began


def make_networks(folder: Path, count: int = FILES, hyper: Hyperparameters = WIDTHS) -> None:
    """Write networks with random weights to ``folder``: files of one size, each with another digest."""
    first = folder / "network-0.safetensors"
    checkpoints.save(Generator.new(hyper).freeze(), first)
    for number in range(1, count):
        copy = Path(shutil.copyfile(first, folder / f"network-{number}.safetensors"))
        with copy.open("r+b") as file:  # the last byte but three belongs to the fraction of the last weight
            file.seek(-3, 2)
            file.write(bytes([number]))
    time.sleep(3)  # only of files that have not just changed the digests are kept


def tables(quick: bool) -> dict[str, Sequence[Row]]:
    """Return the costs of a request, by title."""
    rounds, requests = (1, 8) if quick else (ROUNDS, REQUESTS)
    return {"the bot, for each /waifu on an idle machine": asyncio.run(measure_requests(rounds, requests))}


def main() -> int:
    """Measure starts with many large networks, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.costs", description="What a second start takes.")
    parser.add_argument("--files", type=int, default=FILES, help="how many networks (default: %(default)s)")
    parser.add_argument("--starts", type=int, default=STARTS, help="how many second starts (default: %(default)s)")
    parser.add_argument("--folder", type=Path, help="of networks that are there already; else they are made, of 380 MB")
    options = parser.parse_args()
    if options.folder is not None:
        rows = measure_starts(options.folder, options.starts)
    else:
        with tempfile.TemporaryDirectory(prefix="waifubot-bench-") as made:
            make_networks(Path(made), options.files)
            rows = measure_starts(Path(made), options.starts)
    print_table("starts", rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
