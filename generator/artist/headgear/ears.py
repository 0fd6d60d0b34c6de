"""Ears of animals: curved leaves in space whose roots lie on the hair, with fur inside. Knows no other headgear."""

from dataclasses import dataclass, replace

import numpy as np

from generator.artist.colour import Lch, css
from generator.artist.figure import Figure
from generator.artist.headgear.space import OUTLINE, Outline, Place, hidden_by_hair, lit, room
from generator.artist.svg import Points, Stop, brush, linear_gradient, path, polygon, smooth, spline

SHELTERED = (
    0.20,
    -0.10,
)  # from which depth of its root on the hair begins to hide an ear, and where it hides all of it


ROSE, DEPTH = css(Lch(0.72, 0.095, 10)), css(Lch(0.36, 0.08, 345))  # the hollow: its tip, and its shaded side
TUFT_WIDTH = 9.5  # half a tuft's width in canvas units
# Each tuft runs through three points (x as a share of the ear's half width, y as one of the fur's height).
BACK_TUFTS = (
    ((0.62, 0.10), (0.66, -0.30), (0.44, -0.78)),
    ((0.30, 0.14), (0.40, -0.20), (0.30, -0.55)),
    ((-0.62, -0.20), (-0.44, -0.70), (-0.14, -1.18)),
)
FRONT_TUFTS = (
    ((-0.66, 0.00), (-0.52, -0.55), (-0.06, -0.96)),
    ((-0.50, 0.14), (-0.30, -0.36), (0.16, -0.70)),
    ((-0.22, 0.20), (-0.02, -0.20), (0.34, -0.42)),
)


@dataclass(frozen=True)
class Ear:
    """An ear's form: rims as points (x, y, z) from root to tip, x away from the middle of the head, y down, z ahead."""

    azimuth: float  # of the root's middle on the hair, in degrees
    polar: float
    lean: float  # how far the ear leans outwards, as x per unit of height
    facing: float  # degrees by which it opens outwards
    inner_rim: Outline
    outer_rim: Outline
    inset: float  # the rim's width as a share of the ear's width
    fluff: float  # height of the fur inside, as a share of the ear's height
    dark_tip: bool = False
    reach: Outline = ()  # what else must fit into the picture


CAT = Ear(
    azimuth=53,
    polar=38,
    lean=0.38,
    facing=14,
    inner_rim=((-39, 10, 0), (-32, -22, 4), (-15, -56, 2), (5, -82, -6)),
    outer_rim=((25, 20, 0), (34, -14, 4), (26, -54, 2), (5, -82, -6)),
    inset=0.26,
    fluff=0.56,
)
FOX = Ear(
    azimuth=52,
    polar=38,
    lean=0.44,
    facing=18,
    inner_rim=((-44, 10, 0), (-42, -20, 4), (-24, -60, 2), (8, -92, -8)),
    outer_rim=((27, 22, 0), (39, -14, 5), (34, -58, 2), (8, -92, -8)),
    inset=0.24,
    fluff=0.62,
    dark_tip=True,
)
RABBIT = Ear(
    azimuth=48,
    polar=30,
    lean=0.34,
    facing=8,
    inner_rim=((-16, 18, 0), (-25, -18, 2), (-29, -52, 2), (-23, -84, 0), (-6, -106, 0), (10, -112, 0), (19, -111, 0)),
    outer_rim=((16, 18, 0), (24, -16, 2), (28, -42, 4), (32, -66, 4), (36, -88, 4), (32, -104, 2), (19, -111, 0)),
    inset=0.40,
    fluff=0.0,
)
# The rabbit's other ear falls over: the part below the fold, then the part that hangs and shows its back.
STUMP = replace(
    RABBIT,
    inner_rim=((-17, 18, 0), (-25, -18, 2), (-28, -50, 3), (-20, -76, 6), (10, -84, 8)),
    outer_rim=((17, 18, 0), (24, -14, 2), (28, -38, 4), (28, -60, 6), (10, -84, 8)),
    reach=RABBIT.inner_rim,
)
FLAP: Outline = (
    *((-25, -71, 8), (-10, -85, 12), (14, -89, 14), (38, -80, 16), (55, -58, 16)),
    *((61, -34, 12), (56, -24, 10), (42, -36, 13), (26, -50, 14), (2, -64, 12)),
)


