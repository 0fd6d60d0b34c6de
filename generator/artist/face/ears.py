"""The ears, and what hangs from them.

A human ear is bare or covered in every pose: the style of the hair decides it, once for each side. A bare one lies over
the hair beside the face, which is tucked behind it, so that no lock cuts slivers from it and it never comes or goes;
only the face hides it as it turns away. The ears of elves come out from behind the face's edge in every pose, before
the hair too: a lock across one would leave a root and a tip that belong to nothing.
"""

from collections.abc import Callable, Mapping
from math import sin
from types import MappingProxyType

import numpy as np

from generator.artist.figure import Figure
from generator.artist.svg import CANVAS, Points, brush, ellipse, group, joined, path, smooth
from generator.artist.traits import BARE_EARS, EARLESS, RINGLESS, Attributes

# Outlines in head units, for the viewer's right ear, from where it leaves the temple round to the lobe. The human one
# begins inside the face's edge, where it is cut, between the brow's height and the nose's.
HUMAN = np.array([(84.0, 13, 8), (94, 6, 0), (102, 7, -12), (107, 19, -18), (104, 36, -14), (97, 50, -6), (86, 53, 4)])
# That of an elf is flat: outwards from the face's edge, and down. Its root lies behind the face, its upper edge bulges.
ELF_TOP = np.array([(-16.0, 12), (-4, 5), (14, -5), (40, -20), (70, -43)])
ELF_BOTTOM = np.array([(70.0, -43), (55, -12), (36, 14), (16, 36), (3, 47), (-16, 49)])
ELF_HOLLOW = np.array([(2.0, 13), (16, 3), (38, -11), (57, -27), (47, -6), (31, 13), (14, 29), (4, 34)])
ELF_ROOT = 26.0  # the height at which the face's edge carries it
ELF_NARROWS, ELF_SLIDES = 0.55, 24.0  # per sine of the turn, of the far ear: as a share, and head units behind the face
ELF_MARGIN = 22.0  # canvas units that its tip keeps from the picture's edge
ELF_LOBE = np.array([30.0, 13.0])  # where a ring hangs: on the lower edge beyond the locks beside the face
INNER = 0.62  # the share of the outline that the hollow of a human ear fills
COVERING = 70.0  # head units of the face that the near ear may cover, per sine of the turn
OVERLAP = 2.5  # and straight ahead: its inner edge lies over the cheek's
FAR_IN = 62.0  # head units per sine of the turn by which the far ear slides behind the face: no sliver beside the eye
NOD_DEPTH = 14.0  # head units: ears follow a nod about half as far as the face, or hair swallows them
LOBE = np.array([95.0, 52.0, -4.0])
# Head units by which a lobe must lie beyond the face for what hangs from it to begin to be seen, and to be whole: on a
# sliver of an ear it would float beside the cheek.
LOBE_SHOWS = 6.0, 10.0
CURTAINED: Mapping[str, tuple[int, ...]] = MappingProxyType({"hime": (-1, 1), "one-eye": (-1,)})  # by bangs
VEILED: Mapping[str, tuple[int, ...]] = MappingProxyType({"one-eye": (-1,)})  # the same for ears that elves have


def bare(a: Attributes, side: int) -> bool:
    """Return whether the hair leaves the ear on ``side`` bare. An elf's ears stick out of all but long bangs."""
    if a.accessory in EARLESS:
        return False
    if a.ears == "elf":
        return side not in VEILED.get(a.bangs, ())
    return a.back_hair in BARE_EARS and side not in CURTAINED.get(a.bangs, ())


def has_ring(a: Attributes, side: int) -> bool:
    """Return whether an earring on ``side`` is drawn: the ear is bare, and no tail is in the way."""
    return bare(a, side) and side not in RINGLESS[a.ears].get(a.back_hair, ())


def draw_ears(figure: Figure) -> str:
    """Draw the bare ears with their rings, over the hair, the far one first."""
    draw = _elf_ear if figure.attributes.ears == "elf" else _ear
    return "".join(draw(figure, side) for side in (figure.far_side, -figure.far_side) if bare(figure.attributes, side))


def _elf_ear(figure: Figure, side: int) -> str:
    """Draw one ear of an elf from behind the face; ``side`` is -1 for the viewer's left, 1 for the right."""
    skin = figure.palette.skin
    fit = _elf_place(figure, side)
    top, bottom, hollow = (fit(points) for points in (ELF_TOP, ELF_BOTTOM, ELF_HOLLOW))
    fold = brush(np.concatenate([hollow[-2:], hollow[:4]]), 0.9 * figure.line * figure.scale, 18)
    ring = _ring(figure, side, fit(ELF_LOBE[None])[0])
    drawn = (
        path(joined(top, bottom), skin.middle, stroke=skin.line, width=1.5 * figure.line)
        + path(smooth(hollow), skin.shadow, opacity=0.9)
        + path(fold, skin.line, opacity=0.5)
        + ring
    )
    return _beside(figure, f"ear{side + 1}", 0.0, drawn)


def _elf_place(figure: Figure, side: int) -> Callable[[Points], Points]:
    """Return what puts points of an elf's ear on the canvas, small enough that its tip is not cut off."""
    rig = figure.rig
    away, lower = max(0.0, side * sin(rig.yaw)), NOD_DEPTH * sin(rig.pitch)
    edge = rig.edge(side)
    root = side * float(np.interp(ELF_ROOT + lower, edge[:, 1], edge[:, 0])) - ELF_SLIDES * away

    def fit(points: Points, size: float = 1.0) -> Points:
        out = root + points[:, 0] * (size - ELF_NARROWS * away)
        down = ELF_ROOT + (points[:, 1] - ELF_ROOT) * size + lower
        return rig.flatten(np.stack([side * out, down], axis=-1))

    foot, tip = (side * (fit(points)[0, 0] - CANVAS / 2) for points in (np.zeros((1, 2)), ELF_BOTTOM))
    size = min(1.0, (CANVAS / 2 - ELF_MARGIN - foot) / (tip - foot))
    return lambda points: fit(points, size)


