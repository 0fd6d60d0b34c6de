"""Formats what was measured as a table for people and puts it into the model card.

Does not know networks or pictures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from generator.checkpoints import native
from generator.contract import errors
from generator.evaluate.measures import frechet, moments, precision_recall
from generator.evaluate.reader import Readings, columns
from generator.stylegan2.network import Traits

BEGIN, END = "<!-- measured -->", "<!-- end of what was measured -->"

Accuracy = dict[str, dict[str, float]]  # trait -> value -> share shown as asked; values never asked for are left out


@dataclass(frozen=True)
class Comparison:
    """The distance of one set of pictures from the reference."""

    name: str
    count: int
    distance: float
    precision: float
    recall: float


def compare(name: str, reference: Readings, readings: Readings) -> Comparison:
    """Compare ``readings`` with the reference."""
    distance = frechet(moments(reference.features), moments(readings.features))
    return Comparison(name, len(readings), distance, *precision_recall(reference.features, readings.features))


def trait_accuracy(readings: Readings, labels: Tensor, traits: Traits) -> Accuracy:
    """Return the share of pictures that show what was asked, by trait and value; labels [n, c_dim]: one-hots."""
    accuracy: Accuracy = {}
    for at, (trait, column) in enumerate(columns(traits).items()):
        asked = labels[:, column].argmax(dim=1)
        right = (readings.values[:, at] == asked).double()
        rows = {value: asked == index for index, value in enumerate(traits[trait])}
        accuracy[trait] = {value: right[mask].mean().item() for value, mask in rows.items() if mask.any()}
    return accuracy


def mean_accuracy(shares: Mapping[str, float]) -> float:
    """Return the mean over a trait's values, each weighted equally however often it was asked for."""
    return sum(shares.values()) / len(shares)


def correlate_knobs(readings: Readings, knobs: Tensor) -> Tensor:
    """Return Pearson's correlation [k] of each knob asked for, [n, k], with its reading."""
    asked, read = (x.double() - x.double().mean(dim=0) for x in (knobs, readings.knobs))
    return torch.nn.functional.cosine_similarity(asked, read, dim=0)


# --- the table ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Results:
    """Everything measured of one network."""

    reference: str  # what the distances are from
    sets: Sequence[Comparison]  # the network first, then the floor
    accuracy: Sequence[tuple[str, Accuracy]]  # by heading, psi 0.7 first; empty without the artist's traits
    knobs: Mapping[str, float]  # name -> correlation; empty where z does not hold the knobs


def format_table(results: Results) -> str:
    """Return the results in Markdown."""
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
    """Put ``text`` between the markers in a model card, or at its end if it has none. Raises CannotWrite."""
    native.check_writable(card)
    old = card.read_text("utf-8") if card.is_file() else f"# {name}\n"
    before, marked, rest = old.partition(begin)
    before, after = (before, rest.partition(end)[2]) if marked else (f"{before.rstrip()}\n\n", "\n")
    try:
        card.write_text(f"{before}{begin}\n{text}\n{end}{after}", "utf-8")
    except OSError as error:
        raise errors.CannotWrite(file=card.name, reason=error.strerror or "unknown") from error
