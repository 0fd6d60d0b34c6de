"""Defines an engine without a worker, for tests of the queue: the test itself emits the events of each run."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from bot.queue.ticket import State, Ticket
from bot.recipes.request import Request
from bot.worker.engine import EngineState, Event
from bot.worker.picture import Picture
from generator.contract.errors import GeneratorError
from generator.contract.protocol import Model, Ready
from generator.contract.recipe import Recipe

READY = Ready(("waifu", "grid", "morph"), ("gif",), (Model("drawn-4", 64, "d0", {"hair": ("pink",)}),), "cpu", "fake")
PICTURE = Picture(b"file", "image/png", 64, 64, 1, {})


@dataclass
class ManualEngine:
    """An Engine in which ``start`` makes the worker ready and ``emit`` sends an event to a run."""

    ready: Ready | None = READY
    runs: list[tuple[Recipe, "asyncio.Queue[Event | GeneratorError]"]] = field(default_factory=list)
    closed: list[Recipe] = field(default_factory=list)  # recipes of the runs that have ended or been cancelled
    most_at_once: int = 0  # the largest number of simultaneous runs
    started: asyncio.Event = field(default_factory=asyncio.Event)
    trouble: GeneratorError | None = None  # raised by wait_ready()
    starts: int = 1
    pid: int | None = None

    @property
    def state(self) -> EngineState:
        return "starting" if self.ready is None else "ready"

    def start(self, outcome: Ready | GeneratorError) -> None:
        self.ready, self.trouble = (outcome, None) if isinstance(outcome, Ready) else (None, outcome)
        self.started.set()

    async def wait_ready(self, timeout_s: float | None = None) -> Ready:
        if self.ready is None:
            await self.started.wait()
        if self.trouble:
            raise self.trouble
        assert self.ready is not None
        return self.ready

    async def watch(self) -> None:
        await asyncio.Event().wait()

    async def run(
        self, recipe: Recipe, max_bytes: int, person: str = "", attachments: Sequence[bytes] = ()
    ) -> AsyncGenerator[Event, None]:
        events: asyncio.Queue[Event | GeneratorError] = asyncio.Queue()
        run = (recipe, events)
        self.runs.append(run)
        self.most_at_once = max(self.most_at_once, len(self.runs))
        try:
            while True:
                event = await events.get()
                if isinstance(event, GeneratorError):
                    raise event
                yield event
                if isinstance(event, Picture):
                    return
        finally:
            self.runs.remove(run)
            self.closed.append(recipe)

    async def compose(self, pictures: Sequence[bytes | None], first: int, max_bytes: int, person: str = "") -> Picture:
        return Picture(f"{first}: {len(pictures)}".encode(), "image/png", 64, 64, 1, {})

    def emit(self, seed: int, event: Event | GeneratorError) -> None:
        for recipe, events in self.runs:
            if recipe.seeds[0] == seed:
                events.put_nowait(event)

    @property
    def drawing(self) -> list[int]:
        return [recipe.seeds[0] for recipe, _ in self.runs]


def make_request(seed: int, person: int = 1, server: int | None = None, kind: str = "waifu") -> Request:
    line = f"morph {seed} {seed + 1}" if kind == "morph" else f"waifu {seed}"
    return Request(Recipe.parse(line), {}, 1000, person, server)


async def wait_for_ending(ticket: Ticket) -> Picture | GeneratorError:
    try:
        async with aclosing(ticket.states()) as states:
            seen: list[State] = [state async for state in states]
    except GeneratorError as error:
        return error
    assert isinstance(seen[-1], Picture)
    return seen[-1]


async def let_tasks_run() -> None:
    """Run the event loop until every task has gone as far as it can."""
    for _ in range(20):
        await asyncio.sleep(0)
