"""Puts the parts of a portrait in order, back to front, and turns the drawing into pixels.

Knows nothing of how a part is drawn. Changing what any part looks like changes the training data: networks trained
before keep their look, so a changed look deserves a new model name.
"""

import io

import numpy as np
import resvg_py
from numpy.typing import NDArray
from PIL import Image

from generator.drawn import backhair, bangs, extras, eyes, face
from generator.drawn.attributes import Attributes
from generator.drawn.geometry import FRAME, VIEW, Figure


def svg(attributes: Attributes) -> str:
    """Return the portrait as an SVG document of 256 by 256 units."""
    f = Figure(attributes)
    behind = backhair.draw_back(f)
    head = (
        face.draw_ears(f)
        + face.draw_face(f, bangs.shadow(f))
        + face.draw_nose(f)
        + face.draw_mouth(f)
        + eyes.draw_eyes(f)
        + eyes.draw_brows(f)
        + eyes.draw_glasses(f)
        + bangs.draw_sides(f)
        + bangs.draw_ahoge(f)
        + bangs.draw_cap(f)
        + f'<g opacity=".32">{eyes.draw_brows(f)}</g>'
        + extras.draw_accessory(f)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{VIEW}" width="{FRAME}" height="{FRAME}">'
        f"{bangs.defs(f)}{backhair.defs(f)}{extras.draw_backdrop(f)}<g {f.tilt}>{behind}</g>"
        f"{face.draw_neck(f)}{extras.draw_clothes(f)}<g {f.tilt}>{backhair.draw_front(f)}{head}</g></svg>"
    )


def draw(attributes: Attributes, size: int) -> NDArray[np.uint8]:
    """Return the portrait's pixels: [size, size, 3] uint8, sRGB. The same attributes and size give the same bytes."""
    png = resvg_py.svg_to_bytes(svg_string=svg(attributes), width=size, height=size, skip_system_fonts=True)
    with Image.open(io.BytesIO(bytes(png))) as image:
        return np.asarray(image.convert("RGB"))
