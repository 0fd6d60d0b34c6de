"""Defines the discriminator: residual blocks, minibatch standard deviation, and projection of the condition.

Knows nothing about losses or data. Only training needs a discriminator, so published checkpoints do not contain it.
"""

from collections.abc import Mapping
from typing import TypeVar, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from generator.stylegan2.filters import fir_filter

ROOT_2 = 2**0.5

Module = TypeVar("Module", bound=nn.Module)


class EqualizedLayer(nn.Module):
    """A convolution or a linear layer with an equalised learning rate (Karras et al. 2018, section 4.1).

    Its weights are initialised from N(0, 1) and scaled by 1/sqrt(fan in) in each forward pass. The layer is a
    convolution with kernels of ``size`` pixels, or a linear layer if ``size`` is 0. Its output is multiplied by
    ``gain``.
    """

    def __init__(self, inputs: int, outputs: int, size: int = 0, bias: bool = True, gain: float = 1.0) -> None:
        super().__init__()
        shape = (outputs, inputs, size, size) if size else (outputs, inputs)
        self.weight = nn.Parameter(torch.randn(shape))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.scale, self.gain = gain * (inputs * max(size, 1) ** 2) ** -0.5, gain

    def forward(self, x: Tensor, stride: int = 1, padding: int = 0) -> Tensor:
        """Map [n, inputs, h, w] to [n, outputs, h', w'], or [n, inputs] to [n, outputs] in a linear layer."""
        weight = self.weight * self.scale
        bias = self.bias * self.gain if self.bias is not None else None
        if weight.dim() == 2:
            return F.linear(x, weight, bias)
        return F.conv2d(x, weight, bias, stride=stride, padding=padding)


def activate(x: Tensor) -> Tensor:
    """Apply leaky ReLU with slope 0.2 in place.

    The preceding layer applies the gain sqrt(2) that preserves the variance. The result is the same, since
    f(a x) = a f(x) for a > 0, but this saves one pass over the features.
    """
    return F.leaky_relu_(x, 0.2)


def blur(x: Tensor, padding: int, stride: int = 1) -> Tensor:
    """Blur [n, c, h, w] with the filter [1, 3, 3, 1] / 8 along both axes, and keep every ``stride``-th pixel.

    Blurring prevents aliasing when the resolution is halved (Zhang 2019).
    """
    return fir_filter(x, (1, 3, 3, 1), padding, padding, stride=stride)


def channels_last(module: Module) -> Module:
    """Change the memory layout of all convolution weights to channels last, and return the module.

    Features also have this layout, so weights need not be converted in each step.
    """
    for parameter in module.parameters():
        if parameter.dim() == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    return module


class ResidualBlock(nn.Module):
    """A residual block that halves the resolution (Karras et al. 2020, figure 7c and section 4.1)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        # The sum of both paths is scaled by sqrt(1/2). In conv1 this cancels the activation's gain sqrt(2).
        self.conv0 = EqualizedLayer(inputs, inputs, 3, gain=ROOT_2)
        self.conv1 = EqualizedLayer(inputs, outputs, 3)
        self.skip = EqualizedLayer(inputs, outputs, 1, bias=False, gain=1 / ROOT_2)

    def forward(self, x: Tensor) -> Tensor:
        """Map [n, inputs, h, w] to [n, outputs, h/2, w/2]."""
        short = self.skip(blur(x, padding=1, stride=2))
        x = activate(self.conv0(x, padding=1))
        x = activate(self.conv1(blur(x, padding=2), stride=2))
        return cast(Tensor, x + short)


def minibatch_deviation(x: Tensor, group: int = 4) -> Tensor:
    """Append a channel with the standard deviation over a group of pictures (Karras et al. 2018, section 3).

    Maps [n, c, h, w] to [n, c + 1, h, w]. The standard deviation is averaged over all channels and pixels, so the
    new channel is constant over a picture. A group has ``group`` pictures, or fewer if ``group`` does not divide n.
    """
    count = x.shape[0]
    group = next(g for g in range(min(group, count), 0, -1) if count % g == 0)
    members = x.float().view(group, count // group, *x.shape[1:])  # [group, n/group, c, h, w]
    deviation = (members.var(dim=0, correction=0) + 1e-8).sqrt().mean(dim=(1, 2, 3))  # [n/group]
    channel = deviation.repeat(group).view(count, 1, 1, 1).expand(count, 1, *x.shape[2:])
    return torch.cat([x, channel.to(x.dtype)], dim=1)


class Discriminator(nn.Module):
    """Scores how real pictures look, given the labels and knobs that they should show (the condition).

    ``channels`` maps every resolution from 4 to ``resolution`` to the number of feature channels.
    ``condition`` is the length of the condition vector, or 0 if there is none.
    ``classes`` is the number of trait values that the network also learns to classify (Odena et al. 2017), or 0.
    """

    def __init__(
        self, resolution: int, channels: Mapping[int, int], condition: int = 0, img_channels: int = 3, classes: int = 0
    ) -> None:
        super().__init__()
        self.resolution = resolution
        sizes = [resolution >> i for i in range(resolution.bit_length() - 3)]  # resolution, ..., 8
        self.from_rgb = EqualizedLayer(img_channels, channels[resolution], 1, gain=ROOT_2)
        self.blocks = nn.ModuleList(ResidualBlock(channels[size], channels[size // 2]) for size in sizes)
        self.conv = EqualizedLayer(channels[4] + 1, channels[4], 3, gain=ROOT_2)
        self.dense = EqualizedLayer(channels[4] * 16, channels[4], gain=ROOT_2)
        self.out = EqualizedLayer(channels[4], 1)
        self.embed = EqualizedLayer(condition, channels[4]) if condition else None
        self.classify = EqualizedLayer(channels[4], classes) if classes else None

    def features(self, pictures: Tensor) -> list[Tensor]:
        """Return the output of every block, finest resolution first.

        ``pictures`` is [n, 3, resolution, resolution] in [-1, 1].
        """
        # On processors with native bfloat16, channels last takes about a third of the time of other layouts.
        x = activate(self.from_rgb(pictures.contiguous(memory_format=torch.channels_last)))
        activations = []
        for block in self.blocks:
            x = block(x)
            activations.append(x)
        return activations

    def represent(self, features: list[Tensor]) -> Tensor:
        """Return the representation phi(x) [n, channels[4]] in float32, computed from the result of :meth:`features`.

        Scores and class logits are linear functions of phi(x).
        """
        x = activate(self.conv(minibatch_deviation(features[-1]), padding=1))
        return activate(self.dense(x.flatten(1))).float()

    def score(self, phi: Tensor, condition: Tensor | None = None) -> Tensor:
        """Return the scores [n], c^T V phi(x) + psi(phi(x)), for conditions [n, c] (Miyato and Koyama 2018, eq. 3)."""
        score: Tensor = self.out(phi).float().squeeze(1)
        if self.embed is not None:
            assert condition is not None
            score = score + (self.embed(condition).float() * phi).sum(dim=1) / phi.shape[1] ** 0.5
        return score

    def forward(self, pictures: Tensor, condition: Tensor | None = None) -> Tensor:
        """Return the scores [n] of pictures; pictures that look more real have larger scores."""
        return self.score(self.represent(self.features(pictures)), condition)
