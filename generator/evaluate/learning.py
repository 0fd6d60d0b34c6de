"""Learns directions in w and tests with the reader which of them change what they are named after and little else.

Does not know files. rendering/directions.py finds a direction's first step; this module trains it and tests its effect.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from generator import drawn
from generator.contract.kinds import trait_directions
from generator.evaluate.reader import Reader, Readings, half_precision, read
from generator.evaluate.sets import BATCH
from generator.rendering.directions import knob_step, learnt_step
from generator.rendering.latents import Latents
from generator.stylegan2.network import Generator
from generator.train.dataset import Advance, Log

AMOUNT, PSI = 2.0, 0.7  # of an edit whose recipe does not set them
LEARN_SEEDS = range(20_000, 20_512)  # faces that directions are learnt from
SCREEN_SEEDS = range(30_000, 30_024)  # few faces, to give up hopeless directions early
TEST_SEEDS = range(10_000, 10_200)  # faces for the final test; nothing is learnt from them
MIN_MOVES, MIN_KEEPS = 0.9, 0.8  # shares of faces that a direction must reach to be offered
MIN_LEGIBLE = 0.8  # share of faces that must read as asked before a trait is tested for staying
GIVE_UP_MARGIN = 0.15  # a direction this far below either minimum on the screening faces is given up
KNOB_RISE = 0.5  # rise of a knob, in standard deviations, that counts as moved
KNOB_TARGET = 1.2  # rise of a knob that is trained for

FACES_EACH = 96  # faces that a direction is learnt from
MIXED = 24  # faces in a training step, each with another direction
RATE = 0.06  # Adam's learning rate, as a share of a step's own length
KEEP_WEIGHT = 1.0  # of traits that should stay, where the trait that should change has weight 1
KNOB_WEIGHT = 0.3  # of a knob's squared change, where a trait's cross-entropy has weight 1


@dataclass(frozen=True)
class Effect:
    """The effect of a step on faces, as shares.

    moves: of the faces without the trait, those that get it; keeps: of all faces, those whose ``suffers`` stays.
    """

    moves: float
    keeps: float
    suffers: str  # the trait that changes most often

    @property
    def passes(self) -> bool:
        """Whether to offer this direction to people."""
        return self.moves >= MIN_MOVES and self.keeps >= MIN_KEEPS


@dataclass(frozen=True)
class Candidate:
    """A direction to be tested. index: its trait or, where ``value`` is None, its knob; value: index of the value."""

    name: str
    step: Tensor  # [num_ws, w_dim]
    index: int
    value: int | None


def candidates(generator: Generator) -> Iterator[Candidate]:
    """Yield a candidate for every value of every trait and, where z holds the artist's knobs, for every knob."""
    for name, (trait, value) in trait_directions(generator.traits).items():
        index = list(generator.traits).index(trait)
        step = learnt_step(generator, trait, value).repeat(generator.num_ws, 1)
        yield Candidate(name, step, index, generator.traits[trait].index(value))
    if has_knobs(generator):
        for index, knob in enumerate(drawn.CONTINUOUS):
            step = knob_step(generator, index).repeat(generator.num_ws, 1)
            yield Candidate(knob.replace("_", "-"), step, index, None)


def has_knobs(generator: Generator) -> bool:
    """Return whether the network was trained on the artist's drawings, so that its z holds the continuous knobs."""
    same = dict(generator.traits) == dict(drawn.TRAITS) and generator.z_dim == len(drawn.CONTINUOUS)
    return same and not generator.hyper.normalize_latents


