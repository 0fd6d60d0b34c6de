"""Implements the arithmetic that StyleGAN2 and StyleGAN3 share: modulation, activations, noise and pixels.

The functions own no weights. A function that follows a paper cites the section or equation.

[1] Karras, Laine, Aila 2019, "A Style-Based Generator Architecture for Generative Adversarial Networks"
[2] Karras, Laine, Aittala, Hellsten, Lehtinen, Aila 2020, "Analyzing and Improving the Image Quality of StyleGAN"
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

EPSILON = 1e-8  # keeps rsqrt finite in the pixel norm and the demodulation [2, eq. 3]


class Activation(NamedTuple):
    """A pointwise function, and the gain that restores unit variance afterwards (He et al. 2015)."""

    function: Callable[[Tensor], Tensor]
    gain: float


ACTIVATIONS: Mapping[str, Activation] = {
    "linear": Activation(lambda x: x, 1.0),
    "lrelu": Activation(lambda x: F.leaky_relu(x, 0.2), math.sqrt(2)),
    "relu": Activation(F.relu, math.sqrt(2)),
    "swish": Activation(F.silu, math.sqrt(2)),
    "tanh": Activation(torch.tanh, 1.0),
    "sigmoid": Activation(torch.sigmoid, 1.0),
    "elu": Activation(F.elu, 1.0),
    "selu": Activation(F.selu, 1.0),
    "softplus": Activation(F.softplus, 1.0),
}


def normalize(x: Tensor) -> Tensor:
    """Divide ``x`` [n, c] by its root mean square over c: the pixel norm of the mapping's input [1, section 2]."""
    return x * (x.square().mean(dim=1, keepdim=True) + EPSILON).rsqrt()


def activate(x: Tensor, activation: str, gain: float | None = None, clamp: float | None = None) -> Tensor:
    """Apply an activation function, then multiply by ``gain``, which is the activation's own gain if it is None.

    If ``clamp`` is given, the result is limited to +- ``clamp``.
    """
    function, own_gain = ACTIVATIONS[activation]
    gain = own_gain if gain is None else gain
    x = function(x) if gain == 1 else function(x) * gain
    return x if clamp is None else x.clamp(-clamp, clamp)


def is_homogeneous(activation: str) -> bool:
    """Return whether act(g x) = g act(x) for every g > 0.

    If so, a gain can be moved from after the activation to the weight before it, and the weight is smaller than the
    features.
    """
    return activation in ("linear", "lrelu", "relu")


def activate_(x: Tensor, activation: str, gain: float = 1.0, clamp: float | None = None) -> Tensor:
    """Apply an activation function, in place where the function allows it, then multiply by ``gain``.

    For inference only. If ``clamp`` is given, the result is limited to +- ``clamp``.
    """
    if activation == "lrelu":
        x = F.leaky_relu_(x, 0.2)
    elif activation == "relu":
        x = F.relu_(x)
    else:
        x = ACTIVATIONS[activation].function(x)
    x = x if gain == 1 else x.mul_(gain)
    return x if clamp is None else x.clamp_(-clamp, clamp)


def demodulation(style: Tensor, squares: Tensor) -> Tensor:
    """Return d [n, O] with d_o = 1 / sqrt(sum over i, k of (s_i W_oik)^2 + eps)  [2, eq. 3].

    ``style`` is s [n, I]. ``squares`` [O, I] is the sum over k of W_oik^2; with it, one small matrix product is enough
    for the whole batch.
    """
    return (style.square() @ squares.t() + EPSILON).rsqrt()


class Kernel(NamedTuple):
    """A convolution's weight, prepared for features of one precision."""

    weight: Tensor  # [O, I, k, k], or [I, O, k, k] for upsampling, in the features' precision, divided by ``size``
    squares: Tensor | None  # [O, I] float32, the sum over k of W^2; None if there is no demodulation
    size: Tensor | None  # [O] float32, the divisor of each output's weight; None if there is none


def sum_squares(weight: Tensor) -> Tensor:
    """Return the sum over k of W_oik^2 [O, I] for ``weight`` [O, I, k, k]."""
    return weight.square().sum(dim=(2, 3))


