"""Buns, braids and drills: what hangs from a tie and is drawn as shapes of its own."""

from collections.abc import Callable

import numpy as np

from generator.artist.figure import Figure
from generator.artist.hair.locks import step
from generator.artist.hair.tied import Tie
from generator.artist.palette import HairColours, blend
from generator.artist.svg import Points, Stop, brush, linear_gradient, path, radial_gradient, smooth

LINE = 1.25  # width of outlines in canvas units
# What is worn where hair is tied high, and the sides on which it is: ties beside it are stubs, or one lump with it.
KNOTS_HIDDEN_BY = {
    **dict.fromkeys(("maid", "headphones"), (-1, 1)),
    **dict.fromkeys(("headband", "ribbon", "flower", "clip"), (1,)),
}
DRILL_TURNS, DRILL_PITCH, DRILL_RADIUS = 9, 21.0, 26.0  # bands of a ringlet; their height and half width, head units
WITH_ACCENT = frozenset({"sailor", "blazer", "scarf", "dress", "gothic", "idol"})  # clothes with a bow, tie or scarf
SCRUNCHIE = 8.0  # half thickness in head units
DYED = 0.35, 0.85  # where dyed tips begin and where they are fully dyed, as shares of the length


def _bun(figure: Figure, tie: Tie, name: str) -> str:
    hair, scale, light = figure.palette.hair, figure.scale, figure.light[:2]
    radius = (31 + 2 * figure.attributes.volume) * scale
    centre = _place(figure, tie) + np.array([tie.side * 12, -14]) * scale
    stops = [(0.0, hair.at(0.80)), (0.45, hair.at(0.58)), (1.0, hair.at(0.18))]
    drawn = radial_gradient(name, centre + light * radius * 0.5, radius * 1.4, stops)
    angles = np.linspace(0, 2 * np.pi, 18, endpoint=False)
    round_off = 1 + 0.03 * np.sin(3 * angles + tie.side)
    drawn += _outlined(figure, centre + radius * np.stack([np.cos(angles) * round_off, 0.94 * np.sin(angles)], 1), name)
    along = np.linspace(0, 1, 7)
    for k in range(5):  # strands wind from the edge to the middle
        angle, distance = 1.25 * k + 0.3 * tie.side + 2.0 * along, radius * (0.98 - 0.78 * along)
        wound = centre + np.stack([distance * np.cos(angle), 0.94 * distance * np.sin(angle)], 1)
        drawn += path(brush(wound, 1.1 * scale, 10), hair.at(0.16), opacity=0.55)
    towards = np.arctan2(light[1], light[0])
    for offset in (-0.5, 0.0, 0.45):
        angle = np.linspace(-0.36, 0.36, 5) + offset + towards
        shine = centre + 0.66 * radius * np.stack([np.cos(angle), np.sin(angle)], 1)
        drawn += path(brush(shine, 3.0 * scale, 10), hair.glint, opacity=_shine(figure, 0.75))
    return drawn


def _braid(figure: Figure, tie: Tie, name: str) -> str:
    a, scale, side = figure.attributes, figure.scale, tie.side
    count, width, height = 8, 17 * scale, 22 * scale * (1 + 0.06 * a.back_length)
    root = _place(figure, tie) + np.array([side * 3, 8]) * scale
    drawn, centre = "", root
    for k in range(count):
        aside = side * 10 * np.sin(0.38 * k) * scale + a.wind * k * k * 0.3 * scale
        centre = root + np.array([aside, 0.92 * k * height])
        size, upper = np.array([width * (1 - 0.045 * k), height]), 1 if (k + side) % 2 else -1
        for half in (-upper, upper):
            fill = f"{name}{k}{'a' if half > 0 else 'b'}"
            drawn += _braid_leaf(figure, centre, size, half, _colours(figure, k / count), fill)
    hair = _colours(figure, 1.0)
    for k, aside in enumerate((-1.0, 1.0, -0.5, 0.5, 0.0)):  # the loose end
        tip = centre + np.array(
            [(0, 0.7 * height), (9 * aside * scale, 1.5 * height), (11 * aside * scale, 2.5 * height)]
        )
        data = brush(tip, 5 * scale, 10, _tuft)
        drawn += path(data, hair.at(0.40 + 0.05 * k), stroke=hair.lines[16], width=LINE * figure.line)
    down = np.array([0.0, 1.0])
    return (
        drawn
        + scrunchie(figure, root - 0.45 * height * down, down, 12 * scale)
        + scrunchie(figure, centre + 0.85 * height * down, down, 9.5 * scale)
    )


