"""Draws a network's faces beside the artist's drawings, or beside the nearest training pictures, to compare by eye.

Computes no measures.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from generator.rendering.latents import Latents
from generator.stylegan.generator import Generator
from generator.stylegan.ops import to_uint8
from generator.train.data.drawing import Draws
from generator.train.sample_sheet import tile

COLUMNS = 8
GAP = 8  # width in pixels of the white gap beside the faces
WHITE = 255

Pictures = NDArray[np.uint8]  # [n, side, side, 3]


def compare_with_drawings(generator: Generator, draws: Draws, psi: float, count: int, seed: int) -> Image.Image:
    """Draw ``count`` faces of a network on the left, and as many of an artist's drawings on the right.

    The faces have consecutive seeds, starting at ``seed``, and are drawn at ``psi``. ``seed`` also determines the
    drawings.
    """
    w = Latents.of(range(seed, seed + count), generator).styles(generator, psi)
    made = np.concatenate(
        [to_uint8(generator.synthesis(w[at : at + COLUMNS])).cpu().numpy() for at in range(0, count, COLUMNS)]
    )
    rng = np.random.default_rng(seed)
    real = np.stack([draws.draw(draws.sample(rng), generator.resolution) for _ in range(count)])
    left, right = tile(made, COLUMNS), tile(real, COLUMNS)
    return Image.fromarray(np.concatenate([left, np.full((len(left), GAP, 3), WHITE, np.uint8), right], axis=1))


def compare_with_nearest(made: Pictures, nearest: Sequence[Sequence[NDArray[np.uint8]]]) -> Image.Image:
    """Draw one row for each face in ``made``: the face, a gap, and the training pictures that are nearest to the face.

    ``nearest`` holds a list of these training pictures for each face, nearest first.
    """
    side = made.shape[1]
    rows = []
    for face, pictures in zip(made, nearest, strict=True):
        gap = np.full((side, GAP, 3), WHITE, np.uint8)
        rows.append(np.concatenate([face, gap, *(_resize(picture, side) for picture in pictures)], axis=1))
    return Image.fromarray(np.concatenate(rows))


def _resize(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(picture).resize((side, side), Image.Resampling.LANCZOS))
