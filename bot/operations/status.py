"""Reports how the bot is doing: queue, worker, memory, speed, and how requests have ended.

Does not know Discord or Prometheus.
"""

import os
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from bot.queue.queue import RenderQueue


@dataclass(frozen=True)
class Status:
    """The bot at one moment. Memory is resident, in bytes, None where the system does not report it."""

    waiting: int
    running: int
    worker: str  # "ready", "starting" or "down"
    starts: int  # of worker processes
    device: str
    models: tuple[str, ...]
    bot_bytes: int | None
    worker_bytes: int | None
    up_s: float
    faces_per_s: float  # recently


class StatusMonitor:
    """Takes snapshots, and counts the requests that have ended."""

    def __init__(self, queue: RenderQueue) -> None:
        self._queue = queue
        self._started = time.monotonic()
        self.endings: Counter[str] = Counter()  # outcome -> number of requests
        self.seconds = 0.0  # sum over all of them, from request to ending

    def record(self, outcome: str, seconds: float) -> None:
        """Count a request that has ended. outcome: "picture", or the code of an error."""
        self.endings[outcome] += 1
        self.seconds += seconds

    def snapshot(self) -> Status:
        """Return the present status."""
        waiting, running = self._queue.counts()
        engine = self._queue.engine
        ready = engine.ready
        return Status(
            waiting=waiting,
            running=running,
            worker=engine.state,
            starts=engine.starts,
            device=ready.device if ready else "",
            models=tuple(model.name for model in ready.models) if ready else (),
            bot_bytes=read_memory(os.getpid()),
            worker_bytes=read_memory(engine.pid) if engine.pid else None,
            up_s=time.monotonic() - self._started,
            faces_per_s=self._queue.faces_per_s,
        )


def read_memory(pid: int) -> int | None:
    """Return a process's resident memory in bytes; None where the system does not report it like Linux does."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]  # /proc never waits for a disk
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError, AttributeError):
        return None
