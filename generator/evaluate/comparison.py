"""Pictures for the eye: a network's faces beside drawings, and faces beside the training pictures nearest to them.

Knows no measure.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from generator import drawn
from generator.rendering.latents import Latents
from generator.stylegan2.network import Generator
from generator.stylegan2.ops import to_uint8

COLUMNS = 8
GAP = 8  # pixels between the two halves
PAPER = 255

Pictures = NDArray[np.uint8]  # [n, side, side, 3]


def compare_with_drawings(generator: Generator, psi: float, count: int, seed: int) -> Image.Image:
    """``count`` seeds from ``seed`` on at ``psi`` to the left, as many drawings to the right."""
    points = Latents.of(range(seed, seed + count), generator)
    w = points.styles(generator, psi)
    made = np.concatenate(
        [to_uint8(generator.synthesis(w[at : at + COLUMNS])).cpu().numpy() for at in range(0, count, COLUMNS)]
    )
    rng = np.random.default_rng(seed)
    real = np.stack([drawn.draw(drawn.sample(rng), generator.resolution) for _ in range(count)])
    left, right = grid(made, COLUMNS), grid(real, COLUMNS)
    return Image.fromarray(np.concatenate([left, np.full((len(left), GAP, 3), PAPER, np.uint8), right], axis=1))


def grid(pictures: Pictures, columns: int) -> NDArray[np.uint8]:
    """[rows * columns, side, side, 3] -> [rows * side, columns * side, 3]."""
    side = pictures.shape[1]
    return pictures.reshape(-1, columns, side, side, 3).swapaxes(1, 2).reshape(-1, columns * side, 3)


def compare_with_nearest(made: Pictures, nearest: Sequence[Sequence[NDArray[np.uint8]]]) -> Image.Image:
    """A row for each face: the face, a gap, and the training pictures nearest to it, the nearest first."""
    side = made.shape[1]
    rows = []
    for face, found in zip(made, nearest, strict=True):
        gap = np.full((side, GAP, 3), PAPER, np.uint8)
        rows.append(np.concatenate([face, gap, *(_resize(picture, side) for picture in found)], axis=1))
    return Image.fromarray(np.concatenate(rows))


def _resize(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(picture).resize((side, side), Image.Resampling.LANCZOS))
