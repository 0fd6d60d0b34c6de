"""Lists the directions and layers that a model offers, and matches typed directions to them.

They come from the worker's description of the model. Knows nothing about Discord.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from bot.i18n.texts import CATALOGUES, Texts, recognise_trait
from bot.recipes import traits
from bot.recipes.vocabulary import key
from generator.contract.errors import BadValue, NoNoise, NoSuchLayers, UnknownDirection
from generator.contract.kinds import FACTORS, trait_directions
from generator.contract.names import fold
from generator.contract.protocol import Model
from generator.contract.recipe import Recipe

# What people want of a face that no trait names, in the order in which it is offered, where a model has it as a knob or
# as a learnt direction. There are words for both ends of each, and words that people may type: moved-NAME and
# also-moved-NAME in bot/i18n/languages/.
WORDED = (
    *("turn", "nod", "tilt", "gaze", "mouth-curve", "eye-opening", "eye-size", "brow", "blush", "back-length"),
    *("wind", "light-side"),
)
# By how much an edit moves a face if nobody says: so far that one sees it, and no face falls apart. Chosen by looking
# at 50 faces of drawn-4, in both senses: at 2 the factors blacken faces, what was learnt stays clean. Three quarters of
# that are enough of a knob, whose unit is twice a learnt step. Six faces of artist-1 and two of
# artist-2 stay whole at these, too.
FACTOR_AMOUNT, LEARNT_AMOUNT, KNOB_AMOUNT = 0.75, 2.0, 1.5
FACTOR_NAMES = tuple(f"d{n}" for n in range(1, FACTORS + 1))
# A chart with more than five rows would be hard to read in a chat.
CHARTS = (",".join(FACTOR_NAMES[:5]), ",".join(FACTOR_NAMES[5:]))
# Name of a range -> its first and last layer [Karras et al. 2019, section 3.1].
LAYER_PARTS = {"coarse": (0, 3), "middle": (4, 7), "most": (0, 7)}
# The same for a model of at most 6 layers, which is one of 16 pixels or fewer.
LAYERS_OF_SMALL, SMALL_PARTS = 6, {"coarse": (0, 1), "middle": (2, 3), "most": (0, 3)}


def read_direction(typed: str) -> str:
    """Convert typed directions, in any supported language, to a recipe's notation: "hair: pink" becomes "hair-pink".

    Several directions are separated by commas, both in the typed text and in the result.
    Raises BadValue if a piece of the text cannot be the name of a direction.
    """
    pieces = [piece for piece in re.split(r"[,;、]", unicodedata.normalize("NFKC", typed)) if piece.strip()]
    pairs = (recognise_trait(trait, value) for trait, _, value in (piece.partition(":") for piece in pieces))
    names = [fold(f"{trait}-{value}" if value else trait) for trait, value in pairs]
    if not names or not all(re.fullmatch(r"[a-z0-9-]+", name) for name in names):
        raise BadValue(name="direction", value=typed, expected="a-direction")
    return ",".join(names)


def suggest_directions(model: Model, t: Texts) -> Iterator[tuple[str, str]]:
    """Yield the directions of what no trait names as (label, name), such as ("looking up … looking down", "nod").

    The order is: those with words, the chart of d1 to d5, the learnt directions, d1 to d10, and the chart of d6 to d10.
    """
    words = list_worded(model)
    yield from ((name_both_ends(name, t), name) for name in words)
    charts = [(t("chart", directions=chart.replace(",", ", ")), chart) for chart in CHARTS]
    yield charts[0]
    yield from ((traits.direction_label(name, t), name) for name in _list_learnt(model) if name not in words)
    yield from ((t("factor", name=name), name) for name in FACTOR_NAMES)
    yield charts[1]


def name_both_ends(name: str, t: Texts) -> str:
    """Return both ends of a direction, such as "looking up … looking down", or "" if there are no words for them."""
    ends = [t.name_end(name, sign) for sign in (-1, 1)]
    return " … ".join(end for end in ends if end)


def learnt_directions(model: Model) -> dict[str, tuple[str, str]]:
    """Return the directions that the model learnt, as {name: (trait, value)}.

    A direction that does not belong to a trait's value, such as "turn", is its own trait and has the value "".
    """
    return trait_directions(model.traits, model.directions)


def _list_learnt(model: Model) -> list[str]:
    """Return the learnt directions that change what no trait of the model names."""
    return [name for name, (_, value) in learnt_directions(model).items() if not value]


def list_worded(model: Model) -> list[str]:
    """Return the directions of the model that have words for their ends, in the order in which they are offered."""
    known = {*model.knobs, *_list_learnt(model)}
    return [name for name in WORDED if name in known]


def default_amounts(model: Model) -> dict[str, float]:
    """Return the directions on offer for what no trait of the model names, each with its usual amount."""
    usual = known_amounts(model)
    return {name: usual[name] for name in (*list_worded(model), *_list_learnt(model), *FACTOR_NAMES)}


def known_amounts(model: Model) -> dict[str, float]:
    """Return all directions that change what no trait of the model names, each with its usual amount."""
    return {
        **dict.fromkeys(model.knobs, KNOB_AMOUNT),
        **dict.fromkeys(_list_learnt(model), LEARNT_AMOUNT),
        **dict.fromkeys(FACTOR_NAMES, FACTOR_AMOUNT),
    }


def default_amount(directions: str, model: Model | None = None) -> float:
    """Return the usual amount of an edit along one or several directions: that of the one that bears least.

    ``model`` is the one that will draw, if it is known already.
    """
    usual = known_amounts(model) if model else dict.fromkeys(FACTOR_NAMES, FACTOR_AMOUNT)
    return min(usual.get(name, LEARNT_AMOUNT) for name in directions.split(","))


@lru_cache(maxsize=1)
def _end_words() -> dict[str, tuple[str, int]]:
    """Map each word for an end of a direction, in every language and as ``key`` writes it, to the name and the sign."""
    found: dict[str, tuple[str, int]] = {}
    for t in map(Texts, CATALOGUES):
        for name in WORDED:
            for end, sign in (("more", 1), ("less", -1)):
                more = t.lookup(f"also-moved-{name}", end) or ""
                words = [t.name_end(name, sign) or "", *more.split("|")]
                found |= {key(word): (name, sign) for word in words if word}
    return found


def complete_end(typed: str) -> set[tuple[str, int]]:
    """Return the ends of directions for which some words begin as typed, as ``read_end`` does."""
    begun = key(typed)
    return {end for word, end in _end_words().items() if begun and word.startswith(begun)}


def read_end(typed: str) -> tuple[str, int] | None:
    """Return the direction that words such as "look up" mean, in any supported language, and the sign of its amount."""
    return _end_words().get(key(typed))


def find_parts(model: Model) -> tuple[str, ...]:
    """Return the parts of the layers whose random details differ in pictures of ``vary``, as a recipe calls them.

    A model whose noise changes nothing varies in z, which every layer follows.
    """
    return model.noise_parts if model.noise and model.noise_parts else ("coarse", "fine")


def suggest_parts(model: Model, t: Texts) -> Iterator[tuple[str, str]]:
    """Yield (label, value) for the option layers of ``vary``. If two make one picture, the label says so."""
    parts = find_parts(model)
    yield t("part_all"), "all"
    for part in parts:
        label = t(f"part_{part}")
        yield label if len(parts) > 1 else t("part_same", part=label), part


def check_part(recipe: Recipe, model: Model) -> None:
    """Raise NoNoise if a picture of variations would show the same face nine times."""
    if (
        recipe.kind == "vary"
        and model.noise
        and recipe.by == "noise"
        and recipe.part not in ("all", *find_parts(model))
    ):
        raise NoNoise(model=model.name)


def check_layers(recipe: Recipe, model: Model) -> None:
    """Raise NoSuchLayers if a mix or an edit names a layer that the model lacks."""
    layers = recipe.layers if recipe.kind in ("mix", "edit") else None
    if layers is not None and model.layers and layers.stop > model.layers:
        raise NoSuchLayers(high=model.layers - 1, value=str(recipe.layers_text))


def suggest_layers(model: Model, t: Texts) -> Iterator[tuple[str, str]]:
    """Yield (label, range) for ranges of layers, such as "0-3", that a mix may take from its coarse face.

    A range with all of the model's layers is not offered: the mix would be the coarse face.
    """
    for part, (low, high) in (LAYER_PARTS if model.layers > LAYERS_OF_SMALL else SMALL_PARTS).items():
        if high < model.layers - 1:
            yield t(f"layers_{part}", layers=f"{low}-{high}"), f"{low}-{high}"


def match_direction(typed: str, model: Model) -> str:
    """Return the direction as the model spells it. Raises UnknownDirection if the model has no such direction."""
    learnt = learnt_directions(model)
    match = next((name for name in (*FACTOR_NAMES, *model.knobs, *learnt) if fold(name) == fold(typed)), None)
    # A trait may have values that the model does not list. They are passed on as typed, and the worker checks them.
    unlisted = any(not values and typed.startswith(f"{trait}-") for trait, values in model.traits.items())
    if match is None and not unlisted:
        others = [*model.knobs, *learnt]
        known = [f"{FACTOR_NAMES[0]} … {FACTOR_NAMES[-1]}", *others[:3], *(["…"] if others else [])]
        raise UnknownDirection(model=model.name, direction=typed, known=", ".join(known))
    return match or typed
