"""Tells the digest of a file, and remembers it as long as the file keeps its size and its times of change.

Knows nothing about what is in the files. Threads may share the digests; at worst two read the same file.
"""

import hashlib
import json
import logging
import os
import time
from pathlib import Path
from typing import Any

from generator import files
from generator.contract import errors

FILE = ".waifu-digests.json"
MAX_BYTES = 2**22  # a larger file is not ours
DIGEST_CHARS = 16  # hex digits of the SHA-256
# A file that was changed less than this before it was read may change again without another time of change, because
# clocks of file systems are coarse (up to 2 s on FAT).
SETTLED_NS = 2_500_000_000
# Digests are kept whenever files of so many bytes were read, which takes some seconds: a first start that is killed
# need not begin anew.
KEPT_EVERY_BYTES = 2**30

_log = logging.getLogger(__name__)


def compute_digest(path: Path) -> str:
    """Return the first 16 hex digits of the SHA-256 of a file. Raises OSError if it cannot be read."""
    with path.open("rb") as stream:  # not memory-mapped, or all pages of the file would stay in memory
        return hashlib.file_digest(stream, "sha256").hexdigest()[:DIGEST_CHARS]


class Digests:
    """The digests of files. They are kept in FILE in the first of ``folders`` that takes it, else in memory only."""

    def __init__(self, *folders: Path) -> None:
        self._folders = folders
        self._known: dict[str, list[Any]] = {}  # path -> size in bytes, times of change in ns (see _signature), digest
        self._unkept = 0  # bytes of files whose digests were computed since ``save``
        for folder in folders:
            self._known |= _read(folder / FILE)

    def of(self, path: Path) -> str:
        """Return the digest of a file. Raises FileMissing if there is none, and NotAFile if it is a pipe, say."""
        files.require_file(path)
        key = str(path.resolve())
        try:
            before, began_ns = _signature(path), time.time_ns()
            if (row := self._known.get(key)) is not None and row[:-1] == before:
                return str(row[-1])
            digest = compute_digest(path)
            is_settled = before == _signature(path) and max(before[1:]) + SETTLED_NS < began_ns
        except OSError as error:
            raise errors.FileMissing(file=str(path)) from error
        if is_settled:
            self._known[key] = [*before, digest]
            self._unkept += before[0]
            if self._unkept >= KEPT_EVERY_BYTES:
                self.save()
        return digest

    def save(self) -> None:
        """Keep the digests for the next process. Those of files that are gone are forgotten."""
        self._unkept = 0
        for folder in self._folders:
            known = {path: row for path, row in (_read(folder / FILE) | self._known).items() if os.path.exists(path)}
            if known == _read(folder / FILE):
                return
            try:
                files.write(folder / FILE, [json.dumps(known, indent=0).encode()])
            except errors.CannotWrite as error:
                _log.debug("digests are not kept here: %s", error)
            else:
                return


def _signature(path: Path) -> list[int]:
    """Return the size of a file, when its content changed, and when anything of it did, its name included.

    The last tells two files of one size from one archive apart, whose contents have one time.
    """
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]


def _read(file: Path) -> dict[str, list[Any]]:
    """Return the digests that a file holds, without the rows that are damaged."""
    try:
        with file.open("rb") as stream:
            rows = json.loads(stream.read(MAX_BYTES))
        return {path: row for path, row in rows.items() if _is_row(row)}
    except (OSError, ValueError, AttributeError, RecursionError):
        return {}


def _is_row(row: object) -> bool:
    match row:
        case [int(), int(), int(), str(digest)]:
            return len(digest) == DIGEST_CHARS
    return False
