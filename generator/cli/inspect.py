"""The command ``inspect``, which prints what a checkpoint holds, or the recipe that a picture was made from.

Does not parse files itself; generator/checkpoints and contract/stamp.py do. Text from a file is made safe to print, so
that it cannot control the terminal.
"""

import argparse
import mimetypes
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from generator import files
from generator.cli.render import SUFFIXES as PICTURE_SUFFIXES
from generator.contract import errors, stamp, vector
from generator.options import add_mapping_option

if TYPE_CHECKING:
    from generator.checkpoints import Description

_PICTURE = re.compile("(image|video)/")  # the beginning of such a file's media type
MAX_PICTURE_BYTES = 128 * 2**20  # a larger picture is read only up to this point
MAX_VALUE_CHARS = 2000  # a longer entry of a model card is cut off
MAX_VALUES = 100  # the most values of a trait that are printed in full
MAX_CARD_ROWS = 64  # further rows of a model card are not printed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("file", type=Path, help="a checkpoint, a picture made here, or a .vector file")
    add_mapping_option(parser)


def run(options: argparse.Namespace) -> int:
    """Print the recipe of a picture, or the description of a checkpoint.

    Raises FileMissing or NotAFile if there is no such file, NoStamp for a picture without a recipe, CheckpointError for
    a file that is neither a picture nor a usable checkpoint.
    """
    file: Path = options.file
    files.require_file(file)
    print(_describe(file, options.mapping_lr))
    return 0


def _describe(file: Path, lr: float | None) -> str:
    """Return the recipe of a picture, or the description of a checkpoint, whose mapping may have the multiplier ``lr``.

    A file with the ending of a picture or a video is read as such only. Any other file is tried as a checkpoint first.
    """
    if _PICTURE.match(mimetypes.guess_type(file.name)[0] or "") or file.suffix.lower() in PICTURE_SUFFIXES:
        if line := _recipe_in(file):
            return line
        raise errors.NoStamp(file=file.name)
    if stored := _stored_face_in(file):
        return stored
    from generator import checkpoints

    try:
        return _align(list(_rows(checkpoints.inspect(file, lr=lr))))
    except errors.CheckpointError:
        if line := _recipe_in(file):
            return line
        if _is_picture(file):
            raise errors.NoStamp(file=file.name) from None
        raise


def _recipe_in(file: Path) -> str | None:
    with file.open("rb") as opened:
        return stamp.read(opened.read(MAX_PICTURE_BYTES))


def _stored_face_in(file: Path) -> str | None:
    """Return the description of a .vector file, or None if it is something else."""
    with file.open("rb") as opened:
        raw = opened.read(vector.MAX_BYTES + 1)
    found = vector.unpack(raw)
    return found and f"a stored face, @{vector.digest_of(raw)}: {found[0].rows} x {found[0].columns} numbers"


def _is_picture(file: Path) -> bool:
    """Return whether the file begins like a picture, whatever its name."""
    from PIL import Image

    try:
        Image.open(file).close()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):  # what Pillow raises for other files
        return False
    return True


def _rows(description: "Description") -> Iterator[tuple[str, str]]:
    traits = (f"\n  {trait}: {_list(values)}" for trait, values in description.traits.items())
    yield "format", description.format
    yield "name", description.name
    yield "resolution", description.pixels
    yield "parameters", f"{description.parameters:,}"
    yield "digest", description.digest
    yield "traits", "".join(traits) or "none"
    if withheld := _withheld(description):
        yield "not offered", withheld
    if description.knobs is not None:
        yield "knobs", _list(tuple(filter(None, description.knobs.names)))
    yield from _card_rows(description.card)
    yield from ((f"note {n}", note) for n, note in enumerate(description.notes, start=1))


def _withheld(description: "Description") -> str:
    """Return the traits' values that people are not offered, such as "mark: mole, heart; dye: tips"."""
    lists = {
        trait: [value for value in values if value not in description.offered.get(trait, ())]
        for trait, values in description.traits.items()
    }
    return "; ".join(f"{trait}: {_list(tuple(values))}" for trait, values in lists.items() if values)


def _list(values: tuple[str, ...]) -> str:
    if len(values) <= MAX_VALUES:
        return ", ".join(values)
    return f"{', '.join(values[:3])} and so on to {values[-1]}: {len(values):,} values"


def _card_rows(card: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield the rows of the model card.

    A card may contain anything that its author wrote, so these rows are marked "card:" to set them apart from facts.
    """
    for name, value in list(card.items())[:MAX_CARD_ROWS]:
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        yield f"card: {_printable(name)[:40]}", _printable(text)


def _printable(text: str) -> str:
    """Return one line of text that cannot control a terminal.

    Characters that are not printable, such as escapes and marks that reverse or hide text, become spaces.
    """
    return "".join(c if c.isprintable() else " " for c in text[:MAX_VALUE_CHARS])


def _align(rows: list[tuple[str, str]]) -> str:
    width = max(len(name) for name, _ in rows) + 2
    return "\n".join(f"{name + ':':<{width}}{value}".rstrip() for name, value in rows)
