"""Faces laid out as frames: rows and columns, enlarged, with sources set apart and captions underneath where a figure has them.

Knows no network and no recipe. Faces and frames are [n, h, w, 3] uint8. Pillow is imported when first used.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from generator import errors

Frames = NDArray[np.uint8]

MAX_PIXELS = 64_000_000  # in all frames of one recipe together, as shown

PAPER = (244, 244, 246)  # what shows where no face is
INK = (48, 48, 56)


@dataclass(frozen=True)
class Layout:
    """How faces make frames: each frame is rows x columns faces of side x side pixels. Raises TooManyPixels above MAX_PIXELS.

    table: the first row and the first column are set apart by a gap, and the corner between them holds no face.
    captions: one line of text under each of so many equal groups of columns; groups of several columns have gaps between them.
    """

    frames: int
    rows: int
    columns: int
    side: int  # pixels, as shown
    table: bool = False
    captions: tuple[str, ...] = ()

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
        """How many columns share a caption."""
        return self.columns // max(1, len(self.captions))

    @property
    def lefts(self) -> list[int]:
        """Where each column begins, in pixels from the left."""
        return [column * self.side + self.gap * self._gaps_before(column) for column in range(self.columns)]

    @property
    def tops(self) -> list[int]:
        """Where each row begins, in pixels from the top."""
        return [row * self.side + self.gap * (self.table and row > 0) for row in range(self.rows)]

    @property
    def band(self) -> int:
        """Height in pixels of the captions under the faces."""
        return max(16, self.side // 8) if self.captions else 0

    def _gaps_before(self, column: int) -> int:
        if self.table:
            return int(column > 0)
        return column // self.group if self.group > 1 else 0


def compose(layout: Layout, faces: Frames) -> Frames:
    """Return the frames [frames, height, width, 3]: each face enlarged to layout.side, row by row."""
    height, width = layout.tops[-1] + layout.side + layout.band, layout.lefts[-1] + layout.side
    frames = np.empty((layout.frames, height, width, 3), np.uint8)
    frames[:] = PAPER
    places = [(top, left) for top in layout.tops for left in layout.lefts][layout.table :]
    for i, face in enumerate(faces):
        top, left = places[i % len(places)]
        frames[i // len(places), top : top + layout.side, left : left + layout.side] = _enlarged(face, layout.side)
    if layout.captions:
        frames[:, height - layout.band :] = _captions(layout, width)
    return frames


def _enlarged(face: Frames, side: int) -> Frames:
    """Bicubic, whose overshoot at the outlines is not visible; Lanczos leaves a halo."""
    from PIL import Image

    if face.shape[0] == side:
        return face
    return np.asarray(Image.fromarray(face).resize((side, side), Image.Resampling.BICUBIC))


def _captions(layout: Layout, width: int) -> Frames:
    """The band of captions [band, width, 3], each in the middle of its group, in the font that Pillow carries."""
    from PIL import Image, ImageDraw, ImageFont

    band = Image.new("RGB", (width, layout.band), PAPER)
    draw, font = ImageDraw.Draw(band), ImageFont.load_default(layout.band * 0.6)
    for i, caption in enumerate(layout.captions):
        first, last = layout.lefts[i * layout.group], layout.lefts[(i + 1) * layout.group - 1]
        draw.text(((first + last + layout.side) / 2, layout.band / 2), caption, INK, font, anchor="mm")
    return np.asarray(band)
