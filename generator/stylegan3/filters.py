"""Computes with the low-pass filters of StyleGAN3: raises the rate of features, applies the nonlinearity, lowers it.

Owns no weights: the filters are tensors that a network has stored. [1] is the paper named in hyperparameters.py.

No zeros are inserted. Of the filter that raises the rate ``up``-fold, each of ``up`` phases meets every ``up``-th tap.
A phase is a short convolution of the features as they are, and the phases are interleaved afterwards. All convolutions
are of each channel by itself, and most along one axis. On a CPU they are fast if the raised signal, four times as large
as the features or more, is computed in pieces that fit into the cache.
"""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from generator.stylegan.layers import needs_gradient
from generator.stylegan3.hyperparameters import LayerShape

# How many numbers of the raised signal are computed at a time.
PIECE = {"cpu": 2**22, "cuda": 2**28}
CHANNELS = 16  # the fewest channels of a piece: a CPU computes as many at a time
ROWS = 16  # the fewest rows of a piece; the rows that the filters reach beyond it are computed again for the next
SLOPE, GAIN = 0.2, math.sqrt(2)  # of the leaky ReLU


def filtered_lrelu(
    convolve: Callable[[slice], Tensor],
    n: int,
    up_filter: Tensor,
    down_filter: Tensor,
    layer: LayerShape,
    clamp: float | None,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """Apply the leaky ReLU to features at a raised rate, so that it adds no frequencies  [1, section 3.1].

    ``convolve`` returns the result of the layer's convolution, [n, channels, h, h], for some of its channels.
    ``up_filter`` [taps] and ``down_filter`` [taps], or [taps, taps] if it is radial, are symmetric and float32.
    The signal is clamped to +-``clamp`` at the raised rate, unless that is None.
    The result is [n, out_channels, out_size, out_size], of type ``dtype``.
    """
    result: Tensor | None = None
    step = _count_channels(n, layer, up_filter.device)
    for first in range(0, layer.out_channels, step):
        part = slice(first, first + step)
        features = convolve(part)
        if result is None:
            result = _empty(features, dtype, layer.out_channels, layer.out_size, layer.out_size)
        _filter_rows(features, result[:, part], up_filter, down_filter, layer, clamp)
        del features  # before the next are computed beside them
    assert result is not None
    return result


def _count_channels(n: int, layer: LayerShape, device: torch.device) -> int:
    """Return how many channels to compute at a time: those that fit into a piece, but at least CHANNELS."""
    most = max(CHANNELS, PIECE[device.type] // (n * layer.raised_size**2) // CHANNELS * CHANNELS)
    parts = math.ceil(layer.out_channels / most)
    return math.ceil(layer.out_channels / parts / 16) * 16  # a CPU computes 16 at a time


def _filter_rows(
    features: Tensor, result: Tensor, up_filter: Tensor, down_filter: Tensor, layer: LayerShape, clamp: float | None
) -> None:
    """Compute ``result`` [n, C, out_size, out_size] from the convolution's result ``features`` [n, C, h, h]."""
    n, channels = features.shape[:2]
    room = PIECE[features.device.type] // (n * channels * layer.raised_size)
    step = max(ROWS, (room - layer.down_taps) // layer.down + 1)
    phases, columns = _phases(up_filter, layer.up), range(layer.raised_size)
    for top in range(0, layer.out_size, step):
        end = min(top + step, layer.out_size)
        rows = range(top * layer.down, (end - 1) * layer.down + layer.down_taps)
        raised = _raise_rate(features, phases, layer, rows, columns)
        result[:, :, top:end] = _lower_rate(_activate(raised, clamp), down_filter, layer.down)


def _phases(up_filter: Tensor, up: int) -> Tensor:
    """Return the taps of each phase [up, taps]. Their gain, ``up`` in total, makes up for the zeros left out."""
    count = math.ceil(len(up_filter) / up)
    return F.pad(up_filter * up, (0, count * up - len(up_filter))).view(count, up).t()


def _raise_rate(features: Tensor, phases: Tensor, layer: LayerShape, rows: range, columns: range) -> Tensor:
    """Return some rows and columns of the raised signal, times GAIN, which moves through the leaky ReLU."""
    top, bottom = _reach(layer, phases, rows)
    left, right = _reach(layer, phases, columns)
    height, width = features.shape[2:]
    x = features[:, :, max(top, 0) : min(bottom, height), max(left, 0) : min(right, width)]
    x = F.pad(x, (max(-left, 0), max(right - width, 0), max(-top, 0), max(bottom - height, 0)))
    # bfloat16 has 8 bits, too few for filters: rounding their taps would change the brightness in every layer.
    x = x.float() if x.dtype == torch.bfloat16 else x
    x = _raise_axis(x, phases, layer, columns, axis=3)
    return _raise_axis(x, phases * GAIN, layer, rows, axis=2)


def _activate(raised: Tensor, clamp: float | None) -> Tensor:
    raised = F.leaky_relu_(raised, SLOPE)
    if clamp is None:
        return raised
    # The leaky ReLU's gradient is computed from its result, which must not be overwritten then.
    return raised.clamp(-clamp, clamp) if needs_gradient(raised) else raised.clamp_(-clamp, clamp)


def _raise_axis(x: Tensor, phases: Tensor, layer: LayerShape, samples: range, axis: int) -> Tensor:
    """Return some samples of the raised signal along one axis. ``x`` holds the features in their reach."""
    size = list(x.shape)
    size[axis] = len(samples)
    raised, origin = _empty(x, x.dtype, *size[1:]), _reach(layer, phases, samples)[0]
    for p in range(min(layer.up, len(samples))):
        place = raised[..., p :: layer.up] if axis == 3 else raised[:, :, p :: layer.up]
        # The sample's features meet the taps t, t + up, ... for t = (before - sample) modulo up.
        filtered = _convolve(x, phases[(layer.before - samples[p]) % layer.up], axis)
        place.copy_(filtered.narrow(axis, _first_feature(layer, samples[p]) - origin, place.shape[axis]))
    return raised


def _first_feature(layer: LayerShape, sample: int) -> int:
    """Return the first feature on which a sample of the raised signal depends. Below 0 there are none, but zeros."""
    return -((layer.before - sample) // layer.up)


def _reach(layer: LayerShape, phases: Tensor, samples: range) -> tuple[int, int]:
    """Return the first and the end of the features on which samples of the raised signal depend."""
    return _first_feature(layer, samples[0]), _first_feature(layer, samples[-1]) + phases.shape[1]


def _lower_rate(raised: Tensor, down_filter: Tensor, down: int) -> Tensor:
    """Filter the raised signal and keep every ``down``-th sample, from the first on, of each axis."""
    if down_filter.ndim == 2:
        weight = down_filter.to(raised.dtype).expand(raised.shape[1], 1, -1, -1)
        return F.conv2d(raised, weight, stride=down, groups=raised.shape[1])
    return _convolve(_convolve(raised, down_filter, 2, down), down_filter, 3, down)


def _convolve(x: Tensor, taps: Tensor, axis: int, stride: int = 1) -> Tensor:
    """Convolve every channel of ``x`` [n, C, H, W] with ``taps`` along one axis, without padding."""
    weight = taps.to(x.dtype).view(1, 1, -1, 1) if axis == 2 else taps.to(x.dtype).view(1, 1, 1, -1)
    strides = (stride, 1) if axis == 2 else (1, stride)
    return F.conv2d(x, weight.expand(x.shape[1], -1, -1, -1), stride=strides, groups=x.shape[1])


def _empty(like: Tensor, dtype: torch.dtype, *size: int) -> Tensor:
    """Return an uninitialised tensor [n, *size] on the device and in the memory layout of ``like`` [n, ...]."""
    last = like.is_contiguous(memory_format=torch.channels_last)
    layout = torch.channels_last if last else torch.contiguous_format
    return torch.empty((len(like), *size), dtype=dtype, device=like.device, memory_format=layout)
