"""Learnt directions put to the test: which of them change what they are named after, and little else, as the reader sees it.

Knows no files. How a direction is found in w is in
rendering/directions.py; here its length is chosen and its effect is counted.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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

AMOUNT, PSI = 2.0, 0.7  # of an edit, where a recipe says nothing else
LEARN_SEEDS = range(20_000, 20_512)  # seeds that directions are learnt from
SCREEN_SEEDS = range(30_000, 30_024)  # on these few a hopeless direction is found out
TEST_SEEDS = range(10_000, 10_200)  # and on these the result is counted; nothing was learnt from them
MIN_MOVES, MIN_KEEPS = 0.9, 0.8
MIN_LEGIBLE = 0.8  # share of faces in which a trait must be read as asked, or nothing can be said of whether it stays
GIVE_UP_MARGIN = 0.15  # below either on the few by this much, a direction is given up
KNOB_RISE = 0.5  # of a knob, in its standard deviations, that counts as moved
KNOB_TARGET = 1.2  # the rise that is learnt

FACES_EACH = 96  # from which a direction is learnt
MIXED = 24  # faces, each with another direction, in a step of learning
RATE = 0.06  # Adam's, as a share of a step's own length
KEEP_WEIGHT = 1.0  # of what should stay, beside what should change
KNOB_WEIGHT = 0.3  # of a knob's squared change beside a trait's cross-entropy

Log = Callable[[str], object]
Advance = Callable[[int], object]


@dataclass(frozen=True)
class Effect:
    """What a step does to faces. moves: share of those without the trait that get it; keeps: of the trait that suffers most."""

    moves: float
    keeps: float
    suffers: str  # the trait that stays least

    @property
    def passes(self) -> bool:
        """Whether people should be offered this direction."""
        return self.moves >= MIN_MOVES and self.keeps >= MIN_KEEPS


@dataclass(frozen=True)
class Candidate:
    """A direction before it is judged. place: trait and value index, or the knob's index where ``value`` is None."""

    name: str
    step: Tensor  # [num_ws, w_dim]
    place: int
    value: int | None


def candidates(generator: Generator) -> Iterator[Candidate]:
    """Every value of every trait; and every knob of the artist, where z is those."""
    for name, (trait, value) in trait_directions(generator.traits).items():
        place = list(generator.traits).index(trait)
        step = learnt_step(generator, trait, value).repeat(generator.num_ws, 1)
        yield Candidate(name, step, place, generator.traits[trait].index(value))
    if has_knobs(generator):
        for index, knob in enumerate(drawn.CONTINUOUS):
            yield Candidate(
                knob.replace("_", "-"), knob_step(generator, index).repeat(generator.num_ws, 1), index, None
            )


def has_knobs(generator: Generator) -> bool:
    """Whether the network was trained on the artist's pairs, its z being the continuous knobs."""
    same = dict(generator.traits) == dict(drawn.TRAITS) and generator.z_dim == len(drawn.CONTINUOUS)
    return same and not generator.hyper.normalize_latents


class EffectMeter:
    """Faces of some seeds, and what the reader sees of them with and without a step."""

    def __init__(self, generator: Generator, reader: Reader, seeds: range) -> None:
        self.generator, self.reader = generator, reader
        points = Latents.of(seeds, generator)
        self.w = points.styles(generator, PSI)
        self.before = self._read(self.w)
        self.legible = legible(self.before.values, points.label, reader)

    def measure(self, candidate: Candidate) -> Effect:
        """Move every face by AMOUNT steps."""
        after = self._read(self.w + AMOUNT * candidate.step)
        return measure_effect(self.before, after, candidate, list(self.reader.traits), self.legible)

    def _read(self, w: Tensor) -> Readings:
        return read(self.reader, _draw(self.generator, w))


def legible(values: Tensor, labels: Tensor | None, reader: Reader) -> Tensor:
    """Which traits [traits] these faces show as asked; values: as read, [n, traits], labels: [n, c_dim]."""
    assert labels is not None
    asked = torch.stack([labels[:, place].argmax(dim=1) for place in reader.columns().values()], dim=1)
    return values.eq(asked.to(values.device)).double().mean(dim=0) >= MIN_LEGIBLE


def measure_effect(
    before: Readings, after: Readings, candidate: Candidate, traits: Sequence[str], judged: Tensor
) -> Effect:
    """Count what moving along ``candidate`` did to the same faces; traits: names in the order of the readings; judged: which."""
    kept = before.values.eq(after.values).double().mean(dim=0)
    kept[~judged] = 1
    if candidate.value is None:
        moved = (after.knobs - before.knobs)[:, candidate.place] >= KNOB_RISE
    else:
        without = before.values[:, candidate.place] != candidate.value
        moved = (after.values[:, candidate.place] == candidate.value)[without]
        kept[candidate.place] = 1
    suffers = int(kept.argmin())
    return Effect(moved.double().mean().nan_to_num(0).item(), kept[suffers].item(), traits[suffers])


@torch.no_grad()
def _draw(generator: Generator, w: Tensor) -> Iterator[Tensor]:
    for start in range(0, len(w), BATCH):
        yield generator.synthesis(w[start : start + BATCH]).clamp(-1, 1)


