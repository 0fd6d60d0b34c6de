"""Puts the parts of a portrait in order, back to front, and turns the drawing into pixels.

Knows nothing of how a part is drawn. Changing what any part looks like changes the training data: networks trained
before keep their look, so a changed look deserves a new model name.
"""

import numpy as np
from numpy.typing import NDArray

from generator.artist.body.torso import draw_body, draw_body_behind
from generator.artist.face.brows import draw_brow_edges, draw_brows
from generator.artist.face.ears import draw_ears
from generator.artist.face.eyes import draw_eyes, draw_lash_lines
from generator.artist.face.eyewear import draw_bridge, draw_eyewear_behind, draw_lenses
from generator.artist.face.marks import draw_marks
from generator.artist.face.mouth import draw_mouth
from generator.artist.face.skin import draw_neck, draw_nose, draw_skin
from generator.artist.figure import Figure
from generator.artist.hair.drawing import Hair
from generator.artist.headgear.drawing import draw_headgear, draw_headgear_behind
from generator.artist.raster import rasterise
from generator.artist.scene.backgrounds import add_floating, draw_background
from generator.artist.scene.finish import finish
from generator.artist.svg import document
from generator.artist.traits import Attributes

SHOWN_THROUGH = 0.75  # how strongly lashes are drawn again over the hair before them, as in cel animation


def svg(attributes: Attributes) -> str:
    """Return the figure without its background as an SVG document of 512 by 512 units."""
    return _svg(Figure(attributes))


def draw(attributes: Attributes, size: int) -> NDArray[np.uint8]:
    """Return the portrait's pixels: [size, size, 3] uint8, sRGB. The same attributes and size give the same bytes."""
    figure = Figure(attributes)
    drawn = np.asarray(rasterise(_svg(figure), size))
    ground = add_floating(figure, draw_background(figure, size), drawn[..., 3] * np.float32(1 / 255))
    return finish(figure, drawn, ground)


def _svg(f: Figure) -> str:
    hair = Hair(f)
    bridge, hidden = draw_bridge(f), hair.hidden_side
    through = draw_lash_lines(f, SHOWN_THROUGH) + hair.on_bangs(draw_brow_edges(f)) + draw_brows(f)
    return document(
        draw_headgear_behind(f)
        + hair.draw_behind()
        + draw_body_behind(f)
        + hair.draw_scalp()
        + draw_neck(f)
        + draw_body(f)
        + hair.draw_body_shadow()
        + draw_skin(f)
        + draw_nose(f)
        + draw_mouth(f)
        + draw_marks(f)
        + hair.draw_face_shadow()
        + draw_eyewear_behind(f)
        + hair.without_hidden_eye(draw_eyes(f), "eyes")
        + draw_brows(f)
        + (draw_lenses(f, {hidden}) + bridge if hidden else "")
        + hair.draw_front()
        + draw_ears(f)
        + hair.without_hidden_eye(hair.before_side_locks(through), "through")
        + draw_lenses(f, {-1, 1} - {hidden})
        + hair.without_hidden_eye(bridge, "bridge")
        + draw_headgear(f)
    )
