"""Tests the choice of the next batch: it is fair to people, draws every face once, is never idle and starves nobody."""

import sys
from collections import Counter
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.worker.schedule import MAX_PASSED, RECENT, Batch, PendingRun, Schedule

PEOPLE = ("ann", "ben", "cho")
GROUPS = ("drawn", "anime")

asked = st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(GROUPS), st.integers(1, 12)), max_size=10)


class Queue:
    """A schedule from which runs are removed when all their faces are drawn, as the worker does."""

    def __init__(self, asked: Sequence[tuple[str, str, int]] = ()) -> None:
        self.schedule = Schedule()
        self.runs: dict[int, PendingRun] = {}
        self.next_id = 0
        for person, group, total in asked:
            self.ask(person, total, group)

    @property
    def pending(self) -> list[PendingRun]:
        return list(self.runs.values())

    @property
    def now(self) -> int:
        return self.schedule.turns

    def ask(self, person: str, total: int, group: str = "drawn") -> None:
        run = self.runs[self.next_id] = PendingRun(self.next_id, person, group, total)
        self.schedule.add(run)
        self.next_id += 1

    def choose(self, capacity: int) -> Batch:
        return self.schedule.choose(lambda group: capacity, lambda group: True)

    def leave(self, run: int) -> None:
        self.schedule.remove(run)
        del self.runs[run]

    def step(self, capacity: int) -> Batch:
        batch = self.choose(capacity)
        self.schedule.advance(batch)
        for run in self.pending:
            if not run.remaining:
                self.leave(run.run)
        return batch


def pairs(batch: Batch) -> list[tuple[int, int]]:
    return sorted((run.run, face) for run, faces in batch for face in faces)


@given(asked, st.integers(1, 9))
def test_every_face_is_drawn_exactly_once_and_in_order(wanted, capacity):
    queue, seen = Queue(wanted), []
    while queue.pending:
        batch = queue.step(capacity)
        assert batch
        seen += pairs(batch)
    assert Counter(seen) == Counter((run, face) for run, (_, _, total) in enumerate(wanted) for face in range(total))
    assert all([face for r, face in seen if r == run] == list(range(total)) for run, (_, _, total) in enumerate(wanted))


@given(asked, st.integers(1, 9))
def test_a_batch_is_of_one_group_and_full_or_ends_with_a_single_picture(wanted, capacity):
    queue = Queue(wanted)
    while queue.pending:
        left = Counter[str]()
        for run in queue.pending:
            left[run.group] += run.remaining
        batch = queue.step(capacity)
        (group,) = {run.group for run, _ in batch}
        most = min(capacity, left[group])
        assert len(pairs(batch)) == most or any(run.total == 1 for run, _ in batch)
        assert 1 <= len(pairs(batch)) <= most


def test_a_single_picture_does_not_wait_for_faces_that_would_fill_its_batch():
    queue = Queue([("ann", "drawn", 60), ("bob", "drawn", 1)])
    assert pairs(queue.step(8)) == [(1, 0)]
    assert pairs(queue.step(8)) == [(0, face) for face in range(8)]


@given(st.lists(st.integers(20, 40), min_size=2, max_size=3), st.integers(1, 9), st.integers(1, 12))
def test_people_with_work_get_equally_many_faces_within_one(totals, capacity, batches):
    queue = Queue([(person, "drawn", total) for person, total in zip(PEOPLE, totals, strict=False)])
    served = Counter({run.person: 0 for run in queue.pending})
    for _ in range(batches):
        if any(run.remaining < capacity for run in queue.pending):
            break
        served.update({run.person: len(faces) for run, faces in queue.step(capacity)})
    assert max(served.values()) - min(served.values()) <= 1


@given(st.lists(st.tuples(st.sampled_from(PEOPLE), st.integers(1, 3)), min_size=90, max_size=90), st.integers(1, 4))
def test_a_long_run_advances_however_many_short_ones_keep_arriving(arrivals, capacity):
    queue = Queue([("ann", "drawn", 240)])
    for person, total in arrivals:
        queue.ask(person, total)
        queue.step(capacity)
    assert (
        next(run for run in queue.pending if run.run == 0).done >= len(arrivals) // (len(PEOPLE) * (MAX_PASSED + 1)) - 1
    )


