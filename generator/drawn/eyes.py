"""Eyes, brows and glasses: everything that sits at the height of the eyes.

Knows nothing of the rest of the face. In an eye's own units a runs from -1 at the nose to 1 at the temple and b from
-1 at the top to 1 at the bottom; the iris is cut by the lids point by point, so no clip path is needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import cos, pi, sin

from generator.drawn.geometry import Figure, Point, brush, ellipse, gradient, path, smooth, tapered

_LIDS: dict[str, tuple[tuple[float, ...], tuple[float, ...], float]] = {
    # upper lid and lower lid at a = -1, -0.6, -0.2, 0.2, 0.6, 1; how far the outer corner is raised
    "round": ((0.25, -0.62, -0.92, -0.98, -0.72, 0.05), (0.25, 0.80, 0.96, 0.97, 0.80, 0.05), 0.02),
    "almond": ((0.30, -0.42, -0.80, -0.90, -0.62, 0.00), (0.30, 0.70, 0.86, 0.88, 0.66, 0.00), 0.10),
    "sharp": ((0.42, -0.28, -0.66, -0.84, -0.74, -0.22), (0.42, 0.74, 0.84, 0.80, 0.50, -0.22), 0.20),
    "droopy": ((0.05, -0.66, -0.90, -0.88, -0.56, 0.30), (0.05, 0.64, 0.86, 0.95, 0.86, 0.30), -0.12),
    "sleepy": ((0.30, -0.24, -0.42, -0.46, -0.32, 0.12), (0.30, 0.76, 0.90, 0.90, 0.72, 0.12), -0.02),
}


@cache
def _lid(shape: str, row: int) -> tuple[float, ...]:
    """Return the lid's height b at 41 places from a = -1 to 1, through its knots by a Catmull-Rom spline."""
    upper, lower, _ = _LIDS[shape]
    knots = lower if row else upper
    ring = (2 * knots[0] - knots[1], *knots, 2 * knots[-1] - knots[-2])
    heights = []
    for i in range(41):
        segment = min(4, i // 8)
        t = i / 8 - segment
        p, q, r, s = ring[segment : segment + 4]
        heights.append(q + 0.5 * t * (r - p + t * (2 * p - 5 * q + 4 * r - s + t * (3 * (q - r) + s - p))))
    return tuple(heights)


@dataclass(frozen=True)
class Eye:
    """One eye: side is -1 for the viewer's left, 1 for the right; x, y its middle, w and h half its size."""

    f: Figure
    side: int
    x: float
    y: float
    w: float
    h: float
    squint: float  # how far the lower lid is raised

    def at(self, a: float, b: float) -> Point:
        """Return where a point of the eye lands in the frame."""
        slant = _LIDS[self.f.a.eye_shape][2]
        return self.f.face(self.side * (self.x + a * self.w), self.y + (b - slant * a) * self.h)

    def top(self, a: float) -> float:
        """Return the upper lid's height at a."""
        return _lid(self.f.a.eye_shape, 0)[max(0, min(40, round(20 * a + 20)))]

    def bottom(self, a: float) -> float:
        """Return the lower lid's height at a."""
        b = _lid(self.f.a.eye_shape, 1)[max(0, min(40, round(20 * a + 20)))]
        return max(self.top(a), b - self.squint * (1 - a * a))

    def upper(self, first: float, last: float, lift: float = 0.0, steps: int = 8) -> list[Point]:
        """Return points along the upper lid from a = first to last, raised by lift."""
        return [self.at(a, self.top(a) - lift) for a in _spread(first, last, steps)]

    def lower(self, first: float, last: float, drop: float = 0.0, steps: int = 8) -> list[Point]:
        """Return points along the lower lid from a = first to last, lowered by drop."""
        return [self.at(a, self.bottom(a) + drop) for a in _spread(first, last, steps)]

    def disc(self, a: float, b: float, ra: float, rb: float) -> str:
        """Return the path of an ellipse cut by the lids."""
        points = []
        for i in range(24):
            u, v = a + ra * cos(i * pi / 12), b + rb * sin(i * pi / 12)
            points.append(self.at(u, max(self.top(u), min(self.bottom(u), v))))
        return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"


def _spread(first: float, last: float, steps: int) -> list[float]:
    return [first + (last - first) * i / steps for i in range(steps + 1)]


def eyes(f: Figure) -> list[Eye]:
    """Return both eyes' measures, the viewer's left first."""
    size = 1 + 0.055 * f.a.eye_size + (0.05 if f.a.expression == "surprised" else 0)
    w = (19.5 if f.masculine else 21.5) * (0.4 + 0.6 * size)
    h = (16.5 if f.masculine else 23.5) * size
    squint = {"grin": 0.34, "pout": 0.10, "cat": 0.12}.get(f.a.expression, 0.0)
    x = 31.0 + 1.1 * f.a.eye_spacing + 0.25 * f.a.face_width
    return [Eye(f, side, x, f.eye_y + (2 if f.masculine else 0), w, h, squint) for side in (-1, 1)]


def draw_eyes(f: Figure) -> str:
    """Return both eyes; a wink closes the one on the viewer's right, or the one that hair covers."""
    left, right = eyes(f)
    if f.a.expression != "wink":
        return _open(left) + _open(right)
    return _closed(left) + _open(right) if f.a.bangs == "one-eye" else _open(left) + _closed(right)


def _open(eye: Eye) -> str:
    c = eye.f.colours
    white = smooth([*eye.upper(-1, 1), *reversed(eye.lower(-0.8, 0.8, steps=5))], closed=True)
    shadow = smooth([*eye.upper(-0.95, 0.97, steps=6), *reversed(eye.upper(-0.9, 0.93, -0.30, steps=6))], closed=True)
    return (
        path(white, "#fdfbff")
        + _iris(eye)
        + path(shadow, c.lash, extra='fill-opacity=".20"')
        + _lashes(eye)
        + _glints(eye)
    )


def _middle(eye: Eye) -> tuple[float, float, float, float]:
    small = 0.88 if eye.f.a.expression == "surprised" else 1.0
    a = -0.04 + eye.side * 0.075 * eye.f.a.gaze + eye.side * 0.12 * eye.f.leaning
    return a, 0.02, 0.66 * small * (0.92 if eye.f.masculine else 1), 0.93 * small


def _iris(eye: Eye) -> str:
    c = eye.f.colours.eyes
    a, b, ra, rb = _middle(eye)
    name = f"iris{eye.side}"
    stops = [(0, c.deep), (0.32, c.shade), (0.62, c.base), (1, c.light)]
    return (
        gradient(name, eye.at(a, b - rb), eye.at(a, b + rb), stops)
        + path(eye.disc(a, b, ra, rb), f"url(#{name})", c.line, 1.7)
        + path(eye.disc(a, b + 0.54 * rb, 0.68 * ra, 0.30 * rb), c.light, extra='fill-opacity=".75"')
        + path(eye.disc(a, b - 0.04, 0.36 * ra, 0.40 * rb), c.deep)
    )


def _glints(eye: Eye) -> str:
    a, b, ra, rb = _middle(eye)
    left = -eye.side  # light comes from the viewer's left on both eyes
    scale = 0.85 if eye.f.masculine else 1.0
    big = eye.at(a + left * 0.40 * ra, b - 0.40 * rb)
    small = eye.at(a - left * 0.42 * ra, b + 0.46 * rb)
    return ellipse(big, 0.27 * eye.w * scale, 0.25 * eye.h * scale, "#fff") + ellipse(
        small, 0.125 * eye.w, 0.12 * eye.h, "#fff"
    )


def _lashes(eye: Eye) -> str:
    f, lash = eye.f, eye.f.colours.lash
    weight = 0.19 if f.masculine else 0.25
    spread = _spread(-1, 1, 8)
    thick = (0.05, 0.5, 0.75, 0.9, 1.0, 1.05, 1.15, 1.2, 0.9)
    outer = [eye.at(a, eye.top(a) - weight * share) for a, share in zip(spread, thick, strict=True)]
    wing = [
        eye.at(1.10, eye.top(1) - 0.10),
        eye.at(1.26, eye.top(1) - (0.22 if f.masculine else 0.34)),
        eye.at(1.02, eye.top(1) + 0.10),
    ]
    parts = [
        path(
            smooth([*outer, wing[0]])
            + f"L{wing[1][0]:.1f} {wing[1][1]:.1f}L{wing[2][0]:.1f} {wing[2][1]:.1f}"
            + _back(eye),
            lash,
        )
    ]
    if not f.masculine:
        parts.append(path(_spike(eye, 0.55, 0.95, 1.10, -0.30), lash))
        parts.append(path(_spike(eye, 0.90, 1.05, 1.30, 0.06), lash))
    low = eye.lower(-0.55, 0.98, 0.02, 5)
    parts.append(path(brush(low, [0.4, 0.9, 1.4, 1.8, 2.0, 1.0]), lash, extra='fill-opacity=".85"'))
    crease = eye.upper(-0.55, 0.75, weight * 1.1 + 0.24, 4)
    parts.append(path(brush(crease, [0.3, 1.3, 1.5, 1.2, 0.3]), f.colours.skin.line, extra='fill-opacity=".7"'))
    return "".join(parts)


def _back(eye: Eye) -> str:
    return "".join(f"L{x:.1f} {y:.1f}" for x, y in reversed(eye.upper(-1, 0.98))) + "Z"


def _spike(eye: Eye, first: float, last: float, tip: float, lift: float) -> str:
    roots = eye.at(first, eye.top(first) - 0.1), eye.at(last, eye.top(last) - 0.02)
    end = eye.at(tip + 0.04, eye.top(min(1, tip)) - 0.46 - lift if lift < 0 else eye.top(1) + 0.10)
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in (roots[0], end, roots[1])) + "Z"


