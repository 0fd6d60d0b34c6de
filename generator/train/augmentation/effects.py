"""Changes pictures as augmentation does, beyond geometry and colour: filters frequency bands, adds noise, cuts out.

All functions are differentiable. They follow Karras et al. 2020, "Training Generative Adversarial Networks with Limited
Data", appendix B; numbers of an equation or step mean that appendix.
"""

import functools
import math

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

# The low-pass filter of the wavelet with two vanishing moments: Daubechies 1988, N = 2.
_ROOT_3 = math.sqrt(3)
SYM2 = tuple(value / (4 * math.sqrt(2)) for value in (1 - _ROOT_3, 3 - _ROOT_3, 3 + _ROOT_3, 1 + _ROOT_3))
BANDS = 4
TAPS = 43
# The expected power of natural pictures in each band, lowest first. Gains keep the power of such a picture.
POWER = np.array([10, 1, 1, 1]) / 13
NOISE_STD = 0.1
CUT_SIDE = 0.5  # side of what is cut out, as a share of the picture's


@functools.cache
def band_filters() -> NDArray[np.float64]:
    """Return a filter [BANDS, TAPS] for each frequency band, lowest first. Together they pass everything unchanged."""
    low = np.convolve(SYM2, SYM2[::-1]) / 2
    mirrored = np.array(SYM2) * (-1.0) ** np.arange(len(SYM2))
    high = np.convolve(mirrored, mirrored[::-1]) / 2
    bands = [
        np.convolve(np.convolve(low, _spread(low, 2)), _spread(low, 4)),
        np.convolve(np.convolve(low, _spread(low, 2)), _spread(high, 4)),
        np.convolve(low, _spread(high, 2)),
        high,
    ]
    return np.stack([np.pad(band, (TAPS - len(band)) // 2) for band in bands])


def _spread(taps: NDArray[np.float64], step: int) -> NDArray[np.float64]:
    """Insert zeros between the taps: the filter for a signal of which every ``step``-th value counts."""
    spread = np.zeros((len(taps) - 1) * step + 1)
    spread[::step] = taps
    return spread


def band_gains(factors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the gain of each band [n, BANDS] for the ``factors`` [n, BANDS] by which bands are amplified.

    The bands are amplified one after another, and each time all are scaled so that the power stays the same.
    """
    gains = np.ones_like(factors)
    for band in range(BANDS):
        one = np.ones_like(factors)
        one[:, band] = factors[:, band]
        gains *= one / np.sqrt((POWER * one**2).sum(axis=1, keepdims=True))
    return gains


def filter_bands(pictures: Tensor, gains: NDArray[np.float64]) -> Tensor:
    """Scale the frequency bands of the pictures [n, c, h, w], each more than 21 px long and wide, by ``gains``."""
    n, c, h, w = pictures.shape
    kernels = torch.from_numpy((gains @ band_filters()).astype(np.float32)).to(pictures.device)
    kernels = kernels.repeat_interleave(c, dim=0)[:, None]  # [n c, 1, TAPS]
    reach = TAPS // 2
    padded = F.pad(pictures, [reach] * 4, mode="reflect").reshape(1, n * c, h + 2 * reach, w + 2 * reach)
    rows = F.conv2d(padded, kernels[:, :, None], groups=n * c)
    return F.conv2d(rows, kernels[:, :, :, None], groups=n * c).view(n, c, h, w)


def cut_out(pictures: Tensor, centres: NDArray[np.float64], chosen: NDArray[np.bool_]) -> Tensor:
    """Set a square of the ``chosen`` pictures to 0, mid-grey. ``centres`` [n, 2] are x and y as shares of the sides."""
    h, w = pictures.shape[2:]
    across = np.abs((np.arange(w) + 0.5) / w - centres[:, :1]) >= CUT_SIDE / 2  # [n, w]
    down = np.abs((np.arange(h) + 0.5) / h - centres[:, 1:]) >= CUT_SIDE / 2  # [n, h]
    kept = across[:, None, None, :] | down[:, None, :, None] | ~chosen[:, None, None, None]
    return pictures * torch.from_numpy(kept).to(pictures)
