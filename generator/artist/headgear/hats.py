"""Hats and what crowns the head: solids in space around the hair, in halves before and behind it.

Knows no other headgear.
"""

from math import cos, pi

import numpy as np

from generator.artist.figure import Figure
from generator.artist.hair.locks import BRIMS, brim_lean
from generator.artist.headgear.space import (
    OUTLINE,
    Place,
    lit,
    on_top,
    outlined,
    ring,
    room,
    shadow,
    toned,
)
from generator.artist.palette import Tone
from generator.artist.svg import (
    Points,
    Stop,
    brush,
    clip,
    ellipse,
    even,
    group,
    hull,
    linear_gradient,
    path,
    polygon,
    smooth,
)

# --- the witch's hat

WITCH_HEIGHT, WITCH_LEAN, WITCH_DIP = 68.0, 5.0, 15.0  # of the brim's plane: head units above the middle; degrees
WITCH_NOD = 0.25  # the share of a nod that it follows: edge on, the brim would be a plate
BRIM_INNER, BRIM_OUTER = 104.0, 158.0  # head units: where it leaves the dome, and its edge
HEM = 4.5  # canvas units: the thickness of the brim's edge
CONE = ((0.0, 8.0, -2.0), (0, -24, -4), (5, -54, -8), (24, -80, -10), (56, -89, -8), (86, -68, 0))  # the middle line
DOME = ((105.0, 2.0), (100, -18), (85, -40), (60, -58), (30, -68))  # radius and height of rings that cover the hair
BAND_EDGES = ((105.0, 1.0), (99.0, -19.0))  # radius and height of the band's edges: those of the dome
BAND_BEYOND = 6.0  # head units by which the band is wider than the hat, so that its ends are cut by the hat's outline
BEND = 3  # the first point of the cone where its side is its top
CONE_RADII = (103.0, 80, 54, 32, 17, 1)


def draw_witch_hat_behind(figure: Figure) -> str:
    """Draw the brim's far side, of which one sees the top or, from below, the underside."""
    outer = _witch_seat(figure).canvas(_brim_edge(np.linspace(-180, 172, 46)))
    tone = figure.palette.dark
    data = smooth(outer)
    return _hem(figure, data, tone.line, 1.0) + path(data, tone.deep, stroke=tone.deep, width=HEM)


def _hem(figure: Figure, data: str, colour: str, share: float) -> str:
    """Draw the thickness of the brim's edge: seen edge on, it would end in spikes without."""
    return path(data, stroke=colour, width=HEM + 2 * share * OUTLINE * figure.line)


def draw_witch_hat(figure: Figure) -> str:
    """Draw the shadow, the bent cone, its band, and the brim's near side."""
    seat, tone = _witch_seat(figure), figure.palette.dark
    around = seat.front + np.linspace(-104, 104, 40)
    outer, inner = seat.canvas(_brim_edge(around)), seat.canvas(ring(around, BRIM_INNER, 0, 1.02))
    brim = np.concatenate([outer, inner[::-1]])
    fill = toned(figure, "witch-brim", brim, tone)
    line = OUTLINE * figure.line
    near = path(polygon(brim), "url(#witch-brim)") + _hem(figure, _open(outer), tone.line, 1.0)
    near += _hem(figure, _open(outer), tone.base, 0.0)
    near += path(_open(inner), stroke=tone.line, width=0.8 * line)
    edge = seat.canvas(_brim_edge(seat.front + np.linspace(-86, 86, 30), BRIM_OUTER - 7))
    trim = path(brush(edge, 1.5, 30), figure.palette.metal.base, opacity=0.9)
    shade = shadow(figure, "witch-shadow", smooth(seat.canvas(_brim_edge(np.linspace(-180, 172, 46)))), 15, 0.34)
    body = _cone(figure, seat)
    cone = clip("witch-crown", body) + _draw_cone(figure, seat, body) + _witch_band(figure, seat)
    return shade + cone + fill + near + trim + _witch_star(figure, seat)


def _witch_seat(figure: Figure) -> Place:
    dip = WITCH_DIP + (WITCH_NOD - 1) * float(np.degrees(figure.rig.pitch))
    return on_top(figure, WITCH_HEIGHT, lean=WITCH_LEAN, dip=dip)


def _brim_edge(degrees: Points, radius: float = BRIM_OUTER) -> Points:
    """Return the brim's edge, which waves: it drops ahead and behind, and rises at the sides."""
    wave = 6 * np.cos(np.radians(2 * degrees)) + 5 * np.sin(np.radians(3 * degrees + 40))
    return ring(degrees, radius, 4 + wave * (radius - BRIM_INNER) / (BRIM_OUTER - BRIM_INNER), 0.94)


