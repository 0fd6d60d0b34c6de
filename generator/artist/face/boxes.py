"""Where the eyes are in the finished picture: for what measures pictures. Draws nothing."""

import numpy as np
from numpy.typing import NDArray

from generator.artist.face.layout import eye_axes, layout
from generator.artist.figure import Figure
from generator.artist.svg import CANVAS, Points
from generator.artist.traits import Attributes

# What of an eye its box holds, in its half widths from the nose outwards and its half heights downwards: the opening of
# the widest shape, the lash above it and the lash's wing.
ACROSS, DOWN = (-1.0, 1.25), (-1.25, 1.0)


def eye_boxes(attributes: Attributes, size: int) -> NDArray[np.int64]:
    """Return the boxes of both eyes in a picture of ``size`` pixels: [2, 4], the eye on the viewer's left first.

    A box is left, top, right, bottom, in pixels within the picture; right and bottom are the first outside the box.
    Hair or glasses may cover an eye.
    """
    figure = Figure(attributes)
    return np.stack([_box(_corners(figure, side) * (size / CANVAS), size) for side in (-1, 1)])


def _corners(figure: Figure, side: int) -> Points:
    """Return the corners of one eye's rectangle, which leans as the head does: [4, 2] in canvas units."""
    origin, across, down = eye_axes(figure, side)
    place = layout(figure)
    steps = [(x * place.eye_width, y * place.eye_height) for x in ACROSS for y in DOWN]
    return np.array([origin + across * x + down * y for x, y in steps])


def _box(corners: Points, size: int) -> NDArray[np.int64]:
    low, high = np.floor(corners.min(axis=0)), np.ceil(corners.max(axis=0))
    return np.concatenate([low, high]).clip(0, size).astype(np.int64)
