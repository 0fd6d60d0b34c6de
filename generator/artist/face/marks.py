"""Marks on the skin: moles, freckles and the like. Lengths are head units."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from generator.artist.face import eyewear
from generator.artist.face.layout import eye_axes, layout
from generator.artist.face.lids import make_lids
from generator.artist.figure import Figure
from generator.artist.svg import brush, ellipse, group, path

PLASTER, PLASTER_HALF_HEIGHT, PLASTER_ABOVE = 11.5, 5.0, 9.0  # half its size; from its middle down to the nose's tip
MOLE, HEART = 2.7, 7.0  # half their sizes
FREE = 2.5  # between a mark and the face's edge, an eye or the mouth
MOUTH = 20.0  # half the width of the broadest mouth of the usual size
BELOW_RIM = 6.0  # from the lower rim of glasses to the middle of a mark
RIGHT = 1  # the side on which single marks sit
FRECKLES = (
    (33, 3),
    (40, -1),
    (46, 4),
    (52, -1),
    (58, 4),
    (39, 7),
    (52, 8),
    (64, 0),
)  # outwards, and from the cheek's row


def draw_marks(figure: Figure) -> str:
    """Draw the portrait's mark, if it has one."""
    return group(TABLE[figure.attributes.mark](figure), 'clip-path="url(#face)"')


def _none(_: Figure) -> str:
    return ""


def _cheek_y(f: Figure) -> float:
    """Return the height of the cheeks' row: just below the eyes, and below the rim of glasses."""
    place, glasses = layout(f), eyewear.TABLE[f.attributes.glasses]
    row = place.eye_y + 0.92 * place.eye_height + 7
    if glasses is None:
        return row
    return max(row, place.eye_y + eyewear.lowered(f, glasses) + eyewear.half_size(f, glasses)[1] + BELOW_RIM)


def _span(f: Figure, side: int, y: float, half_height: float, low: float, high: float) -> tuple[float, float]:
    """Return where a mark from ``low`` to ``high`` outwards, about the height ``y``, lies on the cheek on ``side``.

    It keeps off the face's edge and the mouth: it moves to the nose, and narrows to nothing as the cheek turns away.
    All are head units.
    """
    rig, x = f.rig, np.linspace(0, 85, 18)
    edge, end = rig.edge(side) * [side, 1, 1], high
    for height in (y - half_height, y + half_height):
        seen = rig.rotate(rig.surface(side * x, height)) * [side, 1, 1]
        beyond = seen[:, 0] - np.interp(seen[:, 1], edge[:, 1], edge[:, 0])
        end = min(end, float(np.interp(-FREE, beyond, x)))
    start = max(MOUTH * layout(f).mouth_size + FREE, min(low, end - (high - low)))
    return min(start, end), end


def _dot(f: Figure, x: float, y: float, radius: float, colour: str, opacity: float) -> str:
    return ellipse(f.rig.face(x, y), (radius * f.scale, radius * f.scale), colour, opacity=opacity)


def _mole(f: Figure) -> str:
    y, middle = _cheek_y(f) + 1.5, layout(f).eye_x + 2
    start, end = _span(f, RIGHT, y, MOLE, middle - MOLE, middle + MOLE)
    return _dot(f, RIGHT * (start + end) / 2, y, (end - start) / 2, f.palette.skin.line, 0.95)


def _freckles(f: Figure) -> str:
    skin, y, drawn = f.palette.skin, _cheek_y(f), ""
    places = np.array(FRECKLES, dtype=float)
    low, high = float(places[:, 0].min()), float(places[:, 0].max())
    for side in (-1, 1):
        start, end = _span(f, side, y + 4, 4, low, high)
        narrowed = (end - start) / (high - low)
        for index, (x, down) in enumerate(places.tolist()):
            radius = (1.9 if index % 2 else 1.45) * min(1.0, 2 * narrowed)
            drawn += _dot(f, side * (start + narrowed * (x - low)), y + down, radius, skin.deep, 0.95)
    bridge = [_dot(f, x, layout(f).nose_y - 8 + abs(x) / 4, 1.3, skin.deep, 0.75) for x in (-12, -6, 7, 13)]
    return drawn + "".join(bridge)


def _lines(f: Figure) -> str:
    """Draw three whisker marks on each cheek, as a fox spirit has them."""
    y = _cheek_y(f) + 2
    data = ""
    for side in (-1, 1):
        start, end = _span(f, side, y, 10, 37, 61)
        narrowed = (end - start) / (61 - 37)
        for row in (-1, 0, 1):
            line = ((0.0, 0.0), (0.46, row * 1.5 - 0.6), (1.0, row * 3.0))
            points = [f.rig.face(side * (start + (end - start) * x), y + row * 7 + rise) for x, rise in line]
            data += brush(points, 1.35 * f.scale * min(1.0, 2 * narrowed), 8)
    return path(data, f.palette.skin.deep)


def _plaster(f: Figure) -> str:
    """Draw a plaster across the nose: on a cheek it has no room between large eyes and a broad mouth."""
    y = layout(f).nose_y - PLASTER_ABOVE
    left, right = (side * _inner_corner(f, side, y) for side in (-1, 1))
    half = min(PLASTER, (right - left) / 2 - FREE)
    middle = min(max(0.0, left + half + FREE), right - half - FREE)
    frame = f.rig.frame(middle, y, degrees=-7) + f" scale({half / 13:.3f} {PLASTER / 13:.3f})"
    edge = 'fill="#f0c596" stroke="#8f5d3d" stroke-width="1.5"'
    strip = f'<rect x="-13" y="-5" width="26" height="10" rx="5" {edge}/>'
    pad = '<rect x="-5" y="-5" width="10" height="10" fill="#fff1dc"/>'
    holes = "".join(ellipse((x, y), (0.9, 0.9), "#a9754f") for x in (-9, 9) for y in (-1.8, 1.8))
    return group(strip + pad + holes, f'transform="{frame}"')


def _inner_corner(f: Figure, side: int, y: float) -> float:
    """Return how far from the middle of the face the eye on ``side`` begins beside a plaster at the height ``y``."""
    origin, across, down = eye_axes(f, side)
    eye = origin + make_lids(f).opening @ np.array([across, down])
    x = np.array([0.0, side * 40.0])
    line = f.rig.face(x, y)
    along = (line[1] - line[0]) / float((line[1] - line[0]) @ (line[1] - line[0]))
    beside = np.abs((eye - line[0]) @ [-along[1], along[0]]) * 40 < 2 * PLASTER_HALF_HEIGHT
    shares = (eye - line[0]) @ along
    return float(40 * (shares[beside].min() if beside.any() else shares.min()))


def _heart(f: Figure) -> str:
    y, tone = _cheek_y(f) + 3, f.palette.accent
    start, end = _span(f, RIGHT, y, HEART, 47 - HEART, 47 + HEART)
    size = (end - start) / (2 * HEART)
    frame = f"{f.rig.frame(RIGHT * (start + end) / 2, y, degrees=10)} scale({size:.3f})"
    heart = "M0 6.2C-11 -1.5 -6 -9 0 -3.6C6 -9 11 -1.5 0 6.2Z"
    shine = ellipse((-2.9, -2.6), (1.2, 0.9), "#fff", opacity=0.75)
    return group(path(heart, tone.base, stroke=tone.line, width=0.9) + shine, f'transform="{frame}"')


TABLE: Mapping[str, Callable[[Figure], str]] = MappingProxyType(
    {
        "none": _none,
        "mole": _mole,
        "freckles": _freckles,
        "lines": _lines,
        "plaster": _plaster,
        "heart": _heart,
    }
)
