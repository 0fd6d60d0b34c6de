"""Remembers interactions for a while, because Discord may repeat them when a gateway session resumes."""

import time
from collections.abc import Callable

REMEMBERED_S = 15 * 60.0  # an interaction's token is valid for as long; nobody can answer a later repetition


class SeenInteractions:
    """The interactions of the last REMEMBERED_S, however many they are."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen_at: dict[int, float] = {}  # id -> seconds by the clock, the oldest first

    def is_new(self, interaction: int) -> bool:
        """Record an interaction, and return whether it is new."""
        now = self._clock()
        while self._seen_at and now - self._seen_at[oldest := next(iter(self._seen_at))] > REMEMBERED_S:
            del self._seen_at[oldest]
        if interaction in self._seen_at:
            return False
        self._seen_at[interaction] = now
        return True
