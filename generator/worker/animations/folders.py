"""The folders in which the frames of long animations are kept, one for each run, until their files are made.

A folder's name says what is drawn, so that after the death of a worker the next one goes on with what there is. Knows
nothing about frames.
"""

import contextlib
import hashlib
import itertools
import shutil
import tempfile
import threading
import time
from pathlib import Path

from filelock import FileLock, Timeout

FORGOTTEN_SECONDS = 3600.0  # when a worker starts, folders that nothing was written into for so long are deleted


class Folders:
    """The folders below ``root``, each with a lock that one run of one worker has. Without a root, all end with it.

    ``claim`` and ``release`` may be called in different threads.
    """

    def __init__(self, root: Path | None) -> None:
        self._root, self._guard = root, threading.Lock()
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._locks: dict[Path, FileLock] = {}  # the folders that runs have
        self.sweep(FORGOTTEN_SECONDS)

    def knows(self, *words: str) -> bool:
        """Return whether there is a folder for what these words describe."""
        return self._root is not None and self._path(self._root, words).is_dir()

    def claim(self, *words: str) -> Path:
        """Return the folder for what these words describe, or a new one if another run has that now.

        Raises OSError if there can be none.
        """
        first = self._path(self._open_root(), words)
        for number in itertools.count(1):
            path = first if number == 1 else first.with_name(f"{first.name}-{number}")
            if self._take(path):
                return path
        raise AssertionError

    def _take(self, path: Path) -> bool:
        with self._guard:
            if path in self._locks:
                return False
            path.mkdir(mode=0o700, exist_ok=True)
            lock = FileLock(path.with_name(f"{path.name}.lock"), blocking=False, thread_local=False)
            try:
                lock.acquire()
            except Timeout:
                return False
            self._locks[path] = lock
            return True

    def release(self, path: Path) -> None:
        """Delete a folder."""
        shutil.rmtree(path, ignore_errors=True)
        with self._guard:
            if (lock := self._locks.pop(path, None)) is not None:
                lock.release()
                Path(lock.lock_file).unlink(missing_ok=True)

    def sweep(self, seconds: float = 0.0) -> None:
        """Delete the folders that no run has, and into which nothing was written for so many seconds."""
        if self._root is None or not self._root.is_dir():
            return
        for path in list(self._root.iterdir()):
            with contextlib.suppress(OSError):
                if path.is_dir() and time.time() - _written_at(path) >= seconds and self._take(path):
                    self.release(path)

    def close(self) -> None:
        """Delete what would be of no use to another worker."""
        if self._temporary is not None:
            self._temporary.cleanup()

    def _open_root(self) -> Path:
        if self._root is not None:
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            return self._root
        if self._temporary is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="waifubot-", ignore_cleanup_errors=True)
        return Path(self._temporary.name)

    @staticmethod
    def _path(root: Path, words: tuple[str, ...]) -> Path:
        return root / hashlib.sha256("\n".join(words).encode()).hexdigest()[:32]


def _written_at(folder: Path) -> float:
    """Return when something was last written into a folder, in seconds since 1970."""
    return max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
