"""Frames that need not all be in memory: sequences of pictures of one size, each made when it is asked for.

Knows nothing about networks, recipes or file formats. Pillow is imported when first used.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Picture: TypeAlias = NDArray[np.uint8]  # [h, w, 3], or [h, w, 4] with opacity
Shape: TypeAlias = tuple[int, int, int, int]  # frames, height, width, channels
Check: TypeAlias = Callable[[], object]  # raises an error if nobody wants the frames any more


@dataclass(frozen=True)
class Timing:
    """How an animation is played."""

    fps: float = 20  # frames per second
    loop: bool = True  # whether the animation starts again at its end

    def delays(self, frames: int, per_second: int) -> list[int]:
        """Return the duration of each frame in units of 1/per_second seconds.

        The durations are whole numbers; rounding changes their sum by at most half a unit.
        """
        marks = [round(i * per_second / self.fps) for i in range(frames + 1)]
        return [after - before for before, after in pairwise(marks)]


class StoredFrames(ABC):
    """Frames of which few are in memory at any time. Used as an array [n, h, w, 3 or 4] is, but only frame by frame."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[Picture]:
        return self.pick(range(len(self)))

    def __getitem__(self, part: slice) -> NDArray[np.uint8]:
        """Return some frames as an array."""
        return np.stack(list(self.pick(range(len(self))[part])))

    @abstractmethod
    def pick(self, numbers: Iterable[int]) -> Iterator[Picture]:
        """Yield the frames of these numbers, which grow."""


Frames: TypeAlias = NDArray[np.uint8] | StoredFrames  # [n, h, w, 3], or [n, h, w, 4] with opacity


class RawFrames(StoredFrames):
    """Frames that lie in a file one after the other, as their bytes, in a folder of their own."""

    def __init__(self, folder: Path, shape: Shape) -> None:
        """Whole frames that the folder has already are kept."""
        super().__init__(shape)
        self._path = folder / "frames.raw"
        self._size = shape[1] * shape[2] * shape[3]  # bytes of a frame
        self.done = min(self._path.stat().st_size // self._size, len(self)) if self._path.exists() else 0

    def add(self, frame: Picture) -> None:
        """Write the next frame. Raises OSError if that fails."""
        # Opened for each frame, so that nothing but the one being written is lost with the process.
        with self._path.open("r+b" if self._path.exists() else "wb") as file:
            file.seek(self.done * self._size)
            file.write(np.ascontiguousarray(frame).data)
        self.done += 1

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def pick(self, numbers: Iterable[int]) -> Iterator[Picture]:
        """See StoredFrames."""
        with self._path.open("rb") as file:
            for number in numbers:
                file.seek(number * self._size)
                yield np.frombuffer(file.read(self._size), np.uint8).reshape(self.shape[1:])


class ChangedFrames(StoredFrames):
    """Stored frames, each changed by a function when it is read. Their size may be another one."""

    def __init__(self, frames: StoredFrames, size: tuple[int, int], change: Callable[[Picture], Picture]) -> None:
        """``size`` is the height and width of the changed frames."""
        super().__init__((len(frames), *size, frames.shape[3]))
        self._frames, self._change = frames, change

    def pick(self, numbers: Iterable[int]) -> Iterator[Picture]:
        """See StoredFrames."""
        return map(self._change, self._frames.pick(numbers))


def watch(frames: StoredFrames, check: Check) -> StoredFrames:
    """Return the same frames, but call ``check`` before each is used."""

    def change(frame: Picture) -> Picture:
        check()
        return frame

    return ChangedFrames(frames, frames.shape[1:3], change)


def resize(frame: Picture, size: tuple[int, int]) -> Picture:
    """Return a frame resized to this height and width."""
    from PIL import Image

    # Lanczos goes beyond a colour at the edge of what is clear, where opacity cannot; Hamming stays between its pixels.
    method = Image.Resampling.HAMMING if frame.shape[-1] == 4 else Image.Resampling.LANCZOS
    return np.asarray(Image.fromarray(frame).resize(size[::-1], method))


def lay_on_white(frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return pixels [..., 3] without opacity, on white where they have some."""
    if frames.shape[-1] == 3:
        return frames
    opacity = frames[..., 3:].astype(np.uint16)
    mixed = frames[..., :3] * opacity + 255 * (255 - opacity)
    return ((mixed + 127) // 255).astype(np.uint8)
