"""Stub."""

import numpy as np
from numpy.typing import NDArray

from generator.artist.figure import Figure


def finish(figure: Figure, drawn: NDArray[np.uint8], background: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Light the figure [size, size, 4] and lay it over the background [size, size, 3]: [size, size, 3]."""
    share = drawn[..., 3:].astype(np.float32) / 255
    mixed = background * (1 - share) + drawn[..., :3] / np.float32(255) * share
    return np.asarray((mixed.clip(0, 1) * 255 + 0.5).astype(np.uint8))
