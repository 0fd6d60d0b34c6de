"""Buns, braids and drills: what hangs from a tie and is drawn as shapes of its own."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from generator.artist.figure import Figure
from generator.artist.hair.locks import step
from generator.artist.hair.tied import GATHERED, LOCK_AT_TIE, Tie
from generator.artist.hair.ties import LINE, draw_band, scrunchie
from generator.artist.palette import HairColours, blend_hair
from generator.artist.svg import Points, Stop, brush, joined, leaves, linear_gradient, path, radial_gradient, smooth

DRILL_TURNS, DRILL_PITCH, DRILL_RADIUS = 9, 21.0, 26.0  # bands of a ringlet; their height and half width, head units
DRILL_BEGIN = -0.5  # bands before its tie at which its middle line begins
DRILL_FALLS, DRILL_SWELLS = (-0.3, 2.4), (0.5, 2.8)  # the bands from its tie within which it turns down, and swells
DRILL_NECK = 1.1  # bands below its tie at which it begins to wind
DRILL_INSIDE = 0.8  # how wide its dark inner side is as a share: it shows between bands, not beside them
DRILL_WIND = 0.15  # how far a unit of wind turns its end aside
BRAID_TURNS, BRAID_WIDTH, BRAID_PITCH = 9, 15.0, 17.0  # the same of a braid
DYED = 0.35, 1.0  # where dyed tips begin and where they are fully dyed, as shares of the length


def _bun(figure: Figure, tie: Tie, name: str) -> str:
    hair, scale, light = figure.palette.hair, figure.scale, figure.light[:2]
    radius = (31 + 2 * figure.attributes.volume) * scale
    centre = _place(figure, tie) + np.array([tie.side * 12, -14]) * scale
    stops = [(0.0, hair.at(0.80)), (0.45, hair.at(0.58)), (1.0, hair.at(0.18))]
    drawn = radial_gradient(name, centre + light * radius * 0.5, radius * 1.4, stops)
    angles = np.linspace(0, 2 * np.pi, 18, endpoint=False)
    round_off = 1 + 0.03 * np.sin(3 * angles + tie.side)
    drawn += _outlined(figure, centre + radius * np.stack([np.cos(angles) * round_off, 0.94 * np.sin(angles)], 1), name)
    along = np.linspace(0, 1, 7)
    for k in range(5):  # strands wind from the edge to the middle
        angle, distance = 1.25 * k + 0.3 * tie.side + 2.0 * along, radius * (0.98 - 0.78 * along)
        wound = centre + np.stack([distance * np.cos(angle), 0.94 * distance * np.sin(angle)], 1)
        drawn += path(brush(wound, 1.1 * scale, 10), hair.at(0.16), opacity=0.55)
    towards = np.arctan2(light[1], light[0])
    for offset in (-0.5, 0.0, 0.45):
        angle = np.linspace(-0.36, 0.36, 5) + offset + towards
        shine = centre + 0.66 * radius * np.stack([np.cos(angle), np.sin(angle)], 1)
        drawn += path(brush(shine, 3.0 * scale, 10), hair.glint, opacity=_shine(figure, 0.75))
    return drawn


def _braid(figure: Figure, tie: Tie, name: str) -> str:
    """Draw a braid: two columns of strands that meet in the middle like the leaves of an ear of wheat."""
    a, scale, side = figure.attributes, figure.scale, tie.side
    width, pitch = BRAID_WIDTH * scale, BRAID_PITCH * scale * (1 + 0.06 * a.back_length)
    turns = np.arange(2 * BRAID_TURNS + 1) / 2  # the two columns take turns
    share = turns / BRAID_TURNS
    sway = side * 9 * np.sin(3.0 * share) + a.wind * 16 * share**2
    middle = figure.rig.flatten(tie.anchor(figure)) + np.stack([sway * scale, turns * pitch], axis=-1)
    half = width * (1 - 0.35 * share**1.5)
    edges = np.concatenate([middle - [0.8, 0] * half[:, None], (middle + [0.8, 0] * half[:, None])[::-1]])
    drawn = path(smooth(edges), figure.palette.hair.at(0.10))
    tuft = _braid_end(figure, middle[-1], pitch)
    for k in reversed(range(len(turns) - 1)):  # each lies over the end of the one below
        size, column = np.array([half[k], pitch]), 1 if (k + side) % 2 else -1
        drawn += _braid_leaf(figure, middle[k], size, column, _colours(figure, float(share[k])), f"{name}{k}")
    knot, across = middle[-1] + [0, 0.35 * pitch], np.array([0.85 * half[-1], 0.0])
    return tuft + drawn + scrunchie(figure, knot - across, knot + across)


def _braid_end(figure: Figure, knot: Points, pitch: float) -> str:
    """Draw the loose end below a braid's tie."""
    hair, drawn = _colours(figure, 1.0), ""
    for k, aside in enumerate((-1.0, 1.0, -0.5, 0.5, 0.0)):
        reach = figure.scale * aside
        tip = knot + np.array([(0, 0.1 * pitch), (9 * reach, 1.5 * pitch), (8 * reach, 3.0 * pitch)])
        data = brush(tip, 5 * figure.scale, 10, _tuft)
        drawn += path(data, hair.at(0.40 + 0.05 * k), stroke=hair.lines[16], width=LINE * figure.line)
    return drawn