def _cone(figure: Figure, seat: Place) -> str:
    """Return path data for the hat above its brim: the dome over the hair, and the bent cone."""
    scale = figure.scale * float(np.linalg.norm(seat.axes[0]))
    radii = np.array(CONE_RADII) * scale
    size = _cone_size(figure, seat)
    radii[BEND:] *= size
    middle = seat.canvas(np.array(CONE) * size)

    def width(t: Points) -> Points:
        return np.interp(t, np.linspace(0, 1, len(radii)), radii)

    dome = np.concatenate([seat.canvas(ring(np.linspace(-180, 170, 36), r, y, 1.06) - [0, 0, 7]) for r, y in DOME])
    return brush(middle, 1.0, 40, width) + polygon(hull(dome)[::-1])


def _cone_size(figure: Figure, seat: Place) -> float:
    """Return the size at which the bent cone fits into the picture."""
    radii = np.array(CONE_RADII)[BEND:] * figure.scale * float(np.linalg.norm(seat.axes[0]))
    highest = np.stack([np.zeros_like(radii), radii], axis=1)
    return room(seat.canvas((0, 0, 0)), seat.canvas(CONE[BEND:]) - highest)


def _draw_cone(figure: Figure, seat: Place, body: str) -> str:
    tone, size = figure.palette.dark, _cone_size(figure, seat)
    across = seat.canvas([(-92, -20, 0), (92, -20, 0)])
    side = figure.light_side
    start, end = across[::-1] if side > 0 else across
    stops: list[Stop] = [(0, tone.base), (0.22, tone.light), (0.5, tone.base), (0.78, tone.shadow), (1, tone.deep)]
    fill = linear_gradient("witch-cone", start, end, stops)
    folds = brush(seat.canvas(size * np.array([(-4, -76, 18), (14, -68, 26), (36, -70, 20)])), 2.2, 12)
    folds += brush(seat.canvas(size * np.array([(36, -96, 10), (48, -84, 14), (60, -80, 12)])), 1.6, 12)
    folds += brush(seat.canvas([(-34, -34, 52), (-16, -50, 50), (-6, -66, 34)]), 1.8, 12)
    # The outline lies under both shapes, so that they are one.
    edge = path(body, stroke=tone.line, width=2 * OUTLINE * figure.line)
    return fill + edge + path(body, "url(#witch-cone)") + path(folds, tone.deep, opacity=0.75)


def _witch_band(figure: Figure, seat: Place) -> str:
    """Draw the band (clip #witch-crown): it goes round the hat, and is not cut off before its sides."""
    tone, around = figure.palette.accent, seat.front + np.linspace(-92, 92, 30)
    low, high = (seat.canvas(ring(around, radius + BAND_BEYOND, y, 1.02)) for radius, y in BAND_EDGES)
    band = np.concatenate([low, high[::-1]])
    fill = toned(figure, "witch-band", band, tone)
    drawn = fill + outlined(figure, polygon(band), "url(#witch-band)", tone, 0.8)
    return group(drawn, 'clip-path="url(#witch-crown)"')


def _witch_star(figure: Figure, seat: Place) -> str:
    metal, star = figure.palette.metal, _star(seat, seat.front + 26, 97, -10, 18)
    fill = lit(figure, "witch-star", star, [(0, metal.light), (0.5, metal.base), (1, metal.shadow)])
    return fill + outlined(figure, polygon(star), "url(#witch-star)", metal, 0.8)


def _star(seat: Place, degrees: float, radius: float, y: float, size: float) -> Points:
    """Return a five-pointed star [10, 2] that lies on a hat's side, in canvas units."""
    angle = np.arange(10) * pi / 5
    reach = np.where(np.arange(10) % 2 == 0, size, 0.5 * size)
    around = degrees + np.degrees(reach * np.sin(angle) / radius)
    return seat.canvas(ring(around, radius + 3, y - reach * np.cos(angle)))


# --- the beret

BERET_DIP = 9.0  # degrees
BERET_INNER = 95.0  # head units: the radius of its opening
BERET_BAND = (-14.0, 9.0)  # heights of the band's lower edge at its ends and in front, head units below the seat


