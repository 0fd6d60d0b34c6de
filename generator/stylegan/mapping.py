"""Defines the mapping network from z and a label to w. StyleGAN2 and StyleGAN3 have the same one.

Reads no files and knows nothing about pictures. [1] is the paper named in ops.py; [3] is Karras et al. 2020, "Training
Generative Adversarial Networks with Limited Data".
"""

from itertools import pairwise

import torch
from torch import Tensor, nn

from generator.stylegan import ops
from generator.stylegan.hyperparameters import MappingHyperparameters
from generator.stylegan.layers import Dense


class MappingNetwork(nn.Module):
    """Maps z and a label to w  [1, section 2].

    Labels are embedded as in [3], and w is truncated as in [1, appendix B].
    """

    w_avg: Tensor

    def __init__(self, hyper: MappingHyperparameters):
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