def _closed(eye: Eye) -> str:
    arc = [eye.at(a, 0.42 - 0.62 * (1 - a * a) + 0.05 * a) for a in _spread(-1.0, 1.08, 8)]
    widths = [0.8, 2.6, 3.8, 4.4, 4.6, 4.6, 4.2, 3.4, 1.4]
    if eye.f.masculine:
        widths = [0.8 * width for width in widths]
    flicks = [] if eye.f.masculine else [(0.72, 1.10, 0.02), (0.96, 1.30, 0.32)]
    parts = [path(brush(arc, widths), eye.f.colours.lash)]
    for start, end, b in flicks:
        root = 0.42 - 0.62 * (1 - start * start)
        parts.append(
            path(
                tapered(eye.at(start - 0.1, root), eye.at(start + 0.15, root), eye.at(end, b), 2.6), eye.f.colours.lash
            )
        )
    return "".join(parts)


def draw_brows(f: Figure) -> str:
    """Return both brows; drawn over the hair too, so that a mood shows through the bangs."""
    mood = f.a.brow * 0.9 + {"pout": 4.5, "surprised": -3.5, "grin": 2.0, "open": -1.5, "smile": -0.5}.get(
        f.a.expression, 0.0
    )
    lift = {"surprised": 6.0, "open": 2.5, "grin": -1.0, "pout": -2.0}.get(f.a.expression, 0.0)
    weight = 4.6 if f.masculine else 2.9
    return "".join(
        path(_brow(f, eye, mood, lift, weight), f.colours.hair.line, extra='fill-opacity=".8"') for eye in eyes(f)
    )


