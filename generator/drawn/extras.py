"""What is worn: accessories on the head and clothes on the shoulders, and the backdrop behind everything.

Knows nothing of face or hair beyond their measures.
"""

from collections.abc import Callable
from math import cos, pi, sin

from generator.drawn.geometry import FRAME, Figure, Point, brush, cubic, ellipse, gradient, move, path, quad, tapered

_ROUND = 'stroke-linejoin="round"'


def draw_accessory(f: Figure) -> str:
    """Return what is worn on the head, over the hair."""
    return _WORN[f.a.accessory](f)


def _none(f: Figure) -> str:
    return ""


def _ears(f: Figure) -> str:
    return _cat_ear(f, -1) + _cat_ear(f, 1)


def _cat_ear(f: Figure, side: int) -> str:
    c, s, y = f.colours.hair, f.shell, f.crown

    def at(x: float, dy: float) -> Point:
        return f.outline(side * x, y + dy)

    inner, tip, outer = at(s * 0.30, 9), at(s * 0.79, -22), at(s * 0.955, 43)
    d = move(inner) + quad(at(s * 0.52, -13), tip) + quad(at(s * 1.04, 2), outer)
    pink_tip, low, high = at(s * 0.76, -11), at(s * 0.50, 13), at(s * 0.87, 30)
    pink = (
        move(low) + quad(at(s * 0.58, -6), pink_tip) + quad(at(s * 0.94, 6), high) + quad(at(s * 0.66, 24), low) + "Z"
    )
    tuft = (
        move(at(s * 0.44, 14))
        + quad(at(s * 0.60, 10), at(s * 0.62, -1))
        + quad(at(s * 0.66, 14), at(s * 0.76, 6))
        + quad(at(s * 0.76, 22), at(s * 0.88, 34))
    )
    return (
        path(d, "url(#cap)", c.line, 2.3, _ROUND)
        + path(pink, "#ffe2dc" if f.a.hair == "pink" else "#f7aebb")
        + path(tuft + "Z", c.base)
    )


def _horns(f: Figure) -> str:
    return _horn(f, -1) + _horn(f, 1)


def _horn(f: Figure, side: int) -> str:
    def at(x: float, dy: float) -> Point:
        return f.outline(side * x, f.crown + dy)

    tip, low = at(44, -26), at(34, 15)
    d = (
        move(low)
        + cubic(at(42, 6), at(47, -8), tip)
        + cubic(at(66, -14), at(70, 8), at(58, 31))
        + quad(at(44, 27), low)
        + "Z"
    )
    gleam = tapered(at(45, 14), at(55, 2), at(53, -14), 6.0)
    rings = tapered(at(41, 9), at(52, 12), at(62, 21), 2.4) + tapered(at(46, -2), at(54, 2), at(64, 9), 2.2)
    return (
        path(d, "#6a5168", "#33222f", 2.2, _ROUND)
        + path(gleam, "#a98ba3")
        + path(rings, "#33222f", extra='fill-opacity=".6"')
    )


def _ribbon(f: Figure) -> str:
    c = f.colours.accent
    x, y = f.at(50, f.crown + 23, 10)
    parts = []
    for side in (-1, 1):
        end = x + side * 29, y - 3
        loop = move((x, y)) + cubic((x + side * 8, y - 20), (x + side * 30, y - 23), end)
        loop += cubic((x + side * 30, y + 19), (x + side * 9, y + 16), (x, y)) + "Z"
        fold = tapered((x + side * 6, y), (x + side * 14, y - 3), (x + side * 23, y + 2), 5)
        parts.append(path(loop, c.base, c.line, 2.2, _ROUND) + path(fold, c.shade))
    knot = ellipse((x, y), 6.5, 7.5, c.light, f'stroke="{c.line}" stroke-width="2"')
    return f'<g transform="rotate(24 {x:.1f} {y:.1f})">{"".join(parts)}{knot}</g>'


def _flower(f: Figure) -> str:
    c = f.colours.accent
    x, y = f.hair(-49, 88)
    rim = f'stroke="{c.line}" stroke-width="2"'
    angles = [(0.4 * k - 0.5) * pi for k in range(5)]
    petals = [ellipse((x + 11.5 * cos(angle), y + 11.5 * sin(angle)), 9.2, 9.2, c.light, rim) for angle in angles]
    inner = ellipse((x, y), 10.5, 10.5, c.light)
    return "".join(petals) + inner + ellipse((x, y), 6, 6, "#ffd75e", 'stroke="#b9762a" stroke-width="1.6"')


