"""Prepares the sets of pictures for an evaluation: the artist's drawings, a training set, and a network's faces.

The readings of drawings are stored in a folder, because drawing takes longest. Computes no measures and prints nothing.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from generator import files
from generator.features.reader import CHUNK, SIDE, Reader, Readings, read
from generator.stylegan.generator import Generator
from generator.train.data.drawing import Artist, artist_of, draw_examples, draw_portraits
from generator.train.data.store import Advance, Store

BATCH = 32  # number of faces that a generator draws at once

Picture = NDArray[np.uint8]  # [side, side, 3]


@dataclass(frozen=True)
class LabelledSet:
    """A set of n pictures with their readings and what is known about them."""

    readings: Readings
    labels: Tensor  # [n, c_dim]; c_dim is 0 if the pictures have no labels
    knobs: Tensor  # [n, k]; k is 0 if no artist drew the pictures
    picture: Callable[[int], Picture]  # returns the picture with the given index, from 0 to n - 1

    def __len__(self) -> int:
        return len(self.readings)


# --- drawings and stored pictures -----------------------------------------------------------------


def side_for(generator: Generator) -> int:
    """Return the side in pixels of drawings beside a network's faces: as large, so that both are shrunk alike."""
    return max(SIDE, generator.resolution)


def read_drawings(
    artist: Artist, side: int, seed: int, count: int, reader: Reader, folder: Path, advance: Advance = lambda _: None
) -> LabelledSet:
    """Return the first ``count`` drawings of ``artist`` for ``seed`` as a LabelledSet, with the reader's readings.

    They have ``side`` pixels a side. The readings are computed only once, and stored in ``folder`` under the digests of
    reader and artist. Unlike training sets, these drawings do not favour hard values (hard_share=0).
    """
    kind = f"portraits-{side}-{seed}-{digest_of(reader)}-{artist.digest()}"
    kept = [path for path in sorted(folder.glob(f"{kind}-*.npz")) if int(path.stem.rpartition("-")[2]) >= count]
    if kept:
        advance(count)
    else:
        kept = [folder / f"{kind}-{count:08}.npz"]
        _draw_and_read(kept[0], artist.name, side, seed, count, reader, advance)
    with np.load(kept[0]) as stored:
        features, values, read_knobs, labels, knobs = (
            torch.from_numpy(stored[name][:count]) for name in ("features", "values", "read_knobs", "labels", "knobs")
        )
    return LabelledSet(
        Readings(features, values, read_knobs),
        labels,
        knobs,
        lambda index: draw_portraits(artist.name, range(index, index + 1), side, seed)[0][0],
    )


def _draw_and_read(file: Path, artist: str, side: int, seed: int, count: int, reader: Reader, advance: Advance) -> None:
    conditions: list[tuple[NDArray[np.float32], NDArray[np.float32]]] = []

    def pictures() -> Iterator[Picture]:
        for picture, label, knobs in draw_examples(artist, range(count), side, seed):
            conditions.append((label, knobs))
            yield picture

    result = read_pictures(reader, pictures(), advance)
    labels, knobs = (np.stack(column) for column in zip(*conditions, strict=True))
    keep(file, features=result.features, values=result.values, read_knobs=result.knobs, labels=labels, knobs=knobs)


def read_pictures(reader: Reader, pictures: Iterable[Picture], advance: Advance = lambda _: None) -> Readings:
    """Run the reader on pictures [side, side, 3] uint8, some at a time, and return the readings of all of them."""
    remaining = iter(pictures)
    groups = iter(lambda: list(islice(remaining, CHUNK)), [])
    return read(reader, (_to_tensor(np.stack(group), reader.device) for group in groups), advance)


def keep(file: Path, **arrays: "Tensor | NDArray[Any]") -> None:
    """Write arrays to an .npz file, whole or not at all. Raises CannotWrite if that fails."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with files.replacing(file) as stream:
        named: dict[str, Any] = {name: np.asarray(array) for name, array in arrays.items()}
        np.savez(stream, **named)


def _to_tensor(pictures: NDArray[np.uint8], device: torch.device) -> Tensor:
    """Convert pictures [n, h, w, 3] in uint8 to [n, 3, h, w] in float32, from -1 to 1."""
    return torch.from_numpy(pictures).to(device).permute(0, 3, 1, 2).float() / 127.5 - 1


def digest_of(reader: Reader) -> str:
    """Return a digest of the reader's weights."""
    return digest(*reader.state_dict().values())


def digest(*tensors: Tensor) -> str:
    """Return a digest of tensors' bytes."""
    together = hashlib.sha256()
    for tensor in tensors:
        together.update(tensor.cpu().contiguous().numpy().tobytes())
    return together.hexdigest()[:12]


def read_store(
    store: Store, indices: NDArray[np.int64], reader: Reader, advance: Advance = lambda _: None
) -> LabelledSet:
    """Run the reader on the pictures of ``store`` with these indices.

    Return a LabelledSet of these pictures, with the reader's readings.
    """
    parts = [indices[start : start + CHUNK] for start in range(0, len(indices), CHUNK)]
    readings = read(reader, (_to_tensor(store.pictures[part], reader.device) for part in parts), advance)
    labels, knobs = store.conditions(indices, torch.device("cpu"))
    return LabelledSet(readings, labels, knobs, lambda index: np.array(store.pictures[indices[index]]))


def knobs_of(generator: Generator) -> tuple[str, ...]:
    """Return the names of the artist's knobs if z holds them, as in networks trained on drawings, otherwise ()."""
    artist = artist_of(generator.traits)
    if artist is None or generator.hyper.normalize_latents or generator.z_dim != len(artist.draws.CONTINUOUS):
        return ()
    return artist.draws.CONTINUOUS


# --- faces of a network ---------------------------------------------------------------------------


def draw_latents(generator: Generator, count: int, seed: int) -> Tensor:
    """Sample latents z [count, z_dim] from N(0, 1)."""
    return torch.from_numpy(np.random.default_rng(seed).standard_normal((count, generator.z_dim), np.float32))


def uniform_labels(generator: Generator, count: int, seed: int) -> Tensor:
    """Sample labels [count, c_dim]. All values of a trait are equally likely, whatever the network's own odds."""
    rng = np.random.default_rng(seed)
    hots = [
        np.eye(len(values), dtype=np.float32)[rng.integers(len(values), size=count)]
        for values in generator.traits.values()
    ]
    return torch.from_numpy(np.concatenate([np.zeros((count, 0), np.float32), *hots], axis=1))


@torch.no_grad()
def draw_faces(generator: Generator, z: Tensor, labels: Tensor, psi: float) -> Iterator[Tensor]:
    """Yield batches of faces [m, 3, r, r] in [-1, 1], drawn from z [n, z_dim] and labels [n, c_dim].

    The labels are ignored if the network takes none.
    """
    for start in range(0, len(z), BATCH):
        part, asked = (x[start : start + BATCH].to(generator.device) for x in (z, labels))
        w = generator.mapping(part, asked if generator.c_dim else None, psi=psi)
        yield generator.synthesis(w).clamp(-1, 1)
