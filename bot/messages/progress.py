"""Writes what a message shows until its picture is ready: the place in the queue, then a progress bar.

Knows nothing about Discord.
"""

import time
from collections import deque

from bot.i18n import texts
from bot.queue.ticket import Queued, State
from generator.contract.protocol import Progress

BAR_CELLS = 12
RECENT_S = 60.0  # the time left is estimated from the faces of the last minute, as others may share the worker
SETTLED_S = 5.0  # the estimate is shown after so much time, when one batch more or less hardly changes it


class ProgressText:
    """The text that a message shows until its picture is ready, based on the latest state of the request."""

    def __init__(self, t: texts.Texts) -> None:
        self._t = t
        self._state: State | None = None
        self._began_s = 0.0
        self._full_s: float | None = None
        self._drawn: deque[tuple[float, int]] = deque()  # when how many faces were drawn, since about RECENT_S

    @property
    def position(self) -> int:
        """The place in the queue, from 1 on; 0 for what does not wait."""
        return self._state.position if isinstance(self._state, Queued) else 0

    def update(self, state: State) -> None:
        """Record the latest state."""
        now = time.monotonic()
        if isinstance(state, Progress):
            if not isinstance(self._state, Progress):
                self._began_s = now
            full = state.done >= state.total
            self._full_s = (now if self._full_s is None else self._full_s) if full else None
            self._count(now, state.done)
        self._state = state

    def _count(self, now: float, done: int) -> None:
        """Note how many faces are drawn. What had been drawn before the first of them says nothing of the speed."""
        if self._drawn and done < self._drawn[-1][1]:
            self._drawn.clear()  # the worker died, and another one goes on
        if done:
            self._drawn.append((now, done))
        while len(self._drawn) > 2 and now - self._drawn[1][0] >= RECENT_S:
            self._drawn.popleft()

    def left_s(self, settled_s: float = SETTLED_S) -> float | None:
        """Return how many seconds the faces that are left will take, or None while that cannot be told.

        It can after faces were drawn for ``settled_s`` seconds.
        """
        if not self._drawn or not isinstance(self._state, Progress):
            return None
        began_s, began = self._drawn[0]
        passed_s, drawn = time.monotonic() - began_s, self._state.done - began
        left = self._state.total - self._state.done
        return passed_s * left / drawn if drawn > 0 and passed_s >= settled_s else None

    def render(self, soon_s: float) -> str:
        """Return the text to show now, or "" if the picture will probably be ready in less than ``soon_s`` seconds."""
        state = self._state
        if state is None:
            return self._t("getting_ready")
        if isinstance(state, Queued):
            return self._t("queued", place=self._t.place(state.position), eta=self._t.eta(state.eta_s))
        assert isinstance(state, Progress)
        return "" if self._is_soon(state, soon_s) else self._bar(state)

    def _is_soon(self, state: Progress, soon_s: float) -> bool:
        now = time.monotonic()
        if self._full_s is not None:
            return now - self._full_s < soon_s  # only encoding remains, which usually takes little time
        return state.done > 0 and (now - self._began_s) * (state.total - state.done) / state.done < soon_s

    def _bar(self, state: Progress) -> str:
        if self._full_s is not None:
            return self._t("finishing", bar=_fill(state))
        eta = self._t.eta(self.left_s())
        return self._t("progress", bar=_fill(state), done=state.done, total=state.total, eta=eta)


class SearchText(ProgressText):
    """The same of a search for a face. Its steps are no faces, so they are not counted aloud."""

    def __init__(self, t: texts.Texts) -> None:
        super().__init__(t)
        self.has_preview = False  # whether the message shows a first look

    def render(self, soon_s: float) -> str:
        """Return the text to show now. It is never "": people see the posted picture at once, and what comes of it."""
        progress = super().render(0.0)
        return f"{self._t('like_first_look')}\n{progress}" if self.has_preview else progress

    def _bar(self, state: Progress) -> str:
        return self._t("like_searching", bar=_fill(state))


def _fill(state: Progress) -> str:
    filled = BAR_CELLS * min(state.done, state.total) // max(1, state.total)
    return "█" * filled + "░" * (BAR_CELLS - filled)
