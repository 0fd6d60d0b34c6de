"""Sets the head off its background: moves what is behind the hair towards a third lighter or darker than the hair."""

import numpy as np

from generator.artist.colour import rgb
from generator.artist.scene.layers import Picture, Setting, grid

APART = 0.31  # steps of lightness (OKLCH) between hair and background
DARKEST = 0.38  # no hair looks darker than that at its edge, where light falls on it
FIERIEST = 0.50  # the saturation of red and orange grounds at most, 0 to 1
MOST = 0.42  # and the furthest that a background is moved
REACH = 400.0  # canvas units from the head to where the background keeps its lightness
ROSY = (0.95, 1.08, 0.50)  # how much red, green and blue of a warm ground are darkened, as multiples
DARKEST_GROUND = 0.25  # the lightness under which no ground is darkened: it would be a hole
FULL = 0.65  # the share of that falling off, beyond which the background is moved as far as it needs: up to the hair
# Hair lighter than this has darker ground behind it at that hour, other hair lighter ground; near it, a little of both.
# The pivots lie in the gaps between the colours of hair.
PIVOT = {"day": 0.735, "morning": 0.735, "evening": 0.735, "night": 0.385}
# Pastel hair is so pale that before lighter ground it would fade, and darker ground need be less dark.
PASTEL_PIVOT, PASTEL_APART = 0.612, 0.25
TURN = 0.018  # half the range of lightness over which one goes over into the other


def set_off(picture: Picture, s: Setting) -> Picture:
    """Return ``picture`` [n, n, 3] lightened or darkened around the head, in its own hue."""
    hair = max(DARKEST, s.figure.palette.hair_lightness)
    size = picture.shape[0]
    x, y = grid(size)
    head = s.figure.rig.project([0.0, 0.0, 0.0]).astype(np.float32)
    near = 1 - ((x - head[0]) ** 2 + (y - head[1]) ** 2) * np.float32(1 / REACH**2)
    near = np.clip(near * np.float32(1 / FULL), 0, 1)
    pastel = s.figure.attributes.shading == "pastel"
    pivot = min(PASTEL_PIVOT, PIVOT[s.time]) if pastel else PIVOT[s.time]
    ground = _lightness(picture, near)
    pale = float(np.clip((s.figure.palette.hair_lightness - pivot) / (2 * TURN) + 0.5, 0, 1))
    dark = max(DARKEST_GROUND, hair - (PASTEL_APART if pastel else APART))
    darker = min(MOST, max(0.0, ground - dark)) * pale
    lighter = min(MOST, max(0.0, hair + APART - ground)) * (1 - pale)
    # sRGB values are nearly in proportion to lightness, so these are the steps wanted. A power keeps colours clean.
    power = np.log(max(0.1, ground - darker)) / np.log(min(0.97, ground))
    if darker:
        picture = picture.clip(0.001, 1) ** (1 + np.float32(power - 1) * near[..., None] * _rosy(picture))
    light = np.array(rgb(s.bright), dtype=np.float32) * np.float32(0.5) + np.float32(0.5)
    picture = picture + (light - picture) * (np.float32(lighter / max(0.2, 1 - ground)) * near)[..., None]
    return _calm(picture)


def _rosy(picture: Picture) -> Picture:
    """Return how much each channel [3] is darkened: orange and yellow, which would be brown, go to rose."""
    red, _, blue = picture.mean(axis=(0, 1)).tolist()
    warm = float(np.clip((red - blue) / 0.25, 0, 1))
    return np.asarray(1 + warm * (np.array(ROSY) - 1), dtype=np.float32)


def _calm(picture: Picture) -> Picture:
    """Return ``picture`` with less saturation if it is as red or orange as a signal."""
    step = max(1, len(picture) // 32)
    seen = picture[::step, ::step].clip(0, 1).reshape(-1, 3)
    most, least = seen.max(axis=1), seen.min(axis=1)
    chroma = np.maximum(1e-3, most - least)
    red, green, blue = seen.T
    # 1 for red and magenta, a half for orange, 0 for yellow, green and blue
    warm = np.clip((red - np.maximum(green, 2 * blue - red)) / chroma, 0, 1)
    saturation = chroma / np.maximum(1e-3, most)
    warmth = float(np.minimum(1, 2.5 * warm).mean())
    fiery = float(np.average(saturation, weights=np.minimum(1, 2.5 * warm) + 1e-6))
    grey = warmth * max(0.0, 1 - FIERIEST / max(1e-3, fiery))
    if not grey:
        return picture
    even = (picture @ np.array([0.30, 0.59, 0.11], dtype=np.float32))[..., None]
    return np.asarray(picture + (even - picture) * np.float32(grey))


def _lightness(picture: Picture, near: Picture) -> float:
    """Return the lightness, as OKLCH has it for greys, of the upper half of sRGB values [n, n, 3] beside the head.

    ``near`` [n, n] is 1 at the head, and less the less a place counts.
    """
    step, half = max(1, len(picture) // 32), len(picture) // 2
    luminance = (picture[:half:step, ::step].clip(0, 1) ** 2.2) @ np.array([0.2126, 0.7152, 0.0722])
    return float(np.average(luminance ** (1 / 3), weights=near[:half:step, ::step] ** 2 + 1e-6))
