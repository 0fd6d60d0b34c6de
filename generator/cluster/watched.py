"""The worker process of a replica: started, watched, and started again when it dies.

Knows nothing about Ray. Each run that is handed to it ends once: with what the worker said, or as Lost. Whether a run
is tried again is the dispatcher's decision.
"""

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from generator.cluster.orders import Drawing, Item, Lost, Order
from generator.contract import errors, protocol

START_SECONDS = 120.0  # how long a worker may be silent before it is ready
HANG_SECONDS = 60.0  # how long a worker with runs may be silent
PING_SECONDS, PONG_SECONDS = 1.0, 3.0  # time between two questions whether it runs, and how long an answer may take
BACKOFF_SECONDS, MAX_BACKOFF_SECONDS = 0.5, 20.0  # pause before a start that follows a failed one; it doubles
FAILED_STARTS_UNTIL_UNHEALTHY = 3
STDERR_LINES_KEPT = 5
# A bug in a program does not end it with one of these signals: another process or the kernel sent it.
EXTERNAL_SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
KERNEL_COUNTERS = Path("/proc/vmstat")

_log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Stream:
    """One run that the worker has."""

    max_bytes: int
    items: "asyncio.Queue[Item]" = field(default_factory=asyncio.Queue)
    parts: list[bytes] = field(default_factory=list)
    size: int = 0
    alone: bool = False


class Gate:
    """Lets many runs into the worker, or one alone."""

    def __init__(self) -> None:
        self._changed = asyncio.Condition()
        self._inside = self._alone_waiting = 0
        self._alone = False

    async def enter(self, *, alone: bool) -> None:
        """Wait for a place. Whoever wants to be alone goes before whoever comes later."""
        async with self._changed:
            self._alone_waiting += alone
            try:
                await self._changed.wait_for(lambda: self._is_open(alone=alone))
            finally:
                self._alone_waiting -= alone
            self._inside, self._alone = self._inside + 1, alone

    def _is_open(self, *, alone: bool) -> bool:
        return not (self._inside if alone else self._alone or self._alone_waiting)

    def leave(self) -> None:
        """Give the place back."""
        self._inside, self._alone = self._inside - 1, False
        self._telling = asyncio.ensure_future(self._tell())

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