def draw_beret(figure: Figure) -> str:
    """Draw a soft hat that hangs to one side, its band on the hair and the shadow under it."""
    seat = on_top(figure, BRIMS["beret"][0], lean=brim_lean(figure, "beret"), dip=BERET_DIP)
    tone = figure.palette.accent
    outline = hull(seat.canvas(_beret_form()))
    data = smooth(_thin_out(outline, 26))
    around = seat.front + np.linspace(-96, 96, 30)
    # A crescent: both its edges start and end under the cap, or its ends would stand out as corners.
    hang = BERET_BAND[0] + (BERET_BAND[1] - BERET_BAND[0]) * np.cos(np.radians(np.linspace(-90, 90, 30)))
    low, high = seat.canvas(ring(around, BERET_INNER, hang, 1.04)), seat.canvas(ring(around, BERET_INNER, -16, 1.04))
    band = np.concatenate([low, high[::-1]])
    edge = brush(low, 1.0, 30, even)
    fills = lit(figure, "beret", outline, [(0, tone.light), (0.36, tone.base), (0.66, tone.shadow), (1, tone.deep)])
    fills += toned(figure, "beret-band", band, figure.palette.dark)
    folds = brush(seat.canvas([(-70, -14, 78), (-46, -30, 84), (-14, -38, 82)]), 1.8, 12)
    folds += brush(seat.canvas([(96, -2, 66), (84, -20, 74), (60, -34, 72)]), 2.2, 12)
    folds += brush(seat.canvas([(40, -8, 104), (28, -18, 104), (8, -24, 102)]), 1.5, 12)
    stem = path(brush(seat.canvas([(16, -66, -8), (15, -78, -8), (20, -87, -8)]), 3.2, 8, even), tone.shadow)
    shade = shadow(figure, "beret-shadow", polygon(band) + polygon(outline), 10)
    drawn = outlined(figure, polygon(band), "url(#beret-band)", figure.palette.dark, 0.8)
    top = outlined(figure, data, "url(#beret)", tone) + path(folds, tone.deep, opacity=0.55)
    return shade + fills + drawn + path(edge, tone.deep, opacity=0.4) + stem + top + _sheen(seat, tone)


def _beret_form() -> Points:
    """Return points of the soft disc: a flat dome above, a rolled edge below, both further out on the right."""
    rings = ((0.30, -72), (0.62, -68), (0.88, -54), (1.02, -34), (1.05, -16), (0.97, -4))
    around = np.linspace(-180, 170, 36)
    form = np.concatenate([ring(around, 110 * share, y, 0.92) + np.array([2 + 4 * share, 0, -8]) for share, y in rings])
    form[:, 1] += 0.07 * np.maximum(0, form[:, 0])  # it hangs on its heavier side
    return form


def _sheen(seat: Place, tone: Tone) -> str:
    side = seat.figure.light_side
    light = seat.canvas([(side * 34 + 10, -56, 20), (side * 66 + 10, -46, 26), (side * 88 + 12, -28, 30)])
    return path(brush(light, 5.0, 12), tone.light, opacity=0.7)


# --- the crown

CROWN_HEIGHT, CROWN_RADIUS, CROWN_POINTS = 98.0, 64.0, 8
# Rings of the velvet cap: shares of the radius, and heights in head units.
CROWN_CAP = ((0.97, -8.0), (0.95, -24.0), (0.78, -37.0), (0.45, -43.0))
CROWN_DIP = 9.0  # degrees: its rim is a curve and not a straight line
PEARL = 5.6  # canvas units: the radius


def draw_crown_behind(figure: Figure) -> str:
    """Draw the crown's far wall, which one sees from inside."""
    seat, metal = _crown_seat(figure), figure.palette.metal
    wall = _crown_wall(seat, seat.front + 180)
    fill = toned(figure, "crown-far", wall, Tone(metal.shadow, metal.base, metal.deep, metal.deep, metal.line))
    return fill + outlined(figure, polygon(wall), "url(#crown-far)", metal) + _pearls(figure, seat, front=False)


def draw_crown(figure: Figure) -> str:
    """Draw the crown's near wall with its gems."""
    seat, metal = _crown_seat(figure), figure.palette.metal
    wall = _crown_wall(seat, seat.front)
    low = seat.canvas(ring(seat.front + np.linspace(-88, 88, 25), CROWN_RADIUS + 1, -2))
    high = seat.canvas(ring(seat.front + np.linspace(-88, 88, 25), CROWN_RADIUS + 2, -13))
    fill = _polished(figure, "crown-wall", wall, metal)
    rims = path(brush(low, 1.6, 25, even) + brush(high, 1.4, 25, even), metal.light)
    rims += path(brush(high + np.array([0, 2.4]), 0.8, 25, even), metal.deep, opacity=0.7)
    shade = shadow(figure, "crown-shadow", polygon(np.concatenate([low, high[::-1]])), 8)
    drawn = _crown_cap(figure, seat) + outlined(figure, polygon(wall), "url(#crown-wall)", metal)
    return shade + fill + drawn + rims + _crown_gems(figure, seat) + _pearls(figure, seat, front=True)


