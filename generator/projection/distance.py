"""Says how far pictures are from a given one, as people see it, and lets gradients through.

Needs no download: it compares pixels and edges at several scales and, where a reader of such portraits is there, what
the reader sees. Knows nothing about w. Pictures are [n, 3, h, w] in [-1, 1].
"""

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from generator.rendering.animation.frames import lay_on_white

SCALES = (1, 2, 4, 8)  # by how much the pictures are shrunk; fine detail counts as much as where things are
EDGES = 0.5  # what differences of edges count, beside those of pixels
FEATURES = 0.02  # what differences of the reader's features count; these have a deviation of about 1
EDGE = 0.3  # what the edges of a picture count, where its middle counts more
MIN_SIDE = 8  # pixels; pictures are not shrunk below it

Features = Callable[[Tensor], Tensor]  # pictures -> their features [n, f]


class Distance:
    """Measures how far pictures are from ``target`` [1, 3, h, w], at the size of the target or any other.

    With ``in_middle`` the middle counts more than the edges, as faces are there.
    """

    def __init__(self, target: Tensor, features: Features | None = None, *, in_middle: bool = False) -> None:
        self._in_middle = in_middle
        self._target, self._features = target, features
        self._seen: Tensor | None = None
        if features is not None:
            with torch.no_grad():
                self._seen = features(target)

    def __call__(self, pictures: Tensor) -> Tensor:
        """Return the distance [n] of each picture."""
        difference = pictures - self.target_for(pictures)
        if self._in_middle:
            difference = difference * _middle(difference)
        total = torch.zeros(len(pictures), device=pictures.device)
        for scale in SCALES:
            if min(difference.shape[2:]) < MIN_SIDE * scale:
                break
            shrunk = F.avg_pool2d(difference, scale) if scale > 1 else difference
            total = total + _mean_square(shrunk)
            total = total + EDGES * (_mean_square(shrunk.diff(dim=2)) + _mean_square(shrunk.diff(dim=3)))
        if self._features is not None and self._seen is not None:
            total = total + FEATURES * (self._features(pictures) - self._seen).square().mean(dim=1)
        return total

    def target_for(self, pictures: Tensor) -> Tensor:
        """Return the target at the size of ``pictures``."""
        size = pictures.shape[2:]
        return (
            self._target if self._target.shape[2:] == size else F.adaptive_avg_pool2d(self._target, (size[0], size[1]))
        )


def _middle(pictures: Tensor) -> Tensor:
    """Return what each pixel counts [h, w]: 1 in the middle, EDGE at the edges."""
    rows, columns = (torch.hann_window(side, periodic=False, device=pictures.device) for side in pictures.shape[2:])
    return EDGE + (1 - EDGE) * torch.outer(rows, columns)


def _mean_square(x: Tensor) -> Tensor:
    return x.square().mean(dim=(1, 2, 3))


def to_pictures(faces: NDArray[np.uint8]) -> Tensor:
    """Return faces [n, h, w, 3 or 4] as pictures, on white where they are transparent."""
    pixels = torch.from_numpy(lay_on_white(faces).astype(np.float32))
    return (pixels / 127.5 - 1).permute(0, 3, 1, 2)


def psnr(picture: Tensor, target: Tensor) -> float:
    """Return the peak signal-to-noise ratio of two pictures of one size in dB, at most 99."""
    error = (picture.clamp(-1, 1) - target).square().mean()
    return min(99.0, float(10 * torch.log10(4 / error.clamp(min=1e-12))))
