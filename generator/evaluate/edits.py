"""Measures what an edit leaves alone: one trait of a seed is changed, and all others are read before and after.

A trait counts in the faces in which nothing covers it before or after: nobody reads the colour of closed eyes. The
artist's own portraits of the same faces are edited and read too. Their readings are stored in a folder, because drawing
takes long.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from generator.evaluate.learning import legible_traits
from generator.evaluate.sets import digest, digest_of, draw_faces, keep, read_pictures, side_for
from generator.features.reader import Reader, columns, read
from generator.rendering.latents import Latents
from generator.stylegan.generator import Generator, Traits
from generator.train.data.drawing import Artist, draw_conditions
from generator.train.data.store import Advance

FIRST_SEED = 40_000  # of the faces that are edited
PSI = 0.7  # of an edit, if its recipe does not set it

# The trait that was changed -> another trait -> the share of faces in which the other is read as before.
Kept = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Edits:
    """What edits of a network's faces leave alone, and edits of the artist's portraits with the same traits and knobs.

    Only traits that the reader reads in the network's faces at all count as others, where nothing covers them.
    """

    faces: Kept
    portraits: Kept

    @property
    def worst(self) -> tuple[str, str, float]:
        """The pair of a changed and another trait in which the other stays least often, and how often it stays."""
        return min(((changed, *least(others)) for changed, others in self.faces.items()), key=lambda row: row[2])


def least(others: Mapping[str, float]) -> tuple[str, float]:
    """Return the trait that stays least often, and how often it stays."""
    return min(others.items(), key=lambda row: row[1])


def measure_edits(
    generator: Generator,
    reader: Reader,
    artist: Artist,
    offered: Traits,
    count: int,
    folder: Path,
    advance: Advance = lambda _: None,
) -> Edits | None:
    """Change each trait in ``offered`` to another of its values there, in ``count`` seeds, and read all traits again.

    Return None if nothing is offered, or if no trait but one can be read. z must hold the artist's knobs.
    """
    latents = Latents.of(range(FIRST_SEED, FIRST_SEED + count), generator)
    assert latents.label is not None
    own, z = latents.label.cpu(), latents.z.cpu()
    before = read(reader, draw_faces(generator, z, own, PSI), advance).values
    legible = legible_traits(before, own, reader)
    if not offered or legible.sum() < 2:
        return None
    labels = {trait: change_trait(own, trait, generator.traits, values) for trait, values in offered.items()}
    seen = {"": before} | {
        trait: read(reader, draw_faces(generator, z, label, PSI), advance).values for trait, label in labels.items()
    }
    drawn = _read_portraits(artist, side_for(generator), reader, {"": own} | labels, PSI * z, folder, advance)
    uncovered = {name: torch.from_numpy(artist.seen(label.numpy())) for name, label in ({"": own} | labels).items()}
    traits = list(generator.traits)
    return Edits(*(compare_readings(values, traits, legible, uncovered) for values in (seen, drawn)))


def change_trait(labels: Tensor, trait: str, traits: Traits, values: tuple[str, ...]) -> Tensor:
    """Return one-hot ``labels`` [n, c_dim] with another value of ``trait`` in each, evenly spread over ``values``."""
    column, changed = columns(traits)[trait], labels.clone()
    indices = [traits[trait].index(value) for value in values]
    for row, own in enumerate(labels[:, column].argmax(dim=1).tolist()):
        others = [index for index in indices if index != own]
        changed[row, column] = 0
        changed[row, column.start + others[row % len(others)]] = 1
    return changed


def compare_readings(
    values: Mapping[str, Tensor], traits: list[str], legible: Tensor, uncovered: Mapping[str, Tensor]
) -> Kept:
    """Return how often each legible trait is read as before after each edit.

    ``values`` [n, traits] are the readings after the edit of each trait, and under "" those before any edit.
    ``legible`` [traits] says which traits count, and ``uncovered`` [n, traits], by edit, in which faces.
    """
    kept: Kept = {}
    for changed in filter(None, values):
        seen = uncovered[""] & uncovered[changed]
        same = values[changed].eq(values[""]) & seen
        shares = same.sum(dim=0) / seen.sum(dim=0)
        counted = legible & seen.any(dim=0) & torch.tensor([trait != changed for trait in traits])
        kept[changed] = {trait: shares[at].item() for at, trait in enumerate(traits) if counted[at]}
    return kept


def _read_portraits(
    artist: Artist,
    side: int,
    reader: Reader,
    labels: Mapping[str, Tensor],
    knobs: Tensor,
    folder: Path,
    advance: Advance,
) -> dict[str, Tensor]:
    """Return the values [n, traits] that the reader finds in the artist's portraits with each of the ``labels``."""
    together = torch.cat(list(labels.values()))
    file = folder / f"edits-{side}-{digest(together, knobs)}-{digest_of(reader)}-{artist.digest()}.npz"
    if file.exists():
        advance(len(together))
    else:
        rows = knobs.repeat(len(labels), 1).numpy()
        portraits = draw_conditions(artist.name, together.numpy(), rows, side)
        keep(file, values=read_pictures(reader, portraits, advance).values)
    with np.load(file) as stored:
        values = torch.from_numpy(stored["values"].reshape(len(labels), len(knobs), -1))
    return dict(zip(labels, values, strict=True))
