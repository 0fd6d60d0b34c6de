"""Prints a portrait in four inks on paper, as a wood engraver would: another style of the same artist.

Knows nothing about traits. Networks that learnt the artist's own style are trained further on such prints, as an
example of transfer (docs/training.md).
"""

import numpy as np
from numpy.typing import NDArray

# Red, green and blue of the paper and of the inks, lightest first; the last one also draws the lines.
INKS = ((246, 238, 222), (232, 178, 132), (186, 84, 82), (44, 34, 66))
TONES = (0.78, 0.55, 0.3)  # luminance below which each further ink is printed
WEIGHTS = (0.299, 0.587, 0.114)  # of red, green and blue in the luminance (ITU-R BT.601)
LINE = 0.11  # contrast between neighbouring pixels, as a share of the full range, from which a line is engraved
SCALE = 2  # prints are made at twice the size and then averaged, so that their edges are smooth


def print_in_ink(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a print [h, w, 3] of a picture [SCALE * h, SCALE * w, 3]."""
    light = picture.astype(np.float64) @ np.array(WEIGHTS) / 255
    tone = sum((light < limit).astype(np.int64) for limit in TONES)
    tone = np.where(_lines(picture), len(INKS) - 1, tone)
    printed = np.array(INKS, np.float64)[tone]
    h, w = printed.shape[0] // SCALE, printed.shape[1] // SCALE
    pixels: NDArray[np.uint8] = printed.reshape(h, SCALE, w, SCALE, 3).mean(axis=(1, 3)).round().astype(np.uint8)
    return pixels


def _lines(picture: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return where the colours of neighbouring pixels differ strongly: [h, w]."""
    values = picture.astype(np.float64) / 255
    across = np.abs(np.diff(values, axis=1, append=values[:, -1:])).mean(axis=2)
    down = np.abs(np.diff(values, axis=0, append=values[-1:])).mean(axis=2)
    lines: NDArray[np.bool_] = np.maximum(across, down) > LINE
    return lines
