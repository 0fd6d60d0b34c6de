"""Holds everything that decides a generator's shape and arithmetic as one frozen value.

Does not know tensors or files: a checkpoint's loader derives it, and the network is built from it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from generator.stylegan2 import ops

ARCHITECTURES = ("skip", "orig", "resnet")  # Karras et al. 2020, "Analyzing and Improving", figure 7
LABEL_MODES = ("embed", "concat_joint")
RESOLUTIONS = tuple(2**power for power in range(2, 11))  # 4 to 1024


@dataclass(frozen=True)
class Hyperparameters:
    """The shape and arithmetic of a generator. Raises ValueError naming the wrong field."""

    resolution: int  # 4 to 1024, a power of two
    channels: Mapping[int, int]  # block resolution (4, 8, ... resolution) -> feature maps
    z_dim: int = 512
    c_dim: int = 0  # 0: unconditional
    w_dim: int = 512
    num_mapping_layers: int = 8
    mapping_lr: float = 0.01  # learning-rate multiplier of the mapping's layers
    mapping_features: int | None = None  # width of the hidden mapping layers; None: w_dim
    mapping_activation: str = "lrelu"
    embed_features: int | None = None  # width of the embedded label; None: w_dim ("embed") or z_dim ("concat_joint")
    label_mode: str = "embed"  # "concat_joint": stylegan2 for TensorFlow, one normalisation over [z, label]
    normalize_latents: bool = True
    architecture: str = "skip"
    activation: str = "lrelu"
    resample_filter: tuple[float, ...] = (1, 3, 3, 1)  # taps of the separable low-pass filter, any sum but 0
    conv_clamp: float | None = None  # features are clamped to +- this
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
        """Number of styles w in a picture: one for each convolution and one for the last ToRGB."""
        return 2 * len(self.resolutions)

    @property
    def embed(self) -> int:
        """Width of the embedded label."""
        return self.embed_features or (self.w_dim if self.label_mode == "embed" else self.z_dim)

    @property
    def hidden(self) -> int:
        """Width of the mapping's hidden layers."""
        return self.mapping_features or self.w_dim

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, fit for JSON; ``from_dict`` reads them back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Hyperparameters":
        """Read what ``to_dict`` wrote, also after JSON turned keys into text. Raises ValueError or TypeError."""
        return cls(**values)


_LIMITS = {"c_dim": (0, 2**16), "num_mapping_layers": (1, 64)}

_CHOICES: Mapping[str, Sequence[object]] = {
    "resolution": RESOLUTIONS,
    "architecture": ARCHITECTURES,
    "label_mode": LABEL_MODES,
    "activation": tuple(ops.ACTIVATIONS),
    "mapping_activation": tuple(ops.ACTIVATIONS),
}
