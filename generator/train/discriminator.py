"""The discriminator: residual blocks, minibatch standard deviation, projection of the condition.

Knows nothing of losses or data. Only training needs it, so no checkpoint for pictures carries one.
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
    """A convolution or linear layer, weights N(0, 1), scaled by 1/sqrt(fan in) at run time (Karras et al. 2018, section 4.1)."""

    def __init__(self, inputs: int, outputs: int, size: int = 0, bias: bool = True, gain: float = 1.0) -> None:
        super().__init__()
        shape = (outputs, inputs, size, size) if size else (outputs, inputs)
        self.weight = nn.Parameter(torch.randn(shape))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.scale, self.gain = gain * (inputs * max(size, 1) ** 2) ** -0.5, gain

    def forward(self, x: Tensor, stride: int = 1, padding: int = 0) -> Tensor:
        """x: [n, inputs, h, w] or [n, inputs] -> ``gain`` times the same with ``outputs``."""
        weight = self.weight * self.scale
        bias = self.bias * self.gain if self.bias is not None else None
        if weight.dim() == 2:
            return F.linear(x, weight, bias)
        return F.conv2d(x, weight, bias, stride=stride, padding=padding)


def activate(x: Tensor) -> Tensor:
    """Leaky ReLU of slope 0.2, in place.

    The gain sqrt(2) that keeps the variance is in the layer before it: f(a x) = a f(x) for a > 0, and there it costs no pass over
    the features.
    """
    return F.leaky_relu_(x, 0.2)


def blur(x: Tensor, padding: int, stride: int = 1) -> Tensor:
    """Filter [n, c, h, w] with [1, 3, 3, 1] / 8 along both axes, so that halving the size does not alias (Zhang 2019)."""
    return fir_filter(x, (1, 3, 3, 1), padding, padding, stride=stride)


def channels_last(module: Module) -> Module:
    """Lay the convolutions' weights out as the features are, so that they need not be turned round in every step."""
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
        """x: [n, inputs, h, w] -> [n, outputs, h/2, w/2]."""
        short = self.skip(blur(x, padding=1, stride=2))
        x = activate(self.conv0(x, padding=1))
        x = activate(self.conv1(blur(x, padding=2), stride=2))
        return cast(Tensor, x + short)


def minibatch_deviation(x: Tensor, group: int = 4) -> Tensor:
    """Append one channel: the standard deviation over groups of pictures, averaged over everything (Karras et al. 2018, section 3).

    x: [n, c, h, w] -> [n, c + 1, h, w]. The group shrinks to a divisor of n.
    """
    count = x.shape[0]
    group = next(g for g in range(min(group, count), 0, -1) if count % g == 0)
    members = x.float().view(group, count // group, *x.shape[1:])  # [group, n/group, c, h, w]
    deviation = (members.var(dim=0, correction=0) + 1e-8).sqrt().mean(dim=(1, 2, 3))  # [n/group]
    channel = deviation.repeat(group).view(count, 1, 1, 1).expand(count, 1, *x.shape[2:])
    return torch.cat([x, channel.to(x.dtype)], dim=1)


class Discriminator(nn.Module):
    """Tells real pictures from made ones, given the condition that both were asked to show.

    ``channels``: width of every resolution from 4 up to ``resolution``; ``condition``: length of the condition vector (0 for none);
    ``classes``: how many values of traits it also learns to name (Odena et al. 2017; 0 for none).
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
        """The activations after every block, finest first; pictures: [n, 3, resolution, resolution] in [-1, 1]."""
        # Channels last takes about a third of the time on processors that multiply bfloat16.
        x = activate(self.from_rgb(pictures.contiguous(memory_format=torch.channels_last)))
        found = []
        for block in self.blocks:
            x = block(x)
            found.append(x)
        return found

    def represent(self, features: list[Tensor]) -> Tensor:
        """phi(x) [n, channels[4]], float32, of which scores and classes are linear functions; from :meth:`features`."""
        x = activate(self.conv(minibatch_deviation(features[-1]), padding=1))
        return activate(self.dense(x.flatten(1))).float()

    def score(self, phi: Tensor, condition: Tensor | None = None) -> Tensor:
        """Scores [n]: c^T V phi(x) + psi(phi(x)) (Miyato and Koyama 2018, eq. 3); phi: [n, channels[4]], condition: [n, c]."""
        score: Tensor = self.out(phi).float().squeeze(1)
        if self.embed is not None:
            assert condition is not None
            score = score + (self.embed(condition).float() * phi).sum(dim=1) / phi.shape[1] ** 0.5
        return score

    def forward(self, pictures: Tensor, condition: Tensor | None = None) -> Tensor:
        """Scores [n], larger for what looks real."""
        return self.score(self.represent(self.features(pictures)), condition)
