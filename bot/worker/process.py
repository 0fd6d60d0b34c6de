"""Starts one child process with pipes, reads and writes them, logs its stderr, and makes sure that it ends.

Does not know what the process says or what it is for.
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

EXIT_TIMEOUT_S = 3.0  # from closing its stdin to killing it
CLEANUP_TIMEOUT_S = 5.0  # from killing it to giving up on its pipes, which a grandchild may hold open
READ_BYTES = 256 * 1024
MAX_LOG_LINE_BYTES = 64 * 1024
STDERR_LINES_KEPT = 5
EXTERNAL_SIGNALS = ("SIGKILL", "SIGTERM", "SIGINT", "SIGHUP")  # no program dies of these through a bug of its own
OUT_OF_MEMORY = "out of memory"
KERNEL_COUNTERS = Path("/proc/vmstat")  # Linux; reading /proc never waits for a disk
NEW_PROCESS_GROUP = 0x200  # Windows: subprocess.CREATE_NEW_PROCESS_GROUP, which exists only there


class WorkerProcess:
    """A running process. It is expected to exit when its stdin closes, which also happens if this process is killed."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin and process.stdout and process.stderr  # noqa: PT018 - all are pipes, or none
        self._process = process
        self._stdin, self._stdout, self._stderr = process.stdin, process.stdout, process.stderr
        self.last_stderr: deque[str] = deque(maxlen=STDERR_LINES_KEPT)
        self._memory_kills_at_start = _count_memory_kills()
        self._killed_here = False  # by stop()
        self._was_suspended = False  # by a SIGSTOP from outside, before it was killed here
        self._logging = asyncio.create_task(self._log_stderr(), name="stderr of the worker")

    @classmethod
    async def start(cls, command: Sequence[str], environ: Mapping[str, str]) -> "WorkerProcess":
        """Start ``command``. Raises OSError."""
        pipe = asyncio.subprocess.PIPE
        # Ctrl-C in a terminal reaches a whole process group; this child must exit by its stdin instead.
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
        """The exit code; None while it runs; negative if a signal ended it."""
        return self._process.returncode

    @property
    def exit_reason(self) -> str:
        """How it ended, for the log, with the probable cause."""
        code = self.exit_code
        if code is None or code >= 0:
            return f"exit code {code}"
        if self._killed_here:
            return "suspended from outside (SIGSTOP), killed by the bot" if self._was_suspended else "killed by the bot"
        name = _signal_name(-code)
        return f"killed by {name}" + (f" ({self._sigkill_cause})" if name == "SIGKILL" else "")

    @property
    def ended_externally(self) -> bool:
        """Whether a signal from outside ended or suspended it; an out-of-memory kill by the kernel does not count.

        Known once stop() has returned.
        """
        code = self.exit_code
        if self._was_suspended:
            return True
        if code is None or code >= 0 or self._killed_here or _signal_name(-code) not in EXTERNAL_SIGNALS:
            return False
        return _signal_name(-code) != "SIGKILL" or self._sigkill_cause != OUT_OF_MEMORY

    @property
    def _sigkill_cause(self) -> str:
        now = _count_memory_kills()
        if now is None or self._memory_kills_at_start is None:
            return "out of memory, or sent from outside"
        more = now > self._memory_kills_at_start
        return OUT_OF_MEMORY if more else "sent from outside: the kernel counts no out-of-memory kill"

    async def read(self) -> bytes:
        """Return some bytes of its stdout; none at its end."""
        return await self._stdout.read(READ_BYTES)

    def write(self, piece: bytes) -> None:
        """Write to its stdin, unless that is closed."""
        if not self._stdin.is_closing():
            # No drain: at most a few requests of a few hundred bytes are under way, and a child that reads none hangs.
            self._stdin.write(piece)

    async def stop(self, *, at_once: bool) -> None:
        """Make sure that it is gone: close its stdin; kill it after EXIT_TIMEOUT_S, or at once."""
        drain = asyncio.create_task(self._drain())  # a full pipe would keep it from exiting and wait() from returning
        with contextlib.suppress(OSError):
            self._stdin.close()
        if not at_once:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), EXIT_TIMEOUT_S)
        if self.exit_code is None:
            self._killed_here, self._was_suspended = True, _is_suspended(self.pid)
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        exit_ = asyncio.create_task(self._process.wait())
        _, unfinished = await asyncio.wait({exit_, drain, self._logging}, timeout=CLEANUP_TIMEOUT_S)
        for task in unfinished:
            task.cancel()

    async def _drain(self) -> None:
        while await self.read():
            pass

    async def _log_stderr(self) -> None:
        """Log every line of its stderr, and keep the last ones."""
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


def _is_suspended(pid: int) -> bool:
    """Return whether SIGSTOP has suspended that process; False where the system does not say (only Linux does)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]  # a name may hold anything
    except (OSError, IndexError):
        return False
    return state == b"T"


def _count_memory_kills() -> int | None:
    """Return how many processes the kernel has killed for lack of memory since boot; None where it does not say."""
    try:
        counters = dict(line.split() for line in KERNEL_COUNTERS.read_text(encoding="ascii").splitlines())
        return int(counters["oom_kill"])
    except (OSError, ValueError, KeyError):
        return None


def _signal_name(number: int) -> str:
    return signal.Signals(number).name if number in set(signal.Signals) else str(number)
