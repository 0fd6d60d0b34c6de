"""Writes animations as MP4 files: in one go, or second by second, each a file of its own, and joins these.

Knows nothing about networks or recipes. av is imported when first used. Needs an even width and height.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np

from generator.rendering.animation.frames import Check, Frames, Picture, Shape, StoredFrames, Timing, lay_on_white

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.video.stream import VideoStream

# These settings reach a PSNR of 36 dB on the built-in model's faces, and take half as long as the preset "medium".
_X264 = {"crf": "16", "preset": "veryfast"}
# The codes of H.273 for the matrix of BT.709, the primaries and the transfer function of sRGB; and limited range.
_COLOURS = {"colorspace": 1, "color_primaries": 1, "color_trc": 13, "color_range": 1}
# A piece is one second, but not fewer frames than these: each begins with a whole picture, which takes many bytes.
_FEWEST_FRAMES = 10
_UNFINISHED = "unfinished.mp4"


def write_mp4(frames: Frames, timing: Timing) -> bytes:
    """Write an MP4 with H.264 video in yuv420p.

    The index is moved to the front of the file (faststart), which av can do only in a real file.
    """
    with tempfile.TemporaryDirectory(prefix="waifubot-") as folder:
        path = Path(folder) / "morph.mp4"
        with _Writer(path, frames.shape[1:3], timing, {"movflags": "+faststart"}) as writer:
            for frame in frames:
                writer.add(frame)
        return path.read_bytes()


class _Writer:
    """An MP4 file that is being written.

    The file says how its colours are stored, because players guess differently by the size of an untagged video: as
    BT.709 in limited range, with the primaries and the transfer function of sRGB, which the frames have. Codes: ITU-T
    H.273. PyAV is used directly, because imageio's plugin for it cannot set the encoder's crf and preset.
    """

    def __init__(self, path: Path, size: tuple[int, ...], timing: Timing, options: dict[str, str]) -> None:
        import av

        self.frames = 0
        self._container: OutputContainer = av.open(str(path), "w", format="mp4", options=options)
        stream: VideoStream = self._container.add_stream("libx264", rate=round(timing.fps), options=_X264)
        (stream.height, stream.width), stream.pix_fmt = size, "yuv420p"
        for name, code in _COLOURS.items():
            setattr(stream.codec_context, name, code)
        self._stream = stream

    def __enter__(self) -> "_Writer":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close(whole=kind is None)

    def add(self, frame: Picture) -> None:
        """Add a frame [h, w, 3 or 4]."""
        import av
        from av.video.reformatter import ColorRange, Colorspace

        rgb = av.VideoFrame.from_ndarray(lay_on_white(frame), format="rgb24")
        yuv = rgb.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG)
        self._container.mux(self._stream.encode(yuv))
        self.frames += 1

    def close(self, *, whole: bool = True) -> None:
        """End the file. Unless it is to be ``whole``, what the encoder still holds is dropped."""
        if whole:
            self._container.mux(self._stream.encode())
        self._container.close()


class Pieces(StoredFrames):
    """The seconds of a video, each in a file of its own in one folder. As frames they are nearly what was written."""

    def __init__(self, folder: Path, shape: Shape, timing: Timing) -> None:
        """``shape`` is that of the whole video. Whole seconds that the folder has already are kept."""
        super().__init__((*shape[:3], 3))
        self._folder, self._timing = folder, timing
        self._length = max(round(timing.fps), _FEWEST_FRAMES)  # frames in each piece but the last
        self._writer: _Writer | None = None
        self.done = 0  # frames in finished pieces, and in the one being written
        while self.done < len(self) and self._path(self.done).exists():
            self.done = min(self.done + self._length, len(self))

    def _path(self, frame: int) -> Path:
        return self._folder / f"{frame // self._length:05}.mp4"

    @property
    def paths(self) -> list[Path]:
        """The files of all pieces."""
        return [self._path(frame) for frame in range(0, len(self), self._length)]

    def add(self, frame: Picture) -> None:
        """Write the next frame. Raises OSError if that fails."""
        if self._writer is None:
            self._writer = _Writer(self._folder / _UNFINISHED, self.shape[1:3], self._timing, {})
        self._writer.add(frame)
        self.done += 1
        if self._writer.frames == self._length or self.done == len(self):
            writer, self._writer = self._writer, None
            writer.close()
            os.replace(self._folder / _UNFINISHED, self._path(self.done - 1))

    def close(self) -> None:
        """Drop the piece that is being written."""
        if self._writer is not None:
            writer, self._writer = self._writer, None
            writer.close(whole=False)

    def size_joined(self) -> int:
        """Return about how many bytes the pieces have together."""
        return sum(path.stat().st_size for path in self.paths)

    def join(self, check: Check) -> bytes:
        """Return one MP4 of all pieces, whose pictures stay as they are. ``check`` is called before each."""
        return _join(self.paths, self._length, round(self._timing.fps), check)

    def pick(self, numbers: Iterable[int]) -> Iterator[Picture]:
        """See StoredFrames."""
        wanted = sorted(numbers)
        for at, path in enumerate(self.paths):
            inside = [number - at * self._length for number in wanted if number // self._length == at]
            if inside:
                yield from _read(path, inside)


def _read(path: Path, numbers: Sequence[int]) -> Iterator[Picture]:
    """Yield the frames of these numbers, which grow, of a piece."""
    import av
    from av.video.reformatter import ColorRange, Colorspace

    with av.open(str(path)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number in numbers:
                rgb = frame.reformat(format="rgb24", src_colorspace=Colorspace.ITU709, src_color_range=ColorRange.MPEG)
                yield np.asarray(rgb.to_ndarray(), np.uint8)
            if number == numbers[-1]:
                return


def _join(paths: Sequence[Path], length: int, fps: int, check: Check) -> bytes:
    """Return one MP4 of pieces of ``length`` frames, which follow one another, without decoding them."""
    import av

    out = paths[0].with_name("joined.mp4")
    try:
        with av.open(str(out), "w", format="mp4", options={"movflags": "+faststart"}) as joined:
            stream: Any = None
            for at, path in enumerate(paths):
                check()
                with av.open(str(path)) as piece:
                    source = piece.streams.video[0]
                    stream = joined.add_stream_from_template(source) if stream is None else stream
                    for packet in piece.demux(source):
                        if packet.dts is None or packet.pts is None:  # the end of the piece
                            continue
                        start = int(Fraction(at * length, fps) / packet.time_base)
                        packet.pts, packet.dts, packet.stream = packet.pts + start, packet.dts + start, stream
                        joined.mux(packet)
        return out.read_bytes()
    finally:
        out.unlink(missing_ok=True)
