"""Chooses the w at which a search may begin: what the picture shows, as far as it can be read, or many random faces.

Draws nothing.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from generator.features.reader import Reader
from generator.projection.readers import Readers
from generator.stylegan.generator import Generator

RANDOM_FACES = 24  # faces of random z that are tried where nothing can be read
RANDOM_SEED = 0
MEAN_OF = 256  # faces whose mean w stands for a label


class Start(NamedTuple):
    """Where a search may begin."""

    w: Tensor  # [n, w_dim]: candidates, of which the nearest is taken
    traits: Mapping[str, str]  # that the picture shows; {} if they cannot be read


@torch.no_grad()
def find_starts(generator: Generator, picture: Tensor, readers: Readers) -> Start:
    """Return the candidates for a picture [1, 3, h, w] in [-1, 1]. They are the same each time."""
    random = np.random.RandomState(RANDOM_SEED)
    if readers.portraits is None:
        z, labels = _sample(generator, random, RANDOM_FACES), generator.random_labels(random, RANDOM_FACES)
        return Start(torch.cat([generator.mapping.w_avg[None], generator.mapping(z, labels)[:, 0]]), {})
    values, knobs = read(readers.portraits, picture)
    label = _one_hot(generator, values)
    w = generator.mapping(_sample(generator, random, MEAN_OF), label.expand(MEAN_OF, -1))[:, 0].mean(dim=0)
    found = [w[None]]
    if knobs.shape[1] == generator.z_dim:  # a network that learnt from drawings has the artist's knobs as its z
        found.append(generator.mapping(knobs, label)[:, 0])
    return Start(torch.cat(found), _name(generator, values))


def read(reader: Reader, picture: Tensor) -> tuple[Tensor, Tensor]:
    """Return the index [1, traits] of each trait's likeliest value, and the knobs [1, k]."""
    logits, knobs = reader(picture)
    return reader.likeliest(logits), knobs


def _sample(generator: Generator, random: np.random.RandomState, n: int) -> Tensor:
    return torch.from_numpy(random.randn(n, generator.z_dim)).to(generator.device, torch.float32)


def _one_hot(generator: Generator, values: Tensor) -> Tensor:
    """Return the label [1, c_dim] of trait values [1, traits]."""
    columns = zip(values[0], generator.traits.values(), strict=True)
    return torch.cat([F.one_hot(value, len(names)) for value, names in columns])[None].float()


def _name(generator: Generator, values: Tensor) -> dict[str, str]:
    pairs = zip(values[0].tolist(), generator.traits.items(), strict=True)
    return {trait: names[value] for value, (trait, names) in pairs}
