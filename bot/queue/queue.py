"""The line: who is drawn when, within which limits, and each request ended exactly once.

Knows no Discord and no process; persons and servers are numbers, pictures are bytes. It needs of an engine ``ready``,
``wait_ready`` and ``run``.

    submit -> Ticket -> Queued*, Progress*, then one Picture or one GeneratorError

Tickets that ask for the same thing share one render. The render leaves when its last ticket does.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from bot.errors import PersonFull, QueueFull, RecipeTooLong, ServerFull, unexpected
from bot.queue.throughput import Throughput
from bot.queue.ticket import Queued, Ticket
from bot.recipes import capabilities
from bot.recipes.request import Request
from bot.storage import cache
from bot.storage.cache import Cache
from bot.storage.preferences import ModelPreferences
from bot.worker.engine import Event as EngineEvent
from bot.worker.engine import Picture
from generator.contract.errors import Cancelled, EngineStopped, FormatMissing, GeneratorError, UnknownKind, UnknownModel
from generator.contract.kinds import KINDS
from generator.contract.protocol import Model, Progress, Ready
from generator.contract.recipe import MAX_LINE_CHARS, Recipe

WAIT_FOR_ENGINE_S = 120.0


class Engine(Protocol):
    """What draws: the local worker, or anything with the same three."""

    @property
    def ready(self) -> Ready | None:
        """What can be drawn; None while that is not known yet."""

    async def wait_ready(self, timeout_s: float | None = None) -> Ready:
        """Wait until it is known. Raises EngineError."""

    def run(self, recipe: Recipe, max_bytes: int, person: str = "") -> AsyncGenerator[EngineEvent, None]:
        """Yield Progress, then one Picture; raise GeneratorError instead."""


@dataclass(frozen=True)
class Limits:
    """How much may be unfinished at once."""

    line: int = 100  # waiting in all
    person: int = 3
    server: int = 30
    in_flight: int = 8  # given to the engine, which draws them together


@dataclass(eq=False)
class Render:
    """One thing to draw, for everybody who asked for it."""

    recipe: Recipe
    max_bytes: int
    tickets: list[Ticket] = field(default_factory=list)
    done: int = 0  # faces synthesised
    task: "asyncio.Task[None] | None" = None

    @property
    def key(self) -> tuple[str, int]:
        """What makes two requests one render."""
        return str(self.recipe), self.max_bytes

    @property
    def turn(self) -> int:
        """Where the render stands: with whoever of its askers is best placed."""
        return min(ticket.turn for ticket in self.tickets)

    @property
    def long(self) -> bool:
        """Whether it is an animation."""
        return self.recipe.animated

    @property
    def idle(self) -> bool:
        """Whether everybody who wants it can wait for a moment in which nobody else wants anything."""
        return all(ticket.request.idle for ticket in self.tickets)

    @property
    def faces(self) -> int:
        """How many faces are to be synthesised."""
        return self.recipe.faces


class RenderQueue:
    """The line in front of one engine, for as long as it is open."""

    def __init__(
        self,
        engine: Engine,
        limits: Limits,
        cache: Cache | None = None,
        clock: Callable[[], float] = time.monotonic,
        preferences: ModelPreferences | None = None,
    ) -> None:
        self._engine, self.limits, self._cache = engine, limits, cache
        self.preferences = preferences or ModelPreferences()
        self._throughput = Throughput(clock)
        self._renders: dict[tuple[str, int], Render] = {}  # waiting and running, in order of arrival
        self._arriving: dict[
            Ticket, asyncio.Task[None]
        ] = {}  # not yet in the line: the engine is starting, the cache is read
        self._tasks: set[asyncio.Task[None]] = set()  # arriving, drawing, saving what was drawn
        self._arrivals = 0
        self._stopped = False

    async def __aenter__(self) -> "RenderQueue":
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopped = True
        for ticket in list(self._arriving):
            self._turn_away(ticket, EngineStopped())
        for render in list(self._renders.values()):
            self._end(render, EngineStopped())
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def ready(self) -> Ready | None:
        """What can be drawn; None while that is not known yet."""
        return self._engine.ready

    def model(self, name: str | None, person: int | None = None, server: int | None = None) -> Model | None:
        """Return the model of that name; for None the one that draws for that person there; None where there is none (yet)."""
        ready = self._engine.ready
        if ready is None:
            return None
        name = name or default_model(ready, self.preferences.preferred(person, server))
        return next((model for model in ready.models if model.name == name), None)

    def submit(self, request: Request, *, again: bool = False) -> Ticket:
        """Take a request in. Raises GeneratorError for what can be refused at once; the rest the ticket tells.

        again: it was within the limits when it first came, before the bot was started again.
        """
        self.check(request)
        if not again and not request.idle:
            self._check_limits(request)
        ticket = Ticket(request, self._turn(request.person), self._withdraw)
        self._arriving[ticket] = self._task(self._arrive(ticket), f"arrival of {request.recipe}")
        return ticket

    def check(self, request: Request) -> None:
        """Raise GeneratorError for what is known to be impossible."""
        if self._stopped:
            raise EngineStopped()
        if self._engine.ready is not None:
            self._settled(request, self._engine.ready)

    def _settled(self, request: Request, ready: Ready) -> Recipe:
        return settled(request.recipe, ready, self.preferences.preferred(request.person, request.server))

    def _check_limits(self, request: Request) -> None:
        tickets = [ticket for ticket in self._tickets() if not ticket.request.idle]
        most = self.limits.person if request.limit is None else request.limit
        if sum(ticket.request.person == request.person for ticket in tickets) >= most:
            raise PersonFull(limit=most)
        if (
            request.server is not None
            and sum(ticket.request.server == request.server for ticket in tickets) >= self.limits.server
        ):
            raise ServerFull(limit=self.limits.server)
        drawn = {ticket for render in self._renders.values() if render.task is not None for ticket in render.tickets}
        if sum(ticket not in drawn for ticket in tickets) >= self.limits.line:
            raise QueueFull(limit=self.limits.line)

    async def _arrive(self, ticket: Ticket) -> None:
        """Find out what exactly is asked for, and whether it is there already; then into the line."""
        found: Picture | GeneratorError | None
        try:
            ready = await self._engine.wait_ready(WAIT_FOR_ENGINE_S)
            ticket.request = replace(ticket.request, recipe=self._settled(ticket.request, ready))
            found = await self._cached(ticket.request, ready)
        except GeneratorError as error:
            found = error
        except Exception:
            found = unexpected(f"taking in {ticket.request.recipe}")
        self._arriving.pop(ticket, None)
        if found is None:
            self._line_up(ticket)
        else:
            ticket.tell(found)

    def _line_up(self, ticket: Ticket) -> None:
        request = ticket.request
        render = self._renders.setdefault(
            (str(request.recipe), request.max_bytes), Render(request.recipe, request.max_bytes)
        )
        render.tickets.append(ticket)
        if render.task:
            ticket.tell(Progress(0, render.done, render.faces))
        self._move_up()

    async def _cached(self, request: Request, ready: Ready) -> Picture | None:
        return await self._cache.get(cache.key(request.recipe, request.max_bytes, ready)) if self._cache else None

    def cancel(self, person: int) -> int:
        """End every unfinished request of a person, but not what is idle; return how many there were."""
        theirs = self.tickets_of(person)
        for ticket in theirs:
            ticket.withdraw()
        return len(theirs)

    def tickets_of(self, person: int) -> list[Ticket]:
        """Return a person's unfinished requests, without those that are idle."""
        return [ticket for ticket in self._tickets() if ticket.request.person == person and not ticket.request.idle]

    def counts(self) -> tuple[int, int]:
        """Return how many renders wait, and how many are being drawn."""
        running = sum(render.task is not None for render in self._renders.values())
        return len(self._arriving) + len(self._renders) - running, running

    @property
    def faces_per_s(self) -> float:
        """How fast faces are drawn, of late."""
        return self._throughput.faces_per_s

    async def drain(self, seconds: float) -> None:
        """Take nothing in any more, turn away what waits, and give what is being drawn so long to end."""
        self._stopped = True
        for ticket in list(self._arriving):
            self._turn_away(ticket, EngineStopped())
        for render in [render for render in self._renders.values() if render.task is None]:
            self._end(render, EngineStopped())
        drawing = [render.task for render in self._renders.values() if render.task is not None]
        if drawing:
            await asyncio.wait(drawing, timeout=seconds)

    def _tickets(self) -> list[Ticket]:
        return [*self._arriving, *(ticket for render in self._renders.values() for ticket in render.tickets)]

    def _task(self, coroutine: Coroutine[Any, Any, None], name: str) -> "asyncio.Task[None]":
        task = asyncio.create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _turn(self, person: int) -> int:
        """Return the next turn. Who has requests in the line gives way to as many newcomers as the line is long, for each.

        Turns never change, so nobody moves back without a newcomer who asked for less, and nobody starves.
        """
        self._arrivals += 1
        return self._arrivals + self.limits.line * len(self.tickets_of(person))

    def _withdraw(self, ticket: Ticket) -> None:
        if ticket in self._arriving:
            self._turn_away(ticket, Cancelled())
        for render in self._renders.values():
            if ticket in render.tickets:
                render.tickets.remove(ticket)
                ticket.tell(Cancelled())
                if not render.tickets:
                    self._end(render, Cancelled())
                self._move_up()
                return

    def _turn_away(self, ticket: Ticket, error: GeneratorError) -> None:
        self._arriving.pop(ticket).cancel()
        ticket.tell(error)

    def _end(self, render: Render, ending: Picture | GeneratorError) -> None:
        """Take the render off the line first, then tell everybody: whoever hears of it may ask again at once."""
        if self._renders.get(render.key) is render:
            del self._renders[render.key]
        tickets, render.tickets = render.tickets, []
        for ticket in tickets:
            ticket.tell(ending)
        if render.task is not None and render.task is not asyncio.current_task():
            render.task.cancel()

    def _move_up(self) -> None:
        """Start what may start, and tell those who wait where they are."""
        if not self._stopped:
            while (render := _next(self._renders.values(), self.limits.in_flight)) is not None:
                render.task = self._task(self._draw(render), f"drawing of {render.recipe}")
                self._progress(render, Progress(0, 0, render.faces))
        ahead = sum(max(0, render.faces - render.done) for render in self._renders.values() if render.task)
        for position, render in enumerate(in_order(self._renders.values()), start=1):
            ahead += render.faces
            for ticket in render.tickets:
                ticket.tell(Queued(position, self._throughput.estimate_s(ahead)))

    async def _draw(self, render: Render) -> None:
        ending: Picture | GeneratorError = Cancelled()
        person, idle = str(render.tickets[0].request.person), render.idle
        try:
            self._throughput.start(render)
            async with aclosing(self._engine.run(render.recipe, render.max_bytes, person)) as events:
                async for event in events:
                    if isinstance(event, Picture):
                        ending = event
                    else:
                        self._progress(render, event)
        except GeneratorError as error:
            ending = error
        except Exception:
            ending = unexpected(f"drawing {render.recipe}")
        finally:
            self._throughput.stop(render)
            self._end(render, ending)
            self._move_up()
        if self._cache and self._engine.ready and isinstance(ending, Picture) and not idle:
            await self._cache.put(cache.key(render.recipe, render.max_bytes, self._engine.ready), ending)

    def _progress(self, render: Render, progress: Progress) -> None:
        faces = round(render.faces * progress.done / max(1, progress.total))
        self._throughput.made(max(0, faces - render.done))  # after a replay it begins again
        render.done = faces
        for ticket in render.tickets:
            ticket.tell(progress)


