"""Frames to files: the table of formats, and shrinking until a file fits where it will be posted.

Does not know networks or recipes: frames are [n, h, w, 3] uint8, a file is bytes. A new format is a function and a row
in FORMATS. Pillow, imageio and av are imported when first used, so that a worker is ready sooner.
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
_SAMPLE_FRAMES = 5  # in each of two samples that predict the size of a file
_X264 = {"crf": "16", "preset": "veryfast"}  # 36 dB on drawn faces, twice as fast as "medium"
_PALETTE_SAMPLE = 16384  # pixels; four times as many gain less than 0.1 dB
_PALETTE_ROUNDS = 6  # of k-means after the octree: +1.2 dB for 0.05 s; more rounds gain nothing


@dataclass(frozen=True)
class Timing:
    """How frames are shown: fps frames per second, and whether they start again at the end."""

    fps: float = 20
    loop: bool = True

    def delays(self, frames: int, per_second: int) -> list[int]:
        """Return each frame's duration in units of 1/per_second s. Their sum is off by at most half a unit."""
        marks = [round(i * per_second / self.fps) for i in range(frames + 1)]
        return [after - before for before, after in pairwise(marks)]


@dataclass(frozen=True)
class File:
    """A finished file. reduced: {"side": pixels, "from": pixels} if it had to shrink, else empty."""

    body: bytes
    media_type: str
    width: int
    height: int
    frames: int = 1
    reduced: Mapping[str, errors.Field] = field(default_factory=dict)


@dataclass(frozen=True)
class Format:
    """One way to write frames.

    media_type: one of stamp.ENDINGS. is_available: whether this build can write it. max_density: bytes per pixel that
    hardly any content exceeds; if even that fits, no size is predicted. multiple: both sides of a frame must be a
    multiple of it.
    """

    media_type: str
    write: Callable[[Frames, Timing], bytes]
    is_available: Callable[[], bool]
    max_density: float
    multiple: int = 1


def encode(name: str, frames: Frames, timing: Timing, line: str, max_bytes: int | None = None) -> File:
    """Return ``frames`` as a file of the format ``name`` (a key of FORMATS) that carries ``line``.

    A file over ``max_bytes`` is written again with smaller frames until it fits; the first side is a prediction. Raises
    FormatMissing if this build cannot write the format, CannotFit if even frames with a side of MIN_SIDE pixels are too
    large.
    """
    row = FORMATS.get(name)
    if row is None or not row.is_available():
        raise errors.FormatMissing(format=name, known=", ".join(list_formats()))
    if max_bytes is not None and max_bytes < 1:
        raise errors.CannotFit(limit=_format_size(max_bytes))
    whole = min(frames.shape[1:3])
    side = whole if max_bytes is None else _predict_side(row, frames, timing, max_bytes)
    while True:
        resized = _resize(frames, side, row.multiple)
        body = stamp.write(row.write(resized, timing), line)
        if max_bytes is None or len(body) <= max_bytes:
            return _file(row, body, resized, {} if side == whole else {"side": side, "from": whole})
        if side <= min(MIN_SIDE, whole):
            raise errors.CannotFit(limit=_format_size(max_bytes))
        side = _next_side(side, max_bytes / len(body), whole)


def list_formats() -> list[str]:
    """Return the names of the formats that this build can write."""
    return [name for name, row in FORMATS.items() if row.is_available()]


def _file(row: Format, body: bytes, frames: Frames, reduced: Mapping[str, errors.Field]) -> File:
    count, height, width, _ = frames.shape
    if row.write is _write_strip:
        count, width = 1, width * count
    return File(body, row.media_type, width, height, count, reduced)


def _predict_side(row: Format, frames: Frames, timing: Timing, max_bytes: int) -> int:
    """Return the side to try first. If the file may be too large, two samples of its frames predict its size."""
    whole, count = int(min(frames.shape[1:3])), len(frames)
    if count < 4 * _SAMPLE_FRAMES or frames.size // 3 * row.max_density <= max_bytes:
        return whole
    samples = [frames[at : at + _SAMPLE_FRAMES] for at in (0, count // 4)]
    first = len(row.write(frames[:1], timing))
    each = sum(len(row.write(sample, timing)) - first for sample in samples) / (2 * (_SAMPLE_FRAMES - 1))
    expected = first + each * (count - 1)
    return _next_side(whole, max_bytes / expected, whole) if expected > max_bytes else whole


def _next_side(side: int, ratio: float, whole: int) -> int:
    """Return the next side for a file that must become ``ratio`` times as large, less 2 % for small pictures."""
    estimate = int(side * math.sqrt(ratio * 0.98))
    return max(min(estimate, side - 2), min(MIN_SIDE, whole))


def _resize(frames: Frames, side: int, multiple: int) -> Frames:
    """Return the frames with this shorter side, and both sides a multiple of ``multiple``."""
    from PIL import Image

    height, width = frames.shape[1:3]
    scale = side / min(height, width) / multiple
    size = multiple * max(1, round(width * scale)), multiple * max(1, round(height * scale))
    if size == (width, height):
        return frames
    return np.stack([np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.LANCZOS)) for frame in frames])


