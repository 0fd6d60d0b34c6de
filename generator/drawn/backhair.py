"""Hair behind the head: one function a style, and what of it falls in front of the shoulders.

Knows nothing of bangs. Points are in head coordinates at rest, 20 units behind the middle of the head.
"""

from collections.abc import Callable, Sequence

from generator.drawn.geometry import (
    Figure,
    Point,
    cubic,
    ellipse,
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


def defs(f: Figure) -> str:
    """Return the gradient of the hair behind the head, only a little darker than in front."""
    c = f.colours.hair
    return gradient("back", (128, 60), (128, 250), [(0, c.shade), (0.55, c.shade), (1, c.base)]) + gradient(
        "tail", (128, 60), (128, 250), [(0, c.base), (0.55, c.base), (1, c.shade)]
    )


def draw_back(f: Figure) -> str:
    """Return the hair behind head and neck."""
    return _BACK[f.a.back_hair](f)


def draw_front(f: Figure) -> str:
    """Return what hangs in front of the shoulders: braids."""
    return _braid(f, -1) + _braid(f, 1) if f.a.back_hair == "braids" else ""


def _shape(f: Figure, d: str, fill: str = "url(#back)") -> str:
    return path(d, fill, f.colours.hair.line, 2.3, 'stroke-linejoin="round"')


def _mass(f: Figure, edge: Sequence[Point], bulge: float) -> str:
    """Return a mass of hair around the head: the edge runs from the viewer's left to right below, bulge is its side."""
    points = [f.back(x, y) for x, y in edge]
    s = f.shell
    right, left = edge[-1], edge[0]
    return (
        move(points[0])
        + locks(points)
        + cubic(f.back(right[0] + bulge, right[1] - 40), f.back(s + 3, 130), f.back(s + 1, 100))
        + cubic(f.back(s - 4, 60), f.back(s * 0.5, f.crown + 6), f.back(0, f.crown + 6))
        + cubic(f.back(-s * 0.5, f.crown + 6), f.back(-s + 4, 60), f.back(-s - 1, 100))
        + cubic(f.back(-s - 3, 130), f.back(left[0] - bulge, left[1] - 40), points[0])
        + "Z"
    )


def _hollow(f: Figure, low: float) -> str:
    """Return the dark behind the neck."""
    half = f.width * 0.8
    spots = [
        f.back(-half, 150),
        f.back(half, 150),
        f.back(half * 0.8, low - 8),
        f.back(0, low),
        f.back(-half * 0.8, low - 8),
    ]
    return path(smooth(spots, closed=True), f.colours.hair.deep)


def _short(f: Figure) -> str:
    s = f.shell
    left = [(1 - s, 168), (3 - s, 190), (15 - s, 182), (20 - s, 203), (36 - s, 194), (-30, 214), (-14, 206)]
    return _shape(f, _mass(f, _mirrored(left, (0, 216)), 2)) + _hollow(f, 204)


def _mirrored(left: Sequence[Point], middle: Point) -> list[Point]:
    return [*left, middle, *[(-x, y) for x, y in reversed(left)]]


def _bob(f: Figure) -> str:
    s = f.shell + 9
    left = [(-s, 196), (10 - s, 217), (22 - s, 210), (34 - s, 221), (46 - s, 213), (-22, 222)]
    return _shape(f, _mass(f, _mirrored(left, (0, 214)), 5)) + _hollow(f, 214) + _fall(f, s, 200)


def _long(f: Figure) -> str:
    s = f.shell + 8
    d = move(f.back(-s - 8, 290)) + line([f.back(s + 8, 290)])
    d += (
        cubic(f.back(s + 7, 230), f.back(s + 2, 160), f.back(f.shell, 104))
        + _over(f)
        + cubic(f.back(-s - 2, 160), f.back(-s - 7, 230), f.back(-s - 8, 290))
        + "Z"
    )
    return _shape(f, d) + _hollow(f, 262) + _fall(f, s, 262)


def _over(f: Figure) -> str:
    """Return the path text from the right side over the crown to the left side, inside the cap's outline."""
    s, top = f.shell, f.crown + 6
    return cubic(f.back(s - 4, 62), f.back(s * 0.5, top), f.back(0, top)) + cubic(
        f.back(-s * 0.5, top), f.back(-s + 4, 62), f.back(-s, 104)
    )


def _wavy(f: Figure) -> str:
    s = f.shell
    side = [
        (s + 1, 112),
        (s + 12, 138),
        (s + 8, 160),
        (s + 22, 184),
        (s + 15, 206),
        (s + 28, 232),
        (s + 22, 256),
        (s + 30, 290),
    ]
    right = [f.back(x, y) for x, y in side]
    left = [f.back(-x, y) for x, y in side]
    d = move(left[-1]) + line([right[-1]]) + _waves(list(reversed(right))) + _over_wide(f) + _waves(left) + "Z"
    return _shape(f, d) + _hollow(f, 262) + _fall(f, s + 14, 250)


def _over_wide(f: Figure) -> str:
    s, top = f.shell, f.crown + 6
    return cubic(f.back(s, 62), f.back(s * 0.5, top), f.back(0, top)) + cubic(
        f.back(-s * 0.5, top), f.back(-s, 62), f.back(-s - 1, 112)
    )


def _waves(points: Sequence[Point]) -> str:
    return smooth(points).replace("M", "L", 1)


def _fall(f: Figure, s: float, low: float) -> str:
    """Return a few long strands and a light on hair that falls beside the face."""
    c = f.colours.hair
    parts = []
    for side in (-1, 1):
        start, control, end = (
            f.back(side * (s - 7), 130),
            f.back(side * (s - 3), 175),
            f.back(side * (s - 10), low - 10),
        )
        parts.append(path(tapered(start, control, end, 2.2), c.line, extra='fill-opacity=".5"'))
        gloss = f.back(side * (s - 13), 136), f.back(side * (s - 8), 160), f.back(side * (s - 11), 190)
        parts.append(path(tapered(gloss[0], gloss[1], gloss[2], 5.0), c.base))
    return "".join(parts)


def _tie(f: Figure, at: Point, r: float) -> str:
    c = f.colours.accent
    return ellipse(at, r, r * 0.8, c.base, f'stroke="{c.line}" stroke-width="2"')


def _twintails(f: Figure) -> str:
    return _short_nape(f) + _tail(f, -1) + _tail(f, 1)


def _short_nape(f: Figure) -> str:
    s = f.shell
    edge = [
        (-s + 3, 150),
        (-s + 10, 178),
        (-s + 22, 172),
        (-30, 196),
        (0, 190),
        (30, 196),
        (s - 22, 172),
        (s - 10, 178),
        (s - 3, 150),
    ]
    return _shape(f, _mass(f, edge, 0)) + _hollow(f, 192)


def _tail(f: Figure, side: int) -> str:
    c, s = f.colours.hair, f.shell
    x = s - 8

    def at(dx: float, y: float) -> Point:
        return f.at(side * (x + dx * min(1.0, (104 - x) / 42)), y, -20)

    d = move(at(-4, 84)) + cubic(at(18, 66), at(42, 96), at(41, 150)) + cubic(at(41, 190), at(36, 214), at(24, 240))
    d += (
        quad(at(25, 226), at(20, 216))
        + quad(at(15, 232), at(6, 246))
        + quad(at(8, 226), at(4, 210))
        + cubic(at(2, 170), at(10, 130), at(-4, 104))
        + "Z"
    )
    strand = tapered(at(10, 96), at(32, 130), at(24, 218), 2.4)
    gloss = tapered(at(20, 100), at(34, 124), at(33, 160), 6.0)
    fold = smooth([at(4, 108), at(16, 150), at(9, 214), at(4, 205), at(3, 160)], closed=True)
    return (
        _shape(f, d, "url(#tail)")
        + path(fold, c.shade)
        + path(gloss, c.light, extra='fill-opacity=".8"')
        + path(strand, c.line, extra='fill-opacity=".55"')
        + _tie(f, at(5, 91), 11)
    )


def _ponytail(f: Figure) -> str:
    c = f.colours.hair

    def at(x: float, y: float) -> Point:
        return f.at(x - 3 - 8 * f.leaning, y, -20)

    d = move(at(30, 62)) + cubic(at(44, 18), at(96, 30), at(104, 90)) + cubic(at(110, 140), at(106, 180), at(86, 232))
    d += (
        quad(at(88, 212), at(82, 202))
        + quad(at(76, 214), at(66, 224))
        + quad(at(72, 196), at(68, 170))
        + cubic(at(64, 130), at(62, 100), at(44, 80))
        + "Z"
    )
    gloss = tapered(at(76, 50), at(96, 66), at(98, 112), 6.5)
    strand = tapered(at(60, 52), at(92, 80), at(84, 200), 2.4)
    return (
        _short_nape(f)
        + _shape(f, d, "url(#tail)")
        + path(gloss, c.light, extra='fill-opacity=".8"')
        + path(strand, c.line, extra='fill-opacity=".55"')
        + _tie(f, at(47, 58), 12)
    )


def _buns(f: Figure) -> str:
    return _short_nape(f) + _bun(f, -1) + _bun(f, 1)


def _bun(f: Figure, side: int) -> str:
    c = f.colours.hair
    x, y = f.back(side * (min(f.shell, 80.0) - 13), f.crown + 24)
    inward = -side
    parts = [ellipse((x, y), 25, 25, "url(#tail)", f'stroke="{c.line}" stroke-width="2.3"')]
    parts.append(path(tapered((x - 17, y + 13), (x + 4, y + 27), (x + 21, y + 8), 8.0), c.shade))
    for out in (8, 21):
        start, end = (x + inward * 19, y + 15), (x - inward * (out - 12), y - 22)
        parts.append(path(tapered(start, (x - inward * out, y + 8), end, 2.4), c.line, extra='fill-opacity=".6"'))
    return "".join(parts) + path(tapered((x - 15, y - 4), (x - 12, y - 15), (x - 1, y - 18), 5.0), c.light)


def _braids(f: Figure) -> str:
    return _short_nape(f)


def _braid(f: Figure, side: int) -> str:
    """Return one plait: rows of two lobes that meet in a V, upper rows over lower ones."""
    c, parts = f.colours.hair, []
    for row in range(5, -1, -1):
        x, y = f.at(side * (f.width + 2 + 1.5 * row), 184 + 15 * row, 0)
        for lobe in (1, -1):
            cx, turn = x + lobe * 7.0, -lobe * 38
            spin = f'transform="rotate({turn} {cx:.1f} {y:.1f})"'
            parts.append(ellipse((cx, y), 12, 8.2, "url(#tail)", f'stroke="{c.line}" stroke-width="2.1" {spin}'))
            if lobe < 0:
                parts.append(ellipse((cx - 1, y - 2.5), 5.5, 2.0, c.light, f'fill-opacity=".85" {spin}'))
    return "".join(parts) + _tie(f, f.at(side * f.width, 174, 0), 10)


def _spiky(f: Figure) -> str:
    s, top = min(f.shell, 75.0), f.crown
    left = [
        (-s + 6, 172),
        (-s - 6, 200),
        (-s + 1, 150),
        (-s - 22, 164),
        (-s - 1, 114),
        (-s - 24, 104),
        (-s + 8, 78),
        (-s - 6, 46),
        (-s + 32, top + 14),
    ]
    over = [(-30, top - 13), (-6, top + 8), (24, top - 17), (s - 32, top + 14)]
    right = [
        (s + 7, 44),
        (s - 8, 78),
        (s + 24, 102),
        (s + 1, 114),
        (s + 22, 162),
        (s - 1, 150),
        (s + 6, 200),
        (s - 6, 172),
    ]
    nape = [(36, 210), (24, 196), (10, 215), (0, 200), (-12, 215), (-24, 196), (-36, 210), left[0]]
    points = [f.back(x, y) for x, y in left + over + right]
    d = move(points[0])
    for i in range(0, len(points) - 2, 2):
        valley, tip, following = points[i : i + 3]
        d += quad(_swell(valley, tip, following, 0.30), tip) + quad(_swell(following, tip, valley, -0.10), following)
    return _shape(f, d + locks([points[-1], *[f.back(x, y) for x, y in nape]]) + "Z", "url(#tail)") + _hollow(f, 200)


def _swell(root: Point, tip: Point, other: Point, bulge: float) -> Point:
    """Return the control point of a spike's side, pushed away from its other root by a share of the spike's width."""
    middle = mix(root, tip, 0.5)
    return middle[0] + (root[0] - other[0]) * bulge, middle[1] + (root[1] - other[1]) * bulge


_BACK: dict[str, Callable[[Figure], str]] = {
    "short": _short,
    "bob": _bob,
    "long": _long,
    "wavy": _wavy,
    "twintails": _twintails,
    "ponytail": _ponytail,
    "buns": _buns,
    "braids": _braids,
    "spiky": _spiky,
}
