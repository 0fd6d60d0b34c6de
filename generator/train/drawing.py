"""Draws the built-in artist's portraits as a training set, on all processors.

Knows nothing about networks. The drawing processes do not import torch, so they start fast.
"""

import multiprocessing
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from generator import drawn

if TYPE_CHECKING:
    from generator.train.dataset import Advance, Example, Store

CHUNK = 64  # drawings per task: enough to keep the overhead small, but few enough for a smooth progress bar
SAMPLES = 4000  # number of portraits from which the artist's odds are estimated
NATURAL_SHARE = 0.7  # share of portraits drawn with the artist's own odds; in the others all values are equally likely
HARD_SHARE = 0.5  # share of training portraits that are drawn with the raised odds of HARD_VALUES
# Values that are small, faint or rare, and therefore learnt last: trait -> value -> the probability that this value
# replaces the value that the artist chose.
HARD_VALUES: Mapping[str, Mapping[str, float]] = {
    "back_hair": {"braids": 0.35},
    "expression": {"cat": 0.3, "pout": 0.3},
    "glasses": {"round": 0.25, "square": 0.35},
    "accessory": {"clip": 0.5},
    "background": {"dots": 0.35, "sparkles": 0.35},
}


def make_drawn_store(
    folder: Path,
    count: int,
    side: int,
    seed: int,
    advance: "Advance" = lambda _: None,
    hard_share: float = 0.0,
) -> "Store":
    """Draw ``count`` portraits of ``side`` pixels, write them to array files in ``folder``, and return an open Store.

    Each portrait has its own random stream, from (seed, index), so it is the same on every machine. A share
    ``hard_share`` of the portraits is drawn with the raised odds of HARD_VALUES.
    """
    from generator.train.dataset import write_store

    return write_store(folder, draw_examples(count, side, seed, advance, hard_share), count, side, drawn.TRAITS)


def natural_odds() -> dict[str, tuple[float, ...]]:
    """Return the share of the artist's portraits that show each value of each trait.

    The trained network uses these shares as odds when it picks the traits of a seed.
    """
    labels = np.stack([drawn.label(drawn.sample(np.random.default_rng(index))) for index in range(SAMPLES)])
    shares = iter(labels.mean(axis=0).round(4).tolist())
    return {trait: tuple(next(shares) for _ in values) for trait, values in drawn.TRAITS.items()}


def draw_examples(
    count: int, side: int, seed: int, advance: "Advance" = lambda _: None, hard_share: float = 0.0
) -> Iterator["Example"]:
    """Yield portraits 0 to ``count`` - 1 of ``seed`` in order, drawn on all processors.

    A share ``hard_share`` of the portraits is drawn with the raised odds of HARD_VALUES.
    """
    spans = [range(start, min(start + CHUNK, count)) for start in range(0, count, CHUNK)]
    # Spawn, do not fork: a forked process could inherit a lock held by a torch thread and wait for it forever.
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        for examples in pool.map(partial(draw_portraits, side=side, seed=seed, hard_share=hard_share), spans):
            yield from examples
            advance(len(examples))


def draw_portraits(indices: range, side: int, seed: int, hard_share: float = 0.0) -> list["Example"]:
    """Draw the portraits with these indices. Return the picture [side, side, 3], label and knobs of each portrait."""
    examples = []
    for index in indices:
        attributes = _draw_attributes(np.random.default_rng((seed, index)), hard_share)
        examples.append((drawn.draw(attributes, side), drawn.label(attributes), drawn.continuous(attributes)))
    return examples


def _draw_attributes(rng: np.random.Generator, hard_share: float) -> drawn.Attributes:
    attributes = drawn.sample(rng)
    if rng.random() >= NATURAL_SHARE:
        # Users ask for any combination of traits, so rare combinations must be learnt too.
        values = [int(rng.integers(len(values))) for values in drawn.TRAITS.values()]
        attributes = drawn.from_vectors(values, drawn.continuous(attributes))
    return _make_harder(attributes, rng) if rng.random() < hard_share else attributes


def _make_harder(attributes: drawn.Attributes, rng: np.random.Generator) -> drawn.Attributes:
    harder: dict[str, Any] = {
        trait: str(rng.choice([*odds, getattr(attributes, trait)], p=[*odds.values(), 1 - sum(odds.values())]))
        for trait, odds in HARD_VALUES.items()
    }
    return replace(attributes, **harder)
