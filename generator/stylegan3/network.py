"""Defines the StyleGAN3 generator, in the configurations T and R and with any of their settings.

Reads no files and knows nothing about recipes. [1] is the paper named in hyperparameters.py.

The state dict holds these tensors, all float32; L{i}_{size}_{channels} is layer i, as hyperparameters.py names it:
    mapping.fc{i}.weight [out, in] .bias [out]
    mapping.embed.weight [w_dim, c_dim] .bias [w_dim] (only with labels)
    mapping.w_avg [w_dim]
    synthesis.input.weight [C, C] .affine.weight [4, w_dim] .affine.bias [4]
        .freqs [C, 2] .phases [C] .transform [3, 3]
    synthesis.L{i}_{size}_{channels}.weight [O, I, k, k] .bias [O] .affine.weight [I, w_dim] .affine.bias [I]
        .magnitude_ema [] .up_filter [taps] .down_filter [taps] or [taps, taps] (no filters in the last layer, ToRGB)
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from generator.allocator import release_free_memory
from generator.stylegan import generator as shared
from generator.stylegan.generator import Draw, Dtypes, Traits
from generator.stylegan.precision import half_dtype, layout, without_tf32
from generator.stylegan3.hyperparameters import Hyperparameters as Hyperparameters
from generator.stylegan3.layers import FilteredConv, FourierInput, ToRGB

# From layers of this size up, a CPU draws the pictures of a batch one after another, since more would not fit into its
# cache.
SPLIT_FROM = 64
# How many of the last layers, before ToRGB, use half precision. Those are the ones that cost most. What bfloat16 rounds
# off in a layer stays in all that follow it; if that is too much in a network, fewer of its layers use it.
HALF_LAYERS = {torch.float16: (9,), torch.bfloat16: (8, 6, 4)}
# From this many features up, a CPU gives free memory back before a layer: what earlier layers used would otherwise stay
# in the heap beside the few largest tensors of a 1024 px network, up to 700 MB each.
RELEASE_FROM = 2**24
HALF_FEATURES = 2**19  # layers with fewer features (channels * pixels) than this use float32, which takes no longer


class SynthesisNetwork(shared.SynthesisNetwork):
    """Maps w to a picture, from waves through layers that add no frequencies of their own  [1, figure 4a]."""

    hyper: Hyperparameters

    def __init__(self, hyper: Hyperparameters):
        super().__init__(hyper)
        self.input = FourierInput(hyper)
        for shape in hyper.layers:
            self.add_module(shape.name, (ToRGB if shape.to_rgb else FilteredConv)(shape, hyper))
        self._less = 0  # index into a row of HALF_LAYERS

    def forward(
        self,
        w: Tensor,
        noise: str = "const",
        noise_seed: object = None,
        draw: Draw | None = None,
        transform: Tensor | None = None,
    ) -> Tensor:
        """Return pictures [n, C, H, W] float32, nominally in [-1, 1], for ``w`` [n, num_ws, w_dim].

        Nothing about ``noise`` matters, since the network has none.
        ``transform`` [n or 1, 3, 3] turns and shifts the pictures: it maps each place of the moved picture to the place
        it shows, in widths of the picture from its middle, x to the right and y downwards.
        ``draw`` is a back end that draws in place of ``self.draw``. It is ignored while gradients are recorded.
        Raises ValueError if w has the wrong shape.
        """
        if w.ndim != 3 or w.shape[1:] != (self.hyper.num_ws, self.hyper.w_dim):
            raise ValueError(f"w has shape {list(w.shape)}, not [n, {self.hyper.num_ws}, {self.hyper.w_dim}]")
        with without_tf32(w.device, self.precision):
            execute = self.draw if draw is None or torch.is_grad_enabled() else draw
            inputs = self.default_inputs(len(w)) if transform is None else [transform.to(w.device, torch.float32)]
            return execute(w.float(), inputs)

    def default_inputs(self, n: int) -> list[Tensor | None]:
        """Return the transform that moves nothing."""
        return [torch.eye(3, device=self.input.freqs.device)[None]]

    def draw(self, w: Tensor, inputs: Sequence[Tensor | None], dtypes: Dtypes | None = None) -> Tensor:
        """Draw pictures [n, C, H, W] from ``w`` [n, num_ws, w_dim] and a transform [n or 1, 3, 3]."""
        transform = inputs[0]
        assert transform is not None
        x = self.input(w[:, 0], transform)
        return self._run_layers(self.dtypes(w.device) if dtypes is None else dtypes, 0, x, w)

    def _run_layers(self, dtypes: Dtypes, first: int, x: Tensor, w: Tensor) -> Tensor:
        """Run the layers from ``first`` on, and return the finished pictures."""
        for i, shape in enumerate(self.hyper.layers[first:], first):
            if len(w) > 1 and x.device.type == "cpu" and shape.out_size >= SPLIT_FROM:
                return torch.cat([self._run_layers(dtypes, i, x[j : j + 1], w[j : j + 1]) for j in range(len(w))])
            if x.device.type == "cpu" and shape.out_channels * shape.out_size**2 >= RELEASE_FROM:
                release_free_memory()
            x = x.to(dtypes[i], memory_format=layout(dtypes[i], x.device))
            layer, style = self.get_submodule(shape.name), w[:, i + 1]
            x = layer(x, style) if shape.to_rgb else layer(x, style, dtypes[i + 1])
        return x

    def dtypes(self, device: torch.device) -> dict[int, torch.dtype]:
        """Return the precision of each layer's features on ``device``, keyed by the layer's number."""
        half = None if self.precision == "exact" else half_dtype(device, self.hyper.conv_clamp)
        last = len(self.hyper.layers) - 1
        first = last if half is None else last - HALF_LAYERS[half][min(self._less, len(HALF_LAYERS[half]) - 1)]
        halves = [
            first <= i < last and shape.out_channels * shape.out_size**2 > HALF_FEATURES
            for i, shape in enumerate(self.hyper.layers)
        ]
        return {i: half if half and is_half else torch.float32 for i, is_half in enumerate(halves)}

    def use_less_half(self) -> bool:
        """Use half precision in fewer layers, if it is used in more than the fewest. Return whether it is now."""
        before = self.dtypes(self.input.freqs.device)
        self._less += 1
        return self.dtypes(self.input.freqs.device) != before


class Generator(shared.Generator):
    """A StyleGAN3 generator."""

    hyper: Hyperparameters
    synthesis: SynthesisNetwork
    synthesis_type = SynthesisNetwork

    def __init__(self, hyper: Hyperparameters, *, name: str = "", digest: str = "", traits: Traits | None = None):
        """Create the generator with uninitialised weights. The arguments are explained in the base class."""
        super().__init__(hyper, name=name, digest=digest, traits=traits)