def _halo(f: Figure) -> str:
    x, y = f.at(0, f.crown - 18, -4)
    ring = f'cx="{x:.1f}" cy="{y:.1f}" rx="48" ry="9" fill="none"'
    return (
        f'<ellipse {ring} stroke="#fff6c4" stroke-width="12" stroke-opacity=".55"/>'
        f'<ellipse {ring} stroke="#d89a2b" stroke-width="7"/>'
        f'<ellipse {ring} stroke="#ffdf6b" stroke-width="4.2"/>'
    )


def _headband(f: Figure) -> str:
    c, s = f.colours.accent, f.shell
    spots = [
        (-0.97, 116),
        (-0.91, 84),
        (-0.62, f.crown + 20),
        (0.0, f.crown + 13),
        (0.62, f.crown + 20),
        (0.91, 84),
        (0.97, 116),
    ]
    points = [f.outline(s * x + 30 * (1 - x * x) * f.leaning, y) for x, y in spots]
    shine = [(x, y - 2) for x, y in points[1:4]]
    return (
        path(brush(points, [9, 11, 13, 14, 13, 11, 9]), c.line)
        + path(brush(points, [5.5, 7.5, 9.5, 10.5, 9.5, 7.5, 5.5]), c.base)
        + path(brush(shine, [1, 3.5, 1]), c.light)
    )


def _clip(f: Figure) -> str:
    c = f.colours.accent
    parts = []
    for lift in (0, 13):
        start, end = f.hair(31 + lift * 0.35, 96 - lift), f.hair(54 + lift * 0.1, 106 - lift)
        parts.append(path(brush([start, end], [10, 10]), c.line))
        parts.append(path(brush([start, end], [6.4, 6.4]), c.light))
    return "".join(parts)


_WORN: dict[str, Callable[[Figure], str]] = {
    "none": _none,
    "cat-ears": _ears,
    "ribbon": _ribbon,
    "flower": _flower,
    "halo": _halo,
    "headband": _headband,
    "clip": _clip,
    "horns": _horns,
}


def draw_clothes(f: Figure) -> str:
    """Return the clothes on the shoulders."""
    return f'<g transform="translate(0 -5)">{_CLOTHES[f.a.clothes](f)}</g>'


def _torso(f: Figure, neck: float = 36.0, top: float = 240.0) -> str:
    wide = 104 if f.masculine else 92
    left, right = 128 - neck, 128 + neck
    bow = f"C{right + 20} {top + 3} {128 + wide - 6} {top + 8} {128 + wide} 268"
    return f"M{128 - wide} 268C{128 - wide + 6} {top + 8} {left - 20} {top + 3} {left} {top}L{right} {top}{bow}Z"


def _sailor(f: Figure) -> str:
    c, t = f.colours.clothes, f.colours.trim
    collar = "M98 238L62 262L104 262L128 254L152 262L194 262L158 238Q128 268 98 238Z"
    bow = "M128 252C116 244 106 246 104 258L128 262L152 258C150 246 140 244 128 252Z"
    stripe = "M90 247Q128 276 166 247"
    a = f.colours.accent
    return (
        path(_torso(f), t.base, t.line, 2.2)
        + path(collar, c.base, c.line, 2.2, _ROUND)
        + path(stripe, "none", t.base, 2.2)
        + path(bow, a.base, a.line, 2.0, _ROUND)
    )


def _hoodie(f: Figure) -> str:
    c = f.colours.clothes
    hood = "M78 262C70 236 92 222 104 230Q128 262 152 230C164 222 186 236 178 262Z"
    fold = "M96 236Q128 274 160 236Q128 284 96 236Z"
    strings = path("M114 252L113 262M142 252L143 262", "none", f.colours.trim.base, 3.0)
    return (
        path(_torso(f), c.base, c.line, 2.2) + path(hood, c.base, c.line, 2.2, _ROUND) + path(fold, c.shade) + strings
    )


def _shirt(f: Figure) -> str:
    c, t = f.colours.clothes, f.colours.trim
    left = "M106 229L92 240L112 262L128 250Z"
    right = "M150 229L164 240L144 262L128 250Z"
    tie = "M121 250L135 250L139 264L117 264Z"
    a = f.colours.accent
    return (
        path(_torso(f), c.base, c.line, 2.2)
        + path(tie, a.base, a.line, 2.0)
        + path(left, t.base, t.line, 2.0, _ROUND)
        + path(right, t.base, t.line, 2.0, _ROUND)
    )


