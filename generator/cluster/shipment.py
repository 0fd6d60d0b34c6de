"""The files that workers need, by their digests: packed where the dispatcher is, unpacked once on each machine.

Knows nothing about Ray, nor what is in the files.
"""

import asyncio
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock

from generator.contract import errors
from generator.contract.names import NETWORK_SUFFIXES
from generator.naming import book

ROOT = "{root}"  # stands in the arguments of a worker for the folder on its machine
PIECE_BYTES = 8 * 2**20
LOCK_SECONDS = 3600.0  # how long another process of this machine may take to fetch a file
SUFFIXES = (*NETWORK_SUFFIXES, ".encoder")

Read = Callable[[str, int], Awaitable[bytes]]  # the digest of a file, and where a piece begins -> up to PIECE_BYTES


@dataclass(frozen=True)
class Shipment:
    """What a worker's command line needs."""

    arguments: tuple[str, ...]  # of the worker, with ROOT in place of the folder
    files: tuple[tuple[str, str], ...] = ()  # path below that folder, and digest; sorted
    source: str = ""  # who has the files

    @property
    def digest(self) -> str:
        """A name for the arguments and the files."""
        return hashlib.sha256(json.dumps([self.arguments, self.files]).encode()).hexdigest()[:16]


@dataclass
class _Packing:
    """Files by the path that they get, and the folders that have got one."""

    paths: dict[str, Path] = field(default_factory=dict)
    folders: dict[Path, str] = field(default_factory=dict)

    def add(self, path: Path) -> str:
        """Pack a file, with what stands beside it and belongs to it. Return the path that it gets."""
        folder = self.folders.setdefault(path.parent.resolve(), f"{len(self.folders)}")
        for file in (path, path.with_suffix(".encoder"), path.with_name(book.FILE)):
            if file.is_file():
                self.paths[f"{folder}/{file.name}"] = file
        return f"{ROOT}/{folder}/{path.name}"

    def add_folder(self, path: Path) -> str:
        """Pack the checkpoints of a folder. Return the path that the folder gets."""
        folder = self.folders.setdefault(path.resolve(), f"{len(self.folders)}")
        for file in sorted(path.iterdir()):
            if file.is_file() and (file.suffix.lower() in SUFFIXES or file.name == book.FILE):
                self.paths[f"{folder}/{file.name}"] = file
        return f"{ROOT}/{folder}"


def pack(arguments: Sequence[str], source: str = "") -> tuple[Shipment, dict[str, Path]]:
    """Return what is to be shipped for a worker with these arguments, and digest -> file.

    Raises FileMissing if a file is not there.
    """
    packing, words = _Packing(), list[str]()
    for option, value in _pairs(arguments):
        words += [option] if value is None else [option, _shipped(packing, option, value)]
    digests = {path: _digest_of(file) for path, file in packing.paths.items()}
    shipment = Shipment(tuple(words), tuple(sorted(digests.items())), source)
    return shipment, {digests[path]: file.resolve() for path, file in packing.paths.items()}


def _pairs(arguments: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    """Yield each option with its value, or None if it has none."""
    for at, word in enumerate(arguments):
        if word.startswith("--"):
            following = arguments[at + 1] if at + 1 < len(arguments) else "--"
            yield word, None if following.startswith("--") else following


def _shipped(packing: _Packing, option: str, value: str) -> str:
    """Return the value that an option has on the machine of a worker."""
    match option:
        case "--model":
            return packing.add(_existing(Path(value)))
        case "--name":
            name, _, file = value.partition("=")
            return f"{name}={packing.add(_existing(Path(file)))}"
        case "--models":
            return packing.add_folder(_existing(Path(value)))
        case "--state-dir":
            if (names := Path(value) / book.FILE).is_file():
                packing.paths[f"state/{book.FILE}"] = names
            return f"{ROOT}/state"
        case _:
            return value


def _existing(path: Path) -> Path:
    if not path.exists():
        raise errors.FileMissing(file=str(path))
    return path


async def unpack(shipment: Shipment, folder: Path, read: Read) -> list[str]:
    """Make sure that this machine has all files, each fetched once, and return the worker's arguments.

    Several processes may do this at once. Raises OSError if there is no room, and ProtocolError for a wrong file.
    """
    root, store = folder / "networks" / shipment.digest, folder / "files"
    store.mkdir(mode=0o700, parents=True, exist_ok=True)
    for digest in sorted({digest for _, digest in shipment.files}):
        async with _Lock(store / f"{digest}.lock"):
            if not (store / digest).is_file():
                await _fetch(digest, store, read)
    async with _Lock(store / f"{shipment.digest}.lock"):
        for name, digest in shipment.files:
            if not (target := root / name).exists():
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                _place(store / digest, target)
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    return [word.replace(ROOT, str(root)) for word in shipment.arguments]


class _Lock:
    """A lock of the file system that is waited for without holding up the event loop."""

    def __init__(self, path: Path) -> None:
        self._lock = FileLock(path, thread_local=False)

    async def __aenter__(self) -> None:
        await asyncio.to_thread(self._lock.acquire, LOCK_SECONDS)

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()


async def _fetch(digest: str, store: Path, read: Read) -> None:
    with tempfile.NamedTemporaryFile(dir=store, delete=False) as file:
        try:
            hashed, size = hashlib.sha256(), 0
            while piece := await read(digest, size):
                file.write(piece)
                hashed.update(piece)
                size += len(piece)
            file.flush()
            if hashed.hexdigest() != digest:
                raise errors.ProtocolError(found=f"a file with another digest than {digest[:8]}")
            os.replace(file.name, store / digest)
        except BaseException:
            os.unlink(file.name)
            raise


def _place(file: Path, target: Path) -> None:
    """Show a stored file under its own name. A book is copied, since workers write into it."""
    if target.name == book.FILE:
        shutil.copyfile(file, target)
        return
    try:
        os.link(file, target)
    except OSError:  # a file system without links
        shutil.copyfile(file, target)


def read_piece(files: Mapping[str, Path], digest: str, start: int) -> bytes:
    """Return the piece of a packed file that begins at ``start``; at its end that is empty. Raises KeyError."""
    with files[digest].open("rb") as file:
        file.seek(start)
        return file.read(PIECE_BYTES)


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
