"""How many faces one batch should hold: measured on this machine, halved when memory runs out.

Knows no jobs and no torch; whoever synthesises says how long it took.
"""

from dataclasses import dataclass

BATCH_SECONDS = 0.5  # the longest a newcomer waits for the batch before theirs
MAX_BATCH = 64
_NEWEST = 0.4  # weight of the newest measurement


@dataclass
class Pace:
    """The capacity for one network: a power of two that starts at 1 and at most doubles with each full batch."""

    capacity: int = 1
    limit: int = MAX_BATCH
    seconds_per_face: float | None = None

    def took(self, faces: int, seconds: float) -> None:
        """Learn from a batch."""
        each = seconds / faces
        self.seconds_per_face = (
            each if self.seconds_per_face is None else self.seconds_per_face + _NEWEST * (each - self.seconds_per_face)
        )
        fits = int(BATCH_SECONDS / max(self.seconds_per_face, 1e-6))
        # A batch larger than twice what was tried is a guess; memory and caches may behave otherwise there.
        tried = self.capacity * 2 if faces >= self.capacity else self.capacity
        self.capacity = _power_of_two(min(fits, tried, self.limit))

    def ran_out_of_memory(self, faces: int) -> bool:
        """Learn that ``faces`` at once are too many; return False if fewer cannot be tried."""
        self.limit = self.capacity = _power_of_two(faces // 2)
        return faces > 1


def _power_of_two(most: int) -> int:
    """The largest power of two that is not above ``most``, at least 1."""
    return 1 << max(most, 1).bit_length() - 1
