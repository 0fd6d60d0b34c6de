"""The brows. Their height, slant and weight tell the mood and the age."""

import numpy as np

from generator.artist.face.expressions import expression
from generator.artist.face.layout import EYE_HALF_WIDTH, layout
from generator.artist.figure import Figure
from generator.artist.svg import Points, brush, group, path

SHAPE = np.array([(-20.0, 2.6), (-8, -2.0), (7, -3.8), (22, 2.2)])  # head units, from the nose outwards
MASCULINE = np.array([(-20.0, 3.0), (-7, -1.2), (9, -3.6), (23, 1.6)])


def draw_brows(figure: Figure, opacity: float = 1.0) -> str:
    """Draw both brows; with an ``opacity`` below 1 as they shine through the hair before them."""
    return _brow(figure, figure.far_side, opacity) + _brow(figure, -figure.far_side, opacity)


def _brow(figure: Figure, side: int, opacity: float) -> str:
    a, mood, place = figure.attributes, expression(figure), layout(figure)
    points = (MASCULINE if a.masculine else SHAPE) * [place.eye_width / EYE_HALF_WIDTH, 1.0]
    points[1:3, 1] -= mood.brow_arch
    weight = max(0.9, (2.4 + 0.32 * a.brow_weight) * (1.5 if a.masculine else 1.0))  # half the width, head units
    slant = mood.brow_tilt + 3.0 * a.brow - 1.0
    y = place.brow_y - mood.brow_raise - 1.7 * a.brow_height
    frame = figure.rig.frame(side * (place.eye_x + 1.5), y, mirror=side, degrees=-slant)
    return group(
        path(brush(points, weight, 24, _profile), figure.palette.brow, opacity=opacity), f'transform="{frame}"'
    )


def _profile(t: Points) -> Points:
    """Return a brow's width: blunt at the nose, thin at the temple."""
    return np.asarray(np.minimum(1, 2.2 * np.sqrt(t + 0.004)) * (1 - t**1.8) ** 0.9 + 0.03)
