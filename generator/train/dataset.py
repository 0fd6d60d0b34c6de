"""The pictures to learn from: one memory-mapped block of bytes with labels, filled from a folder of files.

Knows nothing of networks or training; decoding happens once, and every later run reads the block.
"""

import csv
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.lib.format import open_memmap
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor

from generator.contract.errors import BadLabels, FileMissing, TooFewPictures

FEWEST = 16  # below this the discriminator's batches would be the whole set
SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"}

Traits = dict[str, tuple[str, ...]]
Log = Callable[[str], None]
Advance = Callable[[int], object]


@dataclass(frozen=True)
class Store:
    """Pictures and what is known about each. Every array has one row per picture."""

    pictures: NDArray[np.uint8]  # [count, side, side, 3]
    labels: NDArray[np.float32]  # [count, c_dim], one-hots in the order of ``traits``; c_dim 0 without labels
    continuous: NDArray[np.float32]  # [count, k], about N(0, 1): what the label does not log; k 0 unless drawn
    traits: Traits

    def __len__(self) -> int:
        return int(self.pictures.shape[0])

    @property
    def side(self) -> int:
        """Pixels on a side."""
        return int(self.pictures.shape[1])

    @property
    def paired(self) -> bool:
        """Whether a picture follows from its label and continuous vector alone, so that a network can be fitted to it directly."""
        return bool(self.continuous.shape[1])

    def odds(self) -> dict[str, tuple[float, ...]]:
        """How common each value of each trait is here, so that a seed of the trained network draws its traits alike."""
        shares = iter(np.asarray(self.labels).mean(axis=0).round(4).tolist())
        return {trait: tuple(next(shares) for _ in values) for trait, values in self.traits.items()}

    def batch(self, rows: NDArray[np.int64], resolution: int, device: torch.device) -> Tensor:
        """Pictures [n, 3, resolution, resolution] in [-1, 1]; a smaller resolution is the mean over whole squares of pixels."""
        block = torch.from_numpy(self.pictures[rows]).to(device).permute(0, 3, 1, 2)
        pictures = block.float() / 127.5 - 1
        factor = self.side // resolution
        return torch.nn.functional.avg_pool2d(pictures, factor) if factor > 1 else pictures

    def conditions(self, rows: NDArray[np.int64], device: torch.device) -> tuple[Tensor, Tensor]:
        """(labels [n, c_dim], continuous [n, k]) of those pictures."""
        return torch.from_numpy(self.labels[rows]).to(device), torch.from_numpy(self.continuous[rows]).to(device)


def slug(text: str) -> str:
    """``text`` as a trait name or value: lower-case ASCII letters, digits, '-' and '_'; '' when nothing of it is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9_-]+", "-", plain.casefold()).strip("-")


# --- the block on disk ----------------------------------------------------------------------------


def open_store(folder: Path) -> Store | None:
    """The block that :func:`write_store` finished in ``folder``, memory-mapped; None when there is none."""
    try:
        traits = json.loads((folder / "traits.json").read_text("utf-8"))
    except FileNotFoundError:
        return None
    pictures, labels, continuous = (
        np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("pictures", "labels", "continuous")
    )
    return Store(pictures, labels, continuous, {trait: tuple(values) for trait, values in traits.items()})


Example = tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]  # picture, label, continuous


def write_store(
    folder: Path, rows: Iterable[Example], count: int, side: int, traits: Mapping[str, tuple[str, ...]]
) -> Store:
    """Write ``count`` rows to ``folder`` and open them. The traits file comes last: a block without it is unfinished."""
    folder.mkdir(parents=True, exist_ok=True)
    c_dim = sum(len(values) for values in traits.values())
    pictures = open_memmap(folder / "pictures.npy", "w+", np.uint8, (count, side, side, 3))
    labels = np.zeros((count, c_dim), np.float32)
    continuous: list[NDArray[np.float32]] = []
    for i, (picture, label, rest) in enumerate(rows):
        pictures[i], labels[i] = picture, label
        continuous.append(rest)
    pictures.flush()
    np.save(folder / "labels.npy", labels)
    np.save(folder / "continuous.npy", np.stack(continuous))
    (folder / "traits.json").write_text(json.dumps(dict(traits)), "utf-8")
    store = open_store(folder)
    assert store is not None
    return store


# --- a folder of people's own pictures ------------------------------------------------------------


def make_folder_store(
    source: Path,
    folder: Path,
    side: int,
    labels: Path | None = None,
    log: Log = print,
    advance: Advance = lambda _: None,
) -> Store:
    """All readable pictures under ``source``, cropped and scaled to ``side``; broken files are named with ``log`` and skipped.

    Raises FileMissing, BadLabels, TooFewPictures.
    """
    if not source.is_dir():
        raise FileMissing(file=str(source))
    named = read_labels(labels) if labels else {}
    traits = _traits(named.values())
    files = sorted(path for path in source.rglob("*") if path.suffix.lower() in SUFFIXES)
    if labels:
        files = _match_labels(files, source, named, labels, log)
    readable = [path for path in files if _can_read(path, log)]
    if len(readable) < FEWEST:
        raise TooFewPictures(folder=str(source), found=len(readable), fewest=FEWEST)
    return write_store(
        folder, _read_examples(readable, source, named, traits, side, advance), len(readable), side, traits
    )


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
            image.draft("RGB", (64, 64))  # JPEG decodes at an eighth for this check
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
    """Any picture as [side, side, 3]: turned as its EXIF says, laid on white, its middle square scaled with Lanczos' filter."""
    upright = ImageOps.exif_transpose(image) or image
    if upright.mode in ("I;16", "I;16B", "I", "F"):
        upright = _to_eight_bits(upright)
    clear = upright.convert("RGBA")
    flat = Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear).convert("RGB")
    return np.asarray(ImageOps.fit(flat, (side, side), Image.Resampling.LANCZOS))


