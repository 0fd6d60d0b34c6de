"""Computes a 3x3 convolution with a quarter of the multiplications, by Winograd's minimal filtering.

Owns no weights. [1] is Lavin and Gray 2016, "Fast Algorithms for Convolutional Neural Networks"; the algorithm is its
F(4x4, 3x3), for float32.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

TILE = 4  # pixels on a side that one tile gives; it needs TILE + 2 on a side

# The transforms of one axis [1, section 4.3]: of the pixels, of the weight and of the result.
_PIXELS = (
    (4, 0, -5, 0, 1, 0),
    (0, -4, -4, 1, 1, 0),
    (0, 4, -4, -1, 1, 0),
    (0, -2, -1, 2, 1, 0),
    (0, 2, -1, -2, 1, 0),
    (0, 4, 0, -5, 0, 1),
)
_WEIGHT = (
    (1 / 4, 0, 0),
    (-1 / 6, -1 / 6, -1 / 6),
    (-1 / 6, 1 / 6, -1 / 6),
    (1 / 24, 1 / 12, 1 / 6),
    (1 / 24, -1 / 12, 1 / 6),
    (0, 0, 1),
)
_RESULT = (
    (1, 1, 1, 1, 1, 0),
    (0, 1, -1, 2, -2, 0),
    (0, 1, 1, 4, 4, 0),
    (0, 1, -1, 8, -8, 1),
)


def pays(x: Tensor, weight: Tensor) -> bool:
    """Return whether this algorithm fits a convolution of x [n, I, H, W] with weight [O, I, 3, 3], and is faster.

    Measured on one core of a processor with AVX-512, in milliseconds, direct and here: 46 and 21 for 512 channels at
    32 x 32 pixels, 179 and 77 at 64 x 64, 178 and 102 for 256 channels at 128 x 128. For 128 channels at 256 x 256 it
    would be 175 and 168, and fewer take longer here, because transforming the pixels takes longer than the products.
    """
    height, width = x.shape[2:]
    fits = x.dtype == torch.float32 and x.device.type == "cpu" and height % TILE == 0 and width % TILE == 0
    large = min(weight.shape[:2]) >= 256 and height * width >= 32**2  # in a batch as alone, so that faces are the same
    # What traces a network has convolutions of its own.
    return fits and large and not torch.jit.is_tracing()  # type: ignore[attr-defined, no-untyped-call]


def transform(weight: Tensor) -> Tensor:
    """Return ``weight`` [O, I, 3, 3] as [36, O, I] for ``convolve``. Channels last is the fastest layout."""
    u = _both_axes(_WEIGHT) @ weight.permute(2, 3, 0, 1).reshape(9, -1)
    return u.view(36, *weight.shape[:2])


def convolve(x: Tensor, u: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return ``F.conv2d(x, weight, bias, padding=1)`` for x [n, I, H, W], float32, and ``u = transform(weight)``.

    H and W are multiples of TILE. The layout of the result [n, O, H, W] is channels last, and that of x should be.
    """
    n, inputs, height, width = x.shape
    outputs, rows, columns = u.shape[1], height // TILE, width // TILE
    tiles = F.pad(x, (1, 1, 1, 1)).unfold(2, TILE + 2, TILE).unfold(3, TILE + 2, TILE)  # [n, I, rows, columns, 6, 6]
    v = _both_axes(_PIXELS) @ tiles.permute(4, 5, 0, 2, 3, 1).reshape(36, -1)  # [36, n rows columns I]
    m = v.view(36, -1, inputs) @ u.transpose(1, 2)  # [36, n rows columns, O]
    y = _both_axes(_RESULT) @ m.view(36, -1)  # [16, n rows columns O]
    y = y.view(TILE, TILE, n, rows, columns, outputs).permute(2, 3, 0, 4, 1, 5)  # [n, rows, 4, columns, 4, O]
    y = y.reshape(n, height, width, outputs).permute(0, 3, 1, 2)
    return y if bias is None else y.add_(bias[:, None, None])


def _both_axes(transform: tuple[tuple[float, ...], ...]) -> Tensor:
    """Return the transform of a square, written as a vector, from the transform of each axis."""
    axis = torch.tensor(transform, dtype=torch.float32)
    return torch.kron(axis, axis)
