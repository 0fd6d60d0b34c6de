"""What a network can do, told from what the worker says of it: directions, layers, noise; and recipes that suit it.

Knows nothing of Discord but its limits on suggestions.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping

from bot.i18n.texts import Texts, meant
from bot.recipes import traits
from generator.contract.errors import BadValue, UnknownDirection
from generator.contract.kinds import FACTORS, trait_directions
from generator.contract.protocol import Model
from generator.contract.recipe import Recipe

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


def directions(model: Model, t: Texts) -> Iterator[tuple[str, str]]:
    """Yield each direction's label and name, such as ("hair: pink", "hair-pink"): a chart, the learnt ones, d1 to d10, a chart."""
    charts = [(t("chart", directions=chart.replace(",", ", ")), chart) for chart in CHARTS]
    yield charts[0]
    yield from ((traits.direction_label(name, t, of), name) for name, of in _in_turn(learnt(model)))
    yield from ((t("factor", name=name), name) for name in FACTOR_NAMES)
    yield charts[1]


def learnt(model: Model) -> dict[str, tuple[str, str]]:
    """Return the directions that the network has of its own: name -> (trait, value), the value "" where it has none."""
    return trait_directions(model.traits, model.directions)


def _in_turn(named: Mapping[str, tuple[str, str]]) -> list[tuple[str, tuple[str, str]]]:
    """One value of each trait in turn, so that every trait is seen before any is seen in full."""
    seen: Counter[str] = Counter()
    rows = []
    for name, pair in named.items():
        rows.append((seen[pair[0]], name, pair))
        seen[pair[0]] += 1
    return [(name, pair) for _, name, pair in sorted(rows, key=lambda row: row[0])]


def layers(model: Model, t: Texts) -> Iterator[tuple[str, str]]:
    """Yield what may come from the coarse face: a label and the layers, such as "0-3"; those that the network has."""
    for part, (low, high) in LAYER_PARTS.items():
        if high < model.layers - 1:
            yield t(f"layers_{part}", layers=f"{low}-{high}"), f"{low}-{high}"


def _direction(typed: str, model: Model) -> str:
    own = next((name for name in (*FACTOR_NAMES, *learnt(model)) if _slug(name) == _slug(typed)), None)
    # A network may have more classes than it lists; the worker knows them.
    unlisted = any(not values and typed.startswith(f"{trait}-") for trait, values in model.traits.items())
    if own is None and not unlisted:
        known = [f"{FACTOR_NAMES[0]} … {FACTOR_NAMES[-1]}", *list(learnt(model))[:3], *(["…"] if learnt(model) else [])]
        raise UnknownDirection(model=model.name, direction=typed, known=", ".join(known))
    return own or typed


def _slug(typed: str) -> str:
    return re.sub(r"[\s:=_-]+", "-", typed.strip().casefold())
