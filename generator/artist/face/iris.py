"""The iris: a jewel with a dark top, a glow at its foot, fibres, a pupil and the light's reflections.

Local units are those of ``lids``. Knows nothing of lids but how tall they let the iris be.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import cos, pi, sin, tanh
from types import MappingProxyType

import numpy as np

from generator.artist.face.expressions import expression
from generator.artist.face.layout import layout
from generator.artist.face.lids import TABLE as LID_SHAPES
from generator.artist.face.lids import Lids
from generator.artist.figure import Figure
from generator.artist.palette import IrisColours
from generator.artist.svg import (
    Points,
    Stop,
    brush,
    ellipse,
    group,
    linear_gradient,
    path,
    polygon,
    radial_gradient,
)

FIBRES = 11
FURTHEST = 0.20  # how far an iris looks aside at most, as a share of the eye's half width
WHITE_BELOW = 0.04  # the most white under an iris, as a share of the opening's height: more is a stare too
# The least share of an iris's half height that the upper lid covers: less is a stare. Less when eyes are wide open.
UNDER_LID, UNDER_WIDE_LID = 0.30, 0.14


@dataclass(frozen=True)
class Iris:
    """One iris: its middle and half axes in local units, and the side it is on."""

    x: float
    y: float
    rx: float
    ry: float
    side: int
    colours: IrisColours

    def at(self, across: float, down: float) -> tuple[float, float]:
        """Return the local point that many half axes from the middle."""
        return self.x + across * self.rx, self.y + down * self.ry


def make_iris(figure: Figure, side: int, lids: Lids) -> Iris:
    """Return the iris of one eye (``side`` -1 the viewer's left): it looks where the gaze says, and at the viewer.

    The upper lid always covers a little of it, and it reaches to the lower one: white all round is a stare.
    """
    a, place, mood, rig = figure.attributes, layout(figure), expression(figure), figure.rig
    shape = LID_SHAPES[a.eye_shape]
    size = (1 + 0.032 * a.iris_size) * mood.iris * (1 - 0.05 * a.masculine)
    aside = 0.045 * a.gaze + 0.085 * mood.gaze[0] - 0.15 * sin(rig.yaw)  # shares of the half width
    to_right = FURTHEST * tanh(aside / FURTHEST)
    down = 0.035 * a.gaze_height + 0.055 * mood.gaze[1] - 0.12 * sin(rig.pitch) + shape.iris_drop
    ry = min(1.0 * place.eye_height, 1.22 * place.eye_width) * shape.iris * size
    if a.masculine:
        ry = min(ry, 0.98 * place.eye_width)
    colours = figure.palette.left_iris if side < 0 else figure.palette.right_iris
    x = to_right * place.eye_width * side
    upper, lower = (float(np.interp(x, lid[:, 0], lid[:, 1])) for lid in (lids.upper, lids.lower))
    covered = UNDER_WIDE_LID if mood.opening > 1 else UNDER_LID
    ry = max(ry, (1 - WHITE_BELOW) * (lower - upper) / (2 - covered))
    lowest, highest = upper + (1 - covered) * ry, lower - WHITE_BELOW * (lower - upper) - ry
    return Iris(
        x=x,
        y=min(max((down - 0.06) * place.eye_height, highest), lowest),
        rx=0.79 * place.eye_width * size,
        ry=ry,
        side=side,
        colours=colours,
    )


def draw_iris(figure: Figure, iris: Iris) -> str:
    """Draw the iris with its pupil, without the reflections."""
    c = iris.colours
    body, glow = f"iris-{iris.side}", f"iris-glow-{iris.side}"
    stops: list[Stop] = [(0, c.dark), (0.26, c.dark), (0.50, c.middle), (0.74, c.base), (1, c.bright)]
    fade: list[Stop] = [(0, c.glow, 0.95), (0.5, c.glow, 0.55), (1, c.glow, 0)]
    defs = linear_gradient(body, iris.at(0, -1), iris.at(0, 1), stops)
    defs += radial_gradient(glow, (0, 0), 1, fade)
    x, y = iris.at(0, 0.62)
    foot = f'transform="translate({x:.2f} {y:.2f}) scale({iris.rx * 0.86:.2f} {iris.ry * 0.50:.2f})"'
    ring = f'stroke="{c.dark}" stroke-width="{1.5 + 0.5 * figure.line:.2f}"'
    crescent = brush([iris.at(-0.62, 0.64), iris.at(0, 0.90), iris.at(0.62, 0.64)], 1.05, 12)
    sky = brush([iris.at(-0.66, -0.30), iris.at(0, -0.56), iris.at(0.66, -0.30)], 0.10 * iris.ry, 12)
    return (
        defs
        + ellipse((iris.x, iris.y), (iris.rx, iris.ry), f"url(#{body})")
        + ellipse((0, 0), (1, 1), f"url(#{glow})", more=foot)
        + path(_fibres(iris), c.glow, opacity=0.5)
        + PUPILS[figure.attributes.pupils](figure, iris)
        + ellipse((iris.x, iris.y), (iris.rx - 0.7, iris.ry - 0.7), "none", opacity=0.9, more=ring)
        + path(crescent, c.glow, opacity=0.85)
        + path(sky, c.bright, opacity=0.20)
    )


def draw_reflections(figure: Figure, iris: Iris, lid: Points) -> str:
    """Draw the reflections of the light: a large one on its side, under the upper ``lid``, and small ones opposite."""
    # From -1 (the nose's side or the temple's, as the eye is mirrored) to 1 as the light moves across the picture.
    side = iris.side * float(np.clip(figure.light[0] / 0.45, -1, 1))
    # Beside a star the light keeps clear of it.
    aside, above = (0.54, 0.60) if figure.attributes.pupils == "star" else (0.36, 0.46)
    top = float(np.interp(iris.x, lid[:, 0], lid[:, 1]))
    y = max(iris.y - above * iris.ry, top + 0.20 * iris.ry)
    # Under a low lid it would cover the pupil: there it is smaller and further aside.
    sunk = min(0.5, (y - iris.y) / iris.ry + above)
    x = iris.x + (aside + 0.5 * sunk) * side * iris.rx
    rx, ry = (1 - 0.6 * sunk) * iris.rx, (1 - 0.6 * sunk) * iris.ry
    halo = ellipse((0, 0), (0.31 * rx, 0.30 * ry), iris.colours.glow, opacity=0.40)
    large = group(
        halo + ellipse((0, 0), (0.25 * rx, 0.24 * ry), "#fff"),
        f'transform="translate({x:.1f} {y:.1f}) rotate({-16 * side:.1f})"',
    )
    small = ellipse(iris.at(-0.42 * side, 0.44), (0.125 * iris.rx, 0.11 * iris.ry), "#fff", opacity=0.92)
    dots = ellipse(iris.at(-0.14 * side, 0.68), (0.07 * iris.rx, 0.06 * iris.ry), "#fff", opacity=0.85)
    return large + small + dots


def _fibres(iris: Iris) -> str:
    """Return path data for the wedges that run down and outwards from the pupil."""
    wedges = []
    for index in range(FIBRES):
        angle = pi * (0.06 + 0.88 * index / (FIBRES - 1))
        end = 0.80 + 0.05 * (index % 3)
        spread = 0.05
        points = [
            iris.at(cos(angle - spread) * end, sin(angle - spread) * end),
            iris.at(cos(angle + spread) * end, sin(angle + spread) * end),
            iris.at(cos(angle) * 0.36, sin(angle) * 0.36),
        ]
        wedges.append(polygon(points))
    return "".join(wedges)


def _round_pupil(figure: Figure, iris: Iris) -> str:
    rim = ellipse(iris.at(0, -0.02), (0.46 * iris.rx, 0.46 * iris.ry), iris.colours.dark, opacity=0.45)
    return rim + ellipse(iris.at(0, -0.04), (0.34 * iris.rx, 0.36 * iris.ry), figure.palette.pupil)


def _slit_pupil(figure: Figure, iris: Iris) -> str:
    slit = [iris.at(0, -0.62), iris.at(0.17, -0.04), iris.at(0, 0.56), iris.at(-0.17, -0.04)]
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = slit
    data = f"M{x0:.1f} {y0:.1f}Q{x1 + 1:.1f} {y1:.1f} {x2:.1f} {y2:.1f}Q{x3 - 1:.1f} {y3:.1f} {x0:.1f} {y0:.1f}Z"
    halo = ellipse(iris.at(0, -0.04), (0.30 * iris.rx, 0.56 * iris.ry), iris.colours.bright, opacity=0.55)
    return halo + path(data, figure.palette.pupil)


def _star_pupil(figure: Figure, iris: Iris) -> str:
    angles = [-pi / 2 + index * pi / 5 for index in range(10)]
    radii = [0.42 if index % 2 == 0 else 0.20 for index in range(10)]
    star = [iris.at(cos(a) * r, 0.08 + sin(a) * r * 0.95) for a, r in zip(angles, radii, strict=True)]
    dark = ellipse(iris.at(0, 0.08), (0.48 * iris.rx, 0.46 * iris.ry), figure.palette.pupil, opacity=0.8)
    return dark + path(polygon(star), iris.colours.glow)


def _ring_pupil(figure: Figure, iris: Iris) -> str:
    ring = f'stroke="{iris.colours.glow}" stroke-width="2"'
    return (
        ellipse(iris.at(0, 0), (0.40 * iris.rx, 0.40 * iris.ry), figure.palette.pupil)
        + ellipse(iris.at(0, 0), (0.25 * iris.rx, 0.26 * iris.ry), iris.colours.middle, more=ring)
        + ellipse(iris.at(0, 0), (0.08 * iris.rx, 0.08 * iris.ry), figure.palette.pupil)
    )


PUPILS: Mapping[str, Callable[[Figure, Iris], str]] = MappingProxyType(
    {"round": _round_pupil, "slit": _slit_pupil, "star": _star_pupil, "ring": _ring_pupil}
)
