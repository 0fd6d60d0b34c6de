"""What a person wants to see of a run while it trains, and which snapshots to keep. All of it may change at --resume.

Does not know how any of it is computed or written.
"""

from dataclasses import dataclass

PER_SAMPLE, FEWEST, MOST = 20, 50, 1000
SNAPSHOTS = 50  # how many snapshots a run takes unless told how often


@dataclass(frozen=True)
class Watch:
    """What is shown and kept of one training run."""

    tick_kimg: float = 1.0  # thousands of pictures from one line of figures to the next
    snapshot_kimg: int = 0  # the same from one snapshot to the next; 0 for a SNAPSHOTS-th of the run
    keep: int = 3  # number of snapshots that are kept, the newest, beside the best
    # Number of faces that are measured at a snapshot; None for what costs a few hundredths of the time: one for every
    # PER_SAMPLE pictures trained on since the last, within FEWEST and MOST.
    samples: int | None = None
    features: str = "auto"  # the space in which they are compared with pictures of the set; a choice of choose_space
    offer_in: str | None = None  # folder of the snapshots; None for snapshots/ in the folder of the run

    def tick(self) -> int:
        """Return the number of pictures from one line to the next."""
        return max(1, round(self.tick_kimg * 1000))

    def count(self, until: int) -> int:
        """Return the number of faces to measure at a snapshot, in a run of ``until`` pictures."""
        return self.samples if self.samples is not None else min(MOST, max(FEWEST, self.interval(until) // PER_SAMPLE))

    def interval(self, until: int) -> int:
        """Return the number of pictures from one snapshot to the next, in a run of ``until`` pictures."""
        return 1000 * (self.snapshot_kimg or max(1, round(until / 1000 / SNAPSHOTS)))
