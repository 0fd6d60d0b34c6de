"""Opens a checkpoint's outer container: a pickle, torch's zip, torch's older stream of pickles, or safetensors.

Finds out where the tensors' bytes are, but does not know what the tensors mean. The file is mapped into memory and
never copied as a whole.
"""

import errno
import mmap
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from generator import files
from generator.checkpoints import native, zips
from generator.checkpoints.pickle import allowlist
from generator.checkpoints.pickle.arrays import Storage, check_count
from generator.checkpoints.pickle.budget import Budget, EncodedBytes, quote, read_bytes
from generator.checkpoints.pickle.interpreter import Global, Name, read
from generator.contract import errors

MAX_FILE_BYTES = 8 * 2**30  # a training checkpoint of the largest network, with both optimisers, is under 1 GiB
MAX_STORAGE_KEY_CHARS = 64

# The older torch.save format begins with a pickle of _LEGACY_NUMBER, of protocol 2 or, with a frame, of a later one.
LEGACY_START = re.compile(rb"\x80[\x02-\x05](\x95.{8})?\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", re.DOTALL)
_LEGACY_NUMBER = 0x1950A86A20F9469CFC6C
_LEGACY_PROTOCOL = 1001


@dataclass(frozen=True, slots=True)
class Container:
    """A file whose structure has been read."""

    kind: str  # the container's name in error messages
    top: object  # the outermost value of the pickle or safetensors file
    view: memoryview  # the file's bytes


def open_file(path: Path) -> Container:
    """Map ``path`` into memory and read its structure.

    Raises a CheckpointError if the structure is unsound. The error does not contain the file's name.
    """
    view = map_file(path)
    head = bytes(view[:512])
    for start, kind, parse in _CONTAINERS:
        if start.match(head):
            return Container(kind, parse(view), view)
    raise _refuse(head)


def map_file(path: Path) -> memoryview:
    """Return the bytes of the file ``path``, memory-mapped: they are read on access.

    Raises FileMissing if there is no such file, NotAFile if it is a folder, a pipe or a device, NotACheckpoint if the
    file is empty or cannot be read, CheckpointTooLarge if it is larger than MAX_FILE_BYTES, and DamagedCheckpoint if
    most of it was never written.
    """
    files.require_file(path)  # opening a named pipe would wait forever
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            if size > MAX_FILE_BYTES:
                raise errors.CheckpointTooLarge(found=f"it has {size >> 30} GiB")
            if size == 0:
                raise errors.NotACheckpoint(found="it is empty")
            if (written := _count_written(file.fileno(), size)) < size // 2:
                raise errors.DamagedCheckpoint(found=f"only {written} of its {size} bytes were ever written")
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError) as error:
        raise errors.NotACheckpoint(found="it cannot be read") from error


def _count_written(file: int, size: int) -> int:
    """Return how many bytes of an open file are not in holes; all of them where the file system cannot tell.

    A hole reads as zeros and takes no room on the disk, so without this check a file of 4 KB could claim any size.
    """
    written = start = 0
    try:
        while start < size and written < size // 2:
            start = os.lseek(file, start, os.SEEK_DATA)
            end = os.lseek(file, start, os.SEEK_HOLE)
            written, start = written + end - start, end
    except OSError as error:
        return written if error.errno == errno.ENXIO else size  # ENXIO: only a hole follows
    return written


def _refuse(head: bytes) -> errors.CheckpointError:
    if head.startswith(b"version https://git-lfs"):
        return errors.NotACheckpoint(found="it is a Git LFS pointer; fetch the file itself with git lfs pull")
    if re.match(rb"\s*<(!doctype|html|\?xml|head|body)", head, re.IGNORECASE):
        return errors.NotACheckpoint(found="it is a web page; the download did not work")
    if named := re.match(rb"c([\w.]+)\n([\w.]+)\n", head):  # pickle protocol 0; no StyleGAN2 program writes it
        module, name = (word.decode() for word in named.groups())
        if (module, name) not in allowlist.for_checkpoint(Budget(0), lambda _: None):
            return errors.ForbiddenContent(found=f"'{quote(f'{module}.{name}')}'")
        return errors.NotACheckpoint(found="it is a pickle of protocol 0")
    return errors.NotACheckpoint(found="it is not a kind of file known here")


def _read_pickle(view: memoryview) -> object:
    budget = Budget(len(view))
    top, end = read(view, allowlist.for_checkpoint(budget, _load_nested(budget)), budget)
    _require_end(view, end)
    return top


def _require_end(view: memoryview, end: int) -> None:
    if end != len(view):
        raise errors.DamagedCheckpoint(found=f"{len(view) - end} bytes follow after its end")


