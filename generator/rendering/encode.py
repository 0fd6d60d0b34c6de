"""Encodes frames as files, in one of several formats, and shrinks the frames until the file is small enough to post.

Knows nothing about networks or recipes. To add a format, write a function and add a row to FORMATS. Pillow, imageio and
av are imported when first used, so that the worker starts faster.
"""

import importlib.util
import io
import math
import tempfile
import zlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from generator.contract import errors, stamp

Frames = NDArray[np.uint8]  # [n, h, w, 3], or [n, h, w, 4] with opacity

MIN_SIDE = 64  # pixels; frames are not shrunk further, because smaller faces are not worth posting
_SAMPLE_FRAMES = 5  # frames in each of the two samples from which the size of a file is predicted
# These settings reach a PSNR of 36 dB on the built-in model's faces, and take half as long as the preset "medium".
_X264 = {"crf": "16", "preset": "veryfast"}
# The codes of H.273 for the matrix of BT.709, the primaries and the transfer function of sRGB; and limited range.
_MP4_COLOURS = {"colorspace": 1, "color_primaries": 1, "color_trc": 13, "color_range": 1}
_PALETTE_SAMPLE = 16384  # pixels from which the palette is made; four times as many gain less than 0.1 dB
_PALETTE_ROUNDS = 6  # rounds of k-means after the octree; they gain 1.2 dB in 0.05 s, and more rounds gain nothing


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


@dataclass(frozen=True)
class File:
    """A finished file."""

    body: bytes
    media_type: str
    width: int  # pixels
    height: int  # pixels
    frames: int = 1  # GIF and WebP keep equal frames that follow one another as one, which is shown longer
    # If the frames were shrunk: their shorter side in pixels after and before, such as {"side": 192, "from": 256}.
    reduced: Mapping[str, errors.Field] = field(default_factory=dict)


@dataclass(frozen=True)
class Format:
    """A file format."""

    media_type: str
    write: Callable[[Frames, Timing], bytes]
    is_available: Callable[[], bool]  # whether the installed libraries can write the format
    # Bytes per pixel that files hardly ever exceed. If a file of this density would fit, its size is not predicted.
    max_density: float
    multiple: int = 1  # both sides of a frame must be multiples of this


