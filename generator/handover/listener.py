"""The worker's end: starts a worker for whoever connects, tells how it ended, and kills it when the bot's end is gone.

There is one worker at a time; whoever comes next waits. Works on Linux only.
"""

import contextlib
import logging
import os
import select
import signal
import socket
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from subprocess import Popen

from generator.contract.errors import SocketUnusable
from generator.handover import notes

LOOK_S = 1.0  # time between two looks whether the worker is suspended
HELLO_S = 2.0  # how long whoever connects may take to say what it wants
COMMAND = (sys.executable, "-m", "generator", "serve")

log = logging.getLogger(__name__)


class _Leaving(Exception):
    """Raised by SIGTERM and Ctrl-C."""


class _Worker:
    """A worker process, and the connection of the bot's end that asked for it."""

    def __init__(self, connection: socket.socket, arguments: Sequence[str], pipes: Sequence[int]) -> None:
        self._connection: socket.socket | None = connection
        try:
            process = Popen(
                [*COMMAND, *arguments], stdin=pipes[0], stdout=pipes[1], stderr=pipes[2], start_new_session=True
            )
        finally:
            for pipe in pipes:
                os.close(pipe)
        self._pid = process.pid
        process.returncode = 0  # this class waits for it, not Popen
        self._handle = os.pidfd_open(self._pid)  # is readable once the process has ended
        log.info("worker %d started", self._pid)

    @property
    def watched(self) -> list[int]:
        """The descriptors that become readable when something happens."""
        return [self._handle, *([self._connection.fileno()] if self._connection else [])]

    def react(self, readable: Sequence[int]) -> bool:
        """Handle what happened. Return whether the worker has ended."""
        if self._connection and self._connection.fileno() in readable:  # the bot's end says nothing more: it is gone
            self.kill("the bot's end is gone")
        pid, status = os.waitpid(self._pid, os.WNOHANG | os.WUNTRACED)
        if not pid:
            return False
        if os.WIFSTOPPED(status):
            self._tell({"stopped": True})
            return False
        code = os.waitstatus_to_exitcode(status)
        log.info("worker %d ended with %d", self._pid, code)
        self._tell({"ended": code})
        self._hang_up()
        os.close(self._handle)
        return True

    def kill(self, reason: str) -> None:
        log.info("killing worker %d: %s", self._pid, reason)
        self._hang_up()
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def _tell(self, note: dict[str, object]) -> None:
        if self._connection:
            with contextlib.suppress(OSError):
                notes.send_note(self._connection, note)

    def _hang_up(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None


def listen(path: Path) -> None:
    """Serve whoever connects to a socket at ``path`` until SIGTERM or Ctrl-C; then kill the worker, and return.

    Raises SocketUnusable if the socket cannot be made, or another process listens there.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    if not hasattr(os, "pidfd_open"):
        raise SocketUnusable(file=path.name, reason="this works on Linux only")
    with _bound(path) as listening:
        for number in (signal.SIGTERM, signal.SIGINT):  # a container's first process gets no others than it handles
            signal.signal(number, _leave)
        log.info("listening at %s", path)
        _serve(listening)


def _serve(listening: socket.socket) -> None:
    waiting: deque[tuple[socket.socket, list[str], list[int]]] = deque()
    worker: _Worker | None = None
    try:
        while True:
            watched = [listening.fileno(), *(worker.watched if worker else [])]
            readable, _, _ = select.select(watched, [], [], LOOK_S)
            if listening.fileno() in readable:
                _accept(listening, waiting)
            if worker and worker.react(readable):
                worker = None
                _reap_orphans()
            if waiting and worker is None:
                worker = _Worker(*waiting.popleft())
    except _Leaving:
        if worker:
            worker.kill("told to leave")


def _accept(listening: socket.socket, waiting: deque[tuple[socket.socket, list[str], list[int]]]) -> None:
    """Hear what one that connects wants, and let it wait for its turn."""
    connection, _ = listening.accept()
    try:
        connection.settimeout(HELLO_S)
        if request := notes.receive_arguments(connection):
            waiting.append((connection, *request))
            return
    except (OSError, ValueError) as error:
        log.warning("somebody connected who is no bot: %s", error)
    connection.close()


def _reap_orphans() -> None:
    """Wait for the ended processes that a worker left, where this is the first process of a container."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _leave(number: int, frame: object) -> None:
    raise _Leaving


@contextlib.contextmanager
def _bound(path: Path) -> Iterator[socket.socket]:
    """Make the socket, for this user only, in place of one that nobody listens at any more."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _explained(path):
            if notes.is_listening(path):
                raise SocketUnusable(file=path.name, reason="another process listens there")
            path.unlink(missing_ok=True)
            before = os.umask(0o177)
            try:
                listening.bind(str(path))
            finally:
                os.umask(before)
            listening.listen()
        yield listening
    finally:
        listening.close()


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SocketUnusable(file=path.name, reason=error.strerror or str(error)) from error
