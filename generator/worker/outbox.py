"""The messages that the worker has yet to write: one thread writes, any thread adds, files of several runs take turns.

Does not know torch or recipes, only messages and bytes. Memory is bounded: only the latest progress of each run is
kept; short messages and files wait for a slow reader up to a limit, and a thread that adds more waits too.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator

from generator.contract import protocol

MAX_SHORT = 1000  # short messages in the queue
MAX_FILES = 4  # files in the queue, those being written included


class Outbox:
    """Call ``run`` in one thread. Every other method may be called from any thread; after ``close`` they do nothing."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._changed = threading.Condition()
        self._short: deque[protocol.Message] = deque()
        self._progress: dict[int, protocol.Progress] = {}
        self._files: deque[Iterator[protocol.Message]] = deque()
        self._closed = False

    def send(self, message: protocol.Ready | protocol.Busy | protocol.Failed) -> None:
        """Add a short message, which goes before any part of a file; block while MAX_SHORT are in the queue."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or len(self._short) < MAX_SHORT)
            if self._closed:
                return
            if isinstance(message, protocol.Failed):
                self._progress.pop(message.id, None)
            self._short.append(message)
            self._changed.notify_all()

    def send_progress(self, message: protocol.Progress) -> None:
        """Add how far a run is, in place of an older message that is still in the queue. Never blocks."""
        with self._changed:
            if self._closed:
                return
            self._progress[message.id] = message
            self._changed.notify_all()

    def send_file(self, body: bytes, finished: protocol.Finished) -> None:
        """Add a file and its Finished; block while MAX_FILES are in the queue, to bound the memory."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or len(self._files) < MAX_FILES)
            if self._closed:
                return
            self._progress.pop(finished.id, None)
            self._files.append(_stream(body, finished))
            self._changed.notify_all()

    def close(self) -> None:
        """Drop the queue, let ``run`` return, and release every thread that waits to add something."""
        with self._changed:
            self._closed = True
            self._short.clear()
            self._progress.clear()
            self._files.clear()
            self._changed.notify_all()

    def run(self) -> None:
        """Write until closed. Close, and pass the error on, when the writing function raises OSError: nobody reads."""
        try:
            while (message := self._next()) is not None:
                self._write(protocol.encode(message))
        finally:
            self.close()

    def _next(self) -> protocol.Message | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._short or self._progress or self._files)
            message = None if self._closed else self._pop()
            self._changed.notify_all()
            return message

    def _pop(self) -> protocol.Message:
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
