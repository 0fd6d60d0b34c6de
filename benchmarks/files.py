"""Measures the time, size and fidelity of animation files, as this project and other encoders write them.

Knows nothing about networks.
"""

import importlib.util
import io
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.measure import Row
from generator.rendering import encode
from generator.rendering.animation.frames import Timing
from generator.rendering.layout import Frames

FPS = 20

Write = Callable[[Frames], bytes]


def table(frames: Frames) -> list[Row]:
    """Write ``frames`` [n, h, w, 3] with every encoder, and return a row of measurements for each."""
    rows: list[Row] = []
    for name, write in ways().items():
        began = time.perf_counter()
        body = write(frames)
        seconds = time.perf_counter() - began
        shown = decoded(body, name, len(frames))
        rows.append({"file": name, "seconds": seconds, "KB": len(body) / 1000, "PSNR, dB": psnr(shown, frames)})
    return rows


def ways() -> Mapping[str, Write]:
    """Return every encoder that is installed here. In each format the project's own comes first."""
    installed: dict[str, Write] = {}
    for name in ("gif", "webp", "mp4"):
        if name in encode.list_formats():
            installed[f"{name}: ours"] = partial(_ours, name)
        if name == "gif":
            installed |= {"gif: Pillow's default": _pillow, "gif: Pillow, octree for each frame": _octrees}
            installed |= {"gif: imageio": _imageio} if importlib.util.find_spec("imageio") else {}
            installed |= {"gif: ffmpeg palettegen": _palettegen} if _ffmpeg() else {}
        if name == "webp":
            installed["webp: Pillow's default"] = _pillow_webp
        if name == "mp4" and _ffmpeg():
            installed["mp4: ffmpeg's default"] = _ffmpeg_mp4
    return installed


def _ours(name: str, frames: Frames) -> bytes:
    return encode.encode(name, frames, Timing(FPS, True), "waifu 1 psi=0.7").body


def _pillow(frames: Frames) -> bytes:
    return _save(frames, "GIF", lambda picture: picture)


def _octrees(frames: Frames) -> bytes:
    from PIL import Image

    return _save(frames, "GIF", lambda picture: picture.quantize(256, method=Image.Quantize.FASTOCTREE))


def _pillow_webp(frames: Frames) -> bytes:
    return _save(frames, "WEBP", lambda picture: picture)


def _save(frames: Frames, file_format: str, change: Callable[..., object]) -> bytes:
    from PIL import Image

    first, *others = [change(Image.fromarray(frame)) for frame in frames]
    out = io.BytesIO()
    first.save(out, file_format, save_all=True, append_images=others, duration=1000 // FPS, loop=0)  # type: ignore[attr-defined]
    return out.getvalue()


def _imageio(frames: Frames) -> bytes:
    from imageio import v3

    return bytes(v3.imwrite("<bytes>", frames, extension=".gif", duration=1000 // FPS, loop=0))


def _ffmpeg() -> str | None:
    if importlib.util.find_spec("imageio_ffmpeg"):
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    return shutil.which("ffmpeg")


def _palettegen(frames: Frames) -> bytes:
    graph = "split[a][b];[a]palettegen[p];[b][p]paletteuse=dither=none"
    return _through_ffmpeg(frames, ".gif", "-filter_complex", graph)


def _ffmpeg_mp4(frames: Frames) -> bytes:
    return _through_ffmpeg(frames, ".mp4", "-pix_fmt", "yuv420p")


def _through_ffmpeg(frames: Frames, suffix: str, *options: str) -> bytes:
    _, height, width, _ = frames.shape
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"out{suffix}"
        raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(FPS), "-i", "-"]
        command = [str(_ffmpeg()), "-v", "error", *raw, *options, str(path)]
        subprocess.run(command, input=frames.tobytes(), check=True)
        return path.read_bytes()


def decoded(body: bytes, name: str, count: int) -> Frames:
    """Return the frames that a viewer shows.

    Identical frames at the end of a GIF may have been merged into one longer frame, which is repeated here.
    """
    if name.startswith("mp4"):
        import av

        with av.open(io.BytesIO(body), "r") as container:
            return np.stack([frame.to_ndarray(format="rgb24").astype(np.uint8) for frame in container.decode(video=0)])
    from PIL import Image, ImageSequence

    with Image.open(io.BytesIO(body)) as picture:
        shown = [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(picture)]
    return np.stack(shown + shown[-1:] * (count - len(shown)))


def psnr(shown: Frames, frames: Frames) -> float:
    """Return the peak signal-to-noise ratio of ``shown`` to the original ``frames`` in dB."""
    error = (shown[: len(frames)].astype(np.float32) - frames) ** 2
    return float(10 * np.log10(255**2 / max(float(error.mean()), 1e-6)))
