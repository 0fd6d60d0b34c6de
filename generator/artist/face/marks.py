"""Marks on the skin: moles, freckles and the like."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from generator.artist.face import eyewear
from generator.artist.face.layout import layout
from generator.artist.figure import Figure
from generator.artist.svg import brush, ellipse, group, path

PLASTER_SIZE, PLASTER_ABOVE = 0.82, 11.5  # as a multiple of its drawing; head units above the tip of the nose
BELOW_RIM = 6.0  # head units from the lower rim of glasses to the middle of a mark
RIGHT = 1  # the side on which single marks sit
FRECKLES = ((33, 3), (40, -1), (46, 4), (52, -1), (58, 4), (39, 7), (52, 8), (64, 0))  # head units from the cheek's row


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


def _dot(f: Figure, x: float, y: float, radius: float, colour: str, opacity: float) -> str:
    return ellipse(f.rig.face(x, y), (radius * f.scale, radius * f.scale), colour, opacity=opacity)


def _mole(f: Figure) -> str:
    return _dot(f, RIGHT * (layout(f).eye_x + 2), _cheek_y(f) + 1.5, 2.7, f.palette.skin.line, 0.95)


def _freckles(f: Figure) -> str:
    dots = [
        _dot(f, side * x, _cheek_y(f) + y, 1.9 if index % 2 else 1.45, f.palette.skin.deep, 0.95)
        for index, (x, y) in enumerate(FRECKLES)
        for side in (-1, 1)
    ]
    bridge = [_dot(f, x, layout(f).nose_y - 8 + abs(x) / 4, 1.3, f.palette.skin.deep, 0.75) for x in (-12, -6, 7, 13)]
    return "".join(dots + bridge)


def _lines(f: Figure) -> str:
    """Draw three whisker marks on each cheek, as a fox spirit has them."""
    y = _cheek_y(f) + 2
    data = ""
    for side in (-1, 1):
        for row in (-1, 0, 1):
            start, middle, end = (
                (x, y + row * 7 + rise) for x, rise in ((37, 0), (48, row * 1.5 - 0.6), (61, row * 3))
            )
            data += brush([f.rig.face(side * x, height) for x, height in (start, middle, end)], 1.35 * f.scale, 8)
    return path(data, f.palette.skin.deep)


def _plaster(f: Figure) -> str:
    """Draw a plaster across the nose: on a cheek it has no room between large eyes and a broad mouth."""
    frame = f.rig.frame(0, layout(f).nose_y - PLASTER_ABOVE, degrees=-7, above=8) + f" scale({PLASTER_SIZE})"
    strip = '<rect x="-13" y="-5" width="26" height="10" rx="5" fill="#f4d3b2" stroke="#b0805a" stroke-width="1.3"/>'
    pad = '<rect x="-5" y="-5" width="10" height="10" fill="#fdebd6"/>'
    holes = "".join(ellipse((x, y), (0.8, 0.8), "#c79a74") for x in (-9, 9) for y in (-1.8, 1.8))
    return group(strip + pad + holes, f'transform="{frame}"')


def _heart(f: Figure) -> str:
    frame = f.rig.frame(RIGHT * 47, _cheek_y(f) + 3, degrees=10)
    heart = "M0 6.2C-11 -1.5 -6 -9 0 -3.6C6 -9 11 -1.5 0 6.2Z"
    shine = ellipse((-2.9, -2.6), (1.2, 0.9), "#fff", opacity=0.75)
    return group(path(heart, f.palette.accent.base) + shine, f'transform="{frame}"')


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
