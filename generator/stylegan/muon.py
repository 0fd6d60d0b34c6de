"""Optimises matrices with Muon, and all other weights with Adam.

Muon updates a matrix by its momentum, after making all directions of the momentum equally strong. This matters for the
small traits of drawings: their gradients are weak and lie in few directions of a matrix, and with Adam the strong
directions outweigh them. We have our own Muon because torch.optim.Muon needs torch 2.9, while we support torch 2.6, and
because it accepts only 2-D matrices, not convolutions. Knows nothing about the losses.

[1] Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks"
[2] Liu et al. 2025, "Muon is Scalable for LLM Training"
"""

from typing import Any

import torch
from torch import Tensor, nn

from generator.stylegan.precision import has_bfloat16

MOMENTUM = 0.95  # [1]
BETAS = (0.9, 0.99)  # decay of Adam's running means of gradients and of squared gradients
EPSILON = 1e-8  # keeps denominators above 0
UPDATE_RMS = 0.2  # root mean square of a matrix's update at learning rate 1; similar to Adam's [2, section 2.2]
# Coefficients of a polynomial. Applied STEPS times, it moves singular values from (0, 1] to about 1 [1].
QUINTIC = (3.4445, -4.7750, 2.0315)
STEPS = 5


class Muon(torch.optim.Optimizer):
    """Updates matrices and convolutions by their orthogonalised momentum, and all other weights with Adam.

    The other weights are vectors, constants, and the weights of ToRGB layers (which have only a few rows). Adam is
    algorithm 1 of Kingma and Ba 2015. A step shrinks each matrix by the share lr * ``weight_decay`` [2, section 2.2].
    """

    def __init__(self, network: nn.Module, lr: float, weight_decay: float = 0.0) -> None:
        named = list(network.named_parameters())
        groups = [
            {"params": [p for name, p in named if _is_matrix(name, p) is matrix], "matrices": matrix}
            for matrix in (True, False)
        ]
        super().__init__(groups, {"lr": lr})
        self.weight_decay = weight_decay
        # In bfloat16, orthogonalising is 3 times as fast.
        self.dtype = torch.bfloat16 if has_bfloat16(named[0][1].device) else torch.float32

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]  # closures are not supported
        """Update every weight that has a gradient."""
        for group in self.param_groups:
            update = self._muon_step if group["matrices"] else self._adam_step
            for weight in group["params"]:
                if weight.grad is not None:
                    update(weight, weight.grad, self.state[weight], group["lr"])

    def _muon_step(self, weight: Tensor, gradient: Tensor, state: dict[str, Any], rate: float) -> None:
        if not state:
            state["mean"] = torch.zeros_like(weight)
        mean = state["mean"].lerp_(gradient, 1 - MOMENTUM)
        ahead = gradient.lerp(mean, MOMENTUM).flatten(1)  # Nesterov momentum [1]
        direction = orthogonalize(ahead, self.dtype).view_as(weight)
        weight.mul_(1 - rate * self.weight_decay)
        weight.sub_(direction, alpha=rate * UPDATE_RMS * max(ahead.shape) ** 0.5)

    def _adam_step(self, weight: Tensor, gradient: Tensor, state: dict[str, Any], rate: float) -> None:
        if not state:
            state |= {"count": 0, "mean": torch.zeros_like(weight), "square": torch.zeros_like(weight)}
        count = state["count"] = state["count"] + 1
        mean = state["mean"].lerp_(gradient, 1 - BETAS[0])
        square = state["square"].lerp_(gradient.square(), 1 - BETAS[1])
        spread = (square / (1 - BETAS[1] ** count)).sqrt_().add_(EPSILON)
        weight.addcdiv_(mean, spread, value=-rate / (1 - BETAS[0] ** count))


def orthogonalize(matrix: Tensor, dtype: torch.dtype | None = None) -> Tensor:
    """Return approximately U V^T [m, n], where U S V^T is the singular value decomposition of ``matrix`` [1].

    The result has the same singular vectors as the matrix, but all its singular values are about 1. ``dtype`` is the
    precision in which to compute, if it is not the matrix's own; wide and tall matrices keep their own.
    """
    tall = matrix.shape[0] > matrix.shape[1]
    x: Tensor = matrix.T if tall else matrix
    x = x / x.norm().clamp(min=EPSILON)
    height, width = x.shape
    x = _orthogonalize_wide(x) if width > 2 * height else _orthogonalize_square(x.to(dtype)).to(x.dtype)
    return x.T if tall else x


def _orthogonalize_square(x: Tensor) -> Tensor:
    for _ in range(STEPS):
        x = _step_factor(x @ x.T) @ x
    return x


def _orthogonalize_wide(x: Tensor) -> Tensor:
    """Return the same, with two products as large as x instead of two per step.

    A step multiplies x by a polynomial in the matrix x x^T, so all factors commute. It is enough to follow x x^T, which
    is small, and to multiply x by the product of all factors. For 256 channels that takes a third of the time in
    float32. bfloat16 has too few digits for it: the entries of x x^T are squares.
    """
    gram = x @ x.T
    total = factor = _step_factor(gram)
    for _ in range(STEPS - 1):
        gram = factor @ gram @ factor
        factor = _step_factor(gram)
        total = factor @ total
    return total @ x


def _step_factor(gram: Tensor) -> Tensor:
    a, b, c = QUINTIC
    factor = b * gram + c * gram @ gram
    factor.diagonal().add_(a)
    return factor


def _is_matrix(name: str, weight: Tensor) -> bool:
    return weight.ndim > 1 and name.endswith("weight") and not name.endswith("torgb.weight")