def _format_size(size: int) -> str:
    return f"{size / 2**20:.3g} MiB" if size >= 2**20 else f"{size / 1024:.3g} KiB"


def _write_png(frames: Frames, timing: Timing) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(frames[0]).save(out, "PNG")
    return out.getvalue()


def _write_strip(frames: Frames, timing: Timing) -> bytes:
    """Put the frames side by side, left to right."""
    return _write_png(np.concatenate(list(frames), axis=1)[None], timing)


def _write_gif(frames: Frames, timing: Timing) -> bytes:
    """Write one palette for all frames, undithered, so that nothing flickers. Delays are hundredths of a second.

    By Pillow itself: imageio takes arrays, so every frame would be mapped to the palette again (same bytes, 9 times as
    long).
    """
    from PIL import Image

    colours = find_palette(frames).tobytes()
    palette = Image.new("P", (1, 1))
    palette.putpalette(colours)
    first, *others = (Image.fromarray(frame).quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames)
    options = {"palette": colours} | ({"loop": 0} if timing.loop else {})
    delays_ms = [10 * delay for delay in timing.delays(len(frames), 100)]
    out = io.BytesIO()
    # optimize: unchanged pixels become transparent, the 256th colour, so that only what moves costs bytes
    first.save(
        out, "GIF", save_all=True, append_images=others, duration=delays_ms, disposal=1, optimize=True, **options
    )
    return out.getvalue()


def find_palette(frames: Frames) -> NDArray[np.uint8]:
    """Return at most 255 colours [c, 3] for all ``frames``: those of an octree, refined by k-means."""
    from PIL import Image

    pixels = frames.reshape(-1, 3)
    # A random sample, since a stride could coincide with the rows; the same one every time.
    sample = pixels[np.random.RandomState(0).randint(len(pixels), size=_PALETTE_SAMPLE)]
    octree = Image.fromarray(sample[None]).quantize(255, method=Image.Quantize.FASTOCTREE)
    colours = np.asarray(octree.getpalette(), np.float32).reshape(-1, 3)
    for _ in range(_PALETTE_ROUNDS):
        colours = _kmeans_round(sample.astype(np.float32), colours)
    return np.rint(colours).astype(np.uint8)


def _kmeans_round(pixels: NDArray[np.float32], colours: NDArray[np.float32]) -> NDArray[np.float32]:
    """Do one round of Lloyd's algorithm: move every colour to the mean of the pixels nearest to it."""
    nearest = ((colours**2).sum(1) - 2 * pixels @ colours.T).argmin(1)
    counts = np.bincount(nearest, minlength=len(colours))
    sums = np.stack([np.bincount(nearest, pixels[:, c], len(colours)) for c in range(3)], axis=1)
    return np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], colours).astype(np.float32)


def _write_webp(frames: Frames, timing: Timing) -> bytes:
    """Write through imageio, which passes these options on to Pillow."""
    import imageio.v3 as iio

    delays_ms, loops = timing.delays(len(frames), 1000), 0 if timing.loop else 1
    return iio.imwrite(
        "<bytes>", frames, plugin="pillow", extension=".webp", duration=delays_ms, loop=loops, quality=88, method=2
    )


def _write_mp4(frames: Frames, timing: Timing) -> bytes:
    """Write H.264 in yuv420p, with even sides. The index goes in front (faststart), for which av needs a real file.

    By PyAV itself: imageio's plugin for it has no way to set the encoder's crf and preset.
    """
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
    "png": Format("image/png", _write_png, _always, 1.5),
    "gif": Format("image/gif", _write_gif, _always, 0.7),
    "mp4": Format("video/mp4", _write_mp4, _has_h264, 0.3, multiple=2),
    "webp": Format("image/webp", _write_webp, _has_webp, 0.4),
    "strip": Format("image/png", _write_strip, _always, 1.5),
}
