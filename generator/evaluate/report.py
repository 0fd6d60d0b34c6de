"""What was measured, as a table that people read, and its place in a model card.

Knows neither networks nor pictures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from generator.checkpoints import native
from generator.contract import errors
from generator.evaluate.measures import frechet, moments, precision_recall
from generator.evaluate.reader import Readings, Traits, columns

BEGIN, END = "<!-- measured -->", "<!-- end of what was measured -->"

Accuracy = dict[str, dict[str, float]]  # trait -> value -> share; values that nobody asked for are absent


@dataclass(frozen=True)
class Comparison:
    """A set of pictures measured against the reference."""

    name: str
    count: int
    distance: float
    precision: float
    recall: float


def compare(name: str, reference: Readings, seen: Readings) -> Comparison:
    """Measure ``seen`` against the reference."""
    distance = frechet(moments(reference.features), moments(seen.features))
    return Comparison(name, len(seen), distance, *precision_recall(reference.features, seen.features))


def trait_accuracy(seen: Readings, labels: Tensor, traits: Traits) -> Accuracy:
    """The share of pictures that show what was asked, for every value of every trait; labels [n, c_dim] one-hots."""
    shares: Accuracy = {}
    for at, (trait, place) in enumerate(columns(traits).items()):
        wanted = labels[:, place].argmax(dim=1)
        right = (seen.values[:, at] == wanted).double()
        asked = {value: wanted == index for index, value in enumerate(traits[trait])}
        shares[trait] = {value: right[rows].mean().item() for value, rows in asked.items() if rows.any()}
    return shares


def mean_accuracy(shares: Mapping[str, float]) -> float:
    """The mean over a trait's values, each counting alike however often it was asked for."""
    return sum(shares.values()) / len(shares)


def correlate_knobs(seen: Readings, knobs: Tensor) -> Tensor:
    """Pearson's correlation [k] of each knob asked for, [n, k], with the one that is seen."""
    asked, found = (x.double() - x.double().mean(dim=0) for x in (knobs, seen.knobs))
    return torch.nn.functional.cosine_similarity(asked, found, dim=0)


# --- the table ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Results:
    """Everything that is said of a network."""

    reference: str  # what the distance is to
    sets: Sequence[Comparison]  # the network first, then the floor
    shares: Sequence[
        tuple[str, Accuracy]
    ]  # under their headings, that of psi 0.7 first; empty without the artist's traits
    knobs: Mapping[str, float]  # correlation; empty where z is no knobs


def format_table(measured: Results) -> str:
    """The figures in Markdown."""
    parts = [_distances(measured)]
    if measured.shares:
        parts.append(_traits(measured))
    if measured.knobs:
        named = ", ".join(
            f"{name} {value:.2f}" for name, value in sorted(measured.knobs.items(), key=lambda row: -row[1])
        )
        parts.append(f"How closely a face follows each continuous knob (correlation): {named}.")
    return "\n\n".join(parts)


def _distances(measured: Results) -> str:
    floor = measured.sets[1].distance
    head = f"| against {measured.reference} | pictures | Fréchet distance | of the floor | precision | recall |"
    rows = [
        f"| {row.name} | {row.count:,} | {row.distance:.2f} | {row.distance / floor:.1f} x"
        f" | {row.precision:.3f} | {row.recall:.3f} |"
        for row in measured.sets
    ]
    return "\n".join([head, "|---|---|---|---|---|---|", *rows])


def _traits(measured: Results) -> str:
    headings = [heading for heading, _ in measured.shares]
    first = measured.shares[0][1]
    head = (
        f"| shown as asked | {' | '.join(headings)} | each value, {headings[0]} |\n|---|{'---|' * (len(headings) + 1)}"
    )
    rows = [
        f"| {trait} | {' | '.join(f'{mean_accuracy(shares[trait]):.1%}' for _, shares in measured.shares)} | {_each(first[trait])} |"
        for trait in first
    ]
    return "\n".join([head, *rows])


def _each(shares: Mapping[str, float]) -> str:
    return ", ".join(f"{value} {share:.0%}" for value, share in shares.items())


# --- the model card -------------------------------------------------------------------------------


def write_into_card(card: Path, name: str, text: str, begin: str = BEGIN, end: str = END) -> None:
    """Put ``text`` between the markers of a model card; a card without them gets them at its end. Raises CannotWrite."""
    native.check_writable(card)
    old = card.read_text("utf-8") if card.is_file() else f"# {name}\n"
    before, marked, rest = old.partition(begin)
    before, after = (before, rest.partition(end)[2]) if marked else (f"{before.rstrip()}\n\n", "\n")
    try:
        card.write_text(f"{before}{begin}\n{text}\n{end}{after}", "utf-8")
    except OSError as error:
        raise errors.CannotWrite(file=card.name, reason=error.strerror or "unknown") from error
