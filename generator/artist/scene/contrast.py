"""Sets the figure off its background: moves what is behind it until both are far enough apart in the finished picture.

What is compared is what will be seen: the edge of the figure as it is lit, and the ground beside it, both graded.
Lightness is L* of CIELAB, 0 black to 100 white, where it is not said to be that of a colour in OKLCH.
"""

from math import cos, radians

import numpy as np
from numpy.typing import NDArray

from generator.artist.colour import Lch, rgb, turn
from generator.artist.figure import Figure
from generator.artist.palette import HAIR
from generator.artist.scene.finish import MAP_SIZE, figure_light, reduce, reduce_picture, soften
from generator.artist.scene.grade import grade
from generator.artist.scene.layers import Picture, Setting, enlarge, grid

# Between hair and lighter ground, between hair and darker ground, into which more light falls by glow and haze, and
# between dark clothes and ground.
LIGHTER, DARKER, BODY_APART = 33.0, 41.0, 24.0
# The least and the most to which the ground is moved: below it would be a hole, above it paper.
DARKEST, LIGHTEST = 6.0, 97.0
FIERIEST = 0.48  # the saturation of red and orange grounds at most, 0 to 1
SHOULDERS = 80.0  # canvas units below the chin at which the ground follows the clothes
ROSY = (0.95, 1.08, 0.50)  # how much red, green and blue of a warm ground are darkened, as multiples
# Hair whose named colour is lighter than this (OKLCH) has darker ground behind it at that hour, other hair lighter
# ground, which has room above it. The name decides, and not a knob: no small step turns the ground over.
PIVOT = {"day": 0.655, "morning": 0.655, "evening": 0.595, "night": 0.385}
PASTEL_PIVOT = 0.50  # pastel hair is paler by day, and leaves lighter ground less room
BODY_PIVOT, BODY_TURN = 50.0, 6.0  # the lightness at which clothes are not dark, and over which they become so
POWER = np.float32(5.0)  # to which the ground is raised at most
DEEP = 0.20  # the lightness (OKLCH) of the colour that may be mixed into it
RICH = 0.09  # and its least chroma
BROWN, ROSE = 70.0, 350.0  # the hue that is brown when it is dark, and what it turns to
STEPS = np.linspace(0, 1, 12, dtype=np.float32)  # at which the lightness of the ground is looked up
EDGE = 24.0  # canvas units on either side of the outline that are compared


def set_off(figure: Figure, picture: Picture, drawn: NDArray[np.uint8]) -> Picture:
    """Return the background [size, size, 3] moved away from the figure ``drawn`` before it [size, size, 4]."""
    a = figure.attributes
    cover = reduce(drawn[..., 3] * np.float32(1 / 255))
    gain, lift = figure_light(figure, cover, reduce_picture(picture))
    lit = reduce_picture(drawn[..., :3] * np.float32(1 / 255)) * gain + lift
    near = soften(cover, EDGE / 2)
    edge, beside = (cover > 0.98) & (near < 0.98), (cover < 0.02) & (near > 0.02)
    chin = float(figure.rig.project((0.0, figure.rig.chin_height, 0.0))[1])
    below = ((grid(MAP_SIZE)[1] - np.float32(chin)) / np.float32(SHOULDERS)).clip(0, 1)
    head, body = below == 0, below == 1
    if (edge & head).any() and (beside & head).any():
        hair = float(_lightness(figure, lit[edge & head][None])[0])
        ground = reduce_picture(picture)[beside & head]
        pivot = PASTEL_PIVOT if a.shading == "pastel" and a.time != "night" else PIVOT[a.time]
        if HAIR[a.hair].lightness > pivot:
            picture = _darken(figure, picture, ground, hair - DARKER)
        else:
            picture = _lighten(figure, picture, ground, hair + LIGHTER, np.ones_like(cover))
    if (edge & body).any() and (beside & body).any():
        clothes = float(_lightness(figure, lit[edge & body][None])[0])
        dark = np.float32(np.clip((BODY_PIVOT - clothes) / BODY_TURN, 0, 1))
        ground = reduce_picture(picture)[beside & body]
        picture = _lighten(figure, picture, ground, clothes + BODY_APART, dark * below)
    return _calm(picture)


