"""Hair in front of the head: the cap with its bangs, locks beside the face, shine, the lone strand on the crown.

Knows nothing of hair behind the head. A style is a list of points along the lower edge of the cap, from the viewer's
left to right, in head coordinates at rest.
"""

from collections.abc import Sequence
from math import copysign, cos, pi, sin

from generator.drawn.geometry import (
    Figure,
    Point,
    brush,
    fading,
    gradient,
    line,
    locks,
    mix,
    move,
    path,
    quad,
    smooth,
    tapered,
)

# fmt: off
# bangs -> the lower edge of the cap: valley, tip, ..., valley; x at rest and y below the height of the tips
_EDGES: dict[str, tuple[Point, ...]] = {
    "blunt": (
        (-70, -4), (-58, 16), (-46, -2), (-33, 6), (-21, -14), (-9, 3), (3, -8), (15, 4), (26, -16), (37, 6), (47, -2),
        (58, 16), (70, -4),
    ),
    "hime": (
        (-68, -6), (-55, 4), (-44, -4), (-28, 4), (-14, -7), (0, 4), (14, -7), (28, 4), (44, -4), (55, 4), (68, -6),
    ),
    "messy": (
        (-72, -12), (-62, 24), (-52, -16), (-40, 8), (-30, -22), (-10, 14), (-6, -18), (14, 2), (16, -24), (38, 12),
        (46, -14), (63, 26), (72, -12),
    ),
    "swept": (
        (-71, -4), (-62, 28), (-50, -18), (-36, 2), (-40, -26), (-8, 2), (-22, -34), (22, 7), (2, -36), (46, 16),
        (30, -24), (64, 34), (71, -4),
    ),
    "parted": (
        (-71, 2), (-64, 40), (-52, 6), (-48, 20), (-34, -8), (-26, 2), (-3, -46), (28, 4), (36, -8), (50, 20), (54, 6),
        (64, 40), (71, 2),
    ),
    "curtain": (
        (-71, 6), (-60, 58), (-46, 8), (-36, 16), (6, -48), (20, 4), (30, -8), (46, 14), (48, 4), (61, 60), (71, 6),
    ),
    "wispy": (
        (-70, 4), (-56, 36), (-47, -8), (-38, 2), (-26, -26), (-3, 28), (8, -28), (24, -4), (34, -18), (45, 8),
        (50, -4), (58, 36), (70, 4),
    ),
    "one-eye": (
        (-71, 6), (-58, 64), (-40, 10), (-26, 40), (-8, -20), (14, -2), (10, -36), (44, 8), (34, -22), (64, 36),
        (71, 0),
    ),
}
# fmt: on

# bangs -> locks beside the face: (root x, root y, half width, tip x, tip y, blunt end)
_SIDES: dict[str, tuple[float, float, float, float, float, bool]] = {
    "blunt": (65, 96, 10, 63, 186, False),
    "hime": (64, 94, 13, 65, 200, True),
    "messy": (67, 100, 10, 66, 182, False),
    "swept": (67, 100, 9, 65, 184, False),
    "parted": (66, 100, 9, 66, 196, False),
    "curtain": (67, 104, 8, 67, 190, False),
    "wispy": (66, 98, 10, 61, 200, False),
    "one-eye": (67, 100, 8, 67, 186, False),
}


def edge(f: Figure) -> list[Point]:
    """Return the lower edge of the bangs in the frame."""
    m = 124.0 + 3.2 * f.a.bang_length
    scale = f.shell / 75.0
    spots = [(x, m + y) for x, y in _EDGES[f.a.bangs]]
    points = []
    for i, (x, y) in enumerate(spots):
        lean = (3.0 if i % 2 else 0.5) * f.a.flow * (1 - (x / 74) ** 2)
        points.append(f.hair(x * scale + lean, y))
    return [*_temple(f, -1, spots[0][1]), *points, *reversed(_temple(f, 1, spots[-1][1]))]


def _temple(f: Figure, side: int, y: float) -> list[Point]:
    """Return valley and tip of the lock at one edge of the head; it is wide on the side that a turn brings forward."""
    near = max(0.0, -side * f.leaning)
    return [
        f.outline(side * f.shell, y - 6 + 20 * near),
        f.outline(side * (f.shell - 6 - 14 * near), y + 20 + 30 * near),
    ]


