"""How fast faces are made of late, and so how long a number of them takes. Knows no line and no engine."""

from collections.abc import Callable


class Throughput:
    """Faces per second, of late, counted while at least one job is drawn."""

    MEMORY_S = 60.0

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._running: set[object] = set()
        self._since = 0.0  # up to when time is counted
        self._faces = 0.0
        self._busy_s = 0.0

    def start(self, job: object) -> None:
        """Count time from now on, if it was not counted."""
        if not self._running:
            self._since = self._clock()
        self._running.add(job)

    def stop(self, job: object) -> None:
        """Say that a job ended."""
        self.made(0)
        self._running.discard(job)

    def made(self, faces: int) -> None:
        """Count faces; what is long past counts less and less."""
        now = self._clock()
        passed_s, self._since = now - self._since if self._running else 0.0, now
        fades = 0.5 ** (passed_s / self.MEMORY_S)
        self._faces = self._faces * fades + faces
        self._busy_s = self._busy_s * fades + passed_s

    @property
    def faces_per_s(self) -> float:
        """How many faces are made in a second of drawing, of late; 0 before the first."""
        return self._faces / self._busy_s if self._busy_s else 0.0

    def estimate_s(self, faces: int) -> float | None:
        """Return how long that many faces take; None before the first were made."""
        return faces * self._busy_s / self._faces if self._faces else None
