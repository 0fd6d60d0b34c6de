"""Defines the layers that StyleGAN2 and StyleGAN3 share: the dense layer, and the base of every modulated convolution.

Knows nothing about z, recipes or files. [1] and [2] are the papers named in ops.py.
The learning rate is equalised: weights are initialised from N(0, 1), and each layer applies its gain in ``forward``
[Karras et al. 2018, "Progressive Growing of GANs", section 4.1].
"""

import math
from collections.abc import Callable, Hashable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from generator.stylegan import ops


class Dense(nn.Module):
    """A fully connected layer: act(x (W lr / sqrt(in))^T + b lr)  [1, appendix C].

    ``lr`` is the learning-rate multiplier. If ``gain`` is given, it replaces the factor lr / sqrt(in).
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        activation: str = "linear",
        lr: float = 1.0,
        bias: bool = True,
        gain: float | None = None,
    ):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs))
        self.bias = nn.Parameter(torch.empty(outputs)) if bias else None
        self.activation, self.lr = activation, lr
        self.gain = lr / math.sqrt(inputs) if gain is None else gain

    def forward(self, x: Tensor) -> Tensor:
        """Map ``x`` [n, in] to [n, out]."""
        bias = None if self.bias is None else self.bias * self.lr
        return ops.activate(F.linear(x * self.gain, self.weight, bias), self.activation)


def needs_gradient(*tensors: Tensor) -> bool:
    """Return whether autograd records operations on any of ``tensors``. If so, none may be overwritten in place."""
    return torch.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors)


class ModulatedConv(nn.Module):
    """The base class of every modulated convolution.

    Holds a weight, a bias, and the affine map from w to the style s  [2, fig. 2].
    """

    def __init__(self, inputs: int, outputs: int, size: int, w_dim: int, demodulate: bool, up: bool = False):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs, size, size))
        self.bias = nn.Parameter(torch.empty(outputs))
        self.affine = Dense(w_dim, inputs)
        self.demodulate, self.up = demodulate, up
        self.frozen = False
        self._cache: dict[Hashable, tuple[tuple[object, ...], ops.Kernel]] = {}

    def freeze(self, frozen: bool = True) -> None:
        """Set whether the prepared weight is cached between calls.

        For training, ``frozen`` must be False: the weight changes, so it has to be prepared for each call.
        """
        self.frozen = frozen
        self._cache.clear()

    def should_fold(self, x: Tensor) -> bool:
        """Return whether to scale the weight by the style, instead of scaling the features x [n, I, h, h].

        Scaling the weight is cheaper for a single picture on a CPU if one feature map of the result has more pixels
        than W_o has weights. A GPU always convolves a whole batch at once, with one weight.
        """
        pixels = x.shape[2] * x.shape[3] * (4 if self.up else 1)
        return len(x) == 1 and x.device.type == "cpu" and pixels > self.weight[0].numel()

    def kernel(self, dtype: torch.dtype) -> ops.Kernel:
        """Return the weight, prepared for features of type ``dtype``. A frozen layer prepares it once and caches it."""
        return self.cached(dtype, lambda: ops.prepare(self.weight, dtype, self.demodulate, self.up))

    def cached(self, key: Hashable, prepare: Callable[[], ops.Kernel]) -> ops.Kernel:
        """Return what ``prepare`` makes of the weight. A frozen layer keeps it under ``key``."""
        if not self.frozen:
            return prepare()
        # This weights fingerprint changes when .to() or load_state_dict changes the weight.
        stamp = (self.weight.device, self.weight.data_ptr(), 0 if self.weight.is_inference() else self.weight._version)
        if key not in self._cache or self._cache[key][0] != stamp:
            # Not in inference mode, so that code that needs gradients for w can also use the cached weight later.
            with torch.inference_mode(False), torch.no_grad():
                self._cache[key] = (stamp, prepare())
        return self._cache[key][1]
