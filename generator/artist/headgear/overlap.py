"""Locks of the hair that lie over what is worn: it is held by the hair, not laid on it. Knows no single piece.

Lines are canvas units; each lock comes out of the hair at its first point and goes back into it at its last.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from generator.artist.figure import Figure
from generator.artist.headgear.space import arc, hair_outline, seen
from generator.artist.palette import RAMP_STEPS
from generator.artist.rig import SCALP_CENTRE
from generator.artist.svg import Points, Stop, clip, group, leaves, linear_gradient, path, smooth

WITHIN = 1.035  # the hair's silhouette as a multiple of its ellipsoid
CAST = 2.6  # canvas units that a lock's shadow falls on what it covers
# Locks over the end of a band, each as points (degrees beyond the band's end, degrees ahead of it) and a half width.
# They come from behind it and hang down with it.
Course = tuple[tuple[tuple[float, float], ...], float]
HANGING: tuple[Course, ...] = (
    (((-24, -16), (-15, -6), (-6, 4), (8, 11)), 7.0),
    (((-18, -16), (-8, -7), (1, 2), (14, 6)), 8.0),
    (((-11, -15), (-2, -8), (6, -2), (18, 1)), 7.5),
)


def locks_over(figure: Figure, name: str, lines: Points, half_widths: ArrayLike, light: float) -> str:
    """Draw locks along ``lines`` [m, n, 2], ``half_widths`` [m] wide, and their shadow on what they cover.

    ``light`` is how much light the hair has there, as ``hair_light`` returns it.
    """
    hair = figure.palette.hair
    start, end = lines[:, 0].mean(axis=0), lines[:, -1].mean(axis=0)

    def fading(part: str, colours: Sequence[str], strength: float) -> str:
        first, middle, last = colours
        stops: list[Stop] = [(0.0, first, 0.0), (0.25, first, strength), (0.5, middle, strength)]
        return linear_gradient(f"{name}-{part}", start, end, [*stops, (0.72, last, strength), (1.0, last, 0.0)])

    defs = fading("cast", [hair.at(0.0)] * 3, 0.30)  # it falls on hair too, where violet would be dirt
    defs += fading("lock", [hair.at(light + shift) for shift in (-0.03, 0.06, -0.03)], 1.0)
    defs += fading("edge", [hair.lines[min(RAMP_STEPS - 1, max(0, round((light - 0.12) * RAMP_STEPS)))]] * 3, 0.8)
    data = leaves(lines, half_widths)
    fallen = leaves(lines + np.array([-CAST * figure.light[0], CAST]), 1.15 * np.asarray(half_widths))
    locks = path(data, f"url(#{name}-lock)", stroke=f"url(#{name}-edge)", width=figure.line)
    return defs + path(fallen, f"url(#{name}-cast)") + locks


def hair_light(figure: Figure, place: Points) -> float:
    """Return how light the hair is at ``place`` [3] on the scalp, as its own locks are: 0 to 1 along the ramp."""
    normal = figure.rig.rotate((place - SCALP_CENTRE) / figure.rig.scalp_radii**2)
    facing = float(normal @ figure.light) / float(np.linalg.norm(normal))
    return float(np.clip(0.55 + 0.46 * (facing - 0.40), 0.1, 0.95))


def band_ends(figure: Figure, name: str, forward: float, end: float, courses: tuple[Course, ...]) -> str:
    """Draw locks over both ends of a band (see ``space.arc``) as far as it is seen."""
    drawn = ""
    points = np.array([course for course, _ in courses])
    widths = [width for _, width in courses]
    for side, last in zip((-1, 1), seen(figure, forward, end), strict=True):
        tip = arc(figure, [last], forward)[0]
        lines = arc(figure, last + side * points[..., 0], forward, 0.05, points[..., 1])
        drawn += locks_over(
            figure, f"{name}-over{side + 1}", figure.rig.project(lines), widths, hair_light(figure, tip)
        )
    # Their shadow ends with the hair: beside it, it would blur the outline.
    within = clip(f"{name}-within", smooth(hair_outline(figure, WITHIN)))
    return within + group(drawn, f'clip-path="url(#{name}-within)"')
