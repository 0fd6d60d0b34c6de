"""What is pinned into the hair: ribbon, flower, clip. Small solids on a place of the hair.

They are turned a little towards the viewer, so that none is seen edge on. Knows no other headgear.
"""

from math import cos, radians, sin

import numpy as np
from numpy.typing import ArrayLike

from generator.artist.colour import Lch, css
from generator.artist.figure import Figure
from generator.artist.headgear.space import OUTLINE, Outline, Place, lit, on_hair, outlined, shadow, toned
from generator.artist.palette import Tone
from generator.artist.svg import Points, brush, ellipse, even, path, polygon, radial_gradient, smooth, spline

LEAF = css(Lch(0.63, 0.105, 145))
LEAF_DARK = css(Lch(0.47, 0.09, 155))
LEAF_LINE = css(Lch(0.34, 0.06, 165))

SMALL = 0.78  # the size of what is pinned into the hair: larger it is a hat
SLIDES = 0.70  # the share of a turn to the far side that it undoes
NARROWS = 1.6  # how much less it faces the viewer then, per sine of the turn
TIED_RIGHT = frozenset({"side-ponytail", "ponytail"})  # hair whose tie would lie beside what is pinned on the right
PALE = frozenset({"white", "silver"})  # hair on which white is lost

# The right half of a bow as points (x, y, z): the loop, the dark inside of it, creases from the knot, and a tail.
LOOP: Outline = (
    *((3, -5, 6), (16, -17, 15), (34, -27, 19), (50, -27, 16), (56, -12, 13)),
    *((53, 8, 12), (43, 20, 14), (26, 15, 16), (12, 8, 12), (3, 6, 6)),
)
INSIDE: Outline = ((6, -2, 8), (24, -12, 17), (42, -17, 17), (48, -8, 14), (44, 6, 14), (26, 6, 16))
CREASES = (((6, -5, 9), (18, -11, 17), (33, -21, 20)), ((6, 4, 9), (18, 7, 17), (34, 13, 18)))
TAIL = ((0, 3, 5), (12, 14, 8), (24, 36, 5), (38, 56, 2), (26, 57, 3), (20, 66, 2), (10, 42, 6), (-2, 8, 5))
TAIL_CORNERS = (3, 4, 5)  # the notch at its end stays sharp
KNOT = ((-8, -8, 10), (0, -10, 13), (8, -8, 10), (9, 0, 13), (8, 8, 10), (0, 10, 12), (-8, 8, 10), (-9, 0, 13))


def draw_ribbon(figure: Figure) -> str:
    """Draw a bow with two tails at the side of the head."""
    place = _pinned(figure, 42, 48, lift=0.02, degrees=26, facing=0.55)
    return draw_bow(place, "ribbon", figure.palette.accent, 1.08)


def _pinned(figure: Figure, azimuth: float, polar: float, *, lift: float, facing: float, degrees: float = 0.0) -> Place:
    """Return the place of an ornament on the hair, as ``on_hair`` does.

    As the head turns it away it slides back a little less than the hair, and narrows with it: a flat thing that faces
    the viewer would hang off the outline. Where the hair is tied on its side, it is worn on the other one, mirrored.
    """
    side = -1 if figure.attributes.back_hair in TIED_RIGHT else 1
    turned = max(0.0, side * sin(figure.rig.yaw))
    place = on_hair(
        figure,
        side * azimuth - SLIDES * float(np.degrees(figure.rig.yaw)) * (turned > 0),
        polar,
        lift=lift,
        degrees=side * degrees,
        facing=facing * max(0.0, 1 - NARROWS * turned),
    )
    return Place(figure, place.origin, place.axes * SMALL * np.array([[side], [1], [1]]))


