"""The lids of an eye: the curves it opens between, its lashes, the fold above it, and the arc of a closed one.

Local units: x from the nose outwards, y down, the origin in the eye's middle; both sides are drawn alike and mirrored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from generator.artist.face.expressions import expression
from generator.artist.face.layout import layout
from generator.artist.figure import Figure
from generator.artist.svg import Points, brush, linear_gradient, normals, path, polygon, spline

UPPER_X = np.array([-0.97, -0.82, -0.47, 0.0, 0.45, 0.80, 1.0])  # shares of the half width
LOWER_X = np.array([-0.70, -0.42, 0.0, 0.48, 0.88])
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
            (0.24, -0.32, -0.80, -0.97, -0.90, -0.58, 0.04), (0.72, 0.90, 0.96, 0.88, 0.50), (1.15, -0.24)
        ),
        "almond": LidShape(
            (0.36, -0.14, -0.62, -0.87, -0.84, -0.58, -0.06), (0.68, 0.83, 0.88, 0.78, 0.34), (1.17, -0.34)
        ),
        "sharp": LidShape(
            (0.44, 0.02, -0.44, -0.76, -0.86, -0.72, -0.30), (0.70, 0.82, 0.84, 0.64, 0.12), (1.20, -0.62)
        ),
        "droopy": LidShape(
            (0.06, -0.48, -0.84, -0.94, -0.80, -0.40, 0.30), (0.62, 0.84, 0.94, 0.92, 0.64), (1.16, 0.10)
        ),
        "sleepy": LidShape(
            (0.36, 0.00, -0.24, -0.36, -0.34, -0.17, 0.16),
            (0.66, 0.86, 0.93, 0.84, 0.46),
            (1.15, -0.04),
            iris_drop=0.12,
        ),
        "narrow": LidShape(
            (0.40, 0.02, -0.34, -0.56, -0.62, -0.52, -0.18),
            (0.52, 0.64, 0.66, 0.52, 0.12),
            (1.19, -0.40),
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
        return np.concatenate([self.upper, self.lower[::-1]])


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


def draw_lashes(figure: Figure, lids: Lids, name: str) -> str:
    """Draw the upper lash with its wing, the lower lash and the fold of the lid."""
    a, colours = figure.attributes, figure.palette
    place = layout(figure)
    thick = _thickness(figure, lids.upper[:, 0] / place.eye_width)
    up = -normals(lids.upper)
    outer = lids.upper + up * thick[:, None]
    tip = np.array(TABLE[a.eye_shape].tip) * [place.eye_width, place.eye_height]
    tip[0] += (0.035 * a.lashes - 0.05 * a.masculine) * place.eye_width
    lash = path(polygon(_lash(lids.upper, outer, tip)), f"url(#{name})")
    stops = [(0.0, colours.lash_end), (0.22, colours.lash), (0.82, colours.lash), (1.0, colours.lash_end)]
    ink = linear_gradient(name, (-place.eye_width, 0), (place.eye_width * 1.2, 0), list(stops))
    fold = brush((lids.upper + up * (thick * 0.7 + 5.0)[:, None])[6:22], 0.75 * figure.line, 14)
    return (
        ink
        + path(fold, figure.palette.skin.line, opacity=0.75)
        + _lower_lash(figure, lids)
        + lash
        + path(_flicks(figure, outer), colours.lash)
    )


def draw_closed(figure: Figure) -> str:
    """Draw a shut eye: the happy arc of its lashes, and the fold above it."""
    a, colours, place = figure.attributes, figure.palette, layout(figure)
    size = np.array([place.eye_width, min(place.eye_height, place.eye_width)])
    arc = np.array([(-0.98, 0.44), (-0.60, 0.06), (-0.05, -0.14), (0.50, 0.0), (0.98, 0.42)]) * size
    weight = (2.5 + 0.25 * a.lashes) * (0.9 if a.masculine else 1.0)
    ends = spline(arc, 17)
    drawn = path(brush(arc, weight, 20, _arc_profile), colours.lash)
    drawn += path(brush((ends + [0, -8])[3:14], 0.7 * figure.line, 12), colours.skin.line, opacity=0.6)
    flicks = ((16, (6.5, 0.2)), (14, (6.5, -4.2)), (12, (4.6, -6.2)))
    for index, towards in flicks[: 1 if a.masculine else 3]:
        drawn += path(_flick(ends[index], np.array(towards) * (1 + 0.12 * a.lashes), 2.0), colours.lash)
    return drawn


def _arc_profile(t: Points) -> Points:
    return np.asarray((0.22 + 0.78 * np.sin(np.pi * t) ** 0.6) * (1 - 0.5 * t**8))


def _thickness(figure: Figure, x: Points) -> Points:
    """Return how thick the upper lash is at ``x`` (shares of the half width): nothing at the nose, most outside."""
    a = figure.attributes
    along = np.clip((x + 0.96) / 1.1, 0, 1) ** 0.85
    thick = 0.25 + (5.0 + 0.55 * a.lashes) * along + (1.1 + 0.3 * a.lashes) * np.clip(x, 0, 1)
    return np.asarray(np.maximum(0.3, thick) * (1 - 0.28 * a.masculine))


def _lash(lid: Points, outer: Points, tip: Points) -> Points:
    """Return the outline of the upper lash: along its top, out to the tip of its wing, and back along the lid."""
    leave = 17  # of 25 points: where the top turns into the wing
    before = outer[leave - 4 : leave + 1]
    wing = spline(np.array([before[0], before[-1], (outer[21] * 0.72 + tip * 0.28) + [0.8, 0.2], tip]), 14)[5:]
    under = spline(np.array([tip, (tip * 0.45 + lid[23] * 0.55) + [-0.6, 0.9], lid[22]]), 7)[1:]
    return np.concatenate([outer[: leave + 1], wing, under, lid[:22][::-1] + [0, 0.25]])


def _flicks(figure: Figure, outer: Points) -> str:
    """Return path data for the single lashes that stand out above the wing; longer with the knob, none if short."""
    a = figure.attributes
    reach = max(0.0, 1 + 0.24 * a.lashes - 0.75 * a.masculine)
    towards = ((18, (6.6, -3.6)), (15, (4.2, -4.6)))
    return "".join(_flick(outer[index], np.array(step) * reach, 2.1 * min(1.0, reach)) for index, step in towards)


def _flick(root: Points, towards: ArrayLike, half_width: float) -> str:
    """Return path data for one lash: a thorn that bends upwards."""
    step = np.asarray(towards, dtype=float)
    across = np.array([-step[1], step[0]]) / max(1e-6, float(np.hypot(*step))) * half_width
    start, end = root - step * 0.5, root + step
    bend = np.array([0.06, 0.10]) * np.hypot(*step)
    return polygon(
        [
            start + across,
            root + step * 0.45 + across * 0.35 + bend,
            end,
            root + step * 0.3 - across * 0.3,
            start - across,
        ]
    )


def _lower_lash(figure: Figure, lids: Lids) -> str:
    """Draw the lower lash: a line that grows outwards, with two single lashes."""
    a, colours = figure.attributes, figure.palette
    line = brush(lids.lower[3:], 0.95 - 0.15 * a.masculine, 14, _outwards)
    reach = max(0.0, 1 + 0.3 * a.lashes - 0.8 * a.masculine)
    singles = "".join(
        _flick(lids.lower[index], np.array(step) * reach, 0.8 * min(1.0, reach))
        for index, step in ((12, (2.0, 3.4)), (14, (3.4, 2.8)))
    )
    return path(line + singles, colours.lash_end, opacity=0.9)


def _outwards(t: Points) -> Points:
    return np.asarray((0.25 + 0.75 * t**1.3) * (1 - t**9))
