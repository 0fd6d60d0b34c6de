"""Reads a large PNG shrunk, a strip of rows at a time, so that its pixels are never all in memory.

A strip becomes a small PNG of its own, which Pillow decodes. The filters of PNG (RFC 2083, chapter 6) look only at the
row above and at the pixel before, so a strip begins with the last row of the strip before, unfiltered. Knows no labels.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, COLOUR, PALETTE, GREY_ALPHA, COLOUR_ALPHA = 0, 2, 3, 4, 6  # the colour types of IHDR
CHANNELS = {GREY: 1, COLOUR: 3, PALETTE: 1, GREY_ALPHA: 2, COLOUR_ALPHA: 4}
# A 16-bit channel passes Pillow as two of 8 bits, the higher first: colour type -> the type with twice the channels.
TWICE = {GREY: GREY_ALPHA, GREY_ALPHA: COLOUR_ALPHA}
STRIP_BYTES = 4 * 2**20
PIECE = 2**18  # compressed bytes read at a time
MAX_EXTRA = 2**16  # bytes of a palette, or of its transparency


@dataclass(frozen=True)
class Header:
    """What is said before the pixels."""

    width: int
    height: int
    depth: int  # bits of a channel: 8 or 16
    colour_type: int
    extra: bytes  # the chunks of palette and transparency, as they are
    pixels_at: int  # where the first chunk of pixels begins

    @property
    def row_bytes(self) -> int:
        """The bytes of a row without that of its filter."""
        return self.width * CHANNELS[self.colour_type] * self.depth // 8


def shrink_png(stream: BinaryIO, factor: int) -> Image.Image | None:
    """Return the PNG in ``stream`` with each ``factor`` x ``factor`` pixels averaged to one, as L, LA, RGB or RGBA.

    Returns None if it is of a kind that is not read in strips: interlaced, animated, of fewer than 8 bits, or in 16-bit
    colour. Raises OSError or zlib.error if it is damaged.
    """
    header = _read_header(stream)
    if header is None:
        return None
    rows = max(1, STRIP_BYTES // header.row_bytes // factor) * factor
    above, shrunk, done = bytes(header.row_bytes), None, 0
    for strip in _read_strips(stream, header, rows):
        decoded = _decode(header, above, strip)
        above = np.asarray(decoded)[-1].tobytes()
        part = _interpret(header, decoded).crop((0, 1, decoded.width, decoded.height)).reduce(factor)
        if shrunk is None:
            shrunk = Image.new(part.mode, (part.width, -(-header.height // factor)))
        shrunk.paste(part, (0, done // factor))
        done += decoded.height - 1
    if shrunk is None or done < header.height:
        raise OSError(f"image file is truncated ({header.height - done} rows are missing)")
    return shrunk


def _read_header(stream: BinaryIO) -> Header | None:
    stream.seek(8)
    size = extra = b""
    while len(head := stream.read(8)) == 8:
        length, kind = struct.unpack(">L4s", head)
        if kind == b"IDAT":
            return _understand(size, extra, stream.tell() - 8)
        if kind == b"acTL":  # an animation
            return None
        data = stream.read(length) if kind in (b"IHDR", b"PLTE", b"tRNS") and length <= MAX_EXTRA else b""
        if kind == b"IHDR":
            size = data
        elif data:
            extra += _chunk(kind, data)
        stream.seek(length - len(data) + 4, 1)  # past the check sum
    raise OSError("image file is truncated")


def _understand(size: bytes, extra: bytes, pixels_at: int) -> Header | None:
    if len(size) < 13:
        raise OSError("its header is missing")
    width, height, depth, colour_type, _, _, interlaced = struct.unpack(">LLBBBBB", size[:13])
    plain, wide = depth == 8 and colour_type in CHANNELS, depth == 16 and colour_type in TWICE
    if interlaced or not (plain or wide) or not width or not height:
        return None
    return Header(width, height, depth, colour_type, extra if plain else b"", pixels_at)


def _read_strips(stream: BinaryIO, header: Header, rows: int) -> Iterator[bytes]:
    """Yield the filtered bytes of ``rows`` rows at a time; the last strip may have fewer."""
    strip, left = bytearray(), header.height
    for piece in _inflate(_read_pixels(stream, header.pixels_at)):
        strip += piece
        while left and len(strip) >= (need := min(rows, left) * (header.row_bytes + 1)):
            yield bytes(strip[:need])
            del strip[:need]
            left -= min(rows, left)
        if not left:
            return


def _read_pixels(stream: BinaryIO, at: int) -> Iterator[bytes]:
    """Yield the compressed bytes of the chunks of pixels."""
    stream.seek(at)
    while len(head := stream.read(8)) == 8:
        length, kind = struct.unpack(">L4s", head)
        if kind != b"IDAT":
            return
        while length and (piece := stream.read(min(length, PIECE))):
            length -= len(piece)
            yield piece
        stream.seek(4, 1)  # the check sum


def _inflate(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Unpack to pieces of at most a strip."""
    inflater = zlib.decompressobj()
    for piece in pieces:
        while piece:
            yield inflater.decompress(piece, STRIP_BYTES)
            piece = inflater.unconsumed_tail


def _decode(header: Header, above: bytes, strip: bytes) -> Image.Image:
    """Return a strip's channels of 8 bits, below the row above it."""
    count = len(strip) // (header.row_bytes + 1)
    wide = header.depth == 16
    colour_type = TWICE[header.colour_type] if wide else header.colour_type
    size = struct.pack(">LLBBBBB", header.width, count + 1, 8, colour_type, 0, 0, 0)
    body = zlib.compress(b"\0" + above + strip, 0)
    chunks = _chunk(b"IHDR", size) + header.extra + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")
    image = Image.open(BytesIO(SIGNATURE + chunks), formats=["PNG"])
    image.load()
    return image


def _interpret(header: Header, decoded: Image.Image) -> Image.Image:
    """Return a decoded strip as L, LA, RGB or RGBA."""
    if header.depth == 16:  # the higher byte of each channel
        channels: NDArray[np.uint8] = np.asarray(decoded)[..., ::2]
        return Image.fromarray(np.ascontiguousarray(channels.squeeze(-1) if channels.shape[-1] == 1 else channels))
    if "transparency" in decoded.info:
        return decoded.convert("RGBA")
    return decoded.convert("RGB") if decoded.mode == "P" else decoded


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))
