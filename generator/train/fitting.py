"""Fits the generator to pictures that their attributes determine: the warm start of a run on drawings.

Does not know the discriminator. Adversarial training shares ``compute_styles``.
"""

from typing import cast

import torch
from torch import Tensor

from generator.stylegan2.network import Generator
from generator.train.batch import Batch
from generator.train.losses import picture_distance

MIN_SENSITIVITY = 0.06  # least movement of w by one trait or knob, as a share of the spread of w over faces
PROBES = 4  # times that each picture of a batch is asked for one changed attribute
W_AVG_BETA = 0.995  # decay of the running mean of w, per batch (Karras et al. 2019, appendix B)


def compute_styles(generator: Generator, batch: Batch) -> Tensor:
    """Return the batch's w [n, num_ws, w_dim], truncated by each face's psi; update the running mean of w."""
    w = generator.mapping(batch.z, batch.labels if generator.c_dim else None)
    mean = generator.mapping.w_avg
    mean.lerp_(batch.process.mean(w[:, 0].float().mean(dim=0)), 1 - W_AVG_BETA)
    spread = batch.psi[:, :, None]
    return cast(Tensor, mean + spread * (w - mean))  # (Karras et al. 2019, appendix B)


def sensitivity_loss(generator: Generator, batch: Batch) -> Tensor:
    """Return how far the mapping ignores attributes: 0 if each moves w by MIN_SENSITIVITY of its spread; at most 1.

    What a network cannot draw yet only disturbs the picture, so the mapping learns to ignore it, and then it is never
    learnt: without this loss, a hair clip moved w a sixth as far as a ribbon did after 270,000 pictures.
    """
    sizes = [len(values) for values in generator.traits.values()]
    columns = [*sizes, *[1] * batch.continuous.shape[1]]
    attribute = torch.repeat_interleave(torch.arange(len(columns)), torch.tensor(columns)).to(batch.z.device)
    w = _map(generator, batch.condition)
    spread = batch.process.mean((w - generator.mapping.w_avg).norm(dim=1).mean())
    total = w.new_zeros(())
    for _ in range(PROBES):
        changed = attribute == batch.draw_indices(len(columns))[:, None]
        asked = torch.where(changed, torch.cat(batch.draw_conditions(sizes), dim=1), batch.condition)
        step = (asked - batch.condition).abs().sum(dim=1).clamp(max=2)  # 2 for a trait: one value off, another on
        moved = (_map(generator, asked) - w).norm(dim=1)
        least = MIN_SENSITIVITY * spread
        total = total + (least * step / 2 - moved).relu().div(least).square().mean()
    return total / PROBES


def _map(generator: Generator, condition: Tensor) -> Tensor:
    labels, knobs = condition[:, : generator.c_dim], condition[:, generator.c_dim :]
    return cast(Tensor, generator.mapping(knobs, labels))[:, 0].float()


def fit_step(generator: Generator, optimizer: torch.optim.Optimizer, batch: Batch, focus: float) -> dict[str, float]:
    """Take one regression step; return its losses."""
    optimizer.zero_grad(set_to_none=True)
    made = generator.synthesis(compute_styles(generator, batch), noise="none")
    loss = picture_distance(made, batch.pictures, focus=focus)
    ignored = sensitivity_loss(generator, batch)
    torch.autograd.backward(loss + ignored)
    optimizer.step()
    return {"fit": loss.item(), "ignored": ignored.item()}
