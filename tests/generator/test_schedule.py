"""The choice of the next batch: fair between people, every face once, never idle, nobody starved."""

from collections import Counter
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from generator.worker.schedule import MAX_PASSED, RECENT, Batch, PendingRun, admit, advance, next_batch

PEOPLE = ("ann", "ben", "cho")
GROUPS = ("drawn", "anime")

asked = st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(GROUPS), st.integers(1, 12)), max_size=10)


class Queue:
    """The jobs that wait and who was served when, kept as the worker keeps them."""

    def __init__(self, asked: Sequence[tuple[str, str, int]] = ()) -> None:
        self.jobs: list[PendingRun] = []
        self.now = self.runs = 0
        self.last: dict[str, int] = {}
        for person, group, total in asked:
            self.ask(person, total, group)

    def ask(self, person: str, total: int, group: str = "drawn") -> None:
        self.jobs = admit(self.jobs, PendingRun(self.runs, person, group, total), self.now, self.last.get(person, 0))
        self.runs += 1

    def step(self, capacity: int) -> Batch:
        batch = next_batch(self.jobs, lambda group: capacity)
        self.jobs = advance(self.jobs, batch, self.now)
        self.now += len(pairs(batch))
        self.last |= {job.person: job.turn for job in self.jobs}
        self.jobs = [job for job in self.jobs if job.remaining]
        return batch


def pairs(batch: Batch) -> list[tuple[int, int]]:
    return [(job.run, face) for job, faces in batch for face in faces]


@given(asked, st.integers(1, 9))
def test_every_face_is_synthesised_exactly_once_and_in_order(wanted, capacity):
    line, seen = Queue(wanted), []
    while line.jobs:
        batch = line.step(capacity)
        assert batch
        seen += pairs(batch)
    assert Counter(seen) == Counter((run, face) for run, (_, _, total) in enumerate(wanted) for face in range(total))
    assert all([face for r, face in seen if r == run] == list(range(total)) for run, (_, _, total) in enumerate(wanted))


@given(asked, st.integers(1, 9))
def test_a_batch_is_of_one_group_and_full_or_ends_with_a_single_picture(wanted, capacity):
    line = Queue(wanted)
    while line.jobs:
        before = line.jobs
        batch = line.step(capacity)
        (group,) = {job.group for job, _ in batch}
        most = min(capacity, sum(job.remaining for job in before if job.group == group))
        assert len(pairs(batch)) == most or any(job.total == 1 for job, _ in batch)
        assert 1 <= len(pairs(batch)) <= most


def test_a_single_picture_does_not_wait_for_what_would_fill_its_batch():
    line = Queue([("ann", "drawn", 60), ("bob", "drawn", 1)])
    assert pairs(line.step(8)) == [(1, 0)]
    assert pairs(line.step(8)) == [(0, face) for face in range(8)]


@given(st.lists(st.integers(20, 40), min_size=2, max_size=3), st.integers(1, 9), st.integers(1, 12))
def test_people_with_work_are_served_equally_to_within_one_face(totals, capacity, batches):
    line = Queue([(person, "drawn", total) for person, total in zip(PEOPLE, totals, strict=False)])
    served = Counter({job.person: 0 for job in line.jobs})
    for _ in range(batches):
        if any(job.remaining < capacity for job in line.jobs):
            break
        served.update({job.person: len(faces) for job, faces in line.step(capacity)})
    assert max(served.values()) - min(served.values()) <= 1


@given(st.lists(st.tuples(st.sampled_from(PEOPLE), st.integers(1, 3)), min_size=90, max_size=90), st.integers(1, 4))
def test_a_long_job_moves_on_however_many_short_ones_keep_arriving(arrivals, capacity):
    line = Queue([("ann", "drawn", 240)])
    for person, total in arrivals:
        line.ask(person, total)
        line.step(capacity)
    assert next(job for job in line.jobs if job.run == 0).done >= len(arrivals) // (len(PEOPLE) * (MAX_PASSED + 1)) - 1


@given(st.integers(1, 4), st.integers(0, 20))
def test_nobody_waits_longer_however_many_strangers_keep_coming(capacity, before):
    line = Queue([*((f"early bird {n}", "drawn", 240) for n in range(before)), ("ann", "drawn", 240)])
    own, at, most, turns = before, 0, RECENT + before + 1, 0
    for run in range(400 // capacity):
        for extra in range(capacity):
            line.ask(f"stranger {run}.{extra}", 1, "anime")
        served = own in (job.run for job, _ in line.step(capacity))
        assert line.now - at <= most + 2 * capacity
        if served:
            at, most, turns = line.now, RECENT + len(line.jobs), turns + 1
    assert turns > 2


def test_whoever_had_no_turn_lately_goes_before_those_who_had():
    line = Queue([("ann", "drawn", 240), ("ben", "drawn", 240)])
    line.step(8)
    line.ask("cho", 1)
    assert pairs(line.step(8)) == [(2, 0)]
    line.ask("cho", 1)  # this time after ann and ben
    assert pairs(line.step(8)) == [(0, 4), (1, 4), (3, 0)]


def test_one_person_who_keeps_asking_gets_no_more_than_their_share():
    line, faces = Queue([("ann", "drawn", 240)]), Counter[str]()
    for _ in range(60):
        line.ask("ben", 1)
        faces.update({job.person: len(picked) for job, picked in line.step(4)})
    assert faces["ann"] >= faces["ben"] - 1


def test_within_one_person_the_single_picture_goes_before_the_morph():
    assert pairs(Queue([("ann", "drawn", 120), ("ann", "drawn", 1)]).step(1)) == [(1, 0)]


def test_a_job_that_left_during_its_batch_is_not_missed():
    jobs = Queue([("ann", "drawn", 3), ("ben", "drawn", 3)]).jobs
    batch = next_batch(jobs, lambda group: 4)
    left = advance([job for job in jobs if job.run != 0], batch, now=0)
    assert [(job.run, job.done) for job in left] == [(1, 2)]


def test_a_batch_that_was_not_synthesised_is_chosen_again():
    jobs = Queue([("ann", "drawn", 3), ("ben", "drawn", 3)]).jobs
    assert next_batch(jobs, lambda group: 4) == next_batch(jobs, lambda group: 4)


def test_each_group_has_its_own_capacity():
    jobs = Queue([("ann", "drawn", 9), ("ann", "anime", 20)]).jobs
    assert len(pairs(next_batch(jobs, lambda group: {"drawn": 8, "anime": 2}[group]))) == 8


def test_nothing_to_do_gives_an_empty_batch():
    assert next_batch([], lambda group: 8) == []
