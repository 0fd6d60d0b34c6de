"""The face without its eyes: neck, ears, contour, shadow of the hair, blush, nose and mouth.

Knows nothing of hair styles; the shadow's shape is handed in.
"""

from generator.drawn.geometry import Figure, Point, bend, brush, cubic, ellipse, line, move, path, quad, smooth, tapered


def contour(f: Figure) -> str:
    """Return the closed outline of the face, from temple over the chin to temple, closed under the hair."""
    right = _half(f, 1)
    return smooth(
        [f.at(-f.width * 0.9, 84, 5), *_half(f, -1), *reversed(right[:-1]), f.at(f.width * 0.9, 84, 5)], closed=True
    )


def _half(f: Figure, side: int) -> list[Point]:
    """Return one side of the contour from temple to chin; z grows toward the chin, which so follows the turn."""
    w, chin = f.width, f.chin
    broad = 1.0 + 0.032 * f.a.jaw + (0.07 if f.masculine else 0.0)
    far = max(0.0, side * f.leaning)  # 0 to 0.46: on the far side the cheek stands out below the socket
    spots = (
        (w * 0.99, 116.0, 0.0),
        (w * (1.0 - 0.10 * far), 142.0, 6.0),
        (w * (0.975 + 0.04 * far), 164.0, 12.0),
        (w * 0.81 * (0.6 + 0.4 * broad), chin - 27.0, 18.0),
        (w * 0.48 * broad, chin - 9.5, 27.0),
        (w * (0.17 if f.masculine else 0.13) * broad, chin - 0.6, 34.0),
        (0.0, chin, 35.0),
    )
    return [f.at(side * x, y, z) for x, y, z in spots]


def draw_neck(f: Figure) -> str:
    """Return neck and shoulders' skin with the head's shadow on it."""
    c = f.colours.skin
    half = 24.0 if f.masculine else 19.0
    lean = 6 * f.leaning
    top = f.chin + f.drop - 26
    left, right = 128 - half + lean, 128 + half + lean
    neck = move((left, top)) + cubic((left, 230), (left - 3, 238), (left - 34, 258)) + line([(right + 34, 258)])
    neck += cubic((right + 3, 238), (right, 230), (right, top)) + "Z"
    dark = f.chin + f.drop
    shadow = (
        move((left, top))
        + line([(left, dark + 3)])
        + quad((128 + 2 * lean, dark + 22), (right, dark + 5))
        + line([(right, top)])
        + "Z"
    )
    return path(neck, c.base, c.line, 2.0) + path(shadow, c.shade)


def draw_ears(f: Figure) -> str:
    """Return both ears; a head with cat ears has none at its sides."""
    if f.a.accessory == "cat-ears":
        return ""
    return _ear(f, -1) + _ear(f, 1)


def _ear(f: Figure, side: int) -> str:
    c, w = f.colours.skin, f.width
    spots = ((w - 4, 140), (w + 6, 138), (w + 11, 148), (w + 8, 164), (w + 1, 174), (w - 6, 170))
    fold = [f.at(side * (w + dx), y, -10) for dx, y in ((1, 148), (7, 146), (5, 160))]
    shape = smooth([f.at(side * x, y, -10) for x, y in spots], closed=True)
    return path(shape, c.base, c.line, 2.0) + path(tapered(fold[0], fold[1], fold[2], 3.5), c.shade)


def draw_face(f: Figure, shadow: str) -> str:
    """Return the face with the shadow that the given path text casts on it from above."""
    c = f.colours
    outline = contour(f)
    side = [f.at(f.width * 1.02, 130, 2), *[_half(f, 1)[i] for i in (2, 3, 4, 5)]]
    inner = [(x - dx, y - 3) for (x, y), dx in zip(side, (10, 10, 12, 12, 4), strict=True)]
    soft = smooth([*side, *reversed(inner)], closed=True)
    return (
        f'<clipPath id="face"><path d="{outline}"/></clipPath>'
        + path(outline, c.skin.base)
        + f'<g clip-path="url(#face)">{path(soft, c.skin.shade, extra=_HALF)}{_blush(f)}'
        + f'<g transform="translate(2 7)">{path(shadow, c.skin.shade)}</g></g>'
        + path(outline, "none", c.skin.line, 2.1)
        + _weight(f)
    )


_HALF = 'fill-opacity=".55"'


def _weight(f: Figure) -> str:
    """Return the heavier line under jaw and chin."""
    left, right = _half(f, -1), _half(f, 1)
    points = [*left[3:], *reversed(right[3:-1])]
    return path(brush(points, [0.4, 1.8, 2.8, 3.0, 3.2, 2.4, 0.4]), f.colours.skin.line)


def _blush(f: Figure) -> str:
    strength = max(0.0, 0.50 + 0.16 * f.a.blush - (0.22 if f.masculine else 0.0))
    colour = f.colours.blush
    stops = f'<stop offset="0" stop-color="{colour}"/><stop offset="1" stop-color="{colour}" stop-opacity="0"/>'
    parts = [f'<radialGradient id="blush">{stops}</radialGradient>']
    for side in (-1, 1):
        spot = f.face(side * 39, f.eye_y + 29)
        parts.append(ellipse(spot, 17, 10, "url(#blush)", f'fill-opacity="{min(0.9, strength):.2f}"'))
    return "".join(parts)


