"""Writes a stamp, which holds a recipe line, into the bytes of a PNG, GIF, WebP or MP4 file, and reads it back.

Knows only the outer structure of these formats, and never decodes a pixel. Standard library only.

    PNG   tEXt chunk "waifubot" before IEND        (PNG specification, 11.3.4.3)
    GIF   comment extension before the trailer      (GIF89a, 24)
    WebP  RIFF chunk "wfbt" at the end              (WebP container: unknown chunks are kept and ignored)
    MP4   top-level "uuid" box at the end           (ISO 14496-12, 11.1: unknown boxes are ignored)

The text of a stamp is the line; since names are bound to networks, "network DIGEST" follows on a line of its own.
"""

import re
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple
from uuid import UUID

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_KEY = b"waifubot"
_GIF_PREFIX = b"waifubot "
_WEBP_FOURCC = b"wfbt"
_MP4_UUID = UUID("6b4f2c8e-9d1a-5e37-8c40-77616966756c").bytes
ENDINGS = {"image/png": "png", "image/gif": "gif", "image/webp": "webp", "video/mp4": "mp4"}  # by media type
MAX_LINE_BYTES = 2000
MAX_PIECES = 100_000  # the most chunks, blocks or boxes that are searched; real pictures have a few thousand
_GIF_SUB_BLOCK_BYTES = 255  # what a sub-block holds at most, and all but the last of each block hold in real pictures
_NETWORK = re.compile("^network ([0-9a-f]{16})$", re.MULTILINE)


class Stamp(NamedTuple):
    """What a file says of how it was made."""

    line: str  # the recipe
    network: str = ""  # digest of the network that drew it, 16 hex digits; "" in files of earlier versions


def write(file: bytes, line: str, network: str = "") -> bytes:
    """Return the bytes of ``file`` with a stamp of ``line`` and, if given, of the digest of the ``network`` added.

    Raises ValueError if the file is not a PNG, GIF, WebP or MP4 or is cut off, or if the line is not ASCII or is longer
    than MAX_LINE_BYTES.
    """
    raw = (f"{line}\nnetwork {network}" if network else line).encode("ascii")
    if len(raw) > MAX_LINE_BYTES:
        raise ValueError("the line is too long for a stamp")
    for matches, put, _ in _CONTAINERS:
        if matches(file):
            return put(file, raw)
    raise ValueError("not a PNG, GIF, WebP or MP4 file")


def read(file: bytes) -> str | None:
    """Return the line of the last stamp in ``file``, or None if there is none or it is damaged; see ``read_stamp``."""
    stamp = read_stamp(file)
    return stamp and stamp.line


def read_stamp(file: bytes) -> Stamp | None:
    """Return the last stamp in ``file``, or None if there is none or it is damaged.

    Any bytes are safe to pass.
    """
    for matches, _, lines in _CONTAINERS:
        if matches(file):
            last = deque(lines(file), maxlen=1)  # only one is kept in memory, because a hostile file may have many
            return _decode(last[0]) if last else None
    return None


def _decode(raw: bytes) -> Stamp | None:
    text = raw.decode("ascii", "replace")
    line, _, rest = text.partition("\n")
    if not (line and len(raw) <= MAX_LINE_BYTES and text.isascii() and line.isprintable()):
        return None
    network = _NETWORK.search(rest)
    return Stamp(line, network[1] if network else "")


