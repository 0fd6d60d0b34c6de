"""The worker's own stdin and stdout: kept apart from everything that prints, read by a thread; and the ways to exit.

Knows frames and file descriptors, not torch: this runs before torch is imported. Whatever prints, prints to stderr.
"""

import logging
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass

from generator.contract import errors, protocol

EXIT_SECONDS = 3.0  # from the end of stdin until the process is gone, whatever it is doing
_READ_BYTES = 64 * 1024

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class EndOfInput:
    """The other end is gone, or sent something that is no message. status: the exit status that follows."""

    status: int


def take_streams() -> tuple[int, int]:
    """Return private descriptors of stdin and stdout. From now on fd 0 is empty, and fd 1 (print, C code) is stderr."""
    sys.stdout.flush()
    incoming, outgoing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return incoming, outgoing


def write_all(descriptor: int, frame: bytes) -> None:
    """Write every byte, and wait while the pipe is full. Raises OSError when nobody reads."""
    view = memoryview(frame)
    while view:
        view = view[os.write(descriptor, view) :]


def read_messages(descriptor: int, deliver: "Callable[[protocol.Message | EndOfInput], object]") -> None:
    """Deliver every message, then EndOfInput; the process ends within EXIT_SECONDS after the end of the stream."""
    status = _read(descriptor, deliver)
    exit_soon(status)
    deliver(EndOfInput(status))


def _read(descriptor: int, deliver: Callable[[protocol.Message], object]) -> int:
    """Deliver every message; return the exit status, 1 for bytes that are no message."""
    decoder = protocol.Decoder()
    try:
        while piece := os.read(descriptor, _READ_BYTES):
            for message in decoder.feed(piece):
                deliver(message)
        decoder.close()
    except (errors.ProtocolError, OSError) as error:
        _log.error("%s", error)
        return 1
    return 0


def exit_soon(status: int) -> None:
    """End the process within EXIT_SECONDS, even in the middle of a long batch or with threads that never return."""
    timer = threading.Timer(EXIT_SECONDS, exit_now, [status])
    timer.daemon = True
    timer.start()


def exit_now(status: int) -> None:
    """End the process at once, without waiting for any thread."""
    logging.shutdown()
    sys.stderr.flush()
    os._exit(status)
