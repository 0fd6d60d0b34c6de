"""The brows. Their height, slant and weight tell the mood and the age."""

from math import cos, radians, sin

import numpy as np

from generator.artist.colour import distance
from generator.artist.face.expressions import expression
from generator.artist.face.eyewear import upper_rim
from generator.artist.face.layout import EYE_HALF_WIDTH, layout
from generator.artist.figure import Figure
from generator.artist.svg import Points, brush, group, path

SHAPE = np.array([(-20.0, 2.6), (-8, -2.0), (7, -3.8), (22, 2.2)])  # head units, from the nose outwards
ASIDE = 1.5  # head units from the eye's middle outwards to that of a brow
ABOVE_RIM = 4.0  # head units that a brow keeps above the rim of glasses; a nod takes half of them
EDGE = 1.0  # head units, the width of the edge around brows on hair of their own colour
EDGED = 0.24, 0.38  # sRGB distances of brow and bangs at which it is drawn whole, and no longer
BANGS_LIGHT = 0.6  # of bangs as most are lit, along their ramp
MASCULINE = np.array([(-20.0, 3.0), (-7, -1.2), (9, -3.6), (23, 1.6)])


def draw_brows(figure: Figure) -> str:
    """Draw both brows."""
    return "".join(_brow(figure, side, figure.palette.brow) for side in (figure.far_side, -figure.far_side))


def draw_brow_edges(figure: Figure) -> str:
    """Draw what sets brows off from bangs that have nearly their colour: an edge, lighter or darker than both."""
    palette = figure.palette
    alike, apart = EDGED
    strength = float(np.clip((apart - distance(palette.brow, palette.hair.at(BANGS_LIGHT))) / (apart - alike), 0, 1))
    if not strength:
        return ""
    more = f'stroke-opacity="{strength:.2f}"'
    return "".join(_brow(figure, side, "none", palette.brow_edge, more) for side in (figure.far_side, -figure.far_side))


def _brow(figure: Figure, side: int, fill: str, edge: str = "", more: str = "") -> str:
    a, mood, place = figure.attributes, expression(figure), layout(figure)
    points = (MASCULINE if a.masculine else SHAPE) * [place.eye_width / EYE_HALF_WIDTH, 1.0]
    points[1:3, 1] -= mood.brow_arch
    weight = max(0.9, (2.4 + 0.32 * a.brow_weight) * (1.5 if a.masculine else 1.0))  # half the width, head units
    slant = mood.brow_tilt + 3.0 * a.brow - 1.0
    y = place.brow_y - mood.brow_raise - 1.7 * a.brow_height
    y = min(y, place.eye_y + _lowest(figure, points, slant) - weight)
    frame = figure.rig.frame(side * (place.eye_x + ASIDE), y, mirror=side, degrees=-slant)
    data = brush(points, weight, 24, _profile)
    return group(path(data, fill, stroke=edge, width=2 * EDGE, more=more), f'transform="{frame}"')


def _lowest(figure: Figure, points: Points, slant: float) -> float:
    """Return how low a brow's middle line may lie, y from the eye's middle: on the rim of glasses it would be lost."""
    c, s = cos(radians(slant)), sin(radians(slant))
    x, y = points[:, 0] * c + points[:, 1] * s, points[:, 1] * c - points[:, 0] * s
    return float(np.min(upper_rim(figure, x + ASIDE) - y)) - ABOVE_RIM


def _profile(t: Points) -> Points:
    """Return a brow's width: blunt at the nose, thin at the temple."""
    return np.asarray(np.minimum(1, 2.2 * np.sqrt(t + 0.004)) * (1 - t**1.8) ** 0.9 + 0.03)
