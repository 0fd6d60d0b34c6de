"""Defines what surrounds every network: the generator with its name, traits and directions, and how it is executed.

Reads no files and knows nothing about recipes. The synthesis network is that of one generation, StyleGAN2 or StyleGAN3.
[1] and [2] are the papers named in ops.py.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeAlias, cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from generator.contract import errors
from generator.stylegan.hyperparameters import Hyperparameters
from generator.stylegan.layers import ModulatedConv
from generator.stylegan.mapping import MappingNetwork
from generator.stylegan.precision import PRECISIONS, TRAINING

Traits = Mapping[str, tuple[str, ...]]  # trait -> its values
# trait -> probability of each of its values; the values of a trait that is left out are equally likely
Odds = Mapping[str, tuple[float, ...]]

# A function that draws pictures [n, C, H, W] from w [n, num_ws, w_dim] and the network's further inputs, each of which
# is None or a tensor for all pictures [1, ...] or for each [n, ...].
Draw = Callable[[Tensor, Sequence[Tensor | None]], Tensor]
# The seed of a picture's random noise, or one for each layer, where None keeps the layer's own plane.
NoiseSeed: TypeAlias = int | Sequence[int | None]
Dtypes = Mapping[int, torch.dtype]  # resolution of a block, or number of a layer -> precision of its features


class SynthesisNetwork(nn.Module, ABC):
    """Maps w to pictures. Each generation defines how."""

    hyper: Hyperparameters

    def __init__(self, hyper: Hyperparameters):
        super().__init__()
        self.hyper = hyper
        # One of PRECISIONS or TRAINING. "auto": half precision where the device computes it natively.
        self.precision = "exact"

    @abstractmethod
    def draw(self, w: Tensor, inputs: Sequence[Tensor | None], dtypes: Dtypes | None = None) -> Tensor:
        """Draw pictures [n, C, H, W] from ``w`` [n, num_ws, w_dim] and further inputs, as a Draw does.

        This is a pure function. If ``dtypes`` is None, ``self.dtypes`` decides; code that compiles this function must
        pass ``dtypes``.
        """

    @abstractmethod
    def default_inputs(self, n: int) -> list[Tensor | None]:
        """Return the further inputs of ``draw`` for ``n`` pictures about which nothing else was asked."""

    @abstractmethod
    def dtypes(self, device: torch.device) -> dict[int, torch.dtype]:
        """Return the precision of each part's features on ``device``."""

    def use_less_half(self) -> bool:
        """Use half precision in fewer parts, if the network can. Return whether it does."""
        return False

    def all_float32(self) -> dict[int, torch.dtype]:
        """Return the same parts, all in float32."""
        return dict.fromkeys(self.dtypes(torch.device("cpu")), torch.float32)


@dataclass(frozen=True, slots=True)
class Knobs:
    """What the components of z are to a network that learnt from an artist: the artist's knobs, about N(0, 1) each."""

    names: tuple[str, ...]  # of each component, such as "turn" and "light-side"; "" if nothing of that knob shows
    limit: float  # the artist draws no knob beyond -limit to limit


