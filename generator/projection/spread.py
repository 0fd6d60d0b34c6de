"""Measures where the w of a network lie: around which average, and how far from it.

Draws nothing.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from generator.stylegan.generator import Generator

SAMPLES = 1000
SEED = 0


class Spread(NamedTuple):
    """The distribution of a network's w, as far as a search needs it."""

    mean: Tensor  # [w_dim]
    size: float  # the root mean square of w - mean, over faces and numbers


@torch.no_grad()
def measure_spread(generator: Generator) -> Spread:
    """Return the spread of a network's w, from random z and labels that are the same each time."""
    random = np.random.RandomState(SEED)
    w = generator.mapping(sample_z(generator, random, SAMPLES), generator.random_labels(random, SAMPLES))[:, 0]
    mean = w.mean(dim=0)
    return Spread(mean, max(float((w - mean).square().mean().sqrt()), 1e-6))


def sample_z(generator: Generator, random: np.random.RandomState, n: int) -> Tensor:
    """Return random z [n, z_dim] on the network's device."""
    return torch.from_numpy(random.randn(n, generator.z_dim)).to(generator.device, torch.float32)
