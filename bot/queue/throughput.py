"""Measures how many faces per second have been drawn recently, and estimates how long a number of faces will take.

Knows nothing about the queue or the engine.
"""

from collections.abc import Callable


class Throughput:
    """Measures faces per second while at least one render is being drawn.

    Faces and drawing time are both summed up, and the sums decay by half in every HALF_LIFE_S of drawing time.
    """

    HALF_LIFE_S = 60.0

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._active: set[object] = set()
        self._counted_until = 0.0  # time, on the clock, up to which drawing time is in _busy_s
        self._faces = 0.0
        self._busy_s = 0.0

    def start(self, render: object) -> None:
        """Record that a render is being drawn from now on."""
        if not self._active:
            self._counted_until = self._clock()
        self._active.add(render)

    def stop(self, render: object) -> None:
        """Record that a render is no longer being drawn."""
        self.add(0)
        self._active.discard(render)

    def add(self, faces: int) -> None:
        """Count faces that have just been drawn, and the drawing time since the last call."""
        now = self._clock()
        passed_s, self._counted_until = now - self._counted_until if self._active else 0.0, now
        fade = 0.5 ** (passed_s / self.HALF_LIFE_S)
        self._faces = self._faces * fade + faces
        self._busy_s = self._busy_s * fade + passed_s

    @property
    def faces_per_s(self) -> float:
        """Recent faces per second of drawing time, or 0 before the first face."""
        return self._faces / self._busy_s if self._busy_s else 0.0

    def estimate_s(self, faces: int) -> float | None:
        """Return how many seconds drawing ``faces`` faces will take, or None before the first face."""
        return faces * self._busy_s / self._faces if self._faces else None
