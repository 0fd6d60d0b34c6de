"""Draws one batch: real pictures, the labels and knobs they show, and latents to match.

Does not know the network. All randomness comes from (seed, number of the batch).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from generator.train.dataset import Store
from generator.train.distributed import SINGLE_PROCESS, Process
from generator.train.settings import Settings

LOWEST_PSI = 0.5  # of truncated faces


@dataclass(frozen=True)
class Batch:
    """The input of one training step: n pictures."""

    number: int
    pictures: Tensor  # real, [n, 3, r, r] in [-1, 1]
    labels: Tensor  # shown by the real pictures and asked of the generated ones, [n, c_dim]
    continuous: Tensor  # [n, k]; k 0 unless paired
    z: Tensor  # [n, z_dim]
    psi: Tensor  # [n, 1]; 1 unless paired
    rng: np.random.Generator  # for the step's further draws; in the same state in every process of a run
    process: Process = SINGLE_PROCESS  # the tensors above are this process's part of the batch

    @property
    def total(self) -> int:
        """Number of pictures in the batch over all processes."""
        return len(self.z) * self.process.size

    def normal(self, *shape: int) -> Tensor:
        """Draw N(0, 1) of ``shape``, one row for each picture of this part or of its first half."""
        values = self.rng.standard_normal((shape[0] * self.process.size, *shape[1:]), np.float32)
        return torch.from_numpy(self.process.shard(values, self.total)).to(self.pictures.device)

    def draw_conditions(self, sizes: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Draw new conditions for the pictures: labels [n, c_dim], uniform per trait, and knobs [n, k] N(0, 1)."""
        values = [np.eye(size, dtype=np.float32)[self.rng.integers(size, size=self.total)] for size in sizes]
        labels = torch.from_numpy(self.process.shard(np.concatenate(values, axis=1), self.total))
        return labels.to(self.pictures.device), self.normal(*self.continuous.shape)

    def draw_indices(self, count: int) -> Tensor:
        """Draw an integer from 0 to ``count`` - 1 for each picture: [n]."""
        values = self.rng.integers(count, size=self.total)
        return torch.from_numpy(self.process.shard(values, self.total)).to(self.pictures.device)

    @property
    def condition(self) -> Tensor:
        """The discriminator's condition, labels and knobs: [n, c_dim + k]."""
        return torch.cat([self.labels, self.continuous], dim=1)


def draw_batch(
    store: Store,
    settings: Settings,
    resolution: int,
    number: int,
    device: torch.device,
    process: Process = SINGLE_PROCESS,
) -> Batch:
    """Return this process's part of batch ``number`` of a run at ``resolution``."""
    rng = np.random.default_rng((settings.seed, number))
    torch.manual_seed(int(rng.integers(2**63)) + process.rank)  # the generator's own noise comes from torch
    indices = process.shard(rng.integers(len(store), size=settings.batch), settings.batch)
    pictures = store.batch(indices, resolution, device)
    labels, continuous = store.conditions(indices, device)
    if settings.mirror:
        mirrored = torch.from_numpy(process.shard(rng.random(settings.batch) < 0.5, settings.batch)).to(device)
        pictures = torch.where(mirrored[:, None, None, None], pictures.flip(3), pictures)
    drawn_psi = np.ones((settings.batch, 1), np.float32)
    if store.paired:
        truncated = rng.random((settings.batch, 1)) < settings.truncated
        drawn_psi = np.where(truncated, rng.uniform(LOWEST_PSI, 1, drawn_psi.shape), 1).astype(np.float32)
    psi = torch.from_numpy(process.shard(drawn_psi, settings.batch)).to(device)
    random = process.shard(rng.standard_normal((settings.batch, settings.z_dim), np.float32), settings.batch)
    # In paired data z holds the knobs that the picture shows. Truncation by psi shrinks the latent but must not change
    # what is shown, so a face to be truncated starts from a latent longer by 1 / psi.
    z = continuous / psi if store.paired else torch.from_numpy(random).to(device)
    return Batch(number, pictures, labels, continuous, z, psi, rng, process)
