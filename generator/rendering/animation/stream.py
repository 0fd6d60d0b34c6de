"""Takes the faces of a long animation as they are drawn, and keeps its frames in a folder until its file is made.

GIF and WebP need all frames when their file is made, perhaps more than once: these are kept as they are. An MP4 is
written second by second. Either way another process that is given the folder goes on where this one ended.
Knows nothing about networks, recipes or threads.
"""

import errno
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from generator.contract import errors
from generator.rendering.animation.frames import RawFrames, Shape, Timing, resize
from generator.rendering.animation.mp4 import Pieces
from generator.rendering.layout import Layout, compose

IN_MEMORY_PIXELS = 2**22  # of all frames together; more are streamed. A default morph of a network of 256 px has fewer
# The most pixels of all frames that are kept as they are, 720 MiB: 240 frames of 1024 x 1024. If there are more, frames
# are shrunk as they come; as files they would be far too large to post.
MAX_RAW_PIXELS = 240 * 1024**2
STREAMED = ("gif", "webp", "mp4")  # formats whose frames can be streamed


def is_long(layout: Layout, format: str) -> bool:
    """Return whether the frames of an animation are too large to be in memory together."""
    return (
        layout.frames > 1 and format in STREAMED and layout.frames * layout.size[0] * layout.size[1] > IN_MEMORY_PIXELS
    )


@contextmanager
def explain_full_disk() -> Iterator[None]:
    """Raise NoSpace in place of the system's error that means it."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise errors.NoSpace() from error


@dataclass(frozen=True)
class Kept:
    """Where the frames of a long animation are kept, and how large they are."""

    folder: Path
    format: str  # one of STREAMED
    shape: Shape  # of the frames that are kept
    timing: Timing

    def open(self) -> RawFrames | Pieces:
        """Return the frames, as far as they are there."""
        if self.format == "mp4":
            return Pieces(self.folder, self.shape, self.timing)
        return RawFrames(self.folder, self.shape)


def plan_frames(folder: Path, layout: Layout, format: str, timing: Timing, channels: int) -> Kept:
    """Return how the frames of a long animation are kept in ``folder``. ``channels`` is 3, or 4 with opacity."""
    height, width = layout.size
    if format == "mp4":
        height, width = (2 * max(1, round(side / 2)) for side in (height, width))
    elif (pixels := layout.frames * height * width) > MAX_RAW_PIXELS:
        scale = math.sqrt(MAX_RAW_PIXELS / pixels)
        height, width = int(height * scale), int(width * scale)
    return Kept(folder, format, (layout.frames, height, width, channels), timing)


class FrameStream:
    """The frames of one long animation that is being drawn.

    One thread at a time calls ``add`` and ``close``.
    """

    def __init__(self, kept: Kept, layout: Layout) -> None:
        self.kept = kept
        self._layout = layout
        self._faces_each = layout.faces // layout.frames  # faces in each frame
        self._frames = kept.open()
        self.done = self._frames.done * self._faces_each  # faces that are in the folder already
        self._rest: NDArray[np.uint8] | None = None  # faces of a frame that is not complete

    def add(self, faces: NDArray[np.uint8]) -> None:
        """Take the next faces [n, h, w, 3 or 4], as drawn. Raises OSError if they cannot be kept."""
        faces = faces if self._rest is None else np.concatenate([self._rest, faces])
        whole = len(faces) // self._faces_each
        for at in range(whole):
            self._keep(faces[at * self._faces_each : (at + 1) * self._faces_each])
        rest = faces[whole * self._faces_each :]
        self._rest = rest.copy() if len(rest) else None

    def _keep(self, faces: NDArray[np.uint8]) -> None:
        (frame,) = compose(replace(self._layout, frames=1), faces)
        size = self.kept.shape[1:3]
        self._frames.add(frame if frame.shape[:2] == size else resize(frame, size))

    def close(self) -> None:
        """Write no more. What is complete stays in the folder."""
        self._frames.close()
