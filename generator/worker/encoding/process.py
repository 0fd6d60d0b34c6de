"""A process that encodes files for the worker, so that drawing waits neither for its core nor for Python's lock.

Knows nothing about files or runs: it calls functions there. The process starts with the first call, and again after it
died. It is killed in order to cancel a call, since an encoder in C cannot be stopped otherwise.
"""

import contextlib
import logging
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import TypeVar, cast

from generator.contract import errors
from generator.worker.encoding.program import Broken, Outcome, Raised, Returned

MAX_DEATHS = 2  # a call is given up when the process has died of it this often

_PROGRAM = "import sys; from generator.worker.encoding.program import main; main(int(sys.argv[1]))"

Result = TypeVar("Result")

_log = logging.getLogger(__name__)


class EncodingBroke(Exception):
    """Raised when a call raised an unexpected error, or the process died of it. ``str`` is the whole report."""


class EncoderProcess:
    """Calls functions in a process of its own. One thread calls ``call``; any other may call ``cancel`` and ``close``.

    ``niceness`` says how far the process gives way to others.
    """

    def __init__(self, niceness: int) -> None:
        self._niceness = niceness
        self._process: subprocess.Popen[bytes] | None = None
        self._changing = threading.Lock()
        self._cancelled = self._closed = False

    def call(self, function: Callable[..., Result], *arguments: object) -> Result:
        """Return ``function(*arguments)``, or raise the GeneratorError that it raises. Both must be picklable.

        If the process dies, the call is repeated in another one. Raises Cancelled after ``cancel``, MemoryError where
        there is too little, and EncodingBroke after any other error. Where no process can be started, the function is
        called here.
        """
        self._cancelled = False
        for _attempt in range(MAX_DEATHS):
            try:
                process = self._running()
            except OSError as error:
                _log.warning("no process can be started to encode in: %s", error)
                return function(*arguments)
            try:
                outcome = _exchange(process, (function, *arguments))
            except (OSError, EOFError, pickle.UnpicklingError):
                status = self._reap(process)
                if self._cancelled:
                    raise errors.Cancelled() from None
                _log.warning("the process that encodes ended with status %d", status)
            except BaseException:  # half a message may be in the pipe
                self._reap(process)
                raise
            else:
                return cast(Result, _read_outcome(outcome))
        if status == -9:  # nobody but the kernel kills it twice, for want of memory
            raise MemoryError
        raise EncodingBroke(f"the process that encodes died {MAX_DEATHS} times of this, last with status {status}")

    def cancel(self) -> None:
        """Make the call in progress raise Cancelled."""
        self._cancelled = True
        self._kill()

    def close(self) -> None:
        """End the process, and wait for that. No further call is possible."""
        self._cancelled = self._closed = True
        self._kill()
        if (process := self._process) is not None:
            self._reap(process)

    def _kill(self) -> None:
        with self._changing:
            if self._process is not None:
                self._process.kill()

    def _running(self) -> "subprocess.Popen[bytes]":
        with self._changing:
            if self._closed:
                raise errors.Cancelled()
            if self._process is not None and self._process.poll() is not None:  # it died while it had nothing to do
                _close_pipes(self._process)
                self._process = None
            if self._process is None:
                self._process = subprocess.Popen(
                    [sys.executable, "-c", _PROGRAM, str(self._niceness)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},  # the other core draws
                )
            return self._process

    def _reap(self, process: "subprocess.Popen[bytes]") -> int:
        """Take note that a process is dead, or make it so, and return its exit status."""
        with self._changing:
            self._process = None
        process.kill()
        _close_pipes(process)
        return process.wait()


def _close_pipes(process: "subprocess.Popen[bytes]") -> None:
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):  # what was not written yet is lost with the process
            if pipe is not None:
                pipe.close()


def _exchange(process: "subprocess.Popen[bytes]", call: tuple[object, ...]) -> Outcome:
    assert process.stdin is not None
    assert process.stdout is not None
    pickle.dump(call, process.stdin, protocol=5)
    process.stdin.flush()
    outcome: Outcome = pickle.load(process.stdout)  # noqa: S301 - only our own child writes to this pipe
    return outcome


def _read_outcome(outcome: Outcome) -> object:
    match outcome:
        case Returned(value):
            return value
        case Raised(code, fields):
            raise errors.from_wire(code, fields)
        case Broken(report, no_memory):
            raise MemoryError(report) if no_memory else EncodingBroke(report)
