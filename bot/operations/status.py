"""How the bot is doing: the line, the worker, memory, speed, and how requests have ended.

Knows neither Discord nor Prometheus."""

import os
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.queue.queue import RenderQueue


class Worker(Protocol):
    """What is asked of an engine."""

    @property
    def state(self) -> str:
        """One of "ready", "starting", "down"."""

    @property
    def starts(self) -> int:
        """How often a process has been started."""

    @property
    def pid(self) -> int | None:
        """The process, where there is one on this machine."""


@dataclass(frozen=True)
class Status:
    """One look. Memory is resident and in bytes, None where the system does not tell; speed: faces a second, of late."""

    waiting: int
    running: int
    worker: str
    starts: int
    device: str
    models: tuple[str, ...]
    bot_bytes: int | None
    worker_bytes: int | None
    up_s: float
    faces_per_s: float


class StatusMonitor:
    """Looks, and keeps count of the requests that ended."""

    def __init__(self, queue: RenderQueue, worker: Worker) -> None:
        self._queue, self._worker = queue, worker
        self._began = time.monotonic()
        self.endings: Counter[str] = Counter()  # outcome -> how many requests
        self.seconds = 0.0  # that these took, in all

    def ended(self, outcome: str, seconds: float) -> None:
        """Count a request. outcome: "picture", or the code of an error."""
        self.endings[outcome] += 1
        self.seconds += seconds

    def snapshot(self) -> Status:
        """Return how things are now."""
        waiting, running = self._queue.counts()
        ready = self._queue.ready
        return Status(
            waiting=waiting,
            running=running,
            worker=self._worker.state,
            starts=self._worker.starts,
            device=ready.device if ready else "",
            models=tuple(model.name for model in ready.models) if ready else (),
            bot_bytes=memory_of(os.getpid()),
            worker_bytes=memory_of(self._worker.pid) if self._worker.pid else None,
            up_s=time.monotonic() - self._began,
            faces_per_s=self._queue.faces_per_s,
        )


def memory_of(pid: int) -> int | None:
    """Return a process's resident memory in bytes; None where the system does not tell (only Linux does, in this way)."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError, AttributeError):
        return None