def _turtleneck(f: Figure) -> str:
    c = f.colours.clothes
    half = 29 if f.masculine else 25
    collar = f"M{128 - half} 226Q128 236 {128 + half} 226L{128 + half + 4} 246Q128 256 {128 - half - 4} 246Z"
    crease = f"M{128 - half - 1} 237Q128 247 {128 + half + 1} 237"
    return (
        path(_torso(f, 44, 238), c.base, c.line, 2.2)
        + path(collar, c.base, c.line, 2.2, _ROUND)
        + path(crease, "none", c.shade, 2.6)
    )


def _kimono(f: Figure) -> str:
    c, t = f.colours.clothes, f.colours.trim
    under = "M100 236L128 264L156 236L164 240L132 274L92 240Z"
    band = "M92 238L120 268L104 268L80 244Z"
    over = "M164 238L118 272L140 272L178 244Z"
    return (
        path(_torso(f), c.base, c.line, 2.2)
        + path(under, t.base, t.line, 2.0, _ROUND)
        + path(band, c.light, c.line, 2.0)
        + path(over, c.light, c.line, 2.0)
    )


def _dress(f: Figure) -> str:
    c = f.colours.clothes
    bust = "M82 268C84 244 112 245 128 253C144 245 172 244 174 268Z"
    straps = path("M95 254L99 240M161 254L157 240", "none", c.line, 6.4) + path(
        "M95 254L99 240M161 254L157 240", "none", c.base, 3.4
    )
    half = 24.5 if f.masculine else 19.5
    left, right = 128 - half + 6 * f.leaning, 128 + half + 6 * f.leaning
    choker = path(f"M{left:.1f} 231Q128 241 {right:.1f} 231", "none", f.colours.accent.deep, 4.8)
    return straps + path(bust, c.base, c.line, 2.2) + choker


_CLOTHES: dict[str, Callable[[Figure], str]] = {
    "sailor": _sailor,
    "hoodie": _hoodie,
    "shirt": _shirt,
    "turtleneck": _turtleneck,
    "kimono": _kimono,
    "dress": _dress,
}


def draw_backdrop(f: Figure) -> str:
    """Return the background, the whole frame."""
    top, bottom, pattern = f.colours.backdrop
    ground = gradient("ground", (0, 0), (40, FRAME), [(0, top), (1, bottom)])
    fill = top if f.a.background == "plain" else "url(#ground)"
    return ground + f'<rect width="{FRAME}" height="{FRAME}" fill="{fill}"/>' + _BACKDROPS[f.a.background](pattern)


def _bare(colour: str) -> str:
    return ""


def _dots(colour: str) -> str:
    spots = [(16 + 45 * (i % 6) + (22 if i // 6 % 2 else 0) - 8, 14 + 38 * (i // 6)) for i in range(42)]
    return f'<g fill="{colour}">' + "".join(f'<circle cx="{x}" cy="{y}" r="8"/>' for x, y in spots) + "</g>"


def _stripes(colour: str) -> str:
    d = "".join(f"M{x} -4L{x + 24} -4L{x - 46} 260L{x - 70} 260Z" for x in range(0, 340, 54))
    return path(d, colour)


def _circle(colour: str) -> str:
    return f'<circle cx="128" cy="128" r="118" fill="{colour}"/>'


def _sparkles(colour: str) -> str:
    parts = []
    left = ((26, 34, 18), (62, 14, 9), (20, 118, 11), (30, 204, 15))
    right = ((232, 26, 14), (196, 16, 9), (240, 96, 18), (230, 178, 12))
    for x, y, r in left + right:
        parts.append(move((x, y - r)) + quad((x + 1, y - 1), (x + r, y)) + quad((x + 1, y + 1), (x, y + r)))
        parts.append(quad((x - 1, y + 1), (x - r, y)) + quad((x - 1, y - 1), (x, y - r)) + "Z")
    return path("".join(parts), colour)


_BACKDROPS: dict[str, Callable[[str], str]] = {
    "plain": _bare,
    "gradient": _bare,
    "dots": _dots,
    "stripes": _stripes,
    "circle": _circle,
    "sparkles": _sparkles,
}
