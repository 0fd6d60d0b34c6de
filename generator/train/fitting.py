"""The warm start: the generator is fitted to pictures that follow from their attributes.

Knows no discriminator. Shared with the contest: how a batch becomes styles.
"""

from typing import cast

import torch
from torch import Tensor

from generator.stylegan2.network import Generator
from generator.train.batch import Batch
from generator.train.losses import picture_distance

MIN_SENSITIVITY = 0.06  # how far a trait or a knob moves w at least, of what all of them together do
PROBES = 4  # pictures of the batch are asked for one other thing so often
W_AVG_BETA = 0.995  # of the running mean of w, per batch (Karras et al. 2019, appendix B)


def compute_styles(generator: Generator, batch: Batch) -> Tensor:
    """The batch's w [n, num_ws, w_dim], pulled towards the running mean by each face's psi; moves that mean on."""
    w = generator.mapping(batch.z, batch.labels if generator.c_dim else None)
    mean = generator.mapping.w_avg
    mean.lerp_(batch.process.mean(w[:, 0].float().mean(dim=0)), 1 - W_AVG_BETA)
    spread = batch.psi[:, :, None]
    return cast(Tensor, mean + spread * (w - mean))  # (Karras et al. 2019, appendix B)


def sensitivity_loss(generator: Generator, batch: Batch) -> Tensor:
    """How far the mapping is from heeding every trait and every knob: 0 if each moves w by MIN_SENSITIVITY of the spread of w, at most 1.

    What a network cannot draw yet only disturbs the picture, so the mapping learns to ignore it, and then it is never learnt:
    without this, a hair clip moved w a sixth as far as a ribbon did after 270,000 pictures.
    """
    sizes = [len(values) for values in generator.traits.values()]
    columns = [*sizes, *[1] * batch.continuous.shape[1]]
    attribute = torch.repeat_interleave(torch.arange(len(columns)), torch.tensor(columns)).to(batch.z.device)
    w = _map(generator, batch.condition)
    spread = batch.process.mean((w - generator.mapping.w_avg).norm(dim=1).mean())
    total = w.new_zeros(())
    for _ in range(PROBES):
        chosen = attribute == batch.draw_indices(len(columns))[:, None]
        asked = torch.where(chosen, torch.cat(batch.draw_conditions(sizes), dim=1), batch.condition)
        step = (asked - batch.condition).abs().sum(dim=1).clamp(max=2)  # a trait's is 2: one value less, another more
        moved = (_map(generator, asked) - w).norm(dim=1)
        total = (
            total + (MIN_SENSITIVITY * spread * step / 2 - moved).relu().div(MIN_SENSITIVITY * spread).square().mean()
        )
    return total / PROBES


def _map(generator: Generator, condition: Tensor) -> Tensor:
    labels, knobs = condition[:, : generator.c_dim], condition[:, generator.c_dim :]
    return cast(Tensor, generator.mapping(knobs, labels))[:, 0].float()


def fit_step(generator: Generator, optimizer: torch.optim.Optimizer, batch: Batch, focus: float) -> dict[str, float]:
    """Take one step of regression; return its loss."""
    optimizer.zero_grad(set_to_none=True)
    made = generator.synthesis(compute_styles(generator, batch), noise="none")
    loss = picture_distance(made, batch.pictures, focus=focus)
    ignored = sensitivity_loss(generator, batch)
    torch.autograd.backward(loss + ignored)
    optimizer.step()
    return {"fit": loss.item(), "ignored": ignored.item()}
