"""Nothing lost, over real processes and sockets: the bot and its worker are killed in the middle of work, floods come in.

Sized for everyday runs; WAIFUBOT_TEST_FULL=1 runs each at its full size.
"""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from playground.server import Loopback
from playground.state import Event, Message, World
from playground.user import Answer, Person, is_last_word

ROOT = Path(__file__).parents[1]
MODEL = ROOT / "tests" / "fixtures" / "ada_uncond_proto3.pkl"
ENVIRON = {name: value for name, value in os.environ.items() if not name.startswith("WAIFUBOT_")} | {"PYTHONPATH": str(ROOT)}
FULL = bool(os.environ.get("WAIFUBOT_TEST_FULL"))

pytestmark = [
    pytest.mark.skipif(not MODEL.exists(), reason="needs the fixture of the checkpoint loaders"),
    pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals"),
    pytest.mark.timeout(3600 if FULL else 180),
]


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
        settings = {"discord_url": self.discord.url, "model": MODEL, "state_dir": self.folder / "state", "cache_mb": 0} | settings
        environ = ENVIRON | {f"WAIFUBOT_{name.upper()}": str(value) for name, value in settings.items()}
        before = self.discord.gateway.identified
        with (self.folder / "log.txt").open("ab") as log:
            process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bot", env=environ, stdout=log, stderr=log)
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


async def eventually(true: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for what another process does."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    world = World()
    users = [world.add_user(f"person{number}") for number in range(100 if FULL else 20)]
    channel = world.add_channel(world.add_guild("server", *users), "pictures")
    async with Loopback(world) as discord:
        yield Town(world, discord, [Person(world, user, channel) for user in users], tmp_path)


def mixed_load(town: Town, count: int) -> list[Answer]:
    """Ask for pictures, grids and short morphs, people in turns; every one of them another."""
    lines = ("/waifu seed:{}", "/grid size:2 seed:{}", "/waifu seed:{}", "/morph from:{} to:1 frames:8", "/waifu seed:{}")
    return [town.people[n % len(town.people)].say(lines[n % len(lines)].format(1000 + n)) for n in range(count)]


async def test_a_bot_killed_with_20_requests_in_flight_answers_each_of_them_once_after_its_next_start(town: Town) -> None:
    async with town.bot(max_in_flight=2) as bot:
        answers = mixed_load(town, 20)
        for answer in answers:
            await answer.acknowledged()
        children = bot.children(recursive=True)
        bot.kill()
        await asyncio.to_thread(psutil.wait_procs, children, 15)
        assert not any(child.is_running() for child in children)
    assert sum(not answer.messages or not is_last_word(answer.messages[0]) for answer in answers) > 10
    async with town.bot(max_in_flight=2):
        for answer in answers:
            assert (await answer.picture(60)).attachments
        assert (await town.people[0].say("/waifu seed:1").picture(60)).attachments
    town.check_that_everybody_was_answered_once(answers)
