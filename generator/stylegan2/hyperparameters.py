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


@dataclass(frozen=True)
class Hyperparameters:
    """The settings that determine a generator's shape and arithmetic.

    Raises ValueError if a setting is out of range or does not fit the others. The error names the setting.
    """

    resolution: int  # 4 to 1024, a power of two
    channels: Mapping[int, int]  # resolution of a block (4, 8, ... ``resolution``) -> number of its feature maps
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
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} is {getattr(self, name)!r}, not one of {', '.join(map(str, allowed))}")
        if tuple(self.channels) != self.resolutions:
            raise ValueError(f"channels are given for blocks {list(self.channels)}, not {list(self.resolutions)}")
        self._check_sizes()
        if not self.resample_filter or sum(self.resample_filter) == 0 or not math.isfinite(sum(self.resample_filter)):
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
        for name, size in sizes.items():
            low, high = _LIMITS.get(name, (1, 2**16))
            if type(size) is not int or not low <= size <= high:
                raise ValueError(f"{name} is {size!r}, not a whole number from {low} to {high}")

    @property
    def resolutions(self) -> tuple[int, ...]:
        """The resolutions of the blocks, 4 to ``resolution``."""
        return tuple(r for r in RESOLUTIONS if r <= self.resolution)

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
        """Return the number of w-layers, counted from the first, that work at up to ``side`` pixels, at least 4."""
        return 2 * (side.bit_length() - 3) + 1  # one layer at 4 px and two at each further resolution

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain values that JSON can hold. ``from_dict`` reads them back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Hyperparameters":
        """Rebuild the object from the result of ``to_dict``. The keys of ``channels`` may be strings, as in JSON.

        Raises ValueError if a value is out of range, and TypeError if a field is unknown or missing.
        """
        return cls(**values)


_LIMITS = {"c_dim": (0, 2**16), "z_dim": (0, 2**16), "num_mapping_layers": (1, 64)}

_CHOICES: Mapping[str, Sequence[object]] = {
    "resolution": RESOLUTIONS,
    "architecture": ARCHITECTURES,
    "label_mode": LABEL_MODES,
    "activation": tuple(ops.ACTIVATIONS),
    "mapping_activation": tuple(ops.ACTIVATIONS),
}