def prepare(weight: Tensor, dtype: torch.dtype, demodulate: bool, up: bool) -> Kernel:
    """Return ``weight`` [O, I, k, k] (float32) as a Kernel.

    For float16, the weight is divided by ``size``; ``modulated_conv`` explains why.
    """
    squares = sum_squares(weight) if demodulate else None
    size = None
    if dtype == torch.float16:
        size = weight.abs().amax(dim=(1, 2, 3)).clamp_min(EPSILON) * math.sqrt(weight[0].numel())
        weight = weight / size[:, None, None, None]
    weight = weight.transpose(0, 1) if up else weight  # conv_transpose2d expects [I, O, k, k]
    return Kernel(weight.to(dtype).contiguous(memory_format=torch.channels_last), squares, size)


def modulated_conv(
    x: Tensor,
    style: Tensor,
    kernel: Kernel,
    convolve: Callable[[Tensor, Tensor], Tensor],
    gain: Tensor | float = 1.0,
) -> Tensor:
    """Convolve with modulation and demodulation: y_o = g d_o sum over i of W_oi * (s_i x_i).

    ``x`` is [n, I, H, W]; ``style`` is s [n, I], float32. The paper scales the weight for each sample  [2, eqs. 1, 3];
    here the whole batch shares one weight. Convolution is linear, so convolving x with w'_oik = s_i W_oik equals
    convolving s_i x_i with W_oik. Since d_o is constant over the picture, it can be applied afterwards. ``gain`` is g;
    without demodulation it belongs into the style.

    The largest float16 is 65504. For any a_n, b_o > 0:  d conv(s x, W) = (d a b) conv((s / a) x, W / b), exactly,
    because d is computed from the unscaled s and W (1 / |s W| falls as s and W grow, so d a b stays moderate).
    With a = max |s_n| and b_o = max |W_o| sqrt(9 I), every product is at most max |x| / sqrt(9 I), and the sum of 9 I
    products is at most sqrt(9 I) max |x|: 17,400 for I = 512 and features clamped to 256.
    """
    scale = None if kernel.squares is None else demodulation(style, kernel.squares) * gain
    if kernel.size is not None:
        peak = style.abs().amax(dim=1, keepdim=True).clamp_min(EPSILON)
        style = style / peak
        scale = peak * kernel.size if scale is None else scale * peak * kernel.size
    x = convolve(x * _as_planes(style, x), kernel.weight)
    return x if scale is None else x * _as_planes(scale, x)


def modulated_weight(weight: Tensor, style: Tensor, squares: Tensor | None, gain: Tensor | float = 1.0) -> Tensor:
    """Return one sample's weight, w''_oik = gain d_o s_i W_oik  [2, eqs. 1 and 3], as float32 [O, I, k, k].

    ``style`` is s [1, I]. If ``squares`` is None, there is no demodulation, and d_o is 1. Scaling the weight is the
    paper's own form. It is faster for a single picture whose features are larger than the weight, because the features
    then need no scaling.
    """
    weight = weight * style[0, :, None, None]
    if squares is None:
        return weight if gain == 1 else weight * gain
    return weight * (demodulation(style, squares)[0] * gain)[:, None, None, None]


def _as_planes(values: Tensor, like: Tensor) -> Tensor:
    """Reshape ``values`` [n, C] to [n, C, 1, 1] and convert them to the precision of ``like``."""
    return values.to(like.dtype)[:, :, None, None]


def seeded_noise(seeds: Sequence[int], layer: int, size: tuple[int, int], device: torch.device) -> Tensor:
    """Return noise [len(seeds), 1, H, W], sampled from N(0, 1). ``size`` is (H, W).

    It depends only on seed, layer and size, not on the device. NumPy guarantees that RandomState's stream never
    changes, so a picture with random noise can be drawn again at any time.
    """
    planes = [np.random.RandomState([seed, layer]).standard_normal((1, *size)).astype(np.float32) for seed in seeds]
    return torch.from_numpy(np.stack(planes)).to(device)


def to_uint8(x: Tensor) -> Tensor:
    """Convert ``x`` [n, C, H, W] in [-1, 1] to [n, H, W, C] uint8: trunc(clamp(127.5 x + 128, 0, 255)).

    C is 3 for red, green and blue, or 4 with opacity. Grey, a C of 1, becomes three equal colours.
    """
    pixels = (x.float() * 127.5 + 128).clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1)
    return (pixels.expand(-1, -1, -1, 3) if pixels.shape[3] == 1 else pixels).contiguous()
