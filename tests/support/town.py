"""A town for tests: a loopback Discord full of people, a real bot and its real worker beside it, and what the two hold on to."""

import asyncio
import os
import re
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Container, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import psutil
from last_message import is_last_word
from project_paths import ROOT

from playground.discord.server import Loopback
from playground.discord.state import Event, Message, World
from playground.people.user import Answer, Person

MODEL = ROOT / "tests" / "fixtures" / "ada_uncond_proto3.pkl"
ENVIRON = {name: value for name, value in os.environ.items() if not name.startswith("WAIFUBOT_")} | {
    "PYTHONPATH": str(ROOT)
}
REST_S = (
    15.0  # after so long without work both processes have given back what they do not need: they look every 5 and 10 s
)


@dataclass
class Town:
    """A Discord with many people, and a ledger of every last word that was said to them."""

    world: World
    discord: Loopback
    people: list[Person]
    folder: Path
    last_words: Counter[int] = field(default_factory=Counter)  # by message

    def __post_init__(self) -> None:
        self.world.subscribe(self._hear)

    def _hear(self, event: Event) -> None:
        if event.name in ("message", "edit") and isinstance(event.subject, Message) and is_last_word(event.subject):
            self.last_words[event.subject.id] += 1

    @asynccontextmanager
    async def bot(self, **settings: object) -> AsyncIterator[psutil.Process]:
        """A bot that is logged in; at the end it is gone, whatever happened."""
        settings = {
            "log_level": "debug",
            "discord_url": self.discord.url,
            "model": MODEL,
            "state_dir": self.folder / "state",
            "cache_mb": 0,
        } | settings
        environ = ENVIRON | {f"WAIFUBOT_{name.upper()}": str(value) for name, value in settings.items()}
        before = self.discord.gateway.identified
        with (self.folder / "log.txt").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", env=environ, stdout=log, stderr=log
            )
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
            assert self.last_words[answer.messages[0].id] == 1, answer.texts
        assert "Traceback" not in self.log
        tokens = ["loopback-token", *(answer.interaction.token for answer in answers)]
        assert not [token for token in tokens if token in self.log]


async def eventually(true: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for what another process does."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def mixed_load(town: Town, count: int, first: int = 0) -> list[Answer]:
    """Ask for pictures, grids and short morphs, people in turns; every one of them another."""
    lines = (
        "/waifu seed:{}",
        "/grid size:2 seed:{}",
        "/waifu seed:{}",
        "/morph from:{} to:1 frames:8",
        "/waifu seed:{}",
    )
    return [
        town.people[n % len(town.people)].say(lines[n % len(lines)].format(1000 + n))
        for n in range(first, first + count)
    ]


async def one_child(bot: psutil.Process) -> psutil.Process:
    """Wait until the bot has a worker, and return it."""
    found: list[psutil.Process] = []

    def look() -> bool:
        found[:] = bot.children()  # asked once more, it might be gone again
        return bool(found)

    await eventually(look)
    return found[0]


async def memory(process: psutil.Process) -> int:
    """Return resident bytes, once they have stopped falling for half a second."""
    least = process.memory_info().rss
    for _ in range(5):
        await asyncio.sleep(0.1)
        least = min(least, process.memory_info().rss)
    return least


async def memory_at_rest(processes: Sequence[psutil.Process], most: Sequence[float]) -> list[int]:
    """Return resident bytes once none has more than its ``most``, at the latest REST_S from now."""
    end = asyncio.get_running_loop().time() + REST_S
    while True:
        now = [process.memory_info().rss for process in processes]
        if asyncio.get_running_loop().time() > end or all(size <= limit for size, limit in zip(now, most, strict=True)):
            return now
        await asyncio.sleep(0.2)


async def gauge(port: int, name: str) -> float:
    """Return what the bot's metrics say."""
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/metrics") as response:
        found = re.search(rf"^{name} (\S+)$", await response.text(), re.MULTILINE)
    assert found, name
    return float(found[1])


async def fresh_worker(
    bot: psutil.Process, port: int, gone: Container[psutil.Process], *, ready: bool
) -> psutil.Process:
    """Wait for a worker that is none of those gone, and where asked until it can draw; return it."""
    async with asyncio.timeout(120):
        while True:
            found = [child for child in bot.children() if child not in gone]  # a number may be given out again
            if found and not (ready and not await gauge(port, "waifubot_worker_ready")):
                return found[0]
            await asyncio.sleep(0.05)


@dataclass(frozen=True)
class Belongings:
    """What a bot and its worker hold on to."""

    bot_bytes: int
    worker_bytes: int
    files: int  # descriptors of both
    threads: int
    tasks: float

    @classmethod
    async def of(cls, bot: psutil.Process, port: int) -> "Belongings":
        worker = await one_child(bot)
        return cls(
            await memory(bot),
            await memory(worker),
            bot.num_fds() + worker.num_fds(),
            bot.num_threads() + worker.num_threads(),
            await gauge(port, "waifubot_tasks"),
        )


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
