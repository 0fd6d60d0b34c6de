"""Arranges faces in rows and columns to make frames: enlarges them, and adds gaps and captions.

Knows nothing about networks or recipes. Faces and frames are [n, h, w, 3] uint8, or [n, h, w, 4] with opacity.
Pillow is imported when first used.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from generator.contract import errors

Frames = NDArray[np.uint8]

MAX_PIXELS = 64_000_000  # the most pixels that all enlarged faces of one picture, strip or frame may have in total
MAX_FACES = 3600  # the most faces in all frames of an animation

PAPER = (244, 244, 246)  # RGB of the background
INK = (48, 48, 56)  # RGB of captions
FONT_HEIGHT = 0.6  # height of the font as a share of the caption's band
MAX_CAPTION_WIDTH = 0.95  # the widest a caption may be, as a share of the width of its faces


@dataclass(frozen=True)
class Layout:
    """The arrangement of faces in frames.

    Raises TooManyPixels if faces that must be in memory together have more than MAX_PIXELS, and TooManyFaces if an
    animation has more than MAX_FACES.
    """

    frames: int
    rows: int  # rows of faces in each frame
    columns: int  # columns of faces in each frame
    height: int  # of an enlarged face in pixels
    width: int
    # In a table a gap separates the first row and the first column from the rest, and their corner holds no face.
    table: bool = False
    # The columns are divided into as many equal groups as there are captions, and each caption is written under its
    # group (above it in a table). Groups of several columns have gaps between them.
    captions: tuple[str, ...] = ()
    row_captions: tuple[str, ...] = ()  # one for each row, written at its left and reading upwards
    holes: tuple[int, ...] = ()  # where no face is: numbers of cells, counted row by row
    one_by_one: bool = False  # whether frames are made one by one, so that only one of them must be in memory

    def __post_init__(self) -> None:
        if self.one_by_one and self.faces > MAX_FACES:
            each = self.faces // self.frames
            fitting = MAX_FACES // each
            raise errors.TooManyFaces(
                frames=self.frames, faces=each, total=self.faces, limit=MAX_FACES, fitting=fitting
            )
        pixels = self.faces * self.height * self.width // (self.frames if self.one_by_one else 1)
        if pixels > MAX_PIXELS:
            raise self._explain_size(pixels)

    def _explain_size(self, pixels: int) -> errors.TooManyPixels:
        """Return the error of a picture that has too many pixels, with what fits: frames if there are several."""
        size: dict[str, errors.Field] = {"megapixels": math.ceil(pixels / 1e6), "limit": MAX_PIXELS // 10**6}
        faces, each = self.faces // self.frames, self.height * self.width  # in each frame, and pixels of each
        fitting = MAX_PIXELS // (faces * each)
        if self.frames == 1 or self.one_by_one or fitting < 2:
            together = faces if self.one_by_one else self.faces
            return errors.TooManyPixels(faces=together, fitting=MAX_PIXELS // each, **size)
        if faces == 1:
            return errors.TooManyFrames(frames=self.frames, fitting=fitting, **size)
        return errors.TooManyFramesOfFaces(frames=self.frames, faces=faces, fitting=fitting, **size)

    @property
    def faces(self) -> int:
        """Number of faces in all frames together."""
        return self.frames * (self.rows * self.columns - self.table - len(self.holes))

    @property
    def gap(self) -> int:
        """Width of a gap in pixels."""
        return max(2, min(self.height, self.width) // 16)

    @property
    def group(self) -> int:
        """Number of columns that share one caption."""
        return self.columns // max(1, len(self.captions))

    @property
    def lefts(self) -> list[int]:
        """The left edge of each column in pixels."""
        first = self.band if self.row_captions else 0
        return [first + column * self.width + self.gap * self._gaps_before(column) for column in range(self.columns)]

    @property
    def tops(self) -> list[int]:
        """The top edge of each row in pixels."""
        first = self.band if self.captions and self.table else 0
        return [first + row * self.height + self.gap * (self.table and row > 0) for row in range(self.rows)]

    @property
    def band(self) -> int:
        """Height in pixels of the band that holds a line of captions."""
        return max(16, min(self.height, self.width) // 8)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of a frame in pixels."""
        under = self.band if self.captions and not self.table else 0
        return self.tops[-1] + self.height + under, self.lefts[-1] + self.width

    def _gaps_before(self, column: int) -> int:
        if self.table:
            return int(column > 0)
        return column // self.group if self.group > 1 else 0


def compose(layout: Layout, faces: Frames) -> Frames:
    """Enlarge the faces, place them row by row, and return the frames [frames, height, width, 3 or 4].

    What stands between faces is opaque.
    """
    frames = np.full((layout.frames, *layout.size, faces.shape[-1]), 255, np.uint8)
    frames[..., :3] = _background(layout)
    cells = enumerate((top, left) for top in layout.tops for left in layout.lefts)
    corners = [corner for cell, corner in cells if cell not in layout.holes][layout.table :]
    for i, face in enumerate(faces):
        top, left = corners[i % len(corners)]
        frame = frames[i // len(corners)]
        frame[top : top + layout.height, left : left + layout.width] = _enlarge(face, layout.height, layout.width)
    return frames


def _enlarge(face: Frames, height: int, width: int) -> Frames:
    """Enlarge a face to ``height`` and ``width`` by bicubic interpolation.

    Bicubic overshoot at outlines is invisible; Lanczos would leave a halo.
    """
    from PIL import Image

    if face.shape[:2] == (height, width):
        return face
    return np.asarray(Image.fromarray(face).resize((width, height), Image.Resampling.BICUBIC))


def _background(layout: Layout) -> Frames:
    """Return a frame [height, width, 3] with its captions but without faces."""
    background = np.empty((*layout.size, 3), np.uint8)
    background[:] = PAPER
    if layout.captions:
        firsts, lasts = layout.lefts[:: layout.group], layout.lefts[layout.group - 1 :: layout.group]
        top = 0 if layout.table else layout.size[0] - layout.band
        background[top : top + layout.band] = _write(
            layout.captions, (layout.band, layout.size[1]), firsts, [last + layout.width for last in lasts]
        )
    if layout.row_captions:
        # The band is written horizontally and then turned anticlockwise by 90 degrees, so the lowest row comes first.
        ends = [layout.size[0] - top for top in layout.tops]
        starts = [end - layout.height for end in ends]
        background[:, : layout.band] = np.rot90(
            _write(layout.row_captions, (layout.band, layout.size[0]), starts, ends)
        )
    return background


def _write(texts: Sequence[str], size: tuple[int, int], starts: Sequence[int], ends: Sequence[int]) -> Frames:
    """Return a band [height, width, 3] with ``texts`` in Pillow's built-in font, reduced for a text that would not fit.

    ``size`` is (height, width). Each text is centred on a group of faces, which lies between its start and its end.
    """
    from PIL import Image, ImageDraw, ImageFont

    (height, width), full = size, size[0] * FONT_HEIGHT
    band = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(band)
    for text, start, end in zip(texts, starts, ends, strict=True):
        room, font = end - start, ImageFont.load_default(full)
        if (length := draw.textlength(text, font)) > room * MAX_CAPTION_WIDTH:
            font = ImageFont.load_default(full * room * MAX_CAPTION_WIDTH / length)
        draw.text((start + room / 2, height / 2), text, INK, font, anchor="mm")
    return np.asarray(band)
