"""The grading of the finished picture: contrast, saturation, and the tints of shadows and lights, as a table.

A table of colours for each hour and style, made once, is faster than the arithmetic at every pixel.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from generator.artist.colour import rgb
from generator.artist.figure import SHADINGS, Figure
from generator.artist.palette import TINTS
from generator.artist.scene.layers import Picture

TABLE_SIZE = 17  # steps of each channel; colours between are interpolated
CONTRAST = {"day": 0.055, "morning": 0.035, "evening": 0.10, "night": 0.085}
SHADOW_SHARE, LIGHT_SHARE = 0.13, 0.07  # how far shadows and lights go to their tints
# What a style's print makes of black and of white (sRGB): pastel has no black, old film neither and a warm white.
PRINTS = {
    "cel": ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
    "soft": ((0.015, 0.005, 0.02), (1.0, 0.995, 0.985)),
    "retro": ((0.055, 0.030, 0.065), (0.985, 0.960, 0.905)),
    "pastel": ((0.115, 0.085, 0.120), (1.0, 0.990, 0.995)),
}


def grade(figure: Figure, picture: Picture) -> NDArray[np.uint8]:
    """Return ``picture`` [size, size, 3] in [0, 1] graded, as uint8."""
    shown = np.asarray((picture.clip(0, 1) * np.float32(255) + np.float32(0.5)).astype(np.uint8))
    table = _table(figure.attributes.time, figure.attributes.shading)
    return np.asarray(Image.fromarray(shown).filter(table))


@cache
def _table(time: str, shading: str) -> ImageFilter.Color3DLUT:
    style = SHADINGS[shading]
    steps = np.linspace(0, 1, TABLE_SIZE)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")  # red varies fastest
    colour = np.stack([red, green, blue], axis=-1)
    # An S-curve around the middle that leaves black and white where they are.
    colour = colour + CONTRAST[time] * style.contrast * 2 * (colour - 0.5) * (1 - np.abs(2 * colour - 1))
    light = colour @ [0.30, 0.59, 0.11]
    colour = light[..., None] + (colour - light[..., None]) * style.saturation
    shadow, highlight = (np.array(rgb(tint)) - 0.5 for tint in TINTS[time])
    dark, bright = np.clip(1 - 1.7 * light, 0, 1)[..., None], np.clip(1.6 * light - 0.6, 0, 1)[..., None]
    near_white = 1 - 0.7 * np.clip((light - 0.85) / 0.15, 0, 1)[..., None]  # white cloth and eyes stay nearly white
    colour = colour + SHADOW_SHARE * dark * shadow + LIGHT_SHARE * bright * near_white * highlight
    black, white = (np.array(end) for end in PRINTS[shading])
    colour = black + colour.clip(0, 1) * (white - black)
    return ImageFilter.Color3DLUT(TABLE_SIZE, colour.clip(0, 1).ravel().tolist())
