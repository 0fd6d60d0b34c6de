"""Finished pictures on disk: the least recently used go first, damaged ones are noticed and forgotten.

Knows no line and no Discord. A cache that cannot read or write costs time, never a picture.

    file = name: SHA-256 of the key; content: one line of JSON (digest, media type, sizes, reduced), then the picture
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

from bot.worker.engine import Picture
from generator.contract.protocol import Ready
from generator.contract.recipe import Recipe

log = logging.getLogger(__name__)

TEMPORARY = ".part"


def key(recipe: Recipe, max_bytes: int, ready: Ready) -> str:
    """Return all that decides the bytes: the line, the model's digest, the renderer, and the size limit."""
    digests = [model.digest for model in ready.models if model.name == recipe["model"]]
    return "\n".join([str(recipe), *digests, ready.fingerprint, str(max_bytes)])


class Cache:
    """Pictures by key, at most ``max_bytes`` in all; 0 keeps none."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder, self._max_bytes = folder, max_bytes
        self._sizes: OrderedDict[str, int] = OrderedDict()  # name -> bytes, the least recently used first
        self._total = 0

    async def __aenter__(self) -> "Cache":
        if self._max_bytes:
            for name, size in await asyncio.to_thread(_found, self._folder):
                self._note(name, size)
            await self._shrink()
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def get(self, wanted: str) -> Picture | None:
        """Return the picture of that key, or None."""
        name = _name(wanted)
        if name not in self._sizes:
            return None
        try:
            async with aiofiles.open(self._folder / name, "rb") as file:
                picture = _unpacked(await file.read())
            await asyncio.to_thread(_touch, self._folder / name)
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("a cached picture is gone or damaged, it will be made again: %s", error)
            await self._forget(name)
            return None
        if name in self._sizes:
            self._sizes.move_to_end(name)
        return picture

    async def put(self, wanted: str, picture: Picture) -> None:
        """Keep a picture, unless it alone is too large."""
        packed = _packed(picture)
        if len(packed) > self._max_bytes:
            return
        name = _name(wanted)
        part = self._folder / (name + TEMPORARY)
        try:
            async with aiofiles.open(part, "wb") as file:
                await file.write(packed)
            await asyncio.to_thread(_touch, part)
            await aiofiles.os.replace(part, self._folder / name)  # whole or not at all, whatever dies meanwhile
        except OSError as error:
            log.warning("a picture could not be cached: %s", error)
            return
        self._note(name, len(packed))
        await self._shrink()

    def _note(self, name: str, size: int) -> None:
        self._total += size - self._sizes.pop(name, 0)
        self._sizes[name] = size

    async def _shrink(self) -> None:
        while self._total > self._max_bytes:
            await self._forget(next(iter(self._sizes)))

    async def _forget(self, name: str) -> None:
        self._total -= self._sizes.pop(name, 0)
        try:
            await aiofiles.os.remove(self._folder / name)
        except OSError as error:
            log.debug("%s was gone already: %s", name, error)


def _found(folder: Path) -> list[tuple[str, int]]:
    """Return (name, bytes) of what an earlier run has left, the least recently used first; sweep up what it left half written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for part in folder.glob("*" + TEMPORARY):
            part.unlink()
        files = [(path.stat(), path.name) for path in folder.iterdir() if path.is_file()]
    except OSError as error:
        log.warning("the cache in %s cannot be used: %s", folder, error)
        return []
    return [(name, state.st_size) for state, name in sorted(files, key=lambda file: file[0].st_mtime_ns)]


def _touch(path: Path) -> None:
    """Note the time of use in nanoseconds: the system's own stamps go in steps of milliseconds, in which several uses are one."""
    now = time.time_ns()
    os.utime(path, ns=(now, now))


def _name(wanted: str) -> str:
    return hashlib.sha256(wanted.encode()).hexdigest()


def _packed(picture: Picture) -> bytes:
    header = {
        "digest": hashlib.sha256(picture.file).hexdigest(),
        "media_type": picture.media_type,
        "width": picture.width,
        "height": picture.height,
        "frames": picture.frames,
        "reduced": dict(picture.reduced),
    }
    return json.dumps(header).encode() + b"\n" + picture.file


def _unpacked(packed: bytes) -> Picture:
    """Raises ValueError, KeyError or TypeError for anything that _packed cannot have made."""
    head, _, file = packed.partition(b"\n")
    header = json.loads(head)
    if header.pop("digest") != hashlib.sha256(file).hexdigest():
        raise ValueError("the digest is another")
    return Picture(file=file, **header)
