"""Remembers the last face that each person got in each channel, until the bot ends.

Does not know how it was drawn, nor who else saw it.
"""

from collections import OrderedDict

from bot.errors import ManyFaces
from bot.recipes.variations import extract_face
from generator.contract.recipe import Recipe

MAX_KEPT = 1000  # of all people together


class LastPictures:
    """The last picture of one face that each person got in each channel."""

    def __init__(self) -> None:
        self._faces: OrderedDict[tuple[int, int | None], Recipe] = OrderedDict()

    def note(self, person: int, channel: int | None, recipe: Recipe) -> None:
        """Remember a picture, if it shows one face."""
        try:
            face = extract_face(recipe)
        except ManyFaces:
            return
        self._faces[person, channel] = face
        self._faces.move_to_end((person, channel))
        if len(self._faces) > MAX_KEPT:
            self._faces.popitem(last=False)

    def get(self, person: int, channel: int | None) -> Recipe | None:
        """Return the last face that a person got in a channel."""
        return self._faces.get((person, channel))

    def forget(self, person: int) -> None:
        """Forget all faces of a person."""
        for key in [key for key in self._faces if key[0] == person]:
            del self._faces[key]
