"""Chooses which faces to draw next, out of all runs in the queue.

Draws nothing and reads no clock: all functions are pure. Here a run is just a number of faces, a person is just a
string, and a group is any value that is equal for runs that can share a batch.

People take turns, and each turn is one face. The next turn goes to the person who has waited longest since their last
turn. A person without a turn among the last RECENT turns goes first: most people want only one face, and that delays
the others only a little. RECENT and the number of people therefore limit how long anyone waits.

Among one person's runs, the run with the fewest faces left goes first, so that a single picture does not wait for the
same person's long morph. But a run that was passed over MAX_PASSED times goes before that, so that no run starves.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

MAX_PASSED = 8  # a run is overdue after its person used this many turns for other runs
RECENT = 32  # the last RECENT turns of all people together count as recent


@dataclass(frozen=True)
class PendingRun:
    """A run whose faces ``done`` to ``total - 1`` are still to be drawn, in that order."""

    run: int  # id of the run
    person: str
    group: Hashable  # runs with equal groups may share a batch; the worker uses BatchGroup (rendering/render.py)
    total: int  # number of faces
    done: int = 0  # number of faces drawn
    # When this person last had a turn, counted in faces drawn for everybody. Clamped at admission to at least now -
    # RECENT, so that all people who return after a long pause are treated alike.
    turn: int = 0
    passed: int = 0  # turns that this person used for other runs since this run's last face

    @property
    def remaining(self) -> int:
        """Number of faces that are still to be drawn."""
        return self.total - self.done


Batch = list[tuple[PendingRun, list[int]]]  # each run of a batch, with the indices of the faces to draw


def admit(queue: Sequence[PendingRun], run: PendingRun, now: int, last: int = 0) -> list[PendingRun]:
    """Return ``queue`` with ``run`` added. If the person already has runs in the queue, their place does not change.

    ``now`` is the number of turns taken so far, and ``last`` is the number of the person's last turn.
    """
    own = [other.turn for other in queue if other.person == run.person]
    return [*queue, replace(run, turn=own[0] if own else max(last, now - RECENT))]


def next_batch(queue: Sequence[PendingRun], capacity: Callable[[Hashable], int]) -> Batch:
    """Return the next batch, that is, the faces to draw together. It is empty if there is nothing to draw.

    Every run in the batch has the same group as the run whose turn it is. The batch holds 1 to ``capacity(group)``
    faces. If it contains single pictures, it ends after the last of them: more faces would delay a picture that could
    be finished.
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
    """Return ``queue`` after ``batch`` was drawn.

    ``now`` is the number of turns before the batch. Runs of the batch that were cancelled, and so have left the queue,
    are ignored.
    """
    counts = {run.run: len(faces) for run, faces in batch}
    advanced = list(queue)
    while (run := _first([run for run in advanced if counts.get(run.run)])) is not None:
        counts[run.run] -= 1
        advanced = _serve(advanced, run, now := now + 1)
    return advanced


def _first(queue: Sequence[PendingRun]) -> PendingRun | None:
    """Return the run whose turn it is, or None if nothing is left to draw.

    It belongs to the person whose last turn is longest ago. Among that person's runs, the most overdue comes first; if
    none is overdue, the run with the fewest faces left; if several have equally few, the oldest.
    """
    return min(
        (run for run in queue if run.remaining),
        key=lambda run: (run.turn, -max(run.passed - MAX_PASSED + 1, 0), run.remaining, run.run),
        default=None,
    )


def _serve(queue: Sequence[PendingRun], run: PendingRun, now: int) -> list[PendingRun]:
    """Return ``queue`` after one face of ``run`` was drawn as turn number ``now``.

    The person goes to the back of the line, and each of their other runs is counted as passed over once more.
    """
    return [
        other
        if other.person != run.person
        else replace(other, turn=now, done=other.done + 1, passed=0)
        if other.run == run.run
        else replace(other, turn=now, passed=other.passed + 1)
        for other in queue
    ]
