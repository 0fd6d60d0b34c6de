"""An engine in the test's own hands, for tests of the queue: runs do what the test tells them to."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

from bot.queue.ticket import State, Ticket
from bot.recipes.request import Request
from bot.worker.engine import Event, Picture
from generator.contract.errors import GeneratorError
from generator.contract.protocol import Model, Ready
from generator.contract.recipe import Recipe

READY = Ready(("waifu", "grid", "morph"), ("gif",), (Model("drawn-4", 64, "d0", {"hair": ("pink",)}),), "cpu", "fake")
PICTURE = Picture(b"file", "image/png", 64, 64, 1, {})


@dataclass
class HandEngine:
    """An engine that does what the test tells it to, run by run."""

    ready: Ready | None = READY
    runs: list[tuple[Recipe, "asyncio.Queue[Event | GeneratorError]"]] = field(default_factory=list)
    closed: list[Recipe] = field(default_factory=list)
    most_at_once: int = 0
    started: asyncio.Event = field(default_factory=asyncio.Event)
    trouble: GeneratorError | None = None

    def start(self, how: Ready | GeneratorError) -> None:
        self.ready, self.trouble = (how, None) if isinstance(how, Ready) else (None, how)
        self.started.set()

    async def wait_ready(self, timeout_s: float | None = None) -> Ready:
        if self.ready is None:
            await self.started.wait()
        if self.trouble:
            raise self.trouble
        assert self.ready is not None
        return self.ready

    async def run(self, recipe: Recipe, max_bytes: int, person: str = "") -> AsyncGenerator[Event, None]:
        told: asyncio.Queue[Event | GeneratorError] = asyncio.Queue()
        entry = (recipe, told)
        self.runs.append(entry)
        self.most_at_once = max(self.most_at_once, len(self.runs))
        try:
            while True:
                event = await told.get()
                if isinstance(event, GeneratorError):
                    raise event
                yield event
                if isinstance(event, Picture):
                    return
        finally:
            self.runs.remove(entry)
            self.closed.append(recipe)

    def tell(self, seed: int, event: Event | GeneratorError) -> None:
        for recipe, told in self.runs:
            if recipe.seeds[0] == seed:
                told.put_nowait(event)

    @property
    def drawing(self) -> list[int]:
        return [recipe.seeds[0] for recipe, _ in self.runs]


def order(seed: int, person: int = 1, server: int | None = None, line: str = "waifu") -> Request:
    text = f"morph {seed} {seed + 1}" if line == "morph" else f"waifu {seed}"
    return Request(Recipe.parse(text), {}, 1000, person, server)


async def ending(ticket: Ticket) -> Picture | GeneratorError:
    try:
        async with aclosing(ticket.states()) as states:
            seen: list[State] = [state async for state in states]
    except GeneratorError as error:
        return error
    assert isinstance(seen[-1], Picture)
    return seen[-1]


async def settle() -> None:
    """Let every task do what it can."""
    for _ in range(20):
        await asyncio.sleep(0)
