"""Stores training pictures (drawings or a folder of files) and their labels in memory-mapped array files.

Knows nothing about training. Each picture file is decoded only once; later, only the array files are read.
"""

import csv
import json
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.lib.format import open_memmap
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor

from generator import files
from generator.contract.errors import BadLabels, FileMissing, TooFewPictures
from generator.contract.names import slug
from generator.stylegan.generator import Traits

SHARD = 1000  # pictures in each array file of drawings: an interrupted drawing loses at most these
MIN_PICTURES = 16  # smallest number of pictures in a training set; equals the default batch size
SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"}

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

    pictures: "NDArray[np.uint8] | Shards"  # [count, side, side, 3]
    # [count, c_dim]: each row holds the one-hot vectors of all traits, in the order of ``traits``. c_dim is 0 if there
    # are no labels.
    labels: NDArray[np.float32]
    # Knobs [count, k], about N(0, 1): the attributes of a drawing that are not traits. k is 0 for a folder of files.
    continuous: NDArray[np.float32]
    traits: Traits

    def __len__(self) -> int:
        return int(self.pictures.shape[0])

    @property
    def side(self) -> int:
        """The side of a picture in pixels."""
        return int(self.pictures.shape[1])

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
        """Return the pictures with these indices, as [n, 3, resolution, resolution] in [-1, 1].

        Larger pictures are shrunk by averaging square groups of pixels.
        """
        block = torch.from_numpy(self.pictures[indices]).to(device).permute(0, 3, 1, 2)
        pictures = block.float() / 127.5 - 1
        factor = self.side // resolution
        return torch.nn.functional.avg_pool2d(pictures, factor) if factor > 1 else pictures

    def conditions(self, indices: NDArray[np.int64], device: torch.device) -> tuple[Tensor, Tensor]:
        """Return the labels [n, c_dim] and knobs [n, k] of the pictures with these indices."""
        labels, continuous = torch.from_numpy(self.labels[indices]), torch.from_numpy(self.continuous[indices])
        return labels.to(device), continuous.to(device)


def trait_slug(text: str) -> str:
    """Convert ``text`` to the name of a trait or value, for example "Café Noir" to "cafe-noir".

    Letters lose their accents; "-" and "_" are kept. The result is empty if ``text`` has no usable letter or digit.
    """
    return slug(unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode(), keep="_-")


# --- array files ----------------------------------------------------------------------------------


def open_store(folder: Path) -> Store | None:
    """Open the array files in ``folder``, memory-mapped. Return None if :func:`write_store` has not completed them."""
    try:
        stored = json.loads((folder / "traits.json").read_text("utf-8"))
    except FileNotFoundError:
        return None
    traits = {trait: tuple(values) for trait, values in stored.items()}
    if shards := sorted(folder.glob("shard-*-pictures.npy")):
        conditions = [np.load(_conditions_beside(path)) for path in shards]
        labels, continuous = (np.concatenate([each[name] for each in conditions]) for name in ("labels", "continuous"))
        return Store(Shards([np.load(path, mmap_mode="r") for path in shards]), labels, continuous, traits)
    pictures, labels, continuous = (
        np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("pictures", "labels", "continuous")
    )
    return Store(pictures, labels, continuous, traits)


def write_store(folder: Path, examples: Iterable[Example], count: int, side: int, traits: Traits) -> Store:
    """Write ``count`` examples of ``side`` pixels to array files in ``folder``, and return them as an open Store.

    traits.json is written last, so a folder without it is incomplete.
    """
    folder.mkdir(parents=True, exist_ok=True)
    c_dim = sum(len(values) for values in traits.values())
    pictures = _new_pictures(folder / "pictures.npy", (count, side, side, 3))
    labels = np.zeros((count, c_dim), np.float32)
    continuous: list[NDArray[np.float32]] = []
    for i, (picture, label, knobs) in enumerate(examples):
        pictures[i], labels[i] = picture, label
        continuous.append(knobs)
    del pictures  # writes them to the disk
    with files.saying_why(folder):
        np.save(folder / "labels.npy", labels)
        np.save(folder / "continuous.npy", np.stack(continuous))
    files.write(folder / "traits.json", [json.dumps(dict(traits)).encode()])
    store = open_store(folder)
    assert store is not None
    return store


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
        indices, path = range(start, min(start + SHARD, count)), folder / f"shard-{start // SHARD:04}-pictures.npy"
        if path.exists():
            advance(len(indices))
        else:
            _write_shard(path, draw(indices), len(indices), advance)
    files.write(folder / "traits.json", [json.dumps(dict(traits)).encode()])
    store = open_store(folder)
    assert store is not None
    return store


