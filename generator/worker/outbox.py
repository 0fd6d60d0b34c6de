"""Queues the worker's messages to the bot. Any thread can add messages, and a single thread writes them.

Knows nothing about recipes or torch. Several files are written alternately, one part of each at a time. Memory is
bounded: only the latest progress and preview of each run are kept, and a thread that adds to a full queue has to wait.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator

from generator.contract import protocol

MAX_SHORT = 1000  # limit for short messages in the queue
MAX_FILES = 4  # limit for files in the queue, including those being written


class Outbox:
    """A queue of messages; ``run`` writes them to the bot.

    Call ``run`` in one thread. The other methods may be called from any thread, and do nothing after ``close``.
    """

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._changed = threading.Condition()
        self._short: deque[protocol.Message] = deque()
        self._progress: dict[int, protocol.Progress] = {}
        self._previews: dict[int, protocol.Preview] = {}
        self._files: deque[Iterator[protocol.Message]] = deque()
        self._closed = False

    def send(self, message: protocol.Ready | protocol.Pong | protocol.Busy | protocol.Failed) -> None:
        """Add a short message. It will be written before any waiting part of a file.

        Blocks while MAX_SHORT short messages are in the queue.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or len(self._short) < MAX_SHORT)
            if self._closed:
                return
            if isinstance(message, protocol.Failed):
                self._forget(message.id)
            self._short.append(message)
            self._changed.notify_all()

    def send_progress(self, message: protocol.Progress) -> None:
        """Add the progress of a run, replacing any older progress of that run in the queue.

        Never blocks.
        """
        with self._changed:
            if self._closed:
                return
            self._progress[message.id] = message
            self._changed.notify_all()

    def send_preview(self, message: protocol.Preview) -> None:
        """Add a first look at a run, replacing any older one of that run in the queue. Never blocks."""
        with self._changed:
            if self._closed:
                return
            self._previews[message.id] = message
            self._changed.notify_all()

    def send_file(self, body: bytes, finished: protocol.Finished) -> None:
        """Add a file and its Finished message.

        Blocks while MAX_FILES files are in the queue, to limit memory.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or len(self._files) < MAX_FILES)
            if self._closed:
                return
            self._forget(finished.id)
            self._files.append(_stream(body, finished))
            self._changed.notify_all()

    def close(self) -> None:
        """Discard the queue, make ``run`` return, and unblock every thread that waits in another method."""
        with self._changed:
            self._closed = True
            self._short.clear()
            self._progress.clear()
            self._previews.clear()
            self._files.clear()
            self._changed.notify_all()

    def run(self) -> None:
        """Write messages until the outbox is closed.

        If writing fails, for example with an OSError because nobody reads, closes the outbox and raises the error.
        """
        try:
            while (message := self._next()) is not None:
                self._write(protocol.encode(message))
        finally:
            self.close()

    def _forget(self, id_: int) -> None:
        self._progress.pop(id_, None)
        self._previews.pop(id_, None)

    def _next(self) -> protocol.Message | None:
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or self._short or self._previews or self._progress or self._files
            )
            message = None if self._closed else self._pop()
            self._changed.notify_all()
            return message

    def _pop(self) -> protocol.Message:
        if self._short:
            return self._short.popleft()
        if self._previews:
            return self._previews.pop(next(iter(self._previews)))
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
