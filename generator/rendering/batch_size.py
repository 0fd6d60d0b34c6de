"""How many faces one batch should hold: measured on this machine, halved when memory runs out.

Knows no jobs and no torch; whoever synthesises says how long it took.
"""

from collections import deque
from dataclasses import dataclass, field
from statistics import median

BATCH_SECONDS = 0.5  # the longest a newcomer waits for the batch before theirs
MAX_BATCH = {"cuda": 64, "cpu": 8}  # on a CPU more faces at once gain 3 %, and a newcomer waits for all of them
_REMEMBERED = 5  # batches; their median, so that one moment in which the machine was busy elsewhere does not count


@dataclass
class Pace:
    """The capacity for one network: a power of two that starts at 1 and at most doubles with each full batch."""

    capacity: int = 1
    limit: int = MAX_BATCH["cuda"]
    _seconds: deque[float] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))  # per face

    @property
    def seconds_per_face(self) -> float:
        """The moving estimate; 0 before anything was measured."""
        return median(self._seconds) if self._seconds else 0.0

    def took(self, faces: int, seconds: float) -> None:
        """Learn from a batch."""
        self._seconds.append(seconds / faces)
        fits = int(BATCH_SECONDS / max(self.seconds_per_face, 1e-6))
        # More than twice what was tried is a guess; memory and caches may behave otherwise there.
        tried = self.capacity * 2 if faces >= self.capacity else self.capacity
        self.capacity = _power_of_two(min(fits, tried, self.limit))

    def ran_out_of_memory(self, faces: int) -> bool:
        """Learn that ``faces`` at once are too many; return False if fewer cannot be tried."""
        self.limit = self.capacity = _power_of_two(faces // 2)
        return faces > 1


def _power_of_two(most: int) -> int:
    """The largest power of two that is not above ``most``, at least 1."""
    return 1 << max(most, 1).bit_length() - 1
