"""Reads and writes the worker's stdin and stdout, keeps other code's print output out of them, and ends the process.

Does not import torch, because this must run before torch is loaded. Whatever other code prints goes to stderr.
"""

import logging
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass

from generator.contract import errors, protocol

EXIT_SECONDS = 3.0  # once stdin has ended, the process ends within this time, whatever it is doing
_READ_BYTES = 64 * 1024

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class EndOfInput:
    """Tells the worker to end: the pipe was closed or broke, or something other than a message arrived."""

    status: int  # exit status of the process


def take_streams() -> tuple[int, int]:
    """Return private copies of the descriptors of stdin and stdout.

    Afterwards descriptor 0 is empty, and whatever Python or C code writes to descriptor 1 goes to stderr.
    """
    sys.stdout.flush()
    incoming, outgoing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return incoming, outgoing


def write_all(descriptor: int, frame: bytes) -> None:
    """Write every byte of ``frame``, waiting while the pipe is full. Raises OSError if nobody reads the pipe."""
    view = memoryview(frame)
    while view:
        view = view[os.write(descriptor, view) :]


def read_messages(descriptor: int, deliver: "Callable[[protocol.Message | EndOfInput], object]") -> None:
    """Pass every message to ``deliver``, then EndOfInput at the end of the stream.

    The process ends at most EXIT_SECONDS after that, even if the worker does not react.
    """
    status = _read(descriptor, deliver)
    exit_soon(status)
    deliver(EndOfInput(status))


def _read(descriptor: int, deliver: Callable[[protocol.Message], object]) -> int:
    """Pass every message to ``deliver``, and return the exit status.

    The status is 0 if the stream ended normally, and 1 if the pipe failed or carried bytes that are not a message.
    """
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
    """End the process in EXIT_SECONDS, even in the middle of a long batch or with threads that never return."""
    timer = threading.Timer(EXIT_SECONDS, exit_now, [status])
    timer.daemon = True
    try:
        timer.start()
    except RuntimeError as error:  # "can't start new thread"; the worker still ends after what it is doing
        _log.warning("%s", error)


def exit_now(status: int) -> None:
    """End the process at once, without waiting for any thread."""
    logging.shutdown()
    sys.stderr.flush()
    os._exit(status)
