"""Locks over the roots of ears that lie on the hair: without them such an ear is stuck on. Knows nothing of styles."""

import numpy as np

from generator.artist.figure import Figure
from generator.artist.hair.shading import faded
from generator.artist.headgear.overlap import hair_light, locks_over

# Locks that hang over the root of the viewer's right ear, as points in head units, and half a lock's width each.
COURSES = np.array(
    [
        [(82.0, -16, 14), (93, 6, 12), (95, 34, 10), (86, 66, 8)],
        [(86.0, -14, 8), (99, 8, 4), (100, 32, 2), (94, 52, 2)],
        [(78.0, -14, 20), (87, 8, 18), (88, 40, 16), (80, 78, 12)],
    ]
)
HALF_WIDTHS = np.array([8.5, 6.0, 7.0])
FULL = 0.6  # the share of the root before which hair hangs anyway, from which locks hang over it fully


def draw_over_ear(figure: Figure, side: int, breadth: float, hidden: float) -> str:
    """Draw locks over the root of the ear on ``side``, ``breadth`` times as far out as usual.

    ``hidden`` is how far the hair would hide the root: where none hangs before it, none is drawn.
    """
    lines = figure.rig.project(COURSES * [side * breadth, 1, 1])
    light = 0.24 + 0.5 * hair_light(figure, figure.rig.scalp(side * 75.0, 85.0))  # nearer to what lies before the ear
    drawn = locks_over(figure, f"hairear{side + 1}", lines, HALF_WIDTHS * figure.scale * 0.75, light)
    return faded(drawn, float(np.clip(hidden / FULL, 0, 1)))
