"""What is sewn onto garments: bows, brooches, buttons, stitches, lace, frills, fur and printed blossoms.

Places and sizes are in body coordinates (see ``bust``). Knows no garment.
"""

from collections.abc import Callable
from math import cos, radians, sin

import numpy as np
from numpy.typing import ArrayLike

from generator.artist.body.bust import Bust, Fabric, Line, placed, wedge
from generator.artist.figure import sequence
from generator.artist.palette import Tone
from generator.artist.svg import Points, ellipse, joined, leaves, normals, path, smooth, spline, xy

Place = Callable[[ArrayLike], Points]  # from a trimming's own units to the canvas

# One half of a bow around its knot: the inside of the loop, its front, and the tail, which ends in a swallow's notch.
BOW_INSIDE: Line = ((3, -4), (16, -16), (34, -22), (46, -15), (45, -4), (30, -6), (14, -3), (3, 0))
BOW_FRONT: tuple[Line, ...] = (
    ((3, -3), (14, -10), (30, -13), (46, -14)),
    ((46, -14), (49, 0), (44, 13), (32, 18), (16, 11), (3, 4)),
)
BOW_TAIL: tuple[Line, ...] = (
    ((2, 4), (9, 18), (15, 44)),
    ((15, 44), (22, 36)),
    ((22, 36), (33, 40)),
    ((33, 40), (24, 18), (7, 2)),
)
BOW_KNOT: Line = ((-6, -8), (6, -8), (8, 0), (6, 8), (-6, 8), (-8, 0))


def bow(b: Bust, fabric: Fabric, x: float, y: float, size: float, *, tails: bool = True) -> str:
    """Draw a tied ribbon bow with its knot at (x, y). ``size`` 1 is about 96 head units wide."""
    tone = fabric.tone
    halves = [_placed(b, x, y, size, 3.0), _placed(b, x, y, 0.95 * size, 4.0, mirror=-1)]

    def shapes(*pieces: Line) -> str:
        return "".join(joined(*placed(pieces, place)) for place in halves)

    def strokes(*lines: tuple[Line, float]) -> str:
        widths = np.array([width for _, width in lines]) * size * b.scale
        return "".join(leaves(place([line for line, _ in lines]), widths) for place in halves)

    shift = np.array([-4.0 * b.light_x, 4.0]) * size * b.scale
    shadow = "".join(joined(*(piece + shift for piece in placed(BOW_FRONT, place))) for place in halves)
    drawn = path(shadow, b.cast_colour, opacity=0.26)
    if tails:
        drawn += path(shapes(*BOW_TAIL), fabric.fill, stroke=tone.line, width=b.line)
        drawn += path(strokes((((5, 8), (13, 20), (18, 38)), 2.0)), tone.shadow)
    drawn += path("".join(smooth(place(BOW_INSIDE)) for place in halves), tone.shadow, stroke=tone.line, width=b.line)
    drawn += path(shapes(*BOW_FRONT), fabric.fill, stroke=tone.line, width=b.line)
    under = (((10, 5), (24, 10), (36, 14), (45, 7), (33, 18), (16, 11)),)
    drawn += path(shapes(*under), tone.shadow)
    drawn += path(strokes((((5, -2), (14, -4), (25, -3)), 1.3), (((5, 2), (15, 3), (24, 7)), 1.5)), tone.deep)
    drawn += path(strokes((((20, -9), (32, -10), (43, -10)), 1.5)), tone.light)
    knot = _placed(b, x, y, size, 0.0)
    drawn += path(smooth(knot(BOW_KNOT)), fabric.fill, stroke=tone.line, width=b.line)
    folds = leaves(knot([((-3, -7), (-1, 0), (-3, 7)), ((3, -6), (4.5, 0), (4, 7))]), [1.1 * size * b.scale] * 2)
    return drawn + path(folds, tone.shadow) + _glint(b, knot(((4 * b.light_x, -3),))[0], size)


def _glint(b: Bust, centre: Points, size: float) -> str:
    return ellipse(centre, (1.6 * size * b.scale, 2.2 * size * b.scale), "#ffffff", opacity=0.35)


def _placed(b: Bust, x: float, y: float, size: float, degrees: float, mirror: int = 1) -> Place:
    """Return the map from local units to the canvas; ``degrees`` turns them clockwise before they are mirrored."""
    c, s = cos(radians(degrees)), sin(radians(degrees))

    def place(line: ArrayLike) -> Points:
        p = np.asarray(line, dtype=float) * size @ np.array([[c, s], [-s, c]])
        return b.at(p * [mirror, 1] + [x, y])

    return place


