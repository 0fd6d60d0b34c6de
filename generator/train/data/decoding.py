"""Decodes a picture file and crops it to the shape that a network learns from. Knows neither folders nor labels.

Formats are told by content. What Pillow does not read, imageio does, where the format has a signature. Nothing is run:
PostScript is a program, so such files are refused. The memory that a picture takes is bounded before it is decoded.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO
from pathlib import PurePosixPath
from typing import BinaryIO

import imageio.v3 as imageio
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms, UnidentifiedImageError

from generator.train.data.png_strips import shrink_png

CROPS = ("centre", "wide", "none")
WIDE = 3 / 4  # height of a wide picture as a share of its width, as in LSUN's cars, for which NVIDIA's tool has it
BUDGET = 300 * 2**20  # bytes of memory for decoding one picture
LARGE = 32 * 2**20  # of pictures that need more than this, one is decoded at a time
SHARP = 3  # a picture is first shrunk to no less than so many times its final size, then scaled with a better filter
MAX_FOREIGN_BYTES = 256 * 2**20  # of a file that imageio reads

# Formats that any file may begin with, so that they are only looked for under their own ending.
UNSIGNED = frozenset({"IM", "IMT", "IPTC", "PCD", "SPIDER", "TGA"})
# Formats that Pillow knows but cannot read by itself; EPS would be executed by another program.
REFUSED = frozenset({"BUFR", "EPS", "GRIB", "HDF5", "MPEG", "WMF"})
# Bytes of memory for each pixel while a picture of this mode is decoded and converted.
COST = {"1": 2, "L": 1, "RGB": 4, "YCbCr": 8, "CMYK": 8, "RGBA": 8, "P": 9, "I;16": 6, "I;16B": 6, "I": 16, "F": 16}
DEFAULT_COST = 12
# What white may be in greys of 32 bits, by mode. Other formats than TIFF say that theirs are greys of 16 bits.
WHITES = {"F": (1, 255, 65_535), "I": (65_535,)}
WHITES_OF_TIFF = {"F": (1, 255, 65_535), "I": (255, 65_535)}
_BITS_PER_SAMPLE, _PHOTOMETRIC = 258, 262  # tags of TIFF
COEFFICIENTS = 6  # bytes for each pixel of a progressive JPEG, which is read as a whole before it is shrunk
SLACK = {"WEBP": 2, "AVIF": 2, "JPEG2000": 4}  # formats whose decoders need that many times as much
# Signatures of what imageio reads by FFmpeg -> the one demuxer that may look at the file.
FOREIGN = {
    b"SDPX": "dpx_pipe",
    b"XPDS": "dpx_pipe",
    b"v/1\x01": "exr_pipe",
    b"#?RADIANCE": "hdr_pipe",
    b"#?RGBE": "hdr_pipe",
    b"PF\n": "pfm_pipe",
    b"P7\n": "pam_pipe",
    b"\xff\xd8\xff\xf7": "jpegls_pipe",
}
# Packages that, if the person has installed them, teach Pillow more formats: module -> the function that does it.
PLUGINS = {"pillow_heif": "register_heif_opener", "pillow_jxl": None}
# EXIF's orientation -> what turns such a picture upright.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What else a file begins with (offset, bytes) -> what to say of it.
KNOWN = {
    (0, b"PK\3\4"): "an archive inside the data; unpack it",
    (0, b"Rar!"): "an archive inside the data; unpack it",
    (0, b"7z\xbc\xaf"): "an archive inside the data; unpack it",
    (0, b"\x1f\x8b"): "an archive inside the data; unpack it",
    (257, b"ustar"): "an archive inside the data; unpack it",
    (0, b"%!PS"): "PostScript, which is a program; convert it",
    (0, b"\xc5\xd0\xd3\xc6"): "PostScript, which is a program; convert it",
    (0, b"%PDF"): "a document; convert it",
    (0, b"\xff\x0a"): "JPEG XL; install pillow-jxl-plugin, or convert it",
    (0, b"\0\0\0\x0cJXL "): "JPEG XL; install pillow-jxl-plugin, or convert it",
    (4, b"ftyphe"): "HEIC; install pillow-heif, or convert it",
    (4, b"ftypmi"): "HEIC; install pillow-heif, or convert it",
    (4, b"ftypms"): "HEIC; install pillow-heif, or convert it",
    (4, b"ftyp"): "a film; take pictures out of it first",
    (0, b"\x1a\x45\xdf\xa3"): "a film; take pictures out of it first",
    (8, b"AVI "): "a film; take pictures out of it first",
}


class Unusable(Exception):
    """Raised for a file that is no picture, or one that cannot be used. ``kind`` is the reason, in a few words."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(kind, detail)
        self.kind, self.detail = kind, detail


