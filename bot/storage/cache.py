"""Keeps finished pictures on disk. Evicts the least recently used ones, and detects and removes damaged ones.

Knows nothing about the queue or Discord. If the disk fails, pictures are simply drawn again.

Each picture is stored in one file, named after the SHA-256 of its key. The file holds one line of JSON (the picture's
digest, media type, width, height, number of frames, and what was reduced), followed by the picture's bytes.
"""

import asyncio
import hashlib
import json
import logging
import os
import shutil
import time
from collections import OrderedDict
from pathlib import Path

import aiofiles
import aiofiles.os

from bot.worker.picture import Picture
from generator.contract.protocol import Ready
from generator.contract.recipe import Recipe

log = logging.getLogger(__name__)

# What pictures leave free on the disk, in bytes. The requests that must survive a restart are on the same disk.
RESERVED_BYTES = 16_000_000
PART_SUFFIX = ".part"  # ending of the name of a file that is still being written


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

    async def __aenter__(self) -> "Cache":
        if self._max_bytes:
            for name, size in await asyncio.to_thread(_scan, self._folder):
                self._record(name, size)
            await self._evict()
            await self._make_room(0)
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
                picture = _unpack(await file.read())
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
        content = _pack(picture)
        if len(content) > self._max_bytes or not await self._make_room(len(content)):
            return
        name = _file_name(key)
        part = self._folder / (name + PART_SUFFIX)
        try:
            async with aiofiles.open(part, "wb") as file:
                await file.write(content)
            await asyncio.to_thread(_touch, part)
            await aiofiles.os.replace(part, self._folder / name)  # atomic, so a kill leaves the whole file or none
        except OSError as error:
            log.warning("a picture could not be cached: %s", error)
            return
        self._record(name, len(content))
        await self._evict()

    def _record(self, name: str, size: int) -> None:
        self._total += size - self._sizes.pop(name, 0)
        self._sizes[name] = size

    async def _evict(self) -> None:
        while self._total > self._max_bytes:
            await self._remove(next(iter(self._sizes)))

    async def _make_room(self, size: int) -> bool:
        """Evict pictures until ``size`` bytes fit on the disk beside the reserve. Return whether they do."""
        while (free := await asyncio.to_thread(_free_bytes, self._folder)) < RESERVED_BYTES + size and self._sizes:
            await self._remove(next(iter(self._sizes)))
        return free >= RESERVED_BYTES + size

    async def _remove(self, name: str) -> None:
        self._total -= self._sizes.pop(name, 0)
        try:
            await aiofiles.os.remove(self._folder / name)
        except OSError as error:
            log.debug("%s was already removed: %s", name, error)


def _scan(folder: Path) -> list[tuple[str, int]]:
    """Remove half-written files. Return (name, size) of each complete file, least recently used first."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for part in folder.glob("*" + PART_SUFFIX):
            part.unlink()
        files = [(path.stat(), path.name) for path in folder.iterdir() if path.is_file()]
    except OSError as error:
        log.warning("the cache in %s cannot be used: %s", folder, error)
        return []
    return [(name, stat.st_size) for stat, name in sorted(files, key=lambda file: file[0].st_mtime_ns)]


def _free_bytes(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0


def _touch(path: Path) -> None:
    """Set the file's modification time, which records its last use, to now.

    The time is set explicitly because the kernel's own timestamps advance only every few milliseconds.
    """
    now = time.time_ns()
    os.utime(path, ns=(now, now))


def _file_name(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _pack(picture: Picture) -> bytes:
    header = {
        "digest": hashlib.sha256(picture.file).hexdigest(),
        "media_type": picture.media_type,
        "width": picture.width,
        "height": picture.height,
        "frames": picture.frames,
        "reduced": dict(picture.reduced),
    }
    return json.dumps(header).encode() + b"\n" + picture.file


def _unpack(content: bytes) -> Picture:
    """Convert the content of a cache file back to a picture; the inverse of _pack.

    Raises ValueError, KeyError or TypeError if the content is damaged.
    """
    head, _, file = content.partition(b"\n")
    header = json.loads(head)
    if header.pop("digest") != hashlib.sha256(file).hexdigest():
        raise ValueError("the digest does not match")
    return Picture(file=file, **header)
