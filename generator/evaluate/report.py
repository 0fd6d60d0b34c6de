"""Compares readings of pictures, formats an evaluation's results in Markdown, and inserts them into the model card.

Knows nothing about networks; evaluation.py supplies the readings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from generator import files
from generator.evaluate.measures import frechet, moments, precision_recall
from generator.evaluate.reader import Readings, columns
from generator.stylegan.generator import Traits

BEGIN, END = "<!-- measured -->", "<!-- end of what was measured -->"

# Trait -> value -> share: of the faces for which the value was requested, the share that show it. Values that were
# never requested are left out.
Accuracy = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Comparison:
    """How far one set of pictures is from the reference pictures."""

    name: str
    count: int  # number of pictures in the set
    distance: float  # squared Fréchet distance of the features
    precision: float
    recall: float


def compare(name: str, reference: Readings, readings: Readings) -> Comparison:
    """Compare the readings of the set of pictures called ``name`` with the readings of the reference pictures."""
    distance = frechet(moments(reference.features), moments(readings.features))
    return Comparison(name, len(readings), distance, *precision_recall(reference.features, readings.features))


def trait_accuracy(readings: Readings, labels: Tensor, traits: Traits) -> Accuracy:
    """Return, for each value of each trait, the share of the pictures with this label that show the value.

    ``labels`` [n, c_dim] are one-hot.
    """
    accuracy: Accuracy = {}
    for at, (trait, column) in enumerate(columns(traits).items()):
        asked = labels[:, column].argmax(dim=1)
        right = (readings.values[:, at] == asked).double()
        rows = {value: asked == index for index, value in enumerate(traits[trait])}
        accuracy[trait] = {value: right[mask].mean().item() for value, mask in rows.items() if mask.any()}
    return accuracy


def mean_accuracy(shares: Mapping[str, float]) -> float:
    """Return the mean share of a trait's values. All values count equally, however often they were requested."""
    return sum(shares.values()) / len(shares)


def correlate_knobs(readings: Readings, knobs: Tensor) -> Tensor:
    """Return each knob's Pearson correlation [k] between the requested ``knobs`` [n, k] and those in the readings."""
    asked, read = (x.double() - x.double().mean(dim=0) for x in (knobs, readings.knobs))
    return torch.nn.functional.cosine_similarity(asked, read, dim=0)


# --- the table ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Results:
    """All measures of one network."""

    reference: str  # name of the pictures with which all sets were compared
    sets: Sequence[Comparison]  # the network's faces, then unseen pictures (the floor), then any others
    # (heading in the report, the accuracy shown under it), that for psi 0.7 first. Empty if the network lacks the
    # artist's traits.
    accuracy: Sequence[tuple[str, Accuracy]]
    knobs: Mapping[str, float]  # name of a knob -> correlation; empty if z does not hold the artist's knobs


def format_table(results: Results) -> str:
    """Format the results as Markdown tables, followed by a sentence about the knobs if they were measured."""
    parts = [_format_distances(results)]
    if results.accuracy:
        parts.append(_format_accuracy(results))
    if results.knobs:
        ranking = sorted(results.knobs.items(), key=lambda row: -row[1])
        named = ", ".join(f"{name} {value:.2f}" for name, value in ranking)
        parts.append(f"How closely a face follows each continuous knob (correlation): {named}.")
    return "\n\n".join(parts)


def _format_distances(results: Results) -> str:
    floor = results.sets[1].distance
    head = f"| against {results.reference} | pictures | Fréchet distance | of the floor | precision | recall |"
    rows = [
        f"| {row.name} | {row.count:,} | {row.distance:.2f} | {row.distance / floor:.1f} x"
        f" | {row.precision:.3f} | {row.recall:.3f} |"
        for row in results.sets
    ]
    return "\n".join([head, "|---|---|---|---|---|---|", *rows])


def _format_accuracy(results: Results) -> str:
    headings = [heading for heading, _ in results.accuracy]
    first = results.accuracy[0][1]
    lines = [
        f"| shown as asked | {' | '.join(headings)} | each value, {headings[0]} |",
        f"|---|{'---|' * (len(headings) + 1)}",
    ]
    for trait in first:
        means = " | ".join(f"{mean_accuracy(accuracy[trait]):.1%}" for _, accuracy in results.accuracy)
        lines.append(f"| {trait} | {means} | {_format_values(first[trait])} |")
    return "\n".join(lines)


def _format_values(shares: Mapping[str, float]) -> str:
    return ", ".join(f"{value} {share:.0%}" for value, share in shares.items())


# --- the model card -------------------------------------------------------------------------------


def write_into_card(card: Path, name: str, text: str, begin: str = BEGIN, end: str = END) -> None:
    """Insert ``text`` into a model card, replacing the text between its markers ``begin`` and ``end``.

    If the card has no markers, they are added at its end with the text. If there is no card, a card for the model
    ``name`` is created. Raises CannotWrite if the file cannot be written.
    """
    old = card.read_text("utf-8") if card.is_file() else f"# {name}\n"
    before, marked, rest = old.partition(begin)
    before, after = (before, rest.partition(end)[2]) if marked else (f"{before.rstrip()}\n\n", "\n")
    files.write(card, [f"{before}{begin}\n{text}\n{end}{after}".encode()])