def _crown_cap(figure: Figure, seat: Place) -> str:
    """Draw the velvet cap in the crown, which hides what of the hair would stand in it."""
    around = np.arange(0, 360, 12)
    rings = [ring(around, CROWN_RADIUS * share, height) for share, height in CROWN_CAP]
    velvet = hull(seat.canvas(np.concatenate(rings)))
    tone = figure.palette.accent
    fill = lit(figure, "crown-cap", velvet, [(0, tone.base), (0.5, tone.shadow), (1, tone.deep)])
    return fill + outlined(figure, polygon(velvet), "url(#crown-cap)", tone)


def _crown_seat(figure: Figure) -> Place:
    """Return the crown's seat, on which it is smaller where the canvas leaves it too little room."""
    seat = on_top(figure, CROWN_HEIGHT, dip=CROWN_DIP)
    around = np.arange(CROWN_POINTS) * 360.0 / CROWN_POINTS
    pearls = seat.canvas(ring(around, CROWN_RADIUS + 8.5, _crown_top(around) - 3)) - [0, PEARL]
    return Place(figure, seat.origin, seat.axes * room(seat.canvas((0, 0, 0)), pearls))


def _crown_wall(seat: Place, towards: float) -> Points:
    """Return the outline of the half of the wall that points ``towards`` (degrees), in canvas units."""
    around = towards + np.linspace(-90, 90, 181)
    low = seat.canvas(ring(around, CROWN_RADIUS, 0))
    high = seat.canvas(ring(around, CROWN_RADIUS + 8, _crown_top(around)))
    return np.concatenate([low, high[::-1]])


def _crown_top(degrees: Points) -> Points:
    """Return the height of the wall: points with hollow flanks, every second one lower."""
    phase = (degrees / 360 * CROWN_POINTS) % 1
    peak = np.abs(2 * phase - 1) ** 1.7  # 1 at a point, 0 in the valley
    tall = 1 - 0.22 * np.abs(np.sin(np.radians(degrees * CROWN_POINTS / 4)))
    return np.asarray(-19 - 33 * peak * tall)


def _pearls(figure: Figure, seat: Place, *, front: bool) -> str:
    metal, drawn = figure.palette.metal, ""
    for step in range(CROWN_POINTS):
        degrees = step * 360.0 / CROWN_POINTS
        if (cos(np.radians(degrees - seat.front)) >= 0) != front:
            continue
        height = float(_crown_top(np.array(degrees)))
        at = seat.canvas(ring([degrees], CROWN_RADIUS + 8.5, height - 3))[0]
        more = f'stroke="{metal.line}" stroke-width="{0.8 * OUTLINE * figure.line:.2f}"'
        drawn += ellipse(at, (PEARL, PEARL), metal.base if front else metal.shadow, more=more)
        if front:
            drawn += ellipse(at + figure.light[:2] * 2.2, (1.9, 1.9), "#ffffff", opacity=0.9)
    return drawn


def _crown_gems(figure: Figure, seat: Place) -> str:
    """Draw gems where the wall is widest, foreshortened as it turns away."""
    accent, drawn = figure.palette.accent, ""
    for step in range(CROWN_POINTS):
        degrees = step * 360.0 / CROWN_POINTS
        facing = cos(np.radians(degrees - seat.front))
        if facing < 0.1:
            continue
        at = seat.canvas(ring([degrees], CROWN_RADIUS + 4, -23))[0]
        more = f'stroke="{figure.palette.metal.line}" stroke-width="{0.8 * OUTLINE * figure.line:.2f}"'
        drawn += ellipse(at, (6.4 * facing, 8.2), accent.base, more=more)
        drawn += ellipse(at + np.array([0, 2.4]), (4.2 * facing, 4.4), accent.light, opacity=0.8)
        drawn += ellipse(at - [1.8 * facing, 3.4], (1.6 * facing, 1.8), "#ffffff", opacity=0.95)
    return drawn


def _polished(figure: Figure, name: str, points: Points, metal: Tone) -> str:
    """Return the gradient of polished metal over ``points``: bands across, the brightest near the light."""
    start, end = points[np.argmin(points[:, 0])], points[np.argmax(points[:, 0])]
    bands = [(0.0, metal.shadow), (0.16, metal.base), (0.3, "#fff8e0"), (0.44, metal.base), (0.7, metal.shadow)]
    stops: list[Stop] = [*bands, (0.86, metal.base), (1.0, metal.deep)]
    return (
        linear_gradient(name, start, end, stops) if figure.light_side < 0 else linear_gradient(name, end, start, stops)
    )


def _open(points: Points) -> str:
    return polygon(points)[:-1]


def _thin_out(outline: Points, count: int) -> Points:
    """Return ``count`` points at even distances along a closed outline."""
    closed = np.concatenate([outline, outline[:1]])
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))])
    at = np.linspace(0, length[-1], count, endpoint=False)
    return np.stack([np.interp(at, length, closed[:, axis]) for axis in (0, 1)], axis=1)
