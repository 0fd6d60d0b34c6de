"""The bot's end: has a worker started at a socket with the pipes of this process, and ends as that worker ends.

The bot starts it where it would start the worker itself, and sees the same: what the worker writes, its log, its exit
status, the signal that ended or stopped it. Messages do not pass through this process.
"""

import logging
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from generator.contract.errors import SocketUnusable
from generator.handover import notes

RETRY_S = 0.2  # time between two attempts to connect
GRACE_S = 4.0  # how long the worker has to end once the bot is gone; it should take 3 s at most

log = logging.getLogger(__name__)


def attach(path: Path, arguments: Sequence[str]) -> int:
    """Wait until somebody listens at ``path``, have a worker started there, and return its exit status.

    Does not return if a signal ended the worker, or if nobody listens any more: then a signal ends this process, too.
    Raises SocketUnusable if the socket can never be used.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    with _connect(path) as connection:
        try:
            notes.send_arguments(connection, arguments, (0, 1, 2))
            os.dup2(2, 1)  # so that the worker's end closes its stdout
            status = _follow(connection)
        except OSError as error:
            log.error("the worker's container is lost: %s", error)
            status = -signal.SIGKILL
    return status if status >= 0 else _end_by(-status)


def check(path: Path) -> bool:
    """Return whether somebody listens at a socket, for the health check of a container."""
    try:
        return notes.is_listening(path)
    except OSError:
        return False


def _connect(path: Path) -> socket.socket:
    """Return a connection, as soon as there can be one. The bot gives up waiting by itself."""
    if not hasattr(socket, "AF_UNIX"):
        raise SocketUnusable(file=path.name, reason="this system has no sockets that are files")
    is_told = False
    while not _is_alone():
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(str(path))
            return connection
        except (FileNotFoundError, ConnectionRefusedError):
            connection.close()
        except OSError as error:
            connection.close()
            raise SocketUnusable(file=path.name, reason=error.strerror or str(error)) from error
        if not is_told:
            log.info("waiting for a worker at %s", path)
            is_told = True
        time.sleep(RETRY_S)
    sys.exit(0)


def _is_alone() -> bool:
    """Return whether the bot has closed this process's stdin, or is gone."""
    poll = select.poll()
    poll.register(0, 0)  # hanging up is always reported
    return bool(poll.poll(0))


def _follow(connection: socket.socket) -> int:
    """Return how the worker ended, negative if by a signal. Raises OSError if its end of the connection is lost."""
    poll, buffer, deadline = select.poll(), bytearray(), float("inf")
    poll.register(connection, select.POLLIN)
    poll.register(0, 0)
    while (left := deadline - time.monotonic()) > 0:
        events = poll.poll(None if left == float("inf") else 1000 * left)
        if any(descriptor == 0 for descriptor, _ in events):
            poll.unregister(0)
            deadline = time.monotonic() + GRACE_S
        if any(descriptor == connection.fileno() for descriptor, _ in events):
            if not (piece := connection.recv(4096)):
                raise OSError("it ended without a word")
            buffer += piece
        for note in notes.read_notes(buffer):
            if "ended" in note:
                return int(note["ended"])
            os.kill(os.getpid(), signal.SIGSTOP)  # as the worker is; the bot looks at this process
    log.warning("the worker does not end by itself")
    return 0


def _end_by(number: int) -> int:
    """End this process by the signal that ended the worker."""
    signal.signal(number, signal.SIG_DFL) if number not in (signal.SIGKILL, signal.SIGSTOP) else None
    os.kill(os.getpid(), number)
    return 128 + number