@given(st.integers(1, 4), st.integers(0, 20))
def test_nobody_waits_longer_however_many_other_people_keep_coming(capacity, before):
    queue = Queue([*((f"early bird {n}", "drawn", 240) for n in range(before)), ("ann", "drawn", 240)])
    own, at, most, turns = before, 0, RECENT + before + 1, 0
    for run in range(400 // capacity):
        for extra in range(capacity):
            queue.ask(f"stranger {run}.{extra}", 1, "anime")
        served = own in (run.run for run, _ in queue.step(capacity))
        assert queue.now - at <= most + 2 * capacity
        if served:
            at, most, turns = queue.now, RECENT + len(queue.pending), turns + 1
    assert turns > 2


def test_a_person_without_a_recent_turn_goes_before_those_who_had_one():
    queue = Queue([("ann", "drawn", 240), ("ben", "drawn", 240)])
    queue.step(8)
    queue.ask("cho", 1)
    assert pairs(queue.step(8)) == [(2, 0)]
    queue.ask("cho", 1)  # cho has just had a turn, so ann and ben go first
    assert pairs(queue.step(8)) == [(0, 4), (1, 4), (3, 0)]


def test_a_person_who_keeps_asking_gets_no_more_than_their_share():
    queue, faces = Queue([("ann", "drawn", 240)]), Counter[str]()
    for _ in range(60):
        queue.ask("ben", 1)
        faces.update({run.person: len(picked) for run, picked in queue.step(4)})
    assert faces["ann"] >= faces["ben"] - 1


@pytest.mark.parametrize(("other", "shares"), [(60, [10, 30]), (900, [20, 20])])
def test_beside_a_large_run_a_smaller_one_gets_three_faces_of_four_and_a_large_one_half(other, shares):
    queue = Queue([("ann", "drawn", 900), ("ben", "drawn", other)])
    queue.step(8)
    before = [run.done for run in queue.pending]
    for _ in range(5):
        queue.step(8)
    assert [run.done - was for run, was in zip(queue.pending, before, strict=True)] == shares


def test_within_one_person_the_single_picture_goes_before_the_morph():
    assert pairs(Queue([("ann", "drawn", 120), ("ann", "drawn", 1)]).step(1)) == [(1, 0)]


def test_a_run_that_left_the_queue_during_its_batch_is_ignored():
    queue = Queue([("ann", "drawn", 3), ("ben", "drawn", 3)])
    batch = queue.choose(4)
    queue.leave(0)
    queue.schedule.advance(batch)
    assert [(run.run, run.done) for run in queue.pending] == [(1, 2)]


def test_a_batch_that_was_not_drawn_is_chosen_again():
    queue = Queue([("ann", "drawn", 3), ("ben", "drawn", 3)])
    assert queue.choose(4) == queue.choose(4)


def test_each_group_has_its_own_capacity():
    schedule = Queue([("ann", "drawn", 9), ("ann", "anime", 20)]).schedule
    batch = schedule.choose(lambda group: {"drawn": 8, "anime": 2}[group], lambda group: True)
    assert len(pairs(batch)) == 8


def test_a_group_that_cannot_be_drawn_now_gives_its_turn_to_another():
    schedule = Queue([("ann", "drawn", 1), ("ben", "anime", 2)]).schedule
    assert pairs(schedule.choose(lambda group: 8, lambda group: group == "anime")) == [(1, 0), (1, 1)]
    assert schedule.choose(lambda group: 8, lambda group: False) == []


@given(asked, st.integers(1, 9), st.data())
def test_runs_may_leave_at_any_time(wanted, capacity, data):
    queue = Queue(wanted)
    while queue.pending:
        queue.step(capacity)
        if queue.pending and data.draw(st.booleans()):
            queue.leave(data.draw(st.sampled_from(queue.pending)).run)
    assert not queue.schedule.groups()


def count_calls(work: Callable[[], object]) -> int:
    """Return how many functions ``work`` calls, which unlike its seconds does not depend on the machine."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("people", [1, 10**6], ids=["one person's runs", "a person for each run"])
def test_choosing_a_batch_takes_hardly_more_work_in_a_long_queue(people):
    few, many = (Queue([(f"person {run % people}", "drawn", 60) for run in range(count)]).step for count in (32, 1024))
    assert count_calls(lambda: many(8)) < 2 * count_calls(lambda: few(8))


def test_nothing_to_do_gives_an_empty_batch():
    assert Queue().choose(8) == []
