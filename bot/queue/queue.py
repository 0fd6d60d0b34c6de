"""The queue: decides when each request is drawn and which limits apply, and ends every request exactly once.

Knows nothing about Discord or processes: people and servers are numbers, and pictures are opaque bytes.

    submit -> Ticket -> Queued*, Progress*, then one Picture or one GeneratorError

A render is one drawing by the engine. Requests for the same recipe and size limit share one render, and it is
cancelled when the last of their tickets is withdrawn. An idle request is drawn only while nothing else waits, and
does not count towards any limit.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

from bot.errors import PersonFull, QueueFull, ServerFull, unexpected
from bot.queue.throughput import Throughput
from bot.queue.ticket import Queued, Ticket
from bot.recipes.request import Request
from bot.recipes.settle import default_model, settle
from bot.storage.cache import Cache, make_key
from bot.storage.preferences import ModelPreferences
from bot.worker.engine import Engine
from bot.worker.picture import Picture
from generator.contract.errors import Cancelled, EngineStopped, GeneratorError
from generator.contract.protocol import Model, Progress, Ready
from generator.contract.recipe import Recipe


@dataclass(frozen=True)
class Limits:
    """The queue's limits. A request that would exceed ``queue``, ``person`` or ``server`` is refused."""

    queue: int = 100  # waiting requests, from all people together
    person: int = 3  # unfinished requests from one person
    server: int = 30  # unfinished requests from one server
    in_flight: int = 8  # renders that the engine draws at the same time


@dataclass(eq=False)
class Render:
    """One recipe to draw, for all the tickets that ask for it."""

    recipe: Recipe
    max_bytes: int
    tickets: list[Ticket] = field(default_factory=list)
    done: int = 0  # number of faces synthesised so far
    task: "asyncio.Task[None] | None" = None  # the task that draws it, or None while the render waits

    @property
    def key(self) -> tuple[str, int]:
        """The recipe line and the size limit. Requests with the same key share one render."""
        return str(self.recipe), self.max_bytes

    @property
    def turn(self) -> int:
        """The lowest turn among its tickets. The render with the lowest turn is drawn first."""
        return min(ticket.turn for ticket in self.tickets)

    @property
    def animated(self) -> bool:
        """Whether the recipe is an animation. Animations take much longer than pictures."""
        return self.recipe.animated

    @property
    def idle(self) -> bool:
        """Whether all its tickets are idle, that is, drawn only while nothing else waits."""
        return all(ticket.request.idle for ticket in self.tickets)

    @property
    def faces(self) -> int:
        """The number of faces to synthesise."""
        return self.recipe.faces


