"""Formats an evaluation's results in Markdown, and inserts them into the model card.

Knows nothing about networks and pictures.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from generator import files
from generator.evaluate import goals
from generator.evaluate.edits import Edits, least
from generator.evaluate.goals import Goal
from generator.evaluate.offer import Offer, describe
from generator.evaluate.scores import Accuracy, Comparison, mean_accuracy

BEGIN, END = "<!-- measured -->", "<!-- end of what was measured -->"


@dataclass(frozen=True)
class Results:
    """All measures of one network. What does not apply to it is empty or None."""

    reference: str  # name of the pictures with which all sets were compared
    sets: Sequence[Comparison]  # the network's faces, then unseen pictures (the floor), then any others
    milliseconds: float  # time for one face
    device: str  # where that was measured
    # (heading in the report, the accuracy shown under it): that for psi 0.7 first, that of unseen pictures last. Empty
    # if the network lacks the artist's traits.
    accuracy: Sequence[tuple[str, Accuracy]] = ()
    offer: Offer | None = None
    # Name of a knob -> correlation with what is read, in faces and in unseen pictures; empty if z does not hold the
    # artist's knobs.
    knobs: Mapping[str, float] = field(default_factory=dict)
    own_knobs: Mapping[str, float] = field(default_factory=dict)
    sharpness: float | None = None  # of the eyes, as a share of the artist's
    edits: Edits | None = None


def format_table(results: Results) -> str:
    """Format the results in Markdown: the table of goals, and then its details."""
    parts = [goals.format_goals(_goals(results)), *_format_offer(results.offer), _format_distances(results)]
    if results.accuracy:
        parts.append(_format_accuracy(results))
    if results.edits:
        parts.append(_format_edits(results.edits))
    if results.knobs:
        ranking = sorted(results.knobs.items(), key=lambda row: -row[1])
        named = ", ".join(f"{name} {value:.2f}" for name, value in ranking)
        parts.append(f"How closely a face follows each continuous knob (correlation): {named}.")
    return "\n\n".join(parts)


def _goals(results: Results) -> Iterator[Goal]:
    network, own = results.sets[:2]
    yield from goals.distance_goals(network, own)
    if results.accuracy and results.offer:
        yield from goals.trait_goals(results.accuracy[0][1], results.accuracy[-1][1], results.offer.offered)
    yield from goals.pose_goals(results.knobs, results.own_knobs)
    if results.sharpness is not None:
        yield goals.sharpness_goal(results.sharpness)
    if results.edits:
        yield goals.edit_goal(results.edits)
    yield goals.speed_goal(results.milliseconds, results.device)


def _format_offer(offer: Offer | None) -> Iterator[str]:
    if offer and offer.withheld:
        yield f"Not offered, because faces do not show it as asked, or it looks wrong: {describe(offer.withheld)}."
    if offer and offer.doubtful:
        yield f"Values that the reader finds as seldom in the artist's own pictures: {describe(offer.doubtful)}."
    if offer and offer.kept:
        yield f"Offered because they look right, though the reader finds them less often: {describe(offer.kept)}."


def _format_edits(edits: Edits) -> str:
    lines = [
        "| one trait is changed | every other trait stays, at least | in the artist's own pictures, at least |",
        "|---|---|---|",
    ]
    for changed, others in edits.faces.items():
        cells = [f"{share:.1%} ({trait})" for trait, share in map(least, (others, edits.portraits[changed]))]
        lines.append(f"| {changed} | {' | '.join(cells)} |")
    return "\n".join(lines)


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
        f"| shown as asked, where nothing covers it | {' | '.join(headings)} | each value, {headings[0]} |",
        f"|---|{'---|' * (len(headings) + 1)}",
    ]
    for trait in first:
        shares = [accuracy.get(trait) for _, accuracy in results.accuracy]
        means = " | ".join(f"{mean_accuracy(share):.1%}" if share else "" for share in shares)
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
