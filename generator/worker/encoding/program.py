"""The program of a process that encodes: calls come in on its stdin, and their outcomes go out on its stdout.

Never imports torch. When its stdin ends, which happens when the worker ends in whatever way, the process ends at once,
also in the middle of a file.
"""

import os
import pickle
import queue
import signal
import threading
import traceback
from typing import Any, BinaryIO, NamedTuple

from generator.contract import errors
from generator.worker.stdio import take_streams


class Returned(NamedTuple):
    """A call that returned ``value``."""

    value: Any


class Raised(NamedTuple):
    """A call that raised a GeneratorError with this code and these fields."""

    code: str
    fields: dict[str, errors.Field]


class Broken(NamedTuple):
    """A call that raised any other error."""

    report: str  # its traceback
    no_memory: bool  # whether memory ran out


Outcome = Returned | Raised | Broken


def main(niceness: int) -> None:
    """Execute calls until stdin ends. ``niceness`` is added to the priority that the process has."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the worker
    incoming, outgoing = take_streams()
    if hasattr(os, "nice"):
        os.nice(niceness)
    calls: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()
    threading.Thread(target=_read, args=[os.fdopen(incoming, "rb"), calls], name="reader", daemon=True).start()
    results = os.fdopen(outgoing, "wb")
    try:
        while True:
            pickle.dump(_execute(*calls.get()), results, protocol=5)
            results.flush()
    except BrokenPipeError:  # the worker is gone
        os._exit(0)


def _read(stream: BinaryIO, calls: "queue.SimpleQueue[tuple[Any, ...]]") -> None:
    try:
        while True:
            calls.put(pickle.load(stream))  # noqa: S301 - only the worker writes to this pipe
    finally:  # nothing more can come, and nobody waits for what is being encoded
        os._exit(0)


def _execute(function: Any, *arguments: object) -> Outcome:
    try:
        return Returned(function(*arguments))
    except errors.GeneratorError as error:
        return Raised(error.code, dict(error.fields))
    except Exception as error:
        return Broken(traceback.format_exc(), isinstance(error, MemoryError))
