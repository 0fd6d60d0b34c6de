"""Lays a picture and the face that was found for it out side by side.

Knows nothing about networks. Pillow is imported when first used.
"""

import io
from typing import TYPE_CHECKING

import numpy as np

from generator.projection.picture import cut
from generator.rendering.animation.frames import lay_on_white
from generator.rendering.contact_sheet import CORNER, GAP, round_corners
from generator.rendering.layout import PAPER, Frames

if TYPE_CHECKING:
    from PIL import Image


def compose(picture: "Image.Image", face: Frames, height: int) -> Frames:
    """Return one frame [1, h, w, 3] uint8: the middle of the picture at the left, the face [h, w, 3 or 4] at its right.

    Both are shown ``height`` pixels high, in the shape of the face.
    """
    from PIL import Image

    drawn = Image.fromarray(lay_on_white(face))
    size = max(1, round(drawn.width * height / drawn.height)), height
    sheet = Image.new("RGB", (3 * GAP + 2 * size[0], 2 * GAP + height), PAPER)
    mask = round_corners(size, min(CORNER, min(size) // 2))
    sheet.paste(cut(picture, *size), (GAP, GAP), mask)
    sheet.paste(drawn.resize(size, Image.Resampling.BICUBIC), (2 * GAP + size[0], GAP), mask)
    return np.asarray(sheet)[None]


def to_webp(frames: Frames, quality: int) -> bytes:
    """Return a frame [1, h, w, 3] as a WebP file."""
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(frames[0]).save(out, "WEBP", quality=quality)
    return out.getvalue()
