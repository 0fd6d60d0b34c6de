"""Remembers what each person chose last from a menu, so that an entry works again.

Discord keeps a choice selected, also if a dialog that it opened was left with Esc. Choosing the same entry again is
reported as taking the choice back, without saying which. Everything is in memory: after a restart of the bot one such
choice does nothing, and the next one works.
"""

from collections import OrderedDict
from collections.abc import Sequence

MAX_REMEMBERED = 10_000


class Repeats:
    """The last choices of all people."""

    def __init__(self) -> None:
        self._last: OrderedDict[tuple[int, str, int], tuple[str, ...]] = OrderedDict()

    def complete(self, message: int, menu: str, person: int, values: Sequence[str]) -> Sequence[str]:
        """Return what a person chose. If nothing was reported, it is what they chose last from this menu."""
        key = message, menu, person
        if not values:
            return self._last.get(key, ())
        self._last[key] = tuple(values)
        self._last.move_to_end(key)
        while len(self._last) > MAX_REMEMBERED:
            self._last.popitem(last=False)
        return values
