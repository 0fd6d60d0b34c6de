"""What all parts of one portrait share, computed once: its attributes, its rig, its colours and its light."""

from dataclasses import dataclass
from math import tanh

import numpy as np

from generator.artist.palette import Palette, make_palette
from generator.artist.rig import ZOOM, Rig
from generator.artist.svg import Points
from generator.artist.traits import Attributes


@dataclass(frozen=True)
class Shading:
    """How a style of drawing differs from the others."""

    line_width: float  # as a multiple of the usual widths
    bloom: float  # how far bright places glow, 0 to 1
    softness: float  # how much a blurred copy is laid over the picture, 0 to 1.2
    contrast: float  # as a multiple of what the hour gives
    saturation: float  # as a multiple
    vignette: float  # how much the corners darken


SHADINGS: dict[str, Shading] = {
    "cel": Shading(line_width=1.0, bloom=0.22, softness=0.3, contrast=1.2, saturation=1.05, vignette=0.18),
    "soft": Shading(line_width=0.80, bloom=0.40, softness=1.1, contrast=1.2, saturation=1.08, vignette=0.22),
    "retro": Shading(line_width=1.35, bloom=0.15, softness=0.2, contrast=1.7, saturation=1.0, vignette=0.42),
    "pastel": Shading(line_width=0.85, bloom=0.34, softness=0.9, contrast=0.7, saturation=1.05, vignette=0.08),
}


class Figure:
    """The shared parts of a portrait.

    ``light`` [3] is the unit vector to the light in head axes (not turned with the head): x right, y down, z to the
    viewer. ``scale`` is the number of canvas units per head unit.
    """

    def __init__(self, attributes: Attributes) -> None:
        self.attributes = attributes
        self.rig = Rig(attributes)
        self.palette: Palette = make_palette(attributes)
        self.shading = SHADINGS[attributes.shading]
        self.light = _light(attributes)
        self.scale = ZOOM

    @property
    def line(self) -> float:
        """The width of outlines as a multiple of the usual one."""
        return self.shading.line_width

    @property
    def light_side(self) -> int:
        """The side from which the light comes: -1 for the viewer's left, else 1."""
        return -1 if self.light[0] < 0 else 1

    @property
    def far_side(self) -> int:
        """The side that is turned away from the viewer: -1 for the viewer's left, else 1."""
        return 1 if self.rig.yaw > 0 else -1


def _light(attributes: Attributes) -> Points:
    side = 0.68 * tanh(1.6 * attributes.light_side)  # rarely from straight ahead, where nothing is modelled
    height = -0.58 - 0.09 * attributes.light_height
    towards = np.array([side, height, 0.62])
    return np.asarray(towards / np.linalg.norm(towards))


def sequence(count: int, phase: float = 0.0) -> Points:
    """Return ``count`` fixed numbers in [-1, 1] without a visible pattern: what differs between neighbours.

    Parts of a picture use it instead of random numbers. It is the golden-ratio sequence, the same for every portrait,
    so that a network need not guess dice it cannot see. ``phase`` starts another sequence.
    """
    return np.asarray(2 * ((np.arange(count) * 0.6180339887 + 0.37 * phase + 0.5) % 1) - 1)
