"""The skin of face and neck, modelled by one light: a soft gradient, a crescent of shadow, warm cheeks, the nose."""

from collections.abc import Sequence

import numpy as np

from generator.artist.body.bust import draw_chin_shadow, neck_point
from generator.artist.face.expressions import expression
from generator.artist.face.eyes import draw_eye_shades
from generator.artist.face.layout import layout
from generator.artist.figure import Figure
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
)

CRESCENT = {"cel": 0.62, "soft": 0.42, "retro": 0.80, "pastel": 0.36}  # the opacity of the face's shadow
# The least warmth of cheeks, as an opacity: on the palest skins a face without any is a mask.
LEAST_BLUSH = {"porcelain": 0.52, "fair": 0.40}


def draw_neck(figure: Figure) -> str:
    """Draw the neck from the skull's base to the collar bones, with the chin's shadow on it."""
    skin = figure.palette.skin
    outline = smooth(_neck(figure))
    return (
        clip("neck", outline)
        + path(outline, skin.base, stroke=skin.line, width=1.5 * figure.line)
        + group(_neck_side(figure) + draw_chin_shadow(figure) + _throat(figure), 'clip-path="url(#neck)"')
    )


def draw_skin(figure: Figure) -> str:
    """Draw the face without its features. Defines the clip path #face."""
    outline = smooth(figure.rig.outline().closed)
    skin, rig = figure.palette.skin, figure.rig
    reach = figure.light[:2] * 110 * figure.scale
    middle = rig.face(0, 30)
    stops: list[Stop] = [(0, skin.light), (0.45, skin.base), (1, skin.middle)]
    return (
        clip("face", outline)
        + linear_gradient("face-skin", middle + reach, middle - reach, stops)
        + path(outline, "url(#face-skin)", stroke=skin.line, width=1.7 * figure.line)
        + group(_crescent(figure, outline) + _cheeks(figure) + draw_eye_shades(figure), 'clip-path="url(#face)"')
    )


def draw_nose(figure: Figure) -> str:
    """Draw the nose: its shaded side, the shadow under its tip, and the light on it."""
    rig, skin, light = figure.rig, figure.palette.skin, figure.light
    tip = layout(figure).nose_y
    # The side in shadow, from -1 to 1: the wedge shrinks as the light comes to the front.
    dark = -float(np.clip(light[0] / 0.4, -1, 1))
    lift = 1 + 0.12 * rig.age
    wedge = [
        (dark * 0.5, tip - 17 * lift, 4),
        (dark * 1.0, tip - 1, 10),
        (dark * 6.8, tip + 2.6, 3),
        (dark * 4.6, tip - 7, 2),
    ]
    under = [(-4.6, tip + 2.6, 6), (0, tip + 0.9, 10), (4.6, tip + 2.6, 6), (dark, tip + 5.6, 6)]
    line = [(-2.6, tip + 2.2, 9), (0.2, tip + 3.6, 9), (3.0, tip + 2.0, 9)]
    shine = rig.face(-dark * 1.4, tip - 4.4, 10)
    k = figure.scale
    return (
        path(smooth(_on_face(figure, wedge)), skin.shadow, opacity=0.55)
        + path(smooth(_on_face(figure, under)), skin.shadow, opacity=0.9)
        + path(brush(_on_face(figure, line), 0.95 * k * figure.line, 7), skin.line, opacity=0.8)
        + ellipse(shine, (1.7 * k, 2.5 * k), "#fff", opacity=0.75)
    )


def _on_face(figure: Figure, points: Sequence[tuple[float, float, float]]) -> Points:
    """Return where points (x, y, height above the face) land on the canvas."""
    x, y, above = np.array(points, dtype=float).T
    return figure.rig.project(figure.rig.surface(x, y) + np.stack([0 * x, 0 * x, above], axis=-1))


