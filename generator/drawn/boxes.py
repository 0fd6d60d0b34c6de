"""Where the eyes are in the finished picture: for what measures pictures. Draws nothing."""

from math import cos, radians, sin

import numpy as np
from numpy.typing import NDArray

from generator.drawn.attributes import Attributes
from generator.drawn.eyes import Eye, eyes
from generator.drawn.geometry import CENTRE, PIVOT, TILT_DEGREES, VIEW, Figure

# What of an eye its box holds, in its own units (see ``eyes``): the opening of the widest shape, the lash above it and
# the lash's wing.
ACROSS, DOWN = (-1.0, 1.25), (-1.25, 1.05)


def eye_boxes(attributes: Attributes, size: int) -> NDArray[np.int64]:
    """Return the boxes of both eyes in a picture of ``size`` pixels: [2, 4], the eye on the viewer's left first.

    A box is left, top, right, bottom, in pixels within the picture; right and bottom are the first outside the box.
    Hair or glasses may cover an eye.
    """
    left, top, side, _ = map(float, VIEW.split())
    boxes = []
    for eye in eyes(Figure(attributes)):
        corners = (_corners(eye) - [left, top]) * (size / side)
        low, high = np.floor(corners.min(axis=0)), np.ceil(corners.max(axis=0))
        boxes.append(np.concatenate([low, high]).clip(0, size).astype(np.int64))
    return np.stack(boxes)


def _corners(eye: Eye) -> NDArray[np.float64]:
    """Return the corners of one eye's rectangle, which leans as the head does: [4, 2] in frame units."""
    f, corners = eye.f, np.array([eye.at(a, b) for a in ACROSS for b in DOWN])
    angle, pivot = radians(TILT_DEGREES * f.a.tilt), np.array([CENTRE, PIVOT + f.drop])
    turned = np.array([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]])
    return np.asarray((corners - pivot) @ turned.T + pivot)
