"""Measures the recent drawing speed in faces per second, and estimates how long a number of faces will take.

Knows nothing about the queue or the engine.
"""

from collections.abc import Callable


class Throughput:
    """Measures faces per second of drawing time, that is, of the time when at least one render is being drawn.

    The speed is the sum of faces divided by the sum of drawing time. Both sums decay, halving every HALF_LIFE_S of
    drawing time, so that recent faces count most.
    """

    HALF_LIFE_S = 60.0

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._active: set[object] = set()
        self._counted_until = 0.0  # clock time up to which _busy_s includes the drawing time
        self._faces = 0.0
        self._busy_s = 0.0

    def start(self, render: object) -> None:
        """Record that the drawing of a render starts now."""
        if not self._active:
            self._counted_until = self._clock()
        self._active.add(render)

    def stop(self, render: object) -> None:
        """Record that the drawing of a render ends now."""
        self.add(0)
        self._active.discard(render)

    def add(self, faces: int) -> None:
        """Add faces that have just been drawn, and the drawing time that has passed since the last call."""
        now = self._clock()
        passed_s, self._counted_until = now - self._counted_until if self._active else 0.0, now
        fade = 0.5 ** (passed_s / self.HALF_LIFE_S)
        self._faces = self._faces * fade + faces
        self._busy_s = self._busy_s * fade + passed_s

    @property
    def faces_per_s(self) -> float:
        """The recent number of faces per second of drawing time, or 0 before the first face."""
        return self._faces / self._busy_s if self._busy_s else 0.0

    def estimate_s(self, faces: int) -> float | None:
        """Return how many seconds it will take to draw ``faces`` faces, or None if none has been drawn yet."""
        return faces * self._busy_s / self._faces if self._faces else None
