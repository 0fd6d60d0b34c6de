"""The line: who is drawn when, within which limits, and each request ended exactly once.

Knows no Discord and no process; persons and servers are numbers, pictures are bytes. It needs of an engine ``ready``,
``wait_ready`` and ``run``.

    submit -> Ticket -> Queued*, Progress*, then one Picture or one GeneratorError

Tickets that ask for the same thing share one job. The job leaves when its last ticket does.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from bot.errors import LineFull, PersonFull, RecipeTooLong, ServerFull, unexpected
from bot.queue.throughput import Pace
from bot.queue.ticket import Order, Queued, Ticket
from bot.recipes import capabilities
from bot.storage import cache
from bot.storage.cache import Cache
from bot.storage.preferences import Choices
from bot.worker.engine import Event as EngineEvent
from bot.worker.engine import Picture
from generator.contract.errors import Cancelled, EngineStopped, FormatMissing, GeneratorError, UnknownKind, UnknownModel
from generator.contract.protocol import Model, Progress, Ready
from generator.contract.recipe import KINDS, MAX_LINE_CHARS, Recipe

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
class _Job:
    """One thing to draw, for everybody who asked for it."""

    recipe: Recipe
    max_bytes: int
    tickets: list[Ticket] = field(default_factory=list)
    done: int = 0  # faces synthesised
    task: "asyncio.Task[None] | None" = None

    @property
    def key(self) -> tuple[str, int]:
        return str(self.recipe), self.max_bytes

    @property
    def turn(self) -> int:
        """Where the job stands: with whoever of its askers is best placed."""
        return min(ticket.turn for ticket in self.tickets)

    @property
    def long(self) -> bool:
        return self.recipe.animated

    @property
    def idle(self) -> bool:
        """Whether everybody who wants it can wait for a moment in which nobody else wants anything."""
        return all(ticket.order.idle for ticket in self.tickets)

    @property
    def faces(self) -> int:
        """How many faces are to be synthesised."""
        return self.recipe.faces


class Studio:
    """The line in front of one engine, for as long as it is open."""

    def __init__(
        self,
        engine: Engine,
        limits: Limits,
        cache: Cache | None = None,
        clock: Callable[[], float] = time.monotonic,
        choices: Choices | None = None,
    ) -> None:
        self._engine, self.limits, self._cache = engine, limits, cache
        self.choices = choices or Choices()
        self._pace = Pace(clock)
        self._jobs: dict[tuple[str, int], _Job] = {}  # waiting and running, in order of arrival
        self._arriving: dict[Ticket, asyncio.Task[None]] = {}  # not yet in the line: the engine is starting, the cache is read
        self._tasks: set[asyncio.Task[None]] = set()  # arriving, drawing, saving what was drawn
        self._arrivals = 0
        self._stopped = False

    async def __aenter__(self) -> "Studio":
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopped = True
        for ticket in list(self._arriving):
            self._turn_away(ticket, EngineStopped())
        for job in list(self._jobs.values()):
            self._end(job, EngineStopped())
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
        name = name or default_model(ready, self.choices.preferred(person, server))
        return next((model for model in ready.models if model.name == name), None)

    def submit(self, order: Order, *, again: bool = False) -> Ticket:
        """Take a request in. Raises GeneratorError for what can be refused at once; the rest the ticket tells.

        again: it was within the limits when it first came, before the bot was started again.
        """
        self.check(order)
        if not again and not order.idle:
            self._check_limits(order)
        ticket = Ticket(order, self._turn(order.person), self._withdraw)
        self._arriving[ticket] = self._task(self._arrive(ticket), f"arrival of {order.recipe}")
        return ticket

    def check(self, order: Order) -> None:
        """Raise GeneratorError for what is known to be impossible."""
        if self._stopped:
            raise EngineStopped()
        if self._engine.ready is not None:
            self._settled(order, self._engine.ready)

    def _settled(self, order: Order, ready: Ready) -> Recipe:
        return settled(order.recipe, ready, self.choices.preferred(order.person, order.server))

    def _check_limits(self, order: Order) -> None:
        tickets = [ticket for ticket in self._tickets() if not ticket.order.idle]
        most = self.limits.person if order.limit is None else order.limit
        if sum(ticket.order.person == order.person for ticket in tickets) >= most:
            raise PersonFull(limit=most)
        if order.server is not None and sum(ticket.order.server == order.server for ticket in tickets) >= self.limits.server:
            raise ServerFull(limit=self.limits.server)
        drawn = {ticket for job in self._jobs.values() if job.task is not None for ticket in job.tickets}
        if sum(ticket not in drawn for ticket in tickets) >= self.limits.line:
            raise LineFull(limit=self.limits.line)

    async def _arrive(self, ticket: Ticket) -> None:
        """Find out what exactly is asked for, and whether it is there already; then into the line."""
        found: Picture | GeneratorError | None
        try:
            ready = await self._engine.wait_ready(WAIT_FOR_ENGINE_S)
            ticket.order = replace(ticket.order, recipe=self._settled(ticket.order, ready))
            found = await self._cached(ticket.order, ready)
        except GeneratorError as error:
            found = error
        except Exception:
            found = unexpected(f"taking in {ticket.order.recipe}")
        self._arriving.pop(ticket, None)
        if found is None:
            self._line_up(ticket)
        else:
            ticket.tell(found)

    def _line_up(self, ticket: Ticket) -> None:
        order = ticket.order
        job = self._jobs.setdefault((str(order.recipe), order.max_bytes), _Job(order.recipe, order.max_bytes))
        job.tickets.append(ticket)
        if job.task:
            ticket.tell(Progress(0, job.done, job.faces))
        self._move_up()

    async def _cached(self, order: Order, ready: Ready) -> Picture | None:
        return await self._cache.get(cache.key(order.recipe, order.max_bytes, ready)) if self._cache else None

    def cancel(self, person: int) -> int:
        """End every unfinished request of a person, but not what is idle; return how many there were."""
        theirs = self.tickets_of(person)
        for ticket in theirs:
            ticket.withdraw()
        return len(theirs)

    def tickets_of(self, person: int) -> list[Ticket]:
        """Return a person's unfinished requests, without those that are idle."""
        return [ticket for ticket in self._tickets() if ticket.order.person == person and not ticket.order.idle]

    def counts(self) -> tuple[int, int]:
        """Return how many jobs wait, and how many are being drawn."""
        running = sum(job.task is not None for job in self._jobs.values())
        return len(self._arriving) + len(self._jobs) - running, running

    @property
    def faces_per_s(self) -> float:
        """How fast faces are drawn, of late."""
        return self._pace.faces_per_s

    async def drain(self, seconds: float) -> None:
        """Take nothing in any more, turn away what waits, and give what is being drawn so long to end."""
        self._stopped = True
        for ticket in list(self._arriving):
            self._turn_away(ticket, EngineStopped())
        for job in [job for job in self._jobs.values() if job.task is None]:
            self._end(job, EngineStopped())
        drawing = [job.task for job in self._jobs.values() if job.task is not None]
        if drawing:
            await asyncio.wait(drawing, timeout=seconds)

    def _tickets(self) -> list[Ticket]:
        return [*self._arriving, *(ticket for job in self._jobs.values() for ticket in job.tickets)]

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
        for job in self._jobs.values():
            if ticket in job.tickets:
                job.tickets.remove(ticket)
                ticket.tell(Cancelled())
                if not job.tickets:
                    self._end(job, Cancelled())
                self._move_up()
                return

    def _turn_away(self, ticket: Ticket, error: GeneratorError) -> None:
        self._arriving.pop(ticket).cancel()
        ticket.tell(error)

    def _end(self, job: _Job, ending: Picture | GeneratorError) -> None:
        """Take the job off the line first, then tell everybody: whoever hears of it may ask again at once."""
        if self._jobs.get(job.key) is job:
            del self._jobs[job.key]
        tickets, job.tickets = job.tickets, []
        for ticket in tickets:
            ticket.tell(ending)
        if job.task is not None and job.task is not asyncio.current_task():
            job.task.cancel()

    def _move_up(self) -> None:
        """Start what may start, and tell those who wait where they are."""
        if not self._stopped:
            while (job := _next(self._jobs.values(), self.limits.in_flight)) is not None:
                job.task = self._task(self._draw(job), f"drawing of {job.recipe}")
                self._progress(job, Progress(0, 0, job.faces))
        ahead = sum(max(0, job.faces - job.done) for job in self._jobs.values() if job.task)
        for position, job in enumerate(in_order(self._jobs.values()), start=1):
            ahead += job.faces
            for ticket in job.tickets:
                ticket.tell(Queued(position, self._pace.estimate_s(ahead)))

    async def _draw(self, job: _Job) -> None:
        ending: Picture | GeneratorError = Cancelled()
        person, idle = str(job.tickets[0].order.person), job.idle
        try:
            self._pace.start(job)
            async with aclosing(self._engine.run(job.recipe, job.max_bytes, person)) as events:
                async for event in events:
                    if isinstance(event, Picture):
                        ending = event
                    else:
                        self._progress(job, event)
        except GeneratorError as error:
            ending = error
        except Exception:
            ending = unexpected(f"drawing {job.recipe}")
        finally:
            self._pace.stop(job)
            self._end(job, ending)
            self._move_up()
        if self._cache and self._engine.ready and isinstance(ending, Picture) and not idle:
            await self._cache.put(cache.key(job.recipe, job.max_bytes, self._engine.ready), ending)

    def _progress(self, job: _Job, progress: Progress) -> None:
        faces = round(job.faces * progress.done / max(1, progress.total))
        self._pace.made(max(0, faces - job.done))  # after a replay it begins again
        job.done = faces
        for ticket in job.tickets:
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


def in_order(jobs: Iterable[_Job]) -> list[_Job]:
    """Return the waiting jobs in the order in which they will be drawn, idle ones last."""
    return sorted((job for job in jobs if job.task is None and job.tickets), key=lambda job: (job.idle, job.turn))


def _next(jobs: Iterable[_Job], in_flight: int) -> _Job | None:
    """Return the job to start now, if any. Animations get at most half of the places, so that a picture finds one free.

    An idle job starts only where there is no other, and takes nobody's place.
    """
    jobs = list(jobs)
    running = [job for job in jobs if job.task is not None]
    asked_for = [job for job in running if not job.idle]
    if len(asked_for) >= in_flight:
        return None
    room_for_long = sum(job.long for job in asked_for) < max(1, in_flight // 2)
    first = next((job for job in in_order(jobs) if room_for_long or not job.long), None)
    return None if first is not None and first.idle and running else first