def _braid_leaf(figure: Figure, centre: Points, size: Points, half: int, hair: HairColours, fill: str) -> str:
    """Draw one strand's turn of a braid: its left (``half`` -1) or right half, ``size`` [2] wide and high."""
    mirrored, light = size * [half, 1], half * figure.light[0]
    lit = 0.50 + 0.26 * light
    start, end = centre + mirrored * [0.9, -0.4], centre + mirrored * [-0.2, 0.9]
    stops = [(0.0, hair.at(lit - 0.18)), (0.45, hair.at(lit + 0.06)), (1.0, hair.at(lit - 0.28))]
    shape = [(-0.25, -0.62), (0.75, -0.45), (1.02, 0.10), (0.55, 0.72), (-0.30, 0.98), (-0.05, 0.2)]
    drawn = linear_gradient(fill, start, end, stops) + _outlined(figure, np.array(shape) * mirrored + centre, fill)
    mark = brush(np.array([(0.30, -0.25), (0.62, 0.0), (0.45, 0.42)]) * mirrored + centre, 1.7 * figure.scale, 8)
    towards = min(1.0, max(-1.0, 4 * light))  # no jump while the light changes sides
    drawn += path(mark, hair.glint, opacity=_shine(figure, 0.55) * max(0.0, towards))
    return drawn + path(mark, hair.at(0.16), opacity=0.5 * max(0.0, -towards))


def _drill(figure: Figure, tie: Tie, name: str) -> str:
    """Draw a ringlet: bands that wind round it from one side to the other, its dark inner side between them."""
    scale, side, turns = figure.scale, tie.side, np.arange(DRILL_TURNS + 1)
    share = turns / DRILL_TURNS
    pitch = DRILL_PITCH * scale * (1 + 0.06 * figure.attributes.back_length)
    root = _place(figure, tie) + np.array([side * 10, 4]) * scale
    sway = side * 18 * np.sin(np.minimum(1.0, 1.4 * share) * 1.5) + figure.attributes.wind * share**2 * 14
    middle = root + np.stack([sway * scale, (turns + 0.3) * pitch], axis=-1)
    radius = DRILL_RADIUS * scale * (0.62 + 0.38 * np.minimum(1.0, turns / 2)) * (1 - 0.80 * share**1.8)
    inner = np.concatenate([middle - [1, 0] * radius[:, None], (middle + [1, 0] * radius[:, None])[::-1]])
    hair = figure.palette.hair
    drawn = path(smooth(inner), hair.at(0.12), stroke=hair.lines[10], width=LINE * figure.line)
    for k in reversed(range(DRILL_TURNS)):
        drawn += _drill_band(figure, middle[k : k + 2], radius[k : k + 2], side, float(share[k]), f"{name}{k}")
    slant = np.array([0.75 * side, 1.0])
    if tie.side in KNOTS_HIDDEN_BY.get(figure.attributes.accessory, ()):
        return drawn
    return drawn + scrunchie(figure, root + slant * 3 * scale, slant, 18 * scale)