def _ear(figure: Figure, side: int) -> str:
    """Draw one human ear and what hangs from it; ``side`` is -1 for the viewer's left, 1 for the right."""
    skin = figure.palette.skin
    outline = _fitted(figure, HUMAN, side)
    middle = outline.mean(axis=0) * 0.85 + outline[0] * 0.075 + outline[-1] * 0.075
    hollow = middle + (outline - middle) * INNER
    fold = brush(hollow[1:-1], 1.0 * figure.line * figure.scale, 16)
    drawn = (
        path(smooth(outline), skin.middle, stroke=skin.line, width=1.5 * figure.line)
        + path(smooth(hollow), skin.shadow, opacity=0.9)
        + path(fold, skin.line, opacity=0.55)
    )
    lobe = _fitted(figure, LOBE[None], side)[0]
    ring = _ring(figure, side, lobe, _lobe_shows(figure, side, lobe))
    name = f"ear{side + 1}"
    if side == figure.far_side and figure.rig.yaw:
        return _beside(figure, name, 0.0, drawn + ring)
    # The near ear comes to lie on the cheek as the head turns.
    return _beside(figure, name, -OVERLAP - COVERING * abs(sin(figure.rig.yaw)), drawn) + ring


def _ring(figure: Figure, side: int, lobe: Points, size: float = 1.0) -> str:
    """Draw what hangs from the lobe at [2], ``size`` times as large, where a ring is drawn."""
    if not size or not has_ring(figure.attributes, side):
        return ""
    return RINGS[figure.attributes.earrings](figure, lobe, size * figure.scale)


def _lobe_shows(figure: Figure, side: int, lobe: Points) -> float:
    """Return how far the lobe at [2] comes out from behind the face, 0 to 1."""
    if side != figure.far_side:
        return 1.0
    edge = figure.rig.outline().left if side < 0 else figure.rig.outline().right
    beyond = side * float(lobe[0] - np.interp(lobe[1], edge[:, 1], edge[:, 0])) / figure.scale
    return float(np.clip((beyond - LOBE_SHOWS[0]) / (LOBE_SHOWS[1] - LOBE_SHOWS[0]), 0, 1))


def _beside(figure: Figure, name: str, grow: float, drawn: str) -> str:
    """Return ``drawn`` where the face, widened by ``grow`` head units, is not."""
    outside = f"M0 0H{CANVAS}V{CANVAS}H0Z" + smooth(figure.rig.outline(grow).closed)
    mask = f'<clipPath id="{name}"><path d="{outside}" clip-rule="evenodd"/></clipPath>'
    return mask + group(drawn, f'clip-path="url(#{name})"')


def _fitted(figure: Figure, points: Points, side: int) -> Points:
    """Return where points of the ear land on the canvas: broad faces have their ears further out."""
    rig = figure.rig
    rotated = rig.rotate(points * [side * ear_breadth(figure), 1, 1])
    rotated[:, 0] -= side * FAR_IN * max(0.0, side * sin(rig.yaw))
    rotated[:, 1] += NOD_DEPTH * sin(rig.pitch)
    return rig.flatten(rotated)


def ear_breadth(figure: Figure) -> float:
    """Return how far out the ears sit, as a multiple of the usual place."""
    return float(np.interp(30, figure.rig.heights, figure.rig.half_widths)) / 88


def _none(_: Figure, __: Points, ___: float) -> str:
    return ""


def _stud(f: Figure, lobe: Points, k: float) -> str:
    tone = f.palette.accent
    edge = f'stroke="{tone.line}" stroke-width="{1.2 * f.line:.1f}"'
    return ellipse(lobe, (4.0 * k, 4.0 * k), tone.base, more=edge) + ellipse(
        lobe - np.array([1.2, 1.3]) * k, (1.4 * k, 1.2 * k), "#fff", opacity=0.95
    )


def _drop(f: Figure, lobe: Points, k: float) -> str:
    tone, metal = f.palette.accent, f.palette.metal
    drop = [lobe + np.array(step) * k for step in ((0, 7), (5.4, 18), (0, 25), (-5.4, 18))]
    wire = f"M{lobe[0]:.1f} {lobe[1]:.1f}V{lobe[1] + 9 * k:.1f}"
    return (
        path(wire, stroke=metal.base, width=1.5 * k)
        + ellipse(lobe, (2.2 * k, 2.2 * k), metal.base)
        + path(smooth(drop), tone.base, stroke=tone.line, width=1.1 * f.line)
        + ellipse(lobe + np.array([-1.7, 15.5]) * k, (1.4 * k, 2.6 * k), "#fff", opacity=0.85)
    )


def _hoop(f: Figure, lobe: Points, k: float) -> str:
    metal = f.palette.metal
    middle, radius = lobe + np.array([0, 10]) * k, (7.5 * k, 10.5 * k)
    return ellipse(middle, radius, "none", more=f'stroke="{metal.line}" stroke-width="{3.6 * k:.1f}"') + ellipse(
        middle, radius, "none", more=f'stroke="{metal.base}" stroke-width="{2.2 * k:.1f}"'
    )


# Each draws what hangs from a lobe at [2], with ``k`` canvas units per head unit.
RINGS: Mapping[str, Callable[[Figure, Points, float], str]] = MappingProxyType(
    {"none": _none, "stud": _stud, "drop": _drop, "hoop": _hoop}
)
