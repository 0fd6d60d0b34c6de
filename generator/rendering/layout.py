"""Faces laid out as frames: rows and columns, enlarged, with gaps and captions where a figure has them.

Does not know networks or recipes. Faces and frames are [n, h, w, 3] uint8. Pillow is imported when first used.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from generator.contract import errors

Frames = NDArray[np.uint8]

MAX_PIXELS = 64_000_000  # in all frames of one recipe together, as shown

PAPER = (244, 244, 246)  # RGB, where there is no face
INK = (48, 48, 56)  # RGB of captions
FONT_HEIGHT = 0.6  # of the band that a caption is written in
MAX_CAPTION_WIDTH = 0.95  # of the width of its faces


@dataclass(frozen=True)
class Layout:
    """Frames of rows x columns faces, each side x side pixels. Raises TooManyPixels above MAX_PIXELS.

    table: a gap separates the first row and the first column from the rest, and their corner holds no face. captions:
    one line of text under each of as many equal groups of columns (over the columns of a table); groups of several
    columns have gaps between them. row_captions: one line of text to the left of each row, read from below.
    """

    frames: int
    rows: int
    columns: int
    side: int  # pixels, as shown
    table: bool = False
    captions: tuple[str, ...] = ()
    row_captions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        pixels = self.faces * self.side**2
        if pixels > MAX_PIXELS:
            raise errors.TooManyPixels(megapixels=math.ceil(pixels / 1e6), limit=MAX_PIXELS // 10**6)

    @property
    def faces(self) -> int:
        """How many faces all frames have together."""
        return self.frames * (self.rows * self.columns - self.table)

    @property
    def gap(self) -> int:
        """Width of a gap in pixels."""
        return max(2, self.side // 16)

    @property
    def group(self) -> int:
        """How many columns share one caption."""
        return self.columns // max(1, len(self.captions))

    @property
    def lefts(self) -> list[int]:
        """Left edge of each column in pixels."""
        first = self.band if self.row_captions else 0
        return [first + column * self.side + self.gap * self._gaps_before(column) for column in range(self.columns)]

    @property
    def tops(self) -> list[int]:
        """Top edge of each row in pixels."""
        first = self.band if self.captions and self.table else 0
        return [first + row * self.side + self.gap * (self.table and row > 0) for row in range(self.rows)]

    @property
    def band(self) -> int:
        """Height in pixels of a line of text."""
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
    """Return the frames [frames, height, width, 3], each face enlarged to layout.side, row by row."""
    frames = np.empty((layout.frames, *layout.size, 3), np.uint8)
    frames[:] = _background(layout)
    corners = [(top, left) for top in layout.tops for left in layout.lefts][layout.table :]
    for i, face in enumerate(faces):
        top, left = corners[i % len(corners)]
        frames[i // len(corners), top : top + layout.side, left : left + layout.side] = _enlarge(face, layout.side)
    return frames


def _enlarge(face: Frames, side: int) -> Frames:
    """Enlarge by bicubic interpolation, whose overshoot at outlines is not visible; Lanczos leaves a halo."""
    from PIL import Image

    if face.shape[0] == side:
        return face
    return np.asarray(Image.fromarray(face).resize((side, side), Image.Resampling.BICUBIC))


def _background(layout: Layout) -> Frames:
    """Return a frame [height, width, 3] without faces but with its captions, each in the middle of its group."""
    background = np.empty((*layout.size, 3), np.uint8)
    background[:] = PAPER
    if layout.captions:
        firsts, lasts = layout.lefts[:: layout.group], layout.lefts[layout.group - 1 :: layout.group]
        top = 0 if layout.table else layout.size[0] - layout.band
        background[top : top + layout.band] = _write(layout, layout.size[1], layout.captions, firsts, lasts)
    if layout.row_captions:
        # After a quarter turn to the left the lowest row comes first.
        lefts = [layout.size[0] - top - layout.side for top in layout.tops]
        background[:, : layout.band] = np.rot90(_write(layout, layout.size[0], layout.row_captions, lefts, lefts))
    return background


def _write(layout: Layout, width: int, texts: Sequence[str], firsts: Sequence[int], lasts: Sequence[int]) -> Frames:
    """Return a band [band, width, 3] of texts, each centred from the left of its first face to the right of its last.

    The font is Pillow's own, smaller where a text would not fit.
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
