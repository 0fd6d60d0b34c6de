"""One child process with pipes: started, read, written to, its stderr logged, and buried for certain.

Knows neither what it says nor what it is for.
"""

import asyncio
import contextlib
import logging
import os
import signal
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

log = logging.getLogger("worker")

GOODBYE_S = 3.0  # from closing its stdin to killing it
STOP_S = 5.0  # from killing it to giving up on its pipes, which a grandchild may hold open
READ_BYTES = 256 * 1024
MAX_LOG_LINE_BYTES = 64 * 1024
STDERR_LINES_KEPT = 5  # lines of stderr
FROM_OUTSIDE = ("SIGKILL", "SIGTERM", "SIGINT", "SIGHUP")  # no program dies of these by a mistake of its own
OUT_OF_MEMORY = "out of memory"
KERNEL_COUNTERS = Path("/proc/vmstat")  # Linux
NEW_PROCESS_GROUP = 0x200  # Windows: subprocess.CREATE_NEW_PROCESS_GROUP, which exists only there


class WorkerProcess:
    """A running process. It hears that it should leave by the end of its stdin, also when this process is killed."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin and process.stdout and process.stderr  # noqa: PT018 - all are pipes, or none
        self._process = process
        self._stdin, self._stdout, self._stderr = process.stdin, process.stdout, process.stderr
        self.last_stderr: deque[str] = deque(maxlen=STDERR_LINES_KEPT)
        self._memory_kills = _memory_kills()
        self._sent_away = False  # it was this side that killed it
        self._was_stopped = False  # and somebody had stopped it before
        self._logging = asyncio.create_task(self._log(), name="stderr of the worker")

    @classmethod
    async def start(cls, command: Sequence[str], environ: Mapping[str, str]) -> "WorkerProcess":
        """Start ``command``. Raises OSError."""
        pipe = asyncio.subprocess.PIPE
        # Ctrl-C in a terminal reaches a whole process group; this child is told by its stdin instead.
        own_group: dict[str, Any] = (
            {"start_new_session": True} if os.name == "posix" else {"creationflags": NEW_PROCESS_GROUP}
        )
        return cls(
            await asyncio.create_subprocess_exec(
                *command, stdin=pipe, stdout=pipe, stderr=pipe, env=environ, limit=MAX_LOG_LINE_BYTES, **own_group
            )
        )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs; negative: by that signal."""
        return self._process.returncode

    @property
    def exit_reason(self) -> str:
        """How it ended, and what that probably means, in plain words."""
        code = self.exit_code
        if code is None or code >= 0:
            return f"exit code {code}"
        if self._sent_away:
            return (
                "stopped by somebody (SIGSTOP), and was made to leave" if self._was_stopped else "and was made to leave"
            )
        name = _name_of(-code)
        return f"killed by {name}" + (f" ({self._who_sent_sigkill})" if name == "SIGKILL" else "")

    @property
    def ended_from_outside(self) -> bool:
        """Whether it ended, or stood still, by a signal that somebody else sent, and not the kernel for want of memory.

        Known once it is buried.
        """
        code = self.exit_code
        if self._was_stopped:
            return True
        if code is None or code >= 0 or self._sent_away or _name_of(-code) not in FROM_OUTSIDE:
            return False
        return _name_of(-code) != "SIGKILL" or self._who_sent_sigkill != OUT_OF_MEMORY

    @property
    def _who_sent_sigkill(self) -> str:
        now = _memory_kills()
        if now is None or self._memory_kills is None:
            return "out of memory, or killed by somebody"
        return OUT_OF_MEMORY if now > self._memory_kills else "by somebody: the kernel says that memory was not short"

    async def read(self) -> bytes:
        """Return some bytes of its stdout; none at its end."""
        return await self._stdout.read(READ_BYTES)

    def write(self, piece: bytes) -> None:
        """Write to its stdin, unless that is closed."""
        if not self._stdin.is_closing():
            # No drain: at most a few requests of a few hundred bytes are on their way, and a child that reads none of them hangs.
            self._stdin.write(piece)

    async def stop(self, *, at_once: bool) -> None:
        """Make sure that it is gone: close its stdin and wait, or at once; then kill."""
        drain = asyncio.create_task(self._drain())  # a full pipe would keep it from leaving, and wait() from returning
        with contextlib.suppress(OSError):
            self._stdin.close()
        if not at_once:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), GOODBYE_S)
        if self.exit_code is None:
            self._sent_away, self._was_stopped = True, _is_stopped(self.pid)
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        gone = asyncio.create_task(self._process.wait())
        _, open_still = await asyncio.wait({gone, drain, self._logging}, timeout=STOP_S)
        for task in open_still:
            task.cancel()

    async def _drain(self) -> None:
        while await self.read():
            pass

    async def _log(self) -> None:
        """Log every line of its stderr, and remember the last ones."""
        while True:
            try:
                raw = await self._stderr.readline()
            except ValueError:  # a line over the limit; what was read of it is gone
                continue
            if not raw:
                return
            if line := raw.decode("utf-8", "replace").rstrip():
                self.last_stderr.append(line)
                log.info("%s", line)


def _is_stopped(pid: int) -> bool:
    """Return whether somebody has stopped that process (SIGSTOP); False where the system does not tell (only Linux does)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]  # its name may hold anything
    except (OSError, IndexError):
        return False
    return state == b"T"


def _memory_kills() -> int | None:
    """Return how many processes the kernel has killed for want of memory since it started; None where it does not say."""
    try:
        counters = dict(line.split() for line in KERNEL_COUNTERS.read_text(encoding="ascii").splitlines())
        return int(counters["oom_kill"])
    except (OSError, ValueError, KeyError):
        return None


def _name_of(number: int) -> str:
    return signal.Signals(number).name if number in set(signal.Signals) else str(number)
