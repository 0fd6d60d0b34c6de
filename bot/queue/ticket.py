"""One request in the line: what was ordered, how it fares, and its one ending. Knows not how it is drawn, nor for whom a job is."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from bot.recipes.request import Request
from bot.worker.engine import Picture
from generator.contract.errors import GeneratorError
from generator.contract.protocol import Progress


@dataclass(frozen=True)
class Queued:
    """Waiting. position counts from 1; eta_s: seconds until the picture, None where nothing is known yet."""

    position: int
    eta_s: float | None


State = Queued | Progress | Picture


class Ticket:
    """One request. Iterate over it for its states: always the latest, so a slow reader misses some but never the end."""

    def __init__(self, request: Request, turn: int, leave: Callable[["Ticket"], None]) -> None:
        self.request = request  # its recipe is completed on arrival
        self.turn = turn  # the lower goes first
        self.now: State | None = None  # what was last heard
        self.ending: Picture | GeneratorError | None = None
        self._leave = leave
        self._news = asyncio.Event()

    def tell(self, state: State | GeneratorError) -> None:
        """Take in a state; after an ending nothing changes any more."""
        if self.ending is not None:
            return
        if isinstance(state, Picture | GeneratorError):
            self.ending = state
        else:
            self.now = state
        self._news.set()

    async def states(self) -> AsyncGenerator[State, None]:
        """Yield Queued and Progress as they change, then one Picture; raise GeneratorError instead.

        Close the iterator early (contextlib.aclosing) to withdraw the request.
        """
        try:
            while True:
                await self._news.wait()
                self._news.clear()
                if isinstance(self.ending, GeneratorError):
                    raise self.ending
                if self.ending is not None:
                    yield self.ending
                    return
                assert self.now is not None
                yield self.now
        finally:
            self.withdraw()

    def withdraw(self) -> None:
        """Ask no longer. The ticket ends as Cancelled if it has not ended."""
        self._leave(self)
