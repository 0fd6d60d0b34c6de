"""One batch: real pictures, what they are asked to show, and the latents that go with them.

Knows no network. Everything random comes from (seed, number of the batch) and nothing else.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from generator.train.dataset import Store
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
    rng: np.random.Generator  # for the step's other draws

    def normal(self, *shape: int) -> Tensor:
        """Draw N(0, 1) of ``shape``."""
        return torch.from_numpy(self.rng.standard_normal(shape, np.float32)).to(self.pictures.device)

    @property
    def condition(self) -> Tensor:
        """All that a picture is asked to show, for the discriminator: [n, c_dim + k]."""
        return torch.cat([self.labels, self.continuous], dim=1)


def draw(store: Store, settings: Settings, resolution: int, number: int, device: torch.device) -> Batch:
    """Batch ``number`` of a run at ``resolution``."""
    rng = np.random.default_rng((settings.seed, number))
    torch.manual_seed(int(rng.integers(2**63)))  # the generator's own noise comes from torch
    rows = rng.integers(len(store), size=settings.batch)
    pictures = store.batch(rows, resolution, device)
    labels, continuous = store.conditions(rows, device)
    if settings.mirror:
        turned = torch.from_numpy(rng.random(settings.batch) < 0.5).to(device)
        pictures = torch.where(turned[:, None, None, None], pictures.flip(3), pictures)
    psi = np.ones((settings.batch, 1), np.float32)
    if store.paired:
        pulled = rng.random((settings.batch, 1)) < settings.truncated
        psi = np.where(pulled, rng.uniform(LOWEST_PSI, 1, psi.shape), 1).astype(np.float32)
    spread = torch.from_numpy(psi).to(device)
    # Where paired, z is what the picture shows; since truncation by psi shrinks the latent and must not shrink the label, a face
    # that is to be truncated starts from a latent that much longer.
    random = rng.standard_normal((settings.batch, settings.z_dim), np.float32)
    z = continuous / spread if store.paired else torch.from_numpy(random).to(device)
    return Batch(number, pictures, labels, continuous, z, spread, rng)
