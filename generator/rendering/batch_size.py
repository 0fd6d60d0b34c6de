"""The number of faces in one batch: measured on this machine, halved when memory runs out.

Does not know runs or torch; the caller reports how long each batch took.
"""

from collections import deque
from dataclasses import dataclass, field
from statistics import median

BATCH_SECONDS = 0.5  # the longest that a new request waits for the batch before it
MAX_BATCH = {"cuda": 64, "cpu": 8}  # on a CPU more faces at once gain 3 %, and a new request waits for all of them
_WINDOW = 5  # batches; their median is taken, so that one moment on a busy machine does not count


@dataclass
class BatchSize:
    """The batch size for one network: a power of two that starts at 1 and at most doubles with each full batch."""

    capacity: int = 1
    limit: int = MAX_BATCH["cuda"]
    _seconds: deque[float] = field(default_factory=lambda: deque(maxlen=_WINDOW))  # per face

    @property
    def seconds_per_face(self) -> float:
        """The median of the last batches; 0 before the first measurement."""
        return median(self._seconds) if self._seconds else 0.0

    def record(self, faces: int, seconds: float) -> None:
        """Learn from a batch of ``faces`` that took ``seconds``."""
        self._seconds.append(seconds / faces)
        affordable = int(BATCH_SECONDS / max(self.seconds_per_face, 1e-6))
        # More than twice the size tried is a guess; memory and caches may behave differently there.
        reachable = self.capacity * 2 if faces >= self.capacity else self.capacity
        self.capacity = _power_of_two(min(affordable, reachable, self.limit))

    def shrink(self, faces: int) -> bool:
        """Learn that memory ran out with ``faces`` at once; return False if fewer cannot be tried."""
        self.limit = self.capacity = _power_of_two(faces // 2)
        return faces > 1


def _power_of_two(most: int) -> int:
    """Return the largest power of two up to ``most``, at least 1."""
    return 1 << max(most, 1).bit_length() - 1
