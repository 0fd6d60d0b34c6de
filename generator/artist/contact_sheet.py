"""A contact sheet: many portraits side by side, some of whose traits and knobs are given.

Knows nothing of how a portrait is drawn.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.artist.portrait import draw
from generator.artist.traits import CONTINUOUS, TRAITS, field_name, sample


def draw_sheet(
    size: int, columns: int, rows: int, seed: int, given: Mapping[str, str | float] | None = None
) -> NDArray[np.uint8]:
    """Return portraits side by side: [rows * size, columns * size, 3] uint8, sRGB.

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
    lines = [
        np.concatenate([draw(replace(sample(rng), **fixed), size) for _ in range(columns)], axis=1) for _ in range(rows)
    ]
    return np.concatenate(lines, axis=0)
