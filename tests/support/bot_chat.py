"""Runs the bot in a chat for tests, with the real discord.py client in a loopback Discord.

The worker is a fake, workers/draws.py: its pictures are only a few bytes.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route
from project_paths import WORKERS

from bot import client
from bot.delivery.replies.reply import EditIntervals
from bot.delivery.service import RequestService
from bot.delivery.services import Services, build_services
from bot.operations.status import StatusMonitor
from bot.queue.limits import Limits
from bot.queue.queue import RenderQueue
from bot.storage.database import Database, Place
from bot.storage.journal import Journal
from bot.storage.panels import Panels
from bot.storage.preferences import Preferences
from bot.storage.vectors import VectorStore
from bot.uploads.uploads import Uploads
from bot.worker.engine import LocalEngine
from playground.discord.server import TOKEN, Loopback
from playground.discord.state import Guild, Message, World
from playground.page.page import Page
from playground.people.person import Answer, Person


@dataclass
class Clock:
    """The clock of the loopback Discord, which a test can set ahead."""

    ahead_s: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead_s


@dataclass
class Chat:
    """A loopback Discord with one server, whose members are the bot and three people."""

    discord: Loopback
    world: World
    ann: Person
    bob: Person
    moderator: Person
    guild: Guild
    patrons: int  # id of the role that bob has
    clock: Clock
    bot: client.Client
    services: Services
    queue: RenderQueue
    journal: Journal
    panels: Panels
    page: str  # address of the chat page
    folder: Path  # where the bot keeps its state

    @property
    def service(self) -> RequestService:
        return self.services.requests

    async def answer(self, text: str, who: Person | None = None) -> Answer:
        answer = (who or self.ann).say(text)
        await answer.wait_acknowledged()
        return answer

    async def draw(self, text: str, who: Person | None = None) -> Message:
        return await (await self.answer(text, who)).picture(10)


async def eventually(is_true: Callable[[], bool]) -> None:
    """Wait until ``is_true()``, for something that no event announces."""
    async with asyncio.timeout(10):
        while not is_true():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@asynccontextmanager
async def open_chat(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    heartbeat_s: float = 41.25,
    ahead_s: float = 0.0,
    shards: int = 1,
    place: Place | None = None,
) -> AsyncIterator[Chat]:
    """Open a chat in which the bot is logged in and bob has the role patrons.

    ``ahead_s`` is how far Discord's clock is ahead of this machine's, and ``shards`` how many Discord recommends.
    ``place`` is where the bot keeps its state, by default in ``folder``.

    At most 5 requests can wait in the bot's queue, and one person can have at most 3.
    """
    monkeypatch.setattr(Route, "BASE", Route.BASE)  # restored at the end, because client.use_discord_at changes both
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)
    clock = Clock(ahead_s)
    world = World(clock)
    owner, ann, bob = world.add_user("owner"), world.add_user("ann"), world.add_user("bob")
    guild = world.add_guild("server", owner, ann, bob)
    channel = world.add_channel(guild, "pictures")
    patrons = world.add_role(guild, "patrons", bob)
    async with AsyncExitStack() as stack:
        page = Page(world)
        discord = await stack.enter_async_context(Loopback(world, heartbeat_s=heartbeat_s, more=page.routes()))
        client.use_discord_at(discord.url)
        discord.rest.shards = shards
        engine = LocalEngine([sys.executable, str(WORKERS / "draws.py")])
        preferences = Preferences()
        database = await stack.enter_async_context(Database(place or folder))
        journal, panels, vectors = Journal(database), Panels(database), VectorStore(database)
        queue = RenderQueue(engine, Limits(queue=5, person=3), preferences=preferences, vectors=vectors)
        services = build_services(
            queue,
            StatusMonitor(queue),
            preferences,
            journal=journal,
            panels=panels,
            vectors=vectors,
            intervals=EditIntervals(first_s=0.05, every_s=0.1),
            uploads=Uploads(discord.url, vectors),
        )
        bot = client.Client(services, guilds=(), state_dir=folder, always_sync=True)
        bot._connection.guild_ready_timeout = (
            0.05  # seconds without a further server, until discord.py says it is ready
        )
        for part in (engine, bot, services.requests, queue):
            await stack.enter_async_context(part)
        serving = asyncio.create_task(bot.serve(TOKEN))
        await asyncio.wait_for(asyncio.gather(bot.wait_until_ready(), engine.wait_ready()), 20)
        people = (Person(world, user, channel) for user in (ann, bob, owner))
        yield Chat(
            discord,
            world,
            *people,
            guild,
            patrons,
            clock,
            bot,
            services,
            queue,
            journal,
            panels,
            f"{discord.url}/?key={page.key}",
            folder,
        )
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