class WatchedWorker:
    """A worker process that is kept running from ``start`` to ``close``."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str]) -> None:
        self._command, self._environ = list(command), dict(environ)
        self.ready: protocol.Ready | None = None  # what the worker offers; keeps its last value while one starts
        self.failed_starts = 0
        self.last_stderr = ""
        self.refused = ""  # why it refused to start, once it has
        self._is_ready = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._streams: dict[int, _Stream] = {}
        self._last_id = 0
        self._heard_at = self._busy_until = self._pong_at = 0.0
        self._suspended = self._killed_here = (
            False  # whether it was suspended when it was killed; whether that was here
        )
        self._keeping: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the worker, and go on starting it."""
        self._keeping = asyncio.create_task(self._keep_running(), name="worker of the replica")

    async def wait_ready(self) -> protocol.Ready:
        """Wait until the worker can draw. Raises EngineDown once it has failed to start too often."""
        while not self._is_ready.is_set():
            if self.failed_starts >= FAILED_STARTS_UNTIL_UNHEALTHY or self.refused:
                raise errors.EngineDown()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._is_ready.wait(), 0.2)
        assert self.ready is not None
        return self.ready

    async def close(self) -> None:
        """End the worker."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)

    @property
    def is_ready(self) -> bool:
        """Whether the worker can draw now."""
        return self._is_ready.is_set()

    @property
    def pid(self) -> int | None:
        """The process id of the worker, or None while there is none."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    def send(self, order: Order) -> int:
        """Hand a run to the worker, which must be ready, and return the number that it has here."""
        self._last_id += 1
        if not self._streams:
            self._heard_at = time.monotonic()
        stream = _Stream(order.message.max_bytes, alone=not self._streams)
        for other in self._streams.values():
            other.alone = False
        self._streams[self._last_id] = stream
        for piece in order.attachments:
            self._write(replace(piece, id=self._last_id))
        self._write(replace(order.message, id=self._last_id))
        return self._last_id

    def items(self, id_: int) -> "asyncio.Queue[Item]":
        """Return what the worker says of a run, in order."""
        return self._streams[id_].items

    def cancel(self, id_: int) -> None:
        """Tell the worker that nobody wants a run any more, if it has it."""
        if id_ in self._streams and self._is_ready.is_set():
            self._write(protocol.Cancel(id_))

    def _write(self, message: protocol.Message) -> None:
        if self._process is not None and self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(protocol.encode(message))

    async def _keep_running(self) -> None:
        while not self.refused:
            await self._run_once()
            if self.failed_starts:
                await asyncio.sleep(min(BACKOFF_SECONDS * 2**self.failed_starts, MAX_BACKOFF_SECONDS))

    async def _run_once(self) -> None:
        pipe, memory_kills = asyncio.subprocess.PIPE, _count_memory_kills()
        self._process = process = await asyncio.create_subprocess_exec(
            *self._command, stdin=pipe, stdout=pipe, stderr=pipe, env=self._environ, start_new_session=True
        )
        self._heard_at = self._pong_at = time.monotonic()
        self._busy_until, self._suspended, self._killed_here = 0.0, False, False
        reason, own_fault = "it ended", True
        others = [asyncio.create_task(self._log_stderr(process)), asyncio.create_task(self._watch(process))]
        try:
            await self._read(process)
        except errors.ProtocolError as error:
            reason, own_fault = str(error), isinstance(error, _WrongFile)
        finally:
            was_ready = self._is_ready.is_set()
            self._is_ready.clear()
            self._killed_here |= await _end(process, at_once=reason != "it ended")
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            outside = self._suspended if self._killed_here else _from_outside(process.returncode, memory_kills)
            self._lose(f"{reason}, exit code {process.returncode}", own_fault=own_fault and not outside)
        self.failed_starts = 0 if was_ready else self.failed_starts + 1
        if process.returncode == 2 and self.ready is None:
            self.refused = self.last_stderr.removeprefix("error: ") or "The worker refused to start."

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout
        decoder = protocol.Decoder()
        while piece := await process.stdout.read(256 * 1024):
            for message in decoder.feed(piece):
                self._on_message(message)

    def _on_message(self, message: protocol.Message) -> None:
        now = time.monotonic()
        if isinstance(message, protocol.Pong):
            self._pong_at = now
            return  # it says nothing about the runs
        self._heard_at = now
        match message:
            case protocol.Ready():
                self.ready, self.failed_starts, self._busy_until = message, 0, 0.0
                self._is_ready.set()
            case protocol.Busy(until_s=until_s):
                self._busy_until = now + until_s
            case protocol.Progress(id=id_) | protocol.Preview(id=id_) if id_ in self._streams:
                self._streams[id_].items.put_nowait(message)
            case protocol.Part(id=id_, body=body) if id_ in self._streams:
                stream = self._streams[id_]
                stream.parts.append(body)
                stream.size += len(body)
                if stream.size > stream.max_bytes:
                    raise _WrongFile(found=f"a file of more than {stream.max_bytes} bytes")
            case protocol.Finished(id=id_, size=size) if id_ in self._streams:
                if size != self._streams[id_].size:
                    raise _WrongFile(found=f"a file of {self._streams[id_].size} bytes that should have {size}")
                stream = self._streams.pop(id_)
                stream.items.put_nowait(Drawing(b"".join(stream.parts), message))
            case protocol.Failed(id=id_) if id_ in self._streams:
                self._streams.pop(id_).items.put_nowait(message)
            case _:
                raise errors.ProtocolError(found=f"{type(message).__name__} for no known run")

    def _lose(self, reason: str, *, own_fault: bool) -> None:
        """Tell every run that the worker has died."""
        _log.error("worker lost: %s; runs: %d", reason, len(self._streams))
        streams, self._streams = self._streams, {}
        for stream in streams.values():
            stream.items.put_nowait(Lost(reason, own_fault, stream.alone))

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        """Kill the worker once it is silent for too long. A suspended one is found by what it does not answer."""
        asked_at = 0.0
        while True:
            await asyncio.sleep(PING_SECONDS)
            now = time.monotonic()
            if now < self._busy_until:
                asked_at = 0.0
                continue
            limit = HANG_SECONDS if self._is_ready.is_set() else START_SECONDS
            is_silent = now - self._heard_at > limit and (self._streams or not self._is_ready.is_set())
            unanswered = asked_at > self._pong_at and now - asked_at > PONG_SECONDS
            self._suspended = _is_suspended(process.pid)
            if is_silent or (unanswered and (self._suspended or not self._streams)):
                self._killed_here = True
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                return
            if self._is_ready.is_set() and asked_at <= self._pong_at:
                asked_at = now
                self._write(protocol.Ping())

    async def _log_stderr(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr
        while True:
            try:
                raw = await process.stderr.readline()
            except ValueError:  # a line longer than the reader's limit
                continue
            if not raw:
                return
            if line := raw.decode("utf-8", "replace").rstrip():
                self.last_stderr = line
                _log.info("%s", line)


class _WrongFile(errors.ProtocolError):
    """Raised when the worker sends a file that its run does not allow. That is the run's doing, not a disturbance."""


async def _end(process: asyncio.subprocess.Process, *, at_once: bool) -> bool:
    """Close the worker's stdin and wait for its end. Return whether it had to be killed."""
    assert process.stdin
    process.stdin.close()
    if not at_once:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), 4.0)
    had_to = process.returncode is None
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()
    return had_to


def _from_outside(code: int | None, memory_kills: int | None) -> bool:
    """Return whether a signal from outside ended the process, other than the kernel's because memory ran out."""
    if code is None or code >= 0 or -code not in EXTERNAL_SIGNALS:
        return False
    return -code != signal.SIGKILL or memory_kills == _count_memory_kills()


def _count_memory_kills() -> int | None:
    """Return how many processes the kernel has killed since boot because memory ran out, or None if unknown."""
    try:
        counters = dict(line.split() for line in KERNEL_COUNTERS.read_text(encoding="ascii").splitlines())
        return int(counters["oom_kill"])
    except (OSError, ValueError, KeyError):
        return None


def _is_suspended(pid: int) -> bool:
    try:
        # The state follows the program's name, which is in parentheses and may itself contain some.
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] == b"T"
    except (OSError, IndexError):
        return False
