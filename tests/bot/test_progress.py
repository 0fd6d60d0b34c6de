"""Tests what a message says while its picture is drawn."""

import time

import pytest

from bot.i18n import texts
from bot.messages.progress import ProgressText
from generator.contract.protocol import Progress


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def drawn(clock: Clock, text: ProgressText, done: range, seconds: float) -> str:
    """Report a face at a time, and return what is shown in the end."""
    for number in done:
        clock.now += seconds
        text.update(Progress(1, number, 3600))
    return text.render(2.0)


def test_the_time_left_is_shown_after_some_seconds_and_follows_the_speed_of_the_last_minute(clock: Clock) -> None:
    text = ProgressText(texts.for_locale("en-US"))
    text.update(Progress(1, 0, 3600))
    clock.now += 30  # the network is loaded
    assert drawn(clock, text, range(1, 30), 0.1) == "🎨 `░░░░░░░░░░░░` 29/3600"
    assert drawn(clock, text, range(30, 600), 0.1).endswith("599/3600, about 5 min to go")
    assert drawn(clock, text, range(600, 800), 0.4).endswith("799/3600, about 19 min to go")
    assert drawn(clock, text, range(800, 3500), 0.1).endswith("3499/3600, about 10 s to go")
    assert drawn(clock, text, range(3500, 3601), 0.1) == ""  # the file comes at once, probably
    clock.now += 10
    assert text.render(2.0) == "🎨 `████████████` finishing…"


def test_what_a_dead_worker_had_drawn_says_nothing_of_the_speed(clock: Clock) -> None:
    text = ProgressText(texts.for_locale("ja"))
    drawn(clock, text, range(1, 1000), 0.1)
    text.update(Progress(1, 0, 3600))
    clock.now += 20
    assert drawn(clock, text, range(980, 982), 0.5) == "🎨 `███░░░░░░░░░` 981/3600"
    assert drawn(clock, text, range(982, 1100), 0.5).endswith("1099/3600（あと約21分）")
