"""Encodes frames as files, in one of several formats, and shrinks the frames until the file is small enough to post.

Knows nothing about networks or recipes. To add a format, write a function and add a row to FORMATS; animation/ has
those of animations. Pillow and av are imported when first used, so that the worker starts faster.
"""

import importlib.util
import io
import math
import zlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from generator.contract import errors, stamp
from generator.rendering.animation.frames import ChangedFrames, Frames, StoredFrames, Timing, resize
from generator.rendering.animation.gif import write_gif
from generator.rendering.animation.mp4 import write_mp4
from generator.rendering.animation.webp import write_webp

MIN_SIDE = 64  # pixels; frames are not shrunk further, because smaller faces are not worth posting
_SAMPLE_FRAMES = 5  # frames in each of the two samples from which the size of a file is predicted


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
    *,
    too_large: int = 0,
    drawn: int = 0,
) -> File:
    """Encode ``frames`` in the format ``name``, a key of FORMATS, with ``line`` and stored ``vectors`` inside the file.

    ``network`` is the digest of the network that drew them, which then is inside the file too.

    If the file is larger than ``max_bytes``, it is encoded again with smaller frames until it fits. If there are many
    frames, the first size to try is predicted from samples of them.

    Raises FormatMissing if the format cannot be written here, CannotFit if even frames with a shorter side of MIN_SIDE
    pixels give too large a file.
    """
    row = check_format(name)
    if max_bytes is not None and max_bytes < 1:
        raise errors.CannotFit(limit=_format_size(max_bytes))
    whole = min(frames.shape[1:3])
    if max_bytes is None:
        side = whole
    elif too_large:
        side = _next_side(whole, max_bytes / too_large, whole)
    else:
        side = _predict_side(row, frames, timing, max_bytes)
    while True:
        resized = _resize(frames, side, row.multiple)
        body = stamp.write(row.write(resized, timing), line, vectors, network)
        if max_bytes is None or len(body) <= max_bytes:
            return describe_file(row, body, resized, drawn or (whole if side != whole else 0))
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


def check_format(name: str) -> Format:
    """Return a row of FORMATS. Raises FormatMissing if the format cannot be written here."""
    row = FORMATS.get(name)
    if row is None or not row.is_available():
        raise errors.FormatMissing(format=name, known=", ".join(list_formats()))
    return row


def describe_file(row: Format, body: bytes, frames: Frames, drawn: int = 0) -> File:
    """Return a file of ``frames``. ``drawn`` is their shorter side before they were shrunk, if they were."""
    count, height, width, _ = frames.shape
    reduced: Mapping[str, errors.Field] = {"side": min(height, width), "from": drawn} if drawn else {}
    if row.write is _write_strip:
        width *= count
    return File(body, row.media_type, width, height, _count_frames(row, body, count), reduced)


def _count_frames(row: Format, body: bytes, written: int) -> int:
    """Return the number of frames in a file of which ``written`` were written."""
    from PIL import Image

    if row.write is write_mp4:
        return written
    with Image.open(io.BytesIO(body)) as picture:
        return int(getattr(picture, "n_frames", 1))


def _predict_side(row: Format, frames: Frames, timing: Timing, max_bytes: int) -> int:
    """Return the shorter side, in pixels, to try first.

    If there are many frames and the file may be too large, its size is predicted from two samples of the frames.
    """
    whole, count = int(min(frames.shape[1:3])), len(frames)
    if count < 4 * _SAMPLE_FRAMES or math.prod(frames.shape[:3]) * row.max_density <= max_bytes:
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
    height, width = frames.shape[1:3]
    size = fit_size((height, width), side, multiple)
    if size == (height, width):
        return frames
    if isinstance(frames, StoredFrames):
        return ChangedFrames(frames, size, partial(resize, size=size))
    return np.stack([resize(frame, size) for frame in frames])


def fit_size(size: tuple[int, int], side: int, multiple: int) -> tuple[int, int]:
    """Return the height and width of frames of ``size`` whose shorter side is to be ``side``.

    Both are multiples of ``multiple``.
    """
    scale = side / min(size) / multiple
    return multiple * max(1, round(size[0] * scale)), multiple * max(1, round(size[1] * scale))


def _format_size(size: int) -> str:
    for unit, name in ((2**20, "MiB"), (2**10, "KiB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}" if size < 100 * unit else f"{size / unit:.0f} {name}"
    return f"{size} bytes"


def _write_png(frames: Frames, timing: Timing) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    # What PNG's filters leave of a face hardly ever repeats but in runs, so looking for nothing else takes a quarter of
    # the time, and gives 1 to 3 % more bytes.
    Image.fromarray(frames[:1][0]).save(out, "PNG", compress_type=zlib.Z_RLE)
    return out.getvalue()


def _write_strip(frames: Frames, timing: Timing) -> bytes:
    """Write a PNG of the frames side by side, from left to right."""
    return _write_png(np.concatenate(list(frames), axis=1)[None], timing)


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
    "gif": Format("image/gif", write_gif, _always, 0.7),
    "mp4": Format("video/mp4", write_mp4, _has_h264, 0.3, multiple=2),
    "webp": Format("image/webp", write_webp, _has_webp, 0.4),
    "strip": Format("image/png", _write_strip, _always, 1.5),
}
