"""Glasses, shades and the monocle.

Temples are drawn before the hair, so that they end under it; rims and lenses lie on top, whole at every turn, but for
an eye that the bangs hide: they hang over its lens.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from generator.artist.body.bust import neck_point
from generator.artist.face import lids
from generator.artist.face.ears import bare, ear_breadth
from generator.artist.face.expressions import expression
from generator.artist.face.layout import MOUTH_RISE, layout
from generator.artist.figure import Figure
from generator.artist.svg import (
    Points,
    Stop,
    brush,
    clip,
    ellipse,
    even,
    group,
    linear_gradient,
    path,
    polygon,
    smooth,
    spline,
)

BEFORE = 11.0  # head units between the face and the lenses
STEPS = 28  # points of a rim
RIM = 3.0  # the width of a rim, head units
USUAL_EYE = 26.0  # half width of the eyes for which the lenses in TABLE are made, head units
BRIDGE = 4.0  # head units from the middle of the face to a lens, at least
BEYOND_FACE = 4.0  # head units that a rim may stand off the far side of the face
BELOW_EYE = 3.5  # head units that the lower rim keeps below the lower lid
ABOVE_MOUTH = 7.0  # head units, 4 % of the face, that stay free between lenses and mouth
# A monocle's least width as a share of its height, the least share of its height that it keeps, and how far it keeps
# from the cheek's edge in head units.
NEAR_CIRCLE, MONOCLE_LEAST, INSIDE_CHEEK = 0.88, 0.90, 2.5
PIN = (52.0, 34.0)  # where the chain ends: head units outwards and down from the pit of the neck
EAR_ROOT = np.array([[87.0, 25, 38], [92.0, 19, 4]])  # where a temple runs and ends, at the viewer's right ear


@dataclass(frozen=True)
class Glasses:
    """One kind of eyewear. Half sizes are in head units."""

    width: float
    height: float
    roundness: float  # the exponent of the rim's superellipse: 1 is an ellipse, less is squarer
    sweep: float = 0.0  # how far the outer corner is drawn up
    lower_rim: bool = True
    tint: float = 0.07  # the opacity of the lenses
    sides: tuple[int, ...] = (-1, 1)
    brow: float = 1.0  # the thickness of the rim's upper half, as a multiple
    drop: float = 2.0  # how far the lenses sit below the eyes


TABLE: Mapping[str, Glasses | None] = MappingProxyType(
    {
        "none": None,
        "round": Glasses(34, 34, 1.0),
        "square": Glasses(33, 25, 0.55, drop=4),
        "half-rim": Glasses(32, 25, 0.62, lower_rim=False, brow=1.6, drop=4),
        "cat-eye": Glasses(33, 25, 0.85, sweep=17, brow=1.8, drop=4),
        "shades": Glasses(34, 27, 0.66, tint=0.80, sweep=2, drop=3),
        "monocle": Glasses(34.5, 34.5, 1.0, sides=(1,)),
    }
)


def draw_eyewear_behind(figure: Figure) -> str:
    """Draw the temples, which run from the rims to the ears: to the face's edge on the far side, or under hair."""
    glasses = TABLE[figure.attributes.glasses]
    if glasses is None or len(glasses.sides) == 1:
        return ""
    drawn = ""
    for side in glasses.sides:
        held = _temple(figure, glasses, side)
        whole = side != figure.far_side and bare(figure.attributes, side)
        drawn += held if whole else group(held, 'clip-path="url(#face)"')
    return drawn


def draw_lenses(figure: Figure, sides: Collection[int]) -> str:
    """Draw the lenses and rims on ``sides``, the far one first; a monocle has a chain."""
    glasses = TABLE[figure.attributes.glasses]
    if glasses is None:
        return ""
    drawn = ""
    for side in (figure.far_side, -figure.far_side):
        if side in glasses.sides and side in sides:
            drawn += _chain(figure, glasses, side) if len(glasses.sides) == 1 else ""
            drawn += _lens(figure, glasses, side)
    return drawn


def draw_bridge(figure: Figure) -> str:
    """Draw what joins two lenses."""
    glasses = TABLE[figure.attributes.glasses]
    return _bridge(figure, glasses) if glasses and len(glasses.sides) > 1 else ""


def _depth(figure: Figure) -> float:
    place = layout(figure)
    return float(figure.rig.surface(place.eye_x, place.eye_y)[2]) + BEFORE


