"""Puts finished pictures side by side on one sheet, each with its number in the corner.

Knows nothing about recipes or networks. The pictures are files, and are not trusted: only PNG is decoded, and only of a
limited size. Pillow is imported when first used.
"""

import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from generator.contract import errors
from generator.rendering.animation.frames import Timing, lay_on_white
from generator.rendering.encode import File, encode
from generator.rendering.layout import PAPER, Frames

if TYPE_CHECKING:
    from PIL import Image

MAX_COLUMNS = 5
MAX_SIDE = 4096  # pixels; a picture with a longer side is refused before it is decoded
FEW = 9  # so many pictures are shown large
LARGE_CELL, SMALL_CELL = 256, 192  # pixels on a side
GAP = 10  # pixels between the cells and around them
CORNER = 12  # radius of the cells' corners, in pixels
BADGE_HEIGHT = 0.15  # of the number's badge, as a share of the cell's side
BADGE, DIGITS = (28, 28, 34), (255, 255, 255)  # RGB of the badge and of the number in it
EMPTY, NOTHING = (226, 226, 230), (178, 178, 186)  # RGB of a cell without a picture, and of the stroke in it
SMOOTH = 4  # shapes are drawn so many times larger, for smooth edges


def make(pictures: Sequence[bytes | None], first: int, max_bytes: int | None = None) -> File:
    """Return a PNG of the pictures, row by row, numbered from ``first``. None is shown as an empty cell.

    Raises ProtocolError if one of them is no PNG, is damaged or is too large, and CannotFit if the sheet is larger than
    ``max_bytes`` however small.
    """
    sheet = compose([None if picture is None else _decode(picture) for picture in pictures], first)
    return encode("png", sheet[None], Timing(), "", max_bytes)


def compose(pictures: "Sequence[Image.Image | None]", first: int) -> Frames:
    """Return the sheet [height, width, 3] uint8 of pictures of any size, each whole in the middle of its cell."""
    from PIL import Image

    columns, rows = shape(len(pictures))
    side = LARGE_CELL if len(pictures) <= FEW else SMALL_CELL
    sheet = Image.new("RGB", (GAP + columns * (side + GAP), GAP + rows * (side + GAP)), PAPER)
    for n, picture in enumerate(pictures):
        left, top = GAP + n % columns * (side + GAP), GAP + n // columns * (side + GAP)
        cell = _empty(side) if picture is None else _fit(picture, side)
        middle = left + (side - cell.width) // 2, top + (side - cell.height) // 2
        sheet.paste(cell, middle, round_corners(cell.size, min(CORNER, min(cell.size) // 2)))
        _write_number(sheet, (left, top), side, first + n)
    return np.asarray(sheet)


def shape(count: int) -> tuple[int, int]:
    """Return the columns and rows for a number of pictures: rather wide than high, with few places left over."""
    columns = {4: 2, 5: 3, 6: 3, 7: 4, 8: 4, 9: 3}.get(count, min(count, MAX_COLUMNS))
    return columns, math.ceil(count / columns)


def _decode(body: bytes) -> "Image.Image":
    from PIL import Image

    try:
        with Image.open(io.BytesIO(body), formats=["PNG"]) as picture:
            if max(picture.size) > MAX_SIDE:
                raise errors.ProtocolError(found=f"a picture of {picture.width} x {picture.height} pixels")
            return Image.fromarray(lay_on_white(np.asarray(picture.convert("RGBA"))))
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise errors.ProtocolError(found=f"a picture that is none: {type(error).__name__}") from None


def _fit(picture: "Image.Image", side: int) -> "Image.Image":
    """Return a picture as large as its cell allows."""
    from PIL import Image, ImageOps

    return ImageOps.contain(picture, (side, side), Image.Resampling.LANCZOS)


def _empty(side: int) -> "Image.Image":
    """Return a cell without a picture: a stroke across a plain ground."""
    from PIL import Image, ImageDraw

    cell = Image.new("RGB", (side * SMOOTH, side * SMOOTH), EMPTY)
    low, high = side * SMOOTH * 2 // 5, side * SMOOTH * 3 // 5
    ImageDraw.Draw(cell).line((low, high, high, low), NOTHING, 4 * SMOOTH)
    return cell.resize((side, side), Image.Resampling.LANCZOS)


def round_corners(size: tuple[int, int], radius: int) -> "Image.Image":
    """Return a mask of a rectangle with round corners."""
    from PIL import Image, ImageDraw

    large = Image.new("L", (size[0] * SMOOTH, size[1] * SMOOTH))
    area = (0, 0, large.width - 1, large.height - 1)
    ImageDraw.Draw(large).rounded_rectangle(area, radius * SMOOTH, 255)
    return large.resize(size, Image.Resampling.LANCZOS)


def _write_number(sheet: "Image.Image", corner: tuple[int, int], side: int, number: int) -> None:
    """Write a number on a dark badge in the upper left corner of a cell, where it is readable on any picture."""
    from PIL import Image, ImageDraw, ImageFont

    height, font = round(side * BADGE_HEIGHT), ImageFont.load_default(side * BADGE_HEIGHT * 0.72)
    width = max(height, round(font.getlength(str(number)) + height * 0.6))
    badge = Image.new("RGB", (width, height), BADGE)
    ImageDraw.Draw(badge).text((width / 2, height / 2), str(number), DIGITS, font, anchor="mm")
    inset = round(side * 0.03)
    sheet.paste(badge, (corner[0] + inset, corner[1] + inset), round_corners((width, height), height // 3))