def _crescent(figure: Figure, outline: str) -> str:
    """Draw the shadow along the side that is turned from the light, with a warm edge where it begins."""
    k, light = figure.scale, figure.light
    strength = CRESCENT[figure.attributes.shading]
    contour = figure.rig.outline().closed
    drawn = ""
    warm, shadow = figure.palette.skin.warm, figure.palette.skin.shadow
    edges = ((1.25, warm, 0.40), (1.12, warm, 0.55), (1.0, shadow, strength))  # in steps, so that its edge is soft
    for share, colour, opacity in edges:
        step = np.array([light[0] * 27 - 4 * np.sin(figure.rig.yaw), -6.5]) * share * k
        drawn += path(outline + smooth(contour + step), colour, opacity=opacity, more='fill-rule="evenodd"')
    return drawn


def _cheeks(figure: Figure) -> str:
    """Draw the warmth of the cheeks and, fainter, of the nose; with fine strokes when it is strong."""
    a, place, skin = figure.attributes, layout(figure), figure.palette.skin
    blush, light = a.blush + expression(figure).blush, float(figure.light[0])
    y = place.eye_y + 0.92 * place.eye_height + 6
    drawn = fading_gradient("blush", skin.blush, 1.0)
    strokes = "".join(brush([(x + 2.2, -4.2), (x - 1.8, 4.2)], 0.95, 6) for x in (-8, 0, 8))
    inked = float(np.clip(0.5 * (blush - 0.5), 0, 0.85))
    warm = float(np.clip(0.50 + 0.17 * blush, 0.12, 1))
    warm = max(warm, LEAST_BLUSH.get(a.skin, 0.0))
    bridge = f'transform="{figure.rig.frame(0, place.nose_y - 5)}"'
    drawn += group(ellipse((0, 0), (19, 9), "url(#blush)", opacity=0.5 * warm), bridge)
    for side in (-1, 1):
        frame = f'transform="{figure.rig.frame(side * 55, y)}"'
        spot = ellipse((0, 0), (25, 14), "url(#blush)", opacity=warm)
        spot += ellipse((8 * light, -3.5), (5.4, 2.2), skin.light, opacity=0.45 + 0.5 * side * light)
        drawn += group(spot + (path(strokes, skin.blush_line, opacity=inked) if inked else ""), frame)
    return drawn


def _neck(figure: Figure) -> Points:
    """Return the outline of the neck, which runs on under the clothes."""
    a, rig, k = figure.attributes, figure.rig, figure.scale
    top, foot = rig.project(np.array([0, 66.0, -8.0])), neck_point(figure)
    width = (27.0 + 8.5 * a.masculine + 1.3 * rig.age) * k
    slope = 1.0 if a.masculine else 1.12  # a man's neck is straight
    side = [(top, 1.04, -10.0), (top, 0.95, 30.0), (foot, 0.97, -16.0), (foot, slope, 4.0), (foot, slope * 1.5, 26.0)]
    left = [origin + np.array([-width * share, down * k]) for origin, share, down in side]
    right = [origin + np.array([width * share, down * k]) for origin, share, down in side]
    return np.array([*left, foot + np.array([0, 60 * k]), *right[::-1]])


def _neck_side(figure: Figure) -> str:
    """Draw the side of the neck that is turned from the light."""
    outline = _neck(figure)
    step = np.array([figure.light[0] * 30 * figure.scale, 0])
    data = smooth(outline) + smooth(outline + step)
    return path(data, figure.palette.skin.shadow, opacity=0.6, more='fill-rule="evenodd"')


def _throat(figure: Figure) -> str:
    """Draw the collar bones' pit, and a man's Adam's apple."""
    k, skin, foot = figure.scale, figure.palette.skin, neck_point(figure)
    pit = brush([foot + np.array(step) * k for step in ((-5, 8), (0, 15), (5, 8))], 0.9 * k, 8)
    drawn = path(pit, skin.deep, opacity=0.8)
    if figure.attributes.masculine:
        side = -float(np.clip(figure.light[0] / 0.4, -1, 1))
        apple = [
            foot + np.array(step) * k for step in ((side * 1, -30), (side * 6, -22), (side * 2, -13), (side * -1, -21))
        ]
        drawn += path(smooth(np.array(apple)), skin.deep, opacity=0.7)
    return drawn
