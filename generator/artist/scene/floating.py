"""What floats around the figure: a few petals, leaves or sparks, as sharp as it is.

All keep off the figure: what meets its outline would be read as a part of it, an ear or a tear. ``covered`` [n, n] is
how far the figure covers each part of the picture, from 0 to 1.
"""

from math import cos, radians, sin, sqrt

import numpy as np

from generator.artist.colour import Lch, css, mix, shade
from generator.artist.figure import sequence
from generator.artist.scene.layers import Picture, Setting
from generator.artist.scene.scenery import GREENS, PINKS
from generator.artist.svg import CANVAS, Points, Stop, ellipse, linear_gradient, path, radial_gradient

HEAD_RADIUS = 190.0  # canvas units around the middle of the face from which all are moved outwards
FREE = 5.0  # canvas units that all keep from the figure
SHRINKS = 0.35  # the share of its size over which one that comes nearer shrinks to nothing
LENGTH = 1.1  # of the longest outline, from its middle
SMALLEST = 3.0  # canvas units: what is smaller is not drawn
MAP_SIZE = 64  # places a side at which the figure is looked for
NEARNESS = 1.7  # how much further what floats moves than what is far
# Outlines around the origin with their tip at the top, as cubic curves, for a length of about 2.
_HALF = [(-0.55, 0.7), (-0.75, -0.3), (-0.30, -1), (-0.12, -0.95), (-0.06, -0.85)]
PETAL = np.array([(0, 1), *_HALF, (0, -0.78), *((-x, y) for x, y in _HALF[::-1]), (0, 1)])
LEAF = np.array([(0, 1.1), (-0.5, 0.5), (-0.55, -0.3), (0, -1.1), (0.55, -0.3), (0.5, 0.5), (0, 1.1)])


def petals(s: Setting, covered: Picture) -> str:
    """Return petals of the cherry tree."""
    pale, middle, deep = PINKS[s.time]
    return _scattered(s, covered, PETAL, 18, 60.0, (pale, mix(middle, deep, 0.8)))


def leaves(s: Setting, covered: Picture) -> str:
    """Return leaves that fall."""
    light, middle, _ = GREENS[s.time]
    return _scattered(s, covered, LEAF, 16, 70.0, (shade(light, 0.02, 1.1), middle))


def sparks(s: Setting, covered: Picture) -> str:
    """Return soft lights."""
    centres = _outwards(s, s.spread(16, 80.0, 50, NEARNESS))
    radii = _kept_free(centres, 1.5 * (10 + 7 * sequence(16, 81)), covered)
    lit, white = css(s.sun), css(mix(s.sun, Lch(1, 0, 0), 0.6))
    stops: list[Stop] = [(0.0, white, 1.0), (0.16, white, 0.9), (0.3, lit, 0.35), (0.6, lit, 0.12), (1.0, lit, 0.0)]
    return "".join(
        radial_gradient(f"scene-spark{i}", centre, radius, stops)
        + ellipse(centre, (radius, radius), f"url(#scene-spark{i})")
        for i, (centre, radius) in enumerate(zip(centres.tolist(), radii.tolist(), strict=True))
        if radius > SMALLEST
    )


def _scattered(
    s: Setting, covered: Picture, outline: Points, count: int, phase: float, colours: tuple[Lch, Lch]
) -> str:
    """Return ``count`` shapes that turn and foreshorten each in its own way, shaded from one colour to the other."""
    centres = _outwards(s, s.spread(count, phase, 60, NEARNESS))
    sizes = _kept_free(centres, 19 + 9 * sequence(count, phase + 1), covered)
    drift = float(s.moved()[0])
    shade_across: list[Stop] = [(0.0, css(colours[0])), (1.0, css(colours[1]))]
    shown = ""
    for i, (centre, size) in enumerate(zip(centres, sizes.tolist(), strict=True)):
        if size <= SMALLEST:
            continue
        angle = radians(70 * float(sequence(count, phase + 2)[i]) + 35 + 0.5 * drift)
        thin = 0.86 + 0.28 * float(sequence(count, phase + 3)[i])
        c, d = cos(angle), sin(angle)
        points = centre + size * (outline * [thin, 1]) @ np.array([[c, d], [-d, c]])
        name = f"scene-float{i}"
        shown += linear_gradient(name, points[0], points[len(points) // 2], shade_across)
        shown += path(_cubics(points), f"url(#{name})", opacity=0.96)
    return shown


def _cubics(points: Points) -> str:
    text = [f"{x:.1f} {y:.1f}" for x, y in points.tolist()]
    return f"M{text[0]}C" + " ".join(text[1:]) + "Z"


def _outwards(s: Setting, places: Points) -> Points:
    """Return ``places`` [n, 2] pushed out of the circle around the head, behind which none would be seen."""
    middle = s.figure.rig.face(0.0, 42.0)
    away = places - middle
    distance = np.maximum(1e-6, np.linalg.norm(away, axis=-1, keepdims=True))
    return np.asarray(middle + away / distance * np.hypot(distance, HEAD_RADIUS))


def _kept_free(centres: Points, sizes: Points, covered: Picture) -> Points:
    """Return the ``sizes`` [n] of what floats at ``centres`` [n, 2]: less, down to nothing, beside the figure."""
    side = min(MAP_SIZE, len(covered))
    step = len(covered) // side
    highest = covered[: side * step, : side * step].reshape(side, step, side, step).max(axis=(1, 3))
    rows, columns = np.nonzero(highest > 0.5)
    cell = CANVAS * step / len(covered)
    figure = (np.stack([columns, rows], axis=-1) + 0.5) * cell
    away = np.linalg.norm(centres[:, None] - figure, axis=-1).min(axis=1, initial=CANVAS) - FREE - cell * sqrt(0.5)
    near = (away - LENGTH * (1 - SHRINKS) * sizes) / (LENGTH * SHRINKS * sizes)
    return np.asarray(sizes * np.clip(near, 0, 1))
