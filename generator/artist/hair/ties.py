"""The bands of cloth that hold tied hair. Knows nothing of styles."""

from dataclasses import fields

import numpy as np

from generator.artist.colour import blend, distance
from generator.artist.figure import Figure
from generator.artist.hair.locks import step
from generator.artist.hair.tied import BAND, Tie, tie_ends
from generator.artist.palette import Tone
from generator.artist.svg import Points, brush, leaves, path, polygon, smooth

LINE = 1.25  # width of outlines in canvas units
WITH_ACCENT = frozenset({"sailor", "blazer", "scarf", "dress", "gothic", "idol"})  # clothes with a bow, tie or scarf
THICK = 7.0  # half thickness of a band in head units
PUFFS = 4  # into which its cloth is gathered
BOW = 0.35  # how far its middle bows out, in half thicknesses: it goes round what it holds
CONTRAST = 0.22, 0.42  # distances in sRGB at which cloth is too near to hair or skin, and at which it is far enough
DARK_HAIR = frozenset({"black", "brown", "purple", "blue", "green", "red"})
WHITE = Tone(base="#f6f1f4", light="#ffffff", shadow="#cfc6d6", deep="#8f84a0", line="#6a5f7c")
INK = Tone(base="#3c3a5e", light="#6d6a9a", shadow="#2b2947", deep="#1b1a31", line="#15142a")


def draw_band(figure: Figure, tie: Tie) -> str:
    """Draw the cloth that holds a tail at its tie."""
    return scrunchie(figure, *tie_ends(figure, tie, BAND))


def scrunchie(figure: Figure, start: Points, end: Points) -> str:
    """Draw a gathered band of cloth across a strand, from ``start`` [2] to ``end`` on the strand's sides."""
    cloth, half = _cloth(figure), float(np.hypot(*(end - start))) / 2
    across = (end - start) / max(1e-6, 2 * half)
    along = np.array([-across[1], across[0]])
    thick = THICK * figure.scale

    def place(x: Points, y: Points) -> Points:
        """Return points ``x`` half lengths across and ``y`` half thicknesses along, on a band that goes round."""
        bowed = y + BOW * (1 - x**2)
        return np.asarray((start + end) / 2 + np.outer(x * half, across) + np.outer(bowed * thick, along))

    u = np.linspace(-1, 1, 4 * PUFFS + 1)
    puffs = (0.72 + 0.28 * np.abs(np.sin(0.5 * np.pi * PUFFS * (u + 1)))) * (1 - 0.30 * u**4)
    rim = np.concatenate([place(u, -puffs), place(u[::-1], puffs[::-1])])
    drawn = path(smooth(rim), cloth.base, stroke=cloth.line, width=LINE * figure.line)
    creases = np.linspace(-1, 1, PUFFS + 1)[1:-1]
    v = np.linspace(-0.75, 0.75, 4)
    folds = np.stack([place(x + 0.05 * (1 - v**2), v) for x in creases])
    low = place(u * 0.94, 0.55 * puffs)
    shade = np.concatenate([low, place(u[::-1] * 0.94, 0.92 * puffs[::-1])])
    lit = -1 if across @ figure.light[:2] < 0 else 1
    shine = place(lit * np.linspace(0.05, 0.7, 4), np.full(4, -0.38))
    return (
        drawn
        + path(polygon(shade), cloth.shadow, opacity=0.7)
        + path(leaves(folds, np.full(len(folds), 0.9 * figure.line)), cloth.deep, opacity=0.75)
        + path(brush(shine, 1.6 * figure.scale, 8), cloth.light, opacity=0.9)
    )


def _cloth(figure: Figure) -> Tone:
    """Return the colours of ties: those of the bow, tie or scarf that is worn, or else of the garment.

    Too near to those of the hair or the skin they go over into white, on dark hair, or into ink.
    """
    palette = figure.palette
    cloth = palette.accent if figure.attributes.clothes in WITH_ACCENT else palette.clothes
    other = WHITE if figure.attributes.hair in DARK_HAIR else INK
    apart = min(distance(cloth.base, near) for near in (palette.hair.at(0.55), palette.skin.base))
    share = 1 - float(step(np.array(apart), *CONTRAST))
    if share == 0:
        return cloth
    pairs = [(getattr(cloth, part.name), getattr(other, part.name)) for part in fields(Tone)]
    return Tone(*(blend(a, b, share) for a, b in pairs))
