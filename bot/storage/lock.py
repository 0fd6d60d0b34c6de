"""Makes sure that only one process of an application uses a folder of state.

Knows nothing about what is in the folder. The operating system releases the lock of a process that ends, however it
ends.
"""

import asyncio
import logging
from pathlib import Path

from filelock import FileLock, Timeout

from bot.errors import StateInUse
from bot.storage.folders import make_private_folder

log = logging.getLogger(__name__)

POLL_S = 0.2  # time between two attempts


class InstanceLock:
    """The lock of one bot on its folder of state, held from :meth:`acquire` until the end of the ``async with``.

    ``wait_s`` is how long an earlier bot may take to leave.
    """

    def __init__(self, folder: Path, wait_s: float) -> None:
        self._folder, self._wait_s = folder, wait_s
        self._lock: FileLock | None = None

    async def acquire(self, application: int) -> None:
        """Take the lock, or wait until the bot that has it leaves. Raises StateInUse if it does not leave in time.

        Where no file can be created, the bot goes on without the lock, as it does without the database.
        """
        file = self._folder / f"{application}-0.lock"
        try:
            await asyncio.to_thread(make_private_folder, self._folder)
            lock = FileLock(file, thread_local=False)
            if not _try(lock):
                log.info("another bot uses %s; waiting at most %g s for it to leave", self._folder, self._wait_s)
                await self._wait(lock)
        except OSError as error:
            log.error("%s cannot be locked; a second bot there would answer everything again: %s", file, error)
        else:
            self._lock = lock

    async def _wait(self, lock: FileLock) -> None:
        try:
            async with asyncio.timeout(self._wait_s):
                while not _try(lock):  # noqa: ASYNC110 - nobody tells us when another process ends
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            raise StateInUse(folder=str(self._folder)) from None

    async def __aenter__(self) -> "InstanceLock":
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._lock is not None:
            self._lock.release()


def _try(lock: FileLock) -> bool:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    return True
