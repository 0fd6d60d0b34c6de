"""Teaches a reader on an artist's drawings, and tells which reader a network gets.

The reader's network is in generator/features; nothing is measured here.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.optim.lr_scheduler import OneCycleLR

from generator.features import reader as readers
from generator.features.reader import SIDE, Reader, columns, half_precision
from generator.stylegan.generator import Traits
from generator.stylegan.muon import Muon
from generator.train.data.drawing import artist_of, seen_traits
from generator.train.data.store import Store

BATCH = 64  # number of pictures in a training batch
# Muon's peak learning rate and weight decay. From 64,000 pictures of the newer artist a reader of the same shape reads
# 79% of the traits right; by AdamW, 72%, and 79% from twice as many.
LEARNING_RATE = 0.01
WEIGHT_DECAY = 0.1
KNOB_WEIGHT = 0.1  # loss weight of the knobs' squared error (the mean cross-entropy of the traits has weight 1)
# Loss weights of individual traits; all others have weight 1. These show in only a few pixels.
TRAIT_WEIGHTS = {"glasses": 4.0, "mark": 4.0, "earrings": 2.0, "pupils": 2.0}
# How much more the squared errors of individual knobs count than those of others. An evaluation needs these: how far
# the head turns, nods and tilts.
KNOB_FACTORS = dict.fromkeys(("turn", "nod", "tilt"), 20.0)
NOISE = 0.04  # standard deviation of the noise in training; it teaches the reader to ignore a few faint specks
SHIFT = 2  # largest shift of the pictures in training, in pixels


def find_reader(traits: Traits) -> Path:
    """Return the file of the reader for a network with these traits, which are an artist's or any others.

    Raises NoReader if nobody has taught a reader on this artist's drawings yet.
    """
    artist = artist_of(traits)
    return readers.find(artist.name if artist else None)


def train_reader(
    store: Store,
    knobs: Sequence[str],
    count: int,
    device: torch.device,
    advance: Callable[[int, float], object] = lambda n, loss: None,
    seed: int = 0,
) -> Reader:
    """Train a new reader on ``count`` pictures from ``store``, and return it. ``seed`` decides its first weights.

    ``knobs`` are the names of the store's knobs. The optimiser is Muon with a one-cycle learning rate (Smith and Topin
    2018). The loss is the cross-entropy of the traits plus the weighted squared error of the knobs. ``advance`` is
    called after each batch, with its number of pictures and its loss.
    """
    torch.manual_seed(seed)
    reader = Reader(store.traits, store.continuous.shape[1]).train()
    reader.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    steps = max(1, count // BATCH)
    optimizer = Muon(reader, LEARNING_RATE, WEIGHT_DECAY)
    schedule = OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps + 1, cycle_momentum=False)
    factors = torch.tensor([KNOB_FACTORS.get(name, 1.0) for name in knobs], device=device)
    seen = torch.from_numpy(seen_traits(store.traits, np.asarray(store.labels, np.float32))).to(device)
    for indices in _batches(len(store), steps):
        rng = np.random.default_rng(indices)
        labels, asked_knobs = store.conditions(indices, device)
        with half_precision(device):
            logits, read_knobs = reader(_perturb(store.batch(indices, min(SIDE, store.side), device), rng))
        knob_loss = (factors * (read_knobs.float() - asked_knobs).square()).mean()
        loss = reading_loss(logits.float(), labels, store.traits, seen[indices]) + KNOB_WEIGHT * knob_loss
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimizer.step()
        schedule.step()
        advance(len(indices), loss.item())
    return reader.eval().requires_grad_(False)


def reading_loss(logits: Tensor, labels: Tensor, traits: Traits, seen: Tensor) -> Tensor:
    """Return the cross-entropy of logits with one-hot labels, both [n, c_dim], averaged over traits.

    Each trait's cross-entropy is multiplied by its weight in TRAIT_WEIGHTS. It counts in the pictures in which the
    trait is ``seen`` [n, traits]: to guess what is covered teaches nothing.
    """
    losses = [
        TRAIT_WEIGHTS.get(trait, 1.0)
        * F.cross_entropy(logits[:, column], labels[:, column].argmax(dim=1), reduction="none")
        for trait, column in columns(traits).items()
    ]
    return (torch.stack(losses, dim=1) * seen).mean()


def _batches(count: int, steps: int) -> Iterator[np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Yield ``steps`` batches of indices below ``count``. Every index is used once before any is repeated."""
    rng = np.random.default_rng(0)
    indices = np.concatenate([rng.permutation(count) for _ in range(steps * BATCH // count + 1)])
    for step in range(steps):
        yield indices[step * BATCH : (step + 1) * BATCH]


def _perturb(pictures: Tensor, rng: np.random.Generator) -> Tensor:
    """Shift the pictures by up to SHIFT pixels and add noise, because generated faces are less exact than drawings."""
    down, right = rng.integers(-SHIFT, SHIFT + 1, size=2).tolist()
    shifted = torch.roll(pictures, (down, right), (2, 3))
    noise = torch.randn(shifted.shape[1:])  # all pictures of a batch get the same noise
    return shifted + NOISE * noise.to(shifted.device)
