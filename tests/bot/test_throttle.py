"""How many pictures a person may ask for in a minute. Runs no Discord."""

import pytest

from bot.errors import TooFast
from bot.queue.throttle import Throttle


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def ask(throttle: Throttle, person: int, limit: int | None = None) -> float:
    """Ask for a picture, and return 0, or the seconds that are left if it is refused."""
    try:
        throttle.check(person, limit)
    except TooFast as refusal:
        return float(str(refusal.fields["seconds"]))
    throttle.count(person)
    return 0


def test_a_person_may_ask_again_when_the_seconds_that_they_are_told_are_over() -> None:
    clock = Clock()
    throttle = Throttle(3, clock)
    for clock.now_s in (0, 10, 20):
        assert ask(throttle, 1) == 0
    assert (ask(throttle, 1), ask(throttle, 2)) == (40, 0)
    clock.now_s = 59.5
    assert ask(throttle, 1) == 1
    clock.now_s = 60
    assert (ask(throttle, 1), ask(throttle, 1)) == (0, 10)
    with pytest.raises(TooFast, match=r"3 pictures within a minute; the next one is possible in 10 s"):
        throttle.check(1)


def test_a_person_may_have_a_limit_of_their_own() -> None:
    clock = Clock()
    throttle = Throttle(1, clock)
    assert [ask(throttle, 1, limit=2) for _ in range(3)] == [0, 0, 60]
    clock.now_s = 30
    assert ask(throttle, 1, limit=1) == 30  # with less than before, it counts from the last
    assert [ask(throttle, 2, limit=0) for _ in range(50)] == [0] * 50
    assert [ask(Throttle(0), 1) for _ in range(50)] == [0] * 50


def test_people_who_have_left_are_forgotten() -> None:
    clock = Clock()
    throttle = Throttle(1, clock)
    for person in range(1000):
        clock.now_s += 1
        ask(throttle, person)
    assert len(throttle._asked) == 60


def test_a_person_who_asks_in_vain_after_a_minute_is_no_trouble_for_others() -> None:
    clock = Clock()
    throttle = Throttle(1, clock)
    assert ask(throttle, 1) == 0
    clock.now_s = 100
    throttle.check(1)  # the queue refuses the picture, so it is not counted
    assert [ask(throttle, person) for person in (2, 1)] == [0, 0]
