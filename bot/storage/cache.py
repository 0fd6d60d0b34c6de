"""Keeps finished pictures on disk. Evicts the least recently used ones, and detects and removes damaged ones.

Knows nothing about the queue or Discord. If the disk fails, pictures are simply drawn again.

Each picture is stored in one file, whose name is the SHA-256 of its key. The file holds one line of JSON (the digest of
the name and all that follows, then media type, width, height, number of frames, and what was reduced), followed by the
picture's bytes. All other files in the folder are somebody else's, and are neither counted nor deleted.
"""

import asyncio
import errno
import hashlib
import json
import logging
import os
import re
import shutil
import time
from collections import OrderedDict
from pathlib import Path

import aiofiles
import aiofiles.os

from bot.storage.folders import make_private_folder
from bot.worker.picture import Picture
from generator.contract.protocol import Ready
from generator.contract.recipe import Recipe

log = logging.getLogger(__name__)

# What pictures leave free on the disk, in bytes; on a small disk, half of the disk. The requests that must survive a
# restart are on the same disk.
RESERVED_BYTES = 16_000_000
FREED_BYTES = 1_000_000  # what make_room frees at least, if the pictures are that large
PART_SUFFIX = ".part"  # ending of the name of a file that is still being written
_NAME = re.compile(rf"[0-9a-f]{{64}}({re.escape(PART_SUFFIX)})?")
_HEAD = b'{"digest": "'  # the first bytes of each file; the digest follows
_DIGEST_CHARS = 64
_FULL = (errno.ENOSPC, errno.EDQUOT)


def make_key(recipe: Recipe, max_bytes: int, ready: Ready) -> str:
    """Return a key made of all that determines a picture: recipe line, model digest, worker fingerprint, size limit."""
    digests = [model.digest for model in ready.models if model.name == recipe.model]
    return "\n".join([str(recipe), *digests, ready.fingerprint, str(max_bytes)])


class Cache:
    """Finished pictures by key, at most ``max_bytes`` in total. With 0, nothing is kept."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder, self._max_bytes = folder, max_bytes
        self._sizes: OrderedDict[str, int] = OrderedDict()  # file name -> size in bytes; least recently used first
        self._total = 0
        self._parts: dict[str, int] = {}  # the name of each file that is being written -> its size in bytes

    async def __aenter__(self) -> "Cache":
        """Take over the folder's pictures, and delete those that are too much; with ``max_bytes`` 0 all of them."""
        for name, size in await asyncio.to_thread(_scan, self._folder, create=self._max_bytes > 0):
            self._record(name, size)
        await self._evict()
        await self._leave_free()
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def get(self, key: str) -> Picture | None:
        """Return the picture stored under a key, or None if it is missing or damaged."""
        name = _file_name(key)
        if name not in self._sizes:
            return None
        try:
            async with aiofiles.open(self._folder / name, "rb") as file:
                picture = _unpack(name, await file.read(self._max_bytes + 1))
            await asyncio.to_thread(_touch, self._folder / name)
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("a cached picture is missing or damaged and will be drawn again: %s", error)
            await self._remove(name)
            return None
        if name in self._sizes:
            self._sizes.move_to_end(name)
        return picture

    async def put(self, key: str, picture: Picture) -> None:
        """Store a picture under a key, unless it alone exceeds the size limit of the cache, or fills the disk."""
        name = _file_name(key)
        content = _pack(name, picture)
        if len(content) > self._max_bytes or name in self._parts:
            return
        self._parts[name] = len(content)
        try:
            if await self._leave_free():
                await self._write(name, content)
        except OSError as error:
            log.warning("a picture could not be cached: %s", error)
            if error.errno in _FULL:
                await self.make_room()
        finally:
            del self._parts[name]
        await self._evict()

    async def make_room(self) -> None:
        """Delete pictures, because the disk is full: until the reserve is free, and FREED_BYTES at least."""
        wanted = max(0, self._total - FREED_BYTES)
        while self._sizes and self._total > wanted:
            await self._remove(next(iter(self._sizes)))
        await self._leave_free()

    async def _write(self, name: str, content: bytes) -> None:
        """Write a file in one step, so that a kill leaves the whole file or a part that the next start deletes."""
        part = self._folder / (name + PART_SUFFIX)
        try:
            async with aiofiles.open(part, "wb") as file:
                await file.write(content)
            await asyncio.to_thread(_touch, part)
            await aiofiles.os.replace(part, self._folder / name)
        except OSError:
            await asyncio.to_thread(_delete, part)
            raise
        self._record(name, len(content))

    def _record(self, name: str, size: int) -> None:
        self._total += size - self._sizes.pop(name, 0)
        self._sizes[name] = size

    async def _evict(self) -> None:
        while self._sizes and self._total + sum(self._parts.values()) > self._max_bytes:
            await self._remove(next(iter(self._sizes)))

    async def _leave_free(self) -> bool:
        """Delete pictures until all parts fit on the disk beside the reserve. Return whether they do.

        A part counts with its whole size, also when some of it is on the disk already.
        """
        while not (fits := await asyncio.to_thread(_fits, self._folder, sum(self._parts.values()))) and self._sizes:
            await self._remove(next(iter(self._sizes)))
        return fits

    async def _remove(self, name: str) -> None:
        self._total -= self._sizes.pop(name, 0)
        await asyncio.to_thread(_delete, self._folder / name)


