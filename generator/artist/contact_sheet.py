"""Many portraits, side by side or one after another, some of whose traits and knobs are given.

Knows nothing of how a portrait is drawn.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.artist.ink import SCALE, print_in_ink
from generator.artist.portrait import draw
from generator.artist.traits import CONTINUOUS, TRAITS, field_name, sample


def draw_sheet(
    size: int, columns: int, rows: int, seed: int, given: Mapping[str, str | float] | None = None, ink: bool = False
) -> NDArray[np.uint8]:
    """Return portraits side by side: [rows * size, columns * size, 3] uint8, sRGB; ``draw_many`` explains the rest.

    Raises:
        ValueError: ``given`` has a name that is neither a trait's nor a knob's, or a value that it cannot have.
    """
    portraits = draw_many(size, columns * rows, seed, given, ink)
    lines = [np.concatenate([next(portraits) for _ in range(columns)], axis=1) for _ in range(rows)]
    return np.concatenate(lines, axis=0)


def draw_many(
    size: int, count: int, seed: int, given: Mapping[str, str | float] | None = None, ink: bool = False
) -> Iterator[NDArray[np.uint8]]:
    """Yield ``count`` portraits: [size, size, 3] uint8, sRGB; printed in four inks if ``ink`` is set.

    ``seed`` decides them, but for the traits and knobs ``given`` by name, which all of them share.

    Raises:
        ValueError: ``given`` has a name that is neither a trait's nor a knob's, or a value that it cannot have.
    """
    fixed: dict[str, Any] = {}
    for name, value in (given or {}).items():
        if name not in TRAITS and name not in CONTINUOUS:
            raise ValueError(f"{name!r} is neither a trait nor a knob")
        fixed[field_name(name)] = value
    rng = np.random.default_rng(seed)
    for _ in range(count):
        attributes = replace(sample(rng), **fixed)
        yield print_in_ink(draw(attributes, SCALE * size)) if ink else draw(attributes, size)
