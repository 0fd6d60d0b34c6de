"""Reads the stored faces that a command is given as files: pictures that show them, or .vector files.

Does not know what is in a vector.
"""

from collections.abc import Iterable
from pathlib import Path

from generator import files
from generator.contract import errors, stamp, vector
from generator.contract.recipe import Recipe

MAX_FILE_BYTES = 128 * 2**20  # a larger file is read only up to this point


def read_attachments(paths: Iterable[Path], recipe: Recipe) -> dict[str, bytes]:
    """Return the stored faces in some files that a recipe names, by digest. A .vector file may hold another one.

    Raises FileMissing or NotAFile if there is no such file, and NoStoredFace if a file holds none that is named.
    """
    found: dict[str, bytes] = {}
    for path in paths:
        files.require_file(path)
        with path.open("rb") as opened:
            raw = opened.read(MAX_FILE_BYTES)
        mine = {vector.digest_of(raw): raw} if vector.unpack(raw) else stamp.read_vectors(raw, recipe.vectors)
        if not mine:
            raise errors.NoStoredFace(file=path.name)
        found |= mine
    return found
