"""The queue: decides when each request is drawn and which limits apply, and ends every request exactly once.

Knows nothing about Discord or processes: people and servers are numbers, and pictures are opaque bytes.

    submit -> Ticket -> Queued*, Progress*, then one Picture or one GeneratorError

A render is one drawing by the engine. Requests for the same recipe and size limit share one render, and it is
cancelled when the last of their tickets is withdrawn. An idle request is drawn only while nothing else waits, and
does not count towards any limit.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from bot.errors import unexpected
from bot.queue.limits import Limits, UnfinishedRequests
from bot.queue.render import Render
from bot.queue.throughput import Throughput
from bot.queue.ticket import Queued, Ticket
from bot.queue.waiting import WaitingRenders
from bot.recipes.request import Request, line_without_upload, shows_upload
from bot.recipes.settle import default_model, settle
from bot.storage.cache import Cache, make_key
from bot.storage.preferences import Preferences
from bot.storage.processes import Processes
from bot.storage.vectors import VectorStore
from bot.worker.engine import Engine
from bot.worker.picture import Picture
from generator.contract.errors import Cancelled, EngineStopped, GeneratorError
from generator.contract.protocol import Model, Preview, Progress, Ready

# Everybody who waits is told the new positions after this share of them has moved, or after this many seconds. A short
# queue is told of each change. Telling everybody of each change would take n * n steps for n arrivals.
TOLD_SHARE, TOLD_S = 1 / 8, 1.0


class RenderQueue:
    """The queue in front of one engine. Leaving its ``async with`` ends all unfinished requests as EngineStopped."""

    def __init__(
        self,
        engine: Engine,
        limits: Limits,
        cache: Cache | None = None,
        clock: Callable[[], float] = time.monotonic,
        preferences: Preferences | None = None,
        vectors: VectorStore | None = None,
        start_timeout_s: float = 120.0,  # how long a request waits for the first worker to be ready
        processes: Processes | None = None,
    ) -> None:
        self._engine, self.limits, self._cache = engine, limits, cache
        self._start_timeout_s = start_timeout_s
        self.preferences = preferences or Preferences()
        self._vectors = vectors or VectorStore()
        self._throughput = Throughput(clock)
        self._renders: dict[tuple[str, int], Render] = {}  # all renders that wait or are being drawn
        self._waiting = WaitingRenders()
        self._drawing: dict[Render, None] = {}
        self._render_of: dict[Ticket, Render] = {}
        self._unfinished, self._processes = UnfinishedRequests(), processes or Processes()
        self._moves = 0  # changes of the queue since the waiting tickets were told their positions
        self._telling: asyncio.TimerHandle | None = None  # will tell them
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
        if self._telling is not None:
            self._telling.cancel()

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
        return ready.offered(name or default_model(ready, self.preferences.preferred(person, server)))

    def submit(self, request: Request, *, skip_limits: bool = False) -> Ticket:
        """Accept a request and return its ticket.

        Raises GeneratorError if the request must be refused at once. Later errors end the ticket instead.
        ``skip_limits`` is for a request that the bot had already accepted before it was restarted.
        """
        request, ready = self.check(request), self._engine.ready
        if not skip_limits and not request.idle:
            drawn = sum(render.wanted for render in self._drawing)
            elsewhere = self._processes.elsewhere.requests[request.person]
            self._unfinished.check(request, self.limits, len(self._unfinished) - drawn, elsewhere)
        ticket = Ticket(request, self._next_turn(request.person), self._withdraw)
        self._unfinished.add(ticket)
        self._arriving[ticket] = self._start_task(
            self._settle_and_enqueue(ticket, ready), f"arrival of {line_without_upload(request.recipe)}"
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
        preferred = [] if request.by_default else self.preferences.preferred(request.person, request.server)
        recipe = settle(request.recipe, ready, preferred)
        return replace(request, recipe=recipe, model=ready.model(str(recipe.model)))

    async def _settle_and_enqueue(self, ticket: Ticket, settled_for: Ready | None) -> None:
        """Settle the request's recipe, then answer the request from the cache or queue it.

        ``settled_for`` is the Ready message for which the recipe has already been settled, or None.
        """
        ending: Picture | GeneratorError | None
        try:
            ready = await self._engine.wait_ready(self._start_timeout_s)
            if ready is not settled_for:  # no worker was ready then, or a new one has been started since
                ticket.request = self._settle(ticket.request, ready)
            if ticket.request.upload is not None:
                ticket.request = self._settle(await ticket.request.upload.complete(ticket.request, ready), ready)
            ticket.attachments = ticket.request.attachments
            if ticket.request.recipe.vectors:  # before the cache: what is forgotten is not shown from there either
                found = await self._vectors.load(ticket.request.person, ticket.request.recipe.vectors)
                ticket.attachments = list(found.values())
                if len(found) == 1:
                    ((_, stored),) = (await self._vectors.traits(list(found))).items()
                    ticket.request = replace(ticket.request, stored=stored)
            ending = await self._read_cache(ticket.request, ready)
        except GeneratorError as error:
            ending = error
        except Exception:
            ending = unexpected(f"taking in {line_without_upload(ticket.request.recipe)}")
        self._arriving.pop(ticket, None)
        if ending is None:
            self._enqueue(ticket)
        else:
            self._finish(ticket, ending)

    def _enqueue(self, ticket: Ticket) -> None:
        request = ticket.request
        render = Render(request.recipe, request.max_bytes, ticket.attachments)
        render = self._renders.setdefault(render.key, render)
        self._render_of[ticket] = render
        if render in self._drawing:
            render.add(ticket)
            ticket.update(Progress(0, render.done, render.faces))
            if render.preview is not None:
                ticket.show(render.preview)
            return
        if render.tickets:
            self._waiting.remove(render)
        render.add(ticket)
        self._waiting.add(render)
        self._schedule()
        if render.task is None and ticket.state is None:
            ticket.update(Queued(self._waiting.position(render), None))

    async def _read_cache(self, request: Request, ready: Ready) -> Picture | None:
        if self._cache is None or shows_upload(request.recipe):
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
        return self._unfinished.of(person)

    def counts(self) -> tuple[int, int]:
        """Return how many renders wait, and how many are being drawn.

        A ticket that is not queued yet counts as a waiting render.
        """
        return len(self._arriving) + len(self._waiting), len(self._drawing)

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
        for render in list(self._waiting):
            self._end(render, EngineStopped())
        if in_flight := [render.task for render in self._drawing if render.task is not None]:
            await asyncio.wait(in_flight, timeout=seconds)

    def _start_task(self, coroutine: Coroutine[Any, Any, None], name: str) -> "asyncio.Task[None]":
        task = asyncio.create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _next_turn(self, person: int) -> int:
        """Return the turn of a person's next request; lower turns are drawn first.

        Each unfinished request of a person moves that person's next request back by a full queue length. A turn never
        changes, so among pictures, or among animations, a request is overtaken only by later requests of people with
        fewer unfinished ones. Pictures may also overtake animations, and idle requests come last: see WaitingRenders.
        """
        self._last_turn += 1
        return self._last_turn + self.limits.queue * self._unfinished.count_of(person)

    def _withdraw(self, ticket: Ticket) -> None:
        if ticket in self._arriving:
            self._reject(ticket, Cancelled())
        elif (render := self._render_of.get(ticket)) is not None:
            self._leave(ticket, render)
            self._schedule()

    def _leave(self, ticket: Ticket, render: Render) -> None:
        waits = render not in self._drawing
        if len(render.tickets) == 1:
            self._end(render, Cancelled())
            return
        if waits:
            self._waiting.remove(render)
        render.remove(ticket)
        if waits:
            self._waiting.add(render)
        self._finish(ticket, Cancelled())

    def _reject(self, ticket: Ticket, error: GeneratorError) -> None:
        self._arriving.pop(ticket).cancel()
        self._finish(ticket, error)

    def _finish(self, ticket: Ticket, ending: Picture | GeneratorError) -> None:
        """Forget the ticket, then end it: code that sees it end may submit another request at once."""
        self._unfinished.discard(ticket)
        self._render_of.pop(ticket, None)
        ticket.forget_upload()
        ticket.update(ending)

    def _end(self, render: Render, ending: Picture | GeneratorError) -> None:
        """Remove the render, then end its tickets.

        The order matters: code that sees a ticket end may submit the same request again at once, and must not join the
        ended render.
        """
        if self._renders.get(render.key) is render:
            del self._renders[render.key]
            if render in self._drawing:
                del self._drawing[render]
            else:
                self._waiting.remove(render)
        tickets = list(render.tickets)
        render.tickets.clear()
        for ticket in tickets:
            self._finish(ticket, ending)
        if render.task is not None and render.task is not asyncio.current_task():
            render.task.cancel()

    def _schedule(self) -> None:
        """Start every render that may start now, and tell the waiting tickets their new positions, now or soon."""
        in_flight = self.limits.in_flight * (1 if self._engine.ready is None else self._engine.ready.replicas)
        while not self._stopped and (render := self._waiting.choose(self._drawing, in_flight)) is not None:
            self._waiting.remove(render)
            self._drawing[render] = None
            render.task = self._start_task(self._draw(render), f"drawing of {line_without_upload(render.recipe)}")
            self._on_progress(render, Progress(0, 0, render.faces))
        self._moves += 1
        if self._moves >= len(self._waiting) * TOLD_SHARE:
            self._tell_positions()
        elif self._telling is None:
            self._telling = asyncio.get_running_loop().call_later(TOLD_S, self._tell_positions)

    def _tell_positions(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
        self._telling, self._moves = None, 0
        if not len(self._waiting):
            return
        ahead = sum(max(0, render.faces - render.done) for render in self._drawing)
        for position, render in enumerate(self._waiting, start=1):
            ahead += render.faces
            state = Queued(position, self._throughput.estimate_s(ahead))
            for ticket in render.tickets:
                ticket.update(state)

    async def _draw(self, render: Render) -> None:
        ending: Picture | GeneratorError = Cancelled()
        person, idle = str(render.tickets[0].request.person), render.idle
        try:
            self._throughput.start(render)
            run = self._engine.run(render.recipe, render.max_bytes, person, render.attachments)
            async with aclosing(run) as events:
                async for event in events:
                    if isinstance(event, Picture):
                        ending = event
                    elif isinstance(event, Preview):
                        render.preview = event
                        for ticket in render.tickets:
                            ticket.show(event)
                    else:
                        self._on_progress(render, event)
        except GeneratorError as error:
            ending = error
        except Exception:
            ending = unexpected(f"drawing {line_without_upload(render.recipe)}")
        finally:
            self._throughput.stop(render)
            self._end(render, ending)
            self._schedule()
        if idle or shows_upload(render.recipe):
            return
        if self._cache and self._engine.ready and isinstance(ending, Picture):
            await self._cache.put(make_key(render.recipe, render.max_bytes, self._engine.ready), ending)

    def _on_progress(self, render: Render, progress: Progress) -> None:
        faces = round(render.faces * progress.done / max(1, progress.total))
        self._throughput.add(max(0, faces - render.done))  # negative after a retry, whose count restarts at 0
        render.done = faces
        for ticket in render.tickets:
            ticket.update(progress)