def draw_cat_ears(figure: Figure) -> str:
    """Draw the ears of a cat."""
    return _pair(figure, CAT)


def draw_fox_ears(figure: Figure) -> str:
    """Draw the ears of a fox: taller, with dark tips and much fur."""
    return _pair(figure, FOX)


def draw_bunny_ears(figure: Figure) -> str:
    """Draw the ears of a rabbit."""
    far = figure.far_side
    return "".join(_rabbit_ear(figure, side) for side in (far, -far))


def _rabbit_ear(figure: Figure, side: int) -> str:
    if side < 0:
        return _draw(figure, RABBIT, side)
    place = _fitted(figure, STUMP, side)
    flap, tone = place.canvas(FLAP), figure.palette.hair_tone
    fill = lit(figure, "earflap", flap, [(0, tone.base), (0.5, tone.shadow), (1, tone.shadow)])
    back = path(smooth(flap), "url(#earflap)", stroke=tone.line, width=OUTLINE * figure.line)
    under = brush(place.canvas([(-22, -67, 8), (2, -61, 12), (26, -47, 14), (42, -33, 13)]), 4.0, 14)
    crease = brush(place.canvas([(-2, -80, 14), (22, -74, 17), (42, -54, 17)]), 1.4, 10)
    return _draw(figure, STUMP, side) + path(under, tone.deep, opacity=0.6) + fill + back + path(crease, tone.deep)


def _pair(figure: Figure, ear: Ear) -> str:
    far = figure.far_side
    return _draw(figure, ear, far) + _draw(figure, ear, -far)


def _draw(figure: Figure, ear: Ear, side: int) -> str:
    """Draw one ear; the hair hides it as its root turns to the far side."""
    name = f"ear{'l' if side < 0 else 'r'}"
    place = _fitted(figure, ear, side)
    drawn = _shell(figure, ear, place, name) + _inside(figure, ear, place, name)
    depth = float(figure.rig.depth(side * ear.azimuth, ear.polar))
    hidden = np.clip((SHELTERED[0] - depth) / (SHELTERED[0] - SHELTERED[1]), 0, 1)
    return hidden_by_hair(figure, f"{name}-clip", drawn, 0.80 + 0.20 * hidden) if hidden else drawn


def _place(figure: Figure, ear: Ear, side: int) -> Place:
    up = np.array([side * ear.lean, -1.0, -0.12])  # a little backwards, as the head's dome falls away
    up /= np.linalg.norm(up)
    turn = np.radians(ear.facing)
    ahead = np.array([side * np.sin(turn), 0, np.cos(turn)])
    ahead -= (ahead @ up) * up
    ahead /= np.linalg.norm(ahead)
    out = np.cross(-up, ahead) * side
    return Place(figure, figure.rig.scalp(side * ear.azimuth, ear.polar, -0.03), [out, -up, ahead])


def _fitted(figure: Figure, ear: Ear, side: int) -> Place:
    """Return the place of an ear, which both ears of a pair make smaller where the picture would cut one."""
    sizes = []
    for each in (-1, 1):
        place = _place(figure, ear, each)
        sizes.append(room(figure.rig.project(place.origin), place.canvas(ear.inner_rim + ear.outer_rim + ear.reach)))
    place = _place(figure, ear, side)
    return Place(figure, place.origin, place.axes * min(sizes))


def _rims(ear: Ear, inset: float = 0.0, sink: float = 0.0) -> tuple[Points, Points]:
    """Return both rims [12, 3], moved inwards by the share ``inset`` of the width and back by ``sink``."""
    inner, outer = (spline(rim, 12) for rim in (ear.inner_rim, ear.outer_rim))
    middle = (inner + outer) / 2
    middle[:, 1] = middle[:, 1] * (1 - 0.55 * inset) + 10 * inset  # the inside ends below the tip
    shift = np.array([0, 0, -sink])
    return inner + (middle - inner) * inset + shift, outer + (middle - outer) * inset + shift