def _crown(f: Figure) -> str:
    """Return the cap's upper outline as path text, from the right end of the edge to its left: half a superellipse."""
    points = [_rim_point(f, i * pi / 10) for i in range(11)]
    return smooth(points).replace("M", "L", 1) + "Z"


def _rim_point(f: Figure, angle: float, inset: float = 0.0) -> Point:
    """Return the point of the cap's outline at an angle from the right end (0) over the crown to the left end (pi)."""
    c, s = cos(angle), sin(angle)
    x = copysign(abs(c) ** 0.90, c) * (f.shell - inset)
    return f.outline(x + 1.5 * f.a.flow * s, 118 - (118 - f.crown - inset) * s**0.90)


def cap(f: Figure) -> str:
    """Return the closed outline of the front hair."""
    points = edge(f)
    return move(points[0]) + locks(points) + _crown(f)


def shadow(f: Figure) -> str:
    """Return the outline of everything in front of the forehead that shades the face."""
    return cap(f) + "".join(_lock(f, side) for side in (-1, 1))


def draw_sides(f: Figure) -> str:
    """Return the locks beside the face."""
    c = f.colours.hair
    parts = []
    for side in (-1, 1):
        shape = _lock(f, side)
        root, _, half, tip, end, _ = _measures(f)
        shade = [
            _side(f, side, x, y)
            for x, y in (
                (root - half + 2, 120),
                (tip - half * 0.1, end - 26),
                (tip, end - 4),
                (tip - half * 0.7, end - 40),
            )
        ]
        parts.append(path(shape, "url(#strands)", c.line, 2.1, 'stroke-linejoin="round"'))
        parts.append(path(smooth(shade, closed=True), c.shade))
    return "".join(parts)


def _measures(f: Figure) -> tuple[float, float, float, float, float, bool]:
    root, y, half, tip, end, blunt = _SIDES[f.a.bangs]
    wide = f.width + 14 - 75
    shorter = 22 if f.masculine else 0
    return root + wide, y, half, tip + wide, end + 3.0 * f.a.bang_length - shorter, blunt


def _side(f: Figure, side: int, x: float, y: float) -> Point:
    return mix(f.at(side * x, y, 6), f.outline(side * x, y), 0.5)


def _lock(f: Figure, side: int) -> str:
    root, y, half, tip, end, blunt = _measures(f)
    outer, inner = _side(f, side, min(root + half, f.shell - 9), y), _side(f, side, root - half, y)
    belly = y + 0.62 * (end - y)
    if blunt:
        low, high = _side(f, side, tip + half * 0.9, end), _side(f, side, tip - half * 0.9, end - 3)
        return (
            move(inner)
            + quad(_side(f, side, root - half, belly), high)
            + line([low])
            + quad(_side(f, side, root + half * 1.25, belly), outer)
            + "Z"
        )
    point = _side(f, side, tip, end)
    return (
        move(inner)
        + quad(_side(f, side, root - half * 1.3, belly), point)
        + quad(_side(f, side, root + half * 1.6, belly), outer)
        + "Z"
    )


def draw_cap(f: Figure) -> str:
    """Return the cap: fill, shade, strands, shine, outline."""
    c = f.colours.hair
    points = edge(f)
    shape = cap(f)
    return (
        path(shape, "url(#cap)", c.line, 2.3, 'stroke-linejoin="round"')
        + "".join(_folds(f, points))
        + _flank(f)
        + _shine(f)
        + "".join(_strands(f, points))
        + _rim(f)
    )


def defs(f: Figure) -> str:
    """Return the gradients of the hair."""
    c = f.colours.hair
    top, mid = f.crown + f.drop, 128 + f.drop
    return gradient("cap", (118, top), (132, mid + 8), [(0, c.base), (0.55, c.base), (1, c.shade)]) + gradient(
        "strands", (128, 90), (128, 215), [(0, c.base), (0.6, c.base), (1, c.shade)]
    )


def _folds(f: Figure, points: Sequence[Point]) -> list[str]:
    """Return the shaded right part of each strand."""
    parts = []
    for i in range(0, len(points) - 2, 2):
        valley, tip, following = points[i : i + 3]
        high = f.crown + f.drop
        root = mix(following, (f.at(0, 0, 30)[0], high), 0.42)
        inner = mix(mix(valley, following, 0.62), tip, 0.30)
        control = following[0] + 0.1 * (tip[0] - following[0]), following[1] + 0.62 * (tip[1] - following[1])
        parts.append(
            path(move(tip) + quad(control, following) + line([root]) + quad(inner, tip) + "Z", f.colours.hair.shade)
        )
    return parts