def _scan(folder: Path, *, create: bool) -> list[tuple[str, int]]:
    """Delete half-written pictures. Return (name, size) of each complete one, least recently used first."""
    try:
        if create:
            make_private_folder(folder)
        ours = [Path(entry.path) for entry in os.scandir(folder) if _is_ours(entry)] if folder.is_dir() else []
        for part in [path for path in ours if path.suffix == PART_SUFFIX]:
            part.unlink()
        files = [(path.stat(), path.name) for path in ours if path.suffix != PART_SUFFIX]
    except OSError as error:
        log.warning("the cache in %s cannot be used: %s", folder, error)
        return []
    return [(name, stat.st_size) for stat, name in sorted(files, key=lambda file: file[0].st_mtime_ns)]


def _is_ours(entry: "os.DirEntry[str]") -> bool:
    """Return whether a file is a picture of the cache, or the beginning of one.

    After a power cut, the file may be empty, or hold zeros.
    """
    if not _NAME.fullmatch(entry.name) or not entry.is_file(follow_symlinks=False):
        return False
    try:
        with open(entry.path, "rb") as file:
            head = file.read(len(_HEAD))
    except OSError:  # another user's
        return False
    return _HEAD.startswith(head) or not head.strip(b"\0")


def _fits(folder: Path, size: int) -> bool:
    """Return whether ``size`` more bytes leave the reserve free."""
    try:
        disk = shutil.disk_usage(folder)
    except OSError:
        return False
    return disk.free >= size + min(RESERVED_BYTES, disk.total // 2)


def _delete(path: Path) -> None:
    try:
        path.unlink()
    except OSError as error:
        log.debug("%s was already removed: %s", path, error)


def _touch(path: Path) -> None:
    """Set the file's modification time, which records its last use, to now.

    The time is set explicitly because the kernel's own timestamps advance only every few milliseconds.
    """
    now = time.time_ns()
    os.utime(path, ns=(now, now))


def _file_name(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _pack(name: str, picture: Picture) -> bytes:
    """Convert a picture to the content of the file ``name``."""
    header = {
        "media_type": picture.media_type,
        "width": picture.width,
        "height": picture.height,
        "frames": picture.frames,
        "reduced": dict(picture.reduced),
    }
    rest = b'", ' + json.dumps(header).encode()[1:] + b"\n" + picture.file
    return _HEAD + _digest(name, rest) + rest


def _unpack(name: str, content: bytes) -> Picture:
    """Convert the content of a cache file back to a picture; the inverse of _pack.

    Raises ValueError, KeyError or TypeError if the content is damaged, or is that of another file. Nothing is parsed
    before the digest is right.
    """
    start = len(_HEAD) + _DIGEST_CHARS
    rest = content[start:]
    if content[:start] != _HEAD + _digest(name, rest):
        raise ValueError("the digest does not match")
    header = json.loads(content.partition(b"\n")[0])
    del header["digest"]
    return Picture(file=rest.partition(b"\n")[2], **header)


def _digest(name: str, rest: bytes) -> bytes:
    digest = hashlib.sha256(name.encode())
    digest.update(rest)
    return digest.hexdigest().encode()
