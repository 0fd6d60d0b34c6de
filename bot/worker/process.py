"""Starts one child process, reads and writes its pipes, logs its stderr, and makes sure that it ends.

Does not interpret what the process writes; the engine does that.
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

EXIT_TIMEOUT_S = 3.0  # how long the process has to exit after its stdin is closed, before it is killed
# How long to wait for a killed process to end and its pipes to close. A grandchild process may hold the pipes open.
CLEANUP_TIMEOUT_S = 5.0
READ_BYTES = 256 * 1024
MAX_LOG_LINE_BYTES = 64 * 1024
STDERR_LINES_KEPT = 5
# A bug in a program does not end it with one of these signals, so another process or the kernel must have sent it.
EXTERNAL_SIGNALS = ("SIGKILL", "SIGTERM", "SIGINT", "SIGHUP")
OUT_OF_MEMORY = "out of memory"
KERNEL_COUNTERS = Path("/proc/vmstat")  # exists on Linux only; reading /proc never waits for a disk
NEW_PROCESS_GROUP = 0x200  # subprocess.CREATE_NEW_PROCESS_GROUP; Python defines it on Windows only


class WorkerProcess:
    """A child process. Its program must exit when stdin closes, so that it also exits if the bot is killed."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin and process.stdout and process.stderr  # noqa: PT018 - all three are pipes, or none
        self._process = process
        self._stdin, self._stdout, self._stderr = process.stdin, process.stdout, process.stderr
        self.last_stderr: deque[str] = deque(maxlen=STDERR_LINES_KEPT)
        self._memory_kills_at_start = _count_memory_kills()
        self._killed_here = False  # whether stop() killed the process
        self._was_suspended = False  # whether it was suspended (by a SIGSTOP from outside) when stop() killed it
        self._logging = asyncio.create_task(self._log_stderr(), name="stderr of the worker")

    @classmethod
    async def start(cls, command: Sequence[str], environ: Mapping[str, str]) -> "WorkerProcess":
        """Start ``command`` and return its running process. Raises OSError if it cannot be started."""
        pipe = asyncio.subprocess.PIPE
        # Ctrl-C in a terminal interrupts a whole process group. This child must exit only when its stdin closes.
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
        """The exit code, or None while the process runs. It is negative if a signal ended the process."""
        return self._process.returncode

    @property
    def exit_reason(self) -> str:
        """How the process ended and the probable cause, as a phrase for the log."""
        code = self.exit_code
        if code is None or code >= 0:
            return f"exit code {code}"
        if self._killed_here:
            return "suspended from outside (SIGSTOP), killed by the bot" if self._was_suspended else "killed by the bot"
        name = _signal_name(-code)
        return f"killed by {name}" + (f" ({self._sigkill_cause})" if name == "SIGKILL" else "")

    @property
    def ended_externally(self) -> bool:
        """Whether a signal from outside ended or suspended the process. Reliable only after stop() has returned.

        If the kernel killed the process because memory ran out, that does not count as a signal from outside.
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

    @property
    def is_suspended(self) -> bool:
        """Whether the process is suspended (SIGSTOP) now. Known on Linux only; elsewhere this is False."""
        return self.exit_code is None and _is_suspended(self.pid)

    async def read(self) -> bytes:
        """Wait for bytes on the process's stdout and return them. Return b"" once stdout is closed."""
        return await self._stdout.read(READ_BYTES)

    def write(self, piece: bytes) -> None:
        """Write to the process's stdin. Does nothing if stdin is closed."""
        if not self._stdin.is_closing():
            # We need not wait for drain(): the buffer holds at most a few requests of a few hundred bytes each, and a
            # child that does not read them has hung anyway.
            self._stdin.write(piece)

    async def stop(self, *, at_once: bool) -> None:
        """Close the process's stdin, and kill the process if it still runs after EXIT_TIMEOUT_S.

        If ``at_once`` is true, kill it without waiting. A caller that is cancelled still waits until the process has
        ended, because nobody else would.
        """
        stopping = asyncio.create_task(self._stop(at_once=at_once), name="stop of the worker")
        try:
            await asyncio.shield(stopping)
        except asyncio.CancelledError:
            await stopping
            raise

    async def _stop(self, *, at_once: bool) -> None:
        # Discard what the process still writes. If its pipe were full, it could not exit, and wait() would not return.
        drain = asyncio.create_task(self._drain())
        with contextlib.suppress(OSError):
            self._stdin.close()
        if not at_once:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), EXIT_TIMEOUT_S)
        if self.exit_code is None:
            self._killed_here, self._was_suspended = True, self.is_suspended
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
        """Log every line of the process's stderr, and keep the last STDERR_LINES_KEPT lines."""
        while True:
            try:
                raw = await self._stderr.readline()
            except ValueError:  # a line longer than MAX_LOG_LINE_BYTES; the part read so far is lost
                continue
            if not raw:
                return
            if line := raw.decode("utf-8", "replace").rstrip():
                self.last_stderr.append(line)
                log.info("%s", line)


def _is_suspended(pid: int) -> bool:
    """Return whether a process is suspended (SIGSTOP). Works on Linux only; elsewhere the result is False."""
    try:
        # The state follows the program's name. The name is in parentheses, and may itself contain parentheses.
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state == b"T"


def _count_memory_kills() -> int | None:
    """Return how many processes the kernel has killed since boot because memory ran out, or None if unknown."""
    try:
        counters = dict(line.split() for line in KERNEL_COUNTERS.read_text(encoding="ascii").splitlines())
        return int(counters["oom_kill"])
    except (OSError, ValueError, KeyError):
        return None


def _signal_name(number: int) -> str:
    return signal.Signals(number).name if number in set(signal.Signals) else str(number)
