"""Defines the layers of a StyleGAN3 generator: the input, the filtered convolution and ToRGB.

Knows nothing about z, recipes or files. [1] is the paper named in hyperparameters.py.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from generator.stylegan import ops
from generator.stylegan.layers import Dense, ModulatedConv
from generator.stylegan3.filters import filtered_lrelu
from generator.stylegan3.hyperparameters import Hyperparameters, LayerShape


class FourierInput(nn.Module):
    """Waves of fixed frequencies, turned and shifted as w says, and mixed  [1, section 3.2 and appendix F]."""

    freqs: Tensor
    phases: Tensor
    transform: Tensor

    def __init__(self, hyper: Hyperparameters):
        super().__init__()
        self.size, self.rate, self.bandwidth = hyper.sizes[0], hyper.rates[0], hyper.bandwidth
        count = hyper.channels[0]
        self.weight = nn.Parameter(torch.empty(count, count))
        self.affine = Dense(hyper.w_dim, 4)
        self.register_buffer("transform", torch.empty(3, 3))
        self.register_buffer("freqs", torch.empty(count, 2))  # x, y; in periods per width of the picture
        self.register_buffer("phases", torch.empty(count))  # in periods

    def forward(self, w: Tensor, transform: Tensor) -> Tensor:
        """Return features [n, C, size, size] for w [n, w_dim].

        ``transform`` [n or 1, 3, 3] maps places of the moved picture to places of the picture as w has it. The picture
        is [-0.5, 0.5] on both axes, x to the right and y downwards.
        """
        placement = _placement(self.affine(w)) @ self.transform @ transform  # [n, 3, 3]
        freqs = self.freqs @ placement[:, :2, :2]  # [n, C, 2]
        phases = self.phases + (self.freqs @ placement[:, :2, 2:]).squeeze(2)  # [n, C]
        # A wave fades from the bandwidth on, and is gone at the highest frequency that the samples can show.
        excess = (freqs.norm(dim=2) - self.bandwidth) / (self.rate / 2 - self.bandwidth)
        amplitudes = (1 - excess).clamp(0, 1)
        at = (torch.arange(self.size, device=w.device) + 0.5 - self.size / 2) / self.rate
        periods = freqs[:, :, :1, None] * at + freqs[:, :, 1:, None] * at[:, None] + phases[:, :, None, None]
        waves = torch.sin(periods * (2 * math.pi)) * amplitudes[:, :, None, None]
        return F.conv2d(waves, (self.weight / math.sqrt(len(self.weight)))[:, :, None, None])


def _placement(t: Tensor) -> Tensor:
    """Return the matrices [n, 3, 3] of a rotation and a translation that ``t`` [n, 4] = (cos, sin, x, y) describes."""
    cos, sin, x, y = (t / t[:, :2].norm(dim=1, keepdim=True)).unbind(1)
    zero, one = torch.zeros_like(x), torch.ones_like(x)
    rotation = torch.stack([cos, -sin, zero, sin, cos, zero, zero, zero, one], 1).view(-1, 3, 3)
    translation = torch.stack([one, zero, -x, zero, one, -y, zero, zero, one], 1).view(-1, 3, 3)
    return rotation @ translation


class FilteredConv(ModulatedConv):
    """A modulated convolution and a nonlinearity that adds no frequencies  [1, figure 4b].

    Its result has, beside the picture, a margin on each side  [1, section 3.1].
    """

    magnitude_ema: Tensor
    up_filter: Tensor
    down_filter: Tensor

    def __init__(self, shape: LayerShape, hyper: Hyperparameters):
        super().__init__(shape.in_channels, shape.out_channels, shape.kernel, hyper.w_dim, demodulate=True)
        self.shape, self.clamp = shape, hyper.conv_clamp
        self.register_buffer("magnitude_ema", torch.empty(()))
        self.register_buffer("up_filter", torch.empty(shape.up_taps))
        self.register_buffer("down_filter", torch.empty([shape.down_taps] * (2 if shape.radial else 1)))

    def forward(self, x: Tensor, w: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
        """Map x [n, I, in_size, in_size] and w [n, w_dim] to [n, O, out_size, out_size] of type ``dtype``."""
        style, gain = self.affine(w), self.magnitude_ema.rsqrt()
        bias, padding = self.bias.to(x.dtype), self.shape.kernel - 1
        if self.should_fold(x):
            weight = ops.modulated_weight(self.weight, style, self.kernel(x.dtype).squares, gain).to(x.dtype)
            weight = weight.contiguous(memory_format=torch.channels_last)

            def convolve(part: slice) -> Tensor:
                return F.conv2d(x, weight[part], bias[part], padding=padding)

        else:
            features = ops.modulated_conv(x, style, self.kernel(x.dtype), self._convolve, gain)
            features = features + bias[:, None, None]

            def convolve(part: slice) -> Tensor:
                return features[:, part]

        return filtered_lrelu(convolve, len(x), self.up_filter, self.down_filter, self.shape, self.clamp, dtype)

    def _convolve(self, x: Tensor, weight: Tensor) -> Tensor:
        return F.conv2d(x, weight, padding=self.shape.kernel - 1)


class ToRGB(ModulatedConv):
    """A modulated 1x1 convolution to colours, without demodulation. The result is always float32."""

    magnitude_ema: Tensor

    def __init__(self, shape: LayerShape, hyper: Hyperparameters):
        super().__init__(shape.in_channels, shape.out_channels, 1, hyper.w_dim, demodulate=False)
        self.gain, self.clamp, self.scale = 1 / math.sqrt(shape.in_channels), hyper.conv_clamp, hyper.output_scale
        self.register_buffer("magnitude_ema", torch.empty(()))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """Map x [n, C, R, R] and w [n, w_dim] to colours [n, c, R, R] in float32, nominally in [-1, 1]."""
        style = self.affine(w) * (self.gain * self.magnitude_ema.rsqrt())
        x = ops.modulated_conv(x, style, self.kernel(x.dtype), _to_float32) + self.bias[:, None, None]
        return (x if self.clamp is None else x.clamp(-self.clamp, self.clamp)) * self.scale


def _to_float32(x: Tensor, weight: Tensor) -> Tensor:
    return F.conv2d(x, weight).float()
