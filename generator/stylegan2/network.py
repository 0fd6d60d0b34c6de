"""Defines the StyleGAN2 generator (mapping and synthesis network) in every variant that public checkpoints use.

Reads no files and knows nothing about recipes. [1] and [2] are the papers named in ops.py; [3] is Karras et al. 2020,
"Training Generative Adversarial Networks with Limited Data".

The state dict holds these tensors, all float32:
    mapping.fc{i}.weight [out, in] .bias [out]
    mapping.embed.weight [e, c_dim] .bias [e] (no bias in the label mode "concat_joint")
    mapping.w_avg [w_dim]
    synthesis.b4.const [C, 4, 4]
    synthesis.b{R}.conv{0,1}.weight [O, I, 3, 3] .bias [O] .affine.weight [I, w_dim] .affine.bias [I]
        .noise_const [R, R] .noise_strength []
    synthesis.b{R}.torgb.weight [3, C, 1, 1] .bias [3] .affine.* (in the last block; in every block if "skip")
    synthesis.b{R}.skip.weight [O, I, 1, 1] (only in the architecture "resnet")
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import pairwise
from typing import TypeAlias, cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from generator.contract import errors
from generator.stylegan2 import ops
from generator.stylegan2.hyperparameters import Hyperparameters as Hyperparameters
from generator.stylegan2.layers import Block, Dense, ModulatedConv

Traits = Mapping[str, tuple[str, ...]]  # trait -> its values
# trait -> probability of each of its values; the values of a trait that is left out are equally likely
Odds = Mapping[str, tuple[float, ...]]

# A function that draws pictures [n, 3, H, W] from w [n, num_ws, w_dim] and, per convolution, a noise plane or None.
Draw = Callable[[Tensor, Sequence[Tensor | None]], Tensor]

# The seed of a picture's random noise, or one for each layer, where None keeps the layer's own plane.
NoiseSeed: TypeAlias = int | Sequence[int | None]

NOISE_MODES = ("const", "random", "none")
PRECISIONS = ("exact", "auto")
TRAINING = "training"  # the precision of networks that are fitted to drawings
HALF_FROM_TRAINING = 8  # half precision from this resolution up: 29 pictures a second instead of 18 at 64 px
# A block uses half precision only from this resolution up: smaller blocks cost little, and their rounding errors spread
# over the whole picture. bfloat16 has 3 bits less than float16: used from 16 px up, it shifts a trained network's
# colours by up to 4 levels of 256 (99.99th percentile); used from 64 px up, by up to 2.
HALF_FROM = {torch.float16: 16, torch.bfloat16: 64}
# A block uses half precision only if it has more features (channels * pixels) than this. In smaller blocks bfloat16
# saves no time.
HALF_FEATURES = {torch.float16: 0, torch.bfloat16: 2**19}
# From this resolution up, a CPU draws the pictures of a batch one after another. Measured with batches of 4 and 16:
# compared to 128, a value of 32 makes drawing 10 % slower, and 256 makes no difference.
SPLIT_FROM = 128


class MappingNetwork(nn.Module):
    """Maps z and a label to w  [1, section 2].

    Labels are embedded as in [3], and w is truncated as in [1, appendix B].
    """

    w_avg: Tensor

    def __init__(self, hyper: Hyperparameters):
        super().__init__()
        self.hyper = hyper
        joint = hyper.label_mode == "concat_joint"
        if hyper.c_dim:
            gain = 1.0 if joint else None
            self.embed = Dense(hyper.c_dim, hyper.embed, bias=not joint, gain=gain)
        widths = [
            hyper.z_dim + (hyper.embed if hyper.c_dim else 0),
            *[hyper.hidden] * (hyper.num_mapping_layers - 1),
            hyper.w_dim,
        ]
        for i, (inputs, outputs) in enumerate(pairwise(widths)):
            self.add_module(f"fc{i}", Dense(inputs, outputs, hyper.mapping_activation, hyper.mapping_lr))
        self.register_buffer("w_avg", torch.empty(hyper.w_dim))

    def forward(self, z: Tensor, label: Tensor | None = None, psi: float = 1.0, cutoff: int | None = None) -> Tensor:
        """Return w [n, num_ws, w_dim] for ``z`` [n, z_dim] and ``label`` [n, c_dim].

        The label may be None only if c_dim is 0. Truncation replaces the first ``cutoff`` styles (all if ``cutoff`` is
        None) by w_avg + psi (w - w_avg). Raises ValueError if z or the label has the wrong shape.
        """
        x = self._input(z.float(), label)
        for i in range(self.hyper.num_mapping_layers):
            x = self.get_submodule(f"fc{i}")(x)
        w = x[:, None].repeat(1, self.hyper.num_ws, 1)
        if psi == 1:
            return w
        truncated = self.w_avg + psi * (w - self.w_avg)
        return truncated if cutoff is None else torch.cat([truncated[:, :cutoff], w[:, cutoff:]], dim=1)

    def _input(self, z: Tensor, label: Tensor | None) -> Tensor:
        if z.ndim != 2 or z.shape[1] != self.hyper.z_dim:
            raise ValueError(f"z has shape {list(z.shape)}, not [n, {self.hyper.z_dim}]")
        normalize = ops.normalize if self.hyper.normalize_latents else _identity
        if not self.hyper.c_dim:
            return normalize(z)
        if label is None or label.shape != (len(z), self.hyper.c_dim):
            raise ValueError(f"this network needs a label of shape [{len(z)}, {self.hyper.c_dim}]")
        y = self.embed(label.float())
        if self.hyper.label_mode == "concat_joint":
            return normalize(torch.cat([z, y], dim=1))
        return torch.cat([normalize(z), ops.normalize(y)], dim=1)


def _identity(x: Tensor) -> Tensor:
    return x


class SynthesisNetwork(nn.Module):
    """Maps w to a picture, from a learned constant through blocks of growing resolution  [1, section 2; 2, fig. 7]."""

    def __init__(self, hyper: Hyperparameters):
        super().__init__()
        self.hyper = hyper
        self.precision = (
            "exact"  # one of PRECISIONS or TRAINING; "auto": half precision where the device computes it natively
        )
        for resolution in hyper.resolutions:
            self.add_module(f"b{resolution}", Block(resolution, hyper))

    def forward(
        self,
        w: Tensor,
        noise: str = "const",
        noise_seed: int | Sequence[NoiseSeed] | None = None,
        draw: Draw | None = None,
    ) -> Tensor:
        """Return pictures [n, 3, H, W] float32, nominally in [-1, 1], for ``w`` [n, num_ws, w_dim].

        ``noise`` is "const" (the network's own planes), "random" or "none".
        ``noise_seed`` is one seed for each picture, or one for all. Random noise from a seed is the same on every
        device and in every batch. If ``noise_seed`` is None, torch's global random generator samples the noise.
        In place of its seed a picture may have one for each layer (0 to num_ws - 2), None for the layer's own plane.
        ``draw`` is a back end that draws in place of ``self.draw``. It is ignored while gradients are recorded.
        Raises ValueError if w has the wrong shape, the mode is unknown, or the number of seeds is not n.
        """
        if w.ndim != 3 or w.shape[1:] != (self.hyper.num_ws, self.hyper.w_dim):
            raise ValueError(f"w has shape {list(w.shape)}, not [n, {self.hyper.num_ws}, {self.hyper.w_dim}]")
        with _without_tf32(w.device, self.precision):
            execute = self.draw if draw is None or torch.is_grad_enabled() else draw
            return execute(w.float(), self.noise_planes(len(w), noise, noise_seed))

    def draw(
        self, w: Tensor, noises: Sequence[Tensor | None], dtypes: Mapping[int, torch.dtype] | None = None
    ) -> Tensor:
        """Draw pictures [n, 3, H, W] from ``w`` [n, num_ws, w_dim] and the planes that ``noise_planes`` returned.

        This is a pure function. ``dtypes`` is the precision of each block's features. If it is None, ``self.dtypes``
        decides; code that compiles this function must pass ``dtypes``.
        """
        x = cast(Tensor, self.get_parameter("b4.const")).expand(len(w), -1, -1, -1)
        return self._run_blocks(self.dtypes(w.device) if dtypes is None else dtypes, x, None, w, noises)

    def dtypes(self, device: torch.device) -> dict[int, torch.dtype]:
        """Return the precision of each block's features on ``device``, keyed by the block's resolution."""
        channels, clamp = self.hyper.channels, self.hyper.conv_clamp
        return {r: precision_of(r, self.precision, device, clamp, channels[r]) for r in self.hyper.resolutions}

    def _run_blocks(
        self,
        dtypes: Mapping[int, torch.dtype],
        x: Tensor,
        image: Tensor | None,
        w: Tensor,
        noises: Sequence[Tensor | None],
    ) -> Tensor:
        """Run the blocks whose resolutions are in ``dtypes``, and return the finished picture.

        ``x`` and ``image`` are the features and the picture that the previous block returned.
        """
        for resolution, dtype in dtypes.items():
            if len(w) > 1 and self._should_split(resolution, x, w):
                rest = {r: dtypes[r] for r in dtypes if r >= resolution}
                return torch.cat([self._run_blocks(rest, *_select(i, x, image, w, noises)) for i in range(len(w))])
            x = x.to(dtype, memory_format=_layout(dtype, w.device))
            x, image = self.get_submodule(f"b{resolution}")(x, image, w, noises)
        assert image is not None
        return image

    def _should_split(self, resolution: int, x: Tensor, w: Tensor) -> bool:
        """Return whether to draw the pictures of the batch one after another from this resolution up.

        That is faster on a CPU, because the features of a whole batch would not fit into the cache.
        """
        training = torch.is_grad_enabled() and (x.requires_grad or w.requires_grad)
        return x.device.type == "cpu" and resolution >= SPLIT_FROM and not training

    def noise_planes(
        self, n: int, mode: str = "const", seed: int | Sequence[NoiseSeed] | None = None
    ) -> list[Tensor | None]:
        """Return the noise of each convolution (layers 0 to num_ws - 2): a plane [n or 1, 1, R, R], or None.

        ``mode`` and ``seed`` are the arguments ``noise`` and ``noise_seed`` of ``forward``. Raises ValueError if the
        mode is unknown or the number of seeds is not n.
        """
        if mode not in NOISE_MODES:
            raise ValueError(f"noise is {mode!r}, not one of {', '.join(NOISE_MODES)}")
        count = self.hyper.num_ws - 1
        if mode == "none" or not self.hyper.use_noise:
            return [None] * count
        seeds = [seed] * n if isinstance(seed, int) else seed
        if seeds is not None and len(seeds) != n:
            raise ValueError(f"{len(seeds)} noise seeds for {n} pictures")
        if mode == "random" and seeds is None:
            return [torch.randn(n, *own.shape[1:], device=own.device) for own in map(self._own_plane, range(count))]
        return [self._noise_plane(layer, seeds if mode == "random" else ()) for layer in range(count)]

    def _own_plane(self, layer: int) -> Tensor:
        """Return the plane [1, 1, R, R] that the network learnt for a layer."""
        side = 4 * 2 ** ((layer + 1) // 2)
        return self.get_buffer(f"b{side}.conv{1 - layer % 2}.noise_const")[None, None]

    def _noise_plane(self, layer: int, seeds: Sequence[NoiseSeed] | None) -> Tensor:
        """Return the noise of a layer, or its own plane if no picture has a seed for it."""
        own = self._own_plane(layer)
        chosen = [seed if isinstance(seed, int) else seed[layer] for seed in seeds or ()]
        if all(seed is None for seed in chosen):
            return own
        noise = ops.seeded_noise([seed or 0 for seed in chosen], layer, own.shape[-1], own.device)
        is_random = torch.tensor([seed is not None for seed in chosen], device=own.device)
        return noise if None not in chosen else torch.where(is_random[:, None, None, None], noise, own)


def _select(
    i: int, x: Tensor, image: Tensor | None, w: Tensor, noises: Sequence[Tensor | None]
) -> tuple[Tensor, Tensor | None, Tensor, list[Tensor | None]]:
    """Return the features, picture, styles and noise of picture i of a batch, as a batch of one.

    A noise plane that the whole batch shares is returned unchanged.
    """
    planes = [plane if plane is None or len(plane) == 1 else plane[i : i + 1] for plane in noises]
    return x[i : i + 1], None if image is None else image[i : i + 1], w[i : i + 1], planes


def precision_of(
    resolution: int, precision: str, device: torch.device, clamp: float | None, channels: int = 512
) -> torch.dtype:
    """Return the precision to use for the features of a block with this resolution and this number of channels.

    This is half precision if ``precision`` is "auto", the device computes half precision natively, and the block is
    large enough to benefit (HALF_FROM, HALF_FEATURES). Otherwise it is float32. While training, only the resolution
    counts (HALF_FROM_TRAINING): a batch is large enough to benefit, and rounding errors average out over many steps.
    ``clamp`` is the network's conv_clamp.
    """
    half = None if precision == "exact" else _half_dtype(device, clamp)
    if half and precision == TRAINING:
        return half if resolution >= HALF_FROM_TRAINING else torch.float32
    if half is None or resolution < HALF_FROM[half] or channels * resolution**2 <= HALF_FEATURES[half]:
        return torch.float32
    return half


def _half_dtype(device: torch.device, clamp: float | None) -> torch.dtype | None:
    if device.type == "cuda" and clamp is not None:
        return torch.float16
    # Unclamped features may exceed 65504, the largest float16 number. bfloat16 has the range of float32.
    return torch.bfloat16 if has_bfloat16(device) else None


def has_bfloat16(device: torch.device) -> bool:
    """Return whether ``device`` computes bfloat16 natively."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return device.type == "cpu" and cpu_has_bfloat16()


def cpu_has_bfloat16() -> bool:
    """Return whether this processor computes bfloat16 natively (AVX-512 BF16 or AMX)."""
    checks = (getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
    return any(check is not None and check() for check in checks)


def _layout(dtype: torch.dtype, device: torch.device) -> torch.memory_format:
    # On a CPU, channels last cuts the time to about 3/4 in float32 and 1/3 in bfloat16. Tensor cores prefer it too.
    return torch.channels_last if device.type == "cpu" or dtype != torch.float32 else torch.contiguous_format


def _without_tf32(device: torch.device, precision: str) -> AbstractContextManager[None]:
    """Return a context in which a GPU's float32 convolutions do not use TF32, which has only 10 bits of mantissa.

    The context has no effect while gradients are recorded, or if ``precision`` is not "exact".
    """
    if device.type != "cuda" or precision != "exact" or torch.is_grad_enabled():
        return nullcontext()
    cudnn = torch.backends.cudnn
    flags = cudnn.flags(enabled=True, benchmark=cudnn.benchmark, deterministic=cudnn.deterministic, allow_tf32=False)
    return cast(AbstractContextManager[None], flags)


class Generator(nn.Module):
    """A StyleGAN2 generator.

    It consists of the networks ``mapping`` and ``synthesis``. It also has a name, a digest of its file, traits with
    their odds, which of their values are offered, and learnt directions.
    """

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
        # Name -> step [num_ws, w_dim] of each learnt direction that passed its test; None if none was ever tested.
        self.directions: Mapping[str, Tensor] | None = None
        # The steps [k, w_dim] of the factorised directions, once they are computed; forgotten when training begins.
        self.factor_steps: Tensor | None = None
        self.mapping = MappingNetwork(hyper)
        self.synthesis = SynthesisNetwork(hyper)

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
    def resolution(self) -> int:
        """Height and width of the pictures in pixels."""
        return self.hyper.resolution

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
        """Return pictures [n, 3, H, W] for ``z`` [n, z_dim] and ``label`` [n, c_dim], with the network's own noise."""
        return cast(Tensor, self.synthesis(self.mapping(z, label, psi, cutoff)))

    def train(self, mode: bool = True) -> "Generator":
        """Switch between training and evaluation mode. Training mode drops what was computed from the weights."""
        if mode:
            self._set_frozen(False)
            self.factor_steps = None
        return super().train(mode)

    def freeze(self) -> "Generator":
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
    ) -> "Generator":
        """Return a frozen generator that owns ``tensors``, a state dict as described at the top of this file.

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
    def new(cls, hyper: Hyperparameters, seed: int = 0, *, name: str = "", traits: Traits | None = None) -> "Generator":
        """Return an untrained generator in training mode  [1, appendix C; 2, appendix B].

        Weights are sampled from N(0, 1), and those of the mapping layers then divided by mapping_lr. Affine biases are
        1; other biases and the noise strengths are 0.
        """
        generator = cls(hyper, name=name, traits=traits)
        source = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for key, tensor in generator.state_dict().items():
                _initialise(key, tensor, hyper.mapping_lr, source)
        return generator


_CHUNK = 1000  # how many z are mapped at a time


def _initialise(key: str, tensor: Tensor, mapping_lr: float, source: torch.Generator) -> None:
    if key.endswith("affine.bias"):
        tensor.fill_(1)
    elif key.endswith((".bias", "noise_strength", "w_avg")):
        tensor.zero_()
    else:
        tensor.normal_(generator=source)
        if key.startswith("mapping.fc"):
            tensor.div_(mapping_lr)


def _check_state(name: str, wanted: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> None:
    for key in sorted(wanted.keys() ^ given.keys()):
        found = f"the tensor {key} is missing" if key in wanted else f"there is an unexpected tensor {key}"
        raise errors.DamagedCheckpoint(file=name, found=found)
    for key, tensor in wanted.items():
        if tensor.shape != given[key].shape:
            found = f"the tensor {key} has shape {list(given[key].shape)}, not {list(tensor.shape)}"
            raise errors.DamagedCheckpoint(file=name, found=found)
