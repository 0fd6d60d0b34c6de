"""The one table of an evaluation: each measure of a network beside the value to reach, and that of the artist's own.

Knows nothing about how anything is measured.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from generator.evaluate.edits import Edits
from generator.evaluate.offer import MIN_SHOWN
from generator.evaluate.scores import Accuracy, Comparison, mean_accuracy

# The values to reach.
FRECHET, PRECISION, RECALL = 5.0, 0.9, 0.7  # the distance is a multiple of the floor
TRAIT, POSE, SHARPNESS, EDIT, MILLISECONDS = 0.95, 0.95, 0.85, 0.95, 40.0
ANGLES = {"yaw": "turn", "pitch": "nod", "roll": "tilt"}  # angle of the head -> the artist's knob

HEAD = "| measure | this network | the artist's own pictures | to reach | reached |\n|---|---|---|---|---|"


@dataclass(frozen=True)
class Goal:
    """One row of the table."""

    measure: str
    network: str
    own: str  # the same measure of the artist's own pictures; "" if it has no meaning there
    target: str
    reached: bool


def format_goals(goals: Iterator[Goal]) -> str:
    """Format the table in Markdown."""
    rows = (
        f"| {goal.measure} | {goal.network} | {goal.own} | {goal.target} | {'yes' if goal.reached else '**no**'} |"
        for goal in goals
    )
    return "\n".join([HEAD, *rows])


def distance_goals(network: Comparison, own: Comparison) -> Iterator[Goal]:
    """Yield the rows of the distance, precision and recall of a network's faces, and of unseen pictures (``own``)."""
    multiple = network.distance / own.distance
    name = f"Fréchet distance, {network.count:,} faces, as a multiple of the floor"
    yield Goal(name, f"{multiple:.1f}", "1.0", f"≤ {FRECHET:g}", multiple <= FRECHET)
    yield _at_least("precision", network.precision, own.precision, PRECISION)
    yield _at_least("recall", network.recall, own.recall, RECALL)


def trait_goals(asked: Accuracy, own: Accuracy, offered: Mapping[str, tuple[str, ...]]) -> Iterator[Goal]:
    """Yield the rows of the trait and of the offered value that faces show least often as asked."""
    traits = {trait: mean_accuracy(shares) for trait, shares in asked.items()}
    worst = min(traits, key=lambda trait: traits[trait])
    same = mean_accuracy(own[worst]) if own.get(worst) else None
    yield _at_least(f"traits as asked, the lowest: {worst}", traits[worst], same, TRAIT, "{:.1%}")
    values = {
        (trait, value): share
        for trait, shares in asked.items()
        for value, share in shares.items()
        if value in offered.get(trait, ())
    }
    if values:
        trait, value = min(values, key=lambda pair: values[pair])
        share = own.get(trait, {}).get(value)
        name = f"offered values as asked, the lowest: {trait} {value}"
        yield _at_least(name, values[trait, value], share, MIN_SHOWN, "{:.0%}")


def pose_goals(knobs: Mapping[str, float], own: Mapping[str, float]) -> Iterator[Goal]:
    """Yield a row for each angle of the head. Both map knobs to their correlation with what is read in the pictures."""
    for angle, knob in ANGLES.items():
        if knob in knobs:
            name = f"pose: {angle}, correlation of the knob with the picture"
            yield _at_least(name, knobs[knob], own.get(knob), POSE, "{:.3f}")


def sharpness_goal(share: float) -> Goal:
    """Return the row of the mean gradient in the eyes, as a share of the artist's."""
    return _at_least("sharpness: mean gradient in the eyes, as a share", share, 1.0, SHARPNESS, "{:.2f}")


def edit_goal(edits: Edits) -> Goal:
    """Return the row of the edit that leaves another trait alone least often."""
    changed, other, share = edits.worst
    name = f"an edit leaves each other trait alone, the lowest: {changed} changes, {other} stays"
    return _at_least(name, share, edits.portraits[changed][other], EDIT, "{:.1%}")


def speed_goal(milliseconds: float, where: str) -> Goal:
    """Return the row of the time that one face takes. ``where`` names the device."""
    name = f"milliseconds a face, one at a time, half precision where it is native ({where})"
    return Goal(name, f"{milliseconds:.1f}", "", f"< {MILLISECONDS:g}", milliseconds < MILLISECONDS)


def _at_least(measure: str, network: float, own: float | None, target: float, form: str = "{:.3f}") -> Goal:
    own_text = "" if own is None else form.format(own)
    return Goal(measure, form.format(network), own_text, f"≥ {_short(form, target)}", network >= target)


def _short(form: str, target: float) -> str:
    return f"{target:.0%}" if form.endswith("%}") else f"{target:g}"
