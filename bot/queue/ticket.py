"""Defines Ticket, the handle of one request: the request itself, its latest state, and how it ended.

The queue decides when a request is drawn, and which tickets share a render.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, replace

from bot.recipes.request import Request, is_large
from bot.worker.picture import Picture
from generator.contract.errors import GeneratorError
from generator.contract.protocol import Preview, Progress


@dataclass(frozen=True)
class Queued:
    """The state of a request that is waiting in the queue."""

    position: int  # 1 is the first in the queue
    eta_s: float | None  # seconds until the picture, or None while no estimate is possible


State = Queued | Progress | Picture


class Ticket:
    """One request in the queue.

    ``states()`` always yields the latest state, so a slow caller misses some states, but never the ending.
    """

    def __init__(self, request: Request, turn: int, on_withdraw: Callable[["Ticket"], None]) -> None:
        self.request = request  # replaced by a copy with a settled recipe once a worker is ready
        self.turn = turn  # tickets with lower turns are drawn first
        self.large = is_large(request.recipe)
        # The stored vectors or the posted picture that the recipe names, once they are there.
        self.attachments: Sequence[bytes] = ()
        self.preview: Preview | None = None  # the latest first look at the picture
        self.state: Queued | Progress | None = None  # the latest state
        self.ending: Picture | GeneratorError | None = None
        self._on_withdraw = on_withdraw
        self._changed = asyncio.Event()

    def update(self, state: State | GeneratorError) -> None:
        """Set the latest state, or the ending. Does nothing if the state is the same, or the ticket has ended."""
        if self.ending is not None or state == self.state:
            return
        if isinstance(state, Picture | GeneratorError):
            self.ending = state
        else:
            self.state = state
        self._changed.set()

    def show(self, preview: Preview) -> None:
        """Set the latest first look at the picture. ``states()`` then yields the latest state once more."""
        self.preview = preview
        self._changed.set()

    def forget_upload(self) -> None:
        """Let go of the posted picture that the request is about, if there is one."""
        if self.request.upload is not None:
            self.request.upload.forget()
            self.request, self.attachments = replace(self.request, upload=None, attachments=()), ()

    async def states(self) -> AsyncGenerator[State, None]:
        """Yield each new Queued or Progress state, then one Picture. Raises GeneratorError if the request fails.

        To withdraw the request, close the iterator early (contextlib.aclosing).
        """
        try:
            while True:
                await self._changed.wait()
                self._changed.clear()
                if isinstance(self.ending, GeneratorError):
                    raise self.ending
                if self.ending is not None:
                    yield self.ending
                    return
                assert self.state is not None
                yield self.state
        finally:
            self.withdraw()

    def withdraw(self) -> None:
        """Withdraw the request. The ticket ends as Cancelled unless it has already ended."""
        self._on_withdraw(self)
