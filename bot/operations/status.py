"""Reports how the bot is doing: queue, worker, memory, speed, and how requests have ended.

Knows nothing about Discord or Prometheus, through which the owner sees the report.
"""

import os
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.queue.queue import RenderQueue


@dataclass(frozen=True)
class Status:
    """How the bot is doing at one moment."""

    waiting: int  # renders that wait in the queue
    running: int  # renders that are being drawn
    worker: str  # "ready", "starting" or "down"
    starts: int  # attempts to start a worker process
    device: str  # where the worker draws, or "" before the first worker is ready
    models: tuple[str, ...]  # their names
    bot_bytes: int | None  # resident memory, or None where the system does not report it
    worker_bytes: (
        int | None
    )  # the same of the worker and the processes that it started; also None while none is running, or elsewhere
    up_s: float  # seconds since the bot was started
    faces_per_s: float  # the recent drawing speed
    shards: Mapping[int, bool]  # the shards of this process -> whether each is connected


class StatusMonitor:
    """Takes snapshots of the bot's status, and counts the requests that have ended."""

    def __init__(self, queue: RenderQueue, *, sees_worker: bool = True) -> None:
        """``sees_worker`` is whether the worker's process is on this side of a container's wall."""
        self._queue, self._sees_worker = queue, sees_worker
        self._started = time.monotonic()
        self.shards: dict[int, bool] = {}  # the shards of this process -> whether each is connected
        self.endings: Counter[str] = Counter()  # outcome -> number of requests
        self.seconds = 0.0  # how long these requests took, summed up

    def record(self, outcome: str, seconds: float) -> None:
        """Count a request that ended ``seconds`` after it was made.

        ``outcome`` is "picture", "dropped", or an error's code.
        """
        self.endings[outcome] += 1
        self.seconds += seconds

    def snapshot(self) -> Status:
        """Return the current status."""
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
            worker_bytes=read_memory(engine.pid, children=True) if engine.pid and self._sees_worker else None,
            up_s=time.monotonic() - self._started,
            faces_per_s=self._queue.faces_per_s,
            shards=dict(self.shards),
        )


def read_memory(pid: int, *, children: bool = False) -> int | None:
    """Return a process's resident memory in bytes, or None on systems without Linux's /proc.

    With ``children``, that of the processes that it started is added.
    """
    try:
        # This blocks the event loop, but only briefly: reading /proc never waits for a disk.
        pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
        own = int(pages) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError, AttributeError):
        return None
    return own + sum(read_memory(child) or 0 for child in _find_children(pid)) if children else own


def _find_children(pid: int) -> list[int]:
    """Return the processes that a process started, or those of them that the kernel tells."""
    try:
        lists = [path.read_text(encoding="ascii") for path in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:  # a thread or the process has ended meanwhile
        return []
    return [int(word) for line in lists for word in line.split()]
