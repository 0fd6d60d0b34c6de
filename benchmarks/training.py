"""Measures how many pictures a second a training step learns from, beside the textbook's step on the same networks.

Judges no pictures: what the networks learn from is noise.
"""

from collections.abc import Callable, Sequence
from functools import partial
from math import lcm

import numpy as np
import torch

from benchmarks.measure import Row, time_in_turns
from benchmarks.textbook_training import TextbookStep
from generator.train.data.store import Store
from generator.train.loop import TrainingRun
from generator.train.settings import Settings

BATCHES = {64: 16, 128: 16, 256: 8}  # side in pixels -> pictures in a batch
PICTURES = 64


def table(sides: Sequence[int], repeats: int) -> list[Row]:
    """Return a row for each side: pictures a second by the textbook and by the project, and their ratio.

    Steps with R1 or the path length penalty take longer; the figures are those of a whole round of steps.
    """
    rows: list[Row] = []
    for side in sides:
        settings = Settings(side, 1, batch=BATCHES.get(side, 4), half=True)
        store = noise(side)
        ours, theirs = (TrainingRun(settings, store, torch.device("cpu")) for _ in range(2))
        textbook = TextbookStep(theirs)
        kinds = kinds_of_step(settings)
        candidates: dict[str, Callable[[], object]] = {}
        for number in kinds:
            candidates[f"ours {number}"] = partial(take_step, ours, number)
            candidates[f"textbook {number}"] = partial(textbook.step, number)
        times = time_in_turns(candidates, repeats)
        pictures = settings.batch * sum(kinds.values())
        row: dict[str, str | float] = {"side": side}
        speed = {}
        for who in ("textbook", "ours"):
            each = [[value * often for value in times[f"{who} {number}"]] for number, often in kinds.items()]
            speed[who], most, least = (pictures / sum(seconds) for seconds in zip(*each, strict=True))
            row |= {f"{who}, img/s": speed[who], f"{who}, lowest to highest": f"{least:.3g} to {most:.3g}"}
        rows.append(row | {"times": speed["ours"] / speed["textbook"]})
    return rows


def noise(side: int) -> Store:
    """Return a set of noise pictures of that side."""
    pictures = np.random.default_rng(0).integers(0, 256, (PICTURES, side, side, 3), np.uint8)
    nothing = np.zeros((PICTURES, 0), np.float32)
    return Store(pictures, nothing, nothing, {})


def kinds_of_step(settings: Settings) -> dict[int, int]:
    """Return a number of a step of each kind, and how often this kind occurs in a round."""
    period = lcm(settings.r1_every, settings.path_every)
    kinds: dict[tuple[bool, bool], list[int]] = {}
    for number in range(1, period + 1):
        kinds.setdefault((number % settings.r1_every == 0, number % settings.path_every == 0), []).append(number)
    return {numbers[0]: len(numbers) for numbers in kinds.values()}


def take_step(run: TrainingRun, number: int) -> None:
    """Let a run take step ``number``."""
    run.batches = number
    run.advance()
