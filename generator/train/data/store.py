"""Stores training pictures and their labels in memory-mapped array files. Knows neither their source nor training."""

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.lib.format import open_memmap
from numpy.typing import NDArray
from torch import Tensor

from generator import files
from generator.stylegan.generator import Traits
from generator.train.data.labels import find_seen

SHARD = 1000  # pictures in each array file of drawings: an interrupted drawing loses at most these

Log = Callable[[str], object]  # shows a line of text to the user
Advance = Callable[[int], object]  # called with the number of pictures completed since the last call
Example = tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]  # picture, label and knobs


class Shards:
    """Arrays of equal size, except for the last, that are indexed like one array [count, ...]."""

    def __init__(self, parts: Sequence[NDArray[np.uint8]]) -> None:
        self._parts, self._size = parts, len(parts[0])
        self.shape = (sum(len(part) for part in parts), *parts[0].shape[1:])

    def __getitem__(self, indices: "NDArray[np.int64] | int") -> NDArray[np.uint8]:
        """Return the picture of one index [...], or the pictures of several [n, ...]."""
        if np.ndim(indices) == 0:
            picture: NDArray[np.uint8] = self._parts[int(indices) // self._size][int(indices) % self._size]
            return picture
        return np.stack([self[int(index)] for index in np.asarray(indices)])


@dataclass(frozen=True)
class Store:
    """A set of training pictures with their labels and knobs. Every array has one row for each picture."""

    pictures: "NDArray[np.uint8] | Shards"  # [count, height, width, colours]
    # [count, c_dim]: each row holds the one-hot vectors of all traits, in the order of ``traits``. c_dim is 0 if there
    # are no labels.
    labels: NDArray[np.float32]
    # Knobs [count, k], about N(0, 1): the attributes of a drawing that are not traits. k is 0 for a folder of files.
    continuous: NDArray[np.float32]
    traits: Traits

    def __len__(self) -> int:
        return int(self.pictures.shape[0])

    @property
    def height(self) -> int:
        """The height of a picture in pixels."""
        return int(self.pictures.shape[1])

    @property
    def width(self) -> int:
        """The width of a picture in pixels."""
        return int(self.pictures.shape[2])

    @property
    def side(self) -> int:
        """The longer side of a picture in pixels."""
        return max(self.height, self.width)

    @property
    def colours(self) -> int:
        """1 for grey, 3 for red, green and blue, 4 for these and alpha."""
        return int(self.pictures.shape[3])

    @property
    def paired(self) -> bool:
        """Whether label and knobs determine a picture, so that a network can be fitted to it by regression."""
        return bool(self.continuous.shape[1])

    def odds(self) -> dict[str, tuple[float, ...]]:
        """Return the share of pictures that show each value of each trait.

        The trained network uses these shares as odds when it picks the traits of a seed.
        """
        shares = iter(np.asarray(self.labels).mean(axis=0).round(4).tolist())
        return {trait: tuple(next(shares) for _ in values) for trait, values in self.traits.items()}

    def batch(self, indices: NDArray[np.int64], resolution: int, device: torch.device) -> Tensor:
        """Return the pictures with these indices, as [n, colours, height, width] in [-1, 1].

        Larger squares are shrunk to ``resolution`` pixels by averaging square groups of pixels. Rectangles are not: no
        network grows to them.
        """
        block = torch.from_numpy(self.pictures[indices]).to(device).permute(0, 3, 1, 2)
        pictures = block.float() / 127.5 - 1
        factor = self.side // resolution if self.height == self.width else 1
        return torch.nn.functional.avg_pool2d(pictures, factor) if factor > 1 else pictures

    def conditions(self, indices: NDArray[np.int64], device: torch.device) -> tuple[Tensor, Tensor]:
        """Return the labels [n, c_dim] and knobs [n, k] of the pictures with these indices."""
        labels, continuous = torch.from_numpy(self.labels[indices]), torch.from_numpy(self.continuous[indices])
        return labels.to(device), continuous.to(device)


# --- array files ----------------------------------------------------------------------------------


def open_store(folder: Path) -> Store | None:
    """Open the array files in ``folder``, memory-mapped. Return None if :func:`write_store` has not completed them."""
    try:
        stored = json.loads((folder / "traits.json").read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    traits = {trait: tuple(values) for trait, values in stored.items()}
    if shards := sorted(folder.glob("shard-*-pictures.npy")):
        conditions = [np.load(_conditions_beside(path)) for path in shards]
        labels, continuous = (np.concatenate([each[name] for each in conditions]) for name in ("labels", "continuous"))
        pictures: NDArray[np.uint8] | Shards = Shards([np.load(path, mmap_mode="r") for path in shards])
    else:
        pictures, labels, continuous = (
            np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("pictures", "labels", "continuous")
        )
    if sum(map(len, traits.values())) != labels.shape[1]:
        raise ValueError("traits.json names other values than the labels have")
    return Store(pictures, labels, continuous, traits)


def remove_store(folder: Path) -> None:
    """Remove the array files in ``folder`` as far as that is possible, and the folder if it is empty then."""
    for path in [*folder.glob("shard-*.np?"), folder / "traits.json"]:
        with suppress(OSError):
            path.unlink()
    with suppress(OSError):
        folder.rmdir()


def write_store(folder: Path, examples: Iterable[Example], most: int, traits: Traits, fixed: bool = True) -> Store:
    """Write the examples, ``most`` of them or fewer, to new array files in ``folder``; return them as an open Store.

    Unless ``fixed`` is true, values of traits that none of them has are dropped.
    traits.json is written last, so a folder without it is incomplete; what an interrupted call left there is replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("shard-*"):
        left.unlink()
    waiting, number = iter(examples), 0
    for number in range(-(-most // SHARD)):
        shard = islice(waiting, SHARD)
        if not _write_shard(_shard_path(folder, number), shard, min(SHARD, most - number * SHARD)):
            break
    return _complete(folder, traits if fixed else _drop_unseen(folder, traits))


def _drop_unseen(folder: Path, traits: Traits) -> Traits:
    """Take the values that no picture has out of the labels, and return the traits with the others."""
    conditions = {path: dict(np.load(path)) for path in sorted(folder.glob("shard-*-conditions.npz"))}
    if not conditions:
        return traits
    seen, kept = find_seen(np.concatenate([each["labels"] for each in conditions.values()]), traits)
    if not seen.all():
        for path, each in conditions.items():
            with files.saying_why(path):
                np.savez(path, labels=each["labels"][:, seen], continuous=each["continuous"])
    return kept


def write_shards(
    folder: Path,
    draw: Callable[[range], Iterable[Example]],
    count: int,
    traits: Traits,
    advance: Advance = lambda _: None,
) -> Store:
    """Write the examples that ``draw`` returns for indices 0 to ``count`` - 1 to ``folder``, SHARD in each file.

    Shards that an interrupted call has finished are kept. traits.json is written last, so a folder without it is
    incomplete. Return the open Store.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for start in range(0, count, SHARD):
        indices, path = range(start, min(start + SHARD, count)), _shard_path(folder, start // SHARD)
        if path.exists():
            advance(len(indices))
        else:
            _write_shard(path, draw(indices), len(indices), advance)
    return _complete(folder, traits)


def _complete(folder: Path, traits: Traits) -> Store:
    files.write(folder / "traits.json", [json.dumps(dict(traits)).encode()])
    store = open_store(folder)
    assert store is not None
    return store


def _write_shard(path: Path, examples: Iterable[Example], most: int, advance: Advance = lambda _: None) -> int:
    """Write one shard of ``most`` examples or fewer, and return how many there were.

    Its pictures get their name last, so a file of that name is complete.
    """
    partial, conditions = path.with_suffix(".part.npy"), []
    pictures: NDArray[np.uint8] | None = None
    for i, (picture, label, knobs) in enumerate(examples):
        if pictures is None:
            pictures = _new_pictures(partial, (most, *picture.shape))
        pictures[i] = picture
        conditions.append((label, knobs))
        advance(1)
    if pictures is None:
        return 0
    labels, continuous = (np.stack(column) for column in zip(*conditions, strict=True))
    with files.saying_why(path):
        np.savez(_conditions_beside(path), labels=labels, continuous=continuous)
        if len(conditions) < most:  # some files are left out, as is known only now
            whole = path.with_suffix(".whole.npy")
            np.save(whole, pictures[: len(conditions)])
            partial.unlink()
            partial = whole
    del pictures  # writes it to the disk
    partial.replace(path)
    return len(conditions)


def _shard_path(folder: Path, number: int) -> Path:
    return folder / f"shard-{number:04}-pictures.npy"


def _new_pictures(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return an array of bytes that is a new file. Raises CannotWrite if there is no room for all of it."""
    with files.saying_why(path):
        pictures: NDArray[np.uint8] = open_memmap(path, "w+", np.uint8, shape)
        files.allocate(path)
    return pictures


def _conditions_beside(pictures: Path) -> Path:
    return pictures.with_name(pictures.name.replace("-pictures.npy", "-conditions.npz"))
