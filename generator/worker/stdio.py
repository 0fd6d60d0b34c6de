"""The worker's own stdin and stdout: taken out of the way of everybody else's, read by a thread, and the way out.

Knows frames and file descriptors, no torch: this runs before torch is imported. Whatever prints, prints to stderr.
"""

import logging
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass

from generator.contract import errors, protocol

LEAVE_SECONDS = 3.0  # from end of stream until the process is gone, whatever it is doing
_READ_BYTES = 64 * 1024

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Goodbye:
    """Nobody is at the other end any more. status: 0 when they left, 1 when they said what is no message."""

    status: int


def take_streams() -> tuple[int, int]:
    """Return private descriptors of stdin and stdout; from now on fd 0 is empty, and fd 1 (print, C libraries) is stderr."""
    sys.stdout.flush()
    incoming, outgoing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return incoming, outgoing


def write_all(descriptor: int, frame: bytes) -> None:
    """Write every byte, waiting as long as the pipe is full. Raises OSError when nobody reads any more."""
    view = memoryview(frame)
    while view:
        view = view[os.write(descriptor, view) :]


def read_messages(descriptor: int, deliver: "Callable[[protocol.Message | Goodbye], object]") -> None:
    """Deliver every message and at the end of the stream a Goodbye; from then on the process has LEAVE_SECONDS to live."""
    status = _read(descriptor, deliver)
    leave_soon(status)
    deliver(Goodbye(status))


def _read(descriptor: int, deliver: Callable[[protocol.Message], object]) -> int:
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


def leave_soon(status: int) -> None:
    """End the process within LEAVE_SECONDS, also in the middle of a long batch or with threads that never return."""
    timer = threading.Timer(LEAVE_SECONDS, leave_now, [status])
    timer.daemon = True
    timer.start()


def leave_now(status: int) -> None:
    """End the process at once: no thread is waited for."""
    logging.shutdown()
    sys.stderr.flush()
    os._exit(status)
