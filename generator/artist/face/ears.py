"""The ears, and what hangs from them.

An ear is bare or covered in every pose: the style of the hair decides it, once for each side. A bare one lies over the
hair beside the face, which is tucked behind it, so that no lock cuts slivers from it and it never comes or goes; only
the face hides it as it turns away.
"""

from collections.abc import Callable, Mapping
from math import sin
from types import MappingProxyType

import numpy as np

from generator.artist.figure import Figure
from generator.artist.svg import CANVAS, Points, brush, ellipse, group, path, smooth

# Outlines in head units, for the viewer's right ear, from where it leaves the temple round to the lobe. Both begin
# inside the face's edge, where they are cut, between the brow's height and the nose's.
OUTLINES: Mapping[str, Points] = MappingProxyType(
    {
        "human": np.array(
            [(84.0, 13, 8), (94, 6, 0), (102, 7, -12), (107, 19, -18), (104, 36, -14), (97, 50, -6), (86, 53, 4)]
        ),
        "elf": np.array(
            [
                *[(84.0, 8, 8), (95, 3, 0), (112, -5, -12), (130, -15, -30), (148, -25, -48)],
                *[(139, -5, -40), (125, 15, -30), (110, 35, -18), (98, 50, -6), (86, 53, 4)],
            ]
        ),
    }
)
INNER = {"human": 0.62, "elf": 0.66}  # the share of the outline that the hollow of the ear fills
COVERING = 70.0  # head units of the face that the near ear may cover, per sine of the turn
OVERLAP = 2.5  # and straight ahead: its inner edge lies over the cheek's
# How the far ear slides behind the face, so that no sliver or tip is left beside the eye: the sine of the turn from
# which it does, and by how many head units per sine.
FAR_IN: Mapping[str, tuple[float, float]] = MappingProxyType({"human": (0.0, 62.0), "elf": (0.30, 450.0)})
NOD_DEPTH = 14.0  # head units: ears follow a nod about half as far as the face, or hair swallows them
LOBE = np.array([95.0, 52.0, -4.0])
ANIMAL_EARS = ("cat-ears", "fox-ears", "bunny-ears")  # what is worn instead of one's own ears
EARLESS = (*ANIMAL_EARS, "headphones")  # and what is worn over them
# The back hair that leaves human ears bare: it is short, or all combed to ties. On hanging hair an ear looks stuck on.
BARE = frozenset(
    {
        *("short", "pixie", "spiky", "ponytail", "side-ponytail", "low-ponytail"),
        *("twintails", "low-twintails", "buns", "braids", "drills"),
    }
)
CURTAINED: Mapping[str, tuple[int, ...]] = MappingProxyType({"hime": (-1, 1), "one-eye": (-1,)})  # by bangs
VEILED: Mapping[str, tuple[int, ...]] = MappingProxyType({"one-eye": (-1,)})  # the same for ears that elves have


def bare(figure: Figure, side: int) -> bool:
    """Return whether the hair leaves the ear on ``side`` bare. The ears of elves lie over all hair but long bangs."""
    a = figure.attributes
    if a.accessory in EARLESS:
        return False
    if a.ears == "elf":
        return side not in VEILED.get(a.bangs, ())
    return a.back_hair in BARE and side not in CURTAINED.get(a.bangs, ())


def draw_ears(figure: Figure) -> str:
    """Draw the bare ears with their rings, the far one first."""
    return "".join(_ear(figure, side) for side in (figure.far_side, -figure.far_side) if bare(figure, side))


def _ear(figure: Figure, side: int) -> str:
    """Draw one ear and what hangs from it; ``side`` is -1 for the viewer's left, 1 for the right."""
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
    lobe = _fitted(figure, LOBE[None], side)[0]
    ring = RINGS[figure.attributes.earrings](figure, lobe) if _beyond_face(figure, side, lobe) else ""
    name = f"ear{side + 1}"
    if side == figure.far_side and figure.rig.yaw:
        return _beside(figure, name, 0.0, drawn + ring)
    # The near ear comes to lie on the cheek as the head turns.
    return _beside(figure, name, -OVERLAP - COVERING * abs(sin(figure.rig.yaw)), drawn) + ring


def _beyond_face(figure: Figure, side: int, lobe: Points) -> bool:
    """Return whether a lobe [2] is seen: what hangs from one behind the cheek would show below it, held by nothing."""
    edge = figure.rig.outline().left if side < 0 else figure.rig.outline().right
    return side != figure.far_side or side * float(lobe[0] - np.interp(lobe[1], edge[:, 1], edge[:, 0])) > 0


def _beside(figure: Figure, name: str, grow: float, drawn: str) -> str:
    """Return ``drawn`` where the face, widened by ``grow`` head units, is not."""
    outside = f"M0 0H{CANVAS}V{CANVAS}H0Z" + smooth(figure.rig.outline(grow).closed)
    mask = f'<clipPath id="{name}"><path d="{outside}" clip-rule="evenodd"/></clipPath>'
    return mask + group(drawn, f'clip-path="url(#{name})"')


def _fitted(figure: Figure, points: Points, side: int) -> Points:
    """Return where points of the ear land on the canvas: broad faces have their ears further out."""
    rig = figure.rig
    rotated = rig.rotate(points * [side * ear_breadth(figure), 1, 1])
    start, rate = FAR_IN[figure.attributes.ears]
    rotated[:, 0] -= side * rate * max(0.0, side * sin(rig.yaw) - start)
    rotated[:, 1] += NOD_DEPTH * sin(rig.pitch)
    return rig.flatten(rotated)


def ear_breadth(figure: Figure) -> float:
    """Return how far out the ears sit, as a multiple of the usual place."""
    return float(np.interp(30, figure.rig.heights, figure.rig.half_widths)) / 88


def _none(_: Figure, __: Points) -> str:
    return ""


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


RINGS: Mapping[str, Callable[[Figure, Points], str]] = MappingProxyType(
    {"none": _none, "stud": _stud, "drop": _drop, "hoop": _hoop}
)
