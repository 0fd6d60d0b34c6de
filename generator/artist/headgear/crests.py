"""What rises above the head: horns and a halo. Knows no other headgear."""

import numpy as np

from generator.artist.colour import Lch, css
from generator.artist.figure import Figure
from generator.artist.headgear.space import OUTLINE, hair_outline, hidden_by_hair, on_top, ring, shadow
from generator.artist.svg import (
    Points,
    Stop,
    brush,
    clip,
    ellipse,
    fading_gradient,
    group,
    linear_gradient,
    path,
    polygon,
    smooth,
    spline,
)

# --- horns: the middle line from the root as (x outwards, y down, z ahead), and the radius along it

HORN = ((0, 12, 0), (22, -8, 5), (46, -20, 6), (66, -38, 2), (72, -62, -4), (60, -80, -8))
HORN_RADIUS = 15.5
HORN_AZIMUTH, HORN_POLAR = 46.0, 38.0
HORN_RINGS = 8
HORN_SHELTERED = (0.15, -0.10)  # depths of the root on the hair between which the hair comes to hide the horn


def draw_horns(figure: Figure) -> str:
    """Draw two curved horns with rings, dark at the root."""
    far = figure.far_side
    return _horn(figure, far) + _horn(figure, -far)


def _horn(figure: Figure, side: int) -> str:
    name, tone = f"horn{side + 1}", figure.palette.dark
    root = figure.rig.scalp(side * HORN_AZIMUTH, HORN_POLAR, -0.02)
    middle = root + spline(HORN, 26) * [side, 1, 1]
    line = figure.rig.project(middle)
    reach = HORN_RADIUS * figure.scale
    outline = brush(line, reach, 30, _horn_profile)
    tip_colour = figure.palette.metal.base
    stops: list[Stop] = [(0, tone.deep), (0.35, tone.base), (0.72, tone.light), (1, tip_colour)]
    defs = linear_gradient(name, line[0], line[-1], stops)
    drawn = defs + path(outline, f"url(#{name})", stroke=tone.line, width=OUTLINE * figure.line)
    drawn += _horn_light(figure, line, reach) + _horn_rings(figure, line, reach)
    drawn = shadow(figure, f"{name}-shadow", outline, 7) + drawn
    depth = float(figure.rig.depth(side * HORN_AZIMUTH, HORN_POLAR))
    hidden = np.clip((HORN_SHELTERED[0] - depth) / (HORN_SHELTERED[0] - HORN_SHELTERED[1]), 0, 1)
    return hidden_by_hair(figure, f"{name}-clip", drawn, 0.80 + 0.20 * hidden) if hidden else drawn


def _horn_profile(t: Points) -> Points:
    rounded = np.minimum(1, 0.62 + 5 * t)  # the foot lies in the hair
    return np.asarray(rounded * (1 - t) ** 0.72 * (1 + 0.05 * np.sin(2 * np.pi * HORN_RINGS * t) * (1 - t)))


def _normals(line: Points) -> Points:
    tangent = np.gradient(line, axis=0)
    tangent /= np.maximum(1e-6, np.linalg.norm(tangent, axis=1, keepdims=True))
    return np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)


def _horn_light(figure: Figure, line: Points, reach: float) -> str:
    """Draw the light along the side that faces it, and the shadow along the other."""
    normal, tone = _normals(line), figure.palette.dark
    side = np.sign(normal[len(normal) // 2] @ figure.light[:2])
    width = reach * _horn_profile(np.linspace(0, 1, len(line)))[:, None] * normal * side
    lit, shaded = line + 0.48 * width, line - 0.52 * width
    return path(brush(shaded[2:-2], 0.42 * reach, 20, _fading), tone.deep, opacity=0.6) + path(
        brush(lit[3:-3], 0.13 * reach, 20), "#ffffff", opacity=0.40
    )


def _fading(t: Points) -> Points:
    return np.asarray(np.sin(np.pi * np.minimum(1, 0.15 + t)) ** 0.6 * (1 - t))


def _horn_rings(figure: Figure, line: Points, reach: float) -> str:
    """Draw the rings as arcs that bulge towards the root."""
    normal, data = _normals(line), ""
    tangent = np.stack([normal[:, 1], -normal[:, 0]], axis=1)
    width = reach * _horn_profile(np.linspace(0, 1, len(line)))
    for step in range(HORN_RINGS):
        at = 4 + 2 * step
        across = normal[at] * width[at] * 0.98
        bulge = -tangent[at] * width[at] * 0.42
        data += brush([line[at] - across, line[at] + bulge, line[at] + across], 1.15 - 0.08 * step, 10)
    return path(data, figure.palette.dark.line, opacity=0.65)


# --- the halo

HALO_HEIGHT, HALO_RADIUS, HALO_DIP = 149.0, 62.0, 19.0  # head units above the middle; degrees
HALO_LIGHT, HALO_GOLD = css(Lch(0.985, 0.03, 95)), css(Lch(0.90, 0.11, 90))
HALO_EDGE = css(Lch(0.74, 0.13, 75))


def draw_halo_behind(figure: Figure) -> str:
    """Draw the whole ring and its glow; the near half is drawn again before the hair."""
    line = _halo_line(figure, np.linspace(-180, 170, 36))
    glow = fading_gradient("halo-glow", HALO_GOLD, 0.55)
    centre = line.mean(axis=0)
    drawn = ellipse(centre, (HALO_RADIUS * figure.scale * 1.75, 92), "url(#halo-glow)")
    for width, opacity in ((22, 0.16), (14, 0.30)):
        drawn += path(smooth(line), stroke=HALO_GOLD, width=width, more=f'stroke-opacity="{opacity}"')
    return glow + drawn + _halo_core(smooth(line))


def draw_halo(figure: Figure) -> str:
    """Draw the near half of the ring, and its light on the hair."""
    seat_front = on_top(figure, HALO_HEIGHT).front
    near = polygon(_halo_line(figure, seat_front + np.linspace(-90, 90, 40)))[:-1]
    top = _halo_line(figure, np.array([0.0]))[0]
    fade = fading_gradient("halo-light", HALO_GOLD, 0.30)
    light = ellipse(top + np.array([0, 58]), (120, 60), "url(#halo-light)")
    cut = clip("halo-hair", smooth(hair_outline(figure)))
    return fade + cut + group(light, 'clip-path="url(#halo-hair)"') + _halo_core(near)


def _halo_core(data: str) -> str:
    return "".join(
        path(data, stroke=colour, width=width)
        for colour, width in ((HALO_EDGE, 9.5), (HALO_GOLD, 7.4), (HALO_LIGHT, 3.6))
    )


def _halo_line(figure: Figure, degrees: Points) -> Points:
    return on_top(figure, HALO_HEIGHT, dip=HALO_DIP).canvas(ring(degrees, HALO_RADIUS, 0))