def draw_bow(place: Place, name: str, tone: Tone, size: float, *, tails: bool = True, shaded: bool = True) -> str:
    """Draw a bow ``size`` times as large as usual. ``shaded`` adds its shadow on the hair."""
    figure = place.figure
    loops = [_mirrored(LOOP, side) * size for side in (-1, 1)]
    whole = smooth(place.canvas(loops[0])) + smooth(place.canvas(loops[1]))
    drawn = ""
    for side in (-1, 1) if tails else ():
        tail = _mirrored(TAIL, side) * size * [1, 1 if side > 0 else 0.86, 1]
        drawn += _bow_tail(place, f"{name}-tail{side + 1}", tail, tone)
        whole += polygon(place.canvas(tail))
    for side, loop in zip((-1, 1), loops, strict=True):
        drawn += _bow_loop(place, f"{name}-loop{side + 1}", loop, side, size, tone)
    knot = place.canvas(np.array(KNOT) * size)
    fill = toned(figure, f"{name}-knot", knot, tone)
    pleats = brush(place.canvas(np.array([(-3, -8, 13), (-2, 0, 14), (-3, 8, 12)]) * size), 0.9, 8)
    pleats += brush(place.canvas(np.array([(4, -7, 13), (3, 0, 14), (4, 7, 12)]) * size), 0.9, 8)
    drawn += fill + outlined(figure, smooth(knot), f"url(#{name}-knot)", tone) + path(pleats, tone.deep, opacity=0.7)
    return (shadow(figure, f"{name}-shadow", whole, 6) if shaded else "") + drawn


def _bow_loop(place: Place, name: str, loop: Points, side: int, size: float, tone: Tone) -> str:
    figure = place.figure
    outline = place.canvas(loop)
    stops = [(0.0, tone.light), (0.3, tone.base), (0.65, tone.base), (1.0, tone.shadow)]
    fill = lit(figure, name, outline, stops)
    inside = place.canvas(_mirrored(INSIDE, side) * size)
    shade = lit(figure, f"{name}-in", inside, [(0, tone.deep, 0.9), (1, tone.shadow, 0.5)])
    creases = "".join(brush(place.canvas(_mirrored(line, side) * size), 1.5, 10) for line in CREASES)
    rim = place.canvas(_mirrored(LOOP[2:8], side) * size * [0.93, 0.86, 1])
    trim = brush(rim, 1.0, 20, even)
    drawn = fill + shade + outlined(figure, smooth(outline), f"url(#{name})", tone)
    drawn += path(smooth(inside), f"url(#{name}-in)", opacity=0.8) + path(trim, tone.light, opacity=0.85)
    return drawn + path(creases, tone.deep, opacity=0.7)


def _bow_tail(place: Place, name: str, tail: Points, tone: Tone) -> str:
    figure = place.figure
    first, *_, last = TAIL_CORNERS
    sides = spline(tail[: first + 1], 12), spline(tail[last:], 12)
    outline = place.canvas(np.concatenate([sides[0], tail[first + 1 : last], sides[1]]))
    fill = lit(figure, name, outline, [(0, tone.base), (0.5, tone.shadow), (1, tone.deep)])
    middle = brush(place.canvas((tail[[0, 1, 2, 4]] + tail[[7, 6, 6, 4]]) / 2), 1.2, 10)
    return fill + outlined(figure, polygon(outline), f"url(#{name})", tone) + path(middle, tone.light, opacity=0.5)


def _mirrored(points: ArrayLike, side: int) -> Points:
    return np.asarray(points, dtype=float) * [side, 1, 1]


# One petal along +x as (along, across, z); the notch at its end is the middle point.
PETAL: Outline = (
    *((3, -2.5, 2), (11, -9, 4), (22, -12.5, 8), (29, -8, 9), (27, 0, 9)),
    *((29, 8, 9), (22, 12.5, 8), (11, 9, 4), (3, 2.5, 2)),
)
PETALS = 5
LEAF_FORM = ((4, 0, 0), (14, -9, 3), (28, -8, 3), (42, 0, 0), (28, 8, 3), (14, 9, 3))


def draw_flower(figure: Figure) -> str:
    """Draw a large flower, a small one and their leaves above the ear."""
    place = _pinned(figure, 43, 55, lift=0.03, degrees=8, facing=0.6)
    leaves, data = "", ""
    for degrees, size in ((150, 1.2), (205, 1.0), (-28, 1.05)):
        leaf = place.canvas(_turned(LEAF_FORM, degrees, size) + np.array([0, 0, -2]))
        vein = place.canvas(_turned(((6, 0, 2), (22, 1, 4), (38, 0, 1)), degrees, size))
        width = OUTLINE * figure.line
        leaves += path(smooth(leaf), LEAF, stroke=LEAF_LINE, width=width) + path(brush(vein, 1.1, 8), LEAF_DARK)
        data += smooth(leaf)
    small, small_data = _blossom(place, "flower2", np.array([32.0, 31.0, 2.0]), 0.76, 20)
    large, large_data = _blossom(place, "flower1", np.array([-4.0, -4.0, 3.0]), 1.36, -90)
    return shadow(figure, "flower-shadow", data + small_data + large_data, 6) + leaves + small + large