class RenderQueue:
    """The queue in front of one engine. Leaving its ``async with`` ends all unfinished requests as EngineStopped."""

    def __init__(
        self,
        engine: Engine,
        limits: Limits,
        cache: Cache | None = None,
        clock: Callable[[], float] = time.monotonic,
        preferences: ModelPreferences | None = None,
        start_timeout_s: float = 120.0,  # how long a request waits for the first worker to be ready
    ) -> None:
        self._engine, self.limits, self._cache = engine, limits, cache
        self._start_timeout_s = start_timeout_s
        self.preferences = preferences or ModelPreferences()
        self._throughput = Throughput(clock)
        self._renders: dict[tuple[str, int], Render] = {}  # all renders that wait or are being drawn
        # Tickets that are not queued yet, because the engine is still starting or the cache is being read.
        # The task of each will queue the ticket or end it.
        self._arriving: dict[Ticket, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()  # the tasks that run _settle_and_enqueue and _draw
        self._last_turn = 0  # goes up by 1 with each request (see _next_turn)
        self._stopped = False
        self.restarting = False  # whether the bot comes back at once, so that what is unanswered need not be given up

    async def __aenter__(self) -> "RenderQueue":
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopped = True
        for ticket in list(self._arriving):
            self._reject(ticket, EngineStopped())
        for render in list(self._renders.values()):
            self._end(render, EngineStopped())
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def engine(self) -> Engine:
        """The engine that draws the requests. The status monitor reads it."""
        return self._engine

    @property
    def ready(self) -> Ready | None:
        """See Engine."""
        return self._engine.ready

    def model(self, name: str | None, person: int | None = None, server: int | None = None) -> Model | None:
        """Return the model called ``name``, or None if there is no such model or no worker has been ready yet.

        If ``name`` is None, return the model preferred by the person, else by the server, else the default model.
        """
        ready = self._engine.ready
        if ready is None:
            return None
        name = name or default_model(ready, self.preferences.preferred(person, server))
        return next((model for model in ready.models if model.name == name), None)

    def submit(self, request: Request, *, skip_limits: bool = False) -> Ticket:
        """Accept a request and return its ticket.

        Raises GeneratorError if the request must be refused at once. Later errors end the ticket instead.
        ``skip_limits`` is for a request that the bot had already accepted before it was restarted.
        """
        request, ready = self.check(request), self._engine.ready
        if not skip_limits and not request.idle:
            self._check_limits(request)
        ticket = Ticket(request, self._next_turn(request.person), self._withdraw)
        self._arriving[ticket] = self._start_task(
            self._settle_and_enqueue(ticket, ready), f"arrival of {request.recipe}"
        )
        return ticket

    def check(self, request: Request) -> Request:
        """Return the request with its recipe settled (see recipes/settle.py).

        If no worker has been ready yet, return it unchanged.
        Raises EngineStopped if the queue is closed, or another GeneratorError if the request is already known to be
        impossible.
        """
        if self._stopped:
            raise EngineStopped()
        return request if self._engine.ready is None else self._settle(request, self._engine.ready)

    def _settle(self, request: Request, ready: Ready) -> Request:
        preferred = self.preferences.preferred(request.person, request.server)
        return replace(request, recipe=settle(request.recipe, ready, preferred))

    def _check_limits(self, request: Request) -> None:
        tickets = [ticket for ticket in self._tickets() if not ticket.request.idle]
        person_limit = self.limits.person if request.limit is None else request.limit
        if sum(ticket.request.person == request.person for ticket in tickets) >= person_limit:
            raise PersonFull(limit=person_limit)
        same_server = sum(ticket.request.server == request.server for ticket in tickets)
        if request.server is not None and same_server >= self.limits.server:
            raise ServerFull(limit=self.limits.server)
        in_flight = {ticket for render in self._renders.values() if render.task for ticket in render.tickets}
        if sum(ticket not in in_flight for ticket in tickets) >= self.limits.queue:
            raise QueueFull(limit=self.limits.queue)

    async def _settle_and_enqueue(self, ticket: Ticket, settled_for: Ready | None) -> None:
        """Settle the request's recipe, then answer the request from the cache or queue it.

        ``settled_for`` is the Ready message for which the recipe has already been settled, or None.
        """
        ending: Picture | GeneratorError | None
        try:
            ready = await self._engine.wait_ready(self._start_timeout_s)
            if ready is not settled_for:  # no worker was ready then, or a new one has been started since
                ticket.request = self._settle(ticket.request, ready)
            ending = await self._read_cache(ticket.request, ready)
        except GeneratorError as error:
            ending = error
        except Exception:
            ending = unexpected(f"taking in {ticket.request.recipe}")
        self._arriving.pop(ticket, None)
        if ending is None:
            self._enqueue(ticket)
        else:
            ticket.update(ending)

    def _enqueue(self, ticket: Ticket) -> None:
        request = ticket.request
        render = Render(request.recipe, request.max_bytes)
        render = self._renders.setdefault(render.key, render)
        render.tickets.append(ticket)
        if render.task:
            ticket.update(Progress(0, render.done, render.faces))
        self._schedule()

    async def _read_cache(self, request: Request, ready: Ready) -> Picture | None:
        if self._cache is None:
            return None
        return await self._cache.get(make_key(request.recipe, request.max_bytes, ready))

    def cancel(self, person: int) -> int:
        """Cancel a person's unfinished requests, except idle ones, and return their number."""
        tickets = self.tickets_of(person)
        for ticket in tickets:
            ticket.withdraw()
        return len(tickets)

    def tickets_of(self, person: int) -> list[Ticket]:
        """Return the tickets of a person's unfinished requests, except idle ones."""
        return [ticket for ticket in self._tickets() if ticket.request.person == person and not ticket.request.idle]

    def counts(self) -> tuple[int, int]:
        """Return how many renders wait, and how many are being drawn.

        A ticket that is not queued yet counts as a waiting render.
        """
        in_flight = sum(render.task is not None for render in self._renders.values())
        return len(self._arriving) + len(self._renders) - in_flight, in_flight

    @property
    def faces_per_s(self) -> float:
        """The recent drawing speed in faces per second, or 0 before the first face."""
        return self._throughput.faces_per_s

    async def drain(self, seconds: float, *, restarting: bool = False) -> None:
        """Refuse new requests, end the waiting ones, and wait at most ``seconds`` for the renders in progress.

        ``restarting`` says that the bot will be started again at once.
        """
        self._stopped, self.restarting = True, restarting
        for ticket in list(self._arriving):
            self._reject(ticket, EngineStopped())
        for render in [render for render in self._renders.values() if render.task is None]:
            self._end(render, EngineStopped())
        in_flight = [render.task for render in self._renders.values() if render.task is not None]
        if in_flight:
            await asyncio.wait(in_flight, timeout=seconds)

    def _tickets(self) -> list[Ticket]:
        return [*self._arriving, *(ticket for render in self._renders.values() for ticket in render.tickets)]

    def _start_task(self, coroutine: Coroutine[Any, Any, None], name: str) -> "asyncio.Task[None]":
        task = asyncio.create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _next_turn(self, person: int) -> int:
        """Return the turn of a person's next request; lower turns are drawn first.

        Each unfinished request of a person moves that person's next request back by a full queue length. A turn never
        changes, so among pictures, or among animations, a request is overtaken only by later requests of people with
        fewer unfinished ones. Pictures may also overtake animations, and idle requests come last: see choose_next.
        """
        self._last_turn += 1
        return self._last_turn + self.limits.queue * len(self.tickets_of(person))

    def _withdraw(self, ticket: Ticket) -> None:
        if ticket in self._arriving:
            self._reject(ticket, Cancelled())
        for render in self._renders.values():
            if ticket in render.tickets:
                render.tickets.remove(ticket)
                ticket.update(Cancelled())
                if not render.tickets:
                    self._end(render, Cancelled())
                self._schedule()
                return

    def _reject(self, ticket: Ticket, error: GeneratorError) -> None:
        self._arriving.pop(ticket).cancel()
        ticket.update(error)

    def _end(self, render: Render, ending: Picture | GeneratorError) -> None:
        """Remove the render, then end its tickets.

        The order matters: code that sees a ticket end may submit the same request again at once, and must not join the
        ended render.
        """
        if self._renders.get(render.key) is render:
            del self._renders[render.key]
        tickets, render.tickets = render.tickets, []
        for ticket in tickets:
            ticket.update(ending)
        if render.task is not None and render.task is not asyncio.current_task():
            render.task.cancel()

    def _schedule(self) -> None:
        """Start every render that may start now, and tell the waiting tickets their new positions."""
        if not self._stopped:
            while (render := choose_next(self._renders.values(), self.limits.in_flight)) is not None:
                render.task = self._start_task(self._draw(render), f"drawing of {render.recipe}")
                self._on_progress(render, Progress(0, 0, render.faces))
        ahead = sum(max(0, render.faces - render.done) for render in self._renders.values() if render.task)
        for position, render in enumerate(sort_waiting(self._renders.values()), start=1):
            ahead += render.faces
            for ticket in render.tickets:
                ticket.update(Queued(position, self._throughput.estimate_s(ahead)))

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
                        self._on_progress(render, event)
        except GeneratorError as error:
            ending = error
        except Exception:
            ending = unexpected(f"drawing {render.recipe}")
        finally:
            self._throughput.stop(render)
            self._end(render, ending)
            self._schedule()
        if self._cache and self._engine.ready and isinstance(ending, Picture) and not idle:
            await self._cache.put(make_key(render.recipe, render.max_bytes, self._engine.ready), ending)

    def _on_progress(self, render: Render, progress: Progress) -> None:
        faces = round(render.faces * progress.done / max(1, progress.total))
        self._throughput.add(max(0, faces - render.done))  # negative after a retry, whose count restarts at 0
        render.done = faces
        for ticket in render.tickets:
            ticket.update(progress)


def sort_waiting(renders: Iterable[Render]) -> list[Render]:
    """Return the waiting renders in drawing order. Idle ones come last."""
    return sorted(
        (render for render in renders if render.task is None and render.tickets),
        key=lambda render: (render.idle, render.turn),
    )


def choose_next(renders: Iterable[Render], in_flight: int) -> Render | None:
    """Return the render to start now, or None if none may start.

    At most ``in_flight`` renders that are not idle are drawn at once. At most half of ``in_flight`` (but at least one)
    may be animations, so that pictures need not wait for animations. An idle render starts only while nothing is being
    drawn and only idle renders wait.
    """
    renders = list(renders)
    active = [render for render in renders if render.task is not None]
    counted = [render for render in active if not render.idle]
    if len(counted) >= in_flight:
        return None
    room_for_animation = sum(render.animated for render in counted) < max(1, in_flight // 2)
    first = next((render for render in sort_waiting(renders) if room_for_animation or not render.animated), None)
    return None if first is not None and first.idle and active else first
