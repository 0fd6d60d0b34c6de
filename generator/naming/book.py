"""The file that says which network each name means: what stands in it, and how it is read, extended and written.

A name in a book never gets another meaning. Does not know which networks there are.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from generator import files
from generator.contract import errors
from generator.contract.names import MODEL

FILE = "waifu-names.json"
VERSION = 1
MAX_BYTES = 2**24  # a hundred thousand names
_DIGEST = re.compile("[0-9a-f]{16}")
ABOUT = "Which network (its digest) each name means. Lines under pictures rest on it: keep it beside the networks."


@dataclass(frozen=True)
class Book:
    """The names that one file holds. Of several names of a network, the first of ``names`` is the one to show."""

    names: Mapping[str, str] = field(default_factory=dict)  # name -> digest
    # The names that were given before there were books; name -> digest. They count more than ``names``.
    earlier: Mapping[str, str] = field(default_factory=dict)
    # Whether ``earlier`` is in the order of the bot. If not, it is the guess of a shell, which does not know the order.
    settled: bool = False
    paths: Mapping[str, str] = field(default_factory=dict)  # digest -> where its file was last seen

    @property
    def meanings(self) -> Mapping[str, str]:
        """Name -> digest, of all names."""
        return {**self.names, **self.earlier}


def read(folder: Path) -> Book | None:
    """Return the book in a folder, or None if there is none. Raises DamagedNames if it cannot be read."""
    file = folder / FILE
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise errors.DamagedNames(file=str(file), found=error.strerror or "it cannot be read") from error
    if len(content) > MAX_BYTES:
        raise errors.DamagedNames(file=str(file), found="it is too large")
    try:
        return _parse(json.loads(content))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise errors.DamagedNames(file=str(file), found="it is not as it was written") from error


def write(folder: Path, book: Book) -> None:
    """Write the book in a folder, whole or not at all. Raises CannotWrite if that fails."""
    content = {
        "about": ABOUT,
        "version": VERSION,
        "names": dict(book.names),
        "earlier": dict(book.earlier),
        "settled": book.settled,
        "paths": dict(book.paths),
    }
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    files.write(folder / FILE, [text.encode("utf-8", "surrogatepass")])  # a path may be no text


def _parse(content: Any) -> Book:
    if content["version"] != VERSION:
        raise ValueError("another version")
    names, earlier, paths = content["names"], content["earlier"], content["paths"]
    if not all(is_binding(*pair) for pair in [*names.items(), *earlier.items()]):
        raise ValueError("a name is misspelt")
    if not all(isinstance(path, str) for path in paths.values()):
        raise ValueError("a path is no text")
    return Book(names, earlier, bool(content["settled"]), paths)


def is_binding(name: str, digest: object) -> bool:
    """Return whether a name and a digest are spelt as a book writes them."""
    return bool(MODEL.fullmatch(name)) and isinstance(digest, str) and bool(_DIGEST.fullmatch(digest))
