"""Decides which values of a network's traits people are offered: those that its faces show when they are asked for.

Knows nothing about pictures; evaluation.py supplies how often each value is shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from generator.evaluate.scores import Accuracy
from generator.stylegan.generator import Odds, Traits

MIN_SHOWN = 0.85  # the least share of faces that show an offered value as asked
MIN_LEFT = 1 / 3  # the least share of a trait's odds that is left when withheld values are taken out


@dataclass(frozen=True)
class Offer:
    """What is offered of a network's traits, and why the rest is not. All three have the order of the label."""

    offered: Traits
    withheld: Traits  # values that the network does not show as asked, or that look wrong
    doubtful: Traits  # offered values that the reader finds neither in faces nor in the artist's own portraits


def choose(traits: Traits, asked: Accuracy, portraits: Accuracy, refused: Traits) -> Offer:
    """Decide from how often each value is read in the faces that were asked for it, and in portraits that have it.

    ``refused`` are values that looked wrong to a person, whatever the reader finds. Where the reader does not find a
    value in the artist's portraits either, it says nothing about the network. A trait of which fewer than two values
    are shown is not offered at all: there is nothing to choose.
    """
    missed = {
        trait: [value for value in values if asked.get(trait, {}).get(value, 1.0) < MIN_SHOWN]
        for trait, values in traits.items()
    }
    legible = {
        trait: {value for value in values if portraits.get(trait, {}).get(value, 0.0) >= MIN_SHOWN}
        for trait, values in traits.items()
    }
    withheld = {
        trait: tuple(v for v in values if v in refused.get(trait, ()) or (v in missed[trait] and v in legible[trait]))
        for trait, values in traits.items()
    }
    doubtful = {trait: tuple(v for v in values if v not in withheld[trait]) for trait, values in missed.items()}
    shown = {trait: tuple(v for v in values if v not in withheld[trait]) for trait, values in traits.items()}
    return Offer({trait: v for trait, v in shown.items() if len(v) > 1}, _filled(withheld), _filled(doubtful))


def _filled(traits: Traits) -> Traits:
    return {trait: values for trait, values in traits.items() if values}


def mask_odds(odds: Odds, traits: Traits, withheld: Traits) -> dict[str, tuple[float, ...]]:
    """Return ``odds`` without the withheld values, so that no seed has them by chance.

    A trait without odds has equal ones. If less than MIN_LEFT of a trait's odds would be left, they stay as they are: a
    network that misses what most faces have should not give all of them what few have.
    """
    masked = dict(odds)
    for trait, hidden in withheld.items():
        values = traits[trait]
        shares = odds.get(trait) or tuple(1 / len(values) for _ in values)
        left = [0.0 if value in hidden else share for value, share in zip(values, shares, strict=True)]
        if sum(left) >= MIN_LEFT * sum(shares):
            masked[trait] = tuple(round(share / sum(left), 4) for share in left)
    return masked


def describe(traits: Mapping[str, tuple[str, ...]]) -> str:
    """Return values as text, such as "mark: mole, heart; dye: tips"."""
    return "; ".join(f"{trait}: {', '.join(values)}" for trait, values in traits.items())
