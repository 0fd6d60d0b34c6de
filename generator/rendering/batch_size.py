"""Chooses the number of faces in one batch from the measured speed, and halves it while memory is short.

Measures nothing itself: the caller reports how long each batch took. Does not use torch.
"""

from collections import deque
from dataclasses import dataclass, field
from statistics import median

# The longest that one batch should take, since a new request waits for it.
BATCH_SECONDS = {"cuda": 0.5, "cpu": 0.1}
# On a CPU a face takes longer again in larger batches: 20 ms alone, 14 in a batch of 4, 15 in one of 8, measured.
MAX_BATCH = {"cuda": 64, "cpu": 4}
# After memory ran out, a larger batch is tried after this many that fitted; each time that fails, after twice as many.
RECOVERY_BATCHES, MAX_RECOVERY_BATCHES = 32, 2048
_WINDOW = 5  # the speed is the median over this many batches, so that one slow batch does not count


@dataclass
class BatchSize:
    """The batch size of one network: a power of two that starts at 1 and can double after each full batch."""

    capacity: int = 1  # the most faces to draw in the next batch
    limit: int = MAX_BATCH["cuda"]  # the capacity never grows above this
    seconds: float = BATCH_SECONDS["cuda"]  # the longest that one batch should take
    _fitting: int | None = None  # the capacity that fits into memory, while that is less than the limit
    _fitted: int = 0  # batches since the last one that did not fit, or since _fitting grew
    _pause: int = RECOVERY_BATCHES  # batches until the next larger one is tried
    _failed: int = 0  # faces of the last batch that did not fit
    _trying: bool = False  # whether _fitting grew since then, and no batch of _failed faces has fitted
    _seconds: deque[float] = field(default_factory=lambda: deque(maxlen=_WINDOW))  # per face, of the last batches

    @property
    def seconds_per_face(self) -> float:
        """Seconds per face, as the median over the last batches; 0 before the first batch."""
        return median(self._seconds) if self._seconds else 0.0

    def record(self, faces: int, seconds: float) -> None:
        """Update the measured speed and the capacity from a batch of ``faces`` that took ``seconds``."""
        self._seconds.append(seconds / faces)
        affordable = int(self.seconds / max(self.seconds_per_face, 1e-6))
        # The speed of a batch more than twice as large would be a guess: memory and caches may behave differently.
        reachable = self.capacity * 2 if faces >= self.capacity else self.capacity
        self._recover(faces)
        self.capacity = _power_of_two(min(affordable, reachable, self._fitting or self.limit))

    def _recover(self, faces: int) -> None:
        if faces >= self._failed:
            self._trying, self._pause = False, RECOVERY_BATCHES
        if self._fitting is None:
            return
        self._fitted += 1
        if self._fitted >= self._pause:
            self._fitting, self._fitted, self._trying = 2 * self._fitting, 0, True
            self._fitting = None if self._fitting >= self.limit else self._fitting

    def shrink(self, faces: int) -> bool:
        """Limit the capacity for a while to half of ``faces``, because a batch of that size ran out of memory.

        Return False if the batch was a single face, as no smaller batch is possible.
        """
        if self._trying:
            self._pause = min(2 * self._pause, MAX_RECOVERY_BATCHES)
        self._fitting = self.capacity = _power_of_two(faces // 2)
        self._fitted, self._failed, self._trying = 0, faces, False
        return faces > 1


def _power_of_two(most: int) -> int:
    """Return the largest power of two that is at most ``most``, or 1 if there is none."""
    return 1 << max(most, 1).bit_length() - 1
