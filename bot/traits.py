"""Traits as people type them ("hair: pink, glasses: round"): read, matched to a model's own names, completed while typing.

Knows nothing of Discord but its limits on suggestions.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping

from bot.errors import BadTraits
from generator.errors import NoTraits, UnknownTrait, UnknownTraitValue
from generator.protocol import Model
from generator.recipe import Recipe

MAX_CHOICES = 25  # Discord's limit, and 100 characters each
MAX_CHOICE_CHARS = 100
MAX_TRAITS_CHARS = 400

_PAIR = re.compile(r"\s*([^:=]+?)\s*[:=]\s*([^:=]+?)\s*")


def read(typed: str | None) -> dict[str, str]:
    """Return {trait: value} as slugs. Raises BadTraits with the piece that is none."""
    pairs: dict[str, str] = {}
    if typed and len(typed) > MAX_TRAITS_CHARS:
        raise BadTraits(value=typed)
    for piece in re.split(r"[,;、\n]", unicodedata.normalize("NFKC", typed or "")):
        if not piece.strip():
            continue
        found = _PAIR.fullmatch(piece)
        name, value = (_slug(found[1]), _slug(found[2])) if found else ("", "")
        if not re.fullmatch(r"[a-z0-9-]{1,32}", name) or not re.fullmatch(r"[a-z0-9-]{1,32}", value) or name in pairs:
            raise BadTraits(value=piece.strip())
        pairs[name] = value
    return pairs


def settle(recipe: Recipe, model: Model) -> Recipe:
    """Return the recipe with its traits, also those of a last face, spelled as ``model`` spells them.

    Raises NoTraits, UnknownTrait, UnknownTraitValue.
    """
    last = {name: str(value) for name, value in recipe.options if name.startswith("to.")}
    if not recipe.traits and not last:
        return recipe
    traits = dict(_settled(name, value, model) for name, value in recipe.traits)
    others = dict(_settled(name.removeprefix("to."), value, model) for name, value in last.items())
    cleared = recipe.with_traits(traits).replace(**dict.fromkeys(last))
    return cleared.replace(**{f"to.{name}": value for name, value in others.items()})


def _settled(typed: str, value: str, model: Model) -> tuple[str, str]:
    if not model.traits:
        raise NoTraits(model=model.name)
    name = _spelled(typed, model.traits)
    if name is None:
        raise UnknownTrait(model=model.name, trait=typed, known=", ".join(model.traits))
    # A network may have more classes than it lists; the worker knows them.
    own = _spelled(value, model.traits[name]) if model.traits[name] else value
    if own is None:
        raise UnknownTraitValue(trait=name, value=value, known=", ".join(model.traits[name]))
    return name, own


def complete(typed: str, traits: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return at most 25 ways to go on typing, each the whole text of at most 100 characters."""
    done, comma, piece = typed.rpartition(",")
    before = f"{done.strip()}, " if comma and done.strip() else ""
    used = {_slug(part.partition(":")[0]) for part in done.split(",")}
    free = {name: values for name, values in traits.items() if _slug(name) not in used}
    ends = (f"{before}{end}" for end in _ends(piece.strip(), free))
    return [whole for whole in ends if len(whole) <= MAX_CHOICE_CHARS][:MAX_CHOICES]


def _ends(piece: str, traits: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    name, colon, value = piece.partition(":")
    if colon:
        own = _spelled(name, traits)
        yield from (f"{own}: {v}" for v in traits.get(own or "", ()) if _slug(value) in _slug(v))
        return
    fitting = [own for own in traits if _slug(name) in _slug(own)]
    if len(fitting) == 1:
        yield from (f"{fitting[0]}: {v}" for v in traits[fitting[0]])
    else:
        # One value of each trait in turn, so that every trait is seen before any is seen in full.
        yield from _in_turn([[f"{own}: {v}" for v in traits[own]] for own in fitting])


def _in_turn(columns: list[list[str]]) -> Iterator[str]:
    for row in range(max(map(len, columns), default=0)):
        yield from (column[row] for column in columns if row < len(column))


def _slug(typed: str) -> str:
    return re.sub(r"[\s_-]+", "-", unicodedata.normalize("NFKC", typed).casefold().strip())


def _spelled(typed: str, own: Iterable[str]) -> str | None:
    return next((name for name in own if _slug(name) == _slug(typed)), None)