def _write_shard(path: Path, examples: Iterable[Example], count: int, advance: Advance) -> None:
    """Write one shard of ``count`` examples. Its pictures get their name last, so a file of that name is complete."""
    partial, conditions = path.with_suffix(".part.npy"), []
    pictures: NDArray[np.uint8] | None = None
    for i, (picture, label, knobs) in enumerate(examples):
        if pictures is None:
            pictures = _new_pictures(partial, (count, *picture.shape))
        pictures[i] = picture
        conditions.append((label, knobs))
        advance(1)
    labels, continuous = (np.stack(column) for column in zip(*conditions, strict=True))
    with files.saying_why(path):
        np.savez(_conditions_beside(path), labels=labels, continuous=continuous)
    del pictures  # writes it to the disk
    partial.replace(path)


def _new_pictures(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return an array of bytes that is a new file. Raises CannotWrite if there is no room for all of it."""
    with files.saying_why(path):
        pictures: NDArray[np.uint8] = open_memmap(path, "w+", np.uint8, shape)
        files.allocate(path)
    return pictures


def _conditions_beside(pictures: Path) -> Path:
    return pictures.with_name(pictures.name.replace("-pictures.npy", "-conditions.npz"))


# --- a folder of the user's own pictures ----------------------------------------------------------


def make_folder_store(
    source: Path,
    folder: Path,
    side: int,
    labels: Path | None = None,
    log: Log = print,
    advance: Advance = lambda _: None,
) -> Store:
    """Crop and scale the pictures under ``source`` to ``side`` pixels, and write them to array files in ``folder``.

    Returns them as an open Store. If ``labels`` is given, only the pictures named in this CSV file are used. Files that
    cannot be read are skipped and reported to ``log``.

    Raises FileMissing if ``source`` or ``labels`` does not exist, BadLabels as :func:`read_labels` does, and
    TooFewPictures if fewer than MIN_PICTURES pictures remain.
    """
    if not source.is_dir():
        raise FileMissing(file=str(source))
    named = read_labels(labels) if labels else {}
    traits = _collect_traits(named.values())
    files = sorted(path for path in source.rglob("*") if path.suffix.lower() in SUFFIXES)
    if labels:
        files = _match_labels(files, source, named, labels, log)
    readable = [path for path in files if _can_read(path, log)]
    if len(readable) < MIN_PICTURES:
        raise TooFewPictures(folder=str(source), found=len(readable), fewest=MIN_PICTURES)
    examples = _read_examples(readable, source, named, traits, side, advance)
    return write_store(folder, examples, len(readable), side, traits)


def _match_labels(
    files: list[Path], source: Path, named: Mapping[str, Mapping[str, str]], labels: Path, log: Log
) -> list[Path]:
    known = {str(path.relative_to(source)) for path in files}
    for name in sorted(set(named) - known):
        log(f"{labels.name} names {name}, which is not in {source}")
    left_out = sorted(known - set(named))
    if left_out:
        log(f"{len(left_out)} pictures have no line in {labels.name} and are left out, {left_out[0]} first")
    return [path for path in files if str(path.relative_to(source)) in named]


def _can_read(path: Path, log: Log) -> bool:
    try:
        with Image.open(path) as image:
            image.draft("RGB", (64, 64))  # decodes a JPEG at a smaller size, which is faster
            image.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        log(f"{path} is skipped: {error}")
        return False
    return True


def _read_examples(
    files: list[Path], source: Path, named: Mapping[str, Mapping[str, str]], traits: Traits, side: int, advance: Advance
) -> Iterator[Example]:
    nothing = np.zeros(0, np.float32)
    for path in files:
        with Image.open(path) as image:
            picture = crop_square(image, side)
        label = encode_label(named[str(path.relative_to(source))], traits) if traits else nothing
        yield picture, label, nothing
        advance(1)


def crop_square(image: Image.Image, side: int) -> NDArray[np.uint8]:
    """Return the middle square of a picture as [side, side, 3], scaled with a Lanczos filter.

    The picture is first turned upright according to its EXIF data, and transparent parts become white.
    """
    upright = ImageOps.exif_transpose(image) or image
    if upright.mode in ("I;16", "I;16B", "I", "F"):
        upright = _to_eight_bits(upright)
    layer = upright.convert("RGBA")
    flat = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    return np.asarray(ImageOps.fit(flat, (side, side), Image.Resampling.LANCZOS))


def _to_eight_bits(image: Image.Image) -> Image.Image:
    # Pillow would clip 16-bit and float greys at 255. Instead, the range that the picture uses is mapped to 0 to 255.
    values = np.asarray(image, np.float32)
    low, high = float(values.min()), float(values.max())
    return Image.fromarray(((values - low) * (255 / max(high - low, 1e-9))).astype(np.uint8))


# --- labels ---------------------------------------------------------------------------------------


def read_labels(path: Path) -> dict[str, dict[str, str]]:
    """Read a CSV file of labels and return file name -> trait -> value.

    The first column holds each file's path within the folder, and every other column is a trait, named in the first
    line. Traits and values are converted by :func:`trait_slug`.

    Raises FileMissing if there is no such file. Raises BadLabels if it is not a CSV file, names no trait, names a trait
    or a picture twice, has a line with the wrong number of fields, or has a name that :class:`Slugs` refuses.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            header, *lines = [line for line in csv.reader(file) if line] or [[]]
    except FileNotFoundError:
        raise FileMissing(file=str(path)) from None
    except (OSError, ValueError, csv.Error) as error:
        raise BadLabels(file=str(path), found=f"it cannot be read as a CSV file ({error})") from None
    if len(header) < 2:
        raise BadLabels(file=str(path), found="its first line names no trait")
    slugs = Slugs(path)
    traits = [slugs.claim("trait", name) for name in header[1:]]
    if len(set(traits)) < len(traits):
        raise BadLabels(file=str(path), found="a trait is named twice in its first line")
    rows: dict[str, dict[str, str]] = {}
    for number, line in enumerate(lines, 2):
        if line[0] in rows:
            raise BadLabels(file=str(path), found=f"{line[0]} appears twice")
        rows[line[0]] = _read_values(path, number, line, traits, slugs)
    return rows


def _read_values(path: Path, number: int, line: list[str], traits: list[str], slugs: "Slugs") -> dict[str, str]:
    if len(line) != len(traits) + 1:
        raise BadLabels(file=str(path), found=f"line {number} has {len(line)} fields, not {len(traits) + 1}")
    return {trait: slugs.claim(f"value of {trait}", text) for trait, text in zip(traits, line[1:], strict=True)}


class Slugs:
    """Assigns slugs. Refuses two spellings with the same slug, so that 'Red' and 'red!' are not merged silently."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._assigned: dict[tuple[str, str], str] = {}

    def claim(self, kind: str, text: str) -> str:
        """Return the slug of ``text``. ``kind`` says what it names, such as "trait".

        Raises BadLabels if the slug is empty, or if another spelling of the same kind already has this slug.
        """
        text = text.strip()
        name = trait_slug(text)
        if not name:
            raise BadLabels(
                file=str(self._path), found=f"a {kind} is '{text}', which has no letter or digit from a-z, 0-9"
            )
        first = self._assigned.setdefault((kind, name), text)
        if first != text:
            raise BadLabels(
                file=str(self._path), found=f"the {kind} '{first}' and '{text}' would both be called {name}"
            )
        return name


def _collect_traits(rows: Iterable[Mapping[str, str]]) -> Traits:
    seen: dict[str, set[str]] = {}
    for row in rows:
        for trait, value in row.items():
            seen.setdefault(trait, set()).add(value)
    return {trait: tuple(sorted(values)) for trait, values in seen.items()}


def encode_label(row: Mapping[str, str], traits: Traits) -> NDArray[np.float32]:
    """Return the label [c_dim] of a picture. ``row`` maps each trait to the picture's value.

    The label holds the one-hot vectors of all traits in the order of ``traits``.
    """
    return np.array([float(row[trait] == value) for trait, values in traits.items() for value in values], np.float32)
