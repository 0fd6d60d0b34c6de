"""Learns directions in w, and tests which of them change the trait that they are named after and little else.

rendering/directions.py computes a direction's step from mean differences. This module trains the step further, and
tests its effect with the reader network. Reads and writes no files.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from generator.contract.kinds import trait_directions
from generator.evaluate.sets import BATCH, knobs_of
from generator.features.reader import Reader, Readings, half_precision, read
from generator.rendering.directions import TRAIT_STEP, find_knobs, knob_step, learnt_step
from generator.rendering.latents import Latents
from generator.stylegan.generator import Generator
from generator.train.data.drawing import seen_traits
from generator.train.data.store import Advance, Log

AMOUNT, PSI = 2.0, 0.7  # amount and psi of an edit if its recipe does not set them
LEARN_SEEDS = range(20_000, 20_512)  # seeds of the faces from which directions are learnt
SCREEN_SEEDS = range(30_000, 30_024)  # seeds of the few faces of a first test, which rejects hopeless directions early
TEST_SEEDS = range(10_000, 10_200)  # seeds of the faces of the final test; nothing is learnt from them
MIN_HIT_RATE, MIN_KEPT_RATE = 0.9, 0.8  # a direction must reach both rates (see Effect) to be offered to users
# a trait must be legible in at least this share of faces before we check that it stays unchanged
MIN_LEGIBLE = 0.8
GIVE_UP_MARGIN = 0.15  # the first test rejects a direction if a rate is further than this below the minimum
KNOB_RISE = 0.5  # smallest rise of a knob, in standard deviations, that counts as a hit
KNOB_TARGET = 1.2  # target in training for the rise of a knob, in standard deviations

FACES_EACH = 96  # default number of faces from which a direction is learnt
STEP_BATCH = 24  # number of faces in a training step, each moved along a different direction
LEARNING_RATE = 0.06  # Adam's initial learning rate, as a share of the length of a direction's step
KEEP_WEIGHT = 1.0  # loss weight of the traits that must stay unchanged (the trait to change has weight 1)
# Basic loss weight of a knob's squared error (the trait to change has weight 1). The knob to change has 10 times this
# weight; every other knob has a tenth of it.
KNOB_WEIGHT = 0.3


@dataclass(frozen=True)
class Effect:
    """The effect of a direction on a set of faces."""

    # Of the faces that lack the trait value, the share that gain it. For a knob: the share of all faces in which the
    # knob rises by at least KNOB_RISE.
    hit_rate: float
    kept_rate: float  # share of all faces in which ``most_changed_trait`` stays unchanged
    most_changed_trait: str  # of the traits that should stay unchanged, the one that changes in the most faces

    @property
    def passes(self) -> bool:
        """Whether the direction works well enough to be offered to users."""
        return self.hit_rate >= MIN_HIT_RATE and self.kept_rate >= MIN_KEPT_RATE


@dataclass(frozen=True)
class Candidate:
    """A direction to test."""

    name: str
    step: Tensor  # [num_ws, w_dim]
    index: int  # index of the trait that it changes, or of the knob if ``value`` is None
    value: int | None  # index of the trait value that it aims at; None for a knob


def candidates(generator: Generator) -> Iterator[Candidate]:
    """Yield a candidate for each offered value of each trait.

    If z holds the artist's knobs, each is one too, except those along which lines move a face exactly.
    """
    exact = find_knobs(generator)
    for name, (trait, value) in trait_directions(generator.traits).items():
        if generator.offered is not None and value not in generator.offered.get(trait, ()):
            continue
        index = list(generator.traits).index(trait)
        step = learnt_step(generator, trait, value).repeat(generator.num_ws, 1)
        yield Candidate(name, step, index, generator.traits[trait].index(value))
    for index, knob in enumerate(knobs_of(generator)):
        if (name := knob.replace("_", "-")) not in exact:
            step = TRAIT_STEP * knob_step(generator, index).repeat(generator.num_ws, 1)
            yield Candidate(name, step, index, None)


class EffectMeter:
    """Measures what a direction changes in the faces of ``seeds``. Holds their styles and readings."""

    def __init__(self, generator: Generator, reader: Reader, seeds: range) -> None:
        self.generator, self.reader = generator, reader
        points = Latents.of(seeds, generator)
        self.w = points.styles(generator, PSI)
        self.before = self._read(self.w)
        self.legible = legible_traits(self.before.values, points.label, reader)

    def measure(self, candidate: Candidate) -> Effect:
        """Move every face by AMOUNT steps of ``candidate``, and compare the readings before and after."""
        after = self._read(self.w + AMOUNT * candidate.step)
        return measure_effect(self.before, after, candidate, list(self.reader.traits), self.legible)

    def _read(self, w: Tensor) -> Readings:
        return read(self.reader, _draw(self.generator, w))


def legible_traits(values: Tensor, labels: Tensor | None, reader: Reader) -> Tensor:
    """Return which traits are legible in the faces, as booleans [traits].

    A trait is legible if the reader finds the labelled value in at least MIN_LEGIBLE (a share) of the faces in which
    nothing covers it.
    ``values`` [n, traits] are the values that the reader found.
    ``labels`` [n, c_dim] are the labels of the faces, one-hot or as logits.
    """
    assert labels is not None
    seen = torch.from_numpy(seen_traits(reader.traits, labels.cpu().numpy())).to(values.device)
    right = values.eq(reader.likeliest(labels).to(values.device)) & seen
    return right.sum(dim=0) / seen.sum(dim=0) >= MIN_LEGIBLE


def measure_effect(
    before: Readings, after: Readings, candidate: Candidate, traits: Sequence[str], legible: Tensor
) -> Effect:
    """Return the effect of ``candidate``, from the readings of the same faces before and after the edit.

    ``traits`` are the names of the traits, in the order of the readings.
    ``legible`` [traits] says which traits are legible. The others count as unchanged.
    """
    kept = before.values.eq(after.values).double().mean(dim=0)
    kept[~legible] = 1
    if candidate.value is None:
        moved = (after.knobs - before.knobs)[:, candidate.index] >= KNOB_RISE
    else:
        without = before.values[:, candidate.index] != candidate.value
        moved = (after.values[:, candidate.index] == candidate.value)[without]
        kept[candidate.index] = 1
    most_changed = int(kept.argmin())
    return Effect(moved.double().mean().nan_to_num(0).item(), kept[most_changed].item(), traits[most_changed])


@torch.no_grad()
def _draw(generator: Generator, w: Tensor) -> Iterator[Tensor]:
    for start in range(0, len(w), BATCH):
        yield generator.synthesis(w[start : start + BATCH]).clamp(-1, 1)


def learn(
    generator: Generator, reader: Reader, chosen: Sequence[Candidate], faces: int, advance: Advance = lambda n: None
) -> list[Candidate]:
    """Train the candidates' steps so that each changes its own trait and no other. Return candidates with new steps.

    Training starts from the candidates' present steps, and uses about ``faces`` faces per candidate. All steps are
    trained together, by gradient descent through the generator and the reader. The loss of a moved face is the sum of
    three parts: the cross-entropy with the value to reach, the cross-entropy of every other trait with its reading
    before the move, and the squared difference of each knob from its target. A step may differ between layers, so that
    a new colour need not change the shapes.

    Goetschalckx et al. 2019, "GANalyze", section 2, also learn a step through a differentiable assessor. We added the
    other traits to the loss.
    """
    points = Latents.of(LEARN_SEEDS, generator)
    w = points.styles(generator, PSI)
    before = _read_logits(generator, reader, w)
    legible = legible_traits(reader.likeliest(before[0]), points.label, reader).tolist()
    steps = torch.stack([candidate.step for candidate in chosen])  # [n, num_ws, w_dim]
    lengths = steps.flatten(1).norm(dim=1)[:, None, None] / steps[0].numel() ** 0.5
    change = torch.zeros_like(steps, requires_grad=True)  # what training adds to the steps, in units of ``lengths``
    optimizer = torch.optim.Adam([change], lr=LEARNING_RATE, betas=(0.9, 0.99))
    iterations = -(-len(chosen) * faces // min(STEP_BATCH, len(chosen)))
    random = torch.Generator().manual_seed(0)
    for iteration in range(iterations):
        mixed = torch.randperm(len(chosen), generator=random)[:STEP_BATCH]
        rows = torch.randint(len(w), (len(mixed),), generator=random)
        moved = w[rows] + AMOUNT * (steps + change * lengths)[mixed]
        with half_precision(w.device):
            after = reader(generator.synthesis(moved))
        some = [chosen[i] for i in mixed.tolist()]
        cost = loss(some, [x[rows] for x in before], [x.float() for x in after], reader, legible)
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(cost)
        optimizer.param_groups[0]["lr"] = LEARNING_RATE * (1 - iteration / iterations)
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
    """Return the mean loss over faces, where face i was moved along ``chosen[i]``.

    ``before`` and ``after`` each hold the logits [m, c_dim] and the knobs [m, k] that the reader found.
    ``legible`` says which traits are legible. Only legible traits are penalised for changing; the trait to change is
    always included in the loss.
    """
    targets = before[1].clone()
    # Other knobs may change a little: a smile, for example, lifts the cheeks.
    knob_weights = torch.full_like(targets, 0.1 * KNOB_WEIGHT)
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
    """Test the candidates, and return those that pass as name -> (step [num_ws, w_dim], effect).

    Logs one line for each candidate.
    """
    screen, test = EffectMeter(generator, reader, SCREEN_SEEDS), EffectMeter(generator, reader, TEST_SEEDS)
    passed = {}
    for candidate in chosen:
        first = screen.measure(candidate)
        if min(first.hit_rate - MIN_HIT_RATE, first.kept_rate - MIN_KEPT_RATE) < -GIVE_UP_MARGIN:
            log(_describe(candidate.name, first, "given up"))
            continue
        effect = test.measure(candidate)
        log(_describe(candidate.name, effect, "offered" if effect.passes else "not offered"))
        if effect.passes:
            passed[candidate.name] = (candidate.step, effect)
    return passed


def _describe(name: str, effect: Effect, verdict: str) -> str:
    return f"{name}: moves {effect.hit_rate:.0%}, {effect.most_changed_trait} stays {effect.kept_rate:.0%}, {verdict}"


def format_table(passed: Mapping[str, tuple[Tensor, Effect]]) -> str:
    """Format the directions that passed as a Markdown table, and explain what passing means."""
    explanation = (
        f"Directions of `edit` that work: by {AMOUNT:g} at psi {PSI}, of {len(TEST_SEEDS)} seeds that nothing was"
        f" learnt from, at least {MIN_HIT_RATE:.0%} get the trait (a knob rises by {KNOB_RISE:g} standard deviations),"
        f" and every other trait that can be read in this network's faces at all (as asked in {MIN_LEGIBLE:.0%}) stays"
        f" in at least {MIN_KEPT_RATE:.0%}."
    )
    rows = [
        f"| `{name}` | {effect.hit_rate:.0%} | {effect.kept_rate:.0%} ({effect.most_changed_trait}) |"
        for name, (_, effect) in passed.items()
    ]
    return "\n".join([explanation, "", "| direction | moves | every other trait stays |", "|---|---|---|", *rows])
