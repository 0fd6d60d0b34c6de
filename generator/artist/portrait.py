"""Puts the parts of a portrait in order, back to front, and turns the drawing into pixels.

Knows nothing of how a part is drawn. Changing what any part looks like changes the training data: networks trained
before keep their look, so a changed look deserves a new model name.
"""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from generator.artist.body.torso import draw_body, draw_body_behind
from generator.artist.face.brows import draw_brows
from generator.artist.face.ears import ANIMAL_EARS, Bared, bared, draw_ear, draw_earring, ear_breadth, over_hair
from generator.artist.face.eyes import draw_eyes, draw_lash_lines
from generator.artist.face.eyewear import draw_eyewear, draw_eyewear_behind
from generator.artist.face.marks import draw_marks
from generator.artist.face.mouth import draw_mouth
from generator.artist.face.skin import draw_neck, draw_nose, draw_skin
from generator.artist.figure import Figure
from generator.artist.hair.cover import cover
from generator.artist.hair.drawing import Hair
from generator.artist.hair.over_ears import draw_over_ear
from generator.artist.headgear.drawing import draw_headgear, draw_headgear_behind
from generator.artist.raster import rasterise
from generator.artist.scene.backgrounds import draw_background, draw_foreground
from generator.artist.scene.finish import finish
from generator.artist.svg import document
from generator.artist.traits import Attributes

EARLESS = (*ANIMAL_EARS, "headphones")  # what is worn instead of ears, or over them
SHOWN_THROUGH = 0.75  # how strongly brows and lashes are drawn again over the hair before them, as in cel animation


def svg(attributes: Attributes) -> str:
    """Return the figure without its background as an SVG document of 512 by 512 units."""
    return _svg(Figure(attributes))


def draw(attributes: Attributes, size: int) -> NDArray[np.uint8]:
    """Return the portrait's pixels: [size, size, 3] uint8, sRGB. The same attributes and size give the same bytes."""
    figure = Figure(attributes)
    drawn = np.asarray(rasterise(_svg(figure), size))
    return finish(figure, drawn, draw_background(figure, size))


def _svg(f: Figure) -> str:
    hair, far = Hair(f), f.far_side
    eyewear = draw_eyewear(f)
    shown = {side: bared(f, side, partial(cover, hair.strands)) for side in (far, -far)}
    elf = over_hair(f)
    ears = {side: "" if elf else draw_ear(f, side, shown[side].ear) for side in shown}
    rings = "" if elf else "".join(draw_earring(f, side, shown[side].lobe) for side in shown)
    through = draw_lash_lines(f, SHOWN_THROUGH) + draw_brows(f, SHOWN_THROUGH)
    return document(
        draw_headgear_behind(f)
        + hair.draw_behind()
        + draw_body_behind(f)
        + hair.draw_scalp()
        + draw_neck(f)
        + draw_body(f)
        + hair.draw_body_shadow()
        + ears[far]
        + draw_skin(f)
        + ears[-far]
        + draw_nose(f)
        + draw_mouth(f)
        + draw_marks(f)
        + hair.draw_face_shadow()
        + draw_eyewear_behind(f)
        + hair.without_hidden_eye(draw_eyes(f), "eyes")
        + draw_brows(f)
        + rings
        + hair.draw_front()
        + (_elf_ears(f, shown) if elf else "")
        + hair.without_hidden_eye(hair.before_side_locks(through), "through")
        + eyewear
        + draw_headgear(f)
        + draw_foreground(f)
    )


def _elf_ears(f: Figure, shown: dict[int, Bared]) -> str:
    """Draw the ears that lie over the hair with their rings, and locks over their roots where hair hangs."""
    drawn = ""
    for side, part in shown.items():
        if part.ear and f.attributes.accessory not in EARLESS:
            drawn += draw_ear(f, side) + draw_over_ear(f, side, ear_breadth(f), part.root) + draw_earring(f, side)
    return drawn
