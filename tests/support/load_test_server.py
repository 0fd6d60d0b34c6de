"""Runs a bot and its real worker for many people in a loopback Discord, and measures what the two processes consume."""

import asyncio
import os
import re
import shutil
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Container, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import aiohttp
import psutil
import pytest
from final_message import is_final
from project_paths import ROOT

from playground.discord.server import Loopback
from playground.discord.state import Event, Message, World
from playground.people.person import Answer, Person

SUPPORT = Path(__file__).parent
MODEL = ROOT / "tests" / "fixtures" / "ada_uncond_proto3.pkl"
ENVIRON = {name: value for name, value in os.environ.items() if not name.startswith("WAIFUBOT_")} | {
    "PYTHONPATH": os.pathsep.join([str(ROOT), str(SUPPORT)])
}
FULL = bool(os.environ.get("FULL_SIZE"))
# For files whose tests start, kill and suspend processes.
MARKS = [
    pytest.mark.skipif(not MODEL.exists(), reason="needs the fixture of the checkpoint loaders"),
    pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals"),
    pytest.mark.timeout(3600 if FULL else 180),
]
REST_S = 15.0  # time without work after which both have returned unneeded memory; they check every 5 and 10 s


@dataclass
class LoadTestServer:
    """A loopback Discord with many people. It counts how many final answers each message has shown."""

    world: World
    discord: Loopback
    people: list[Person]
    folder: Path
    final_answers: Counter[int] = field(default_factory=Counter)  # message id -> number of final answers

    def __post_init__(self) -> None:
        self.world.subscribe(self._on_event)
        self.model = shutil.copy(MODEL, self.folder)  # a bot writes the names of models beside them

    def _on_event(self, event: Event) -> None:
        if event.name in ("message", "edit") and isinstance(event.subject, Message) and is_final(event.subject):
            self.final_answers[event.subject.id] += 1

    async def start(
        self, output: IO[bytes], *, fake_worker: str | None = None, **settings: object
    ) -> asyncio.subprocess.Process:
        """Start a bot with these settings, and return its process. ``fake_worker`` is one of workers/."""
        settings = {
            "discord_url": self.discord.url,
            "model": self.model,
            "state_dir": self.folder / "state",
            "cache_mb": 0,
            "max_per_minute": 0,
        } | settings
        environ = ENVIRON | {f"WAIFUBOT_{name.upper()}": str(value) for name, value in settings.items()}
        program = [str(SUPPORT / "bot_with_fake_worker.py"), fake_worker] if fake_worker else ["-m", "bot"]
        return await asyncio.create_subprocess_exec(sys.executable, *program, env=environ, stdout=output, stderr=output)

    @asynccontextmanager
    async def bot(self, *, fake_worker: str | None = None, **settings: object) -> AsyncIterator[psutil.Process]:
        """Start a bot with these settings and yield it once it has logged in. At the end of the block, stop it."""
        before = self.discord.gateway.identified
        with (self.folder / "log.txt").open("ab") as log:
            process = await self.start(log, fake_worker=fake_worker, **settings)
        try:
            await eventually(lambda: self.discord.gateway.identified > before)
            yield psutil.Process(process.pid)
        finally:
            if process.returncode is None:
                process.terminate()
            await asyncio.wait_for(process.wait(), 30)

    @property
    def log(self) -> str:
        return (self.folder / "log.txt").read_text(errors="replace")

    def check_that_everybody_was_answered_once(self, answers: list[Answer]) -> None:
        for answer in answers:
            assert len(answer.messages) == 1, answer.texts
            assert self.final_answers[answer.messages[0].id] == 1, answer.texts
        assert "Traceback" not in self.log, self.log[self.log.index("Traceback") - 500 :]
        tokens = ["loopback-token", *(answer.interaction.token for answer in answers)]
        assert not [token for token in tokens if token in self.log]


@asynccontextmanager
async def load_test_server(folder: Path, count: int) -> AsyncIterator[LoadTestServer]:
    """Run a loopback Discord with ``count`` people in one channel. Bots keep their state and log in ``folder``."""
    world = World()
    users = [world.add_user(f"person{number}") for number in range(count)]
    channel = world.add_channel(world.add_guild("server", *users), "pictures")
    async with Loopback(world) as discord:
        yield LoadTestServer(world, discord, [Person(world, user, channel) for user in users], folder)


async def eventually(is_true: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until ``is_true()``, which another process brings about."""
    async with asyncio.timeout(seconds):
        while not is_true():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def mixed_load(server: LoadTestServer, count: int, first: int = 0) -> list[Answer]:
    """Ask for ``count`` pictures, grids and short morphs, all different. The people take turns."""
    lines = (
        "/waifu seed:{}",
        "/grid size:2 seed:{}",
        "/waifu seed:{}",
        "/morph from:{} to:900 frames:8",
        "/waifu seed:{}",
    )
    return [
        server.people[n % len(server.people)].say(lines[n % len(lines)].format(1000 + n))
        for n in range(first, first + count)
    ]


async def find_worker(bot: psutil.Process) -> psutil.Process:
    """Wait until the bot has a worker process, and return that process."""
    children: list[psutil.Process] = []

    def find() -> bool:
        children[:] = bot.children()  # kept, because at a second call the worker may be gone
        return bool(children)

    await eventually(find)
    return children[0]


async def measure_memory(process: psutil.Process) -> int:
    """Return the smallest resident memory, in bytes, during half a second."""
    least = process.memory_info().rss
    for _ in range(5):
        await asyncio.sleep(0.1)
        least = min(least, process.memory_info().rss)
    return least


async def wait_for_memory(processes: Sequence[psutil.Process], limits: Sequence[float]) -> list[int]:
    """Wait until no process exceeds its limit, but at most REST_S, and return the resident memory of each in bytes."""
    end = asyncio.get_running_loop().time() + REST_S
    while True:
        now = [process.memory_info().rss for process in processes]
        if asyncio.get_running_loop().time() > end or all(
            size <= limit for size, limit in zip(now, limits, strict=True)
        ):
            return now
        await asyncio.sleep(0.2)


async def read_gauge(port: int, name: str) -> float:
    """Read the value called ``name`` from the bot's metrics page."""
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/metrics") as response:
        match = re.search(rf"^{name} (\S+)$", await response.text(), re.MULTILINE)
    assert match, name
    return float(match[1])


async def wait_for_worker(
    bot: psutil.Process, port: int, lost: Container[psutil.Process], *, ready: bool
) -> psutil.Process:
    """Wait for a worker that is not one of the ``lost`` ones, and return it. With ``ready``, wait until it can draw."""
    async with asyncio.timeout(120):
        while True:
            # psutil compares processes by start time too, so a reused pid does not matter.
            workers = [child for child in bot.children() if child not in lost]
            if workers and not (ready and not await read_gauge(port, "waifubot_worker_ready")):
                return workers[0]
            await asyncio.sleep(0.05)


@dataclass(frozen=True)
class Resources:
    """The memory, files, threads and tasks that a bot and its worker use."""

    bot_bytes: int
    worker_bytes: int
    files: int  # open file descriptors of both
    threads: int  # of both
    tasks: float  # asyncio tasks of the bot

    @classmethod
    async def measure(cls, bot: psutil.Process, port: int) -> "Resources":
        worker = await find_worker(bot)
        return cls(
            await measure_memory(bot),
            await measure_memory(worker),
            bot.num_fds() + worker.num_fds(),
            bot.num_threads() + worker.num_threads(),
            await read_gauge(port, "waifubot_tasks"),
        )


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
