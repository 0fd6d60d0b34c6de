"""Hair behind the head: one function a style, and what of it falls in front of the shoulders.

Knows nothing of bangs. Points are in head coordinates at rest, 20 units behind the middle of the head.
"""

from collections.abc import Callable, Sequence

from generator.drawn.geometry import (
    Figure,
    Point,
    brush,
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
    spots = [f.back(-half, 150), f.back(half, 150), f.back(half * 0.8, low - 8), f.back(0, low), f.back(-half * 0.8, low - 8)]
    return path(smooth(spots, closed=True), f.colours.hair.deep)


def _short(f: Figure) -> str:
    s = f.shell
    edge = [(-s + 1, 168), (-s + 3, 190), (-s + 15, 182), (-s + 20, 203), (-s + 36, 194), (-30, 214), (-14, 206), (0, 216), (14, 206), (30, 214),
            (s - 36, 194), (s - 20, 203), (s - 15, 182), (s - 3, 190), (s - 1, 168)]  # fmt: skip
    return _shape(f, _mass(f, edge, 2)) + _hollow(f, 204)


def _bob(f: Figure) -> str:
    s = f.shell + 9
    edge = [(-s, 196), (-s + 10, 217), (-s + 22, 210), (-s + 34, 221), (-s + 46, 213), (-22, 222), (0, 214), (22, 222), (s - 46, 213), (s - 34, 221),
            (s - 22, 210), (s - 10, 217), (s, 196)]  # fmt: skip
    return _shape(f, _mass(f, edge, 5)) + _hollow(f, 214) + _fall(f, s, 200)


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
    side = [(s + 1, 112), (s + 12, 138), (s + 8, 160), (s + 22, 184), (s + 15, 206), (s + 28, 232), (s + 22, 256), (s + 30, 290)]
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
        start, control, end = f.back(side * (s - 7), 130), f.back(side * (s - 3), 175), f.back(side * (s - 10), low - 10)
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
        return f.back(side * (x + dx), y)

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
        + _tie(f, at(-1, 92), 10)
    )


def _ponytail(f: Figure) -> str:
    c = f.colours.hair

    def at(x: float, y: float) -> Point:
        return f.back(x - 8 * f.leaning, y)

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
    x, y = f.back(side * (f.shell - 18), f.crown + 20)
    curl = [(x - 13, y + 6), (x - 6, y - 12), (x + 12, y - 8), (x + 10, y + 8), (x - 2, y + 8)]
    return (
        ellipse((x, y), 25, 24, "url(#tail)", f'stroke="{c.line}" stroke-width="2.3"')
        + path(tapered((x - 14, y - 6), (x - 8, y - 18), (x + 6, y - 16), 5.5), c.light)
        + path(brush(curl, [0.3, 1.6, 2.2, 1.8, 0.3]), c.line, extra='fill-opacity=".6"')
        + path(tapered((x - 14, y + 15), (x + 4, y + 22), (x + 18, y + 10), 6.0), c.shade)
    )


def _braids(f: Figure) -> str:
    return _short_nape(f)


def _braid(f: Figure, side: int) -> str:
    c, parts = f.colours.hair, []
    for i, (dx, y, r) in enumerate(((1, 186, 14.5), (5, 204, 16.5), (7, 223, 16.5), (8, 242, 15.5), (8, 259, 15))):
        x, y = f.at(side * (f.width + dx), y, 0)
        slant = side * (18 if i % 2 else -18)
        parts.append(
            ellipse(
                (x, y),
                r,
                r * 0.92,
                "url(#tail)",
                f'stroke="{c.line}" stroke-width="2.2" transform="rotate({slant} {x:.1f} {y:.1f})"',
            )
        )
        parts.append(
            path(
                tapered((x - r * 0.6, y - 1), (x - r * 0.2, y - r * 0.7), (x + r * 0.4, y - r * 0.5), 4.2),
                c.light,
                extra='fill-opacity=".85"',
            )
        )
    return _tie(f, f.at(side * (f.width - 1), 176, 0), 10) + "".join(reversed(parts))


def _spiky(f: Figure) -> str:
    s, top = f.shell, f.crown
    spikes = [(-s + 4, 176), (-s - 8, 196), (-s - 1, 150), (-s - 22, 158), (-s - 2, 122), (-s - 27, 118), (-s + 4, 92), (-s - 18, 74), (-s + 16, 66),
              (-s + 10, top + 2), (-30, top + 10), (-22, top - 14), (-4, top + 6), (16, top - 16), (24, top + 8), (s - 12, top - 1), (s - 16, 66), (s + 17, 72),
              (s - 4, 92), (s + 26, 116), (s + 2, 122), (s + 22, 158), (s + 1, 150), (s + 8, 196), (s - 4, 176)]  # fmt: skip
    points = [f.back(x, y) for x, y in spikes]
    d = move(points[0])
    for i in range(0, len(points) - 2, 2):
        valley, tip, following = points[i : i + 3]
        middle = mix(valley, following, 0.5)
        d += quad(mix(mix(valley, tip, 0.55), middle, -0.25), tip) + quad(mix(mix(following, tip, 0.55), middle, 0.12), following)
    nape = [
        points[-1],
        f.back(40, 206),
        f.back(28, 194),
        f.back(12, 212),
        f.back(0, 198),
        f.back(-14, 212),
        f.back(-28, 194),
        f.back(-40, 206),
        points[0],
    ]
    return _shape(f, d + locks(nape) + "Z", "url(#tail)") + _hollow(f, 200)


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
