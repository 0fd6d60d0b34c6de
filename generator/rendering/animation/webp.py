"""Writes animations as WebP files, which keep opacity.

Knows nothing about networks or recipes. Pillow is imported when first used.
"""

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from generator.rendering.animation.frames import Frames, Picture, Timing

if TYPE_CHECKING:
    from PIL import Image


def write_webp(frames: Frames, timing: Timing) -> bytes:
    """Write an animated WebP.

    Pillow is used directly because imageio takes only frames that are all in memory. The bytes would be the same.
    """
    out = io.BytesIO()
    delays_ms, loops = timing.delays(len(frames), 1000), 0 if timing.loop else 1
    _as_image(frames).save(out, "WEBP", save_all=True, duration=delays_ms, loop=loops, quality=88, method=2)
    return out.getvalue()


def _as_image(frames: Frames) -> "Image.Image":
    """Return the frames as one picture of Pillow's that has several, each made when it is looked for, in order."""
    from PIL import Image

    class Animation(Image.Image):
        def __init__(self, pictures: Iterator[Picture]) -> None:
            super().__init__()
            self.n_frames = len(frames)
            self._pictures, self._at = pictures, -1
            self.seek(0)

        def tell(self) -> int:
            return self._at

        def seek(self, frame: int) -> None:
            """Go on to the next frame. Pillow asks for each in turn, and in the end for the first again."""
            if frame != self._at + 1:
                return
            shown = Image.fromarray(next(self._pictures))
            self._at, self._mode, self._size, self.im = frame, shown.mode, shown.size, shown.im

    return Animation(iter(frames))
