"""Scores readings of pictures: distances to other pictures, traits shown as asked, knobs followed.

Knows nothing about networks and files; evaluation.py supplies the readings.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from generator.features.distances import frechet, moments, precision_recall
from generator.features.reader import Readings, columns
from generator.stylegan.generator import Traits

# Trait -> value -> share: of the faces for which the value was requested, the share that show it. Values that were
# never requested, or never to be seen, are left out.
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


def trait_accuracy(readings: Readings, labels: Tensor, traits: Traits, seen: Tensor) -> Accuracy:
    """Return, for each value of each trait, the share of the pictures with this label that show the value.

    ``labels`` [n, c_dim] are one-hot. ``seen`` [n, traits] says which traits nothing covers: only these count.
    """
    accuracy: Accuracy = {}
    for at, (trait, column) in enumerate(columns(traits).items()):
        asked = labels[:, column].argmax(dim=1)
        right = (readings.values[:, at] == asked).double()
        rows = {value: (asked == index) & seen[:, at] for index, value in enumerate(traits[trait])}
        if shares := {value: right[mask].mean().item() for value, mask in rows.items() if mask.any()}:
            accuracy[trait] = shares
    return accuracy


def mean_accuracy(shares: Mapping[str, float]) -> float:
    """Return the mean share of a trait's values. All values count equally, however often they were requested."""
    return sum(shares.values()) / len(shares)


def correlate_knobs(readings: Readings, knobs: Tensor) -> Tensor:
    """Return each knob's Pearson correlation [k] between the requested ``knobs`` [n, k] and those in the readings."""
    asked, read = (x.double() - x.double().mean(dim=0) for x in (knobs, readings.knobs))
    return torch.nn.functional.cosine_similarity(asked, read, dim=0)
