"""Keeps what belongs to an open dialog and has no room in its custom_id: its recipe, and what was typed into it before.

Everything is in memory: a dialog is answered within minutes, or typed anew. Knows nothing about dialogs themselves.
"""

import secrets
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.errors import DialogGone
from generator.contract.recipe import Recipe

MAX_DRAFTS = 2_000  # about 4 MB of the longest lines
MAX_CARRIED_CHARS = 60  # of a line that stands in a custom_id, which has at most 100 with the action and the owner
KEPT = "#"  # begins the key of a draft, where a line would stand


@dataclass(frozen=True)
class Draft:
    """A dialog that may be opened again: on which picture, by what, and with which fields filled in."""

    line: str  # the recipe that the dialog is about
    private: bool | None = None  # as in RequestService.serve
    action: str = ""
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)


class Drafts:
    """The drafts of all open dialogs. The oldest are forgotten."""

    def __init__(self) -> None:
        self._drafts: OrderedDict[str, Draft] = OrderedDict()

    def keep(self, draft: Draft) -> str:
        """Keep a draft, and return a text by which ``find`` finds it."""
        key = KEPT + secrets.token_hex(8)
        self._drafts[key] = draft
        while len(self._drafts) > MAX_DRAFTS:
            self._drafts.popitem(last=False)
        return key

    def carry(self, recipe: Recipe) -> str:
        """Return a text for a custom_id by which ``find`` finds the recipe: its line, or if that is long, a key."""
        line = str(recipe)
        return line if len(line) <= MAX_CARRIED_CHARS else self.keep(Draft(line))

    def find(self, text: str) -> Draft:
        """Return a draft by the text that ``keep`` or ``carry`` returned. Raises DialogGone if it is forgotten."""
        if not text.startswith(KEPT):
            return Draft(text)
        if text not in self._drafts:
            raise DialogGone()
        return self._drafts[text]
