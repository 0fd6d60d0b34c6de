"""The ears, and what hangs from them.

Hair leaves an ear as one piece, or it is not drawn at all: slivers between locks look like flaws.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sin
from types import MappingProxyType

import numpy as np

from generator.artist.figure import Figure
from generator.artist.svg import CANVAS, Points, brush, ellipse, group, path, smooth, spline

# Outlines in head units, for the viewer's right ear, from where it leaves the temple round to the lobe.
OUTLINES: Mapping[str, Points] = MappingProxyType(
    {
        "human": np.array(
            [(90.0, 18, 8), (95, 8, 0), (102, 8, -12), (106, 20, -18), (103, 36, -14), (97, 50, -6), (91, 52, 4)]
        ),
        "elf": np.array(
            [
                *[(90.0, 26, 8), (96, 14, 0), (112, 0, -12), (130, -13, -30), (148, -24, -48)],
                *[(138, -4, -40), (124, 16, -30), (109, 36, -18), (98, 52, -6), (91, 53, 4)],
            ]
        ),
    }
)
INNER = {"human": 0.62, "elf": 0.66}  # the share of the outline that the hollow of the ear fills
COVERING = 70.0  # head units of the face that the near ear may cover, per sine of the turn
EDGE = 0.6  # half the width of the face's outline, head units
HIDDEN_AT, FADING = 0.36, 0.12  # sines of the turn: where a far earring is gone, and over what it fades
LOBE = np.array([95.0, 52.0, -4.0])
ANIMAL_EARS = ("cat-ears", "fox-ears", "bunny-ears")  # what is worn instead of one's own ears
ROWS, COLUMNS = 6, (0.30, 0.60, 0.90)  # the grid of points at which an ear is looked for: along the rim, across
LEAST_SEEN = (0.45, 0.49)  # shares of an ear that hair leaves between which it comes to be drawn
# Behind a cheek half an ear is a sliver: by how much more of a far one must be seen, from which sine of the turn.
FAR_LESS, FAR_TURN = 0.20, 0.15
LEAST_WHOLE = (0.84, 0.89)  # and how far what is left is one piece: two equal ones are 0.5
LOBE_SEEN = (0.58, 0.64)  # shares of the lobe between which its earring comes to be drawn
LOBE_STEPS = np.array([(0.0, 0, 0), (3, 0, 0), (-3, 0, 0), (0, 4, 0), (0, -3, 0)])  # head units, around the lobe
COVERED_SIDE = {"one-eye": -1}  # the side on which bangs hang over the temple
ELF_ROOT = np.array([(86.0, 26, 8), (86, 36, 8), (86, 46, 8)])
FACE_SOFT = 4.0  # head units over which the far cheek hides more and more of what lies behind its edge

Cover = Callable[[Points], Points]  # how far the hair hides points [n, 3] in turned head coordinates: [n] from 0 to 1


@dataclass(frozen=True)
class Bared:
    """How far an ear and its lobe are drawn, 0 to 1."""

    ear: float = 1.0
    lobe: float = 1.0
    root: float = 0.0  # how far hair hides the root of an ear that lies over it


def bared(figure: Figure, side: int, cover: Cover) -> Bared:
    """Return how far hair and face leave one ear to be seen. The ears of elves lie over all hair but long bangs."""
    if over_hair(figure):
        if COVERED_SIDE.get(figure.attributes.bangs) == side:
            return Bared(0.0, 0.0)
        root = figure.rig.rotate(ELF_ROOT * [side * ear_breadth(figure), 1, 1])
        return Bared(root=float(cover(root).mean()))
    points = np.concatenate([LOBE + LOBE_STEPS, _grid(OUTLINES[figure.attributes.ears])])
    points = figure.rig.rotate(points * [side * ear_breadth(figure), 1, 1])
    lobe, seen = np.split((1 - cover(points)) * _beside_face(figure, side, points), [len(LOBE_STEPS)])
    turned = float(np.clip(abs(sin(figure.rig.yaw)) / FAR_TURN, 0, 1)) if side == figure.far_side else 0.0
    share = float(seen.mean()) - FAR_LESS * turned
    if share <= LEAST_SEEN[0]:
        return Bared(0.0, 0.0)
    ear = _rise(share, LEAST_SEEN) * _rise(_linked(seen) / float(seen.mean()) ** 2, LEAST_WHOLE)
    return Bared(ear, min(_rise(ear, (0.5, 1.0)), _rise(float(lobe.mean()), LOBE_SEEN)))


def over_hair(figure: Figure) -> bool:
    """Return whether the ears lie over the hair: those of elves, of which locks would leave only the tips."""
    return figure.attributes.ears == "elf"


def _grid(outline: Points) -> Points:
    """Return points [ROWS * columns, 3] all over an ear, in rows from its top to its lobe."""
    rim, root = spline(outline[1:-1], ROWS), np.linspace(outline[0], outline[-1], ROWS)
    return np.concatenate([root + (rim - root) * share for share in COLUMNS], axis=1).reshape(-1, 3)


def _linked(seen: Points) -> float:
    """Return the mean over all pairs of points of the grid of how far they are seen as one piece: 0 to 1.

    It is how far the least seen point is seen on the best way from one to the other.
    """
    columns = len(COLUMNS)
    row, column = np.divmod(np.arange(len(seen)), columns)
    near = np.abs(row[:, None] - row) + np.abs(column[:, None] - column) <= 1
    link = np.where(near, np.minimum(seen[:, None], seen), 0.0)
    for middle in range(len(seen)):
        link = np.maximum(link, np.minimum(link[:, middle, None], link[middle]))
    return float(link.mean())


def _beside_face(figure: Figure, side: int, points: Points) -> Points:
    """Return how far each of ``points`` [n, 3] on the far side is not behind the cheek: 0 to 1."""
    if side != figure.far_side:
        return np.ones(len(points))
    edge = figure.rig.edge(side)
    beyond = side * (points[:, 0] - np.interp(points[:, 1], edge[:, 1], edge[:, 0]))
    return np.asarray(np.clip(0.5 + beyond / FACE_SOFT, 0, 1))


def _rise(value: float, ends: tuple[float, float]) -> float:
    return float(np.clip((value - ends[0]) / (ends[1] - ends[0]), 0, 1))


def draw_ear(figure: Figure, side: int, shown: float = 1.0) -> str:
    """Draw one ear; ``side`` is -1 for the viewer's left, 1 for the right. Animals' ears replace it, cups hide it."""
    if figure.attributes.accessory in (*ANIMAL_EARS, "headphones") or shown == 0:
        return ""
    kind, skin = figure.attributes.ears, figure.palette.skin
    outline = _fitted(figure, OUTLINES[kind], side)
    middle = outline.mean(axis=0) * 0.85 + outline[0] * 0.075 + outline[-1] * 0.075
    hollow = middle + (outline - middle) * INNER[kind]
    fold = brush(hollow[1:-1], 1.0 * figure.line * figure.scale, 16)
    drawn = (
        path(smooth(outline), skin.middle, stroke=skin.line, width=1.5 * figure.line)
        + path(smooth(hollow), skin.shadow, opacity=0.9)
        + path(fold, skin.line, opacity=0.55)
    )
    drawn = _faded(drawn, shown)
    if side == figure.far_side:
        return _beside(figure, "ear-behind", 0.0, drawn) if over_hair(figure) else drawn
    # The near ear comes to lie on the cheek as the head turns; straight ahead both ears are behind the face.
    covers = EDGE - COVERING * abs(sin(figure.rig.yaw))
    return _beside(figure, "ear-beside", covers, drawn)


def _faded(drawn: str, share: float) -> str:
    return group(drawn, f'opacity="{share:.2f}"') if share < 1 else drawn


def draw_earring(figure: Figure, side: int, shown: float = 1.0) -> str:
    """Draw one earring. The far one fades out as its ear goes behind the face."""
    turned = abs(sin(figure.rig.yaw)) if side == figure.far_side else 0.0
    share = min(shown, float(np.clip((HIDDEN_AT - turned) / FADING, 0, 1)))
    if (kind := figure.attributes.earrings) == "none" or share == 0 or figure.attributes.accessory in ANIMAL_EARS:
        return ""
    jewel = TABLE[kind](figure, _fitted(figure, LOBE[None], side)[0])
    jewel = _faded(jewel, share)
    return jewel if side != figure.far_side else _beside(figure, "earring-beside", 0.0, jewel)


def _beside(figure: Figure, name: str, grow: float, drawn: str) -> str:
    """Return ``drawn`` where the face, widened by ``grow`` head units, is not."""
    outside = f"M0 0H{CANVAS}V{CANVAS}H0Z" + smooth(figure.rig.outline(grow).closed)
    mask = f'<clipPath id="{name}"><path d="{outside}" clip-rule="evenodd"/></clipPath>'
    return mask + group(drawn, f'clip-path="url(#{name})"')


def _fitted(figure: Figure, points: Points, side: int) -> Points:
    """Return where points of the ear land on the canvas: broad faces have their ears further out."""
    return figure.rig.project(points * [side * ear_breadth(figure), 1, 1])


def ear_breadth(figure: Figure) -> float:
    """Return how far out the ears sit, as a multiple of the usual place."""
    return float(np.interp(30, figure.rig.heights, figure.rig.half_widths)) / 88


def _stud(f: Figure, lobe: Points) -> str:
    tone, k = f.palette.accent, f.scale
    edge = f'stroke="{tone.line}" stroke-width="{1.2 * f.line:.1f}"'
    return ellipse(lobe, (4.0 * k, 4.0 * k), tone.base, more=edge) + ellipse(
        lobe - np.array([1.2, 1.3]) * k, (1.4 * k, 1.2 * k), "#fff", opacity=0.95
    )


def _drop(f: Figure, lobe: Points) -> str:
    tone, metal, k = f.palette.accent, f.palette.metal, f.scale
    drop = [lobe + np.array(step) * k for step in ((0, 7), (5.4, 18), (0, 25), (-5.4, 18))]
    wire = f"M{lobe[0]:.1f} {lobe[1]:.1f}V{lobe[1] + 9 * k:.1f}"
    return (
        path(wire, stroke=metal.base, width=1.5 * k)
        + ellipse(lobe, (2.2 * k, 2.2 * k), metal.base)
        + path(smooth(drop), tone.base, stroke=tone.line, width=1.1 * f.line)
        + ellipse(lobe + np.array([-1.7, 15.5]) * k, (1.4 * k, 2.6 * k), "#fff", opacity=0.85)
    )


def _hoop(f: Figure, lobe: Points) -> str:
    metal, k = f.palette.metal, f.scale
    middle, radius = lobe + np.array([0, 10]) * k, (7.5 * k, 10.5 * k)
    return ellipse(middle, radius, "none", more=f'stroke="{metal.line}" stroke-width="{3.6 * k:.1f}"') + ellipse(
        middle, radius, "none", more=f'stroke="{metal.base}" stroke-width="{2.2 * k:.1f}"'
    )


TABLE: Mapping[str, Callable[[Figure, Points], str]] = MappingProxyType({"stud": _stud, "drop": _drop, "hoop": _hoop})
