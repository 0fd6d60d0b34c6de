"""What the worker still has to say: one thread writes, any thread adds, files of several runs take turns.

Knows messages and bytes, no torch and no recipes. Memory is bounded: progress is kept as its latest value per run, short messages
and files wait for a slow reader up to a limit, and whoever adds more waits with them.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator

from generator.contract import protocol

MAX_SHORT = 1000  # messages that wait
MAX_FILES = 4  # files that wait or are being written


class Outbox:
    """Call ``run`` in one thread. Every other method may be called from any thread; after ``close`` they do nothing."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._changed = threading.Condition()
        self._short: deque[protocol.Message] = deque()
        self._progress: dict[int, protocol.Progress] = {}
        self._files: deque[Iterator[protocol.Message]] = deque()
        self._closed = False

    def say(self, message: protocol.Ready | protocol.Busy | protocol.Failed) -> None:
        """Add a short message, which goes before any part of a file."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or len(self._short) < MAX_SHORT)
            if isinstance(message, protocol.Failed):
                self._progress.pop(message.id, None)
            self._short.append(message)
            self._changed.notify_all()

    def progress(self, message: protocol.Progress) -> None:
        """Add how far a run is; one that still waits to be written is replaced. Never blocks."""
        with self._changed:
            self._progress[message.id] = message
            self._changed.notify_all()

    def file(self, body: bytes, finished: protocol.Finished) -> None:
        """Add a file and its Finished; blocks while MAX_FILES wait, so that a slow reader does not fill the memory."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or len(self._files) < MAX_FILES)
            self._progress.pop(finished.id, None)
            self._files.append(_stream(body, finished))
            self._changed.notify_all()

    def close(self) -> None:
        """Let ``run`` return and nobody wait any longer; what was not written is dropped."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def run(self) -> None:
        """Write until closed. OSError of the writing function (nobody listens) is passed on, after closing."""
        try:
            while (message := self._next()) is not None:
                self._write(protocol.encode(message))
        finally:
            self.close()

    def _next(self) -> protocol.Message | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._short or self._progress or self._files)
            message = None if self._closed else self._pick()
            self._changed.notify_all()
            return message

    def _pick(self) -> protocol.Message:
        if self._short:
            return self._short.popleft()
        if self._progress:
            return self._progress.pop(next(iter(self._progress)))
        stream = self._files.popleft()
        message = next(stream)
        if isinstance(message, protocol.Part):
            self._files.append(stream)
        return message


def _stream(body: bytes, finished: protocol.Finished) -> Iterator[protocol.Message]:
    yield from protocol.parts(finished.id, body)
    yield finished
