"""Convolves while a network learns: with torch's results, and gradients that a CPU computes sooner.

Owns no weights. Most of a step of training goes into gradients of weights, which torch computes on a CPU at half of the
speed of the convolution itself. Within ``first_order`` they are computed as matrix products, some by Winograd's minimal
filtering, in float32.

Measured on two cores with AVX2, channels last, batches of 32, in milliseconds, by torch and here: 124 and 41 for the
weight of 256 channels at 16 x 16 pixels, 87 and 45 for 128 at 32 x 32, 133 and 85 for 64 at 64 x 64; if it doubles the
size from there, 185 and 86, 82 and 52, 80 and 58. With 32 channels torch is faster.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor

from generator.stylegan2 import winograd

WIDE = 64  # channels on both sides from which the products are faster
PIECE = 2**29  # bytes that the products of a piece of a batch may need beside it
COPIES = 9  # of a picture's features that they need at once: those of Winograd 2 x 2.25, and more while they are made
MANY = 16  # tiles in a batch from which Winograd's gradient of the weight is faster

_first_order = False


@contextmanager
def first_order() -> Iterator[None]:
    """Let the convolutions within compute fast gradients, which cannot be differentiated again.

    The penalties R1 and path length differentiate gradients, so their steps stay outside.
    """
    global _first_order
    before, _first_order = _first_order, True
    try:
        yield
    finally:
        _first_order = before


def convolve(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return ``F.conv2d(x, weight, bias, padding=1)`` for x [n, I, H, W] and weight [O, I, 3, 3]."""
    if not _is_faster(x, weight) or winograd.count_tiles(x) < MANY:
        return F.conv2d(x, weight, bias, padding=1)
    return _add(_Convolution.apply(x, weight), bias)  # type: ignore[no-untyped-call]


def convolve_strided(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return ``F.conv2d(x, weight, bias, stride=2)`` [n, O, H, W] for x [n, I, 2H+1, 2W+1] and weight [O, I, 3, 3]."""
    if not _is_faster(x, weight):
        return F.conv2d(x, weight, bias, stride=2)
    return _add(_StridedConvolution.apply(x, weight, False), bias)  # type: ignore[no-untyped-call]


def convolve_transposed(x: Tensor, weight: Tensor) -> Tensor:
    """Return ``F.conv_transpose2d(x, weight, stride=2)`` [n, O, 2H+1, 2W+1] for x [n, I, H, W], weight [I, O, 3, 3]."""
    if not _is_faster(x, weight):
        return F.conv_transpose2d(x, weight, stride=2)
    return cast(Tensor, _StridedConvolution.apply(x, weight, True))  # type: ignore[no-untyped-call]


def _is_faster(x: Tensor, weight: Tensor) -> bool:
    learns = _first_order and torch.is_grad_enabled() and weight.requires_grad
    plain = x.device.type == "cpu" and x.dtype == torch.float32 and not torch.is_autocast_enabled("cpu")
    return learns and plain and min(weight.shape[:2]) >= WIDE


def _add(x: Tensor, bias: Tensor | None) -> Tensor:
    return x if bias is None else x + bias[:, None, None]  # not in place: x may be a view


class _Convolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return _convolve(x, weight)

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor | None, Tensor]:
        (x, weight), slope = ctx.saved_tensors, _once(slopes)
        before = _convolve(slope, weight.flip(2, 3).transpose(0, 1)) if ctx.needs_input_grad[0] else None
        return before, _add_up(winograd.weight_gradient, x, slope)


class _StridedConvolution(torch.autograd.Function):
    """The convolution with stride 2, or its adjoint if ``transposed``: each takes part in the gradient of the other."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, transposed: bool) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.transposed = transposed
        return _convolve_strided(x, weight, transposed)

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor | None, Tensor, None]:
        (x, weight), slope = ctx.saved_tensors, _once(slopes)
        before = _convolve_strided(slope, weight, not ctx.transposed) if ctx.needs_input_grad[0] else None
        fine, coarse = (slope, x) if ctx.transposed else (x, slope)
        return before, _add_up(_strided_weight_gradient, fine, coarse), None


def _once(slopes: tuple[Tensor, ...]) -> Tensor:
    if torch.is_grad_enabled():  # as with create_graph=True
        raise RuntimeError("a gradient computed within first_order() cannot be differentiated")
    return slopes[0]


def _convolve(x: Tensor, weight: Tensor) -> Tensor:
    if winograd.pays_in_batches(x, weight):
        return winograd.convolve(x, winograd.transform(weight))
    return F.conv2d(x, weight, padding=1)


def _convolve_strided(x: Tensor, weight: Tensor, transposed: bool) -> Tensor:
    return F.conv_transpose2d(x, weight, stride=2) if transposed else F.conv2d(x, weight, stride=2)


def _add_up(gradient: Callable[[Tensor, Tensor], Tensor], x: Tensor, slope: Tensor) -> Tensor:
    """Return the gradient of the weight for a batch, as the sum of those for pieces that need little memory."""
    count = max(1, PIECE // (COPIES * 4 * max(x[0].numel(), slope[0].numel())))
    parts = [gradient(*pair) for pair in zip(torch.split(x, count), torch.split(slope, count), strict=True)]
    return sum(parts[1:], start=parts[0])


def _strided_weight_gradient(x: Tensor, slope: Tensor) -> Tensor:
    """Return the sum over n, h, w of slope[n, o, h, w] x[n, i, 2h + j, 2w + k], as [O, I, 3, 3], in one product."""
    n, outputs, height, width = slope.shape
    inputs = x.shape[1]
    tiles = x.permute(0, 2, 3, 1).unfold(1, 3, 2).unfold(2, 3, 2)  # [n, H, W, I, 3, 3]
    tiles = tiles.permute(0, 1, 2, 4, 5, 3).reshape(n * height * width, 9 * inputs)
    product = slope.permute(0, 2, 3, 1).reshape(-1, outputs).T @ tiles
    return product.view(outputs, 3, 3, inputs).permute(0, 3, 1, 2)
