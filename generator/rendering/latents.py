"""Computes latents, the mapping network's inputs z and label, from a seed and the requested traits.

Knows nothing about kinds of picture, and draws nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from generator.contract import errors
from generator.stylegan.generator import Generator


def seed_z(seed: int, z_dim: int) -> Tensor:
    """Return the z [1, z_dim] float32 of ``seed``, 0 to 2**32-1.

    It is sampled as in NVIDIA's scripts, so that a seed gives the same face here and there.
    """
    return torch.from_numpy(np.random.RandomState(seed).randn(1, z_dim)).float()


def seed_label(seed: int, generator: Generator, traits: Mapping[str, str] | None = None) -> Tensor | None:
    """Return the label [1, c_dim] of ``seed`` with the requested ``traits``, or None for a network without labels.

    A RandomState with this seed samples z and then a value for each trait, in the order of ``generator.traits``.
    Requested values then replace the sampled ones, so that asking for pink hair leaves the face's other traits as they
    were.

    Raises NoTraits, UnknownTrait or UnknownTraitValue if the network lacks a requested trait.
    """
    check_traits(generator, traits or {})
    random = np.random.RandomState(seed)
    random.randn(1, generator.z_dim)
    parts = []
    for trait, values in generator.traits.items():
        own = _draw_value(random, len(values), generator.odds.get(trait))
        value = (traits or {}).get(trait)
        part = torch.zeros(len(values))
        part[own if value is None else values.index(value)] = 1
        parts.append(part)
    return torch.cat(parts)[None] if parts else None


def _draw_value(random: np.random.RandomState, count: int, odds: Sequence[float] | None) -> int:
    """Sample one of ``count`` values with the probabilities ``odds``, or uniformly if None. Return its index."""
    if odds is None:
        return int(random.randint(count))
    steps = np.cumsum(odds)
    return int(np.searchsorted(steps, random.random_sample() * steps[-1], side="right"))


def check_traits(generator: Generator, traits: Mapping[str, str]) -> None:
    """Raise NoTraits, UnknownTrait or UnknownTraitValue if the network lacks one of these traits."""
    if traits and not generator.traits:
        raise errors.NoTraits(model=generator.name)
    for trait, value in traits.items():
        values = generator.traits.get(trait)
        if values is None:
            raise errors.UnknownTrait(model=generator.name, trait=trait, known=", ".join(generator.traits))
        if value not in values:
            raise errors.UnknownTraitValue(trait=trait, value=value, known=", ".join(values))


@dataclass(frozen=True)
class Latents:
    """Inputs of the mapping network for n faces, on the generator's device."""

    z: Tensor  # [n, z_dim]
    label: Tensor | None  # [n, c_dim], or None for a network without labels

    @classmethod
    def of(cls, seeds: Sequence[int], generator: Generator, traits: Mapping[str, str] | None = None) -> "Latents":
        """Return the latents of ``seeds`` with the requested traits.

        Raises NoTraits, UnknownTrait or UnknownTraitValue if the network lacks one of them.
        """
        z = torch.cat([seed_z(seed, generator.z_dim) for seed in seeds]).to(generator.device)
        labels = [seed_label(seed, generator, traits) for seed in seeds]
        return cls(
            z, torch.cat([label for label in labels if label is not None]).to(z.device) if generator.c_dim else None
        )

    def __add__(self, other: "Latents") -> "Latents":
        """Concatenate two sets of latents of the same network."""
        label = None if self.label is None or other.label is None else torch.cat([self.label, other.label])
        return Latents(torch.cat([self.z, other.z]), label)

    def styles(self, generator: Generator, psi: float = 1.0, cutoff: int | None = None) -> Tensor:
        """Return w [n, num_ws, w_dim], truncated by psi in the first ``cutoff`` layers. None means all layers."""
        w: Tensor = generator.mapping(self.z, self.label, psi=psi, cutoff=cutoff)
        return w
