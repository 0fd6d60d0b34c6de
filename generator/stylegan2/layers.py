"""Defines the layers of a StyleGAN2 generator: styled convolution, ToRGB, shortcut and block.

Knows nothing about z, recipes or files. [1] and [2] are the papers named in generator/stylegan/ops.py.
"""

import math
from collections.abc import Sequence
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from generator.stylegan import ops
from generator.stylegan.layers import ModulatedConv, needs_gradient
from generator.stylegan2 import convolutions, filters, winograd
from generator.stylegan2.hyperparameters import Hyperparameters


class StyledConv(ModulatedConv):
    """A modulated 3x3 convolution, followed by noise, bias and activation  [2, fig. 2d and eqs. 1-3].

    If ``up`` is set, it also doubles the height and width.
    """

    noise_const: Tensor

    def __init__(self, inputs: int, outputs: int, resolution: int, hyper: Hyperparameters, up: bool = False):
        super().__init__(inputs, outputs, 3, hyper.w_dim, demodulate=True, up=up)
        self.resolution, self.hyper = resolution, hyper
        if hyper.use_noise:
            self.register_buffer("noise_const", torch.empty(hyper.size_of(resolution)))
            self.noise_strength = nn.Parameter(torch.empty(()))

    def forward(self, x: Tensor, w: Tensor, noise: Tensor | None, gain: float = 1.0) -> Tensor:
        """Map x [n, I, h, w], w [n, w_dim] and noise [n or 1, 1, H, W] (or None) to [n, O, H, W].

        ``gain`` multiplies both the result and the limit conv_clamp.
        """
        style = self.affine(w)
        if not needs_gradient(x, style):
            forward = self._forward_single if self.should_fold(x) else self._forward_in_place
            return forward(x, style, noise, gain)
        early, late = self._split_gain(gain)
        x = ops.modulated_conv(x, style, self.kernel(x.dtype), self._convolve, early)
        if noise is not None:
            x = x + (noise * (self.noise_strength * early)).to(x.dtype)
        x = x + (self.bias * early).to(x.dtype)[:, None, None]
        return ops.activate(x, self.hyper.activation, late, self._limit(gain))

    def _forward_in_place(self, x: Tensor, style: Tensor, noise: Tensor | None, gain: float) -> Tensor:
        """Compute ``forward`` for inference: each step after the convolution overwrites its output in place."""
        kernel = self.cached("winograd", self._transformed) if self._uses_winograd(x) else self.kernel(x.dtype)
        x = ops.modulated_conv(x, style, kernel, self._convolve)
        if noise is not None:
            x.add_((noise * self.noise_strength).to(x.dtype))
        x.add_(self.bias.to(x.dtype)[:, None, None])
        return ops.activate_(x, self.hyper.activation, self._total_gain(gain), self._limit(gain))

    def _forward_single(self, x: Tensor, style: Tensor, noise: Tensor | None, gain: float) -> Tensor:
        """Compute ``forward`` for inference on a single picture.

        Linear steps are folded into the weight and bias, so only two passes over the features follow the convolution.
        """
        early, late = self._split_gain(gain)
        weight = ops.modulated_weight(self.weight, style, self.kernel(x.dtype).squares, early).to(x.dtype)
        weight = (weight.transpose(0, 1) if self.up else weight).contiguous(memory_format=torch.channels_last)
        weight = winograd.transform(weight) if self._uses_winograd(x) else weight
        x = self._convolve(x, weight, (self.bias * early).to(x.dtype))
        if noise is not None:
            x.add_((noise * (self.noise_strength * early)).to(x.dtype))
        return ops.activate_(x, self.hyper.activation, late, self._limit(gain))

    def _uses_winograd(self, x: Tensor) -> bool:
        return not self.up and winograd.pays(x, self.weight)

    def _transformed(self) -> ops.Kernel:
        return ops.Kernel(winograd.transform(self.weight), ops.sum_squares(self.weight), None)

    def _total_gain(self, gain: float) -> float:
        return ops.ACTIVATIONS[self.hyper.activation].gain * gain

    def _split_gain(self, gain: float) -> tuple[float, float]:
        """Return the factors before and after the activation. The first costs no pass over the features."""
        total = self._total_gain(gain)
        return (total, 1.0) if ops.is_homogeneous(self.hyper.activation) else (1.0, total)

    def _limit(self, gain: float) -> float | None:
        return None if self.hyper.conv_clamp is None else self.hyper.conv_clamp * gain

    def _convolve(self, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        if self.up:
            return filters.upsampling_conv(x, weight, self.hyper.resample_filter, bias)
        if weight.ndim == 3:
            return winograd.convolve(x, weight, bias)
        return convolutions.convolve(x, weight, bias)


class ToRGB(ModulatedConv):
    """A modulated 1x1 convolution to colours, without demodulation  [2, section 2.2]. The result is always float32."""

    def __init__(self, inputs: int, hyper: Hyperparameters):
        super().__init__(inputs, hyper.img_channels, 1, hyper.w_dim, demodulate=False)
        self.gain, self.hyper = 1 / math.sqrt(inputs), hyper

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """Map x [n, C, H, W] and w [n, w_dim] to colours [n, c, H, W] in float32."""
        style = self.affine(w) * self.gain
        if self.should_fold(x) and not needs_gradient(x, style):
            weight = ops.modulated_weight(self.weight, style, None).to(x.dtype)
            x = _to_float32(x, weight.contiguous(memory_format=torch.channels_last))
        else:
            x = ops.modulated_conv(x, style, self.kernel(x.dtype), _to_float32)
        return ops.activate(x + self.bias[:, None, None], "linear", clamp=self.hyper.conv_clamp)


def _to_float32(x: Tensor, weight: Tensor) -> Tensor:
    colours = F.conv2d(x, weight)
    if x.device.type != "cpu":
        return colours.float()
    # Some convolutions return NCHW, in which upsampling three colours takes four times as long.
    return colours.to(torch.float32, memory_format=torch.channels_last)


class Skip(nn.Module):
    """The shortcut of a residual block: a 1x1 convolution, then upsampling, with a gain of sqrt(1/2)  [2, fig. 7c]."""

    def __init__(self, inputs: int, outputs: int, taps: Sequence[float]):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs, 1, 1))
        self.gain, self.taps = math.sqrt(0.5 / inputs), taps

    def forward(self, x: Tensor) -> Tensor:
        """Map ``x`` [n, I, h, w] to [n, O, 2h, 2w]."""
        return filters.upsample(F.conv2d(x, (self.weight * self.gain).to(x.dtype)), self.taps)


