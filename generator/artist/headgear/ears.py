"""Ears of animals: curved leaves in space whose roots lie on the hair, with fur inside. Knows no other headgear."""

from dataclasses import dataclass, replace

import numpy as np

from generator.artist.colour import Lch, css
from generator.artist.figure import Figure
from generator.artist.headgear.space import OUTLINE, Place, hidden_by_hair, lit
from generator.artist.svg import Points, Stop, brush, linear_gradient, path, polygon, smooth, spline

SHELTERED = (0.20, -0.10)  # from which depth of its root on the hair begins to hide an ear, and where it hides all of it


FLUFF_TUFTS = 7
TUFT_WIDTH = 8.0  # half a tuft's width in canvas units
ROOT_LOCKS = ((0.02, 24), (0.98, 26), (0.24, 18), (0.76, 20), (0.50, 22))  # where along the root, and how long


@dataclass(frozen=True)
class Ear:
    """An ear's form: rims as points (x, y, z) from root to tip, x away from the middle of the head, y down, z ahead."""

    azimuth: float  # of the root's middle on the hair, in degrees
    polar: float
    lean: float  # how far the ear leans outwards, as x per unit of height
    facing: float  # degrees by which it opens outwards
    inner_rim: tuple[tuple[float, float, float], ...]
    outer_rim: tuple[tuple[float, float, float], ...]
    inset: float  # the rim's width as a share of the ear's width
    fluff: float  # height of the fur inside, as a share of the ear's height
    dark_tip: bool = False


CAT = Ear(
    azimuth=52,
    polar=35,
    lean=0.34,
    facing=14,
    inner_rim=((-37, 14, 0), (-30, -22, 4), (-14, -56, 2), (7, -82, -6)),
    outer_rim=((38, 18, 0), (40, -16, 4), (28, -54, 2), (7, -82, -6)),
    inset=0.26,
    fluff=0.50,
)
FOX = Ear(
    azimuth=50,
    polar=34,
    lean=0.40,
    facing=18,
    inner_rim=((-42, 14, 0), (-40, -20, 4), (-22, -60, 2), (10, -92, -8)),
    outer_rim=((42, 20, 0), (47, -14, 5), (36, -58, 2), (10, -92, -8)),
    inset=0.24,
    fluff=0.62,
    dark_tip=True,
)
RABBIT = Ear(
    azimuth=44,
    polar=26,
    lean=0.30,
    facing=8,
    inner_rim=((-17, 18, 0), (-23, -24, 2), (-27, -62, 0), (-20, -94, -6), (0, -118, -10)),
    outer_rim=((17, 18, 0), (22, -24, 2), (26, -58, 0), (20, -92, -6), (0, -118, -10)),
    inset=0.40,
    fluff=0.0,
)
# The rabbit's other ear falls over: the part below the fold, then the part that hangs and shows its back.
STUMP = replace(
    RABBIT,
    inner_rim=((-17, 18, 0), (-23, -16, 2), (-24, -44, 4), (-4, -62, 8), (30, -56, 8)),
    outer_rim=((17, 18, 0), (22, -8, 2), (24, -26, 6), (30, -36, 8), (30, -56, 8)),
)
FLAP = ((-8, -61, 8), (18, -66, 13), (44, -56, 16), (62, -28, 16), (66, 6, 12), (56, 28, 8), (40, 8, 13), (27, -18, 14))
FLAP += ((24, -34, 10),)


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
    place = _place(figure, STUMP, side)
    flap, tone = place.canvas(FLAP), figure.palette.hair_tone
    fill = lit(figure, "earflap", flap, [(0, tone.light), (0.5, tone.base), (1, tone.shadow)])
    back = path(smooth(flap), "url(#earflap)", stroke=tone.line, width=OUTLINE * figure.line)
    crease = brush(place.canvas([(14, -56, 16), (40, -44, 18), (54, -14, 18)]), 1.6, 10)
    return _draw(figure, STUMP, side) + fill + back + path(crease, tone.shadow)


def _pair(figure: Figure, ear: Ear) -> str:
    far = figure.far_side
    return _draw(figure, ear, far) + _draw(figure, ear, -far)


