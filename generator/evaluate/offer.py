"""Decides which values of a network's traits people are offered: those that its faces show when they are asked for.

Knows nothing about pictures; evaluation.py supplies how often each value is shown.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from generator.evaluate.scores import Accuracy
from generator.stylegan.generator import Odds, Traits

# The least share of faces that show an offered value as asked, where the reader finds it in all of the artist's own
# pictures. It is less in proportion where the reader finds it in fewer.
MIN_SHOWN = 0.85
MIN_LEFT = 1 / 3  # the least share of a trait's odds that is left when withheld values are taken out


@dataclass(frozen=True)
class Offer:
    """What is offered of a network's traits, and why the rest is not. All three have the order of the label."""

    offered: Traits
    withheld: Traits  # values that the network does not show as asked, or that look wrong
    doubtful: Traits  # offered values that the reader finds as seldom in the artist's own portraits
    kept: Traits  # offered values that look right, though the reader finds them less often


@dataclass(frozen=True)
class Seen:
    """What a person saw in a network's faces. It counts more than what the reader finds."""

    wrong: Traits  # values that look wrong
    right: Traits  # values that are there


def choose(traits: Traits, asked: Accuracy, portraits: Accuracy, seen: Seen) -> Offer:
    """Decide from how often each value is read in the faces that were asked for it, and in portraits that have it.

    Where the reader does not find a value in the artist's portraits either, it says nothing about the network. A trait
    of which fewer than two values are shown is not offered at all: there is nothing to choose.
    """

    def read(trait: str, value: str) -> float:
        return asked.get(trait, {}).get(value, 1.0)

    def is_missed(trait: str, value: str) -> bool:
        return read(trait, value) < MIN_SHOWN * portraits.get(trait, {}).get(value, 0.0)

    def is_withheld(trait: str, value: str) -> bool:
        looks_right = value in seen.right.get(trait, ())
        return value in seen.wrong.get(trait, ()) or (is_missed(trait, value) and not looks_right)

    withheld = _select(traits, is_withheld)
    shown = _select(traits, lambda trait, value: not is_withheld(trait, value))
    offered = {trait: values for trait, values in shown.items() if len(values) > 1}
    return Offer(
        offered=offered,
        withheld=withheld,
        doubtful=_select(offered, lambda trait, value: read(trait, value) < MIN_SHOWN and not is_missed(trait, value)),
        kept=_select(offered, is_missed),
    )


def _select(traits: Traits, belongs: Callable[[str, str], bool]) -> Traits:
    chosen = {trait: tuple(value for value in values if belongs(trait, value)) for trait, values in traits.items()}
    return {trait: values for trait, values in chosen.items() if values}


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