def gem(b: Bust, x: float, y: float, radius: float, tone: Tone, *, side: int = 1) -> str:
    """Draw a cut stone in a metal setting; ``radius`` is the setting's, in head units."""
    metal, r = b.palette.metal, radius * b.scale
    centre = b.at([(x, y)], side)[0]
    rim = f'stroke="{metal.line}" stroke-width="{0.8 * b.line:.2f}"'
    towards = np.array([b.light_x, b.light_y]) * r
    return (
        ellipse(centre, (r, r), metal.base, more=rim)
        + ellipse(centre + towards * 0.12, (r * 0.86, r * 0.86), metal.light)
        + ellipse(
            centre, (r * 0.68, r * 0.70), tone.deep, more=f'stroke="{metal.line}" stroke-width="{0.5 * b.line:.2f}"'
        )
        + ellipse(centre - towards * 0.16, (r * 0.50, r * 0.50), tone.base)
        + ellipse(centre - towards * 0.36, (r * 0.30, r * 0.24), tone.light)
        + ellipse(centre + towards * 0.36, (r * 0.16, r * 0.14), "#ffffff", opacity=0.95)
    )


def button(b: Bust, x: float, y: float, radius: float, tone: Tone, *, side: int = 1) -> str:
    """Draw a button; ``radius`` in head units."""
    r, centre = radius * b.scale, b.at([(x, y)], side)[0]
    towards = np.array([b.light_x, b.light_y]) * r
    return ellipse(
        centre, (r, r), tone.shadow, more=f'stroke="{tone.line}" stroke-width="{0.7 * b.line:.2f}"'
    ) + ellipse(centre + towards * 0.16, (r * 0.72, r * 0.72), tone.light)


def dashes(
    b: Bust, line: Line, colour: str, width: float, pattern: tuple[float, float], *, side: int = 1, cap: str = "butt"
) -> str:
    """Draw a broken line: stitches, a zip's teeth, a fringe; with round caps and a first 0, pearls.

    ``width`` and ``pattern`` (drawn, left out) are in head units.
    """
    drawn, gap = (length * b.scale for length in pattern)
    return (
        f'<path d="{joined(b.at(line, side), close=False)}" fill="none" stroke="{colour}" '
        f'stroke-width="{width * b.scale:.2f}" stroke-dasharray="{drawn:.2f} {gap:.2f}" stroke-linecap="{cap}"/>'
    )


def stitches(b: Bust, line: Line, colour: str, *, side: int = 1) -> str:
    """Draw a seam's stitches."""
    return dashes(b, line, colour, 0.7, (2.4, 1.6), side=side)


def pearls(b: Bust, line: Line, tone: Tone, size: float = 2.6, *, side: int = 1) -> str:
    """Draw a string of pearls ``size`` head units thick."""
    gap = (0.0, size * 1.12)
    return dashes(b, line, tone.line, size * 1.3, gap, side=side, cap="round") + dashes(
        b, line, tone.light, size, gap, side=side, cap="round"
    )


def lace(b: Bust, fabric: Fabric, line: Line, depth: float, count: int, *, side: int = 1) -> str:
    """Draw a scalloped edge that hangs ``depth`` head units to the right of ``line``'s direction, with its eyelets."""
    curve = spline(b.at(line, side), count + 1)
    out = -normals(curve) * depth * b.scale * side
    tips, middle = curve + out, (curve[1:] + curve[:-1]) / 2
    drop = (out[1:] + out[:-1]) / 2
    data = "M" + xy(curve[0]) + "L" + xy((tips * 0.45 + curve * 0.55)[0])
    ends = tips * 0.45 + curve * 0.55
    for bulge, end in zip(middle + drop * 1.55, ends[1:], strict=True):
        data += "Q" + xy(bulge, end)
    data += "L" + xy(*curve[::-1]) + "Z"
    eyelets = "".join(_dot(centre, 0.17 * depth * b.scale) for centre in middle + drop * 0.55)
    return path(data, fabric.fill, stroke=fabric.tone.line, width=0.7 * b.line) + path(eyelets, fabric.tone.deep)


def _dot(centre: Points, radius: float) -> str:
    x, y = centre.tolist()
    arc = f"a{radius:.1f} {radius:.1f} 0 1 0"
    return f"M{x - radius:.1f} {y:.1f}{arc} {2 * radius:.1f} 0{arc} {-2 * radius:.1f} 0Z"


def frill(b: Bust, fabric: Fabric, line: Line, depth: float, count: int, *, up: bool = False) -> str:
    """Draw a gathered ruffle that falls (or stands) ``depth`` head units from ``line``, in ``count`` waves."""
    top = spline(b.at(line), 2 * count + 1)
    out = normals(top) * depth * b.scale * (-1 if up else 1)
    wave = np.where(np.arange(2 * count + 1) % 2 == 0, 0.80, 1.06) + 0.05 * sequence(2 * count + 1)
    edge = top + out * wave[:, None]
    data = joined(edge, top[::-1])
    valleys, hills = np.arange(2, 2 * count, 2), np.arange(1, 2 * count, 2)
    gathers = np.stack([edge, (edge + top) / 2, top], axis=1)[valleys]
    folds = np.stack([edge * 0.97 + top * 0.03, edge * 0.75 + top * 0.25, (edge + top) / 2], axis=1)[hills]
    width = 0.17 * float(np.linalg.norm(top[2] - top[0]))
    return (
        path(data, fabric.fill, stroke=fabric.tone.line, width=0.9 * b.line)
        + path(leaves(folds, np.full(len(folds), 0.8 * width), wedge), fabric.tone.light)
        + path(leaves(gathers, np.full(len(gathers), 1.2 * width), wedge), fabric.tone.shadow)
    )


