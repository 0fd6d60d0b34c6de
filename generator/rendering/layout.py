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

MAX_PIXELS = 64_000_000  # the most pixels that all enlarged faces of one recipe may have in total

PAPER = (244, 244, 246)  # RGB of the background
INK = (48, 48, 56)  # RGB of captions
FONT_HEIGHT = 0.6  # height of the font as a share of the caption's band
MAX_CAPTION_WIDTH = 0.95  # the widest a caption may be, as a share of the width of its faces


@dataclass(frozen=True)
class Layout:
    """The arrangement of faces in frames. Raises TooManyPixels if the faces have more than MAX_PIXELS in total."""

    frames: int
    rows: int  # rows of faces in each frame
    columns: int  # columns of faces in each frame
    side: int  # side of an enlarged face in pixels
    # In a table a gap separates the first row and the first column from the rest, and their corner holds no face.
    table: bool = False
    # The columns are divided into as many equal groups as there are captions, and each caption is written under its
    # group (above it in a table). Groups of several columns have gaps between them.
    captions: tuple[str, ...] = ()
    row_captions: tuple[str, ...] = ()  # one for each row, written at its left and reading upwards
    holes: tuple[int, ...] = ()  # where no face is: numbers of cells, counted row by row

    def __post_init__(self) -> None:
        pixels = self.faces * self.side**2
        if pixels > MAX_PIXELS:
            raise self._explain_size(pixels)

    def _explain_size(self, pixels: int) -> errors.TooManyPixels:
        """Return the error of a picture that has too many pixels, with what fits: frames if there are several."""
        size: dict[str, errors.Field] = {"megapixels": math.ceil(pixels / 1e6), "limit": MAX_PIXELS // 10**6}
        faces = self.faces // self.frames  # in each frame
        fitting = MAX_PIXELS // (faces * self.side**2)
        if self.frames == 1 or fitting < 2:
            return errors.TooManyPixels(faces=self.faces, fitting=MAX_PIXELS // self.side**2, **size)
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
        return max(2, self.side // 16)

    @property
    def group(self) -> int:
        """Number of columns that share one caption."""
        return self.columns // max(1, len(self.captions))

    @property
    def lefts(self) -> list[int]:
        """The left edge of each column in pixels."""
        first = self.band if self.row_captions else 0
        return [first + column * self.side + self.gap * self._gaps_before(column) for column in range(self.columns)]

    @property
    def tops(self) -> list[int]:
        """The top edge of each row in pixels."""
        first = self.band if self.captions and self.table else 0
        return [first + row * self.side + self.gap * (self.table and row > 0) for row in range(self.rows)]

    @property
    def band(self) -> int:
        """Height in pixels of the band that holds a line of captions."""
        return max(16, self.side // 8)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of a frame in pixels."""
        under = self.band if self.captions and not self.table else 0
        return self.tops[-1] + self.side + under, self.lefts[-1] + self.side

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
        frames[i // len(corners), top : top + layout.side, left : left + layout.side] = _enlarge(face, layout.side)
    return frames


def _enlarge(face: Frames, side: int) -> Frames:
    """Enlarge a face to ``side`` pixels by bicubic interpolation.

    Bicubic overshoot at outlines is invisible; Lanczos would leave a halo.
    """
    from PIL import Image

    if face.shape[0] == side:
        return face
    return np.asarray(Image.fromarray(face).resize((side, side), Image.Resampling.BICUBIC))


def _background(layout: Layout) -> Frames:
    """Return a frame [height, width, 3] with its captions but without faces."""
    background = np.empty((*layout.size, 3), np.uint8)
    background[:] = PAPER
    if layout.captions:
        firsts, lasts = layout.lefts[:: layout.group], layout.lefts[layout.group - 1 :: layout.group]
        top = 0 if layout.table else layout.size[0] - layout.band
        background[top : top + layout.band] = _write(layout, layout.size[1], layout.captions, firsts, lasts)
    if layout.row_captions:
        # The band is written horizontally and then turned anticlockwise by 90 degrees, so the lowest row comes first.
        lefts = [layout.size[0] - top - layout.side for top in layout.tops]
        background[:, : layout.band] = np.rot90(_write(layout, layout.size[0], layout.row_captions, lefts, lefts))
    return background


def _write(layout: Layout, width: int, texts: Sequence[str], firsts: Sequence[int], lasts: Sequence[int]) -> Frames:
    """Return a band [band, width, 3] with ``texts`` in Pillow's built-in font, reduced for a text that would not fit.

    Each text is centred on a group of faces. ``firsts`` and ``lasts`` hold the left edges of the first and the last
    face of each group.
    """
    from PIL import Image, ImageDraw, ImageFont

    band = Image.new("RGB", (width, layout.band), PAPER)
    draw = ImageDraw.Draw(band)
    for text, first, last in zip(texts, firsts, lasts, strict=True):
        room, font = last + layout.side - first, ImageFont.load_default(layout.band * FONT_HEIGHT)
        if (length := draw.textlength(text, font)) > room * MAX_CAPTION_WIDTH:
            font = ImageFont.load_default(layout.band * FONT_HEIGHT * room * MAX_CAPTION_WIDTH / length)
        draw.text((first + room / 2, layout.band / 2), text, INK, font, anchor="mm")
    return np.asarray(band)
