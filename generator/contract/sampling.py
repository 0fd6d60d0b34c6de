"""Tells which traits a seed has: the values that a network samples for it. The worker samples the same with numpy.

Knows no networks and computes no z. Standard library only, so that the bot can name the traits of a face at once.

A RandomState of numpy with this seed samples z, and then a value of each trait (generator/rendering/latents.py).
Python's own generator is the same Mersenne Twister; only how a seed becomes its state, and a normal number, differ.

[1] Matsumoto & Nishimura 1998, "Mersenne Twister", with its initialisation of 2002 (init_genrand).
[2] Marsaglia & Bray 1964, "A Convenient Method for Generating Normal Variables", the polar method.
"""

import random
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import accumulate

WORDS = 624  # of the twister's state  [1]


@dataclass(frozen=True)
class Sampling:
    """How a network samples the traits of a seed. Without ``values`` nobody can tell them."""

    z_dim: int = 0  # how many normal numbers are sampled first
    # All values of each trait, in the order of the network's label, also those that are not offered.
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    odds: Mapping[str, tuple[float, ...]] = field(default_factory=dict)  # of these values; a trait without is uniform


def sample_traits(seed: int, sampling: Sampling) -> dict[str, str]:
    """Return the value of each trait that ``seed``, 0 to 2**32-1, has by itself. {} if that cannot be told."""
    if not sampling.values:
        return {}
    twister = _seeded(seed)
    _skip_normals(twister, sampling.z_dim)
    return {
        trait: values[_draw(twister, len(values), sampling.odds.get(trait))]
        for trait, values in sampling.values.items()
    }


def _seeded(seed: int) -> random.Random:
    """Return a twister in the state that ``seed`` gives it [1]; Python's own way to seed would be another."""
    word = seed
    words = [seed, *(word := (1812433253 * (word ^ word >> 30) + index) & 0xFFFFFFFF for index in range(1, WORDS))]
    twister = random.Random()
    twister.setstate((3, (*words, WORDS), None))
    return twister


def _skip_normals(twister: random.Random, count: int) -> None:
    """Use up the random numbers that ``count`` normal ones are made of: each pair is a point within the circle [2]."""
    for _ in range((count + 1) // 2):
        square = 0.0
        while square == 0.0 or square >= 1.0:
            x, y = 2.0 * twister.random() - 1.0, 2.0 * twister.random() - 1.0
            square = x * x + y * y


def _draw(twister: random.Random, count: int, odds: tuple[float, ...] | None) -> int:
    """Return the index of a value, by its odds, or uniformly: the first number below ``count`` among those masked."""
    if odds is not None:
        steps = list(accumulate(odds))
        return bisect_right(steps, twister.random() * steps[-1])
    mask = (1 << (count - 1).bit_length()) - 1
    if not mask:
        return 0  # numpy takes no random number for the only value
    while (index := twister.getrandbits(32) & mask) >= count:
        pass
    return index
