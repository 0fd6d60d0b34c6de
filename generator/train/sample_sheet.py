"""Draws the sample sheet of a training run: faces of the averaged generator above real pictures.

Knows nothing about the training run, only about a generator and a store.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from generator.stylegan.generator import Generator
from generator.stylegan.ops import to_uint8
from generator.train.data.store import Store

COLUMNS = 8
ROWS = 4  # number of rows of faces, and of rows of real pictures below them
SEED = 20  # seed of the sample; constant, so that every sheet of a training run shows the same faces


@torch.no_grad()
def draw_sample_sheet(generator: Generator, store: Store, psi: float = 0.7) -> Image.Image:
    """Draw a random sample of real pictures, and above them faces with the same labels at ``psi``.

    Every call uses the same pictures and latents. For paired data, the latents are the knobs of the real pictures.
    """
    rng = np.random.default_rng(SEED)
    indices = rng.integers(len(store), size=COLUMNS * ROWS)
    z, labels = latents_for(generator, store, indices, rng)
    w = generator.mapping(z, labels if generator.c_dim else None, psi=psi)
    made = torch.cat([to_uint8(generator.synthesis(part)) for part in w.split(COLUMNS)]).cpu().numpy()
    pictures = store.batch(indices, generator.resolution, torch.device("cpu"))
    real = ((pictures + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()
    real = np.broadcast_to(real, (*real.shape[:3], made.shape[3]))  # grey pictures become three equal colours
    return Image.fromarray(np.concatenate([tile(made, COLUMNS), tile(real, COLUMNS)]))


def latents_for(
    generator: Generator, store: Store, indices: NDArray[np.int64], rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Return latents z [n, z_dim], and the labels [n, c_dim] of the pictures with these indices.

    For paired data, the latents are the knobs of the pictures, else they come from ``rng``.
    """
    labels, continuous = store.conditions(indices, generator.device)
    random = torch.from_numpy(rng.standard_normal((len(indices), generator.z_dim), np.float32)).to(generator.device)
    if generator.c_dim and not store.traits:  # the network keeps labels that its pictures lack
        drawn = generator.random_labels(np.random.RandomState(SEED), len(indices))
        labels = labels if drawn is None else drawn
    return continuous if store.paired else random, labels


def tile(pictures: NDArray[np.uint8], columns: int) -> NDArray[np.uint8]:
    """Arrange pictures [rows * columns, h, w, c] row by row in one picture [rows * h, columns * w, c]."""
    h, w, c = pictures.shape[1:]
    return pictures.reshape(-1, columns, h, w, c).swapaxes(1, 2).reshape(-1, columns * w, c)
