"""What rises above the head: horns and a halo. Knows no other headgear."""

import numpy as np

from generator.artist.colour import Lch, css
from generator.artist.figure import Figure
from generator.artist.headgear.overlap import hair_light, locks_over
from generator.artist.headgear.space import (
    MARGIN,
    OUTLINE,
    SHADOW,
    hair_outline,
    hidden_by_hair,
    on_top,
    ring,
    room,
    shadow,
)
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
    smooth,
    spline,
)

# --- horns: the middle line from the root as (x outwards, y down, z ahead), and the radius along it

HORN = ((0, 12, 0), (22, -8, 5), (46, -20, 6), (66, -38, 2), (72, -62, -4), (60, -80, -8))
HORN_RADIUS = 15.5
HORN_AZIMUTH, HORN_POLAR = 54.0, 35.0
# Locks over the root: how far up the horn, how far they come from and go to on both sides of it, and half width; all as
# shares of the horn's radius.
HORN_LOCKS = (
    *((-0.55, 2.7, 3.0, 0.62), (0.15, 2.3, 3.9, 0.50), (-0.15, 2.5, 2.3, 0.44)),
    *((0.48, 1.9, 2.7, 0.30), (0.80, 1.4, 1.7, 0.15)),
)
HORN_RINGS = 8
HORN_SHELTERED = (0.15, -0.10)  # depths of the root on the hair between which the hair comes to hide the horn


def draw_horns(figure: Figure) -> str:
    """Draw two curved horns with rings, dark at the root."""
    far = figure.far_side
    return _horn(figure, far) + _horn(figure, -far)


def _horn(figure: Figure, side: int) -> str:
    name, tone = f"horn{side + 1}", figure.palette.dark
    root = figure.rig.scalp(side * HORN_AZIMUTH, HORN_POLAR, -0.02)
    size = _horn_size(figure)
    line = figure.rig.project(root + spline(HORN, 26) * [side, 1, 1] * size)
    reach = HORN_RADIUS * figure.scale * size
    outline = brush(line, reach, 30, _horn_profile)
    tip_colour = figure.palette.metal.base
    stops: list[Stop] = [(0, tone.deep), (0.35, tone.base), (0.72, tone.light), (1, tip_colour)]
    defs = linear_gradient(name, line[0], line[-1], stops)
    drawn = defs + path(outline, f"url(#{name})", stroke=tone.line, width=OUTLINE * figure.line)
    drawn += _horn_light(figure, line, reach) + _horn_rings(figure, line, reach)
    drawn = (
        shadow(figure, f"{name}-shadow", outline, 7)
        + drawn
        + _horn_root(figure, name, line, reach, hair_light(figure, root))
    )
    depth = float(figure.rig.depth(side * HORN_AZIMUTH, HORN_POLAR))
    hidden = np.clip((HORN_SHELTERED[0] - depth) / (HORN_SHELTERED[0] - HORN_SHELTERED[1]), 0, 1)
    return hidden_by_hair(figure, f"{name}-clip", drawn, 0.80 + 0.20 * hidden) if hidden else drawn


def _horn_size(figure: Figure) -> float:
    """Return the size at which both horns fit into the picture."""
    sizes = []
    for side in (-1, 1):
        root = figure.rig.scalp(side * HORN_AZIMUTH, HORN_POLAR, -0.02)
        sizes.append(room(figure.rig.project(root), figure.rig.project(root + np.array(HORN) * [side, 1, 1])))
    return min(sizes)


def _horn_root(figure: Figure, name: str, line: Points, reach: float, light: float) -> str:
    """Draw the shadow around the root, and the locks over it."""
    along = (line[3] - line[0]) / np.linalg.norm(line[3] - line[0])
    across = np.array([-along[1], along[0]])
    across *= np.sign(across[1]) * reach
    along = along * reach
    table = np.array(HORN_LOCKS)[:, None, :]
    up, before, after = table[..., 0], table[..., 1], table[..., 2]
    # From the crown's side over the horn and down; in the middle each bulges up the horn.
    courses = np.concatenate([-before, -0.5 + 0 * up, 0.5 + 0 * up, after], axis=1)
    rises = up + np.array([-0.55, 0.12, 0.14, -0.75])
    lines = line[0] + rises[..., None] * along + courses[..., None] * across
    ring_line = [line[0] + 0.75 * along - 1.1 * across, line[0] + 1.15 * along, line[0] + 0.75 * along + 1.1 * across]
    shade = path(brush(ring_line, 0.36 * reach, 12), SHADOW, opacity=0.36)
    return shade + locks_over(figure, f"{name}-root", lines, table[:, 0, 3] * reach, light)


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

HALO_HEIGHT, HALO_RADIUS = 150.0, 58.0  # head units above the middle
HALO_DIP, HALO_NOD = 9.0, 0.3  # degrees by which one sees its upper side, and its share of the head's nod
HALO_LIGHT, HALO_GOLD = css(Lch(0.985, 0.03, 95)), css(Lch(0.90, 0.11, 90))
HALO_EDGE = css(Lch(0.74, 0.13, 75))


def draw_halo_behind(figure: Figure) -> str:
    """Draw the ring and its glow. Hair that reaches up to it hides its near half: nothing runs through the head."""
    line = _halo_line(figure, np.linspace(-180, 170, 36))
    glow = fading_gradient("halo-glow", HALO_GOLD, 0.55)
    centre = line.mean(axis=0)
    drawn = ellipse(centre, (HALO_RADIUS * figure.scale * 1.75, 92), "url(#halo-glow)")
    for width, opacity in ((22, 0.16), (14, 0.30)):
        drawn += path(smooth(line), stroke=HALO_GOLD, width=width, more=f'stroke-opacity="{opacity}"')
    return glow + drawn + _halo_core(smooth(line))


def draw_halo(figure: Figure) -> str:
    """Draw the ring's light on the hair."""
    top = _halo_line(figure, np.array([0.0]))[0]
    fade = fading_gradient("halo-light", HALO_GOLD, 0.30)
    light = ellipse(top + np.array([0, 58]), (120, 60), "url(#halo-light)")
    cut = clip("halo-hair", smooth(hair_outline(figure)))
    return fade + cut + group(light, 'clip-path="url(#halo-hair)"')


def _halo_core(data: str) -> str:
    return "".join(
        path(data, stroke=colour, width=width)
        for colour, width in ((HALO_EDGE, 9.5), (HALO_GOLD, 7.4), (HALO_LIGHT, 3.6))
    )


def _halo_line(figure: Figure, degrees: Points) -> Points:
    """Return points of the ring, which sinks where the picture's edge would cut it."""
    dip = HALO_DIP + (HALO_NOD - 1) * float(np.degrees(figure.rig.pitch))
    seat = on_top(figure, HALO_HEIGHT, dip=dip)
    top = float(seat.canvas(ring(np.linspace(-180, 160, 18), HALO_RADIUS, 0))[:, 1].min())
    return np.asarray(seat.canvas(ring(degrees, HALO_RADIUS, 0)) + np.array([0, max(0.0, 2 * MARGIN - top)]))
