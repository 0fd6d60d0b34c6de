"""One batch: real pictures, what they are asked to show, and the latents that go with them.

Knows no network. Everything random comes from (seed, number of the batch) and nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from generator.train.dataset import Store
from generator.train.distributed import SINGLE, Process
from generator.train.settings import Settings

LOWEST_PSI = 0.5


@dataclass(frozen=True)
class Batch:
    """What one step works on; n pictures."""

    number: int
    pictures: Tensor  # real, [n, 3, r, r] in [-1, 1]
    labels: Tensor  # of the real and of the made pictures, [n, c_dim]
    continuous: Tensor  # [n, k]; k 0 unless paired
    z: Tensor  # [n, z_dim]
    psi: Tensor  # [n, 1]; 1 unless paired
    rng: np.random.Generator  # for the step's other draws; every process of a run draws the same
    process: Process = SINGLE  # the tensors above are this part of the total batch

    @property
    def total(self) -> int:
        """Pictures in the batch of all processes."""
        return len(self.z) * self.process.size

    def normal(self, *shape: int) -> Tensor:
        """Draw N(0, 1) of ``shape``, one row for each picture of this part, or of its first half."""
        drawn = self.rng.standard_normal((shape[0] * self.process.size, *shape[1:]), np.float32)
        return torch.from_numpy(self.process.shard(drawn, self.total)).to(self.pictures.device)

    def draw_conditions(self, sizes: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Draw something else to show for each picture: labels [n, c_dim], each trait's values alike, and knobs [n, k] N(0, 1)."""
        values = [np.eye(size, dtype=np.float32)[self.rng.integers(size, size=self.total)] for size in sizes]
        labels = torch.from_numpy(self.process.shard(np.concatenate(values, axis=1), self.total)).to(
            self.pictures.device
        )
        return labels, self.normal(*self.continuous.shape)

    def draw_indices(self, count: int) -> Tensor:
        """Draw one of 0 to ``count`` - 1 for each picture: [n]."""
        drawn = self.rng.integers(count, size=self.total)
        return torch.from_numpy(self.process.shard(drawn, self.total)).to(self.pictures.device)

    @property
    def condition(self) -> Tensor:
        """All that a picture is asked to show, for the discriminator: [n, c_dim + k]."""
        return torch.cat([self.labels, self.continuous], dim=1)


def draw_batch(
    store: Store, settings: Settings, resolution: int, number: int, device: torch.device, process: Process = SINGLE
) -> Batch:
    """This process's part of batch ``number`` of a run at ``resolution``."""
    rng = np.random.default_rng((settings.seed, number))
    torch.manual_seed(int(rng.integers(2**63)) + process.rank)  # the generator's own noise comes from torch
    rows = process.shard(rng.integers(len(store), size=settings.batch), settings.batch)
    pictures = store.batch(rows, resolution, device)
    labels, continuous = store.conditions(rows, device)
    if settings.mirror:
        turned = torch.from_numpy(process.shard(rng.random(settings.batch) < 0.5, settings.batch)).to(device)
        pictures = torch.where(turned[:, None, None, None], pictures.flip(3), pictures)
    psi = np.ones((settings.batch, 1), np.float32)
    if store.paired:
        pulled = rng.random((settings.batch, 1)) < settings.truncated
        psi = np.where(pulled, rng.uniform(LOWEST_PSI, 1, psi.shape), 1).astype(np.float32)
    spread = torch.from_numpy(process.shard(psi, settings.batch)).to(device)
    # Where paired, z is what the picture shows; since truncation by psi shrinks the latent and must not shrink the label, a face
    # that is to be truncated starts from a latent that much longer.
    random = process.shard(rng.standard_normal((settings.batch, settings.z_dim), np.float32), settings.batch)
    z = continuous / spread if store.paired else torch.from_numpy(random).to(device)
    return Batch(number, pictures, labels, continuous, z, spread, rng, process)