class EffectMeter:
    """The faces of some seeds and their readings; measures what a step changes."""

    def __init__(self, generator: Generator, reader: Reader, seeds: range) -> None:
        self.generator, self.reader = generator, reader
        points = Latents.of(seeds, generator)
        self.w = points.styles(generator, PSI)
        self.before = self._read(self.w)
        self.legible = legible_traits(self.before.values, points.label, reader)

    def measure(self, candidate: Candidate) -> Effect:
        """Move every face by AMOUNT steps and compare the readings."""
        after = self._read(self.w + AMOUNT * candidate.step)
        return measure_effect(self.before, after, candidate, list(self.reader.traits), self.legible)

    def _read(self, w: Tensor) -> Readings:
        return read(self.reader, _draw(self.generator, w))


def legible_traits(values: Tensor, labels: Tensor | None, reader: Reader) -> Tensor:
    """Return which traits [traits] these faces show as asked; values: readings [n, traits]; labels: [n, c_dim]."""
    assert labels is not None
    return values.eq(reader.likeliest(labels).to(values.device)).double().mean(dim=0) >= MIN_LEGIBLE


def measure_effect(
    before: Readings, after: Readings, candidate: Candidate, traits: Sequence[str], legible: Tensor
) -> Effect:
    """Count what a step along ``candidate`` changed in the same faces.

    traits: names in the order of the readings; legible: which traits [traits] count among those that should stay.
    """
    kept = before.values.eq(after.values).double().mean(dim=0)
    kept[~legible] = 1
    if candidate.value is None:
        moved = (after.knobs - before.knobs)[:, candidate.index] >= KNOB_RISE
    else:
        without = before.values[:, candidate.index] != candidate.value
        moved = (after.values[:, candidate.index] == candidate.value)[without]
        kept[candidate.index] = 1
    suffers = int(kept.argmin())
    return Effect(moved.double().mean().nan_to_num(0).item(), kept[suffers].item(), traits[suffers])


@torch.no_grad()
def _draw(generator: Generator, w: Tensor) -> Iterator[Tensor]:
    for start in range(0, len(w), BATCH):
        yield generator.synthesis(w[start : start + BATCH]).clamp(-1, 1)


