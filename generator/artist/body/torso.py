"""The body: shoulders under a garment, its back behind the neck, and the shadow of the head on both.

Which garment is which is in ``wardrobe``; knows nothing of the face but its outline.
"""

import numpy as np

from generator.artist.body.bust import Bust, Garment
from generator.artist.body.wardrobe import TABLE
from generator.artist.figure import Figure
from generator.artist.svg import CANVAS, clip, group, path, smooth

# The shadow of head and hair, whose edge is soft: its breadth as a multiple of the face's, and how far it falls in head
# units, of each of the layers that make it.
SHADOW_LAYERS = ((1.30, 37.0), (1.25, 33.5), (1.20, 30.0), (1.14, 26.0))
SHADOW_OPACITY = 0.085  # of a layer
SHADOW_SLANT = -26.0  # head units it falls sideways per unit of the light's x


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
    shade = ""
    for breadth, fall in SHADOW_LAYERS:
        shift = np.array([SHADOW_SLANT * b.light_x, fall]) * b.scale
        shade += path(smooth(middle + (face - middle) * [breadth, 1.0] + shift), b.palette.cast, opacity=SHADOW_OPACITY)
    worn = [b.outline()] + [b.shape(*garment.collar, side=side) for side in (-1, 1) if garment.collar]
    name = "body-worn"
    region = f'<clipPath id="{name}">{"".join(path(data) for data in worn)}</clipPath>'
    if garment.bare:
        around = f"M0 0H{CANVAS}V{CANVAS}H0Z{b.shape(*garment.bare)}"
        region += (
            f'<clipPath id="body-shaded" clip-path="url(#{name})"><path d="{around}" clip-rule="evenodd"/></clipPath>'
        )
        name = "body-shaded"
    return region + group(shade, f'clip-path="url(#{name})"')