def _place(figure: Figure, x: Points, y: Points) -> Points:
    """Return where points before the face land on the canvas: glasses are bent a little around it."""
    return figure.rig.flatten(_rotated(figure, x, y))


def _rotated(figure: Figure, x: Points, y: Points) -> Points:
    z = _depth(figure) + 4 - 0.0026 * x * x
    return figure.rig.rotate(np.stack(np.broadcast_arrays(x, y, z), axis=-1))


def _within_face(figure: Figure, rim: Points, side: int) -> Points:
    """Return a rim [STEPS, 3], in rotated head units, narrowed towards the nose to end at the silhouette."""
    edge = figure.rig.edge(side)
    out = rim[:, 0] * side
    inner = out.min()
    room = np.interp(rim[:, 1], edge[:, 1], edge[:, 0] * side) + BEYOND_FACE - inner
    share = min(1.0, float(np.min(room / np.maximum(1e-6, out - inner))))
    return np.column_stack([side * (inner + (out - inner) * share), rim[:, 1:]])


def _rim(figure: Figure, glasses: Glasses, side: int) -> Points:
    """Return the outline of a lens [STEPS, 2], from its outer end over its top to the nose and back below."""
    place = layout(figure)
    half_width, half_height = half_size(figure, glasses)
    drop = lowered(figure, glasses)
    angle = np.linspace(0, -2 * np.pi, STEPS, endpoint=False)
    c, s = np.cos(angle), np.sin(angle)
    across, down = (np.sign(v) * np.abs(v) ** glasses.roundness for v in (c, s))
    x = across * half_width
    y = down * half_height - glasses.sweep * np.clip(across, 0, 1) ** 1.5 * (1 - down) / 2
    rim = _rotated(figure, side * (place.eye_x + 1 + x), place.eye_y + drop + y)
    if len(glasses.sides) == 1:
        return figure.rig.flatten(_on_cheek(figure, rim, side))
    return figure.rig.flatten(_within_face(figure, rim, side))


def _on_cheek(figure: Figure, rim: Points, side: int) -> Points:
    """Return a monocle's rim [STEPS, 3], in rotated head units, which stays a near circle within the cheek."""
    edge, out = figure.rig.edge(side), rim[:, 0] * side
    half, tall = np.ptp(out) / 2, np.ptp(rim[:, 1]) / 2
    height = min(tall, max(half / NEAR_CIRCLE, MONOCLE_LEAST * tall))
    width = max(half, NEAR_CIRCLE * height)
    middle = rim[:, 1].min() + tall
    unit = np.column_stack([(out - out.min() - half) / half, (rim[:, 1] - middle) / tall])
    reach = np.interp(middle + unit[:, 1] * height, edge[:, 1], edge[:, 0] * side) - INSIDE_CHEEK
    centre = min(out.min() + half, float(np.min(reach - unit[:, 0] * width)))
    return np.column_stack([side * (centre + unit[:, 0] * width), middle + unit[:, 1] * height, rim[:, 2]])


def half_size(figure: Figure, glasses: Glasses) -> tuple[float, float]:
    """Return the half width and height of a lens in head units: it fits the eye, and clears the other lens."""
    place = layout(figure)
    size = place.eye_width / USUAL_EYE
    lower_lid = max(lids.TABLE[figure.attributes.eye_shape].lower) * place.eye_height
    width = min(glasses.width * size, place.eye_x - BRIDGE)
    height = glasses.height * min(size, width / glasses.width)
    lowest, least = _lowest(figure) - place.eye_y, lower_lid + BELOW_EYE
    if len(glasses.sides) > 1:  # what would reach the mouth is raised a little, and made less tall
        height = min(height, (lowest - glasses.drop + height) / 2)
    return width, max(height, (least - glasses.drop + height) / 2)


def lowered(figure: Figure, glasses: Glasses) -> float:
    """Return how far the lenses sit below the eyes in head units: those that would reach the mouth are raised."""
    place = layout(figure)
    bottom = max(
        _lowest(figure) - place.eye_y,
        max(lids.TABLE[figure.attributes.eye_shape].lower) * place.eye_height + BELOW_EYE,
    )
    return min(glasses.drop, bottom - half_size(figure, glasses)[1])


def upper_rim(figure: Figure, x: Points) -> Points:
    """Return how high the rim's upper edge is, y from the eye's middle, at ``x`` outwards from there: head units."""
    glasses = TABLE[figure.attributes.glasses]
    if glasses is None:
        return np.full_like(x, np.inf)
    width, height = half_size(figure, glasses)
    across = np.clip((x - 1) / width, -1, 1)
    up = (1 - np.abs(across) ** (2 / glasses.roundness)) ** (glasses.roundness / 2)
    swept = glasses.sweep * np.clip(across, 0, 1) ** 1.5 * (1 + up) / 2
    return np.asarray(lowered(figure, glasses) - height * up - swept - RIM / 2)