@dataclass(frozen=True)
class Shape:
    """What a picture becomes: its size in pixels, its colours, and how it is cropped."""

    height: int
    width: int
    colours: int = 3  # 1: grey; 3: red, green, blue; 4: and alpha, not multiplied
    # centre: the largest part in the middle. wide: 4:3 over the whole width, black above and below. none: all of it,
    # and pictures of other proportions are unusable.
    crop: str = "centre"


@dataclass(frozen=True)
class Decoded:
    """A picture as it is stored, and the size of its file's picture, upright: width and height."""

    pixels: NDArray[np.uint8]  # [height, width, colours]
    size: tuple[int, int]


def decode(stream: BinaryIO, name: str, shape: Shape, turn: AbstractContextManager[object] | None = None) -> Decoded:
    """Decode the picture in ``stream``, whose file is called ``name``, and crop it to ``shape``.

    Of an animation it is the first frame. ``turn`` is a lock that is held while a picture takes more memory than LARGE,
    so that all threads together do not take several times as much. Raises Unusable if it cannot be used.
    """
    try:
        with _open(stream, name) as image, turn if turn and _memory(image) > LARGE else nullcontext():
            upside = _orientation(image)
            size = (image.height, image.width) if upside >= 5 else image.size
            _check_proportions(size, shape)
            pixels = crop_picture(_load(image, stream, shape, upside), shape, upside)
            return Decoded(pixels, size)
    except Unusable:
        raise
    except Image.DecompressionBombError:
        raise Unusable("too many pixels", "shrink it first") from None
    except Exception as error:  # decoders of many authors raise anything for a damaged file
        raise Unusable("damaged", f"{error}".strip() or type(error).__name__) from None


# --- opening --------------------------------------------------------------------------------------


def learn_formats() -> None:
    """Load Pillow's own readers, and those of packages that a person has installed for it."""
    Image.init()
    for package, function in PLUGINS.items():
        if find_spec(package):
            module = import_module(package)
            if function:
                getattr(module, function)()


def _open(stream: BinaryIO, name: str) -> Image.Image:
    head = stream.read(512)
    stream.seek(0)
    if not head:
        raise Unusable("empty")
    ending = Image.EXTENSION.get(PurePosixPath(name).suffix.lower())
    formats = [one for one in Image.ID if one not in REFUSED and (one not in UNSIGNED or one == ending)]
    try:
        return Image.open(stream, formats=formats)
    except UnidentifiedImageError:
        return _open_foreign(stream, head, ending)


def _open_foreign(stream: BinaryIO, head: bytes, ending: str | None) -> Image.Image:
    """Open what Pillow does not know. Raises Unusable, and says what the file is, if nobody does."""
    stream.seek(0)
    for start, demuxer in FOREIGN.items():
        if head.startswith(start):
            return _open_with_imageio(stream, demuxer)
    for (offset, start), kind in KNOWN.items():
        if head.startswith(start, offset):
            raise Unusable(kind)
    if ending in REFUSED:
        raise Unusable("a format that is not read", ending)
    raise Unusable("damaged", "it does not begin as a picture does") if ending else Unusable("no picture")