def _lighten(figure: Figure, picture: Picture, ground: Picture, to: float, mask: Picture) -> Picture:
    """Return the background with so much light in it that what is ``ground`` [n, 3] is as light as ``to``, or as it was.

    ``mask`` [n, n] is 1 where it is moved all the way, 0 where it stays.
    """
    light = np.array(rgb(Setting(figure, MAP_SIZE).bright), dtype=np.float32) * np.float32(0.4) + np.float32(0.6)
    lighter = _lightness(figure, ground + (light - ground) * STEPS[:, None, None])
    share = np.float32(np.interp(min(LIGHTEST, to), lighter, STEPS))
    return np.asarray(picture + (light - picture) * (share * enlarge(mask[..., None], len(picture))))


def _darken(figure: Figure, picture: Picture, ground: Picture, to: float) -> Picture:
    """Return the background darkened in its own hue until what is ``ground`` is as dark as ``to``, or as it was."""
    deep, rosy = _deep(figure), _rosy(picture)
    darker = _lightness(figure, _darkened(ground, STEPS[:, None, None], deep, rosy))
    return _darkened(picture, np.float32(np.interp(max(DARKEST, to), darker[::-1], STEPS[::-1])), deep, rosy)


def _deep(figure: Figure) -> Picture:
    """Return the sRGB colour [3] of the ground at its darkest: never brown or grey."""
    deep = Setting(figure, MAP_SIZE).deep
    brown = max(0.0, cos(radians(deep.hue - BROWN)))
    rich = Lch(DEEP, max(deep.chroma, RICH), turn(deep.hue, ROSE, brown))
    return np.array(rgb(rich), dtype=np.float32)


def _darkened(picture: Picture, amount: Picture | np.float32, deep: Picture, rosy: Picture) -> Picture:
    """Return ``picture`` darkened by ``amount``, 0 to 1: a power keeps hues and patterns, pale grounds need more."""
    raised = picture.clip(0.001, 1) ** (1 + amount * (POWER - 1) * rosy)
    return np.asarray(raised + (deep - raised) * (amount * amount))


def _lightness(figure: Figure, colours: Picture) -> Picture:
    """Return the mean lightness of each row of sRGB values [m, n, 3] as the finished picture will have it: [m]."""
    seen = grade(figure, colours).astype(np.float32) * np.float32(1 / 255)
    luminance = seen**2.2 @ np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)
    return np.asarray((116 * np.cbrt(luminance) - 16).mean(axis=1))


def _rosy(picture: Picture) -> Picture:
    """Return how much each channel [3] is darkened: orange and yellow, which would be brown, go to rose."""
    red, _, blue = picture.mean(axis=(0, 1)).tolist()
    warm = float(np.clip((red - blue) / 0.25, 0, 1))
    return np.asarray(1 + warm * (np.array(ROSY) - 1), dtype=np.float32)


def _calm(picture: Picture) -> Picture:
    """Return ``picture`` with less saturation if it is as red or orange as a signal."""
    step = max(1, len(picture) // 32)
    seen = picture[::step, ::step].clip(0, 1).reshape(-1, 3)
    most, least = seen.max(axis=1), seen.min(axis=1)
    chroma = np.maximum(1e-3, most - least)
    red, green, blue = seen.T
    # 1 for red and magenta, a half for orange, 0 for yellow, green and blue
    warm = np.clip((red - np.maximum(green, 2 * blue - red)) / chroma, 0, 1)
    saturation = chroma / np.maximum(1e-3, most)
    warmth = float(np.minimum(1, 2.5 * warm).mean())
    fiery = float(np.average(saturation, weights=np.minimum(1, 2.5 * warm) + 1e-6))
    grey = warmth * max(0.0, 1 - FIERIEST / max(1e-3, fiery))
    if not grey:
        return picture
    even = (picture @ np.array([0.30, 0.59, 0.11], dtype=np.float32))[..., None]
    return np.asarray(picture + (even - picture) * np.float32(grey))
