"""What a network can do, told from what the worker says of it: directions, layers, noise; and recipes that suit it.

Knows nothing of Discord but its limits on suggestions.
"""

import re
import unicodedata
from collections.abc import Iterator

from bot import traits
from bot.texts import Texts, meant
from generator.errors import BadValue, UnknownDirection
from generator.protocol import Model
from generator.recipe import FACTORS, Recipe, trait_directions

FACTOR_NAMES = tuple(f"d{n}" for n in range(1, FACTORS + 1))
CHARTS = (",".join(FACTOR_NAMES[:5]), ",".join(FACTOR_NAMES[5:]))  # so many rows can still be looked at in a chat
LAYER_PARTS = {"coarse": (0, 3), "middle": (4, 7), "most": (0, 7)}  # [Karras et al. 2019, section 3.1]


def suited(recipe: Recipe, model: Model) -> Recipe:
    """Return the recipe with names spelled as ``model`` spells them; of a network without noise a face varies by its z.

    Raises NoTraits, UnknownTrait, UnknownTraitValue, UnknownDirection.
    """
    recipe = traits.settle(recipe, model)
    if recipe.kind == "edit":
        return recipe.replace(direction=",".join(_direction(name, model) for name in recipe.directions))
    if recipe.kind == "vary" and not model.noise:
        return recipe.replace(by="z")
    return recipe


def direction_typed(typed: str) -> str:
    """Return "hair: pink", in any language that has words for it, as a recipe writes it: hair-pink; of several each.

    Raises BadValue for what no direction can be called.
    """
    pieces = re.split(r"[,;、]", unicodedata.normalize("NFKC", typed))
    pairs = (meant(trait, value) for trait, _, value in (piece.partition(":") for piece in pieces if piece.strip()))
    names = [_slug(f"{trait}-{value}" if value else trait) for trait, value in pairs]
    if not names or not all(re.fullmatch(r"[a-z0-9-]+", name) for name in names):
        raise BadValue(name="direction", value=typed, expected="the name of a direction, such as d1 or hair-pink")
    return ",".join(names)


def directions(model: Model, said: Texts) -> Iterator[tuple[str, str]]:
    """Yield each direction's label and name, such as ("hair: pink", "hair-pink"): two charts, traits in turn, d1 to d10."""
    charts = [(said("chart", directions=chart.replace(",", ", ")), chart) for chart in CHARTS]
    yield charts[0]
    learnt = {pair: name for name, pair in trait_directions(model.traits).items()}
    deepest = max(map(len, model.traits.values()), default=0)
    # One value of each trait in turn, so that every trait is seen before any is seen in full.
    for row in range(deepest):
        for trait, values in model.traits.items():
            if row < len(values) and (trait, values[row]) in learnt:
                yield traits.label(trait, values[row], said), learnt[trait, values[row]]
    yield from ((said("factor", name=name), name) for name in FACTOR_NAMES)
    yield charts[1]


def layers(model: Model, said: Texts) -> Iterator[tuple[str, str]]:
    """Yield what may come from the coarse face: a label and the layers, such as "0-3"; those that the network has."""
    for part, (low, high) in LAYER_PARTS.items():
        if high < model.layers - 1:
            yield said(f"layers_{part}", layers=f"{low}-{high}"), f"{low}-{high}"


def _direction(typed: str, model: Model) -> str:
    learnt = trait_directions(model.traits)
    own = next((name for name in (*FACTOR_NAMES, *learnt) if _slug(name) == _slug(typed)), None)
    # A network may have more classes than it lists; the worker knows them.
    unlisted = any(not values and typed.startswith(f"{trait}-") for trait, values in model.traits.items())
    if own is None and not unlisted:
        known = [f"{FACTOR_NAMES[0]} … {FACTOR_NAMES[-1]}", *list(learnt)[:3], *(["…"] if learnt else [])]
        raise UnknownDirection(model=model.name, direction=typed, known=", ".join(known))
    return own or typed


def _slug(typed: str) -> str:
    return re.sub(r"[\s:=_-]+", "-", typed.strip().casefold())
