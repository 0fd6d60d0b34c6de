"""The body: shoulders under a garment, its back behind the neck, and the shadow of the head on both.

Which garment is which is in ``wardrobe``; knows nothing of the face but its outline.
"""

import numpy as np

from generator.artist.body.bust import Bust, neck_point
from generator.artist.body.wardrobe import BEHIND, TABLE
from generator.artist.figure import Figure
from generator.artist.svg import clip, group, path, smooth

__all__ = ["draw_body", "draw_body_behind", "neck_point"]

SHADOW_BREADTH = 1.22  # the shadow of head and hair as a multiple of the face's width
SHADOW_FALL = (-26.0, 33.0)  # head units it falls sideways per unit of the light's x, and down


def draw_body_behind(figure: Figure) -> str:
    """Draw what of a garment lies behind the neck: a hood, the inside of a collar."""
    b = Bust(figure)
    draw = BEHIND.get(figure.attributes.clothes)
    return draw(b) if draw else ""


def draw_body(figure: Figure) -> str:
    """Draw shoulders and clothes. Defines the clip path #body."""
    b = Bust(figure)
    garment = TABLE[figure.attributes.clothes](b)
    return b.gradients() + clip("body", b.outline()) + garment + _head_shadow(b)


def _head_shadow(b: Bust) -> str:
    rig = b.figure.rig
    jaw = rig.outline().closed[3:-3]
    middle = jaw.mean(axis=0)
    across, down = SHADOW_FALL[0] * b.light_x, SHADOW_FALL[1]
    fallen = middle + (jaw - middle) * [SHADOW_BREADTH, 1.0] + np.array([across, down]) * b.scale
    return group(path(smooth(fallen), b.cast_colour, opacity=0.26), 'clip-path="url(#body)"')
