"""Stub."""

import numpy as np
from numpy.typing import NDArray

from generator.artist.colour import rgb
from generator.artist.figure import Figure


def draw_background(figure: Figure, size: int) -> NDArray[np.float32]:
    """Return the background [size, size, 3] in [0, 1]."""
    return np.full((size, size, 3), rgb(figure.palette.background), dtype=np.float32)


def draw_foreground(figure: Figure) -> str:
    """Return what floats before the figure (petals, snow) as SVG, or nothing."""
    return ""
