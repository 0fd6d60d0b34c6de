"""Counts how many pictures each person asks for in a minute, and refuses more than the limit.

Each operation takes the same time however many people there are. Knows nothing about what is asked for.
"""

import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from bot.errors import TooFast

WINDOW_S = 60.0


class Throttle:
    """How many pictures each person has asked for in the last minute. With a limit of 0, any number is allowed."""

    def __init__(self, limit: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit, self._clock = limit, clock
        # Person -> when they asked, the earliest first. Who has asked last comes last.
        self._asked: OrderedDict[int, deque[float]] = OrderedDict()

    def check(self, person: int, limit: int | None = None) -> None:
        """Raise TooFast if a person may not ask for a picture now.

        ``limit`` is this person's own limit; None means the general one.
        """
        limit, now = self.limit if limit is None else limit, self._clock()
        asked = [when for when in self._asked.get(person, ()) if now - when < WINDOW_S]
        if limit and len(asked) >= limit:
            seconds = WINDOW_S - (now - asked[-limit])  # until so few are left that one more is allowed
            raise TooFast(limit=limit, seconds=max(1, math.ceil(seconds)))

    def count(self, person: int) -> None:
        """Count one picture that a person has asked for, and forget who asked for none in the last minute."""
        now = self._clock()
        asked = self._asked.setdefault(person, deque())
        while asked and now - asked[0] >= WINDOW_S:
            asked.popleft()
        asked.append(now)
        self._asked.move_to_end(person)
        while now - self._asked[first := next(iter(self._asked))][-1] >= WINDOW_S:
            del self._asked[first]
