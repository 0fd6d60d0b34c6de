"""Tells what a model can do from what the worker says about it: its directions and layers, as suggestions.

Does not know Discord, except its limits on suggestions.
"""

import re
import unicodedata
from collections.abc import Iterator

from bot.i18n.texts import Texts, recognise_trait
from bot.recipes import traits
from generator.contract.errors import BadValue, UnknownDirection
from generator.contract.kinds import FACTORS, trait_directions
from generator.contract.protocol import Model

FACTOR_NAMES = tuple(f"d{n}" for n in range(1, FACTORS + 1))
CHARTS = (",".join(FACTOR_NAMES[:5]), ",".join(FACTOR_NAMES[5:]))  # five rows are as many as a chat shows legibly
LAYER_PARTS = {"coarse": (0, 3), "middle": (4, 7), "most": (0, 7)}  # [Karras et al. 2019, section 3.1]


def read_direction(typed: str) -> str:
    """Return "hair: pink", in any language with words for it, as a recipe writes it: hair-pink; several with commas.

    Raises BadValue for a text that cannot name a direction.
    """
    pieces = [piece for piece in re.split(r"[,;、]", unicodedata.normalize("NFKC", typed)) if piece.strip()]
    pairs = (recognise_trait(trait, value) for trait, _, value in (piece.partition(":") for piece in pieces))
    names = [_slug(f"{trait}-{value}" if value else trait) for trait, value in pairs]
    if not names or not all(re.fullmatch(r"[a-z0-9-]+", name) for name in names):
        raise BadValue(name="direction", value=typed, expected="a-direction")
    return ",".join(names)


def suggest_directions(model: Model, t: Texts) -> Iterator[tuple[str, str]]:
    """Yield each direction's label and name, such as ("hair: pink", "hair-pink").

    Order: a chart of d1 to d5, the learnt directions, d1 to d10, a chart of d6 to d10.
    """
    charts = [(t("chart", directions=chart.replace(",", ", ")), chart) for chart in CHARTS]
    yield charts[0]
    directions = learnt_directions(model)
    columns: dict[str, list[str]] = {}
    for name, (trait, _) in directions.items():
        columns.setdefault(trait, []).append(name)
    for name in traits.interleave(list(columns.values())):
        yield traits.direction_label(name, t, directions[name]), name
    yield from ((t("factor", name=name), name) for name in FACTOR_NAMES)
    yield charts[1]


def learnt_directions(model: Model) -> dict[str, tuple[str, str]]:
    """Return the directions that the model learnt: name -> (trait, value), with the value "" if it has none."""
    return trait_directions(model.traits, model.directions)


def suggest_layers(model: Model, t: Texts) -> Iterator[tuple[str, str]]:
    """Yield labels and ranges, such as "0-3", of the layers that a mix may take from its coarse face."""
    for part, (low, high) in LAYER_PARTS.items():
        if high < model.layers - 1:
            yield t(f"layers_{part}", layers=f"{low}-{high}"), f"{low}-{high}"


def match_direction(typed: str, model: Model) -> str:
    """Return the direction as the model spells it. Raises UnknownDirection."""
    learnt = learnt_directions(model)
    match = next((name for name in (*FACTOR_NAMES, *learnt) if _slug(name) == _slug(typed)), None)
    # A network may have more classes than it lists; the worker knows them.
    unlisted = any(not values and typed.startswith(f"{trait}-") for trait, values in model.traits.items())
    if match is None and not unlisted:
        known = [f"{FACTOR_NAMES[0]} … {FACTOR_NAMES[-1]}", *list(learnt)[:3], *(["…"] if learnt else [])]
        raise UnknownDirection(model=model.name, direction=typed, known=", ".join(known))
    return match or typed


def _slug(typed: str) -> str:
    return re.sub(r"[\s:=_-]+", "-", typed.strip().casefold())
