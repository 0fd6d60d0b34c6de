"""Teaches the encoder of a network on the network's own faces, cut and compressed as people's pictures are.

Needs no pictures from elsewhere. The random order is always the same.
"""

import io
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.optim.lr_scheduler import OneCycleLR

from generator.features.reader import SIDE, WIDTHS, Reader, columns, half_precision
from generator.projection.encoder import fit, sureness, traits_of
from generator.projection.picture import to_tensor
from generator.projection.search import as_rgb
from generator.projection.spread import Spread, measure_spread, sample_z
from generator.rendering.batch_size import MAX_BATCH
from generator.stylegan.generator import Generator
from generator.stylegan.muon import Muon

FACES = 8000  # that the encoder learns from
ROUNDS = 6  # how often it sees each, cut and compressed otherwise
BATCH = 32
LEARNING_RATE = 0.005  # Muon's peak learning rate
WEIGHT_DECAY = 0.1
W_WEIGHT = 0.5  # loss weight of w, in spreads; the mean cross-entropy of the traits has weight 1
PSI = (0.5, 1.0)  # the faces' truncation
CUT = 0.2  # the most that is cut off, as a share of the side
QUALITY = (50, 96)  # of JPEG
NOISE = 0.03  # standard deviation, so that a few specks decide nothing
# A trait is clear if its likeliest value has on average this probability in CHECKED unseen faces. Earrings under hair
# are not, and would make the network's own faces look as strange as anybody's.
CLEAR, CHECKED = 0.9, 200

Advance = Callable[[int, int, float], object]  # pictures seen, of how many, mean loss of the last batch
# Tells of labels [n, c_dim] which traits [n, traits] nothing covers in such faces. The others teach nothing.
Seen = Callable[[Tensor], Tensor]


def teach(
    generator: Generator,
    begin: Reader | None = None,
    faces: int = FACES,
    rounds: int = ROUNDS,
    advance: Advance = lambda done, total, loss: None,
    seen_in: Seen | None = None,
) -> Reader:
    """Return a new encoder for a network; it has the layers and first weights of ``begin``, a reader with its traits.

    The optimiser is Muon with a one-cycle learning rate (Smith and Topin 2018). The loss is the cross-entropy of the
    traits plus the squared error of w, in spreads. Traits count where ``seen_in`` says, everywhere if it is None.
    """
    torch.manual_seed(0)
    encoder = _begin(generator, begin)
    spread = measure_spread(generator)
    random = np.random.RandomState(1)
    pictures, labels, steps = _draw(generator, spread, faces, random, advance)
    seen = _find_seen(encoder, labels, seen_in)
    batches = max(1, faces * rounds // BATCH)
    optimizer = Muon(encoder, LEARNING_RATE, WEIGHT_DECAY)
    schedule = OneCycleLR(optimizer, LEARNING_RATE, total_steps=batches + 1, cycle_momentum=False)
    for batch in range(batches):
        chosen = torch.from_numpy(random.choice(faces, BATCH, replace=faces < BATCH))
        inputs = torch.cat([_disturb(pictures[face : face + 1], random) for face in chosen]).to(generator.device)
        with half_precision(generator.device):
            logits, read = encoder(inputs + NOISE * torch.randn(inputs.shape[1:]).to(inputs.device))
        loss = W_WEIGHT * F.mse_loss(read.float(), steps[chosen])
        if generator.traits:
            loss = loss + _trait_loss(encoder, logits.float(), labels[chosen], seen[chosen])
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimizer.step()
        schedule.step()
        advance(faces + (batch + 1) * BATCH, faces + batches * BATCH, loss.item())
    encoder.eval().requires_grad_(False)
    encoder.clear = _find_clear(encoder, generator, spread, random, seen_in) or encoder.clear
    return encoder


@torch.no_grad()
def _find_clear(
    encoder: Reader, generator: Generator, spread: Spread, random: np.random.RandomState, seen_in: Seen | None
) -> tuple[str, ...]:
    pictures, labels, _ = _draw(generator, spread, CHECKED, random)
    inputs = torch.cat([_disturb(picture[None], random) for picture in pictures]).to(generator.device)
    logits, _ = encoder(inputs)
    seen = _find_seen(encoder, labels, seen_in)
    sure = ((sureness(encoder, logits, encoder.traits) * seen).sum(dim=0) / seen.sum(dim=0)).tolist()
    return tuple(trait for trait, probability in zip(encoder.traits, sure, strict=True) if probability >= CLEAR)


def _begin(generator: Generator, begin: Reader | None) -> Reader:
    encoder = Reader(traits_of(generator), generator.w_dim, begin.widths if begin else WIDTHS)
    if begin is not None:
        known = {name: tensor for name, tensor in begin.state_dict().items() if not name.startswith("knobs.")}
        encoder.load_state_dict(encoder.state_dict() | known)
    encoder.to(generator.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return encoder.train().requires_grad_(True)


@torch.no_grad()
def _draw(
    generator: Generator,
    spread: Spread,
    faces: int,
    random: np.random.RandomState,
    advance: Advance = lambda done, total, loss: None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Return faces [n, 3, SIDE, SIDE] uint8, their labels [n, c_dim], and their w as steps [n, w_dim] of the spread."""
    pictures, labels, steps = torch.empty(faces, 3, SIDE, SIDE, dtype=torch.uint8), [], []
    at = MAX_BATCH[generator.device.type]
    for first in range(0, faces, at):
        n = min(at, faces - first)
        label = generator.random_labels(random, n)
        psi = torch.from_numpy(random.uniform(*PSI, (n, 1, 1))).to(generator.device, torch.float32)
        w = generator.mapping(sample_z(generator, random, n), label)
        w = generator.mapping.w_avg + psi * (w - generator.mapping.w_avg)
        drawn = fit(as_rgb(generator.synthesis(w)).clamp(-1, 1))
        pictures[first : first + n] = ((drawn + 1) * 127.5).round().to(torch.uint8).cpu()
        labels.append(torch.empty(n, 0, device=w.device) if label is None else label)
        steps.append((w[:, 0] - spread.mean) / spread.size)
        advance(first + n, faces, 0.0)
    return pictures, torch.cat(labels), torch.cat(steps)


def _disturb(picture: Tensor, random: np.random.RandomState) -> Tensor:
    """Return a picture [1, 3, SIDE, SIDE] uint8 with its edges cut off and compressed, as floats in [-1, 1]."""
    from PIL import Image

    side = SIDE * (1 - CUT * random.random_sample())
    left, top = random.uniform(0, SIDE - side, 2)
    whole = Image.fromarray(picture[0].permute(1, 2, 0).numpy())
    part = whole.resize((SIDE, SIDE), Image.Resampling.BICUBIC, (left, top, left + side, top + side))
    file = io.BytesIO()
    part.save(file, "JPEG", quality=int(random.randint(*QUALITY)))
    with Image.open(file) as compressed:
        return to_tensor(compressed)


def _find_seen(encoder: Reader, labels: Tensor, seen_in: Seen | None) -> Tensor:
    return labels.new_ones(len(labels), len(encoder.traits)) if seen_in is None else seen_in(labels).to(labels.device)


def _trait_loss(encoder: Reader, logits: Tensor, labels: Tensor, seen: Tensor) -> Tensor:
    losses = [
        F.cross_entropy(logits[:, at], labels[:, at].argmax(dim=1), reduction="none")
        for at in columns(encoder.traits).values()
    ]
    return (torch.stack(losses, dim=1) * seen).mean()
