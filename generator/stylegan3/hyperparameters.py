"""Describes a StyleGAN3 generator's shape and arithmetic in one immutable object, ``Hyperparameters``.

Touches no tensors or files. [1] is Karras et al. 2021, "Alias-Free Generative Adversarial Networks".
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

MAX_TAPS = 64
MAX_NUMBERS = 2**28  # in the features of one layer, 1 GiB as float32; the largest public networks have 1.8e8


@dataclass(frozen=True)
class LayerShape:
    """The shape of one synthesis layer. Sizes are heights and widths, margins included.

    The layer convolves, raises the sampling rate ``up``-fold, applies the nonlinearity, and lowers the rate
    ``down``-fold  [1, section 3.2 and figure 4b]. The last layer, ToRGB, only convolves.
    """

    name: str
    in_channels: int
    out_channels: int
    in_size: int
    out_size: int
    in_rate: int  # samples per width of the picture
    kernel: int
    up: int
    down: int
    up_taps: int  # 1 if there is no filter
    down_taps: int
    radial: bool  # whether the filter before the rate is lowered is radially symmetric rather than separable
    to_rgb: bool

    @property
    def before(self) -> int:
        """How many samples the raised signal is padded with in front, on each axis; negative means cropped.

        The signal is that of the convolution with full padding, with zeros inserted. The padding centres it on the
        output, to half a sample  [1, appendix C.3].
        """
        end = (self.out_size - 1) * self.down + 1 + self.up_taps + self.down_taps - 2
        return (end - (self.in_size + self.kernel - 1) * self.up + self.up) // 2

    @property
    def raised_size(self) -> int:
        """Height and width of the signal to which the nonlinearity is applied."""
        return (self.out_size - 1) * self.down + self.down_taps


@dataclass(frozen=True)
class Hyperparameters:
    """The settings that determine a generator's shape and arithmetic.

    The last layer is ToRGB. The first layer's input has the size, the rate and the channels of its output.
    Raises ValueError if a setting is out of range or does not fit the others. The error names the setting.
    """

    sizes: Sequence[int]  # of each layer's output: height and width, margin included; the last is the resolution
    rates: Sequence[int]  # of each layer's output: samples per width of the picture
    channels: Sequence[int]  # of each layer's output: feature maps, and colours in the last
    z_dim: int = 512  # 0 for a network that is told by its label alone
    c_dim: int = 0  # size of the label; 0 for an unconditional network
    w_dim: int = 512
    num_mapping_layers: int = 2
    mapping_lr: float = 0.01  # learning-rate multiplier of the mapping network's layers
    kernel: int = 3  # height and width of the convolutions: 3 in config T, 1 in config R; always 1 in ToRGB
    radial_layers: int = 0  # this many layers, from the first, lower their rate with a radial filter (config R)
    filter_size: int = 6  # taps of a filter for each factor by which it changes the rate
    lrelu_upsampling: int = 2  # the nonlinearity's rate, divided by the higher one of the layer's input and output
    bandwidth: float = 2.0  # cutoff of the input's frequencies, in periods per width of the picture
    conv_clamp: float | None = 256.0  # features are clamped to +-conv_clamp; None means no clamping
    output_scale: float = 0.25  # factor of the last layer's output

    def __post_init__(self) -> None:
        for name in ("sizes", "rates", "channels"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if not 2 <= len(self.sizes) <= 64:
            raise ValueError(f"{len(self.sizes)} layers, not 2 to 64 layers")
        if not len(self.sizes) == len(self.rates) == len(self.channels):
            raise ValueError("sizes, rates and channels of different layers")
        self._check_whole_numbers()
        for name in ("mapping_lr", "bandwidth", "output_scale", "conv_clamp"):
            value = getattr(self, name)
            if not (name == "conv_clamp" and value is None) and not 0 < value < math.inf:
                raise ValueError(f"{name} is not a positive number")
        self._check_layers()

    def _check_whole_numbers(self) -> None:
        if not (self.z_dim or self.c_dim):
            raise ValueError("z_dim and c_dim are 0, so that nothing tells one picture from another")
        for name, (low, high) in _LIMITS.items():
            value = getattr(self, name)
            for number in value if isinstance(value, tuple) else (value,):
                if type(number) is not int or not low <= number <= high:
                    raise ValueError(f"{name} is {number!r}, not a whole number from {low} to {high}")

    def _check_layers(self) -> None:
        for before, after in pairwise((self.rates[0], *self.rates)):
            if self._raised_rate(before, after) % before or self._raised_rate(before, after) % after:
                raise ValueError("rates do not divide each other")
        for layer in self.layers:
            if max(layer.up_taps, layer.down_taps) > MAX_TAPS:
                raise ValueError(f"a filter has over {MAX_TAPS} taps")
            if layer.out_channels * layer.out_size**2 > MAX_NUMBERS:
                raise ValueError(f"a layer has over {MAX_NUMBERS} features")

    @property
    def resolution(self) -> int:
        """Height and width of the picture in pixels."""
        return self.sizes[-1]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the picture in pixels, which is a square."""
        return self.resolution, self.resolution

    @property
    def img_channels(self) -> int:
        """Number of colour channels."""
        return self.channels[-1]

    @property
    def num_ws(self) -> int:
        """Number of styles w that a picture needs: one for the input, and one for each layer."""
        return len(self.sizes) + 1

    @property
    def layers(self) -> tuple[LayerShape, ...]:
        """The shape of each layer, from the first to ToRGB."""
        return tuple(map(self._layer, range(len(self.sizes))))

    def _layer(self, i: int) -> LayerShape:
        before, to_rgb = max(i - 1, 0), i == len(self.sizes) - 1
        raised = self._raised_rate(self.rates[before], self.rates[i])
        up, down = (1, 1) if to_rgb else (raised // self.rates[before], raised // self.rates[i])
        return LayerShape(
            name=f"L{i}_{self.sizes[i]}_{self.channels[i]}",
            in_channels=self.channels[before],
            out_channels=self.channels[i],
            in_size=self.sizes[before],
            out_size=self.sizes[i],
            in_rate=self.rates[before],
            kernel=1 if to_rgb else self.kernel,
            up=up,
            down=down,
            up_taps=self.filter_size * up if up > 1 else 1,
            down_taps=self.filter_size * down if down > 1 else 1,
            radial=i < self.radial_layers,
            to_rgb=to_rgb,
        )

    def _raised_rate(self, before: int, after: int) -> int:
        return self.lrelu_upsampling * max(before, after)

    # What the mapping network and the rest of the program ask of every network.

    @property
    def hidden(self) -> int:
        """Width of the mapping network's hidden layers."""
        return self.w_dim

    @property
    def embed(self) -> int:
        """Width of the embedded label."""
        return self.w_dim

    @property
    def label_mode(self) -> str:
        """How z and the embedded label are normalised: each by itself."""
        return "embed"

    @property
    def mapping_activation(self) -> str:
        """Activation of the mapping network's layers."""
        return "lrelu"

    @property
    def normalize_latents(self) -> bool:
        """Whether z is normalised: always."""
        return True

    @property
    def use_noise(self) -> bool:
        """Whether the convolutions take noise: never."""
        return False

    @property
    def takes_transform(self) -> bool:
        """Whether the picture can be turned and shifted by moving the network's input: always."""
        return True

    def count_layers(self, side: int) -> int:
        """Return the number of w-layers, counted from the input's, whose rate is at most ``side``."""
        return 1 + sum(rate <= side for rate in self.rates)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain values that JSON can hold. ``from_dict`` reads them back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Hyperparameters":
        """Rebuild the object from the result of ``to_dict``.

        Raises ValueError if a value is out of range, and TypeError if a field is unknown or missing.
        """
        return cls(**values)


_LIMITS = {
    "sizes": (1, 2048),
    "rates": (1, 2048),
    "channels": (1, 2**16),
    "z_dim": (0, 2**16),
    "c_dim": (0, 2**16),
    "w_dim": (1, 2**16),
    "num_mapping_layers": (1, 64),
    "kernel": (1, 7),
    "radial_layers": (0, 64),
    "filter_size": (1, 16),
    "lrelu_upsampling": (2, 4),
}
