"""The handle of one request: what was asked for, its latest state, and its one ending.

Does not know how it is drawn, or which other tickets share its render.
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
    """Waiting. position counts from 1; eta_s: seconds until the picture, None while no estimate is possible."""

    position: int
    eta_s: float | None


State = Queued | Progress | Picture


class Ticket:
    """One request. Iterate over its states: always the latest, so a slow reader misses some but never the ending."""

    def __init__(self, request: Request, turn: int, on_withdraw: Callable[["Ticket"], None]) -> None:
        self.request = request  # its recipe is completed on arrival
        self.turn = turn  # the lower goes first
        self.state: Queued | Progress | None = None  # the latest
        self.ending: Picture | GeneratorError | None = None
        self._on_withdraw = on_withdraw
        self._changed = asyncio.Event()

    def update(self, state: State | GeneratorError) -> None:
        """Set a new state, or the ending; after an ending nothing changes."""
        if self.ending is not None:
            return
        if isinstance(state, Picture | GeneratorError):
            self.ending = state
        else:
            self.state = state
        self._changed.set()

    async def states(self) -> AsyncGenerator[State, None]:
        """Yield Queued and Progress as they change, then one Picture; raise GeneratorError instead.

        Close the iterator early (contextlib.aclosing) to withdraw the request.
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
        """Give the request up. The ticket ends as Cancelled unless it has already ended."""
        self._on_withdraw(self)