def learn(
    generator: Generator, reader: Reader, chosen: Sequence[Candidate], faces: int, advance: Advance = lambda n: None
) -> list[Candidate]:
    """Return the candidates with steps that change their own trait and no other, each learnt from about ``faces`` faces.

    They start from the mean differences. All are then moved together by the gradient, through network and reader, of: the
    cross-entropy of the value asked for, and that of every other trait with what was seen before. A step may differ from layer to
    layer, so that a colour need not move the shapes. (Learning a step through a differentiable judge: Goetschalckx et al. 2019,
    "GANalyze", section 2; the judge's other traits in the loss are ours.)
    """
    points = Latents.of(LEARN_SEEDS, generator)
    w = points.styles(generator, PSI)
    before = _read(generator, reader, w)
    judged = legible(_values(before[0], reader), points.label, reader).tolist()
    steps = torch.stack([candidate.step for candidate in chosen])  # [n, num_ws, w_dim]
    lengths = steps.flatten(1).norm(dim=1)[:, None, None] / steps[0].numel() ** 0.5
    change = torch.zeros_like(steps, requires_grad=True)  # in units of ``lengths``
    optimizer = torch.optim.Adam([change], lr=RATE, betas=(0.9, 0.99))
    turns = -(-len(chosen) * faces // min(MIXED, len(chosen)))
    random = torch.Generator().manual_seed(0)
    for turn in range(turns):
        mixed = torch.randperm(len(chosen), generator=random)[:MIXED]
        rows = torch.randint(len(w), (len(mixed),), generator=random)
        moved = w[rows] + AMOUNT * (steps + change * lengths)[mixed]
        with half_precision(w.device):
            after = reader(generator.synthesis(moved))
        cost = loss(
            [chosen[i] for i in mixed.tolist()], [x[rows] for x in before], [x.float() for x in after], reader, judged
        )
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(cost)
        optimizer.param_groups[0]["lr"] = RATE * (1 - turn / turns)
        optimizer.step()
        advance(len(mixed))
    found = (steps + change * lengths).detach()
    return [replace(candidate, step=step) for candidate, step in zip(chosen, found, strict=True)]


def _values(logits: Tensor, reader: Reader) -> Tensor:
    """The likeliest value [n, traits] of each trait."""
    return torch.stack([logits[:, place].argmax(dim=1) for place in reader.columns().values()], dim=1)


def loss(
    chosen: Sequence[Candidate],
    before: Sequence[Tensor],
    after: Sequence[Tensor],
    reader: Reader,
    judged: Sequence[bool],
) -> Tensor:
    """Mean over faces; before and after: logits [m, c_dim] and knobs [m, k] of face i, moved along ``chosen[i]``.

    judged: for each trait, whether it can be seen at all, and so should stay where it is not what moves.
    """
    wanted = before[1].clone()
    heavy = torch.full_like(wanted, 0.1 * KNOB_WEIGHT)  # other knobs may follow a little: a smile lifts cheeks
    for i, candidate in enumerate(chosen):
        if candidate.value is None:
            wanted[i, candidate.place] += KNOB_TARGET
            heavy[i, candidate.place] = 10 * KNOB_WEIGHT
    losses = (heavy * (after[1] - wanted).square()).sum(dim=1)
    for at, place in enumerate(reader.columns().values()):
        aims, weights = before[0][:, place].softmax(dim=1), torch.full_like(losses, KEEP_WEIGHT * judged[at])
        for i, candidate in enumerate(chosen):
            if candidate.value is not None and candidate.place == at:
                aims[i], weights[i] = F.one_hot(torch.tensor(candidate.value), aims.shape[1]), 1.0
        losses = losses + weights * F.cross_entropy(after[0][:, place], aims, reduction="none")
    return losses.mean()


@torch.no_grad()
def _read(generator: Generator, reader: Reader, w: Tensor) -> list[Tensor]:
    parts = []
    for pictures in _draw(generator, w):
        with half_precision(w.device):
            parts.append(reader(pictures))
    return [torch.cat(pieces).float() for pieces in zip(*parts, strict=True)]


def select(
    generator: Generator, reader: Reader, chosen: Iterable[Candidate], log: Log
) -> dict[str, tuple[Tensor, Effect]]:
    """Return the directions that pass, as name -> (step [num_ws, w_dim], its effect); log everyone's verdict in a line."""
    trial, court = EffectMeter(generator, reader, SCREEN_SEEDS), EffectMeter(generator, reader, TEST_SEEDS)
    passed = {}
    for candidate in chosen:
        first = trial.measure(candidate)
        if min(first.moves - MIN_MOVES, first.keeps - MIN_KEEPS) < -GIVE_UP_MARGIN:
            log(_line(candidate.name, first, "given up"))
            continue
        effect = court.measure(candidate)
        log(_line(candidate.name, effect, "offered" if effect.passes else "not offered"))
        if effect.passes:
            passed[candidate.name] = (candidate.step, effect)
    return passed


def _line(name: str, effect: Effect, verdict: str) -> str:
    return f"{name}: moves {effect.moves:.0%}, {effect.suffers} stays {effect.keeps:.0%}, {verdict}"


def format_table(passed: Mapping[str, tuple[Tensor, Effect]]) -> str:
    """The directions that pass, in Markdown, and what that means."""
    told = (
        f"Directions of `edit` that work: by {AMOUNT:g} at psi {PSI}, of {len(TEST_SEEDS)} seeds that nothing was learnt from, at least"
        f" {MIN_MOVES:.0%} get the trait (a knob rises by {KNOB_RISE:g} standard deviations), and every other trait that can be read in this"
        f" network's faces at all (as asked in {MIN_LEGIBLE:.0%}) stays in at least {MIN_KEEPS:.0%}."
    )
    rows = [
        f"| `{name}` | {effect.moves:.0%} | {effect.keeps:.0%} ({effect.suffers}) |"
        for name, (_, effect) in passed.items()
    ]
    return "\n".join([told, "", "| direction | moves | every other trait stays |", "|---|---|---|", *rows])
