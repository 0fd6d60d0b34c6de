"""Chooses the w at which a search may begin: what the picture shows, as far as it can be read, or many random faces.

Draws nothing.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from generator.projection import encoder
from generator.projection.readers import Readers
from generator.projection.spread import sample_z
from generator.stylegan.generator import Generator

RANDOM_FACES = 12  # faces of random z that are tried where nothing can be read
RANDOM_SEED = 0
MEAN_OF = 256  # faces whose mean w stands for a label
# A reading counts if it is as sure as this on average over the clear traits. Nineteen of twenty readings of a network's
# own faces are, cut and compressed; readings of another artist's portraits are in one of seven or fewer.
SURE = 0.85


class Start(NamedTuple):
    """Where a search may begin."""

    w: Tensor  # [n, w_dim]: candidates, of which the nearest is taken
    traits: Mapping[str, str]  # that the picture shows; {} if they cannot be read
    is_familiar: bool | None  # whether the picture looks as if the network drew it; None if nothing can tell


@torch.no_grad()
def find_starts(generator: Generator, picture: Tensor, readers: Readers) -> Start:
    """Return the candidates for a picture [1, 3, h, w] in [-1, 1], the likeliest first. They are the same each time."""
    average, spread = [generator.mapping.w_avg[None]], readers.spread
    reader = readers.encoder or readers.portraits
    if reader is None:
        return Start(torch.cat(average + _random_faces(generator)), {}, None)
    reading = encoder.read(reader, picture)
    read = [spread.mean + spread.size * reading.rest] if readers.encoder is not None else []
    if not generator.traits:
        return Start(torch.cat(read + average + _random_faces(generator)), {}, None)
    known = _of_traits(generator, picture, readers, reading.values)
    if reading.sureness < SURE:  # the traits are worth a try, and no word
        return Start(torch.cat([*known, *read, *average, *_random_faces(generator)]), {}, False)
    return Start(torch.cat([*known, *read, *average]), _name(generator, reading.values), True)


def _random_faces(generator: Generator) -> list[Tensor]:
    random = np.random.RandomState(RANDOM_SEED)
    z, labels = sample_z(generator, random, RANDOM_FACES), generator.random_labels(random, RANDOM_FACES)
    return [generator.mapping(z, labels)[:, 0]]


def _of_traits(generator: Generator, picture: Tensor, readers: Readers, values: Tensor) -> list[Tensor]:
    """Return the w of the z that the picture shows, if that can be read, and the mean w of these traits."""
    label = _one_hot(generator, values)
    z = sample_z(generator, np.random.RandomState(RANDOM_SEED), MEAN_OF)
    candidates = [generator.mapping(z, label.expand(MEAN_OF, -1))[:, 0].mean(dim=0, keepdim=True)]
    if readers.portraits is not None and readers.portraits.knobs.out_features == generator.z_dim:
        # A network that learnt from drawings has the artist's knobs as its z.
        knobs = encoder.read(readers.portraits, picture).rest
        candidates.insert(0, generator.mapping(knobs, label)[:, 0])
    return candidates


def _one_hot(generator: Generator, values: Tensor) -> Tensor:
    """Return the label [1, c_dim] of trait values [traits]."""
    columns = zip(values, generator.traits.values(), strict=True)
    return torch.cat([F.one_hot(value, len(names)) for value, names in columns])[None].float()


def _name(generator: Generator, values: Tensor) -> dict[str, str]:
    pairs = zip(values.tolist(), generator.traits.items(), strict=True)
    return {trait: names[value] for value, (trait, names) in pairs}
