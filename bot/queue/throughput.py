"""Measures how many faces a second have been made recently, and estimates how long a number of faces will take.

Does not know the queue or the engine.
"""

from collections.abc import Callable


class Throughput:
    """Faces per second, counted while at least one render is drawn; older counts fade by half every HALF_LIFE_S."""

    HALF_LIFE_S = 60.0

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._active: set[object] = set()
        self._counted_until = 0.0  # on the clock
        self._faces = 0.0
        self._busy_s = 0.0

    def start(self, render: object) -> None:
        """Count time from now on, if nothing else is being drawn already."""
        if not self._active:
            self._counted_until = self._clock()
        self._active.add(render)

    def stop(self, render: object) -> None:
        """Count time no longer, if nothing else is being drawn."""
        self.add(0)
        self._active.discard(render)

    def add(self, faces: int) -> None:
        """Count faces and the time since the last call, and let older counts fade."""
        now = self._clock()
        passed_s, self._counted_until = now - self._counted_until if self._active else 0.0, now
        fade = 0.5 ** (passed_s / self.HALF_LIFE_S)
        self._faces = self._faces * fade + faces
        self._busy_s = self._busy_s * fade + passed_s

    @property
    def faces_per_s(self) -> float:
        """Faces made per second of drawing, recently; 0 before the first."""
        return self._faces / self._busy_s if self._busy_s else 0.0

    def estimate_s(self, faces: int) -> float | None:
        """Return how many seconds that many faces will take; None before the first were made."""
        return faces * self._busy_s / self._faces if self._faces else None
