"""The choice of the faces to draw next, out of all runs in the queue. Pure: values in, values out, no clock.

Does not know torch or the protocol: a run is a count of faces, a person a word, a group whatever can share one call of
the network.

People take turns, one face at a time: the next turn goes to the person whose last turn is longest ago. A person without
a turn among the last RECENT goes before those who had one: their first face costs the others little, and most people
want no more than that. So RECENT and the number of people bound everybody's wait. Within one person's turn the run with
the fewest faces left goes first, so that a single picture does not wait for the same person's long morph; but a run
passed over MAX_PASSED times goes before it, so that none starves.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

MAX_PASSED = 8  # turns of its own person that a long run lets pass
RECENT = 32  # turns, of anybody


@dataclass(frozen=True)
class PendingRun:
    """A run whose faces ``done`` to ``total - 1`` are still to be drawn, in that order.

    group: runs of one group fit into one batch (same network, same kind of noise). turn: when its person last had a
    turn, counted in faces drawn for anybody; at least RECENT turns before it was admitted. passed: how many turns of
    its person went to other runs since its own last one.
    """

    run: int
    person: str
    group: Hashable
    total: int
    done: int = 0
    turn: int = 0
    passed: int = 0

    @property
    def remaining(self) -> int:
        """How many faces are still to be drawn."""
        return self.total - self.done


Batch = list[tuple[PendingRun, list[int]]]  # runs, and which of their faces


def admit(queue: Sequence[PendingRun], run: PendingRun, now: int, last: int = 0) -> list[PendingRun]:
    """Return ``queue`` with ``run``; a person who is already in it keeps their place.

    now: the number of turns so far. last: the person's last turn.
    """
    own = [other.turn for other in queue if other.person == run.person]
    return [*queue, replace(run, turn=own[0] if own else max(last, now - RECENT))]


def next_batch(queue: Sequence[PendingRun], capacity: Callable[[Hashable], int]) -> Batch:
    """Return which faces of which runs to draw together: all of one group, at most ``capacity(group)`` (at least 1).

    The group is that of the run whose turn it is. The batch is full if the group has enough work, but ends behind the
    last single picture in it: more faces would delay a picture that could be finished. Without work the result is
    empty.
    """
    head = _first(queue)
    if head is None:
        return []
    picked: list[tuple[int, int]] = []
    end, now = 0, max(run.turn for run in queue)
    sharing = [run for run in queue if run.group == head.group]
    for _ in range(max(1, capacity(head.group))):
        run = _first(sharing)
        if run is None:
            break
        picked.append((run.run, run.done))
        end = len(picked) if run.total == 1 else end
        sharing = _serve(sharing, run, now := now + 1)
    picked = picked[: end or None]
    by_id = {run.run: run for run in queue}
    return [
        (by_id[id_], [face for _, face in faces]) for id_, faces in groupby(sorted(picked), key=lambda pick: pick[0])
    ]


def advance(queue: Sequence[PendingRun], batch: Batch, now: int) -> list[PendingRun]:
    """Return ``queue`` as it is after ``batch`` was drawn. now: the number of turns before the batch.

    Runs of the batch that have left the queue (cancelled) are ignored.
    """
    counts = {run.run: len(faces) for run, faces in batch}
    advanced = list(queue)
    while (run := _first([run for run in advanced if counts.get(run.run)])) is not None:
        counts[run.run] -= 1
        advanced = _serve(advanced, run, now := now + 1)
    return advanced


def _first(queue: Sequence[PendingRun]) -> PendingRun | None:
    """Return the run whose turn it is: by its person's last turn, then overdue ones, the shortest, the oldest."""
    return min(
        (run for run in queue if run.remaining),
        key=lambda run: (run.turn, -max(run.passed - MAX_PASSED + 1, 0), run.remaining, run.run),
        default=None,
    )


def _serve(queue: Sequence[PendingRun], run: PendingRun, now: int) -> list[PendingRun]:
    """Return ``queue`` after one face of ``run``: its person goes to the end, whose other runs were passed over."""
    return [
        other
        if other.person != run.person
        else replace(other, turn=now, done=other.done + 1, passed=0)
        if other.run == run.run
        else replace(other, turn=now, passed=other.passed + 1)
        for other in queue
    ]