def _shell(figure: Figure, ear: Ear, place: Place, name: str) -> str:
    """Draw the ear's fur outside; at the root it fades into the hair."""
    tone, hair = figure.palette.hair_tone, figure.palette.hair
    inner, outer = (place.canvas(rim) for rim in _rims(ear))
    root, tip = (inner[0] + outer[0]) / 2, inner[-1]
    dark = hair.at(0.04) if ear.dark_tip else hair.at(0.66)
    stops: list[Stop] = [(0, dark), (0.26, dark), (0.34, tone.base), (0.76, tone.base), (0.98, tone.base, 0)]
    if not ear.dark_tip:
        stops[1:3] = [(0.45, tone.base)]
    lines: list[Stop] = [(0, tone.line), (0.70, tone.line), (0.95, tone.line, 0)]
    outline = polygon(np.concatenate([inner, outer[::-1]]))
    defs = linear_gradient(f"{name}-fur", tip, root, stops) + linear_gradient(f"{name}-line", tip, root, lines)
    fur = path(outline, f"url(#{name}-fur)", stroke=f"url(#{name}-line)", width=OUTLINE * figure.line)
    return defs + fur


def _inside(figure: Figure, ear: Ear, place: Place, name: str) -> str:
    """Draw the hollow with its own light, and the fur that grows into it from both rims."""
    skin = figure.palette.skin
    inner, outer = (place.canvas(rim) for rim in _rims(ear, ear.inset, 4.0))
    hollow = np.concatenate([inner, outer[::-1]])
    root, tip = (inner[0] + outer[0]) / 2, inner[-1]
    stops: list[Stop] = [(0, ROSE), (0.45, skin.inner_ear), (0.72, skin.inner_ear), (0.95, ROSE, 0)]
    defs = linear_gradient(f"{name}-in", tip, root, stops)
    shade = lit(figure, f"{name}-shade", hollow, [(0, DEPTH, 0.5), (0.5, DEPTH, 0)])
    data = polygon(hollow)
    drawn = defs + shade + path(data, f"url(#{name}-in)") + path(data, f"url(#{name}-shade)")
    return drawn + (_fluff(figure, ear, place, name) if ear.fluff else "")


def _fluff(figure: Figure, ear: Ear, place: Place, name: str) -> str:
    """Draw the fur that stands over the foot of the hollow: pale tufts from the inner rim, darker ones behind them."""
    hair = figure.palette.hair
    size = np.array([ear.outer_rim[0][0], -ear.outer_rim[-1][1] * ear.fluff])  # half the width, the fur's height
    back, front = ("".join(_tuft(place, tuft, size) for tuft in tufts) for tufts in (BACK_TUFTS, FRONT_TUFTS))
    low, high = place.canvas([(0, 0.22 * size[1], 0), (0, -0.50 * size[1], 0)])
    defs = linear_gradient(
        f"{name}-tuft", low, high, [(0.1, hair.at(0.66), 0), (0.45, hair.at(0.80)), (1, hair.at(1.0))]
    )
    defs += linear_gradient(f"{name}-tuftline", low, high, [(0.3, hair.at(0.4), 0), (0.8, hair.at(0.4))])
    width = 0.6 * OUTLINE * figure.line
    drawn = path(back, hair.at(0.74))
    return defs + drawn + path(front, f"url(#{name}-tuft)", stroke=f"url(#{name}-tuftline)", width=width)


def _tuft(place: Place, tuft: tuple[tuple[float, float], ...], size: Points) -> str:
    """Return a pointed tuft through three points, given as shares of the ear's half width and of the fur's height."""
    flat = np.array(tuft) * size
    line = np.column_stack([flat, (4.0, 10.0, 3.0)])  # it bulges out of the hollow
    return brush(place.canvas(line), TUFT_WIDTH, 12, _leaf)


def _leaf(t: Points) -> Points:
    return np.asarray(np.sin(np.pi * (0.15 + 0.85 * t**0.8)) ** 0.9)
