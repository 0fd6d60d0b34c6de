"""Says what every network's hyperparameters tell, whichever generation of StyleGAN it is.

Touches no tensors or files. Each generation has its own ``Hyperparameters``, which fit these protocols.
"""

import math
from typing import Any, Protocol

COARSE_SIDE = 32  # pixels; layers up to this resolution count as coarse  [Karras et al. 2019, fig. 5]


class MappingHyperparameters(Protocol):
    """The settings that determine a mapping network's shape and arithmetic."""

    @property
    def z_dim(self) -> int:
        """Size of the latent z."""
        ...

    @property
    def c_dim(self) -> int:
        """Size of the label, or 0 for an unconditional network."""
        ...

    @property
    def w_dim(self) -> int:
        """Size of a style w."""
        ...

    @property
    def num_ws(self) -> int:
        """Number of styles w that a picture needs."""
        ...

    @property
    def num_mapping_layers(self) -> int:
        """Number of dense layers from z to w."""
        ...

    @property
    def mapping_lr(self) -> float:
        """Learning-rate multiplier of these layers."""
        ...

    @property
    def mapping_activation(self) -> str:
        """Activation of these layers, a key of ACTIVATIONS in ops.py."""
        ...

    @property
    def hidden(self) -> int:
        """Width of the hidden layers."""
        ...

    @property
    def embed(self) -> int:
        """Width of the embedded label."""
        ...

    @property
    def label_mode(self) -> str:
        """How z and the embedded label are normalised: "embed" (each by itself) or "concat_joint" (together)."""
        ...

    @property
    def normalize_latents(self) -> bool:
        """Whether z is normalised."""
        ...


class Hyperparameters(MappingHyperparameters, Protocol):
    """The settings of a whole generator."""

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the picture in pixels."""
        ...

    @property
    def img_channels(self) -> int:
        """Number of colour channels."""
        ...

    @property
    def conv_clamp(self) -> float | None:
        """Features are clamped to +-conv_clamp; None means no clamping."""
        ...

    @property
    def use_noise(self) -> bool:
        """Whether the convolutions take noise."""
        ...

    @property
    def takes_transform(self) -> bool:
        """Whether the picture can be turned and shifted by moving the network's input."""
        ...

    def count_layers(self, side: int) -> int:
        """Return the number of w-layers, counted from the first, with features of up to ``side`` x ``side`` pixels."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain values that JSON can hold."""
        ...


def find_coarse_side(hyper: Hyperparameters) -> int:
    """Return up to how many pixels on a side the layers of a network are coarse.

    That is 32, but at most a quarter of the picture's side. The side of a rectangle is that of a square of its area.
    """
    return max(4, min(COARSE_SIDE, math.isqrt(math.prod(hyper.size)) // 4))