def encode(
    name: str,
    frames: Frames,
    timing: Timing,
    line: str,
    max_bytes: int | None = None,
    vectors: Collection[bytes] = (),
    network: str = "",
) -> File:
    """Encode ``frames`` in the format ``name``, a key of FORMATS, with ``line`` and stored ``vectors`` inside the file.

    ``network`` is the digest of the network that drew them, which then is inside the file too.

    If the file is larger than ``max_bytes``, it is encoded again with smaller frames until it fits. If there are many
    frames, the first size to try is predicted from samples of them.

    Raises FormatMissing if the format cannot be written here, CannotFit if even frames with a shorter side of MIN_SIDE
    pixels give too large a file.
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
        body = stamp.write(row.write(resized, timing), line, vectors, network)
        if max_bytes is None or len(body) <= max_bytes:
            return _file(row, body, resized, {} if side == whole else {"side": side, "from": whole})
        if side <= min(MIN_SIDE, whole):
            raise _explain_size(len(frames), len(body), max_bytes)
        side = _next_side(side, max_bytes / len(body), whole)


def _explain_size(frames: int, size: int, max_bytes: int) -> errors.CannotFit:
    """Return the error of a file that is too large with the smallest frames, with how many of them would fit."""
    fitting = int(frames * max_bytes / size * 0.9)  # frames differ in size
    if fitting < 2:
        return errors.CannotFit(limit=_format_size(max_bytes))
    return errors.TooManyFramesToFit(frames=frames, limit=_format_size(max_bytes), fitting=fitting)


def list_formats() -> list[str]:
    """Return the names of the formats that the installed libraries can write."""
    return [name for name, row in FORMATS.items() if row.is_available()]


def _file(row: Format, body: bytes, frames: Frames, reduced: Mapping[str, errors.Field]) -> File:
    count, height, width, _ = frames.shape
    if row.write is _write_strip:
        width *= count
    return File(body, row.media_type, width, height, _count_frames(row, body, count), reduced)


def _count_frames(row: Format, body: bytes, written: int) -> int:
    """Return the number of frames in a file of which ``written`` were written."""
    from PIL import Image

    if row.write is _write_mp4:
        return written
    with Image.open(io.BytesIO(body)) as picture:
        return int(getattr(picture, "n_frames", 1))


def _predict_side(row: Format, frames: Frames, timing: Timing, max_bytes: int) -> int:
    """Return the shorter side, in pixels, to try first.

    If there are many frames and the file may be too large, its size is predicted from two samples of the frames.
    """
    whole, count = int(min(frames.shape[1:3])), len(frames)
    if count < 4 * _SAMPLE_FRAMES or frames[..., 0].size * row.max_density <= max_bytes:
        return whole
    samples = [frames[at : at + _SAMPLE_FRAMES] for at in (0, count // 4)]
    first = len(row.write(frames[:1], timing))
    each = sum(len(row.write(sample, timing)) - first for sample in samples) / (2 * (_SAMPLE_FRAMES - 1))
    expected = first + each * (count - 1)
    return _next_side(whole, max_bytes / expected, whole) if expected > max_bytes else whole


def _next_side(side: int, ratio: float, whole: int) -> int:
    """Return the shorter side of the frames to try next, for a file that must shrink to ``ratio`` of its size.

    The estimate leaves a margin of 2 %, because small pictures need more bytes per pixel.
    """
    estimate = int(side * math.sqrt(ratio * 0.98))
    return max(min(estimate, side - 2), min(MIN_SIDE, whole))


def _resize(frames: Frames, side: int, multiple: int) -> Frames:
    """Resize frames so that their shorter side is ``side``, with both sides rounded to multiples of ``multiple``."""
    from PIL import Image

    height, width = frames.shape[1:3]
    scale = side / min(height, width) / multiple
    size = multiple * max(1, round(width * scale)), multiple * max(1, round(height * scale))
    if size == (width, height):
        return frames
    return np.stack([np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.LANCZOS)) for frame in frames])


def _format_size(size: int) -> str:
    for unit, name in ((2**20, "MiB"), (2**10, "KiB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}" if size < 100 * unit else f"{size / unit:.0f} {name}"
    return f"{size} bytes"


def lay_on_white(frames: Frames) -> Frames:
    """Return frames [n, h, w, 3] without opacity, on white where they have some."""
    if frames.shape[-1] == 3:
        return frames
    opacity = frames[..., 3:].astype(np.uint16)
    mixed = frames[..., :3] * opacity + 255 * (255 - opacity)
    return ((mixed + 127) // 255).astype(np.uint8)


def _write_png(frames: Frames, timing: Timing) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    # What PNG's filters leave of a face hardly ever repeats but in runs, so looking for nothing else takes a quarter of
    # the time, and gives 1 to 3 % more bytes.
    Image.fromarray(frames[0]).save(out, "PNG", compress_type=zlib.Z_RLE)
    return out.getvalue()


def _write_strip(frames: Frames, timing: Timing) -> bytes:
    """Write a PNG of the frames side by side, from left to right."""
    return _write_png(np.concatenate(list(frames), axis=1)[None], timing)


def _write_gif(frames: Frames, timing: Timing) -> bytes:
    """Write a GIF whose frames share one palette and are not dithered, so that nothing flickers.

    A GIF measures delays in hundredths of a second. Pillow is used directly because imageio, which takes arrays, would
    map every frame to the palette a second time. The bytes would be the same, but it would take 9 times as long.
    """
    from PIL import Image

    frames = lay_on_white(frames)
    colours = find_palette(frames).tobytes()
    palette = Image.new("P", (1, 1))
    palette.putpalette(colours)
    first, *others = (Image.fromarray(frame).quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames)
    options = {"palette": colours} | ({"loop": 0} if timing.loop else {})
    delays_ms = [10 * delay for delay in timing.delays(len(frames), 100)]
    out = io.BytesIO()
    # optimize makes unchanged pixels transparent (the 256th colour), so that only what moves costs bytes.
    first.save(
        out, "GIF", save_all=True, append_images=others, duration=delays_ms, disposal=1, optimize=True, **options
    )
    return out.getvalue()


def find_palette(frames: Frames) -> NDArray[np.uint8]:
    """Return a palette of at most 255 colours [c, 3] for all ``frames``, found by an octree and refined by k-means."""
    from PIL import Image

    pixels = frames.reshape(-1, 3)
    # The sample is random, because pixels at regular steps could all lie in one column. The seed is fixed.
    sample = pixels[np.random.RandomState(0).randint(len(pixels), size=_PALETTE_SAMPLE)]
    octree = Image.fromarray(sample[None]).quantize(255, method=Image.Quantize.FASTOCTREE)
    colours = np.asarray(octree.getpalette(), np.float32).reshape(-1, 3)
    for _ in range(_PALETTE_ROUNDS):
        colours = _kmeans_round(sample.astype(np.float32), colours)
    return np.rint(colours).astype(np.uint8)


def _kmeans_round(pixels: NDArray[np.float32], colours: NDArray[np.float32]) -> NDArray[np.float32]:
    """Move every colour to the mean of the pixels nearest to it, which is one round of Lloyd's algorithm."""
    nearest = ((colours**2).sum(1) - 2 * pixels @ colours.T).argmin(1)
    counts = np.bincount(nearest, minlength=len(colours))
    sums = np.stack([np.bincount(nearest, pixels[:, c], len(colours)) for c in range(3)], axis=1)
    return np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], colours).astype(np.float32)


def _write_webp(frames: Frames, timing: Timing) -> bytes:
    """Write an animated WebP, which keeps opacity. imageio passes the options on to Pillow."""
    import imageio.v3 as iio

    delays_ms, loops = timing.delays(len(frames), 1000), 0 if timing.loop else 1
    return iio.imwrite(
        "<bytes>", frames, plugin="pillow", extension=".webp", duration=delays_ms, loop=loops, quality=88, method=2
    )


def _write_mp4(frames: Frames, timing: Timing) -> bytes:
    """Write an MP4 with H.264 video in yuv420p, which needs an even width and height.

    The file says how its colours are stored, because players guess differently by the size of an untagged video: as
    BT.709 in limited range, with the primaries and the transfer function of sRGB, which the frames have. Codes: ITU-T
    H.273.

    The index is moved to the front of the file (faststart), which av can do only in a real file. PyAV is used
    directly, because imageio's plugin for it cannot set the encoder's crf and preset.
    """
    import av
    from av.video.reformatter import ColorRange, Colorspace

    with tempfile.TemporaryDirectory(prefix="waifubot-") as folder:
        path = Path(folder) / "morph.mp4"
        with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
            stream = container.add_stream("libx264", rate=round(timing.fps), options=_X264)
            stream.height, stream.width, stream.pix_fmt = frames.shape[1], frames.shape[2], "yuv420p"
            for name, code in _MP4_COLOURS.items():
                setattr(stream.codec_context, name, code)
            for frame in lay_on_white(frames):
                rgb = av.VideoFrame.from_ndarray(frame, format="rgb24")
                yuv = rgb.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG)
                container.mux(stream.encode(yuv))
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
