"""Frames to files: the table of formats, and shrinking until a file fits where it is to be posted.

Knows no network and no recipe: frames are [n, h, w, 3] uint8, a file is bytes. A new format is a function and a row in FORMATS.
Pillow and av are imported when first used, since a worker must be ready before anybody needs them.
"""

import importlib.util
import io
import math
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from generator.contract import errors, stamp

Frames = NDArray[np.uint8]  # [n, h, w, 3]

MIN_SIDE = 64  # pixels: below this a face is no longer worth posting
_STRETCH = 5  # frames
_X264 = {"crf": "16", "preset": "veryfast"}  # 36 dB on drawn faces, twice as fast as "medium"
_PALETTE_SAMPLE = 16384  # pixels; four times as many gain less than 0.1 dB
_PALETTE_ROUNDS = 6  # of k-means after the octree: +1.2 dB for 0.05 s, more gain nothing


@dataclass(frozen=True)
class Timing:
    """How frames are shown: fps frames per second, and whether they start again at the end."""

    fps: float = 20
    loop: bool = True

    def delays(self, frames: int, per_second: int) -> list[int]:
        """Return each frame's duration in units of 1/per_second s; rounding never adds up, the total is off by half a unit."""
        marks = [round(i * per_second / self.fps) for i in range(frames + 1)]
        return [after - before for before, after in pairwise(marks)]


@dataclass(frozen=True)
class File:
    """A finished file. reduced: {"side": pixels, "from": pixels} where it had to shrink, else empty."""

    body: bytes
    media_type: str
    width: int
    height: int
    frames: int = 1
    reduced: Mapping[str, errors.Field] = field(default_factory=dict)


@dataclass(frozen=True)
class Format:
    """One way to write frames.

    heaviest: bytes per pixel that hardly any content passes; where that fits, nothing is planned. multiple: of both sides.
    """

    suffix: str
    media_type: str
    write: Callable[[Frames, Timing], bytes]
    works: Callable[[], bool]
    heaviest: float
    multiple: int = 1


def encode(name: str, frames: Frames, timing: Timing, line: str, max_bytes: int | None = None) -> File:
    """Return ``frames`` as a file of the format ``name`` (a key of FORMATS) that carries ``line``.

    Where it would be over ``max_bytes`` it is made smaller, the side planned first and measured after. Raises FormatMissing if
    this build cannot write the format, CannotFit if the file is too large even with a side of MIN_SIDE pixels.
    """
    row = FORMATS.get(name)
    if row is None or not row.works():
        raise errors.FormatMissing(format=name, known=", ".join(available()))
    if max_bytes is not None and max_bytes < 1:
        raise errors.CannotFit(limit=_readable(max_bytes))
    whole = min(frames.shape[1:3])
    side = whole if max_bytes is None else _planned(row, frames, timing, max_bytes)
    while True:
        shown = _resized(frames, side, row.multiple)
        body = stamp.write(row.write(shown, timing), line)
        if max_bytes is None or len(body) <= max_bytes:
            return _file(row, body, shown, {} if side == whole else {"side": side, "from": whole})
        if side <= min(MIN_SIDE, whole):
            raise errors.CannotFit(limit=_readable(max_bytes))
        side = _smaller(side, max_bytes / len(body), whole)


def available() -> list[str]:
    """Return the names of the formats that this build can write."""
    return [name for name, row in FORMATS.items() if row.works()]


def _file(row: Format, body: bytes, shown: Frames, reduced: Mapping[str, errors.Field]) -> File:
    count, height, width, _ = shown.shape
    if row.write is _strip:
        count, width = 1, width * count
    return File(body, row.media_type, width, height, count, reduced)


def _planned(row: Format, frames: Frames, timing: Timing, max_bytes: int) -> int:
    """The side to try first: where the file may be too large, what two stretches of it weigh says how small it must be."""
    whole, count = int(min(frames.shape[1:3])), len(frames)
    if count < 4 * _STRETCH or frames.size // 3 * row.heaviest <= max_bytes:
        return whole
    stretches = [frames[at : at + _STRETCH] for at in (0, count // 4)]
    first = len(row.write(frames[:1], timing))
    each = sum(len(row.write(stretch, timing)) - first for stretch in stretches) / (2 * (_STRETCH - 1))
    expected = first + each * (count - 1)
    return _smaller(whole, max_bytes / expected, whole) if expected > max_bytes else whole


def _smaller(side: int, ratio: float, whole: int) -> int:
    """The next side, when the file must become ``ratio`` times as large (2 % less, since small pictures compress worse)."""
    planned = int(side * math.sqrt(ratio * 0.98))
    return max(min(planned, side - 2), min(MIN_SIDE, whole))


def _resized(frames: Frames, side: int, multiple: int) -> Frames:
    """The frames with this shorter side, both sides a multiple of ``multiple``."""
    from PIL import Image

    height, width = frames.shape[1:3]
    scale = side / min(height, width) / multiple
    size = multiple * max(1, round(width * scale)), multiple * max(1, round(height * scale))
    if size == (width, height):
        return frames
    return np.stack([np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.LANCZOS)) for frame in frames])


