"""Defines the discriminator: blocks that halve the picture, minibatch standard deviation, projection of the condition.

Knows nothing about losses, data or files. Only training needs a discriminator, so published networks come without one.
[1] is Karras et al. 2020, "Analyzing and Improving the Image Quality of StyleGAN"; [2] is Karras et al. 2020, "Training
Generative Adversarial Networks with Limited Data".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Self, TypeVar, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from generator.stylegan import ops
from generator.stylegan.layers import Dense
from generator.stylegan2 import convolutions
from generator.stylegan2.filters import fir_filter

ROOT_2 = 2**0.5
ARCHITECTURES = ("resnet", "skip", "orig")  # variants in figure 7 of [1]

Module = TypeVar("Module", bound=nn.Module)


@dataclass(frozen=True)
class Labels:
    """How the discriminators of other programs take the label: a mapping network computes a vector from it [2].

    The score is the product of that vector with as many outputs of the last layer. Without an embedding and layers,
    the label itself is that vector.
    """

    c_dim: int  # length of the label
    embed: int = 0  # width of the embedded label; 0 if it is not embedded
    widths: tuple[int, ...] = ()  # widths of the layers that follow the embedding
    lr: float = 0.01  # learning-rate multiplier of these layers

    @property
    def outputs(self) -> int:
        """The length of the vector."""
        return self.widths[-1] if self.widths else self.embed or self.c_dim


@dataclass(frozen=True)
class Shape:
    """All that determines a discriminator's tensors and arithmetic. Raises ValueError for an unknown architecture."""

    resolution: int  # of the first block; a power of two
    channels: Mapping[int, int]  # resolution of a block, 4 to ``resolution`` -> number of its feature maps
    img_channels: int = 3
    start: tuple[int, int] = (4, 4)  # height and width of the last block's features; pictures have the same proportions
    condition: int = 0  # length of the condition vector whose linear projection is added to the score, or 0
    classes: int = 0  # number of trait values that the network also learns to classify (Odena et al. 2017), or 0
    architecture: str = "resnet"
    features: int = 0  # length of phi(x), the representation of a picture; 0 stands for channels[4]
    group: int = 4  # pictures in a group for the minibatch deviation
    deviations: int = 1  # number of channels with a minibatch deviation
    clamp: float | None = None  # features are clamped to +-clamp; None means no clamping
    taps: tuple[float, ...] = (1, 3, 3, 1)  # of the low-pass filter in front of each halving
    labels: Labels | None = None

    def __post_init__(self) -> None:
        if self.architecture not in ARCHITECTURES:
            raise ValueError(f"architecture is {self.architecture!r}, not one of {', '.join(ARCHITECTURES)}")
        object.__setattr__(self, "channels", {int(size): count for size, count in self.channels.items()})
        object.__setattr__(self, "start", tuple(self.start))
        object.__setattr__(self, "taps", tuple(map(float, self.taps)))

    @property
    def phi(self) -> int:
        """The length of the representation phi(x)."""
        return self.features or self.channels[4]

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain values that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Rebuild the object from the result of ``to_dict``, also after it went through JSON."""
        labels = values.get("labels")
        made = Labels(**{**labels, "widths": tuple(labels["widths"])}) if labels else None
        return cls(**{**values, "labels": made})


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

    def forward(self, x: Tensor, stride: int = 1) -> Tensor:
        """Map [n, inputs, h, w] to [n, outputs, h, w], or [n, inputs] to [n, outputs] in a linear layer.

        With a ``stride`` of 2, the result of a 3x3 convolution is [n, outputs, (h - 1) / 2, (w - 1) / 2].
        """
        weight = self.weight * self.scale
        bias = self.bias * self.gain if self.bias is not None else None
        if weight.dim() == 2:
            return F.linear(x, weight, bias)
        if weight.shape[2] == 1:
            return F.conv2d(x, weight, bias)
        convolve = convolutions.convolve if stride == 1 else convolutions.convolve_strided
        return convolve(x, weight, bias)


def activate(x: Tensor, clamp: float | None = None) -> Tensor:
    """Apply leaky ReLU with slope 0.2 in place, then limit the result to +-``clamp``, if it is given.

    The preceding layer applies the gain sqrt(2) that preserves the variance. The result is the same, since
    f(a x) = a f(x) for a > 0, but this saves one pass over the features.
    """
    x = F.leaky_relu_(x, 0.2)
    return x if clamp is None else x.clamp(-clamp, clamp)


def halve(x: Tensor, taps: Sequence[float]) -> Tensor:
    """Blur [n, c, h, w] and keep every second pixel: [n, c, h/2, w/2].

    Blurring prevents aliasing when the resolution is halved (Zhang 2019).
    """
    return fir_filter(x, taps, (len(taps) - 1) // 2, (len(taps) - 2) // 2, stride=2)


def channels_last(module: Module) -> Module:
    """Change the memory layout of all convolution weights to channels last, and return the module.

    Features also have this layout, so weights need not be converted in each step.
    """
    for parameter in module.parameters():
        if parameter.dim() == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    return module


class Block(nn.Module):
    """A block that halves the resolution  [1, figure 7 and section 4.1].

    In "resnet" the shortcut ``skip`` bypasses the convolutions. In "skip" every block but the first also takes the
    picture, halved as often as the features were.
    """

    def __init__(self, inputs: int, outputs: int, shape: Shape, takes_picture: bool = False) -> None:
        super().__init__()
        residual = shape.architecture == "resnet"
        # The sum of both paths is scaled by sqrt(1/2). In conv1 this cancels the activation's gain sqrt(2).
        self.conv0 = EqualizedLayer(inputs, inputs, 3, gain=ROOT_2)
        self.conv1 = EqualizedLayer(inputs, outputs, 3, gain=1 if residual else ROOT_2)
        self.skip = EqualizedLayer(inputs, outputs, 1, bias=False, gain=1 / ROOT_2) if residual else None
        self.from_rgb = EqualizedLayer(shape.img_channels, inputs, 1, gain=ROOT_2) if takes_picture else None
        self.clamp, self.taps = shape.clamp, shape.taps
        self.last_clamp = shape.clamp / ROOT_2 if residual and shape.clamp else shape.clamp

    def forward(self, x: Tensor, picture: Tensor) -> Tensor:
        """Map [n, inputs, h, w] to [n, outputs, h/2, w/2]; ``picture`` is [n, img_channels, h, w]."""
        if self.from_rgb is not None:
            x = x + activate(self.from_rgb(picture), self.clamp)
        short = None if self.skip is None else self.skip(halve(x, self.taps))
        x = activate(self.conv0(x), self.clamp)
        count = len(self.taps)
        x = fir_filter(x, self.taps, 1 + (count - 1) // 2, 1 + (count - 2) // 2)
        x = activate(self.conv1(x, stride=2), self.last_clamp)
        return x if short is None else x + short


def minibatch_deviation(x: Tensor, group: int = 4, count: int = 1) -> Tensor:
    """Append channels with the standard deviation over a group of pictures (Karras et al. 2018, section 3).

    Maps [n, c, h, w] to [n, c + count, h, w]. Each new channel averages the standard deviation over c / count channels
    and all pixels, so it is constant over a picture. A group has ``group`` pictures, or fewer if ``group`` does not
    divide n.
    """
    n = x.shape[0]
    group = next(g for g in range(min(group, n), 0, -1) if n % g == 0)
    members = x.float().view(group, n // group, *x.shape[1:])  # [group, n/group, c, h, w]
    deviation = (members.var(dim=0, correction=0) + 1e-8).sqrt()  # [n/group, c, h, w]
    means = deviation.view(n // group, count, -1).mean(dim=2)  # [n/group, count]
    channels = means.repeat(group, 1)[:, :, None, None].expand(n, count, *x.shape[2:])
    return torch.cat([x, channels.to(x.dtype)], dim=1)


class LabelMapping(nn.Module):
    """Maps a label to the vector that multiplies the outputs of the last layer [2]."""

    def __init__(self, labels: Labels) -> None:
        super().__init__()
        self.labels = labels
        self.embed = Dense(labels.c_dim, labels.embed) if labels.embed else None
        for i, (inputs, outputs) in enumerate(pairwise((labels.embed or labels.c_dim, *labels.widths))):
            self.add_module(f"fc{i}", Dense(inputs, outputs, "lrelu", labels.lr))
        for name, parameter in self.named_parameters():
            nn.init.zeros_(parameter) if name.endswith("bias") else nn.init.normal_(parameter)
            if name.startswith("fc") and name.endswith("weight"):
                parameter.data.div_(labels.lr)

    def forward(self, label: Tensor) -> Tensor:
        """Map [n, c_dim] to [n, outputs], scaled so that its product with outputs of variance 1 has variance 1."""
        if self.embed is None and not self.labels.widths:
            return label
        x = label if self.embed is None else self.embed(label)
        x = ops.normalize(x)
        for i in range(len(self.labels.widths)):
            x = self.get_submodule(f"fc{i}")(x)
        return cast(Tensor, x / self.labels.outputs**0.5)


class Discriminator(nn.Module):
    """Scores how real pictures look, given the labels and knobs that they should show (the condition)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape, channels = shape, shape.channels
        resolution, height, width = shape.resolution, *shape.start
        sizes = [resolution >> i for i in range(resolution.bit_length() - 3)]  # resolution, ..., 8
        takes_picture = shape.architecture == "skip"
        # Layers are made in the order in which they are stored by older runs, and their random weights sampled.
        self.from_rgb = EqualizedLayer(shape.img_channels, channels[resolution], 1, gain=ROOT_2)
        self.blocks = nn.ModuleList(
            Block(channels[size], channels[size // 2], shape, takes_picture and size < resolution) for size in sizes
        )
        self.conv = EqualizedLayer(channels[4] + shape.deviations, channels[4], 3, gain=ROOT_2)
        self.dense = EqualizedLayer(channels[4] * height * width, shape.phi, gain=ROOT_2)
        self.out = EqualizedLayer(shape.phi, shape.labels.outputs if shape.labels else 1)
        self.embed = EqualizedLayer(shape.condition, shape.phi) if shape.condition else None
        self.classify = EqualizedLayer(shape.phi, shape.classes) if shape.classes else None
        self.mapping = LabelMapping(shape.labels) if shape.labels else None
        last_picture = takes_picture and resolution > 4
        self.last_rgb = EqualizedLayer(shape.img_channels, channels[4], 1, gain=ROOT_2) if last_picture else None

    @property
    def takes_condition(self) -> bool:
        """Whether the score depends on a condition."""
        return self.embed is not None or self.mapping is not None

    def layers(self) -> Iterator[nn.Module]:
        """Yield the layers that can be frozen, counted from the picture, as other programs count them [2, section 4].

        These are in each block fromrgb, where it has one, conv0, conv1 and skip. What follows is not counted.
        """
        yield self.from_rgb
        for block in self.blocks:
            for layer in (block.from_rgb, block.conv0, block.conv1, block.skip):
                if isinstance(layer, EqualizedLayer):
                    yield layer

    def train_weights(self, trained: bool, frozen: int = 0) -> None:
        """Set whether weights get gradients; those of the first ``frozen`` layers never do (Mo et al. 2020)."""
        self.requires_grad_(trained)
        for _, layer in zip(range(frozen), self.layers(), strict=False):
            layer.requires_grad_(False)

    def features(self, pictures: Tensor) -> list[Tensor]:
        """Return the output of every block, finest resolution first.

        ``pictures`` is [n, img_channels, h, w] in [-1, 1].
        """
        # On processors with native bfloat16, channels last takes about a third of the time of other layouts.
        picture = pictures.contiguous(memory_format=torch.channels_last)
        x = activate(self.from_rgb(picture), self.shape.clamp)
        activations = []
        for block in self.blocks:
            x = block(x, picture)
            if self.last_rgb is not None:
                picture = halve(picture, self.shape.taps)
            activations.append(x)
        if self.last_rgb is not None:
            activations[-1] = x + activate(self.last_rgb(picture))
        return activations

    def represent(self, features: list[Tensor]) -> Tensor:
        """Return the representation phi(x) [n, phi] in float32, computed from the result of :meth:`features`.

        Scores and class logits are linear functions of phi(x).
        """
        x = minibatch_deviation(features[-1], self.shape.group, self.shape.deviations)
        x = activate(self.conv(x), self.shape.clamp)
        return activate(self.dense(x.flatten(1))).float()

    def score(self, phi: Tensor, condition: Tensor | None = None) -> Tensor:
        """Return the scores [n], c^T V phi(x) + psi(phi(x)), for conditions [n, c] (Miyato and Koyama 2018, eq. 3)."""
        outputs: Tensor = self.out(phi).float()
        if self.mapping is None:
            score = outputs.squeeze(1)
        else:
            assert condition is not None
            score = (outputs * self.mapping(condition)).sum(dim=1)
        if self.embed is not None:
            assert condition is not None
            score = score + (self.embed(condition).float() * phi).sum(dim=1) / phi.shape[1] ** 0.5
        return score

    def forward(self, pictures: Tensor, condition: Tensor | None = None) -> Tensor:
        """Return the scores [n] of pictures; pictures that look more real have larger scores."""
        return self.score(self.represent(self.features(pictures)), condition)
