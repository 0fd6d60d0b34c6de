"""Which function draws which background, and what floats beside the figure."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from generator.artist.figure import Figure
from generator.artist.scene import floating, patterns, scenery
from generator.artist.scene.contrast import set_off
from generator.artist.scene.layers import Picture, Setting, enlarge
from generator.artist.svg import CANVAS

TABLE: dict[str, Callable[[Setting], Picture]] = {
    "plain": patterns.plain,
    "gradient": patterns.gradient,
    "dots": patterns.dots,
    "stripes": patterns.stripes,
    "circle": patterns.circle,
    "sparkles": patterns.sparkles,
    "sky": scenery.sky,
    "blossom": scenery.blossom,
    "leaves": scenery.leaves,
    "bokeh": patterns.bokeh,
    "city": scenery.city,
    "stars": patterns.stars,
    "window": scenery.window,
    "books": scenery.books,
}
# What floats beside the figure; the other backgrounds have nothing there.
FLOATING: dict[str, Callable[[Setting], str]] = {
    "blossom": floating.petals,
    "leaves": floating.leaves,
    "sparkles": floating.sparks,
    "stars": floating.sparks,
}


def draw_background(figure: Figure, size: int) -> NDArray[np.float32]:
    """Return the background: [size, size, 3] in [0, 1]."""
    setting = Setting(figure, size)
    return set_off(enlarge(TABLE[figure.attributes.background](setting), size), setting)


def draw_floating(figure: Figure) -> str:
    """Return what floats around the figure as SVG, or nothing. It is drawn behind it: on hair it would be a flaw."""
    draw = FLOATING.get(figure.attributes.background)
    return draw(Setting(figure, CANVAS)) if draw else ""
