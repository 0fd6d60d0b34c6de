"""StyleGAN2's synthesis network as the paper describes it, which is the reference of the benchmarks.

Uses none of this project's own optimisations, and can execute `skip` networks only. The weights are modulated and
demodulated for each sample (Karras et al. 2020, equations 1 and 3) and applied in one grouped convolution. Upsampling
is a transposed convolution followed by the filter at full resolution, as one depthwise convolution (one for each axis
takes up to 7 % longer). Everything is float32 and NCHW.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from generator.stylegan2.network import Generator

SQRT_2 = math.sqrt(2)


def filter_all(x: Tensor, fir: Tensor, padding: int = 0) -> Tensor:
    """Filter x [n, C, H, W] with ``fir`` [N, N] in one depthwise convolution."""
    return F.conv2d(x, fir.expand(x.shape[1], 1, -1, -1), padding=padding, groups=x.shape[1])


def filter_alone(x: Tensor, fir: Tensor, padding: int = 0) -> Tensor:
    """Filter x [n, C, H, W] with ``fir`` [N, N], each channel as a picture of its own, as rosinality's package does."""
    n, channels, height, width = x.shape
    y = F.conv2d(x.reshape(n * channels, 1, height, width), fir[None, None], padding=padding)
    return y.reshape(n, channels, *y.shape[2:])


Filter = Callable[[Tensor, Tensor, int], Tensor]


def synthesis(generator: Generator, w: Tensor, low_pass: Filter = filter_all) -> Tensor:
    """Return the pictures [n, 3, H, W] for w [n, num_ws, w_dim], drawn with constant noise.

    ``low_pass`` applies the filter after a change of resolution.
    """
    t = {name.removeprefix("synthesis."): value for name, value in generator.state_dict(keep_vars=True).items()}
    taps = torch.tensor(generator.hyper.resample_filter, dtype=torch.float32)
    # The gain is 4, 2 for each axis; the taps are reversed, as torch computes a correlation.
    fir = torch.outer(taps, taps).flip([0, 1]) * (4 / taps.sum() ** 2)
    x = t["b4.const"].expand(len(w), -1, -1, -1)
    x = _layer(t, "b4.conv1", x, w[:, 0])
    image = _to_rgb(t, "b4.torgb", x, w[:, 1])
    for j in range(3, int(math.log2(generator.resolution)) + 1):
        block = f"b{2**j}"
        x = _layer(t, f"{block}.conv0", x, w[:, 2 * j - 5], lambda y: low_pass(y, fir, 1))
        x = _layer(t, f"{block}.conv1", x, w[:, 2 * j - 4])
        image = low_pass(_insert_zeros(image), fir, 0) + _to_rgb(t, f"{block}.torgb", x, w[:, 2 * j - 3])
    return image


def _styles(t: dict[str, Tensor], name: str, w: Tensor) -> Tensor:
    return F.linear(w, t[f"{name}.affine.weight"] / math.sqrt(w.shape[1]), t[f"{name}.affine.bias"])


def _layer(
    t: dict[str, Tensor], name: str, x: Tensor, w: Tensor, low_pass: Callable[[Tensor], Tensor] | None = None
) -> Tensor:
    n, _, height, width = x.shape
    weight = t[f"{name}.weight"] * _styles(t, name, w)[:, None, :, None, None]  # eq. 1: [n, out, in, 3, 3]
    weight = weight * torch.rsqrt(weight.square().sum([2, 3, 4], keepdim=True) + 1e-8)  # eq. 3
    x = x.reshape(1, -1, height, width)
    if low_pass is None:
        x = F.conv2d(x, weight.flatten(0, 1), padding=1, groups=n)
    else:
        x = F.conv_transpose2d(x, weight.transpose(1, 2).flatten(0, 1), stride=2, groups=n)
        x = low_pass(x.reshape(n, -1, *x.shape[2:]))
    x = x.reshape(n, -1, *x.shape[2:])
    x = x + t[f"{name}.noise_const"] * t[f"{name}.noise_strength"] + t[f"{name}.bias"][:, None, None]
    return F.leaky_relu(x, 0.2) * SQRT_2


def _to_rgb(t: dict[str, Tensor], name: str, x: Tensor, w: Tensor) -> Tensor:
    n, channels, height, width = x.shape
    styles = _styles(t, name, w) / math.sqrt(channels)
    weight = t[f"{name}.weight"] * styles[:, None, :, None, None]
    image = F.conv2d(x.reshape(1, -1, height, width), weight.flatten(0, 1), groups=n)
    return image.reshape(n, -1, height, width) + t[f"{name}.bias"][:, None, None]


def _insert_zeros(image: Tensor) -> Tensor:
    """Return the image [n, C, 2 H, 2 W] with zeros between its pixels, and with those that the filter needs around."""
    n, channels, height, width = image.shape
    spread = image.new_zeros(n, channels, height, 2, width, 2)
    spread[:, :, :, 0, :, 0] = image
    return F.pad(spread.reshape(n, channels, 2 * height, 2 * width), (2, 1, 2, 1))