def _lowest(figure: Figure) -> float:
    """Return the lowest y that lenses may have: the mouth keeps free of them."""
    place = layout(figure)
    mouth = MOUTH_RISE * place.mouth_size * expression(figure).mouth_size
    return place.mouth_y - mouth - ABOVE_MOUTH


def _lens(figure: Figure, glasses: Glasses, side: int) -> str:
    outline = _rim(figure, glasses, side)
    colour, k = figure.palette.frame, figure.scale
    name = f"lens-{side}"
    data = smooth(outline)
    fill = path(data, "#dcecff", opacity=glasses.tint)
    if glasses.tint > 0.5:
        stops: list[Stop] = [(0, "#1c1826", 0.92), (1, "#4a3a58", 0.62)]
        fill = linear_gradient(f"{name}-tint", outline[STEPS // 4], outline[3 * STEPS // 4], stops)
        fill += path(data, f"url(#{name}-tint)")
    rim = path(data, stroke=colour, width=(RIM if glasses.lower_rim else 1.0) * k)
    if glasses.brow > 1:
        top = spline(outline[: STEPS // 2 + 1], 30)
        rim += path(brush(top, 0.5 * RIM * glasses.brow * k, 30, _full), colour)
    return clip(name, data) + fill + group(_glint(outline, k), f'clip-path="url(#{name})"') + rim


def _full(t: Points) -> Points:
    """Return the width of a brow line: full, but for its ends."""
    return np.asarray(np.minimum(1, np.minimum(t, 1 - t) * 10 + 0.4))


def _glint(outline: Points, k: float) -> str:
    """Draw two slanted streaks of light in the upper part of a lens, where they hide little of the eye."""
    middle = outline.mean(axis=0)
    wide = [(-21, -2), (-12, -2), (5, -36), (-4, -36)]
    fine = [(-7, -6), (-4, -6), (11, -36), (8, -36)]
    return path("".join(polygon(middle + np.array(streak) * k) for streak in (wide, fine)), "#fff", opacity=0.26)


def _bridge(figure: Figure, glasses: Glasses) -> str:
    place = layout(figure)
    half_width, half_height = half_size(figure, glasses)
    reach = place.eye_x + 1 - half_width
    y = place.eye_y + lowered(figure, glasses) - 0.15 * half_height
    arc = _place(figure, np.array([-reach - 0.5, 0, reach + 0.5]), np.array([y, y - 3.5, y]))
    return path(brush(arc, 0.5 * RIM * figure.scale, 10, even), figure.palette.frame)


def _temple(figure: Figure, glasses: Glasses, side: int) -> str:
    start = _rim(figure, glasses, side)[1]
    ends = figure.rig.project(EAR_ROOT * [side * ear_breadth(figure), 1, 1])
    return path(brush(np.array([start, *ends]), 0.5 * RIM * figure.scale, 10, _slimmer), figure.palette.frame)


def _slimmer(t: Points) -> Points:
    return np.asarray(1 - 0.55 * t**2)


def _chain(figure: Figure, glasses: Glasses, side: int) -> str:
    """Draw the monocle's chain, which hangs from the rim to a pin on the chest, over hair and clothes."""
    k, metal = figure.scale, figure.palette.metal
    x, y = start = _rim(figure, glasses, side)[-5]
    end = neck_point(figure) + np.array(PIN) * [side * k, k]
    low_x, low_y = np.array([0.35 * x + 0.65 * end[0] + side * 14 * k, end[1] + 6 * k])
    bow = f"M{x:.1f} {y:.1f}Q{low_x:.1f} {low_y:.1f} {end[0]:.1f} {end[1]:.1f}"
    links = f'stroke-dasharray="{2.6 * k:.1f} {1.5 * k:.1f}"'
    return (
        path(bow, stroke=metal.line, width=0.7 * k)
        + path(bow, stroke=metal.base, width=1.9 * k, more=links)
        + ellipse(start, (2.4 * k, 2.4 * k), metal.base)
        + ellipse(end, (2.8 * k, 2.8 * k), metal.base, more=f'stroke="{metal.line}" stroke-width="{figure.line:.1f}"')
    )
