"""Describes a generator's shape and arithmetic in one immutable object, ``Hyperparameters``.

Touches no tensors or files: the loader of a checkpoint derives the object, and the network is built from it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from generator.stylegan import ops

ARCHITECTURES = ("skip", "orig", "resnet")  # variants in figure 7 of Karras et al. 2020, "Analyzing and Improving"
LABEL_MODES = ("embed", "concat_joint")
RESOLUTIONS = tuple(2**power for power in range(2, 11))  # 4 to 1024
SQUARE = (4, 4)  # height and width of the learnt constant, unless somebody changed them
MAX_CONST_SIDE = 64
MAX_SIDE = 2048  # the longest side of the picture
MAX_NUMBERS = 2**28  # in the features of one block, 1 GiB as float32; config-f at 1024 px has 3.4e7


@dataclass(frozen=True)
class Hyperparameters:
    """The settings that determine a generator's shape and arithmetic.

    Raises ValueError if a setting is out of range or does not fit the others. The error names the setting.
    """

    # The resolution of a block is 4, 8, 16 and so on, each twice the one before. Its features have as many rows and
    # columns if the network begins with ``SQUARE``.
    resolution: int  # of the last block: 4 to 1024
    channels: Mapping[int, int]  # resolution of a block (4, 8, ... ``resolution``) -> number of its feature maps
    const_size: tuple[int, int] = SQUARE  # height and width of the learnt constant, from which every block doubles both
    z_dim: int = 512  # 0 for a network that is told by its label alone
    c_dim: int = 0  # size of the label; 0 for an unconditional network
    w_dim: int = 512
    num_mapping_layers: int = 8
    mapping_lr: float = 0.01  # learning-rate multiplier of the mapping network's layers
    mapping_features: int | None = None  # width of the mapping network's hidden layers; None means w_dim
    mapping_activation: str = "lrelu"
    # Width of the embedded label. If it is None, the width is w_dim for "embed" and z_dim for "concat_joint".
    embed_features: int | None = None
    # "embed" normalises z and the embedded label separately. "concat_joint", which stylegan2 for TensorFlow uses,
    # normalises them together.
    label_mode: str = "embed"
    normalize_latents: bool = True
    architecture: str = "skip"
    activation: str = "lrelu"
    resample_filter: tuple[float, ...] = (1, 3, 3, 1)  # taps of the separable low-pass filter; their sum may not be 0
    conv_clamp: float | None = None  # features are clamped to +-conv_clamp; None means no clamping
    use_noise: bool = True
    img_channels: int = 3

    def __post_init__(self) -> None:
        channels = sorted((int(resolution), count) for resolution, count in self.channels.items())
        object.__setattr__(self, "channels", dict(channels))
        object.__setattr__(self, "resample_filter", tuple(float(tap) for tap in self.resample_filter))
        object.__setattr__(self, "const_size", tuple(self.const_size))
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} is {getattr(self, name)!r}, not one of {', '.join(map(str, allowed))}")
        if tuple(self.channels) != self.resolutions:
            raise ValueError(f"channels are given for blocks {list(self.channels)}, not {list(self.resolutions)}")
        self._check_sizes()
        total = sum(self.resample_filter)  # the taps are divided by it
        if not math.isfinite(total) or abs(total) <= 1e-6 * sum(map(abs, self.resample_filter)):
            raise ValueError("the taps of resample_filter have no finite sum other than 0")
        if not math.isfinite(self.mapping_lr) or (self.conv_clamp is not None and not self.conv_clamp > 0):
            raise ValueError("mapping_lr is not finite or conv_clamp not positive")

    def _check_sizes(self) -> None:
        if not (self.z_dim or self.c_dim):
            raise ValueError("z_dim and c_dim are 0, so that nothing tells one picture from another")
        sizes = {f"channels of {resolution}": count for resolution, count in self.channels.items()}
        sizes |= {
            "z_dim": self.z_dim,
            "w_dim": self.w_dim,
            "embed_features": self.embed,
            "mapping_features": self.hidden,
        }
        sizes |= {"img_channels": self.img_channels, "c_dim": self.c_dim, "num_mapping_layers": self.num_mapping_layers}
        sizes |= dict(zip(("rows of the constant", "columns of the constant"), self.const_size, strict=True))
        for name, size in sizes.items():
            low, high = _LIMITS.get(name, (1, 2**16))
            if type(size) is not int or not low <= size <= high:
                raise ValueError(f"{name} is {size!r}, not a whole number from {low} to {high}")
        if max(self.size) > MAX_SIDE:
            raise ValueError(f"pictures of {self.size[1]} x {self.size[0]} pixels, not up to {MAX_SIDE} on a side")
        if any(count * math.prod(self.size_of(block)) > MAX_NUMBERS for block, count in self.channels.items()):
            raise ValueError(f"a block has over {MAX_NUMBERS} features")

    @property
    def resolutions(self) -> tuple[int, ...]:
        """The resolutions of the blocks, 4 to ``resolution``."""
        return tuple(r for r in RESOLUTIONS if r <= self.resolution)

    def size_of(self, resolution: int) -> tuple[int, int]:
        """Return the height and width of a block's features."""
        height, width = self.const_size
        return height * resolution // 4, width * resolution // 4

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the picture in pixels."""
        return self.size_of(self.resolution)

    @property
    def num_ws(self) -> int:
        """Number of styles w that a picture needs: one for each convolution and one for the last ToRGB."""
        return 2 * len(self.resolutions)

    @property
    def embed(self) -> int:
        """Width of the embedded label."""
        return self.embed_features or (self.w_dim if self.label_mode == "embed" else self.z_dim)

    @property
    def hidden(self) -> int:
        """Width of the mapping network's hidden layers."""
        return self.mapping_features or self.w_dim

    @property
    def takes_transform(self) -> bool:
        """Whether the picture can be turned and shifted: never, because the learnt constant has fixed places."""
        return False

    def count_layers(self, side: int) -> int:
        """Return the number of w-layers, counted from the first, with features of up to ``side`` x ``side`` pixels.

        The first layer always counts.
        """
        blocks = sum(math.prod(self.size_of(resolution)) <= side**2 for resolution in self.resolutions)
        return max(1, 2 * blocks - 1)  # one layer in the first block and two in each further one

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain values that JSON can hold. ``from_dict`` reads them back.

        Squares are left out, so that a network is written with the same bytes as before there were rectangles.
        """
        values = asdict(self)
        if self.const_size == SQUARE:
            del values["const_size"]
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Hyperparameters":
        """Rebuild the object from the result of ``to_dict``. The keys of ``channels`` may be strings, as in JSON.

        Raises ValueError if a value is out of range, and TypeError if a field is unknown or missing.
        """
        return cls(**values)


_LIMITS = {
    "c_dim": (0, 2**16),
    "z_dim": (0, 2**16),
    "num_mapping_layers": (1, 64),
    "rows of the constant": (1, MAX_CONST_SIDE),
    "columns of the constant": (1, MAX_CONST_SIDE),
}

_CHOICES: Mapping[str, Sequence[object]] = {
    "resolution": RESOLUTIONS,
    "architecture": ARCHITECTURES,
    "label_mode": LABEL_MODES,
    "activation": tuple(ops.ACTIVATIONS),
    "mapping_activation": tuple(ops.ACTIVATIONS),
}
