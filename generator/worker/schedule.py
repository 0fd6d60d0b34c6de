"""Which faces are synthesised next, out of all the jobs that wait. Pure: values in, values out, no clock.

Knows neither torch nor protocol: a job is a count of faces, a person a word, a group whatever can share one call of the network.

People take turns, one face at a time: whoever's last turn is longest ago is next. Whoever had none lately goes before those who
were served within the last AHEAD turns: a first face costs them little, and most people want no more than that. So every
person's wait is bounded by AHEAD and the number of people. Within one person's turn the job with the fewest faces left goes
first, so a single picture does not wait for that person's long morph; but a job passed over PATIENCE times goes before it, so
none starves.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

PATIENCE = 8  # turns of its own person that a long job lets pass
AHEAD = 32  # turns, of anybody, that count as lately


@dataclass(frozen=True)
class Job:
    """A run whose faces ``done`` to ``total - 1`` are still to be synthesised, in that order.

    group: jobs of one group fit in one batch (same network, same kind of noise). turn: when its person was last served, or what
    stands for it; turns are counted in faces served to anybody. passed: how many turns of its person went to other jobs since it
    was last served.
    """

    run: int
    person: str
    group: Hashable
    total: int
    done: int = 0
    turn: int = 0
    passed: int = 0

    @property
    def left(self) -> int:
        """How many faces are still to be synthesised."""
        return self.total - self.done


Batch = list[tuple[Job, list[int]]]


def admit(jobs: Sequence[Job], job: Job, now: int, last: int = 0) -> list[Job]:
    """Return ``jobs`` with ``job``; a person already there keeps their place.

    now: how many turns there were so far. last: the person's last one.
    """
    own = [other.turn for other in jobs if other.person == job.person]
    return [*jobs, replace(job, turn=own[0] if own else max(last, now - AHEAD))]


def next_batch(jobs: Sequence[Job], capacity: Callable[[Hashable], int]) -> Batch:
    """Return which faces of which jobs to synthesise together: all of one group, at most ``capacity(group)`` (at least 1).

    The group is that of the job whose turn it is; the batch is full whenever that group has enough work, but ends
    behind the last single picture in it: what is added to it makes somebody wait who could have theirs. No work: an empty list.
    """
    head = _first(jobs)
    if head is None:
        return []
    picked: list[tuple[int, int]] = []
    end, now = 0, max(job.turn for job in jobs)
    sharing = [job for job in jobs if job.group == head.group]
    for _ in range(max(1, capacity(head.group))):
        job = _first(sharing)
        if job is None:
            break
        picked.append((job.run, job.done))
        end = len(picked) if job.total == 1 else end
        sharing = _served(sharing, job, now := now + 1)
    picked = picked[: end or None]
    by_run = {job.run: job for job in jobs}
    return [
        (by_run[run], [face for _, face in faces]) for run, faces in groupby(sorted(picked), key=lambda pick: pick[0])
    ]


def after(jobs: Sequence[Job], batch: Batch, now: int) -> list[Job]:
    """Return ``jobs`` as they stand once ``batch`` is synthesised; now: how many turns there were before it.

    Jobs that left meanwhile (cancelled) are not missed.
    """
    counts = {job.run: len(faces) for job, faces in batch}
    waiting = list(jobs)
    while (job := _first([job for job in waiting if counts.get(job.run)])) is not None:
        counts[job.run] -= 1
        waiting = _served(waiting, job, now := now + 1)
    return waiting


def _first(jobs: Sequence[Job]) -> Job | None:
    """The job whose turn it is: of the person served longest ago, then an overdue one, then the shortest, then the oldest."""
    return min(
        (job for job in jobs if job.left),
        key=lambda job: (job.turn, -max(job.passed - PATIENCE + 1, 0), job.left, job.run),
        default=None,
    )


def _served(jobs: Sequence[Job], job: Job, now: int) -> list[Job]:
    """``jobs`` after one face of ``job``: its person goes to the end, its person's other jobs were passed over once more."""
    return [
        other
        if other.person != job.person
        else replace(other, turn=now, done=other.done + 1, passed=0)
        if other.run == job.run
        else replace(other, turn=now, passed=other.passed + 1)
        for other in jobs
    ]
