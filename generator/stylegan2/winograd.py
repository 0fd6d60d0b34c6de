"""Computes a 3x3 convolution with a quarter of the multiplications, by Winograd's minimal filtering.

Owns no weights. [1] is Lavin and Gray 2016, "Fast Algorithms for Convolutional Neural Networks"; the algorithm is its
F(4x4, 3x3), for float32.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

MOST_BYTES = 2**28  # of the transformed pixels of a batch, and as many of the products
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


def count_tiles(x: Tensor) -> int:
    """Return the number of tiles of x [n, I, H, W], or 0 if H or W is no multiple of TILE."""
    n, _, height, width = x.shape
    return 0 if height % TILE or width % TILE else n * (height // TILE) * (width // TILE)


def pays_in_batches(x: Tensor, weight: Tensor) -> bool:
    """Return whether this algorithm is faster where the result may depend on the size of the batch, as in training.

    Measured on two cores with AVX2 and batches of 32, in milliseconds, direct and here: 62 and 41 for 256 channels at
    16 x 16 pixels, 15 and 13 at 8 x 8, 4 and 5 at 4 x 4. For 128 channels it takes as long as the direct one.
    """
    outputs, inputs = weight.shape[:2]
    fits = 36 * 4 * count_tiles(x) * max(outputs, inputs) <= MOST_BYTES
    return fits and min(outputs, inputs) >= 256 and count_tiles(x) >= 64


def transform(weight: Tensor) -> Tensor:
    """Return ``weight`` [O, I, 3, 3] as [36, O, I] for ``convolve``. Channels last is the fastest layout."""
    u = _both_axes(_WEIGHT) @ weight.permute(2, 3, 0, 1).reshape(9, -1)
    return u.view(36, *weight.shape[:2])


def convolve(x: Tensor, u: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return ``F.conv2d(x, weight, bias, padding=1)`` for x [n, I, H, W], float32, and ``u = transform(weight)``.

    H and W are multiples of TILE. The layout of the result [n, O, H, W] is channels last, and that of x should be.
    """
    n, _, height, width = x.shape
    outputs, rows, columns = u.shape[1], height // TILE, width // TILE
    m = _transform_pixels(x) @ u.transpose(1, 2)  # [36, n rows columns, O]
    y = _both_axes(_RESULT) @ m.view(36, -1)  # [16, n rows columns O]
    y = y.view(TILE, TILE, n, rows, columns, outputs).permute(2, 3, 0, 4, 1, 5)  # [n, rows, 4, columns, 4, O]
    y = y.reshape(n, height, width, outputs).permute(0, 3, 1, 2)
    return y if bias is None else y.add_(bias[:, None, None])


def weight_gradient(x: Tensor, slope: Tensor) -> Tensor:
    """Return the gradient [O, I, 3, 3] of the weight of ``F.conv2d(x, weight, padding=1)``.

    ``x`` is [n, I, H, W], float32; ``slope`` [n, O, H, W] is the gradient of the result. H and W are multiples of TILE.
    Every step of ``convolve`` is linear; here they are transposed, from the last to the first.
    """
    n, outputs, height, width = slope.shape
    tiles = slope.permute(0, 2, 3, 1).reshape(n, height // TILE, TILE, width // TILE, TILE, outputs)
    m = _both_axes(_RESULT).T @ tiles.permute(2, 4, 0, 1, 3, 5).reshape(16, -1)  # [36, n rows columns O]
    u = m.view(36, -1, outputs).transpose(1, 2) @ _transform_pixels(x)  # [36, O, I]
    weight = _both_axes(_WEIGHT).T @ u.view(36, -1)  # [9, O I]
    return weight.view(3, 3, *u.shape[1:]).permute(2, 3, 0, 1)


def _transform_pixels(x: Tensor) -> Tensor:
    """Return the transformed tiles of x [n, I, H, W] as [36, n rows columns, I]."""
    tiles = F.pad(x, (1, 1, 1, 1)).unfold(2, TILE + 2, TILE).unfold(3, TILE + 2, TILE)  # [n, I, rows, columns, 6, 6]
    v = _both_axes(_PIXELS) @ tiles.permute(4, 5, 0, 2, 3, 1).reshape(36, -1)  # [36, n rows columns I]
    return v.view(36, -1, x.shape[1])


def _both_axes(transform: tuple[tuple[float, ...], ...]) -> Tensor:
    """Return the transform of a square, written as a vector, from the transform of each axis."""
    axis = torch.tensor(transform, dtype=torch.float32)
    return torch.kron(axis, axis)
