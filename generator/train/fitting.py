"""Fits the generator by regression to drawings, which their attributes determine. This is the warm start.

Uses no discriminator. Adversarial training also uses ``compute_styles``.
"""

from typing import cast

import torch
from torch import Tensor

from generator.stylegan2.convolutions import first_order
from generator.stylegan2.network import Generator
from generator.train.data.batch import Batch
from generator.train.losses import picture_distance

# A change of one trait or knob should move w at least this far, as a share of the mean distance of w from its mean.
MIN_SENSITIVITY = 0.06
PROBES = 4  # number of random changes per batch, each of one attribute of every picture
W_AVG_BETA = 0.995  # decay per batch of the running mean of w (Karras et al. 2019, appendix B)


def compute_styles(generator: Generator, batch: Batch, update: bool = True) -> Tensor:
    """Return the styles [n, num_ws, w_dim] of the batch, truncated by its ``psi``.

    The running mean of w is updated first, unless ``update`` is False.
    """
    w = generator.mapping(batch.z, batch.labels if generator.c_dim else None)
    mean = generator.mapping.w_avg
    if update:
        mean.lerp_(batch.process.mean(w[:, 0].float().mean(dim=0)), 1 - W_AVG_BETA)
    spread = batch.psi[:, :, None]
    return cast(Tensor, mean + spread * (w - mean))  # (Karras et al. 2019, appendix B)


def sensitivity_loss(generator: Generator, batch: Batch) -> Tensor:
    """Return a loss from 0 to 1 that penalises a mapping for ignoring attributes.

    The loss is 0 if every change of a trait or knob moves w far enough (see MIN_SENSITIVITY). It is largest if no
    change moves w.

    As long as a network cannot draw an attribute, that attribute only disturbs the picture. The mapping therefore
    learns to ignore it, and then the network never learns to draw it. Without this loss, after training on
    270,000 pictures, a hair clip moved w only a sixth as far as a ribbon did.
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
        # A changed trait has a step of 2, because one value goes from 1 to 0 and another from 0 to 1.
        step = (asked - batch.condition).abs().sum(dim=1).clamp(max=2)
        moved = (_map(generator, asked) - w).norm(dim=1)
        least = MIN_SENSITIVITY * spread
        total = total + (least * step / 2 - moved).relu().div(least).square().mean()
    return total / PROBES


def _map(generator: Generator, condition: Tensor) -> Tensor:
    labels, knobs = condition[:, : generator.c_dim], condition[:, generator.c_dim :]
    return cast(Tensor, generator.mapping(knobs, labels))[:, 0].float()


def fit_step(
    generator: Generator, optimizer: torch.optim.Optimizer, batch: Batch, focus: float, pieces: int = 1
) -> dict[str, float]:
    """Take one regression step with the generator, and return its losses by name.

    ``focus`` is the extra weight of the middle of the picture (see :func:`losses.centre_weights`).
    ``pieces`` is the number of pieces in which the batch is computed.
    """
    optimizer.zero_grad(set_to_none=True)
    figures = {"fit": 0.0, "ignored": 0.0}
    for piece in batch.split(pieces):
        with first_order():
            made = generator.synthesis(compute_styles(generator, piece), noise="none")
        loss = picture_distance(made, piece.pictures, focus=focus)
        ignored = sensitivity_loss(generator, piece)
        torch.autograd.backward((loss + ignored) / pieces)
        figures["fit"] += loss.item() / pieces
        figures["ignored"] += ignored.item() / pieces
    optimizer.step()
    return figures
