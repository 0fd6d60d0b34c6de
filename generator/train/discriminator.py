"""Defines the discriminator: residual blocks, minibatch standard deviation, projection of the condition.

Does not know losses or data. Only training needs it, so published checkpoints do not contain it.
"""

from collections.abc import Mapping
from typing import TypeVar, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from generator.stylegan2.ops import fir_filter

ROOT_2 = 2**0.5

Module = TypeVar("Module", bound=nn.Module)


class EqualizedLayer(nn.Module):
    """A convolution or linear layer with N(0, 1) weights scaled by 1/sqrt(fan in) (Karras et al. 2018, section 4.1)."""

    def __init__(self, inputs: int, outputs: int, size: int = 0, bias: bool = True, gain: float = 1.0) -> None:
        super().__init__()
        shape = (outputs, inputs, size, size) if size else (outputs, inputs)
        self.weight = nn.Parameter(torch.randn(shape))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.scale, self.gain = gain * (inputs * max(size, 1) ** 2) ** -0.5, gain

    def forward(self, x: Tensor, stride: int = 1, padding: int = 0) -> Tensor:
        """Map x [n, inputs, h, w] or [n, inputs] to ``gain`` times the layer's output, with ``outputs`` channels."""
        weight = self.weight * self.scale
        bias = self.bias * self.gain if self.bias is not None else None
        if weight.dim() == 2:
            return F.linear(x, weight, bias)
        return F.conv2d(x, weight, bias, stride=stride, padding=padding)


def activate(x: Tensor) -> Tensor:
    """Apply leaky ReLU with slope 0.2 in place.

    Its gain sqrt(2), which preserves the variance, is in the layer before: f(a x) = a f(x) for a > 0, and there it
    costs no pass over the features.
    """
    return F.leaky_relu_(x, 0.2)


def blur(x: Tensor, padding: int, stride: int = 1) -> Tensor:
    """Filter [n, c, h, w] with [1, 3, 3, 1] / 8 along both axes, so that halving does not alias (Zhang 2019)."""
    return fir_filter(x, (1, 3, 3, 1), padding, padding, stride=stride)


def channels_last(module: Module) -> Module:
    """Store the convolutions' weights in the layout of the features, so that no step has to convert them."""
    for parameter in module.parameters():
        if parameter.dim() == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    return module


class ResidualBlock(nn.Module):
    """One residual block that halves the resolution (Karras et al. 2020, figure 7c and section 4.1)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        # The sum of both paths is scaled by sqrt(1/2), which cancels conv1's own sqrt(2).
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
    """Append the standard deviation over groups of pictures, averaged to one channel (Karras et al. 2018, section 3).

    x: [n, c, h, w] -> [n, c + 1, h, w]. The group shrinks to a divisor of n.
    """
    count = x.shape[0]
    group = next(g for g in range(min(group, count), 0, -1) if count % g == 0)
    members = x.float().view(group, count // group, *x.shape[1:])  # [group, n/group, c, h, w]
    deviation = (members.var(dim=0, correction=0) + 1e-8).sqrt().mean(dim=(1, 2, 3))  # [n/group]
    channel = deviation.repeat(group).view(count, 1, 1, 1).expand(count, 1, *x.shape[2:])
    return torch.cat([x, channel.to(x.dtype)], dim=1)


class Discriminator(nn.Module):
    """Scores how real pictures look, given the condition that they should show.

    ``channels``: width at every resolution from 4 to ``resolution``; ``condition``: length of the condition vector or
    0; ``classes``: number of trait values that it also learns to classify (Odena et al. 2017) or 0.
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
        """Return every block's activations, finest first; pictures: [n, 3, resolution, resolution] in [-1, 1]."""
        # Channels last takes about a third of the time on processors that compute bfloat16 natively.
        x = activate(self.from_rgb(pictures.contiguous(memory_format=torch.channels_last)))
        activations = []
        for block in self.blocks:
            x = block(x)
            activations.append(x)
        return activations

    def represent(self, features: list[Tensor]) -> Tensor:
        """Return phi(x) [n, channels[4]], float32, from :meth:`features`; scores and classes are linear in it."""
        x = activate(self.conv(minibatch_deviation(features[-1]), padding=1))
        return activate(self.dense(x.flatten(1))).float()

    def score(self, phi: Tensor, condition: Tensor | None = None) -> Tensor:
        """Return scores [n]: c^T V phi(x) + psi(phi(x)) (Miyato and Koyama 2018, eq. 3); condition: [n, c]."""
        score: Tensor = self.out(phi).float().squeeze(1)
        if self.embed is not None:
            assert condition is not None
            score = score + (self.embed(condition).float() * phi).sum(dim=1) / phi.shape[1] ** 0.5
        return score

    def forward(self, pictures: Tensor, condition: Tensor | None = None) -> Tensor:
        """Return scores [n], larger for pictures that look real."""
        return self.score(self.represent(self.features(pictures)), condition)
