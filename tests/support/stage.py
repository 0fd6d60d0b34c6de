"""Runs the whole bot for tests: tiny networks on disk, settings that name them, and a real bot with a loopback Discord.

Contains no checks. The fixtures ``models``, ``settings`` and ``stage`` are in conftest.py.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from generator import checkpoints
from generator.stylegan2.hyperparameters import Hyperparameters
from generator.stylegan2.network import Generator
from playground.discord import state
from playground.discord.server import Loopback
from playground.page.page import Page
from playground.people.person import Person
from playground.people.process import BotProcess

START_S = 60.0  # how long the worker may take to be ready

TRAITS = {"hair": ("pink", "blue", "green"), "eyes": ("red", "gold")}


@dataclass
class Stage:
    """The running bot, the loopback Discord, and the two people who use them."""

    discord: Loopback
    settings: Path
    log: Path
    url: str  # address of the chat page
    bot: BotProcess | None = None

    def __post_init__(self) -> None:
        self.world = self.discord.world
        self._find_people()

    def _find_people(self) -> None:
        people = [user for user in self.world.users.values() if not user.bot]
        general = next(channel for channel in self.world.channels.values() if channel.name == "general")
        self.you, self.friend = (Person(self.world, user, general) for user in people)

    def reset_people(self) -> None:
        """Replace the server and the people, so that nothing that was said, chosen or left open before is visible."""
        self.world.clear()
        state.populate(self.world)
        self._find_people()

    @property
    def state_dir(self) -> Path:
        return self.settings.parent / "state"

    @property
    def pid(self) -> int:
        assert self.bot is not None
        return self.bot.process.pid

    async def start(self) -> None:
        with self.log.open("ab") as log:
            self.bot = await BotProcess(
                self.discord.url,
                token=self.discord.token,
                config=self.settings,
                output=log.fileno(),
                state_dir=self.state_dir,
            ).__aenter__()
        await self.bot.wait_ready(self.world)

    async def stop(self) -> int:
        assert self.bot is not None
        return await self.bot.stop()

    async def restart(self) -> None:
        await self.stop()
        await self.start()


@asynccontextmanager
async def open_stage(settings: Path) -> AsyncIterator[Stage]:
    """Run the bot with this settings file in a loopback Discord with a chat page, until the end of the block."""
    world = state.demo_world()
    page = Page(world)
    async with Loopback(world, token=secrets.token_urlsafe(32), more=page.routes()) as discord:
        stage = Stage(discord, settings, settings.parent / "log.txt", f"{discord.url}/?key={page.key}")
        await stage.start()
        async with asyncio.timeout(START_S):
            while b"worker ready" not in stage.log.read_bytes():  # noqa: ASYNC110  # a file tells nobody that it grew
                await asyncio.sleep(0.05)
        try:
            yield stage
        finally:
            await stage.stop()


def make_models(folder: Path) -> tuple[Path, ...]:
    """Write three random networks and return their paths: a plain one, one with traits, and a slow one."""
    big = {4: 64, 8: 64, 16: 64, 32: 64, 64: 64, 128: 48}
    sizes: dict[str, Any] = {"resolution": 32, "channels": {4: 32, 8: 32, 16: 16, 32: 16}, "z_dim": 64, "w_dim": 64}
    plain = Generator.new(Hyperparameters(**sizes, num_mapping_layers=2), seed=1, name="plain-1")
    traits = Generator.new(
        Hyperparameters(**sizes, num_mapping_layers=2, c_dim=5), seed=2, name="traits-1", traits=TRAITS
    )
    slow = Generator.new(
        Hyperparameters(**sizes | {"resolution": 128, "channels": big}, num_mapping_layers=2), seed=3, name="slow-1"
    )
    for generator in (plain, traits, slow):
        with torch.no_grad():  # random ToRGB weights would saturate every channel
            for name, weight in generator.named_parameters():
                weight *= 0.4 if ".torgb.weight" in name else 1
        generator.estimate_w_avg(200)
        checkpoints.save(generator, folder / f"{generator.name}.safetensors")
    return tuple(folder / f"{generator.name}.safetensors" for generator in (plain, traits, slow))


def write_settings(folder: Path, models: tuple[Path, ...]) -> Path:
    """Write a settings file that offers these networks, and return its path."""
    listed = ", ".join(f'"{path.as_posix()}"' for path in models)
    path = folder / "config.toml"
    path.write_text(f'model = [{listed}]\ndevice = "cpu"\nprecision = "exact"\nmax_in_flight = 2\nmax_per_minute = 0\n')
    return path
