"""Designs the low-pass filters of a StyleGAN3 network from the frequencies that its layers keep.

Touches no files. [1] is the paper named in hyperparameters.py.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple, cast

import numpy as np
import torch
from torch import Tensor

# What NVIDIA's networks are designed with [1, section 3.2].
CRITICAL = 2  # layers before ToRGB that keep as much as their rate can hold
FIRST_CUTOFF, FIRST_STOPBAND, LAST_STOPBAND = 2.0, 2**2.1, 2**0.3  # the last in cutoffs of the last layer


class Band(NamedTuple):
    """The frequencies of a layer's output, in periods per width of the picture."""

    cutoff: float  # up to where they pass
    half_width: float  # of the transition from what passes to what does not


def design_bands(rates: Sequence[int], resolution: int) -> list[Band]:
    """Return the band of each layer, from the first to ToRGB, as NVIDIA designs them  [1, section 3.2].

    ``rates`` are those of the layers' outputs.
    """
    steps = [min(i / max(len(rates) - 1 - CRITICAL, 1), 1) for i in range(len(rates))]
    last = resolution / 2
    cutoffs = [FIRST_CUTOFF * (last / FIRST_CUTOFF) ** step for step in steps]
    stopbands = [FIRST_STOPBAND * (last * LAST_STOPBAND / FIRST_STOPBAND) ** step for step in steps]
    return [
        Band(cutoff, max(stopband, rate / 2) - cutoff)
        for cutoff, stopband, rate in zip(cutoffs, stopbands, rates, strict=True)
    ]


def design_filter(taps: int, band: Band, rate: float, radial: bool = False) -> Tensor:
    """Return a filter for a signal of ``rate`` samples per width of the picture  [1, appendix C.1].

    It is a windowed sinc [taps] or, if it is ``radial``, a windowed jinc [taps, taps]. Its sum is 1.
    """
    at = (np.arange(taps) - (taps - 1) / 2) / rate
    window = _kaiser(taps, band, rate)
    if not radial:
        line = np.sinc(2 * band.cutoff * at) * window
        return torch.from_numpy(line / line.sum()).float()
    radius = np.hypot(at[:, None], at)
    # In the middle, where the radius is 0, the jinc is the limit for small ones.
    radius = torch.from_numpy(np.maximum(radius, 1e-9 / rate))
    jinc = torch.special.bessel_j1(2 * math.pi * band.cutoff * radius) / (math.pi * radius)
    plane = jinc * torch.from_numpy(np.outer(window, window))
    return cast(Tensor, (plane / plane.sum()).float())


def _kaiser(taps: int, band: Band, rate: float) -> np.ndarray:
    """Return Kaiser's window for the transition of ``band``, with his estimate of the attenuation."""
    attenuation = 2.285 * (taps - 1) * math.pi * (2 * band.half_width / (rate / 2)) + 7.95
    if attenuation > 50:
        beta = 0.1102 * (attenuation - 8.7)
    else:
        beta = 0.5842 * max(attenuation - 21, 0) ** 0.4 + 0.07886 * max(attenuation - 21, 0)
    return np.kaiser(taps, beta)