def _flank(f: Figure) -> str:
    """Return the shade along the right side of the cap, away from the light."""
    outer = [_rim_point(f, i * pi / 10, 1.0) for i in range(5)]
    inner = [_rim_point(f, i * pi / 10, inset) for i, inset in ((3, 9), (2, 15), (1, 16), (0, 13))]
    return path(smooth([*outer, *inner], closed=True), f.colours.hair.shade)


def _shine(f: Figure) -> str:
    """Return the ring of light around the head: an arc with a toothed lower edge, broken on the right."""
    y = f.crown + 36
    return "".join(
        _gleam(f, y, first, last, thick, teeth) for first, last, thick, teeth in ((-55, 12, 19, 5), (23, 45, 12, 2))
    )


def _gleam(f: Figure, y: float, first: float, last: float, thick: float, teeth: int) -> str:
    def at(share: float, drop: float) -> Point:
        x = first + (last - first) * share
        return f.hair(x, y + 15 * (x / 60) ** 2 + drop)

    d = smooth([at(i / 6, -2.5 * (1 - (i / 3 - 1) ** 2)) for i in range(7)])
    for i in range(teeth, 0, -1):
        tall = thick * (0.45 + 0.55 * (1 - (2 * (i - 0.5) / teeth - 1) ** 2)) * (1.0 if i % 2 else 0.72)
        d += quad(at((i - 0.35) / teeth, tall * 0.7), at((i - 0.5) / teeth, tall)) + quad(
            at((i - 0.75) / teeth, tall * 0.6), at((i - 1) / teeth, thick * 0.28 * (i > 1))
        )
    return path(d + "Z", f.colours.hair.light, extra='fill-opacity=".9"')


def _strands(f: Figure, points: Sequence[Point]) -> list[str]:
    """Return the lines that run from the valleys of the bangs up toward the crown."""
    whorl = f.at(2 * f.a.flow, f.crown + 8, 24)
    parts = []
    for i, valley in enumerate(points[2:-2:2]):
        if not _faces_us(f, valley):
            continue
        goal = mix(valley, whorl, (0.62, 0.46, 0.7)[i % 3])
        control = valley[0] + 0.1 * (goal[0] - valley[0]), mix(valley, goal, 0.55)[1]
        parts.append(path(fading(valley, control, goal, 2.8), f.colours.hair.line, extra='fill-opacity=".75"'))
    for share in (-0.80, -0.52, 0.50, 0.78):  # long strands that keep a full fringe from looking like a helmet
        start, control, end = (
            f.hair(f.shell * share, 112),
            f.hair(f.shell * share * 0.96, 82),
            f.at(f.shell * share * 0.45, f.crown + 13, 20),
        )
        if _faces_us(f, start):
            parts.append(path(tapered(start, control, end, 2.0), f.colours.hair.line, extra='fill-opacity=".38"'))
    return parts


def _faces_us(f: Figure, p: Point) -> bool:
    """Return whether a line may start here: at the outline of a turned head lines would run into one another."""
    return abs(p[0] - f.outline(0, 0)[0]) < f.shell - 6


def _rim(f: Figure) -> str:
    """Return the thin light along the upper left outline."""
    points = [_rim_point(f, i * pi / 20, 6.0) for i in range(12, 19)]
    return path(brush(points, [0.3, 1.6, 2.4, 2.8, 2.4, 1.6, 0.3]), f.colours.hair.light, extra='fill-opacity=".8"')


def draw_ahoge(f: Figure) -> str:
    """Return the lone strand that stands up from the crown, if this head has one."""
    size = min(1.0, max(0.0, (f.a.ahoge - 0.5) / 1.2))
    if size < 0.25 or f.a.accessory in ("halo", "headband"):
        return ""
    c = f.colours.hair
    root = f.crown + 5
    tip = f.at(17 * size + 5, f.crown - 15 * size, -4)
    shape = (
        move(f.at(-7, root, -4))
        + quad(f.at(-6, f.crown - 20 * size, -4), tip)
        + quad(f.at(5, f.crown - 9 * size, -4), f.at(5, root, -4))
    )
    return path(shape, c.base, c.line, 2.0, 'stroke-linejoin="round"')