def _braid_leaf(figure: Figure, centre: Points, size: Points, column: int, hair: HairColours, fill: str) -> str:
    """Draw one strand of a braid's left (``column`` -1) or right half, ``size`` [2] half as wide as the braid."""
    mirrored, light = size * [column, 1], column * figure.light[0]
    lit = 0.54 + 0.22 * light
    stops: list[Stop] = [(0.0, hair.at(lit - 0.12)), (0.45, hair.at(lit + 0.10)), (1.0, hair.at(lit - 0.26))]
    # From high on its own side down and across the middle, where the next strand of the other column lies over it.
    shape = np.array(
        [(0.15, -0.62), (0.72, -0.50), (1.04, 0.05), (0.78, 0.66), (0.20, 1.05), (-0.42, 1.12), (-0.2, 0.2)]
    )
    drawn = linear_gradient(fill, centre + mirrored * [0.9, -0.5], centre + mirrored * [-0.1, 1.0], stops)
    drawn += _outlined(figure, shape * mirrored + centre, fill)
    strand = np.array([(0.42, -0.30), (0.62, 0.15), (0.30, 0.72)]) * mirrored + centre
    shine = np.array([(0.66, -0.25), (0.84, 0.08), (0.70, 0.42)]) * mirrored + centre
    return (
        drawn
        + path(brush(strand, 0.9 * figure.line, 8), hair.at(0.12), opacity=0.6)
        + path(brush(shine, 1.7 * figure.scale, 8), hair.glint, opacity=_shine(figure, 0.6) * (0.5 + 0.5 * light))
    )


class _Course:
    """The middle line of a ringlet: out of its tie as a tail leaves it, then over and straight down.

    ``at`` takes canvas units to its right and bands of ``pitch`` canvas units along it.
    """

    def __init__(self, figure: Figure, tie: Tie, pitch: float) -> None:
        self.along = np.linspace(DRILL_BEGIN, DRILL_TURNS + 3, 64)
        falling = step(self.along, *DRILL_FALLS)[:, None]
        way = tie.lead(figure) * (1 - falling) + np.array([0.0, 1.0]) * falling
        way[:, 0] += figure.attributes.wind * DRILL_WIND * np.clip(self.along, 0, None) / DRILL_TURNS
        way /= np.hypot(*way.T)[:, None]
        course = np.cumsum(way, axis=0) * pitch * (self.along[1] - self.along[0])
        start = [np.interp(0.0, self.along, course[:, axis]) for axis in (0, 1)]
        self.middle = course - start + figure.rig.flatten(tie.neck(figure))
        self.aside = np.stack([way[:, 1], -way[:, 0]], axis=-1)

    def at(self, across: ArrayLike, along: ArrayLike) -> Points:
        """Return points [n, 2] on the canvas."""
        place = np.asarray(along, dtype=float)
        middle, aside = (
            np.stack([np.interp(place, self.along, line[:, axis]) for axis in (0, 1)], axis=-1)
            for line in (self.middle, self.aside)
        )
        return np.asarray(middle + aside * np.asarray(across, dtype=float)[..., None])


def _drill(figure: Figure, tie: Tie, name: str) -> str:
    """Draw a ringlet: bands that wind round it from one side to the other, its dark inner side between them."""
    pitch = DRILL_PITCH * figure.scale * (1 + 0.06 * figure.attributes.back_length)
    course, hair = _Course(figure, tie, pitch), figure.palette.hair
    along = np.linspace(DRILL_NECK, DRILL_TURNS, 20)
    inside = DRILL_INSIDE * _drill_radius(figure, along)
    drawn = path(smooth(np.concatenate([course.at(-inside, along), course.at(inside, along)[::-1]])), hair.at(0.12))
    for k in reversed(range(DRILL_TURNS)):
        drawn += _drill_band(figure, course, k, tie.side, f"{name}{k}")
    return drawn + _drill_neck(figure, course, name) + draw_band(figure, tie)


