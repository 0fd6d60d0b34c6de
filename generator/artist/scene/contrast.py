"""Sets the head off its background: what is behind the hair is a quarter lighter or darker than the hair."""

import numpy as np

from generator.artist.colour import rgb
from generator.artist.scene.layers import Picture, Setting, grid

APART = 0.25  # steps of lightness (OKLCH) between hair and background
DARKEST = 0.38  # no hair looks darker than that at its edge, where light falls on it
MOST = 0.36  # and the furthest that a background is moved
REACH = 400.0  # canvas units from the head to where the background keeps its lightness
FULL = 0.65  # the share of that falling off, beyond which the background is moved as far as it needs: up to the hair
# Hair lighter than this has darker ground behind it at that hour, other hair lighter ground; near it, a little of both.
# The pivots lie in the gaps between the colours of hair. Pastel hair is paler, and so is its pivot.
PIVOT = {"day": 0.735, "morning": 0.735, "evening": 0.735, "night": 0.385}
PASTEL_PALER = 0.28  # as a share of the way to PASTEL, as palette has it for hair
PASTEL = 0.90
TURN = 0.035  # half the range of lightness over which one goes over into the other


def set_off(picture: Picture, s: Setting) -> Picture:
    """Return ``picture`` [n, n, 3] lightened or darkened around the head, in its own hue."""
    hair = max(DARKEST, s.figure.palette.hair_lightness)
    size = picture.shape[0]
    x, y = grid(size)
    head = s.figure.rig.project([0.0, 0.0, 0.0]).astype(np.float32)
    near = 1 - ((x - head[0]) ** 2 + (y - head[1]) ** 2) * np.float32(1 / REACH**2)
    near = np.clip(near * np.float32(1 / FULL), 0, 1)
    pivot = PIVOT[s.time]
    if s.figure.attributes.shading == "pastel":
        pivot += (PASTEL - pivot) * PASTEL_PALER
    ground = _lightness(picture, near)
    pale = float(np.clip((hair - pivot) / (2 * TURN) + 0.5, 0, 1))
    darker = min(MOST, max(0.0, ground - (hair - APART))) * pale
    lighter = min(MOST, max(0.0, hair + APART - ground)) * (1 - pale)
    # sRGB values are nearly in proportion to lightness, so these are the steps wanted. A power keeps colours clean.
    power = np.log(max(0.1, ground - darker)) / np.log(min(0.97, ground))
    if darker:
        picture = picture.clip(0.001, 1) ** (1 + np.float32(power - 1) * near)[..., None]
    light = np.array(rgb(s.bright), dtype=np.float32) * np.float32(0.5) + np.float32(0.5)
    return np.asarray(picture + (light - picture) * (np.float32(lighter / max(0.2, 1 - ground)) * near)[..., None])


def _lightness(picture: Picture, near: Picture) -> float:
    """Return the lightness, as OKLCH has it for greys, of the upper half of sRGB values [n, n, 3] beside the head.

    ``near`` [n, n] is 1 at the head, and less the less a place counts.
    """
    step, half = max(1, len(picture) // 32), len(picture) // 2
    luminance = (picture[:half:step, ::step].clip(0, 1) ** 2.2) @ np.array([0.2126, 0.7152, 0.0722])
    return float(np.average(luminance ** (1 / 3), weights=near[:half:step, ::step] ** 2 + 1e-6))
