"""Decodes a picture that somebody uploaded, and cuts its middle to the shape that a network draws.

Knows nothing about networks. The file is not trusted: only four formats are decoded, and none whose header asks for too
many pixels. Pillow is imported when first used.
"""

import io
import math
import re
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from generator.contract import errors, protocol

if TYPE_CHECKING:
    from PIL import Image

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
MAX_PIXELS = 40_000_000
MIN_SIDE = 16  # pixels; in less no face can be seen
KEPT_SIDE = 1024  # pixels; of a larger picture only a copy whose shorter side is at most this long is kept
MAX_ASPECT = 4  # of a longer picture only the middle is kept
_ORIENTATION = 0x0112  # an EXIF tag
# How a picture is put upright, by its orientation (EXIF 2.32, section 4.6.4); names of Pillow's Transpose.
_TURNS = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}
_DEEP_GREY = ("I;16", "I;16B", "I;16L", "I")  # Pillow's modes of grey pictures with 16 bits


def decode(raw: bytes) -> "Image.Image":
    """Return the picture in the bytes of a file, in RGB, upright, on white where it is transparent.

    Of an animation it is the first frame. A large picture is shrunk to at most KEPT_SIDE. Raises PictureTooLarge,
    PictureTooManyPixels or PictureTooSmall for its size, OutOfMemory, and PictureUnreadable for anything else.
    """
    if len(raw) > protocol.MAX_PICTURE_BYTES:
        raise errors.PictureTooLarge(limit=protocol.MAX_PICTURE_BYTES // 2**20)
    _check_size(_webp_size(raw))  # Pillow allocates an animation's canvas before its size can be asked
    try:
        return _read(raw)
    except errors.GeneratorError:
        raise
    except MemoryError:
        raise errors.OutOfMemory() from None
    except Exception as error:  # Pillow's plugins raise almost anything for a damaged file
        if type(error).__name__.startswith("DecompressionBomb"):
            pixels = re.search(r"(\d+) pixels", str(error))  # Pillow refuses more than its own limit itself
            _check_size((int(pixels[1]) if pixels else MAX_PIXELS + 1, 1))
        raise errors.PictureUnreadable() from None


def _check_size(size: tuple[int, int] | None) -> None:
    if size is not None and size[0] * size[1] > MAX_PIXELS:
        megapixels = math.ceil(size[0] * size[1] / 1e5) / 10
        raise errors.PictureTooManyPixels(megapixels=megapixels, limit=MAX_PIXELS // 10**6)


def _webp_size(raw: bytes) -> tuple[int, int] | None:
    """Return the width and height in the header of an extended WebP file, which animations are, or None."""
    if raw[:4] != b"RIFF" or raw[8:16] != b"WEBPVP8X" or len(raw) < 30:
        return None
    return 1 + int.from_bytes(raw[24:27], "little"), 1 + int.from_bytes(raw[27:30], "little")


def _read(raw: bytes) -> "Image.Image":
    from PIL import Image

    with Image.open(io.BytesIO(raw), formats=FORMATS) as file:
        _check_size(file.size)
        if min(file.size) < MIN_SIDE:
            raise errors.PictureTooSmall(width=file.width, height=file.height, least=MIN_SIDE)
        file.draft("RGB", (KEPT_SIDE, KEPT_SIDE))  # a large JPEG is decoded at a fraction of its size
        file.load()
        picture = _shrink(_to_eight_bits(file))
        turn = _TURNS.get(_read_orientation(file))
    upright = picture if turn is None else picture.transpose(Image.Transpose[turn])
    return _lay_on_white(upright)


def _shrink(picture: "Image.Image") -> "Image.Image":
    """Return the picture's middle, at most MAX_ASPECT times as long as it is wide, reduced to at most KEPT_SIDE."""
    side = min(picture.size)
    width, height = (min(length, MAX_ASPECT * side) for length in picture.size)
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.reduce(math.ceil(side / KEPT_SIDE), (left, top, left + width, top + height))


def _read_orientation(picture: "Image.Image") -> int:
    try:
        return int(picture.getexif().get(_ORIENTATION, 1))
    except Exception:  # what a damaged EXIF block raises; the picture itself is whole
        return 1


def _to_eight_bits(picture: "Image.Image") -> "Image.Image":
    """Return a copy in RGB, or in RGBA if the picture is transparent somewhere."""
    if picture.mode in _DEEP_GREY:
        from PIL import Image

        return Image.fromarray((np.asarray(picture).astype(np.uint32) >> 8).clip(0, 255).astype(np.uint8)).convert(
            "RGB"
        )
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")


def _lay_on_white(picture: "Image.Image") -> "Image.Image":
    if picture.mode == "RGB":
        return picture
    from PIL import Image

    white = Image.new("RGBA", picture.size, "white")
    white.alpha_composite(picture)
    return white.convert("RGB")


def cut(picture: "Image.Image", width: int, height: int) -> "Image.Image":
    """Return the middle of a picture, as large as its shape allows, resized to ``width`` x ``height``."""
    from PIL import Image, ImageOps

    return ImageOps.fit(picture, (width, height), Image.Resampling.LANCZOS)


def to_tensor(picture: "Image.Image") -> Tensor:
    """Return an RGB picture as [1, 3, h, w] float32 in [-1, 1]."""
    pixels = torch.from_numpy(np.array(picture.convert("RGB"), np.float32))
    return (pixels / 127.5 - 1).permute(2, 0, 1)[None]
