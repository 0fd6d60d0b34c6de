"""Defines the StyleGAN2 generator (mapping and synthesis network) in every variant that public checkpoints use.

Reads no files and knows nothing about recipes. [1] and [2] are the papers named in ops.py; [3] is Karras et al. 2020,
"Training Generative Adversarial Networks with Limited Data".

The state dict holds these tensors, all float32:
    mapping.fc{i}.weight [out, in] .bias [out]
    mapping.embed.weight [e, c_dim] .bias [e] (no bias in the label mode "concat_joint")
    mapping.w_avg [w_dim]
    synthesis.b4.const [C, h, w], where h = w = 4 unless the pictures are no squares
    synthesis.b{R}.conv{0,1}.weight [O, I, 3, 3] .bias [O] .affine.weight [I, w_dim] .affine.bias [I]
        .noise_const [h R/4, w R/4] .noise_strength []
    synthesis.b{R}.torgb.weight [c, C, 1, 1] .bias [c] .affine.* (in the last block; in every block if "skip")
    synthesis.b{R}.skip.weight [O, I, 1, 1] (only in the architecture "resnet")
"""

import math
from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor

from generator.stylegan import generator as shared
from generator.stylegan import ops
from generator.stylegan.generator import Draw, Dtypes, NoiseSeed
from generator.stylegan.precision import TRAINING, half_dtype, layout, without_tf32
from generator.stylegan2.hyperparameters import Hyperparameters as Hyperparameters
from generator.stylegan2.layers import Block

NOISE_MODES = ("const", "random", "none")
# The sizes below are pixels on a side; a rectangle counts as a square of its area.
HALF_FROM_TRAINING = 8  # half precision from this size up: 29 pictures a second instead of 18 at 64 px
# A block uses half precision only from this size up: smaller blocks cost little, and their rounding errors spread over
# the whole picture. bfloat16 has 3 bits less than float16: used from 16 px up, it shifts a trained network's colours by
# up to 4 levels of 256 (99.99th percentile); used from 64 px up, by up to 2.
HALF_FROM = {torch.float16: 16, torch.bfloat16: 64}
# A block uses half precision only if it has more features (channels * pixels) than this. In smaller blocks bfloat16
# saves no time.
HALF_FEATURES = {torch.float16: 0, torch.bfloat16: 2**19}
# From this size up, a CPU draws the pictures of a batch one after another. Measured with batches of 4 and 16:
# compared to 128, a value of 32 makes drawing 10 % slower, and 256 makes no difference.
SPLIT_FROM = 128