def _readable(size: int) -> str:
    return f"{size / 2**20:.3g} MiB" if size >= 2**20 else f"{size / 1024:.3g} KiB"


def _png(frames: Frames, timing: Timing) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(frames[0]).save(out, "PNG")
    return out.getvalue()


def _strip(frames: Frames, timing: Timing) -> bytes:
    """The frames side by side, left to right."""
    return _png(np.concatenate(list(frames), axis=1)[None], timing)


def _gif(frames: Frames, timing: Timing) -> bytes:
    """One palette for the whole animation and no dithering: nothing flickers. Delays are whole hundredths of a second."""
    from PIL import Image

    colours = gif_palette(frames).tobytes()
    palette = Image.new("P", (1, 1))
    palette.putpalette(colours)
    shown = [Image.fromarray(frame).quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    options = {"palette": colours} | ({"loop": 0} if timing.loop else {})
    delays_ms = [10 * delay for delay in timing.delays(len(frames), 100)]
    out = io.BytesIO()
    # optimize: pixels that stay are written as transparent, the 256th colour, so that only what moves costs bytes
    shown[0].save(
        out, "GIF", save_all=True, append_images=shown[1:], duration=delays_ms, disposal=1, optimize=True, **options
    )
    return out.getvalue()


def gif_palette(frames: Frames) -> NDArray[np.uint8]:
    """Return at most 255 colours [c, 3] for all ``frames``: an octree's, moved to the means of what they stand for (k-means)."""
    from PIL import Image

    pixels = frames.reshape(-1, 3)
    # drawn at random, not at a stride, which could fall in step with the rows; the same draw every time
    sample = pixels[np.random.RandomState(0).randint(len(pixels), size=_PALETTE_SAMPLE)]
    octree = Image.fromarray(sample[None]).quantize(255, method=Image.Quantize.FASTOCTREE)
    colours = np.asarray(octree.getpalette(), np.float32).reshape(-1, 3)
    for _ in range(_PALETTE_ROUNDS):
        colours = _kmeans_round(sample.astype(np.float32), colours)
    return np.rint(colours).astype(np.uint8)


def _kmeans_round(pixels: NDArray[np.float32], colours: NDArray[np.float32]) -> NDArray[np.float32]:
    """One round of Lloyd's algorithm: every colour moves to the mean of the pixels nearest to it."""
    nearest = ((colours**2).sum(1) - 2 * pixels @ colours.T).argmin(1)
    counts = np.bincount(nearest, minlength=len(colours))
    sums = np.stack([np.bincount(nearest, pixels[:, c], len(colours)) for c in range(3)], axis=1)
    return np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], colours).astype(np.float32)


def _webp(frames: Frames, timing: Timing) -> bytes:
    from PIL import Image

    shown = [Image.fromarray(frame) for frame in frames]
    out = io.BytesIO()
    delays_ms, loops = timing.delays(len(frames), 1000), 0 if timing.loop else 1
    shown[0].save(
        out, "WEBP", save_all=True, append_images=shown[1:], duration=delays_ms, loop=loops, quality=88, method=2
    )
    return out.getvalue()


def _mp4(frames: Frames, timing: Timing) -> bytes:
    """H.264, yuv420p (sides even); the index goes in front (faststart), for which av needs a real file."""
    import av

    with tempfile.TemporaryDirectory(prefix="waifubot-") as folder:
        path = Path(folder) / "morph.mp4"
        with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
            stream = container.add_stream("libx264", rate=round(timing.fps), options=_X264)
            stream.height, stream.width, stream.pix_fmt = frames.shape[1], frames.shape[2], "yuv420p"
            for frame in frames:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
            container.mux(stream.encode())
        return path.read_bytes()


def _always() -> bool:
    return True


def _has_webp() -> bool:
    from PIL import features

    return bool(features.check("webp"))


def _has_h264() -> bool:
    if importlib.util.find_spec("av") is None:
        return False
    import av

    return "libx264" in av.codecs_available


FORMATS: Mapping[str, Format] = {
    "png": Format(".png", "image/png", _png, _always, 1.5),
    "gif": Format(".gif", "image/gif", _gif, _always, 0.7),
    "mp4": Format(".mp4", "video/mp4", _mp4, _has_h264, 0.3, multiple=2),
    "webp": Format(".webp", "image/webp", _webp, _has_webp, 0.4),
    "strip": Format(".png", "image/png", _strip, _always, 1.5),
}