def draw_nose(f: Figure) -> str:
    """Return a small nose: its shadow and, on it, a light."""
    c, y = f.colours.skin, f.eye_y + 0.42 * (f.chin - f.eye_y)
    side = 1 if f.leaning >= 0 else -1
    tip = f.at(0, y, 66)
    bridge = f.at(side * 1.2, y - (9 if f.masculine else 4), 63)
    under = f.at(-side * 2.5, y + 1.6, 61)
    length = 2.6 if f.masculine else 2.2
    return path(brush([bridge, tip, under], [0.4, length, 0.5]), c.line, extra='fill-opacity=".75"')


def draw_mouth(f: Figure) -> str:
    """Return the mouth of the expression."""
    return _MOUTHS[f.a.expression](f, f.eye_y + 0.66 * (f.chin - f.eye_y) + 0.5)


def _at(f: Figure, x: float, y: float) -> Point:
    return f.at(x, y, 58 - 0.06 * x * x)


def _curve(f: Figure, y: float, half: float, depth: float, width: float = 2.6) -> str:
    points = bend(_at(f, -half, y), _at(f, 0, y + 2 * depth), _at(f, half, y), 6)
    return path(brush(points, [0.5, 0.8 * width, width * 0.8, width, width * 0.8, 0.8 * width, 0.5]), f.colours.mouth)


def _lip(f: Figure, y: float, half: float = 5.0) -> str:
    return path(
        tapered(_at(f, -half, y), _at(f, 0, y + 1.5), _at(f, half, y), 1.8),
        f.colours.skin.deep,
        extra='fill-opacity=".7"',
    )


def _smile(f: Figure, y: float) -> str:
    return _curve(f, y - 2.5, 14, 4.8, 3.0) + _lip(f, y + 8)


def _neutral(f: Figure, y: float) -> str:
    return _curve(f, y + 1, 7.5, 0.2, 2.4) + _lip(f, y + 6)


def _pout(f: Figure, y: float) -> str:
    return _curve(f, y + 4, 8.5, -3.4, 2.8) + _lip(f, y + 7, 4)


def _cavity(f: Figure, y: float, half: float, depth: float, sag: float, teeth: float) -> str:
    """Return an open mouth: half its width, its depth, how far the upper lip hangs, the height of the teeth."""
    c = f.colours
    top = bend(_at(f, -half, y), _at(f, 0, y + 2 * sag), _at(f, half, y), 6)
    low = [_at(f, half * 0.86, y + depth * 0.50), _at(f, half * 0.45, y + depth * 0.92), _at(f, 0, y + depth)]
    low += [_at(f, -half * 0.45, y + depth * 0.92), _at(f, -half * 0.86, y + depth * 0.50)]
    shape = smooth([*top, *low], closed=True)
    tongue = smooth(
        [
            _at(f, -half * 0.5, y + depth * 0.86),
            _at(f, 0, y + depth * 0.58),
            _at(f, half * 0.5, y + depth * 0.86),
            _at(f, 0, y + depth - 0.6),
        ],
        closed=True,
    )
    parts = [path(shape, "#8e2f3c"), path(tongue, "#f08a8c")]
    if teeth:
        bite = [*top[1:-1], *[(x, y + teeth) for x, y in reversed(top[1:-1])]]
        parts.append(path(smooth(bite, closed=True), "#fff"))
    return "".join(parts) + path(shape, "none", c.mouth, 2.0, 'stroke-linejoin="round"')


def _open(f: Figure, y: float) -> str:
    return _cavity(f, y - 6, 13, 16.5, 1.0, 3.6)


def _wink(f: Figure, y: float) -> str:
    return _cavity(f, y - 4, 9.5, 12, 1.2, 0.0)


def _surprised(f: Figure, y: float) -> str:
    c, spot = f.colours, _at(f, 0, y + 2)
    rim = f'stroke="{c.mouth}" stroke-width="2"'
    return ellipse(spot, 5.8, 7.4, "#8e2f3c", rim) + ellipse((spot[0], spot[1] + 3.4), 3.2, 2.2, "#f08a8c")


def _grin(f: Figure, y: float) -> str:
    c = f.colours
    top = bend(_at(f, -14, y - 4), _at(f, 0, y + 1), _at(f, 14, y - 4), 6)
    low = [_at(f, 9.5, y + 3.6), _at(f, 0, y + 6.6), _at(f, -9.5, y + 3.6)]
    shape = smooth([*top, *low], closed=True)
    bite = tapered(_at(f, -11, y + 0.6), _at(f, 0, y + 4.0), _at(f, 11, y + 0.6), 1.2)
    return path(shape, "#fff", c.mouth, 2.3, 'stroke-linejoin="round"') + path(
        bite, c.mouth, extra='fill-opacity=".35"'
    )


def _cat(f: Figure, y: float) -> str:
    c, middle = f.colours.mouth, _at(f, 0, y)
    parts = []
    for side in (-1, 1):
        d = move(middle) + cubic(_at(f, side * 0.8, y + 8), _at(f, side * 11.5, y + 8), _at(f, side * 12.5, y - 2))
        parts.append(path(d, "none", c, 2.6, 'stroke-linecap="round"'))
    return "".join(parts) + _lip(f, y + 10, 4)


_MOUTHS = {
    "smile": _smile,
    "open": _open,
    "grin": _grin,
    "cat": _cat,
    "pout": _pout,
    "neutral": _neutral,
    "surprised": _surprised,
    "wink": _wink,
}
