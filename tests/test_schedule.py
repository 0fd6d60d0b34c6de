"""The choice of the next batch: fair between people, every face once, never idle, nobody starved."""

from collections import Counter
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from generator.schedule import PATIENCE, Batch, Job, admit, after, next_batch

PEOPLE = ("ann", "ben", "cho")
GROUPS = ("drawn", "anime")

asked = st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(GROUPS), st.integers(1, 12)), max_size=10)


def line_of(asked: Sequence[tuple[str, str, int]]) -> list[Job]:
    jobs: list[Job] = []
    for run, (person, group, total) in enumerate(asked):
        jobs = admit(jobs, Job(run, person, group, total))
    return jobs


def pairs(batch: Batch) -> list[tuple[int, int]]:
    return [(job.run, face) for job, faces in batch for face in faces]


def step(jobs: list[Job], capacity: int) -> tuple[list[Job], Batch]:
    batch = next_batch(jobs, lambda group: capacity)
    return [job for job in after(jobs, batch) if job.left], batch


@given(asked, st.integers(1, 9))
def test_every_face_is_synthesised_exactly_once_and_in_order(wanted, capacity):
    jobs, seen = line_of(wanted), []
    while jobs:
        jobs, batch = step(jobs, capacity)
        assert batch
        seen += pairs(batch)
    assert Counter(seen) == Counter((run, face) for run, (_, _, total) in enumerate(wanted) for face in range(total))
    assert all([face for r, face in seen if r == run] == list(range(total)) for run, (_, _, total) in enumerate(wanted))


@given(asked, st.integers(1, 9))
def test_a_batch_is_of_one_group_and_full_or_ends_with_a_single_picture(wanted, capacity):
    jobs = line_of(wanted)
    while jobs:
        before = jobs
        jobs, batch = step(jobs, capacity)
        (group,) = {job.group for job, _ in batch}
        most = min(capacity, sum(job.left for job in before if job.group == group))
        assert len(pairs(batch)) == most or any(job.total == 1 for job, _ in batch)
        assert 1 <= len(pairs(batch)) <= most


def test_a_single_picture_does_not_wait_for_what_would_fill_its_batch():
    jobs = line_of([("ann", "drawn", 60), ("bob", "drawn", 1)])
    jobs, batch = step(jobs, 8)
    assert pairs(batch) == [(0, 0), (1, 0)]
    jobs, batch = step(jobs, 8)
    assert pairs(batch) == [(0, face) for face in range(1, 9)]


@given(st.lists(st.integers(20, 40), min_size=2, max_size=3), st.integers(1, 9), st.integers(1, 12))
def test_people_with_work_are_served_equally_to_within_one_face(totals, capacity, batches):
    jobs = line_of([(person, "drawn", total) for person, total in zip(PEOPLE, totals, strict=False)])
    served = Counter({job.person: 0 for job in jobs})
    for _ in range(batches):
        if any(job.left < capacity for job in jobs):
            break
        jobs, batch = step(jobs, capacity)
        served.update({job.person: len(faces) for job, faces in batch})
    assert max(served.values()) - min(served.values()) <= 1


@given(st.lists(st.tuples(st.sampled_from(PEOPLE), st.integers(1, 3)), min_size=90, max_size=90), st.integers(1, 4))
def test_a_long_job_moves_on_however_many_short_ones_keep_arriving(arrivals, capacity):
    jobs = line_of([("ann", "drawn", 240)])
    for run, (person, total) in enumerate(arrivals, start=1):
        jobs = admit(jobs, Job(run, person, "drawn", total))
        jobs, _ = step(jobs, capacity)
    assert next(job for job in jobs if job.run == 0).done >= len(arrivals) // (len(PEOPLE) * (PATIENCE + 1)) - 1


@given(st.integers(1, 4))
def test_nobody_waits_for_more_turns_than_there_were_people_before_them(capacity):
    jobs, ahead = line_of([("ann", "drawn", 240)]), 0
    for run in range(1, 40):
        for extra in range(capacity):
            jobs = admit(jobs, Job(run * 10 + extra, f"stranger {run}.{extra}", "anime", 1))
        jobs, batch = step(jobs, capacity)
        ahead = len(jobs) if any(job.run == 0 for job, _ in batch) else ahead - len(pairs(batch))
        assert ahead >= 0


def test_a_single_picture_joins_the_very_next_batch_of_somebody_elses_morph():
    jobs, _ = step(line_of([("ann", "drawn", 120)]), 4)
    jobs = admit(jobs, Job(9, "ben", "drawn", 1))
    jobs, batch = step(jobs, 4)
    assert {job.run: faces for job, faces in batch} == {0: [4], 9: [0]}


def test_within_one_person_the_single_picture_goes_before_the_morph():
    jobs = line_of([("ann", "drawn", 120), ("ann", "drawn", 1)])
    assert pairs(next_batch(jobs, lambda group: 1)) == [(1, 0)]


def test_a_job_that_left_during_its_batch_is_not_missed():
    jobs = line_of([("ann", "drawn", 3), ("ben", "drawn", 3)])
    batch = next_batch(jobs, lambda group: 4)
    left = after([job for job in jobs if job.run != 0], batch)
    assert [(job.run, job.done) for job in left] == [(1, 2)]


def test_a_batch_that_was_not_synthesised_is_chosen_again():
    jobs = line_of([("ann", "drawn", 3), ("ben", "drawn", 3)])
    assert next_batch(jobs, lambda group: 4) == next_batch(jobs, lambda group: 4)


def test_each_group_has_its_own_capacity():
    jobs = line_of([("ann", "drawn", 9), ("ann", "anime", 20)])
    assert len(pairs(next_batch(jobs, lambda group: {"drawn": 8, "anime": 2}[group]))) == 8


def test_nothing_to_do_gives_an_empty_batch():
    assert next_batch([], lambda group: 8) == []
