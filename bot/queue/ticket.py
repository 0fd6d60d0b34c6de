"""Defines Ticket, the handle of one request: what was asked for, its latest state, and its one ending.

The queue decides when the request is drawn, and which tickets share a render.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from bot.recipes.request import Request
from bot.worker.picture import Picture
from generator.contract.errors import GeneratorError
from generator.contract.protocol import Progress


@dataclass(frozen=True)
class Queued:
    """The state of a request that waits in the queue."""

    position: int  # counts from 1
    eta_s: float | None  # seconds until the picture, or None while no estimate is possible


State = Queued | Progress | Picture


class Ticket:
    """One request in the queue.

    ``states()`` yields the latest state each time, so a slow reader misses some states, but never the ending.
    """

    def __init__(self, request: Request, turn: int, on_withdraw: Callable[["Ticket"], None]) -> None:
        self.request = request  # replaced once its recipe has been settled
        self.turn = turn  # tickets with lower turns are drawn first
        self.state: Queued | Progress | None = None  # the latest state
        self.ending: Picture | GeneratorError | None = None
        self._on_withdraw = on_withdraw
        self._changed = asyncio.Event()

    def update(self, state: State | GeneratorError) -> None:
        """Set the latest state, or the ending. Once there is an ending, do nothing."""
        if self.ending is not None:
            return
        if isinstance(state, Picture | GeneratorError):
            self.ending = state
        else:
            self.state = state
        self._changed.set()

    async def states(self) -> AsyncGenerator[State, None]:
        """Yield Queued and Progress as they change, then one Picture. Raises GeneratorError if the request fails.

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
        """Give up the request. The ticket ends as Cancelled unless it has already ended."""
        self._on_withdraw(self)