def _to_eight_bits(image: Image.Image) -> Image.Image:
    # Pillow clips 16-bit and float greys at 255 when converting; the range that is used is stretched instead.
    values = np.asarray(image, np.float32)
    low, high = float(values.min()), float(values.max())
    return Image.fromarray(((values - low) * (255 / max(high - low, 1e-9))).astype(np.uint8))


# --- labels ---------------------------------------------------------------------------------------


def read_labels(path: Path) -> dict[str, dict[str, str]]:
    """file name -> trait -> value, from a CSV whose first column is the file (relative to the folder) and whose others are traits.

    Names become slugs; two that become the same slug, an empty one, or an incomplete line raise BadLabels.
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
            raise BadLabels(file=str(path), found=f"{line[0]} stands in it twice")
        rows[line[0]] = _read_values(path, number, line, traits, slugs)
    return rows


def _read_values(path: Path, number: int, line: list[str], traits: list[str], slugs: "Slugs") -> dict[str, str]:
    if len(line) != len(traits) + 1:
        raise BadLabels(file=str(path), found=f"line {number} has {len(line)} fields, not {len(traits) + 1}")
    return {trait: slugs.claim(f"value of {trait}", text) for trait, text in zip(traits, line[1:], strict=True)}


class Slugs:
    """Slugs given out so far, so that 'Red' and 'red!' are not taken for one another in silence."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._given: dict[tuple[str, str], str] = {}

    def claim(self, kind: str, text: str) -> str:
        """The slug of ``text``; raises BadLabels when it is empty or already another ``kind``'s spelling."""
        text = text.strip()
        name = slug(text)
        if not name:
            raise BadLabels(
                file=str(self._path), found=f"a {kind} is '{text}', which has no letter or digit from a-z, 0-9"
            )
        first = self._given.setdefault((kind, name), text)
        if first != text:
            raise BadLabels(
                file=str(self._path), found=f"the {kind} '{first}' and '{text}' would both be called {name}"
            )
        return name


def _traits(rows: Iterable[Mapping[str, str]]) -> Traits:
    values: dict[str, set[str]] = {}
    for row in rows:
        for trait, value in row.items():
            values.setdefault(trait, set()).add(value)
    return {trait: tuple(sorted(found)) for trait, found in values.items()}


def encode_label(row: Mapping[str, str], traits: Mapping[str, tuple[str, ...]]) -> NDArray[np.float32]:
    """The label [c_dim] of one picture: one-hots in the order of ``traits``."""
    return np.array([float(row[trait] == value) for trait, values in traits.items() for value in values], np.float32)
