"""Samples one batch of training data: real pictures, their labels and knobs, and latents for the generator.

Knows nothing about networks. All random numbers come from the pair (seed of the training run, number of the batch).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from generator.train.data.store import Store
from generator.train.distributed import GROUP, SINGLE_PROCESS, Process
from generator.train.settings import Settings

LOWEST_PSI = 0.5  # lowest psi of a truncated face


@dataclass(frozen=True)
class Batch:
    """The input of one training step. n is the number of pictures in this process's part of the batch."""

    number: int  # index of the batch in the training run, from 0
    pictures: Tensor  # real pictures [n, colours, h, w] in [-1, 1]
    # Labels [n, c_dim] that the generated pictures should show: those of the real pictures. Random ones where the
    # pictures have none and the network, which was trained on others before, has labels.
    labels: Tensor
    continuous: Tensor  # knobs [n, k] of the real pictures; k is 0 unless the data is paired
    z: Tensor  # latents [n, z_dim] of the generated pictures
    psi: Tensor  # truncation [n, 1] of the generated pictures; 1 unless the data is paired
    rng: np.random.Generator  # source of all other random numbers of this step; every process has it in the same state
    process: Process = SINGLE_PROCESS  # the process that trains on this part of the batch

    @property
    def total(self) -> int:
        """The number of pictures in the whole batch, over all processes."""
        return len(self.z) * self.process.size

    def normal(self, *shape: int) -> Tensor:
        """Sample a tensor of this shape from N(0, 1).

        ``shape[0]`` must be the number of pictures in this process's part of the batch, or half of it.
        """
        values = self.rng.standard_normal((shape[0] * self.process.size, *shape[1:]), np.float32)
        return torch.from_numpy(self.process.shard(values, self.total)).to(self.pictures.device)

    def draw_conditions(self, sizes: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Sample new labels [n, c_dim] and knobs [n, k] for the pictures.

        ``sizes`` is the number of values of each trait. All values of a trait are equally likely, and knobs come from
        N(0, 1).
        """
        values = [np.eye(size, dtype=np.float32)[self.rng.integers(size, size=self.total)] for size in sizes]
        labels = torch.from_numpy(self.process.shard(np.concatenate(values, axis=1), self.total))
        return labels.to(self.pictures.device), self.normal(*self.continuous.shape)

    def draw_indices(self, count: int) -> Tensor:
        """Sample an integer from 0 to ``count`` - 1 for each picture, [n]."""
        values = self.rng.integers(count, size=self.total)
        return torch.from_numpy(self.process.shard(values, self.total)).to(self.pictures.device)

    def split(self, pieces: int) -> list["Batch"]:
        """Return the batch in equal pieces, which together sample from ``rng`` one after another.

        Pictures that are compared with each other stay together, as in the parts of several processes.
        """
        if pieces == 1:
            return [self]
        n = len(self.z)
        order = torch.arange(n)
        whole_groups = n % (GROUP * pieces) == 0
        parts = [Process(i, pieces).shard(order, n) for i in range(pieces)] if whole_groups else order.chunk(pieces)
        return [
            replace(
                self,
                pictures=self.pictures[part],
                labels=self.labels[part],
                continuous=self.continuous[part],
                z=self.z[part],
                psi=self.psi[part],
            )
            for part in parts
        ]

    @property
    def condition(self) -> Tensor:
        """The labels and knobs joined to one vector for each picture, [n, c_dim + k]: the discriminator's condition."""
        return torch.cat([self.labels, self.continuous], dim=1)


def draw_batch(
    store: Store,
    settings: Settings,
    resolution: int,
    number: int,
    device: torch.device,
    process: Process = SINGLE_PROCESS,
) -> Batch:
    """Sample batch ``number`` of a training run, with pictures of ``resolution`` pixels; return this process's part."""
    rng = np.random.default_rng((settings.seed, number))
    torch.manual_seed(int(rng.integers(2**63)) + process.rank)  # the generator samples its noise with torch
    indices = process.shard(rng.integers(len(store), size=settings.batch), settings.batch)
    pictures = store.batch(indices, settings.size[0] * resolution // settings.resolution, device)
    labels, continuous = store.conditions(indices, device)
    if settings.origin and not labels.shape[1]:
        labels = _draw_labels(settings.origin, rng, settings.batch, process).to(device)
    if settings.mirror:
        mirrored = torch.from_numpy(process.shard(rng.random(settings.batch) < 0.5, settings.batch)).to(device)
        pictures = torch.where(mirrored[:, None, None, None], pictures.flip(3), pictures)
    drawn_psi = np.ones((settings.batch, 1), np.float32)
    if store.paired:
        truncated = rng.random((settings.batch, 1)) < settings.truncated
        drawn_psi = np.where(truncated, rng.uniform(LOWEST_PSI, 1, drawn_psi.shape), 1).astype(np.float32)
    psi = torch.from_numpy(process.shard(drawn_psi, settings.batch)).to(device)
    random = process.shard(rng.standard_normal((settings.batch, settings.z_dim), np.float32), settings.batch)
    # For paired data, z holds the knobs of the picture. Truncation by psi moves a face towards the average, but its
    # knobs must not change. So the latent of a face that will be truncated is multiplied by 1 / psi.
    z = continuous / psi if store.paired else torch.from_numpy(random).to(device)
    return Batch(number, pictures, labels, continuous, z, psi, rng, process)


def _draw_labels(origin: Mapping[str, Any], rng: np.random.Generator, batch: int, process: Process) -> Tensor:
    """Sample labels [n, c_dim] for a network with traits, by its odds."""
    columns = [np.zeros((batch, 0), np.float32)]
    for trait, values in origin["traits"].items():
        odds = np.asarray(origin["odds"].get(trait, np.ones(len(values))), np.float64)
        chosen = rng.choice(len(values), size=batch, p=odds / odds.sum())
        columns.append(np.eye(len(values), dtype=np.float32)[chosen])
    return torch.from_numpy(process.shard(np.concatenate(columns, axis=1), batch))
