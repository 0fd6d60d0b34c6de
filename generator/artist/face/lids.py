"""The lids of an eye: the curves it opens between, its lashes, the fold above it, and the arc of a closed one.

Local units: x from the nose outwards, y down, the origin in the eye's middle; both sides are drawn alike and mirrored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from generator.artist.face.expressions import expression
from generator.artist.face.layout import layout
from generator.artist.figure import Figure
from generator.artist.svg import Points, Stop, brush, linear_gradient, normals, path, polygon, spline

UPPER_X = np.array([-0.97, -0.82, -0.47, 0.0, 0.45, 0.80, 0.99])  # shares of the half width
LOWER_X = np.array([-0.72, -0.42, 0.0, 0.48, 0.83])
SHUT_LINE = 0.45  # share of the half height at which lids meet
FULLEST = 1.12  # the widest that a lid opens, as a multiple


@dataclass(frozen=True)
class LidShape:
    """One shape of eye. Heights of the lids at UPPER_X and LOWER_X, in half heights; the lash's tip in both halves."""

    upper: tuple[float, ...]
    lower: tuple[float, ...]
    tip: tuple[float, float]
    iris: float = 1.0  # the iris's height, as a multiple
    iris_drop: float = 0.0  # how far it sits lower, in half heights


TABLE: Mapping[str, LidShape] = MappingProxyType(
    {
        "round": LidShape(
            (0.24, -0.32, -0.80, -0.97, -0.90, -0.58, 0.04), (0.72, 0.90, 0.96, 0.86, 0.57), (1.24, -0.44)
        ),
        "almond": LidShape(
            (0.25, -0.26, -0.68, -0.88, -0.84, -0.58, -0.03), (0.68, 0.83, 0.88, 0.76, 0.43), (1.25, -0.53)
        ),
        "sharp": LidShape(
            (0.24, -0.20, -0.59, -0.80, -0.85, -0.68, -0.12), (0.70, 0.82, 0.84, 0.64, 0.25), (1.27, -0.74)
        ),
        "droopy": LidShape(
            (0.06, -0.48, -0.84, -0.94, -0.80, -0.40, 0.30), (0.62, 0.84, 0.94, 0.91, 0.69), (1.24, -0.10)
        ),
        "sleepy": LidShape(
            (0.28, -0.04, -0.25, -0.36, -0.34, -0.17, 0.14),
            (0.66, 0.86, 0.93, 0.83, 0.53),
            (1.23, -0.18),
            iris_drop=0.12,
        ),
        "narrow": LidShape(
            (0.24, -0.12, -0.40, -0.57, -0.60, -0.48, -0.09),
            (0.52, 0.64, 0.66, 0.52, 0.21),
            (1.25, -0.54),
            iris=0.86,
            iris_drop=-0.02,
        ),
    }
)


@dataclass(frozen=True)
class Lids:
    """The curves of one eye in local units, from its inner to its outer corner: upper [25, 2], lower [17, 2]."""

    upper: Points
    lower: Points

    @property
    def opening(self) -> Points:
        """The closed outline of what is seen of the eyeball."""
        ends = self.upper[[0, -1]]
        lower = spline(np.concatenate([ends[:1], self.lower[::4], ends[1:]]), 25)  # into the corners without facets
        return np.concatenate([self.upper, lower[-2:0:-1]])


def make_lids(figure: Figure) -> Lids:
    """Return the curves of an open eye of the portrait."""
    a, place, mood = figure.attributes, layout(figure), expression(figure)
    shape = TABLE[a.eye_shape]
    open_by = min(FULLEST, mood.opening * (1 + 0.045 * a.eye_opening - 0.012 * a.nod - 0.015 * a.gaze_height))
    upper = SHUT_LINE + (np.array(shape.upper) - SHUT_LINE) * open_by
    lower = np.array(shape.lower) - 0.12 * mood.cheer * np.array([0.6, 1, 1.1, 1, 0.6])
    size = np.array([place.eye_width, place.eye_height])
    return Lids(
        spline(np.stack([UPPER_X, upper], 1) * size, 25),
        spline(np.stack([LOWER_X, lower], 1) * size, 17),
    )


def lash_line(figure: Figure, lids: Lids) -> str:
    """Return path data for the upper lash with its wing."""
    a, place = figure.attributes, layout(figure)
    _, outer = _above(figure, lids)
    tip = np.array(TABLE[a.eye_shape].tip) * [place.eye_width, place.eye_height]
    tip[0] += (0.03 * a.lashes - 0.07 * a.masculine) * place.eye_width
    return polygon(_lash(lids.upper, outer, tip))


def draw_lashes(figure: Figure, lids: Lids, name: str) -> str:
    """Draw the upper lash with its wing, the lower lash and the fold of the lid."""
    colours, place = figure.palette, layout(figure)
    up, outer = _above(figure, lids)
    corner = brush(lids.upper[19:], 1.1, 8, _inwards)
    stops: list[Stop] = [(0.0, colours.lash_end), (0.2, colours.lash), (0.85, colours.lash), (1.0, colours.lash_end)]
    ink = linear_gradient(name, (-place.eye_width, 0), (place.eye_width * 1.25, 0), stops)
    fold = brush((lids.upper * 0.3 + outer * 0.7 + up * 5.2)[8:20], 0.8 * figure.line, 14)
    return (
        ink
        + path(fold, figure.palette.skin.line, opacity=0.7)
        + _lower_lash(figure, lids)
        + path(corner, colours.lash_end)
        + path(lash_line(figure, lids), f"url(#{name})")
        + path(_singles(figure, outer, up), colours.lash)
    )


