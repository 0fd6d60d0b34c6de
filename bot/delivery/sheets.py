"""Draws the faces of a page, each through the queue, and has them put together on one numbered sheet.

A page takes no more of the queue than a person may have: its faces are asked for a few at a time, and a person has one
page under way; the next one replaces it. Knows nothing about collections or messages.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

from bot.queue.queue import RenderQueue
from bot.queue.ticket import Ticket
from bot.recipes.request import Request
from bot.worker.picture import Picture
from generator.contract.errors import (
    Cancelled,
    CheckpointError,
    GeneratorError,
    PoisonRun,
    RecipeError,
    RenderError,
)
from generator.contract.protocol import MAX_ATTACHED_BYTES, MAX_CELLS
from generator.contract.recipe import Recipe

MAX_FACE_BYTES = MAX_ATTACHED_BYTES // MAX_CELLS  # of the picture of one face; larger ones are drawn smaller

# What may be wrong with one face, so that its cell stays empty. Anything else is wrong with the whole page.
_OF_ONE_FACE = (RecipeError, CheckpointError, RenderError, PoisonRun)


@dataclass(frozen=True)
class DrawnPage:
    """The picture of a page, and why some of its cells are empty, by their places from 0."""

    picture: Picture
    problems: Mapping[int, GeneratorError]


class Sheets:
    """Draws pages, one for each person at a time."""

    def __init__(self, queue: RenderQueue) -> None:
        self._queue = queue
        self._under_way: dict[int, asyncio.Task[DrawnPage]] = {}  # by person

    async def draw(self, lines: Sequence[str], first: int, request: Request) -> DrawnPage:
        """Draw the faces of at most MAX_CELLS lines, numbered from ``first``.

        ``request`` says for whom, and how large the file may be; its recipe does not matter. Raises Cancelled if the
        person asks for another page meanwhile or cancels, PersonFull or QueueFull before anything is drawn, and
        EngineDown or another GeneratorError if nothing can be drawn.
        """
        if (earlier := self._under_way.get(request.person)) is not None:
            earlier.cancel()
        page = asyncio.create_task(self._draw(lines, first, request), name="a sheet of faces")
        self._under_way[request.person] = page
        try:
            await asyncio.wait([page])
        finally:
            page.cancel()
            if self._under_way.get(request.person) is page:
                del self._under_way[request.person]
        if page.cancelled():
            raise Cancelled()
        return page.result()

    async def draw_face(self, line: str, request: Request) -> Picture:
        """Draw the face of one line. Raises GeneratorError if that fails."""
        return await _picture_of(self._submit(line, request, skip_limits=False))

    async def _draw(self, lines: Sequence[str], first: int, request: Request) -> DrawnPage:
        """Draw a page. The queue's limits count for it as a whole."""
        files: list[bytes | None] = [None] * len(lines)
        problems: dict[int, GeneratorError] = {}
        tickets: list[Ticket] = []
        at_once = asyncio.Semaphore(max(1, (request.limit or self._queue.limits.person) - 1))

        async def follow(place: int, ticket: Ticket) -> None:
            try:
                files[place] = (await _picture_of(ticket)).file
            except Cancelled:
                raise
            except _OF_ONE_FACE as problem:
                problems[place] = problem
            finally:
                at_once.release()

        async with _gather_at_end() as tasks:
            try:
                for place, line in enumerate(lines):
                    await at_once.acquire()
                    try:
                        tickets.append(self._submit(line, request, skip_limits=bool(tickets)))
                    except _OF_ONE_FACE as problem:
                        problems[place] = problem
                        at_once.release()
                    else:
                        tasks.append(asyncio.create_task(follow(place, tickets[-1]), name="a face of a sheet"))
                await asyncio.gather(*tasks)
            finally:
                for ticket in tickets:
                    ticket.withdraw()
        made = await self._queue.engine.compose(files, first, request.max_bytes, str(request.person))
        return DrawnPage(made, problems)

    def _submit(self, line: str, request: Request, *, skip_limits: bool) -> Ticket:
        asked = Request(
            Recipe.parse(line),
            max_bytes=MAX_FACE_BYTES,
            person=request.person,
            server=request.server,
            limit=request.limit,
        )
        return self._queue.submit(asked, skip_limits=skip_limits)


@asynccontextmanager
async def _gather_at_end() -> AsyncIterator[list["asyncio.Task[None]"]]:
    """Yield a list for tasks. Those that are not done at the end of the ``with`` block are cancelled."""
    tasks: list[asyncio.Task[None]] = []
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _picture_of(ticket: Ticket) -> Picture:
    async with aclosing(ticket.states()) as states:
        async for state in states:
            if isinstance(state, Picture):
                return state
    raise Cancelled()
