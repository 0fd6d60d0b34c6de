"""The artist's draw_portraits as a training set, drawn by all processors.

Knows nothing of networks. Loads no torch before the drawing is done, so that the drawing processes start fast.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from generator import drawn

if TYPE_CHECKING:
    from generator.train.dataset import Store

CHUNK = 64  # drawings per task: long enough to hide the hand-over, short enough for a smooth progress bar
SAMPLES = 4000  # from which the odds are counted
NATURAL_SHARE = 0.7  # share of the draw_portraits whose traits are as common as the artist likes them; of the rest every value is as likely
HARD_SHARE = 0.5  # share of a training's draw_portraits that show more of what is hard
HARD_VALUES: Mapping[
    str, Mapping[str, float]
] = {  # small, faint or rare, so learnt last; how often it replaces what the artist chose
    "back_hair": {"braids": 0.35},
    "expression": {"cat": 0.3, "pout": 0.3},
    "glasses": {"round": 0.25, "square": 0.35},
    "accessory": {"clip": 0.5},
    "background": {"dots": 0.35, "sparkles": 0.35},
}

Example = tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]  # picture, label, continuous


def make_drawn_store(
    folder: Path,
    count: int,
    side: int,
    seed: int,
    advance: Callable[[int], object] = lambda _: None,
    hard_share: float = 0.0,
) -> "Store":
    """``count`` draw_portraits, each of its own random stream (seed, index), so that every machine draws the same ones."""
    from generator.train.dataset import write_store

    return write_store(folder, draw_examples(count, side, seed, advance, hard_share), count, side, drawn.TRAITS)


def natural_odds() -> dict[str, tuple[float, ...]]:
    """How likely the artist makes each value of each trait, so that a seed's face draws its traits alike."""
    labels = np.stack([drawn.label(drawn.sample(np.random.default_rng(index))) for index in range(SAMPLES)])
    shares = iter(labels.mean(axis=0).round(4).tolist())
    return {trait: tuple(next(shares) for _ in values) for trait, values in drawn.TRAITS.items()}


def draw_examples(
    count: int, side: int, seed: int, advance: Callable[[int], object] = lambda _: None, hard_share: float = 0.0
) -> Iterator[Example]:
    """Portraits 0 to ``count`` - 1 of that seed, in order, drawn by all processors; ``hard_share``: share with more of HARD_VALUES."""
    spans = [range(start, min(start + CHUNK, count)) for start in range(0, count, CHUNK)]
    # Fresh processes, since a fork copies the locks of torch's threads in whatever state they are.
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        for drawn_ones in pool.map(partial(draw_portraits, side=side, seed=seed, hard_share=hard_share), spans):
            yield from drawn_ones
            advance(len(drawn_ones))


def draw_portraits(indices: range, side: int, seed: int, hard_share: float = 0.0) -> list[Example]:
    """The draw_portraits of those indices: picture [side, side, 3], label and continuous vector."""
    found = []
    for index in indices:
        attributes = _draw_attributes(np.random.default_rng((seed, index)), hard_share)
        found.append((drawn.draw(attributes, side), drawn.label(attributes), drawn.continuous(attributes)))
    return found


def _draw_attributes(rng: np.random.Generator, hard_share: float) -> drawn.Attributes:
    chosen = drawn.sample(rng)
    if rng.random() >= NATURAL_SHARE:
        # People ask for any combination; the rare ones have to be learnt too.
        chosen = drawn.from_vectors(
            [int(rng.integers(len(values))) for values in drawn.TRAITS.values()], drawn.continuous(chosen)
        )
    return _make_harder(chosen, rng) if rng.random() < hard_share else chosen


def _make_harder(chosen: drawn.Attributes, rng: np.random.Generator) -> drawn.Attributes:
    harder: dict[str, Any] = {
        trait: str(rng.choice([*odds, getattr(chosen, trait)], p=[*odds.values(), 1 - sum(odds.values())]))
        for trait, odds in HARD_VALUES.items()
    }
    return replace(chosen, **harder)
