"""Pieces that several garments share: the chest with its folds, bare skin, a shirt's collar, the inside of a collar."""

import numpy as np

from generator.artist.body.bust import Bust, Fabric, Line, Stroke, draw_chin_shadow, wedge
from generator.artist.colour import blend
from generator.artist.palette import Tone
from generator.artist.svg import clip, group, leaves, path

# Folds of a fitted garment, from the armpit across the chest and down from the neck: each with its side and half width
# at the first point. The sides differ.
FOLDS: tuple[tuple[Line, int, float], ...] = (
    (((107, 43), (88, 36), (66, 37)), -1, 2.5),
    (((108, 55), (90, 48), (72, 50)), -1, 2.0),
    (((66, 11), (80, 19), (86, 28)), -1, 1.6),
    (((114, 31), (120, 41), (121, 56)), -1, 2.2),
    (((108, 46), (92, 37), (74, 35)), 1, 2.2),
    (((106, 54), (86, 46), (62, 46)), 1, 2.6),
    (((58, 9), (68, 20), (70, 31)), 1, 1.5),
    (((118, 33), (123, 44), (122, 58)), 1, 2.0),
)
ARMHOLE: Line = ((104, 21.5), (101, 34), (104, 46), (110, 62))
LIT_SHOULDER: Line = ((58, 11), (92, 21), (118, 32), (130, 50))
LIT_SLEEVE: Line = ((86, 18.5), (104, 24.5), (119, 34), (129, 52))
SHADE_WIDTH = 34.0  # head units, of the shadow on the side away from the light, at its widest


def chest(b: Bust, fabric: Fabric, *, folds: bool = True) -> str:
    """Draw the shoulders in one fabric: lit from one side, with folds and sleeves."""
    tone = fabric.tone
    drawn = path(b.outline(), fabric.fill, stroke=tone.line, width=b.line)
    drawn += shade_sides(b, fabric)
    if folds:
        drawn += crease_chest(b, fabric)
    seams = "".join(b.strokes((ARMHOLE, 0.7), side=side) for side in (-1, 1))
    return drawn + path(seams, tone.line, opacity=0.75)


def shade_sides(b: Bust, fabric: Fabric, *, sleeves_only: bool = False) -> str:
    """Draw the shadow on the arm away from the light, and the light on the other shoulder."""
    lit_edge = LIT_SLEEVE if sleeves_only else LIT_SHOULDER
    widest = SHADE_WIDTH * (0.5 if sleeves_only else 1.0)
    drawn = ""
    for side in (-1, 1):
        away = max(0.0, 0.25 - 0.75 * side * b.light_x) * widest
        inner: Line = ((140, 90), (131 - away, 64), (118 - away * 0.9, 42), (119, 31))
        outer: Line = ((119, 31), (131.5, 48), (139.5, 76), (140, 90))
        drawn += b.patch(fabric.tone.shadow, outer, inner, side=side)
        lit = max(0.0, 0.25 + 0.75 * side * b.light_x)
        drawn += b.creases(fabric.tone.light, (lit_edge, 2.4 * lit), side=side)
    return drawn


def crease_chest(b: Bust, fabric: Fabric) -> str:
    """Draw the folds of the chest: a dark side, and a light one towards the light."""
    lines = b.at(np.array([np.array(line) * [side, 1] for line, side, _ in FOLDS]))
    widths = np.array([width for *_, width in FOLDS]) * b.scale
    towards = np.array([2.6 * b.light_x, 2.6 * b.light_y]) * b.scale
    light = path(leaves(lines + towards, 0.40 * widths), fabric.tone.light)
    return light + path(leaves(lines, widths, wedge), fabric.tone.shadow)


def v_neck(low: float, half_width: float = 26.0) -> tuple[Line, ...]:
    """Return the outline of a neckline that ends ``low`` head units under the pit of the neck."""
    w = half_width
    left: Line = ((-w, -17), (-0.96 * w, -8), (-0.55 * w, 0.38 * low), (0, low))
    right: Line = ((0, low), (0.55 * w, 0.38 * low), (0.96 * w, -8), (w, -17))
    return left, right


def bare_skin(b: Bust, outline: tuple[Line, ...], reach: float = 0.6) -> str:
    """Draw skin within ``outline``, in the shadow of the chin, with collar bones ``reach`` times their length."""
    skin, data = b.palette.skin, b.shape(*outline)
    shaded = draw_chin_shadow(b.figure) + collar_bones(b, reach)
    return path(data, skin.base) + clip("body-skin", data) + group(shaded, 'clip-path="url(#body-skin)"')


def collar_bones(b: Bust, reach: float) -> str:
    """Draw the collar bones, ``reach`` times as long as they are."""
    skin = b.palette.skin
    bones: list[Stroke] = [
        (((side * 5, 6), (side * 24 * reach, 1), (side * 58 * reach, 5 * reach)), 1.1) for side in (-1, 1)
    ]
    pit: Stroke = (((-4, 3), (-1, 8), (0, 10), (1, 8), (4, 3)), 0.9)
    return b.creases(skin.shadow, *bones, pit)


def wing(low: float = 24.0, open_to: float = 11.0) -> tuple[Line, ...]:
    """Return the right half of a shirt's collar: its point hangs to ``low``, the halves meet at ``open_to``."""
    point = (36.0, low)
    return (
        ((24, -22), (31, -17)),
        ((31, -17), (41, -3), (44, 5)),
        ((44, 5), point),
        (point, (18, open_to + 6), (1, open_to)),
        ((1, open_to), (14, 0), (21, -10), (24, -22)),
    )


def wings(b: Bust, fabric: Fabric, *, low: float = 24.0, open_to: float = 11.0) -> str:
    """Draw both halves of a shirt's collar; see ``wing``."""
    drawn = ""
    for side in (-1, 1):
        drawn += b.panel(fabric, *wing(low + 0.75 * side, open_to), side=side, cast=4)
        drawn += b.creases(fabric.tone.shadow, (((30, -14), (30, 2), (25, 14)), 1.6), side=side)
        edge: Line = ((39.5, 5), (33.5, low - 3.2), (19, open_to + 3), (6, open_to))
        drawn += b.strip(fabric.tone.shadow, edge, 0.35, side=side)
    return drawn


def in_shadow(tone: Tone) -> str:
    """Return the colour of the inside of a collar, which lies in the shadow of the head."""
    return blend(tone.deep, tone.line, 0.4)


def nape(b: Bust, tone_inside: str, line: str, top: float = -28.0, half_width: float = 34.0) -> str:
    """Draw the inside of a collar behind the neck."""
    w = half_width
    rim: Line = ((-w - 3, 4), (-w, top + 8), (-0.6 * w, top), (0.6 * w, top), (w, top + 8), (w + 3, 4))
    return path(b.shape(rim), tone_inside, stroke=line, width=b.line)