class SynthesisNetwork(shared.SynthesisNetwork):
    """Maps w to a picture, from a learned constant through blocks of growing resolution  [1, section 2; 2, fig. 7]."""

    hyper: Hyperparameters

    def __init__(self, hyper: Hyperparameters):
        super().__init__(hyper)
        for resolution in hyper.resolutions:
            self.add_module(f"b{resolution}", Block(resolution, hyper))

    def forward(
        self,
        w: Tensor,
        noise: str = "const",
        noise_seed: int | Sequence[NoiseSeed] | None = None,
        draw: Draw | None = None,
    ) -> Tensor:
        """Return pictures [n, C, H, W] float32, nominally in [-1, 1], for ``w`` [n, num_ws, w_dim].

        ``noise`` is "const" (the network's own planes), "random" or "none".
        ``noise_seed`` is one seed for each picture, or one for all. Random noise from a seed is the same on every
        device and in every batch. If ``noise_seed`` is None, torch's global random generator samples the noise.
        In place of its seed a picture may have one for each layer (0 to num_ws - 2), None for the layer's own plane.
        ``draw`` is a back end that draws in place of ``self.draw``. It is ignored while gradients are recorded.
        Raises ValueError if w has the wrong shape, the mode is unknown, or the number of seeds is not n.
        """
        if w.ndim != 3 or w.shape[1:] != (self.hyper.num_ws, self.hyper.w_dim):
            raise ValueError(f"w has shape {list(w.shape)}, not [n, {self.hyper.num_ws}, {self.hyper.w_dim}]")
        with without_tf32(w.device, self.precision):
            execute = self.draw if draw is None or torch.is_grad_enabled() else draw
            return execute(w.float(), self.noise_planes(len(w), noise, noise_seed))

    def draw(self, w: Tensor, inputs: Sequence[Tensor | None], dtypes: Dtypes | None = None) -> Tensor:
        """Draw pictures [n, C, H, W] from ``w`` [n, num_ws, w_dim] and the planes that ``noise_planes`` returned."""
        x = cast(Tensor, self.get_parameter("b4.const")).expand(len(w), -1, -1, -1)
        return self._run_blocks(self.dtypes(w.device) if dtypes is None else dtypes, x, None, w, inputs)

    def dtypes(self, device: torch.device) -> dict[int, torch.dtype]:
        """Return the precision of each block's features on ``device``, keyed by the block's resolution."""
        hyper = self.hyper
        return {
            r: precision_of(hyper.size_of(r), self.precision, device, hyper.conv_clamp, hyper.channels[r])
            for r in hyper.resolutions
        }

    def _run_blocks(
        self,
        dtypes: Dtypes,
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
            x = x.to(dtype, memory_format=layout(dtype, w.device))
            x, image = self.get_submodule(f"b{resolution}")(x, image, w, noises)
        assert image is not None
        return image

    def _should_split(self, resolution: int, x: Tensor, w: Tensor) -> bool:
        """Return whether to draw the pictures of the batch one after another from this resolution up.

        That is faster on a CPU, because the features of a whole batch would not fit into the cache.
        """
        training = torch.is_grad_enabled() and (x.requires_grad or w.requires_grad)
        return x.device.type == "cpu" and math.prod(self.hyper.size_of(resolution)) >= SPLIT_FROM**2 and not training

    def default_inputs(self, n: int) -> list[Tensor | None]:
        """Return the network's own noise planes."""
        return self.noise_planes(n)

    def noise_planes(
        self, n: int, mode: str = "const", seed: int | Sequence[NoiseSeed] | None = None
    ) -> list[Tensor | None]:
        """Return the noise of each convolution (layers 0 to num_ws - 2): a plane [n or 1, 1, H, W], or None.

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
        """Return the plane [1, 1, H, W] that the network learnt for a layer."""
        resolution = 4 * 2 ** ((layer + 1) // 2)
        return self.get_buffer(f"b{resolution}.conv{1 - layer % 2}.noise_const")[None, None]

    def _noise_plane(self, layer: int, seeds: Sequence[NoiseSeed] | None) -> Tensor:
        """Return the noise of a layer, or its own plane if no picture has a seed for it."""
        own = self._own_plane(layer)
        chosen = [seed if isinstance(seed, int) else seed[layer] for seed in seeds or ()]
        if all(seed is None for seed in chosen):
            return own
        noise = ops.seeded_noise([seed or 0 for seed in chosen], layer, (own.shape[2], own.shape[3]), own.device)
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
    size: tuple[int, int], precision: str, device: torch.device, clamp: float | None, channels: int = 512
) -> torch.dtype:
    """Return the precision to use for the features of a block with this height and width and number of channels.

    This is half precision if ``precision`` is "auto", the device computes half precision natively, and the block is
    large enough to benefit (HALF_FROM, HALF_FEATURES). Otherwise it is float32. While training, only the size
    counts (HALF_FROM_TRAINING): a batch is large enough to benefit, and rounding errors average out over many steps.
    Training never uses float16, whose range is too small for gradients.
    ``clamp`` is the network's conv_clamp.
    """
    half = None if precision == "exact" else half_dtype(device, None if precision == TRAINING else clamp)
    pixels = math.prod(size)
    if half and precision == TRAINING:
        return half if pixels >= HALF_FROM_TRAINING**2 else torch.float32
    if half is None or pixels < HALF_FROM[half] ** 2 or channels * pixels <= HALF_FEATURES[half]:
        return torch.float32
    return half


class Generator(shared.Generator):
    """A StyleGAN2 generator."""

    hyper: Hyperparameters
    synthesis: SynthesisNetwork
    synthesis_type = SynthesisNetwork

    def __init__(
        self, hyper: Hyperparameters, *, name: str = "", digest: str = "", traits: shared.Traits | None = None
    ):
        """Create the generator with uninitialised weights. The arguments are explained in the base class."""
        super().__init__(hyper, name=name, digest=digest, traits=traits)