def _above(figure: Figure, lids: Lids) -> tuple[Points, Points]:
    """Return the upper lid's normals, which point up, and the upper edge of its lash: [25, 2] each."""
    up = -normals(lids.upper)
    thick = _thickness(figure, lids.upper[:, 0] / layout(figure).eye_width)
    return up, lids.upper + up * thick[:, None]


def closed_line(figure: Figure) -> str:
    """Return path data for the happy arc of a shut eye's lashes."""
    weight = (2.9 + 0.25 * figure.attributes.lashes) * (0.9 if figure.attributes.masculine else 1.0)
    return brush(_arc(figure), weight, 20, _arc_profile)


def draw_closed(figure: Figure) -> str:
    """Draw a shut eye: the happy arc of its lashes, and the fold above it."""
    a, colours = figure.attributes, figure.palette
    ends = spline(_arc(figure), 17)
    drawn = path(closed_line(figure), colours.lash)
    drawn += path(brush((ends - np.array([0, 8.0]))[3:14], 0.7 * figure.line, 12), colours.skin.line, opacity=0.6)
    singles = ((15, (7.0, -2.6)), (13, (5.4, -5.4)))
    for index, towards in singles[: 1 if a.masculine else 2]:
        drawn += path(_single(ends[index], np.array(towards) * (1 + 0.12 * a.lashes), 1.7), colours.lash)
    return drawn


def _arc(figure: Figure) -> Points:
    place = layout(figure)
    size = np.array([place.eye_width, min(place.eye_height, place.eye_width)])
    return np.asarray(np.array([(-0.98, 0.44), (-0.60, 0.06), (-0.05, -0.14), (0.50, 0.0), (0.98, 0.42)]) * size)


def _arc_profile(t: Points) -> Points:
    return np.asarray((0.22 + 0.78 * np.sin(np.pi * t) ** 0.6) * (1 - 0.5 * t**8))


def _thickness(figure: Figure, x: Points) -> Points:
    """Return how thick the upper lash is at ``x`` (shares of the half width): nothing at the nose, most outside."""
    a = figure.attributes
    along = np.clip((x + 0.96) / 1.1, 0, 1) ** 0.85
    thick = 0.25 + (5.0 + 0.5 * a.lashes) * along + (2.6 + 0.3 * a.lashes) * np.clip(x, 0, 1)
    return np.asarray(np.maximum(0.3, thick) * (1 - 0.28 * a.masculine))


def _lash(lid: Points, outer: Points, tip: Points) -> Points:
    """Return the outline of the upper lash: along its top, out to the tip of its wing, and back along the lid."""
    leave, meet = 15, 21  # of the 25 points: where the top leaves for the wing, and where the wing meets the lid
    bow = outer[18] * 0.62 + tip * 0.38
    wing = spline(np.array([outer[leave - 3], outer[leave], bow, tip]), 16)[6:]
    under = spline(np.array([tip, tip * 0.45 + lid[meet] * 0.55 + np.array([-1.6, -0.6]), lid[meet]]), 8)[1:]
    return np.concatenate([outer[: leave + 1], wing, under, lid[:meet][::-1] + np.array([0, 0.25])])


def _singles(figure: Figure, outer: Points, up: Points) -> str:
    """Return path data for the single lashes that stand out above the wing; longer with the knob, none if short."""
    a = figure.attributes
    reach = max(0.0, 1 + 0.22 * a.lashes - 0.8 * a.masculine)
    towards = ((17, (8.2, -4.4)), (14, (5.6, -5.4)))
    return "".join(
        _single(outer[index] - up[index] * 2.5, np.array(step) * reach, 1.9 * min(1.0, reach))
        for index, step in towards
    )


def _single(root: Points, step: Points, half_width: float) -> str:
    """Return path data for one lash, which bends upwards and ends in a point."""
    sag = np.array([0.10 * step[0] + 0.2, 0.14 * abs(float(step[0])) + 0.3])
    return brush(np.array([root, root + step * 0.5 + sag, root + step]), half_width, 8, _pointed)


def _pointed(t: Points) -> Points:
    return np.asarray((1 - t) ** 0.8)


def _lower_lash(figure: Figure, lids: Lids) -> str:
    """Draw the lower lash: a faint rim, and a line along its outer third."""
    a, colours = figure.attributes, figure.palette
    rim = brush(lids.lower[1:13], 0.45, 14)
    line = brush(lids.lower[9:], 1.15 - 0.2 * a.masculine, 12, _outwards)
    return path(rim, colours.lash_end, opacity=0.40) + path(line, colours.lash_end, opacity=0.9)


def _outwards(t: Points) -> Points:
    return np.asarray((0.15 + 0.85 * t**1.2) * (1 - t**9))


def _inwards(t: Points) -> Points:
    return np.asarray(1 - 0.75 * t)
