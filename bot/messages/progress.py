"""What a message shows before its end: the place in line, then a bar; and nothing where the end is near. Knows no Discord."""

import time

from bot.i18n import texts
from bot.queue.ticket import Queued, State
from generator.contract.protocol import Progress

BAR_CELLS = 12


class ProgressText:
    """What the message shows before the end: the line, then a bar."""

    def __init__(self, t: texts.Texts) -> None:
        self._texts = t
        self._state: State | None = None
        self._began_s = 0.0
        self._full_s: float | None = None

    def see(self, state: State) -> None:
        """Take in the latest state."""
        now = time.monotonic()
        if isinstance(state, Progress):
            if not isinstance(self._state, Progress):
                self._began_s = now
            full = state.done >= state.total
            self._full_s = (now if self._full_s is None else self._full_s) if full else None
        self._state = state

    def text(self, soon_s: float) -> str:
        """Return what to show now; empty where the end is probably closer than soon_s."""
        state = self._state
        if state is None:
            return self._texts("getting_ready")
        if isinstance(state, Queued):
            place = self._texts.place(state.position)
            return self._texts("queued", place=place, eta=self._texts.eta(state.eta_s))
        assert isinstance(state, Progress)
        return "" if self._is_soon(state, soon_s) else self._bar(state)

    def _is_soon(self, state: Progress, soon_s: float) -> bool:
        now = time.monotonic()
        if self._full_s is not None:
            return now - self._full_s < soon_s  # what is left is encoding, which is short, unless it is not
        return state.done > 0 and (now - self._began_s) * (state.total - state.done) / state.done < soon_s

    def _bar(self, state: Progress) -> str:
        filled = BAR_CELLS * min(state.done, state.total) // max(1, state.total)
        bar = "█" * filled + "░" * (BAR_CELLS - filled)
        return self._texts(
            "finishing" if self._full_s is not None else "progress", bar=bar, done=state.done, total=state.total
        )