def _drill_radius(figure: Figure, along: ArrayLike) -> Points:
    """Return half the width of a ringlet: at its top as narrow as its tie, and then tapered to a point."""
    place = np.asarray(along, dtype=float)
    full = DRILL_RADIUS * (1 - 0.84 * np.clip(place / DRILL_TURNS, 0, 1) ** 1.7)
    neck = GATHERED + LOCK_AT_TIE
    return np.asarray((neck + (full - neck) * step(place, *DRILL_SWELLS)) * figure.scale)


def _drill_neck(figure: Figure, course: _Course, name: str) -> str:
    """Draw the smooth hair from the tie to where a ringlet's first band begins to wind."""
    hair, along = figure.palette.hair, np.linspace(0.0, DRILL_NECK + 0.3, 6)
    half = _drill_radius(figure, along)
    end = np.linspace(-1, 1, 5)
    edge = course.at(end * half[-1], along[-1] + 0.32 * np.cos(0.5 * np.pi * end))
    top, low = course.at([0.0, 0.0], along[[0, -1]])
    stops: list[Stop] = [(0.0, hair.at(0.36)), (0.6, hair.at(0.60)), (1.0, hair.at(0.46))]
    fill = linear_gradient(f"{name}neck", top, low, stops)
    shape = joined(course.at(-half, along), edge, course.at(half, along)[::-1])
    drawn = path(shape, f"url(#{name}neck)", stroke=figure.palette.hair.lines[12], width=LINE * figure.line)
    lines = np.stack([course.at(share * half[:-1], along[:-1]) for share in (-0.45, 0.05, 0.5)])
    return fill + drawn + path(leaves(lines, np.full(3, 0.8 * figure.line)), hair.at(0.14), opacity=0.6)


def _drill_band(figure: Figure, course: _Course, turn: int, side: int, name: str) -> str:
    """Draw one turn of a ringlet: an S from the one side down to the other, lit on the side of the light."""
    hair, light = _colours(figure, turn / DRILL_TURNS), figure.light[:2]
    start, last = turn + DRILL_NECK, turn == DRILL_TURNS - 1
    radius = _drill_radius(figure, [start, start + 1])
    u = np.linspace(-1, 1, 5)
    down, bow = side * u, np.cos(0.5 * np.pi * u)
    upper = start + side * 0.30 * np.sin(0.5 * np.pi * u) - 0.28 * bow
    reach = np.where(down < 0, 1.08, 1.08 - 0.42 * down)  # it narrows to where the inner side shows
    lower = upper + reach + 0.22 * bow
    if last:  # a curl that runs out in a point
        below = course.at(np.array([0.2, 0.0]) * side * radius[0], start + np.array([1.3, 2.1]))
    else:
        below = course.at(u[::-1] * radius[1], lower[::-1])
    outline = np.concatenate([course.at(u * radius[0], upper), below])
    middle, reach_out = course.at(0.0, start + 0.5), light * [1.0, 0.4] * radius[0]
    stops: list[Stop] = [(0.0, hair.at(0.74)), (0.4, hair.at(0.58)), (0.75, hair.at(0.36)), (1.0, hair.at(0.20))]
    drawn = linear_gradient(name, middle + reach_out, middle - reach_out, stops) + _outlined(figure, outline, name)
    if last:
        return drawn
    along = np.clip(u * 0.42 + 0.34 * light[0], -0.8, 0.8)
    heights = 0.62 * np.interp(along, u, upper) + 0.38 * np.interp(along, u, lower)
    shine = course.at(along * radius[0], heights)
    pitch = DRILL_PITCH * figure.scale
    return drawn + path(brush(shine, 0.11 * pitch, 10), hair.glint, opacity=_shine(figure, 0.6))


def _place(figure: Figure, tie: Tie) -> Points:
    return figure.rig.flatten(tie.anchor(figure))


def _outlined(figure: Figure, points: Points, fill: str) -> str:
    return path(smooth(points), f"url(#{fill})", stroke=figure.palette.hair.lines[12], width=LINE * figure.line)


def _colours(figure: Figure, share: float) -> HairColours:
    """Return the colours at ``share`` of the length: dyed tips begin in the middle."""
    if figure.attributes.dye not in ("tips", "inner"):
        return figure.palette.hair
    return blend_hair(figure.palette.hair, figure.palette.dyed, float(step(np.array(share), *DYED)))


def _shine(figure: Figure, usual: float) -> float:
    return min(1.0, max(0.0, usual * (1 + 0.25 * figure.attributes.gloss)))


def _tuft(along: Points) -> Points:
    return np.asarray((0.5 + 0.5 * np.sin(np.pi * along)) * (1 - along**3))


TABLE: dict[str, Callable[[Figure, Tie, str], str]] = {"bun": _bun, "braid": _braid, "drill": _drill}