def _load_nested(budget: Budget) -> Callable[[object], Storage]:
    """Return our replacement for torch.storage._load_from_bytes.

    The replacement reads one torch.save stream that is nested in another pickle.
    """

    def load(source: object) -> Storage:
        if not isinstance(source, memoryview | EncodedBytes):
            raise errors.DamagedCheckpoint(found="a stored tensor has no bytes")
        # This allowlist contains nothing callable, so a nested stream cannot contain a further one.
        top = _read_legacy(source, allowlist.for_storage(), budget)
        if not isinstance(top, Storage):
            raise errors.DamagedCheckpoint(found="a stored tensor holds something else")
        return top

    return load


def _read_legacy_file(view: memoryview) -> object:
    budget = Budget(len(view))
    return _read_legacy(view, allowlist.for_checkpoint(budget, _load_nested(budget)), budget)


def _read_legacy(source: memoryview | EncodedBytes, allowed: Mapping[Name, Global], budget: Budget) -> object:
    """Read a stream in the older torch.save format and return its object.

    The stream begins with five pickles (magic number, protocol, system, object, storage keys). Then, for each storage,
    come the number of its elements and its bytes.
    """
    view, storages = read_bytes(source), _Storages(6)
    magic, at = read(view, {}, budget)
    protocol, at = read(view, {}, budget, at)
    system, at = read(view, {}, budget, at)
    top, at = read(view, allowed, budget, at, storages)
    keys, at = read(view, {}, budget, at)
    if magic != _LEGACY_NUMBER or protocol != _LEGACY_PROTOCOL or type(system) is not dict or type(keys) is not list:
        raise errors.DamagedCheckpoint(found="it does not begin like a torch.save file")
    if system.get("little_endian") is not True:
        raise errors.UnsupportedNetwork(found="numbers of a big-endian computer")
    if not all(type(key) is str for key in keys) or set(keys) != set(storages.made):
        raise errors.DamagedCheckpoint(found="its list of tensors is wrong")
    for key in keys:
        storage = storages.made[key]
        if at + 8 + storage.nbytes > len(view) or int.from_bytes(view[at : at + 8], "little") != storage.numel:
            raise errors.DamagedCheckpoint(found="a tensor is not as large as it claims")
        storage.location = source, at + 8
        at += 8 + storage.nbytes
    _require_end(view, at)
    return top


class _Storages:
    """Resolves torch's persistent ids to Storages, one for each key.

    An id is a tuple ("storage", class, key, device, count[, view]); ``length`` is its number of fields.
    The older format also has ("module", class, file, source), which stands for the class.
    """

    def __init__(self, length: int) -> None:
        self.length, self.made = length, dict[str, Storage]()

    def __call__(self, reference: object) -> Storage | Global:
        match reference:
            case ("module", Global() as kind, _, _):
                return kind
        if type(reference) is not tuple or len(reference) != self.length or reference[0] != "storage":
            raise errors.ForbiddenContent(found="an unknown persistent id")
        _, kind, key, _, numel = reference[:5]
        if type(key) is not str or len(key) > MAX_STORAGE_KEY_CHARS or reference[5:] not in ((), (None,)):
            raise errors.UnsupportedNetwork(found="a tensor that is stored as part of another")
        fresh = Storage(allowlist.storage_kind(kind), check_count(numel))
        storage = self.made.setdefault(key, fresh)
        if (storage.kind, storage.numel) != (fresh.kind, fresh.numel):
            raise errors.DamagedCheckpoint(found="two tensors disagree about their numbers")
        return storage


def _read_zip(view: memoryview) -> object:
    """Read a torch.save zip. It holds data.pkl and an uncompressed entry for each storage."""
    entries, budget, storages = zips.read_entries(view), Budget(len(view)), _Storages(5)
    roots = [name.removesuffix("data.pkl") for name in entries if name.endswith("/data.pkl")]
    if len(roots) != 1:
        raise errors.NotACheckpoint(found="it is a zip archive without a network")
    root = roots[0]
    if f"{root}constants.pkl" in entries:
        raise errors.UnsupportedNetwork(found="a TorchScript program")
    if bytes(entries.get(f"{root}byteorder", b"little")[:8]) != b"little":
        raise errors.UnsupportedNetwork(found="numbers of a big-endian computer")
    globals_ = allowlist.for_checkpoint(budget, _load_nested(budget))
    top, _ = read(entries[f"{root}data.pkl"], globals_, budget, 0, storages)
    for key, storage in storages.made.items():
        data = entries.get(f"{root}data/{key}")
        if data is None or len(data) != storage.nbytes:
            raise errors.DamagedCheckpoint(found="a tensor is not as large as it claims")
        storage.location = data, 0
    return top


# One row for each container, tried in order: (pattern of a file's first bytes, name in error messages, reader).
_CONTAINERS: tuple[tuple[re.Pattern[bytes], str, Callable[[memoryview], object]], ...] = (
    (LEGACY_START, "PyTorch file", _read_legacy_file),
    (re.compile(rb"\x80[\x02-\x05]", re.DOTALL), "pickle", _read_pickle),
    (re.compile(rb"PK\x03\x04", re.DOTALL), "PyTorch file", _read_zip),
    (re.compile(rb".{8}\{", re.DOTALL), "safetensors file", native.read),
)
