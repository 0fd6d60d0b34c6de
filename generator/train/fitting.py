"""The warm start: the generator is fitted to pictures that follow from their attributes.

Knows no discriminator. Shared with the contest: how a batch becomes styles.
"""

from typing import cast

import torch
from torch import Tensor

from generator.network import Generator
from generator.train.batch import Batch
from generator.train.losses import picture_distance

W_AVG_BETA = 0.995  # of the running mean of w, per batch (Karras et al. 2019, appendix B)


def styles(generator: Generator, batch: Batch) -> Tensor:
    """The batch's w [n, num_ws, w_dim], pulled towards the running mean by each face's psi; moves that mean on."""
    w = generator.mapping(batch.z, batch.labels if generator.c_dim else None)
    mean = generator.mapping.w_avg
    mean.lerp_(batch.share.mean(w[:, 0].float().mean(dim=0)), 1 - W_AVG_BETA)
    spread = batch.psi[:, :, None]
    return cast(Tensor, mean + spread * (w - mean))  # (Karras et al. 2019, appendix B)


def fit(generator: Generator, optimizer: torch.optim.Optimizer, batch: Batch, focus: float) -> dict[str, float]:
    """Take one step of regression; return its loss."""
    optimizer.zero_grad(set_to_none=True)
    made = generator.synthesis(styles(generator, batch), noise="none")
    loss = picture_distance(made, batch.pictures, focus=focus)
    torch.autograd.backward(loss)
    optimizer.step()
    return {"fit": loss.item()}