def _blossom(place: Place, name: str, middle: Points, size: float, degrees: float) -> tuple[str, str]:
    """Return a flower and the path data of its outline."""
    figure, tone = place.figure, place.figure.palette.petal
    centre = place.canvas(middle)
    reach = 31 * size * SMALL * figure.scale
    petal_stops = [
        (0.0, tone.deep),
        (0.2, tone.shadow),
        (0.5, tone.base),
        (0.8, tone.light),
        (1.0, figure.palette.cloth.light),
    ]
    drawn, data, veins = radial_gradient(name, centre, reach, petal_stops), "", ""
    for step in range(PETALS):
        angle = degrees + step * 360 / PETALS
        petal = smooth(place.canvas(_turned(PETAL, angle, size) + middle))
        drawn += outlined(figure, petal, f"url(#{name})", tone, 0.9)
        data += petal
        for bend in (-3, 3):
            vein = _turned(((6, bend * 0.4, 4), (13, bend, 6), (20, 1.3 * bend, 9)), angle, size) + middle
            veins += brush(place.canvas(vein), 0.7 * size, 6)
    drawn += path(veins, tone.deep, opacity=0.45)
    return drawn + _stamens(place, middle, size), data


def _stamens(place: Place, middle: Points, size: float) -> str:
    metal, figure = place.figure.palette.metal, place.figure
    more = f'stroke="{metal.line}" stroke-width="{0.7 * OUTLINE * figure.line:.2f}"'
    drawn = ellipse(place.canvas(middle + np.array([0, 0, 6])), (5.0 * size, 4.8 * size), metal.base, more=more)
    for step in range(PETALS):
        at = _turned(((9.0, 0, 8),), 36 + step * 360 / PETALS, size)[0] + middle
        drawn += ellipse(place.canvas(at), (1.5 * size, 1.5 * size), metal.light)
    return drawn + ellipse(
        place.canvas(middle + np.array([0, 0, 7])) + figure.light[:2] * 2, (2 * size, 2 * size), "#fffbe6"
    )


def _turned(points: ArrayLike, degrees: float, size: float) -> Points:
    """Return points turned about z (clockwise, in degrees) and scaled."""
    p = np.asarray(points, dtype=float) * size
    c, s = cos(radians(degrees)), sin(radians(degrees))
    return np.stack([p[:, 0] * c - p[:, 1] * s, p[:, 0] * s + p[:, 1] * c, p[:, 2]], axis=1)


def draw_clip(figure: Figure) -> str:
    """Draw two hair pins and a star at the side of the bangs."""
    place = _pinned(figure, 31, 64, lift=0.05, facing=0.4)
    # White and two shades of the accent, but no white on white hair.
    bright, white = figure.palette.accent, figure.attributes.hair not in PALE
    tones = (figure.palette.petal, figure.palette.cloth if white else bright)
    bars, data = "", ""
    for across, tone in zip((6.0, 21.0), tones, strict=True):
        bar = place.canvas(_turned(((-32, 0, 0), (0, 0, 3), (32, 0, 0)), -9, 1.0) + np.array([0, across, 0]))
        outline = brush(bar, 5.4, 18, _rounded)
        shine = brush(bar + figure.light[:2] * 1.2, 2.8, 14)
        bars += outlined(figure, outline, tone.shadow, tone) + path(shine, tone.light)
        data += outline
    star = place.canvas(_turned(_star_points(24, 12.5), 14, 1.0) + np.array([8, -16, 4]))
    fill = lit(figure, "clip-star", star, [(0, bright.light), (0.5, bright.base), (1, bright.shadow)])
    facets = "".join(polygon([star[i], star[i + 1], star.mean(axis=0)]) for i in range(0, 10, 2))
    drawn = fill + outlined(figure, polygon(star), "url(#clip-star)", bright) + path(facets, bright.light, opacity=0.6)
    return shadow(figure, "clip-shadow", data + polygon(star), 4) + bars + drawn


def _star_points(outer: float, inner: float) -> Points:
    angle = np.arange(10) * np.pi / 5
    reach = np.where(np.arange(10) % 2 == 0, outer, inner)
    return np.stack([reach * np.sin(angle), -reach * np.cos(angle), np.full(10, 3.0)], axis=1)


def _rounded(t: Points) -> Points:
    return np.asarray(np.minimum(1, 9 * np.minimum(t, 1 - t)) ** 0.5)