def _drill_band(figure: Figure, middle: Points, radius: Points, side: int, share: float, name: str) -> str:
    """Draw one turn of a ringlet from its ``middle`` [2, 2] and half widths ``radius`` [2], here and a turn below."""
    hair, light, last = _colours(figure, share), figure.light[:2], share > 1 - 1.5 / DRILL_TURNS
    u = np.linspace(-1, 1, 5)
    lean = side * 0.30 * np.sin(0.5 * np.pi * u)  # an S from the one side down to the other
    down, pitch = side * u, float(middle[1, 1] - middle[0, 1])
    upper = np.stack([u * radius[0], (lean - 0.55 * np.cos(0.5 * np.pi * u) * 0.5) * pitch], axis=-1)
    reach = np.where(down < 0, 1.08, 1.08 - 0.42 * down)  # it narrows to where the inner side shows
    lower = upper * [radius[1] / radius[0], 1] + np.stack([0 * u, reach * pitch], axis=-1)
    lower[:, 1] += 0.22 * pitch * np.cos(0.5 * np.pi * u)
    if last:  # a curl that runs out in a point
        lower = np.array([(0.0, 2.1), (0.2, 1.3)]) * [side * radius[0], pitch]
    outline = middle[0] + np.concatenate([upper, lower[::-1]])
    reach_x, reach_y = light[0] * radius[0], 0.4 * light[1] * radius[0]
    ends = middle[0] + [[reach_x, reach_y], [-reach_x, -reach_y]]
    stops: list[Stop] = [(0.0, hair.at(0.74)), (0.4, hair.at(0.58)), (0.75, hair.at(0.36)), (1.0, hair.at(0.20))]
    drawn = linear_gradient(name, ends[0], ends[1], stops) + _outlined(figure, outline, name)
    if last:
        return drawn
    shine = middle[0] + (upper[1:4] + lower[1:4]) / 2 * [0.6, 1] + [0.4 * light[0] * radius[0], 0]
    return drawn + path(brush(shine, 0.13 * pitch, 8), hair.glint, opacity=_shine(figure, 0.7))


def scrunchie(figure: Figure, centre: Points, along: Points, half: float) -> str:
    """Draw a tie of cloth across a strand that runs to ``along`` [2] and is ``half`` as wide as the tie is long.

    ``half`` is in canvas units.
    """
    # Of one colour with the bow, tie or scarf that is worn, or else with the garment.
    cloth = figure.palette.accent if figure.attributes.clothes in WITH_ACCENT else figure.palette.clothes
    along = along / max(1e-6, float(np.hypot(*along)))
    across = np.array([-along[1], along[0]])
    thick = SCRUNCHIE * figure.scale
    angles = np.linspace(0, 2 * np.pi, 36, endpoint=False)
    ruffled = 1 + 0.05 * np.cos(8 * angles)
    wide, high = (np.sign(x) * np.abs(x) ** 0.75 * ruffled for x in (np.cos(angles), np.sin(angles)))
    rim = np.outer(half * wide, across) + np.outer(thick * high, along)
    drawn = path(smooth(centre + rim), cloth.base, stroke=cloth.line, width=LINE * figure.line)
    folds = "".join(
        brush(centre + np.array([across * x * half + along * y * thick for x, y in ends]), 0.9 * figure.scale, 6)
        for ends in (((-0.5, -0.7), (-0.42, 0.4)), ((0.05, -0.4), (0.0, 0.8)), ((0.55, -0.6), (0.45, 0.5)))
    )
    lit = -1 if across @ figure.light[:2] < 0 else 1
    shine = [across * x * lit * half - along * y * thick for x, y in ((0.15, 0.35), (0.45, 0.45), (0.72, 0.25))]
    return (
        drawn
        + path(folds, cloth.deep, opacity=0.6)
        + path(brush(centre + np.array(shine), 1.8 * figure.scale, 8), cloth.light)
    )


def _place(figure: Figure, tie: Tie) -> Points:
    return figure.rig.flatten(tie.anchor(figure))


def _outlined(figure: Figure, points: Points, fill: str) -> str:
    return path(smooth(points), f"url(#{fill})", stroke=figure.palette.hair.lines[12], width=LINE * figure.line)


def _colours(figure: Figure, share: float) -> HairColours:
    """Return the colours at ``share`` of the length: dyed tips begin in the middle."""
    if figure.attributes.dye not in ("tips", "inner"):
        return figure.palette.hair
    return blend(figure.palette.hair, figure.palette.dyed, float(step(np.array(share), *DYED)))


def _shine(figure: Figure, usual: float) -> float:
    return min(1.0, max(0.0, usual * (1 + 0.25 * figure.attributes.gloss)))


def _tuft(along: Points) -> Points:
    return np.asarray((0.5 + 0.5 * np.sin(np.pi * along)) * (1 - along**3))


TABLE: dict[str, Callable[[Figure, Tie, str], str]] = {"bun": _bun, "braid": _braid, "drill": _drill}
