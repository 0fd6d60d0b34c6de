"""The body: shoulders under a garment, its back behind the neck, and the shadow of the head on both.

Which garment is which is in ``wardrobe``; knows nothing of the face but its outline.
"""

import numpy as np

from generator.artist.body.bust import Bust, Garment, neck_point
from generator.artist.body.wardrobe import TABLE
from generator.artist.figure import Figure
from generator.artist.svg import CANVAS, clip, group, path, smooth

__all__ = ["draw_body", "draw_body_behind", "neck_point"]

SHADOW_BREADTH = 1.22  # the shadow of head and hair as a multiple of the face's width
SHADOW_FALL = (-26.0, 33.0)  # head units it falls sideways per unit of the light's x, and down


def draw_body_behind(figure: Figure) -> str:
    """Draw what of a garment lies behind the neck: a hood, the inside of a collar."""
    behind = TABLE[figure.attributes.clothes].behind
    return behind(Bust(figure)) if behind else ""


def draw_body(figure: Figure) -> str:
    """Draw shoulders and clothes. Defines the clip path #body."""
    b, garment = Bust(figure), TABLE[figure.attributes.clothes]
    return b.gradients() + clip("body", b.outline()) + garment.front(b) + _head_shadow(b, garment)


def _head_shadow(b: Bust, garment: Garment) -> str:
    """Draw the shadow of head and hair on cloth; bare skin has a shadow of its own colour."""
    face = b.figure.rig.outline().closed
    middle = face.mean(axis=0)
    across, down = SHADOW_FALL[0] * b.light_x, SHADOW_FALL[1]
    fallen = middle + (face - middle) * [SHADOW_BREADTH, 1.0] + np.array([across, down]) * b.scale
    worn = [b.outline()] + [b.shape(*garment.collar, side=side) for side in (-1, 1) if garment.collar]
    name = "body-worn"
    region = f'<clipPath id="{name}">{"".join(path(data) for data in worn)}</clipPath>'
    if garment.bare:
        around = f"M0 0H{CANVAS}V{CANVAS}H0Z{b.shape(*garment.bare)}"
        region += (
            f'<clipPath id="body-shaded" clip-path="url(#{name})"><path d="{around}" clip-rule="evenodd"/></clipPath>'
        )
        name = "body-shaded"
    return region + group(path(smooth(fallen), b.cast_colour, opacity=0.26), f'clip-path="url(#{name})"')
