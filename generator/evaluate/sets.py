"""Sets of pictures as the reader sees them: the artist's drawings, a training set, and the faces of a network.

Knows no measure and prints nothing. What was seen of drawings is kept in a folder, since drawing takes most of the time.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from generator import drawn
from generator.evaluate.reader import CHUNK, SIDE, Reader, Readings, read
from generator.stylegan2.network import Generator
from generator.train.dataset import Store
from generator.train.drawing import draw_examples, draw_portraits

BATCH = 32  # faces that a network draws at once

Advance = Callable[[int], object]
Picture = NDArray[np.uint8]  # [side, side, 3]


@dataclass(frozen=True)
class LabelledSet:
    """Pictures whose labels are known, as the reader sees them; ``picture`` gives one of them again."""

    seen: Readings
    labels: Tensor  # [n, c_dim]; c_dim 0 without labels
    picture: Callable[[int], Picture]

    def __len__(self) -> int:
        return len(self.seen)


# --- drawings and stored pictures -----------------------------------------------------------------


def read_drawings(
    seed: int, count: int, reader: Reader, folder: Path, advance: Advance = lambda _: None
) -> LabelledSet:
    """The first ``count`` draw_portraits of ``seed``, without practice; what was seen of them is kept in ``folder``."""
    kind = f"drawings-{seed}-{_digest(reader)}"
    known = [path for path in sorted(folder.glob(f"{kind}-*.npz")) if int(path.stem.rpartition("-")[2]) >= count]
    if known:
        advance(count)
    else:
        known = [folder / f"{kind}-{count:08}.npz"]
        _draw_and_read(known[0], seed, count, reader, advance)
    with np.load(known[0]) as kept:
        features, values, knobs, labels = (
            torch.from_numpy(kept[name][:count]) for name in ("features", "values", "knobs", "labels")
        )
    return LabelledSet(
        Readings(features, values, knobs),
        labels,
        lambda index: draw_portraits(range(index, index + 1), SIDE, seed)[0][0],
    )


def _draw_and_read(file: Path, seed: int, count: int, reader: Reader, advance: Advance) -> None:
    labels: list[NDArray[np.float32]] = []

    def batches() -> Iterator[Tensor]:
        held: list[Picture] = []
        for picture, label, _ in draw_examples(count, SIDE, seed):
            held.append(picture)
            labels.append(label)
            if len(held) == CHUNK or len(labels) == count:
                yield _tensor(np.stack(held), reader.device)
                held = []

    seen = read(reader, batches(), advance)
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".new")
    with partial.open("wb") as stream:
        np.savez(stream, features=seen.features, values=seen.values, knobs=seen.knobs, labels=np.stack(labels))
    partial.replace(file)


def _tensor(pictures: NDArray[np.uint8], device: torch.device) -> Tensor:
    """[n, h, w, 3] uint8 -> [n, 3, h, w] float32 in [-1, 1]."""
    return torch.from_numpy(pictures).to(device).permute(0, 3, 1, 2).float() / 127.5 - 1


def _digest(reader: Reader) -> str:
    """Of the reader's weights and of the artist's hand, so that a change of either makes what was kept useless."""
    found = hashlib.sha256()
    for tensor in reader.state_dict().values():
        found.update(tensor.cpu().contiguous().numpy().tobytes())
    for index in range(8):
        found.update(drawn.svg(drawn.sample(np.random.default_rng(index))).encode())
    return found.hexdigest()[:12]


def read_store(
    store: Store, chosen: NDArray[np.int64], reader: Reader, advance: Advance = lambda _: None
) -> LabelledSet:
    """Those rows of a training set."""
    parts = [chosen[start : start + CHUNK] for start in range(0, len(chosen), CHUNK)]
    seen = read(reader, (_tensor(store.pictures[part], reader.device) for part in parts), advance)
    return LabelledSet(
        seen, torch.from_numpy(store.labels[chosen]), lambda index: np.array(store.pictures[chosen[index]])
    )


# --- faces of a network ---------------------------------------------------------------------------


def draw_latents(generator: Generator, count: int, seed: int) -> Tensor:
    """z [count, z_dim], each N(0, 1)."""
    return torch.from_numpy(np.random.default_rng(seed).standard_normal((count, generator.z_dim), np.float32))


def uniform_labels(generator: Generator, count: int, seed: int) -> Tensor:
    """Labels [count, c_dim] with every value of a trait as likely as the others, whatever the network's own odds."""
    rng = np.random.default_rng(seed)
    hots = [
        np.eye(len(values), dtype=np.float32)[rng.integers(len(values), size=count)]
        for values in generator.traits.values()
    ]
    return torch.from_numpy(np.concatenate([np.zeros((count, 0), np.float32), *hots], axis=1))


@torch.no_grad()
def draw_faces(generator: Generator, z: Tensor, labels: Tensor, psi: float) -> Iterator[Tensor]:
    """Batches of faces [m, 3, r, r] for z [n, z_dim] and labels [n, c_dim], which an unconditional network ignores."""
    for start in range(0, len(z), BATCH):
        some, asked = (x[start : start + BATCH].to(generator.device) for x in (z, labels))
        w = generator.mapping(some, asked if generator.c_dim else None, psi=psi)
        yield generator.synthesis(w).clamp(-1, 1)
