"""Keeps finished pictures on disk; the least recently used are evicted, damaged ones are detected and removed.

Does not know the queue or Discord. A cache that cannot read or write costs time, never a picture.

    file name: SHA-256 of the key; content: one line of JSON (digest, media type, sizes, reduced), then the picture
"""

import asyncio
import hashlib
import json
import logging
import os
import time
from collections import OrderedDict
from pathlib import Path

import aiofiles
import aiofiles.os

from bot.worker.picture import Picture
from generator.contract.protocol import Ready
from generator.contract.recipe import Recipe

log = logging.getLogger(__name__)

PART_SUFFIX = ".part"  # of a file that is being written


def make_key(recipe: Recipe, max_bytes: int, ready: Ready) -> str:
    """Return everything that decides the bytes: recipe line, model's digest, renderer, and size limit."""
    digests = [model.digest for model in ready.models if model.name == recipe.model]
    return "\n".join([str(recipe), *digests, ready.fingerprint, str(max_bytes)])


class Cache:
    """Pictures by key, at most ``max_bytes`` in all; 0 keeps none."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder, self._max_bytes = folder, max_bytes
        self._sizes: OrderedDict[str, int] = OrderedDict()  # file name -> bytes, the least recently used first
        self._total = 0

    async def __aenter__(self) -> "Cache":
        if self._max_bytes:
            for name, size in await asyncio.to_thread(_scan, self._folder):
                self._record(name, size)
            await self._evict()
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def get(self, key: str) -> Picture | None:
        """Return the picture under that key, or None."""
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
        """Keep a picture, unless it alone is larger than the cache."""
        content = _pack(picture)
        if len(content) > self._max_bytes:
            return
        name = _file_name(key)
        part = self._folder / (name + PART_SUFFIX)
        try:
            async with aiofiles.open(part, "wb") as file:
                await file.write(content)
            await asyncio.to_thread(_touch, part)
            await aiofiles.os.replace(part, self._folder / name)  # atomic: a kill leaves the whole file or none
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

    async def _remove(self, name: str) -> None:
        self._total -= self._sizes.pop(name, 0)
        try:
            await aiofiles.os.remove(self._folder / name)
        except OSError as error:
            log.debug("%s was already removed: %s", name, error)


def _scan(folder: Path) -> list[tuple[str, int]]:
    """Return (name, bytes) of the files from earlier runs, the least recently used first; remove half-written ones."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for part in folder.glob("*" + PART_SUFFIX):
            part.unlink()
        files = [(path.stat(), path.name) for path in folder.iterdir() if path.is_file()]
    except OSError as error:
        log.warning("the cache in %s cannot be used: %s", folder, error)
        return []
    return [(name, stat.st_size) for stat, name in sorted(files, key=lambda file: file[0].st_mtime_ns)]


def _touch(path: Path) -> None:
    """Set the time of use in nanoseconds; the kernel's own timestamps advance in milliseconds, too coarse here."""
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
    """Reverse _pack. Raises ValueError, KeyError or TypeError for anything that _pack cannot have made."""
    head, _, file = content.partition(b"\n")
    header = json.loads(head)
    if header.pop("digest") != hashlib.sha256(file).hexdigest():
        raise ValueError("the digest does not match")
    return Picture(file=file, **header)
