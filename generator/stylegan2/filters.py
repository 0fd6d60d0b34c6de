"""Implements the low-pass filters of StyleGAN2 as plain functions, for changes of resolution.

The functions own no weights. [2] is the paper named in generator/stylegan/ops.py.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import torch
import torch.nn.functional as F
from torch import Tensor

from generator.stylegan2.convolutions import convolve_transposed


def upsampling_conv(x: Tensor, kernel: Tensor, taps: Sequence[float], bias: Tensor | None = None) -> Tensor:
    """Convolve ``x`` [n, I, H, W] with ``kernel`` [I, O, 3, 3] and upsample to [n, O, 2H, 2W]  [2, appendix B].

    A transposed convolution with stride 2 yields 2H + 1 rows. The low-pass filter follows, with gain 4. It is padded so
    that 2H rows remain for any number of taps. ``bias`` is [O] or None and must not need a gradient.
    """
    x = convolve_transposed(x, kernel)
    return fir_filter(x, taps, (len(taps) + 1) // 2 - 1, (len(taps) - 2) // 2, gain=4, bias=bias)


def upsample(x: Tensor, taps: Sequence[float]) -> Tensor:
    """Upsample ``x`` [n, C, H, W] to [n, C, 2H, 2W]: insert zeros, then apply the low-pass filter with gain 4.

    One transposed convolution with the filter does both: it computes the full true convolution of the signal with the
    zeros inserted. With N taps, the first N // 2 - 1 rows of the result are dropped, and the next 2H rows are kept.
    """
    start = len(taps) // 2 - 1
    return _spread(x, _Filter(tuple(taps), 4.0, 2, start, (len(taps) - 2 - start,) * 2))


def fir_filter(
    x: Tensor,
    taps: Sequence[float],
    before: int,
    after: int,
    *,
    stride: int = 1,
    gain: float = 1.0,
    bias: Tensor | None = None,
) -> Tensor:
    """Return the true convolution of ``x`` [n, C, H, W] with the outer product of ``taps``, scaled to sum to ``gain``.

    ``before`` and ``after`` are the numbers of zeros added at the start and end of each axis; negative numbers crop
    pixels. Every ``stride``-th result is kept. ``bias`` [C] is added to the result. It may only be given where no
    gradient is needed.
    """
    # torch's conv2d computes a correlation. Reversing the taps, which need not be symmetric, makes it a convolution.
    f = _Filter(tuple(taps[::-1]), gain, stride, before, (after, after))
    return _correlate(x, f) if bias is None else _correlation(x, f, bias)


class _Filter(NamedTuple):
    taps: tuple[float, ...]
    gain: float
    stride: int
    before: int  # rows and columns added at the start, or cropped if negative
    after: tuple[int, int]  # rows, and columns, added at the end

    @property
    def padding(self) -> int:
        """The padding of torch's convolution that does the same, or 0 if there is none."""
        return self.before if self.after == (self.before, self.before) and self.before > 0 else 0

    def pad(self, x: Tensor, sign: int = 1) -> Tensor:
        return F.pad(x, [sign * n for n in (self.before, self.after[1], self.before, self.after[0])])

    def kernel(self, like: Tensor) -> Tensor:  # returns [C, 1, N, N]
        line = torch.tensor(self.taps, dtype=torch.float32, device=like.device)
        square = torch.outer(line, line) * (self.gain / line.sum().square())
        return square.to(like.dtype).expand(like.shape[1], 1, -1, -1)


def _correlate(x: Tensor, f: _Filter) -> Tensor:
    if not torch.is_grad_enabled():
        return _correlation(x, f)
    return cast(Tensor, _Correlate.apply(x, f))  # type: ignore[no-untyped-call]


def _spread(x: Tensor, f: _Filter) -> Tensor:
    if not torch.is_grad_enabled():
        return _transposed_correlation(x, f)
    return cast(Tensor, _Spread.apply(x, f))  # type: ignore[no-untyped-call]


def _correlation(x: Tensor, f: _Filter, bias: Tensor | None = None) -> Tensor:
    x = x if f.padding else f.pad(x)
    return F.conv2d(x, f.kernel(x), bias, stride=f.stride, padding=f.padding, groups=x.shape[1])


def _transposed_correlation(x: Tensor, f: _Filter) -> Tensor:
    if f.stride == 1:  # then it is a correlation itself, with the taps reversed
        last = len(f.taps) - 1
        after = (last - f.after[0], last - f.after[1])
        return _correlation(x, f._replace(taps=f.taps[::-1], before=last - f.before, after=after))
    # CPUs have no fast depthwise transposed convolution in bfloat16; float32 takes a tenth of the time.
    wide = x.float() if x.device.type == "cpu" and x.dtype == torch.bfloat16 else x
    y = F.conv_transpose2d(wide, f.kernel(wide), stride=f.stride, padding=f.padding, groups=x.shape[1]).to(x.dtype)
    return y if f.padding else f.pad(y, -1)


class _Correlate(torch.autograd.Function):
    """Padding, depthwise correlation and stride as one operation with a fast second derivative.

    The operation is linear in x. Its backward pass is therefore its adjoint, _Spread, and the backward pass of _Spread
    is this operation again. For a second derivative, plain autograd would also compute the gradient of the constant
    taps, channel by channel. That would take two thirds of the time of a path-length-regularisation step.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, f: _Filter) -> Tensor:
        ctx.filter, ctx.size = f, x.shape[2:]
        return _correlation(x, f)

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor, None]:
        f = ctx.filter
        # For rows and for columns: how much of the padded x contributes to the result, without what stands before it.
        reach = [(length - 1) * f.stride + len(f.taps) - f.before for length in slopes[0].shape[2:]]
        after = tuple(used - length for used, length in zip(reach, ctx.size, strict=True))
        return _spread(slopes[0], f._replace(after=after)), None


class _Spread(torch.autograd.Function):
    """The adjoint of _Correlate: a depthwise transposed convolution followed by cropping."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, f: _Filter) -> Tensor:
        ctx.filter = f
        return _transposed_correlation(x, f)

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor, None]:
        return _correlate(slopes[0], ctx.filter), None