def learn(
    generator: Generator, reader: Reader, chosen: Sequence[Candidate], faces: int, advance: Advance = lambda n: None
) -> list[Candidate]:
    """Return the candidates with steps trained to change their own trait and no other, each on about ``faces`` faces.

    Starts from the mean differences and trains all steps together, by the gradient through network and reader. The loss
    is the cross-entropy of the value asked for, and of every other trait with its reading before. A step may differ
    between layers, so that a colour need not move the shapes. (Goetschalckx et al. 2019, "GANalyze", section 2, learn a
    step through a differentiable assessor; other traits in the loss are our addition.)
    """
    points = Latents.of(LEARN_SEEDS, generator)
    w = points.styles(generator, PSI)
    before = _read_logits(generator, reader, w)
    legible = legible_traits(reader.likeliest(before[0]), points.label, reader).tolist()
    steps = torch.stack([candidate.step for candidate in chosen])  # [n, num_ws, w_dim]
    lengths = steps.flatten(1).norm(dim=1)[:, None, None] / steps[0].numel() ** 0.5
    change = torch.zeros_like(steps, requires_grad=True)  # in units of ``lengths``
    optimizer = torch.optim.Adam([change], lr=RATE, betas=(0.9, 0.99))
    iterations = -(-len(chosen) * faces // min(MIXED, len(chosen)))
    random = torch.Generator().manual_seed(0)
    for iteration in range(iterations):
        mixed = torch.randperm(len(chosen), generator=random)[:MIXED]
        rows = torch.randint(len(w), (len(mixed),), generator=random)
        moved = w[rows] + AMOUNT * (steps + change * lengths)[mixed]
        with half_precision(w.device):
            after = reader(generator.synthesis(moved))
        some = [chosen[i] for i in mixed.tolist()]
        cost = loss(some, [x[rows] for x in before], [x.float() for x in after], reader, legible)
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(cost)
        optimizer.param_groups[0]["lr"] = RATE * (1 - iteration / iterations)
        optimizer.step()
        advance(len(mixed))
    learnt = (steps + change * lengths).detach()
    return [replace(candidate, step=step) for candidate, step in zip(chosen, learnt, strict=True)]


def loss(
    chosen: Sequence[Candidate],
    before: Sequence[Tensor],
    after: Sequence[Tensor],
    reader: Reader,
    legible: Sequence[bool],
) -> Tensor:
    """Return the mean loss over faces, face i moved by ``chosen[i]``; before, after: logits [m, c_dim], knobs [m, k].

    legible: for each trait, whether the faces show it reliably, so that it should stay unless it is the one to change.
    """
    targets = before[1].clone()
    knob_weights = torch.full_like(targets, 0.1 * KNOB_WEIGHT)  # other knobs may follow a little: a smile lifts cheeks
    for i, candidate in enumerate(chosen):
        if candidate.value is None:
            targets[i, candidate.index] += KNOB_TARGET
            knob_weights[i, candidate.index] = 10 * KNOB_WEIGHT
    losses = (knob_weights * (after[1] - targets).square()).sum(dim=1)
    for at, column in enumerate(reader.columns().values()):
        values, weights = before[0][:, column].softmax(dim=1), torch.full_like(losses, KEEP_WEIGHT * legible[at])
        for i, candidate in enumerate(chosen):
            if candidate.value is not None and candidate.index == at:
                values[i], weights[i] = F.one_hot(torch.tensor(candidate.value), values.shape[1]), 1.0
        losses = losses + weights * F.cross_entropy(after[0][:, column], values, reduction="none")
    return losses.mean()


@torch.no_grad()
def _read_logits(generator: Generator, reader: Reader, w: Tensor) -> list[Tensor]:
    parts = []
    for pictures in _draw(generator, w):
        with half_precision(w.device):
            parts.append(reader(pictures))
    return [torch.cat(pieces).float() for pieces in zip(*parts, strict=True)]


def select(
    generator: Generator, reader: Reader, chosen: Iterable[Candidate], log: Log
) -> dict[str, tuple[Tensor, Effect]]:
    """Return the directions that pass, name -> (step [num_ws, w_dim], effect); log the result of each in a line."""
    screen, test = EffectMeter(generator, reader, SCREEN_SEEDS), EffectMeter(generator, reader, TEST_SEEDS)
    passed = {}
    for candidate in chosen:
        first = screen.measure(candidate)
        if min(first.moves - MIN_MOVES, first.keeps - MIN_KEEPS) < -GIVE_UP_MARGIN:
            log(_describe(candidate.name, first, "given up"))
            continue
        effect = test.measure(candidate)
        log(_describe(candidate.name, effect, "offered" if effect.passes else "not offered"))
        if effect.passes:
            passed[candidate.name] = (candidate.step, effect)
    return passed


def _describe(name: str, effect: Effect, verdict: str) -> str:
    return f"{name}: moves {effect.moves:.0%}, {effect.suffers} stays {effect.keeps:.0%}, {verdict}"


def format_table(passed: Mapping[str, tuple[Tensor, Effect]]) -> str:
    """Return the directions that pass as a Markdown table, with what passing means."""
    explanation = (
        f"Directions of `edit` that work: by {AMOUNT:g} at psi {PSI}, of {len(TEST_SEEDS)} seeds that nothing was"
        f" learnt from, at least {MIN_MOVES:.0%} get the trait (a knob rises by {KNOB_RISE:g} standard deviations), and"
        f" every other trait that can be read in this network's faces at all (as asked in {MIN_LEGIBLE:.0%}) stays in"
        f" at least {MIN_KEEPS:.0%}."
    )
    rows = [
        f"| `{name}` | {effect.moves:.0%} | {effect.keeps:.0%} ({effect.suffers}) |"
        for name, (_, effect) in passed.items()
    ]
    return "\n".join([explanation, "", "| direction | moves | every other trait stays |", "|---|---|---|", *rows])