def _draw(figure: Figure, ear: Ear, side: int) -> str:
    """Draw one ear; the hair hides it as its root turns to the far side."""
    name = f"ear{'l' if side < 0 else 'r'}"
    place = _place(figure, ear, side)
    drawn = _shell(figure, ear, place, name) + _inside(figure, ear, place, name)
    drawn += _root_locks(figure, ear, place, name)
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
    stops: list[Stop] = [(0, dark), (0.26, dark), (0.34, tone.base), (0.80, tone.base), (1, tone.base, 0)]
    if not ear.dark_tip:
        stops[1:3] = [(0.45, tone.base)]
    lines: list[Stop] = [(0, tone.line), (0.72, tone.line), (0.96, tone.line, 0)]
    outline = polygon(np.concatenate([inner, outer[::-1]]))
    defs = linear_gradient(f"{name}-fur", tip, root, stops) + linear_gradient(f"{name}-line", tip, root, lines)
    fur = path(outline, f"url(#{name}-fur)", stroke=f"url(#{name}-line)", width=OUTLINE * figure.line)
    return defs + fur


def _inside(figure: Figure, ear: Ear, place: Place, name: str) -> str:
    """Draw the hollow with its own light, and the fur that grows into it from both rims."""
    skin, hair = figure.palette.skin, figure.palette.hair
    inner, outer = (place.canvas(rim) for rim in _rims(ear, ear.inset, 4.0))
    hollow = np.concatenate([inner, outer[::-1]])
    rose = css(Lch(0.70, 0.09, 12))
    root, tip = (inner[0] + outer[0]) / 2, inner[-1]
    stops: list[Stop] = [(0, hair.at(0.30)), (0.2, rose), (0.6, skin.inner_ear), (0.78, rose), (0.9, rose, 0)]
    defs = linear_gradient(f"{name}-in", tip, root, stops)
    shade = lit(figure, f"{name}-shade", hollow, [(0, hair.at(0.12), 0.55), (0.45, hair.at(0.12), 0)])
    data = polygon(hollow)
    drawn = defs + shade + path(data, f"url(#{name}-in)") + path(data, f"url(#{name}-shade)")
    return drawn + (_fluff(figure, ear, place) if ear.fluff else "")


def _fluff(figure: Figure, ear: Ear, place: Place) -> str:
    """Draw a fan of pale tufts that grow from the root into the hollow, longest towards the middle of the head."""
    inner, outer = _rims(ear, 0.06, -3.0)
    height = -min(point[1] for point in ear.inner_rim) * ear.fluff
    back, front = "", ""
    for step, share in enumerate(np.linspace(0.04, 0.96, FLUFF_TUFTS)):
        root = inner[0] * (1 - share) + outer[0] * share + np.array([0, 2, 0])
        reach = height * (1.0 - 0.42 * share if step % 2 == 0 else 0.66 - 0.2 * share)
        bow = 13 * (0.45 - share)  # the fan closes towards the tip
        end = root + np.array([2.2 * bow, -reach, 2])
        middle = root + np.array([0.4 * bow - 3, -0.5 * reach, 6])
        tuft = brush(place.canvas([root + [0, 6, 0], middle, end]), TUFT_WIDTH, 10, _tuft)
        back, front = (back + tuft, front) if step % 2 else (back, front + tuft)
    hair = figure.palette.hair
    return path(back, hair.at(0.62), opacity=0.9) + path(front, hair.glint, stroke=hair.at(0.5), width=0.5 * OUTLINE)


def _root_locks(figure: Figure, ear: Ear, place: Place, name: str) -> str:
    """Draw short locks of hair that lie over the root, so that the ear grows out of the hair."""
    hair = figure.palette.hair
    inner, outer = _rims(ear)
    data = ""
    for share, length in ROOT_LOCKS:
        root = inner[1] * (1 - share) + outer[1] * share + np.array([0, 0, 6])
        out = 20 * (share - 0.42)
        bend = root + np.array([0.5 * out, 0.45 * length, 4])
        data += brush(place.canvas([root, bend, root + [out, length, 2]]), 1.15 * TUFT_WIDTH, 10, _lock)
    top, end = place.canvas([(inner[1] + outer[1]) / 2, (inner[0] + outer[0]) / 2 + [0, 22, 0]])
    defs = linear_gradient(f"{name}-lock", top, end, [(0, hair.at(0.60)), (0.45, hair.at(0.56)), (1, hair.at(0.5), 0)])
    line = linear_gradient(f"{name}-lockline", top, end, [(0, hair.lines[12], 0.9), (0.9, hair.lines[12], 0)])
    width = 0.7 * OUTLINE * figure.line
    return defs + line + path(data, f"url(#{name}-lock)", stroke=f"url(#{name}-lockline)", width=width)


def _tuft(t: Points) -> Points:
    return np.asarray(np.sin(np.pi * (0.25 + 0.75 * t**0.8)) ** 0.8)


def _lock(t: Points) -> Points:
    return np.asarray(np.sin(np.pi * (0.05 + 0.95 * t)) ** 0.8)
