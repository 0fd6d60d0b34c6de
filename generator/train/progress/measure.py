"""Measures a network in training: how far its faces are from the pictures of the set, in a space of features.

Knows nothing about files. The same network always gets the same figures: latents and pictures are the same each time.
"""

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from generator.features.spaces import Reference, Space
from generator.stylegan.generator import Generator
from generator.train.data.store import Store
from generator.train.sample_sheet import latents_for

SEED = 21  # of the latents, and of the choice among the pictures
MOST = 32  # largest number of pictures drawn or looked at together


class Measure:
    """Compares ``samples`` faces of a network, at psi 1, with as many pictures of a set, or all that it has.

    ``chunk`` faces are drawn together, at most MOST: what fits into memory in training fits here.
    """

    def __init__(self, store: Store, space: Space, samples: int, chunk: int, device: torch.device) -> None:
        rng = np.random.default_rng(SEED)
        chosen = np.sort(rng.permutation(len(store))[:samples])
        self._chunk = min(chunk, MOST)
        parts = (chosen[start : start + self._chunk] for start in range(0, len(chosen), self._chunk))
        real = (store.batch(part, store.side, device) for part in parts)
        self._store, self.space, self._samples = store, space, samples
        self._reference = Reference.of(space, space.features(real))

    def __call__(self, generator: Generator) -> dict[str, float]:
        """Return the squared Fréchet distance, precision and recall of a network's faces by name.

        The result is {} if a feature is infinite or no number.
        """
        features = self.space.features(self._faces(generator))
        return self._reference.compare(features) if features.isfinite().all() else {}

    @torch.no_grad()
    def _faces(self, generator: Generator) -> Iterator[Tensor]:
        rng = np.random.default_rng(SEED)
        z, labels = latents_for(generator, self._store, rng.integers(len(self._store), size=self._samples), rng)
        for start in range(0, self._samples, self._chunk):
            part = slice(start, start + self._chunk)
            w = generator.mapping(z[part], labels[part] if generator.c_dim else None)
            faces = generator.synthesis(w).float().clamp(-1, 1)
            if faces.shape[3] < self._store.side:  # an early stage at a lower resolution
                faces = F.interpolate(faces, self._store.pictures.shape[1:3], mode="bilinear")
            yield faces