def _open_with_imageio(stream: BinaryIO, demuxer: str) -> Image.Image:
    body = stream.read(MAX_FOREIGN_BYTES + 1)
    if len(body) > MAX_FOREIGN_BYTES:
        raise Unusable("too large", f"a file of this format may have {MAX_FOREIGN_BYTES >> 20} MB")
    limits = {"max_pixels": str(BUDGET // DEFAULT_COST)}
    from imageio.plugins.pyav import PyAVPlugin  # imported late, since few files need FFmpeg

    with imageio.imopen(BytesIO(body), "r", plugin=PyAVPlugin, format=demuxer, options=limits) as reader:
        return Image.fromarray(reader.read(index=0, format="rgb24"))


def _orientation(image: Image.Image) -> int:
    """Return EXIF's orientation, 1 to 8. Raises Unusable if the EXIF data are broken: which side is up is not known."""
    try:
        # Looking for a JPEG's resolution, Pillow reads its EXIF data while it opens it, and hides what is broken then.
        image._exif = None
        # PNG's own method would load the picture to look for EXIF data behind the pixels, where nobody writes them.
        exif = Image.Image.getexif(image)
        orientation = exif.get(ExifTags.Base.Orientation, 1)
        if not isinstance(orientation, int):
            raise TypeError("its orientation is no number")
    except Exception as error:  # Pillow raises SyntaxError, struct.error, ... by what is broken
        raise Unusable("broken EXIF data", f"{error}") from None
    if image.format == "TIFF" or orientation not in range(1, 9):
        return 1  # Pillow turns TIFF files itself while it loads them
    return int(orientation)


# --- loading within the budget --------------------------------------------------------------------


def _load(image: Image.Image, stream: BinaryIO, shape: Shape, orientation: int) -> Image.Image:
    """Return the picture as L, LA, RGB or RGBA, shrunk where that saves much memory or time."""
    width, height = (shape.height, shape.width) if orientation >= 5 else (shape.width, shape.height)
    factor = max(1, int(min(image.width / width, image.height / height) / SHARP))
    _check_memory(image, COEFFICIENTS * image.width * image.height if "progressive" in image.info else 0)
    image.draft(None, (image.width // factor, image.height // factor))  # decodes a JPEG smaller, which is faster
    in_strips = _memory(image) > LARGE and image.format == "PNG" and factor > 1
    if in_strips and (shrunk := shrink_png(stream, factor)) is not None:
        return shrunk
    halvings = 0
    while image.format == "JPEG2000" and _memory(image) >> 2 * halvings > BUDGET and 2 << halvings <= factor:
        halvings += 1  # no more than needed: a file says how often it can be halved only to those who decode it
    if halvings:
        image.reduce = halvings  # type: ignore[method-assign, assignment]  # while decoding; the size changes then
    _check_memory(image, _memory(image) >> 2 * halvings)
    return to_eight_bits(image)


def _check_memory(image: Image.Image, need: int) -> None:
    if need > BUDGET:
        found = f"{image.width} x {image.height} would take {need >> 20} MB, and {BUDGET >> 20} MB are allowed"
        raise Unusable("too many pixels", f"{found}; shrink it first")


def _memory(image: Image.Image) -> int:
    """Return about how many bytes it takes to decode a picture and convert it to colours of 8 bits."""
    each = COST.get(image.mode, DEFAULT_COST) * SLACK.get(image.format or "", 1)
    return image.width * image.height * each


def to_eight_bits(image: Image.Image) -> Image.Image:
    """Return a picture of any mode as L, LA, RGB or RGBA. Raises Unusable if its brightness has no meaning."""
    image.load()
    if image.mode.startswith("I;16"):
        return Image.fromarray(_shorten_greys(image))
    if image.mode in WHITES:
        whites = WHITES_OF_TIFF if image.format == "TIFF" else WHITES
        return Image.fromarray(_measure_greys(np.asarray(image), whites[image.mode]))
    if "transparency" in image.info or image.mode in ("PA", "RGBa"):
        return image.convert("RGBA")
    if image.mode == "LAB":
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        return ImageCms.applyTransform(image, ImageCms.buildTransform(lab, srgb, "LAB", "RGB")) or image
    if image.mode == "1":
        return image.convert("L")
    return image if image.mode in ("L", "LA", "RGB", "RGBA") else image.convert("LA" if image.mode == "La" else "RGB")


def _shorten_greys(image: Image.Image) -> NDArray[np.uint8]:
    """Return greys of 16 bits as 0 to 255. Those of a TIFF file may have 12 bits, or white as 0, as its tags say."""
    tags = getattr(image, "tag_v2", {})
    bits = tags.get(_BITS_PER_SAMPLE, 16)
    extra = (bits[0] if isinstance(bits, tuple) else bits) - 8
    greys: NDArray[np.uint8] = (np.asarray(image) >> extra).astype(np.uint8)
    return 255 - greys if tags.get(_PHOTOMETRIC) == 0 else greys


def _measure_greys(values: NDArray[np.float32] | NDArray[np.int32], whites: Sequence[float]) -> NDArray[np.uint8]:
    """Return greys of 32 bits as 0 to 255. White is the first of ``whites`` that none is brighter than, or the largest.

    Raises Unusable if the brightness of a pixel has no meaning.
    """
    if not np.isfinite(values).all():
        raise Unusable("NaN or infinite brightness")
    low, high = float(values.min()), float(values.max())
    if low < 0:
        raise Unusable("negative brightness", f"its values are from {low:g} to {high:g}")
    white = next((white for white in whites if high <= white), high)
    return (values * (255 / white) + 0.5).astype(np.uint8)


# --- cropping -------------------------------------------------------------------------------------


def _check_proportions(size: tuple[int, int], shape: Shape) -> None:
    if shape.crop == "none" and size[0] * shape.height != size[1] * shape.width:
        raise Unusable("another shape than --crop none takes", f"{size[0]} x {size[1]}")


def crop_picture(image: Image.Image, shape: Shape, orientation: int = 1) -> NDArray[np.uint8]:
    """Return a picture of mode L, LA, RGB or RGBA in that shape: [height, width, colours].

    It is scaled with a Lanczos filter, and turned upright from EXIF's ``orientation``. Transparent parts become white,
    unless the shape has four colours.
    """
    inner = min(round(shape.width * WIDE), shape.height) if shape.crop == "wide" else shape.height
    upright = (shape.width, inner)
    target = upright[::-1] if orientation >= 5 else upright
    scale = min(image.width / target[0], image.height / target[1])
    left, top = (image.width - target[0] * scale) / 2, (image.height - target[1] * scale) / 2
    box = (left, top, image.width - left, image.height - top)
    scaled = image.resize(target, Image.Resampling.LANCZOS, box, reducing_gap=SHARP)
    if orientation in TURNS:
        scaled = scaled.transpose(TURNS[orientation])
    coloured = _colour(scaled, shape.colours)
    if inner == shape.height:
        return coloured
    canvas = np.zeros((shape.height, shape.width, shape.colours), np.uint8)
    above = (shape.height - inner) // 2
    canvas[above : above + inner] = coloured
    return canvas


def _colour(image: Image.Image, colours: int) -> NDArray[np.uint8]:
    """Return a picture's colours, [height, width, colours]."""
    if colours == 4:
        return np.asarray(image.convert("RGBA"))
    if "A" in image.mode:
        layer = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    pixels: NDArray[np.uint8] = np.asarray(image.convert("L" if colours == 1 else "RGB"))
    return pixels[..., None] if colours == 1 else pixels