def _brow(f: Figure, eye: Eye, mood: float, lift: float, weight: float) -> str:
    y = eye.y - (31 if f.masculine else 35) - lift - 0.3 * (eye.h - 22)
    heights: Sequence[tuple[float, float]] = (
        (-17.0, 2.0 + mood),
        (-8.0, -1.5 + 0.4 * mood),
        (4.0, -3.0),
        (16.0, 2.0 - 0.35 * mood),
    )
    points = [f.face(eye.side * (eye.x + 1 + dx), y + dy) for dx, dy in heights]
    return brush(points, [weight * 0.75, weight, weight * 0.8, weight * 0.15])


def draw_glasses(f: Figure) -> str:
    """Return glasses, or nothing."""
    if f.a.glasses == "none":
        return ""
    colour = f.colours.accent.deep
    lenses = [_rim(f, eye) for eye in eyes(f)]
    look = 'stroke-linejoin="round" stroke-linecap="round" fill-opacity=".06"'
    parts = [path(smooth(rim, closed=True), "#fff", colour, 3.3, look) for rim in lenses]
    left, right = eyes(f)
    y = left.y - 3
    inner = left.x - 25.5
    bridge = [f.at(-inner, y, 52), f.at(0, y - 5, 60), f.at(inner, y, 52)]
    parts.append(path(smooth(bridge), "none", colour, 3.3))
    for eye in (left, right):
        ends = [f.face(eye.side * (eye.x + 25.5), y - 2), f.at(eye.side * (f.width + 1), y - 6, -2)]
        parts.append(path(smooth(ends), "none", colour, 2.6))
        glare = [f.face(eye.side * eye.x + dx, eye.y + dy) for dx, dy in ((-15, 10), (-3, -17), (4, -17), (-8, 10))]
        parts.append(
            path(
                smooth(glare[:2])[:0] + "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in glare) + "Z",
                "#fff",
                extra='fill-opacity=".25"',
            )
        )
    return "".join(parts)


def _rim(f: Figure, eye: Eye) -> list[Point]:
    if f.a.glasses == "round":
        return [
            f.face(eye.side * (eye.x + 25.5 * cos(i * pi / 6)), eye.y + 2 + 25 * sin(i * pi / 6)) for i in range(12)
        ]
    corners = ((-25, -12), (-22, -17), (0, -18), (22, -17), (26, -13), (25, 6), (20, 19), (0, 21), (-18, 19), (-24, 8))
    return [f.face(eye.side * (eye.x + dx), eye.y + 2 + dy) for dx, dy in corners]