def _png_chunks(file: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield the offset, type and data of each complete chunk."""
    at = len(_PNG_SIGNATURE)
    while at + 12 <= len(file):
        size = int.from_bytes(file[at : at + 4], "big")
        if at + 12 + size > len(file):
            return
        yield at, file[at + 4 : at + 8], file[at + 8 : at + 8 + size]
        at += 12 + size


def _png_write(file: bytes, raw: bytes) -> bytes:
    data = b"tEXt" + _PNG_KEY + b"\0" + raw
    chunk = (len(data) - 4).to_bytes(4, "big") + data + zlib.crc32(data).to_bytes(4, "big")
    for at, kind, _ in _png_chunks(file):
        if kind == b"IEND":
            return file[:at] + chunk + file[at:]
    raise ValueError("the PNG file is cut off")


def _png_read(file: bytes) -> Iterator[bytes]:
    """Yield the text of each stamp, or nothing in place of one whose checksum is wrong."""
    for at, kind, data in islice(_png_chunks(file), MAX_PIECES):
        if kind == b"tEXt" and data.startswith(_PNG_KEY + b"\0"):
            text = data[len(_PNG_KEY) + 1 :]
            end = at + 8 + len(data)
            # a text that is too long is refused anyway, so its checksum is not worth the time
            is_sound = (
                len(text) <= MAX_LINE_BYTES and zlib.crc32(file[at + 4 : end]).to_bytes(4, "big") == file[end : end + 4]
            )
            yield text if is_sound else b""


def _gif_blocks(file: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the offset and the bytes of each complete extension and image, and of the trailer.

    Sub-blocks are bounded too: there may be MAX_PIECES more than if all were as long as can be.
    """
    sub_blocks = MAX_PIECES + len(file) // _GIF_SUB_BLOCK_BYTES
    at = 13 + (3 * 2 ** ((file[10] & 7) + 1) if len(file) > 10 and file[10] & 0x80 else 0)
    while at < len(file):
        start = at
        if file[at] == 0x3B:
            yield start, file[at : at + 1]
            return
        if file[at] == 0x21:
            at += 2
        elif file[at] == 0x2C and at + 9 < len(file):
            at += 11 + (3 * 2 ** ((file[at + 9] & 7) + 1) if file[at + 9] & 0x80 else 0)
        else:
            return
        while at < len(file) and file[at] and sub_blocks:
            at += 1 + file[at]
            sub_blocks -= 1
        at += 1
        if at > len(file) or not sub_blocks:
            return
        yield start, file[start:at]


def _gif_write(file: bytes, raw: bytes) -> bytes:
    text = _GIF_PREFIX + raw
    pieces = b"".join(bytes([len(text[i : i + 255])]) + text[i : i + 255] for i in range(0, len(text), 255))
    for at, block in _gif_blocks(file):
        if block[:1] == b"\x3b":
            return file[:at] + b"\x21\xfe" + pieces + b"\0" + file[at:]
    raise ValueError("the GIF file is cut off")


def _gif_read(file: bytes) -> Iterator[bytes]:
    for _, block in islice(_gif_blocks(file), MAX_PIECES):
        if block[:2] == b"\x21\xfe":
            text = _gif_text(block)
            if text.startswith(_GIF_PREFIX):
                yield text[len(_GIF_PREFIX) :]


def _gif_text(block: bytes) -> bytes:
    text, at = bytearray(), 2
    while block[at] and len(text) <= MAX_LINE_BYTES + 255:
        text += block[at + 1 : at + 1 + block[at]]
        at += 1 + block[at]
    return bytes(text)


def _webp_write(file: bytes, raw: bytes) -> bytes:
    chunk = _WEBP_FOURCC + len(raw).to_bytes(4, "little") + raw + b"\0" * (len(raw) % 2)
    body = file[8:] + chunk
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def _webp_read(file: bytes) -> Iterator[bytes]:
    at = 12
    for _ in range(MAX_PIECES):
        if at + 8 > len(file):
            return
        size = int.from_bytes(file[at + 4 : at + 8], "little")
        if file[at : at + 4] == _WEBP_FOURCC and at + 8 + size <= len(file):
            yield file[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _mp4_write(file: bytes, raw: bytes) -> bytes:
    return file + (24 + len(raw)).to_bytes(4, "big") + b"uuid" + _MP4_UUID + raw


def _mp4_read(file: bytes) -> Iterator[bytes]:
    at = 0
    for _ in range(MAX_PIECES):
        if at + 8 > len(file):
            return
        size, head = int.from_bytes(file[at : at + 4], "big"), 8
        if size == 1:  # a 64-bit size follows
            size, head = int.from_bytes(file[at + 8 : at + 16], "big"), 16
        if size < head or at + size > len(file):
            return
        if file[at + 4 : at + 8] == b"uuid" and file[at + 8 : at + 24] == _MP4_UUID:
            yield file[at + 24 : at + size]
        at += size


_Matches = Callable[[bytes], bool]
_CONTAINERS: tuple[tuple[_Matches, Callable[[bytes, bytes], bytes], Callable[[bytes], Iterator[bytes]]], ...] = (
    (lambda file: file.startswith(_PNG_SIGNATURE), _png_write, _png_read),
    (lambda file: file[:6] in (b"GIF87a", b"GIF89a"), _gif_write, _gif_read),
    (lambda file: file[:4] == b"RIFF" and file[8:12] == b"WEBP", _webp_write, _webp_read),
    (lambda file: file[4:8] == b"ftyp", _mp4_write, _mp4_read),
)
