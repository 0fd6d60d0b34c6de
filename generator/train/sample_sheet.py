"""The sample sheet: what the averaged generator makes now, beside real pictures.

Knows no run: a generator and a store in, a picture out.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from generator.stylegan2.network import Generator
from generator.stylegan2.ops import to_uint8
from generator.train.dataset import Store

COLUMNS = 8
ROWS = 4  # of made pictures; as many real ones below each where pictures are paired, else one row at the end
SEED = 20  # of the faces on the sheet, the same on every sheet of a run


@torch.no_grad()
def draw_sample_sheet(generator: Generator, store: Store, psi: float = 0.7) -> Image.Image:
    """Faces of fixed latents and labels at ``psi``, then real pictures with the same labels."""
    rng = np.random.default_rng(SEED)
    rows = rng.integers(len(store), size=COLUMNS * ROWS)
    labels, continuous = store.conditions(rows, generator.device)
    free = torch.from_numpy(rng.standard_normal((len(rows), generator.z_dim), np.float32)).to(generator.device)
    z = continuous if store.paired else free
    w = generator.mapping(z, labels if generator.c_dim else None, psi=psi)
    made = torch.cat([to_uint8(generator.synthesis(part)) for part in w.split(COLUMNS)]).cpu().numpy()
    real = (
        ((store.batch(rows, generator.resolution, torch.device("cpu")) + 1) * 127.5)
        .round()
        .byte()
        .permute(0, 2, 3, 1)
        .numpy()
    )
    return Image.fromarray(np.concatenate([_grid(made), _grid(real)]))


def _grid(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """[rows * COLUMNS, h, w, 3] -> [rows * h, COLUMNS * w, 3]."""
    side = pictures.shape[1]
    return pictures.reshape(-1, COLUMNS, side, side, 3).swapaxes(1, 2).reshape(-1, COLUMNS * side, 3)