class Generator(nn.Module):
    """A generator: the base of those of both generations.

    It consists of the networks ``mapping`` and ``synthesis``. It also has a name, a digest of its file, traits with
    their odds, which of their values are offered, the names of the knobs in its z, and learnt directions.
    """

    hyper: Hyperparameters
    synthesis: SynthesisNetwork
    synthesis_type: type[Any]  # the class of ``synthesis``; it is made from the hyperparameters

    def __init__(self, hyper: Hyperparameters, *, name: str = "", digest: str = "", traits: Traits | None = None):
        """Create the generator with uninitialised weights.

        ``traits`` maps each trait to its values. The one-hot vectors of all traits, concatenated, form the label. If
        ``traits`` is None, the label encodes a single trait, "class", with the values "0", "1", and so on. Raises
        ValueError unless the traits have c_dim values in total.
        """
        super().__init__()
        self.hyper, self.name, self.digest = hyper, name, digest
        if traits is None:
            traits = {"class": tuple(map(str, range(hyper.c_dim)))} if hyper.c_dim else {}
        self.traits: Traits = {trait: tuple(values) for trait, values in traits.items()}
        if sum(map(len, self.traits.values())) != hyper.c_dim:
            raise ValueError(f"the traits have {sum(map(len, self.traits.values()))} values, the label {hyper.c_dim}")
        self.odds: Odds = {}
        # The traits and values that people are offered, because the network shows them as asked; None if all are.
        self.offered: Traits | None = None
        self.knobs: Knobs | None = None  # None if z is random alone, as in most networks
        # Name -> step [num_ws, w_dim] of each learnt direction that passed its test; None if none was ever tested.
        self.directions: Mapping[str, Tensor] | None = None
        # The steps [k, w_dim] of the factorised directions, once they are computed; forgotten when training begins.
        self.factor_steps: Tensor | None = None
        self.mapping = MappingNetwork(hyper)
        self.synthesis = self.synthesis_type(hyper)

    @property
    def z_dim(self) -> int:
        """Size of the latent z."""
        return self.hyper.z_dim

    @property
    def c_dim(self) -> int:
        """Size of the label, or 0 for an unconditional network."""
        return self.hyper.c_dim

    @property
    def w_dim(self) -> int:
        """Size of a style w."""
        return self.hyper.w_dim

    @property
    def num_ws(self) -> int:
        """Number of styles w that a picture needs."""
        return self.hyper.num_ws

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the pictures in pixels."""
        return self.hyper.size

    @property
    def resolution(self) -> int:
        """The longer side of the pictures in pixels."""
        return max(self.size)

    @property
    def device(self) -> torch.device:
        """The device of the weights."""
        return self.mapping.w_avg.device

    @property
    def precision(self) -> str:
        """Either "exact" (float32) or "auto" (half precision where the device computes it natively)."""
        return self.synthesis.precision

    @precision.setter
    def precision(self, precision: str) -> None:
        if precision not in (*PRECISIONS, TRAINING):
            raise ValueError(f"precision is {precision!r}, not one of {', '.join(PRECISIONS)}")
        self.synthesis.precision = precision

    def forward(self, z: Tensor, label: Tensor | None = None, psi: float = 1.0, cutoff: int | None = None) -> Tensor:
        """Return pictures [n, C, H, W] for ``z`` [n, z_dim] and ``label`` [n, c_dim]."""
        return cast(Tensor, self.synthesis(self.mapping(z, label, psi, cutoff)))

    def train(self, mode: bool = True) -> Self:
        """Switch between training and evaluation mode. Training mode drops what was computed from the weights."""
        if mode:
            self._set_frozen(False)
            self.factor_steps = None
        return super().train(mode)

    def freeze(self) -> Self:
        """Prepare the generator for inference, and return it.

        It is switched to evaluation mode, its weights get no gradients, and prepared weights are cached between calls.
        """
        self.eval().requires_grad_(False)
        self._set_frozen(True)
        return self

    def _set_frozen(self, frozen: bool) -> None:
        for module in self.modules():
            if isinstance(module, ModulatedConv):
                module.freeze(frozen)

    @torch.no_grad()
    def estimate_w_avg(self, samples: int = 10_000, seed: int = 0) -> Tensor:
        """Set mapping.w_avg to the mean w over random z (and uniform labels), and return it  [1, appendix B]."""
        random = np.random.RandomState(seed)
        total = torch.zeros(self.w_dim, dtype=torch.float64, device=self.device)
        for start in range(0, samples, _CHUNK):
            n = min(_CHUNK, samples - start)
            z = torch.from_numpy(random.randn(n, self.z_dim)).to(self.device, torch.float32)
            total += self.mapping(z, self.random_labels(random, n))[:, 0].double().sum(dim=0)
        self.mapping.w_avg.copy_(total / samples)
        return self.mapping.w_avg

    def random_labels(self, random: np.random.RandomState, n: int) -> Tensor | None:
        """Return random labels [n, c_dim], or None if c_dim is 0. All values of a trait are equally likely."""
        columns = [torch.from_numpy(random.randint(len(values), size=n)) for values in self.traits.values()]
        hots = [
            F.one_hot(column.long(), len(values)) for column, values in zip(columns, self.traits.values(), strict=True)
        ]
        return torch.cat(hots, dim=1).to(self.device, torch.float32) if hots else None

    @classmethod
    def from_state(
        cls,
        hyper: Hyperparameters,
        tensors: Mapping[str, Tensor],
        *,
        name: str = "",
        digest: str = "",
        traits: Traits | None = None,
        precision: str = "exact",
    ) -> Self:
        """Return a frozen generator that owns ``tensors``, a state dict as described in the generation's network.py.

        If mapping.w_avg is missing, it is estimated. Names and shapes are checked before anything is allocated. Raises
        DamagedCheckpoint if the names, shapes or traits do not fit ``hyper``.
        """
        try:
            with torch.device("meta"):
                generator = cls(hyper, name=name, digest=digest, traits=traits)
        except ValueError as error:
            raise errors.DamagedCheckpoint(file=name, found=str(error)) from error
        wanted = generator.state_dict()
        averaged = "mapping.w_avg" in tensors
        _check_state(
            name, wanted if averaged else {key: wanted[key] for key in wanted if key != "mapping.w_avg"}, tensors
        )
        known = {key: tensor.to(torch.float32).contiguous() for key, tensor in tensors.items()}
        generator.load_state_dict({"mapping.w_avg": torch.zeros(hyper.w_dim)} | known, assign=True)
        generator.precision = precision
        generator.freeze()
        if not averaged:
            generator.estimate_w_avg()
        return generator

    @classmethod
    def new(cls, hyper: Hyperparameters, seed: int = 0, *, name: str = "", traits: Traits | None = None) -> Self:
        """Return an untrained generator in training mode. ``initialise`` says what its tensors hold."""
        generator = cls(hyper, name=name, traits=traits)
        source = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for key, tensor in generator.state_dict().items():
                generator.initialise(key, tensor, source)
        return generator

    def initialise(self, key: str, tensor: Tensor, source: torch.Generator) -> None:
        """Set the tensor ``key`` of the state dict as before training  [1, appendix C; 2, appendix B].

        Weights are sampled from N(0, 1), and those of the mapping layers then divided by mapping_lr. Affine biases are
        1; other biases and the noise strengths are 0.
        """
        if key.endswith("affine.bias"):
            tensor.fill_(1)
        elif key.endswith((".bias", "noise_strength", "w_avg")):
            tensor.zero_()
        else:
            tensor.normal_(generator=source)
            if key.startswith("mapping.fc"):
                tensor.div_(self.hyper.mapping_lr)


_CHUNK = 1000  # how many z are mapped at a time


def _check_state(name: str, wanted: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> None:
    for key in sorted(wanted.keys() ^ given.keys()):
        found = f"the tensor {key} is missing" if key in wanted else f"there is an unexpected tensor {key}"
        raise errors.DamagedCheckpoint(file=name, found=found)
    for key, tensor in wanted.items():
        if tensor.shape != given[key].shape:
            found = f"the tensor {key} has shape {list(given[key].shape)}, not {list(tensor.shape)}"
            raise errors.DamagedCheckpoint(file=name, found=found)
