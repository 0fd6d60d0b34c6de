"""Tests the room for open pixels: one person's large runs never keep others out, nothing starves, all is given back."""

from hypothesis import given
from hypothesis import strategies as st

from generator.worker.room import MAX_OPEN_PIXELS, MAX_OVERTAKEN, SMALL_PIXELS, Room

LARGE = 240 * 2 * 2 * 256**2  # morph frames=240 size=2 of a network of 256 px
MORPH = 60 * 256**2  # morph
GRID = 2 * 2 * 256**2  # grid 2


def opened(room: Room) -> list[int]:
    return room.open(lambda run: True)


def test_three_large_morphs_of_one_person_leave_room_for_everybody_else():
    room = Room()
    for run in (1, 2, 3):
        room.ask(run, "ann", LARGE)
    assert opened(room) == [1]
    room.ask(4, "ben", MORPH)
    room.ask(5, "cho", GRID)
    room.ask(6, "dan", LARGE // 2)
    assert opened(room) == [4, 5, 6]
    room.leave(1)
    assert opened(room) == [2]


def test_after_four_people_with_three_large_morphs_each_a_small_one_finds_room_at_once():
    room = Room()
    for run in range(12):
        room.ask(run, f"person {run // 3}", LARGE)
    opened(room)
    for run in range(100, 150):
        room.ask(run, f"late {run}", MORPH)
        assert opened(room) == [run]


def test_a_persons_own_large_morphs_do_not_keep_out_their_small_one():
    room = Room()
    for run in (1, 2, 3):
        room.ask(run, "ann", LARGE)
    opened(room)
    room.ask(4, "ann", GRID)
    assert opened(room) == [4]


def test_whoever_holds_least_is_served_first():
    room = Room()
    for run in (1, 2, 3):
        room.ask(run, "ann", LARGE)
    assert opened(room) == [1]
    room.ask(4, "ben", LARGE)
    room.ask(5, "cho", LARGE)
    assert opened(room) == [4]
    room.leave(1)
    assert opened(room) == [5]


def test_a_run_that_needs_much_is_not_overtaken_for_ever():
    room = Room()
    room.ask(0, "ann", LARGE)
    room.ask(1, "ben", LARGE)
    room.ask(2, "cho", LARGE)
    assert opened(room) == [0, 1]
    held: list[int] = []
    for run in range(3, 3 + 3 * MAX_OVERTAKEN):
        room.ask(run, f"passer {run}", LARGE // 3)
        held += opened(room)
        if held:
            room.leave(held.pop(0))
    room.leave(0)
    assert 2 in opened(room)


def test_a_run_whose_model_is_not_in_memory_holds_nothing_and_is_tried_again():
    room = Room()
    room.ask(1, "ann", LARGE)
    assert room.open(lambda run: False) == []
    assert opened(room) == []
    room.look_again()
    assert opened(room) == [1]


sizes = st.sampled_from([GRID, MORPH, LARGE // 2, LARGE, 64_000_000])


@given(st.lists(st.tuples(st.integers(0, 4), sizes), max_size=20), st.data())
def test_every_run_finds_room_in_the_end_and_what_is_not_small_is_within_the_limit(asked, data):
    room, held, done = Room(), {}, set()
    for run, (person, pixels) in enumerate(asked):
        room.ask(run, f"person {person}", pixels)
    while len(done) < len(asked):
        held |= {run: asked[run][1] for run in opened(room)}
        assert held
        assert sum(pixels for pixels in held.values() if pixels > SMALL_PIXELS) <= MAX_OPEN_PIXELS
        run = data.draw(st.sampled_from(sorted(held)))
        del held[run]
        done.add(run)
        room.leave(run)
