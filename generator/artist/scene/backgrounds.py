"""Which function draws which background, and what floats beside the figure."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from generator.artist.figure import Figure
from generator.artist.scene import floating, patterns, scenery
from generator.artist.scene.layers import Picture, Setting, enlarge, lay

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
FLOATING: dict[str, Callable[[Setting, Picture], str]] = {
    "blossom": floating.petals,
    "leaves": floating.leaves,
    "sparkles": floating.sparks,
    "stars": floating.sparks,
}


def draw_background(figure: Figure, size: int) -> NDArray[np.float32]:
    """Return the background: [size, size, 3] in [0, 1]."""
    setting = Setting(figure, size)
    return enlarge(TABLE[figure.attributes.background](setting), size)


def add_floating(figure: Figure, ground: Picture, covered: Picture) -> Picture:
    """Return the background with what floats where the figure is not.

    Both are [size, size, 3], in [0, 1]; ``covered`` [size, size] is the figure's alpha.
    """
    draw = FLOATING.get(figure.attributes.background)
    if draw is None:
        return ground
    setting = Setting(figure, len(ground))
    return enlarge(lay(ground, draw(setting, covered), setting.sharp), len(ground))
