"""The frames of long animations on their way from the network to their folders, in a thread of their own.

The thread that draws hands over faces, and waits only if the other is far behind. Knows nothing about the schedule.
"""

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from generator.contract import errors
from generator.rendering.animation.stream import FrameStream, Kept, explain_full_disk
from generator.rendering.layout import Layout
from generator.worker.animations.folders import Folders

if TYPE_CHECKING:
    from generator.worker.background import BackgroundThread

MAX_WAITING_BYTES = 64 * 2**20  # of faces that are not written yet, of all animations together


class LiveStream:
    """One animation that is being drawn. Only Streams changes it."""

    def __init__(self, folder: Path, kept: Kept, layout: Layout) -> None:
        self.folder, self.kept = folder, kept
        self.frames = FrameStream(kept, layout)
        self.done = self.frames.done  # faces that an earlier worker has drawn
        self.error: Exception | None = None  # why its frames cannot be kept
        self.unwanted = threading.Event()
        self.complete = threading.Event()  # set once all frames are written, or one could not be

    def wait(self) -> Kept:
        """Wait until all frames are written, and return where they are. Raises the error of one that could not be."""
        self.complete.wait()
        if self.error is not None:
            raise self.error
        return self.kept


class Streams:
    """The long animations that are being drawn. One thread calls its methods."""

    def __init__(self, folders: Folders, thread: "BackgroundThread") -> None:
        self.folders, self._thread = folders, thread
        self._waiting, self._changed = 0, threading.Condition()  # bytes of faces that are not written yet

    def add(self, stream: LiveStream, faces: NDArray[np.uint8]) -> None:
        """Take the next faces of an animation.

        Waits while there are MAX_WAITING_BYTES of others. Raises the error of earlier faces that could not be kept.
        """
        if stream.error is not None:
            raise stream.error
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting or self._waiting + faces.nbytes <= MAX_WAITING_BYTES)
            self._waiting += faces.nbytes
        self._thread.submit(self._write, stream, faces)

    def complete(self, stream: LiveStream) -> None:
        """Let ``stream.wait`` return once everything is written."""
        self._thread.submit(self._complete, stream)

    def forget(self, stream: LiveStream) -> None:
        """Write no more, and delete what is there."""
        stream.unwanted.set()
        self._thread.submit(self._delete, stream)

    def _write(self, stream: LiveStream, faces: NDArray[np.uint8]) -> None:
        try:
            if stream.error is None and not stream.unwanted.is_set():
                with explain_full_disk():
                    stream.frames.add(faces)
        except Exception as error:
            stream.error = error
        finally:
            with self._changed:
                self._waiting -= faces.nbytes
                self._changed.notify_all()

    def _complete(self, stream: LiveStream) -> None:
        self._close(stream)
        if stream.unwanted.is_set():
            stream.error = errors.Cancelled()
        stream.complete.set()

    def _delete(self, stream: LiveStream) -> None:
        self._close(stream)
        self.folders.release(stream.folder)

    def _close(self, stream: LiveStream) -> None:
        try:
            with explain_full_disk():
                stream.frames.close()
        except Exception as error:
            stream.error = stream.error or error