def default_model(ready: Ready, preferred: Iterable[str]) -> str:
    """Return the first preferred name that is offered, else the worker's default."""
    offered = {model.name for model in ready.models}
    return next((name for name in preferred if name in offered), ready.models[0].name)


def settled(recipe: Recipe, ready: Ready, preferred: Iterable[str] = ()) -> Recipe:
    """Return the recipe with its model named, and as it suits that model. Raises RecipeError.

    preferred: names to draw a recipe by that names none, the best first; those that are offered no longer are passed over.
    """
    if recipe.kind not in ready.kinds:
        raise UnknownKind(kind=recipe.kind, known=", ".join(ready.kinds))
    recipe = recipe.on(default_model(ready, preferred))
    model = next((model for model in ready.models if model.name == recipe["model"]), None)
    if model is None:
        raise UnknownModel(model=str(recipe["model"]), known=", ".join(model.name for model in ready.models))
    if "format" in KINDS[recipe.kind].options and recipe["format"] not in ready.formats:
        raise FormatMissing(format=str(recipe["format"]), known=", ".join(ready.formats))
    recipe = capabilities.suited(recipe, model)
    if len(str(recipe)) > MAX_LINE_CHARS:
        raise RecipeTooLong()
    return recipe


def in_order(renders: Iterable[Render]) -> list[Render]:
    """Return the waiting renders in the order in which they will be drawn, idle ones last."""
    return sorted(
        (render for render in renders if render.task is None and render.tickets),
        key=lambda render: (render.idle, render.turn),
    )


def _next(renders: Iterable[Render], in_flight: int) -> Render | None:
    """Return the render to start now, if any. Animations get at most half of the places, so that a picture finds one free.

    An idle render starts only where there is no other, and takes nobody's place.
    """
    renders = list(renders)
    running = [render for render in renders if render.task is not None]
    asked_for = [render for render in running if not render.idle]
    if len(asked_for) >= in_flight:
        return None
    room_for_long = sum(render.long for render in asked_for) < max(1, in_flight // 2)
    first = next((render for render in in_order(renders) if room_for_long or not render.long), None)
    return None if first is not None and first.idle and running else first