class Block(nn.Module):
    """The layers of the block of resolution R = 2^j: conv0, which upsamples and is left out at R = 4, conv1 and torgb.

    These layers take the styles w[2j-5], w[2j-4] and w[2j-3]. In architectures other than "skip", only the last block
    has torgb. In "resnet", a shortcut bypasses conv0 and conv1.
    """

    def __init__(self, resolution: int, hyper: Hyperparameters):
        super().__init__()
        self.resolution, self.hyper = resolution, hyper
        channels = hyper.channels[resolution]
        self.last_w = 2 * resolution.bit_length() - 5  # bit_length is j + 1
        if resolution == 4:
            self.const = nn.Parameter(torch.empty(channels, *hyper.const_size))
        else:
            self.conv0 = StyledConv(hyper.channels[resolution // 2], channels, resolution, hyper, up=True)
            if hyper.architecture == "resnet":
                self.skip = Skip(hyper.channels[resolution // 2], channels, hyper.resample_filter)
        self.conv1 = StyledConv(channels, channels, resolution, hyper)
        if hyper.architecture == "skip" or resolution == hyper.resolution:
            self.torgb = ToRGB(channels, hyper)

    def forward(
        self, x: Tensor, image: Tensor | None, w: Tensor, noises: Sequence[Tensor | None]
    ) -> tuple[Tensor, Tensor | None]:
        """Return this block's features and picture, given those of the previous block.

        In the first block, ``x`` is the learned constant and ``image`` is None. The picture is None until the first
        torgb.
        """
        x = self._features(x, w, noises)
        if image is not None:
            image = filters.upsample(image, self.hyper.resample_filter)
        if hasattr(self, "torgb"):
            colours = self.torgb(x, w[:, self.last_w])
            image = colours if image is None else image + colours
        return x, image

    def _features(self, x: Tensor, w: Tensor, noises: Sequence[Tensor | None]) -> Tensor:
        second = self.last_w - 1
        if self.resolution == 4:
            return cast(Tensor, self.conv1(x, w[:, second], noises[second]))
        y = self.conv0(x, w[:, second - 1], noises[second - 1])
        if self.hyper.architecture != "resnet":
            return cast(Tensor, self.conv1(y, w[:, second], noises[second]))
        return cast(Tensor, self.skip(x) + self.conv1(y, w[:, second], noises[second], gain=math.sqrt(0.5)))