def fur(b: Bust, fabric: Fabric, line: Line, length: float, count: int, *, phase: float = 0.0) -> str:
    """Draw a roll of fur: ``count`` rounded tufts of three sizes stand ``length`` head units out of ``line``."""
    tone, curve, size = fabric.tone, spline(b.at(line), 4 * count), length * b.scale
    towards = np.array([b.light_x, b.light_y]) * 0.30 * size
    body = path(_tufted(curve, size, count, phase), tone.base, stroke=tone.shadow, width=0.6 * b.line)
    shade = path(_tufted(curve - towards * 0.50, 0.80 * size, count - 1, phase + 1), tone.shadow, opacity=0.75)
    light = path(_tufted(curve + towards * 0.25, 0.70 * size, count - 1, phase + 2), tone.base)
    bright = path(_tufted(curve + towards * 0.95, 0.44 * size, count - 2, phase + 3), tone.light)
    return body + shade + light + bright


TUFT_WIDTHS = (1.0, 0.62, 0.80, 0.55, 0.90)  # of tufts side by side, in turn


def _tufted(curve: Points, length: float, count: int, phase: float) -> str:
    """Return path data for a roll of ``count`` tufts on either side of ``curve``; all lean along it."""
    shift = round(phase)
    wide = np.array([TUFT_WIDTHS[(i + shift) % len(TUFT_WIDTHS)] for i in range(count)])
    ends = np.concatenate([[0.0], np.cumsum(wide)]) / wide.sum()
    at = ends * (len(curve) - 1)
    normal = normals(curve)
    foot, out = (
        np.stack([np.interp(at, np.arange(len(curve)), part[:, axis]) for axis in (0, 1)], axis=1)
        for part in (curve, normal)
    )
    roll = length * 0.72 * (1 - 0.50 * (2 * ends - 1)[:, None] ** 6)
    around = np.concatenate([foot + roll * out, (foot - roll * out)[::-1], foot[:1] + roll[:1] * out[:1]])
    lean = np.concatenate([np.full(count, 1.0), [0.0], np.full(count, -1.0), [0.0]])
    return _tufts(around, lean)


def _tufts(feet: Points, lean: Points) -> str:
    """Return path data of rounded tufts between neighbouring ``feet`` [n + 1, 2], each leaning by ``lean`` [n]."""
    step = feet[1:] - feet[:-1]
    tall = 0.62 * np.stack([-step[:, 1], step[:, 0]], axis=1)
    along = 0.22 * lean[:, None] * step
    first = feet[:-1] + tall - 0.08 * step + along
    second = feet[1:] + tall + 0.08 * step + along
    segments = np.concatenate([first, second, feet[1:]], axis=1)
    return "M" + xy(feet[0]) + ("C%.1f %.1f %.1f %.1f %.1f %.1f" * len(step)) % tuple(segments.ravel().tolist()) + "Z"


# A petal around the middle of a blossom of radius 1, and the vein in it.
PETAL = np.array([(0, -0.12), (0.34, -0.5), (0.30, -0.92), (0, -0.78), (-0.30, -0.92), (-0.34, -0.5), (0, -0.12)])
PETAL_RAY = np.array([(0, -0.1), (0, -0.3), (0, -0.5)])


def blossoms(b: Bust, places: tuple[tuple[float, float, float, float], ...], tone: Tone, heart: Tone) -> str:
    """Draw printed cherry blossoms at (x, y), each with its radius in head units and its angle in degrees."""
    p = np.array(places)
    angles = np.radians(p[:, 3:] + 72 * np.arange(5))
    turned = np.stack([np.cos(angles), np.sin(angles), -np.sin(angles), np.cos(angles)], -1).reshape(-1, 5, 2, 2)
    petals = b.at((PETAL @ turned) * p[:, 2, None, None, None] + p[:, None, None, :2]).reshape(-1, 7, 2)
    rays = b.at((PETAL_RAY @ turned) * p[:, 2, None, None, None] + p[:, None, None, :2]).reshape(-1, 3, 2)
    outlines = "".join(joined(petal[:4], petal[3:]) for petal in petals)
    hearts = "".join(_dot(b.at(place[:2]), 0.16 * place[2] * b.scale) for place in p)
    return (
        path(outlines, tone.light, stroke=tone.shadow, width=0.5 * b.line)
        + path(leaves(rays, np.repeat(0.07 * p[:, 2] * b.scale, 5)), tone.shadow)
        + path(hearts, heart.base)
    )
