"""Keeps some bytes of the disk for the database, in a file that is deleted when the disk is full.

Somebody else may fill the disk, while the requests that must survive a restart still have to be recorded. Knows neither
the database nor the pictures; who asks for room gets that of the pictures first.
"""

import asyncio
import logging
import os
import shutil
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from bot.storage.folders import make_private_folder

log = logging.getLogger(__name__)

FILE_NAME = "reserve"
MAX_BYTES = 2_000_000  # enough for thousands of requests; on a small disk it is a fifth of the disk
REFILL_S = 60.0  # time between two looks whether the reserve must, and can, be filled again


class Reserve:
    """The reserve in ``folder``, filled while it is open. ``make_room`` deletes what can be made again."""

    def __init__(self, folder: Path, make_room: Callable[[], Awaitable[None]]) -> None:
        self._folder, self._make_room = folder, make_room
        self._refilling: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Reserve":
        await asyncio.to_thread(_fill, self._folder)
        self._refilling = asyncio.create_task(self._refill(), name="reserve")
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._refilling is not None
        self._refilling.cancel()
        await asyncio.gather(self._refilling, return_exceptions=True)

    async def release(self) -> None:
        """Make room on the full disk: delete pictures, and the reserve if that is not enough."""
        await self._make_room()
        if await asyncio.to_thread(_empty, self._folder):
            log.warning("the disk of %s is full; the bot uses its reserve", self._folder)

    async def _refill(self) -> None:
        while True:
            await asyncio.sleep(REFILL_S)
            await asyncio.to_thread(_fill, self._folder)


def _fill(folder: Path) -> None:
    """Write the file, unless it is there, or would take more than half of what is free."""
    file = folder / FILE_NAME
    with suppress(OSError):
        make_private_folder(folder)
        size, free = _sizes(folder)
        missing = size - (file.stat().st_size if file.exists() else 0)
        if missing <= 0 or 2 * size > free:
            return
        try:
            # Zeros, not a hole: only written bytes are held. The mode is that of the database.
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
                opened.write(bytes(size))
        except OSError:
            file.unlink(missing_ok=True)
            raise


def _empty(folder: Path) -> bool:
    """Delete the file if less than its size is free otherwise. Return whether it was deleted."""
    file = folder / FILE_NAME
    with suppress(OSError):
        size, free = _sizes(folder)
        if free < size:
            file.unlink()
            return True
    return False


def _sizes(folder: Path) -> tuple[int, int]:
    """Return the size of the reserve, and how much of the disk is free, in bytes."""
    disk = shutil.disk_usage(folder)
    return min(MAX_BYTES, disk.total // 5), disk.free
