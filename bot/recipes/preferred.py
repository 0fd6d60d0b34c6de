"""Turns what a person or a server prefers into options of a new recipe, which then stand in its line.

Has every preference with its values. Knows nothing about where preferences are stored.
"""

from collections.abc import Callable, Iterator, Mapping

from bot.i18n.texts import CATALOGUES
from generator.contract.errors import RecipeError
from generator.contract.grammar import GRID_SIDE
from generator.contract.kinds import KINDS
from generator.contract.recipe import Recipe
from generator.contract.values import OptionReader, Value, choice, decimal, read_model, read_yes_no, whole_number

MOVING = ("gif", "mp4", "webp")  # the formats of animations

# Preference -> how its text is read. The order is that in which people see them.
PREFERENCES: Mapping[str, OptionReader] = {
    "wildness": decimal(-2, 2),
    "format": choice(*MOVING),
    "fps": whole_number(1, 50),
    "size": whole_number(*GRID_SIDE),
    "private": read_yes_no,
    "per_minute": whole_number(1, 1000),
    "language": choice(*CATALOGUES),
    "model": read_model,
}
ONLY_PEOPLES = ("language",)  # a server does not choose these
ONLY_SERVERS = ("per_minute",)  # nor a person these

Find = Callable[[str], str | None]  # the name of a preference -> its text, or None


def read_preference(name: str, find: Find) -> Value | None:
    """Return the value of a preference, or None if there is none, or one that today's bot does not know."""
    written = find(name)
    try:
        return None if written is None else PREFERENCES[name](name, written)
    except RecipeError:
        return None


def options_for(kind: str, typed: Mapping[str, Value | None], find: Find) -> dict[str, Value]:
    """Return the options that nobody typed and that are preferred, for a new recipe of a kind."""
    return {name: value for name, value in _preferred(kind, typed, find) if typed.get(name) is None}


def prefer(recipe: Recipe, find: Find) -> Recipe:
    """Return a recipe that was made of another one, by a menu or a dialog, with the options that are preferred.

    Its wildness is that of the picture it was made of.
    """
    return recipe.replace(**options_for(recipe.kind, {"psi": 0.0, **dict(recipe.options)}, find))


def _preferred(kind: str, typed: Mapping[str, Value | None], find: Find) -> Iterator[tuple[str, Value]]:
    known, format_ = KINDS[kind].options, typed.get("format")
    if "psi" in known and (wildness := read_preference("wildness", find)) is not None:
        yield "psi", wildness
    if kind == "grid" and (size := read_preference("size", find)) is not None:
        yield "size", size
    # A still picture stays one, unless somebody asks for an animation.
    if format_ is None and "format" in known and known["format"].default in MOVING:
        format_ = read_preference("format", find) or known["format"].default
        yield "format", format_
    # With a length in seconds, another number of frames per second would be another number of frames, perhaps too many.
    if format_ in MOVING and typed.get("seconds") is None and (fps := read_preference("fps", find)) is not None:
        yield "fps", fps
