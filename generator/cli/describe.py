"""The command ``inspect``: what a checkpoint holds, or by which recipe a picture was made.

Knows how to show what a file says about itself without being fooled by it; reading is for checkpoints and stamp.
"""

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from generator.contract import errors, stamp

if TYPE_CHECKING:
    from generator.checkpoints import Description

MAX_PICTURE_BYTES = 128 * 2**20  # what is read of a picture
MAX_VALUE_CHARS = 2000
MAX_VALUES = 100  # of one trait
MAX_CARD_ROWS = 64
_PICTURES = (".png", ".gif", ".webp", ".mp4")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("file", type=Path, help="a checkpoint, or a picture made here")


def run(options: argparse.Namespace) -> int:
    """Print what the file is. Raises FileMissing, NoStamp, CheckpointError."""
    file: Path = options.file
    if not file.is_file():
        raise errors.FileMissing(file=str(file))
    print(_told(file))
    return 0


def _told(file: Path) -> str:
    """The recipe of a picture, or the rows of a checkpoint; a file's ending decides only what is tried first."""
    if file.suffix.lower() in _PICTURES:
        if line := _recipe_in(file):
            return line
        raise errors.NoStamp(file=file.name)
    from generator import checkpoints

    try:
        return _aligned(list(_rows(checkpoints.inspect(file))))
    except errors.CheckpointError:
        if line := _recipe_in(file):
            return line
        raise


def _recipe_in(file: Path) -> str | None:
    try:
        with file.open("rb") as opened:
            return stamp.read(opened.read(MAX_PICTURE_BYTES))
    except OSError:
        return None


def _rows(described: "Description") -> Iterator[tuple[str, str]]:
    yield "format", described.format
    yield "name", described.name
    yield "resolution", f"{described.resolution} px"
    yield "parameters", f"{described.parameters:,}"
    yield "digest", described.digest
    yield "traits", "".join(f"\n  {trait}: {_listed(values)}" for trait, values in described.traits.items()) or "none"
    yield from _card_rows(described.card)
    yield from ((f"note {n}", note) for n, note in enumerate(described.notes, start=1))


def _listed(values: tuple[str, ...]) -> str:
    if len(values) <= MAX_VALUES:
        return ", ".join(values)
    return f"{', '.join(values[:3])} and so on to {values[-1]}: {len(values):,} values"


def _card_rows(card: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """What the makers say. Anybody can write it, so its rows cannot be taken for the others."""
    for name, value in list(card.items())[:MAX_CARD_ROWS]:
        yield (
            f"card: {_printable(name)[:40]}",
            _printable(", ".join(map(str, value)) if isinstance(value, list) else str(value)),
        )


def _printable(text: str) -> str:
    """One line that no terminal obeys: escape sequences, and marks that turn or hide text, become spaces."""
    return "".join(c if c.isprintable() else " " for c in text[:MAX_VALUE_CHARS])


def _aligned(rows: list[tuple[str, str]]) -> str:
    width = max(len(name) for name, _ in rows) + 2
    return "\n".join(f"{name + ':':<{width}}{value}".rstrip() for name, value in rows)
