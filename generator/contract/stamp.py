"""Writes a stamp, which holds a recipe line, into the bytes of a PNG, GIF, WebP or MP4 file, and reads it back.

The vectors that the line names go into the file, too. Knows only the outer structure of these formats, and never
decodes a pixel. Standard library only.

            line                                    each vector
    PNG     tEXt chunk "waifubot" before IEND       chunk "wfVc"                (PNG specification, 11.3.4.3 and 14.2)
    GIF     comment extension before the trailer    application "WAIFUBOTVEC"   (GIF89a, 24 and 26)
    WebP    RIFF chunk "wfbt" at the end            RIFF chunk "wfbv"           (unknown chunks are kept and ignored)
    MP4     top-level "uuid" box at the end         another such box            (ISO 14496-12, 11.1)

The text of a stamp is the line; since names are bound to networks, "network DIGEST" follows on a line of its own.
"""

import re
import zlib
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from generator.contract import vector

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_KEY = b"waifubot\0"
_PNG_VECTOR = b"wfVc"
_GIF_PREFIX = b"waifubot "
_GIF_COMMENT, _GIF_APPLICATION = b"\x21\xfe", b"\x21\xff\x0bWAIFUBOTVEC"
_WEBP_LINE, _WEBP_VECTOR = b"wfbt", b"wfbv"
_MP4_LINE = UUID("6b4f2c8e-9d1a-5e37-8c40-77616966756c").bytes
_MP4_VECTOR = UUID("6b4f2c8e-9d1a-5e37-8c40-776169667663").bytes
ENDINGS = {"image/png": "png", "image/gif": "gif", "image/webp": "webp", "video/mp4": "mp4"}  # by media type
MAX_LINE_BYTES = 2000
MAX_PIECES = 100_000  # the most chunks, blocks or boxes that are searched; real pictures have a few thousand
_GIF_SUB_BLOCK_BYTES = 255  # what a sub-block holds at most, and all but the last of each block hold in real pictures
_NETWORK = re.compile("^network ([0-9a-f]{16})$", re.MULTILINE)


class Stamp(NamedTuple):
    """What a file says of how it was made."""

    line: str  # the recipe
    network: str = ""  # digest of the network that drew it, 16 hex digits; "" in files of earlier versions


def write(file: bytes, line: str, vectors: Iterable[bytes] = (), network: str = "") -> bytes:
    """Return the bytes of ``file`` with a stamp of ``line`` and, if given, of the digest of the ``network`` added.

    The bytes of stored ``vectors`` are added too.


    Raises ValueError if the file is not a PNG, GIF, WebP or MP4 or is cut off, or if the line is not ASCII or is longer
    than MAX_LINE_BYTES.
    """
    raw = (f"{line}\nnetwork {network}" if network else line).encode("ascii")
    if len(raw) > MAX_LINE_BYTES:
        raise ValueError("the line is too long for a stamp")
    for container in _CONTAINERS:
        if container.matches(file):
            return container.add(file, raw, list(vectors))
    raise ValueError("not a PNG, GIF, WebP or MP4 file")


def read(file: bytes) -> str | None:
    """Return the line of the last stamp in ``file``, or None if there is none or it is damaged; see ``read_stamp``."""
    stamp = read_stamp(file)
    return stamp and stamp.line


def read_stamp(file: bytes) -> Stamp | None:
    """Return the last stamp in ``file``, or None if there is none or it is damaged.

    Any bytes are safe to pass.
    """
    for container in _CONTAINERS:
        if container.matches(file):
            last = deque(container.lines(file), maxlen=1)  # only one is kept: a hostile file may have many
            return _decode(last[0]) if last else None
    return None


def read_vectors(file: bytes, digests: Collection[str]) -> dict[str, bytes]:
    """Return the vectors in ``file`` that have one of these digests, by digest. Any bytes are safe to pass."""
    found: dict[str, bytes] = {}
    pieces = (piece for container in _CONTAINERS if container.matches(file) for piece in container.vectors(file))
    for piece in pieces if digests else ():
        if vector.unpack(piece) and (digest := vector.digest_of(piece)) in digests:
            found[digest] = piece
    return found


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


def _png_chunk(data: bytes) -> bytes:
    """Return a chunk of ``data``, which begins with the chunk's type."""
    return (len(data) - 4).to_bytes(4, "big") + data + zlib.crc32(data).to_bytes(4, "big")


def _png_add(file: bytes, line: bytes, vectors: list[bytes]) -> bytes:
    chunks = [*(_PNG_VECTOR + raw for raw in vectors), b"tEXt" + _PNG_KEY + line]
    for at, kind, _ in _png_chunks(file):
        if kind == b"IEND":
            return file[:at] + b"".join(map(_png_chunk, chunks)) + file[at:]
    raise ValueError("the PNG file is cut off")


def _png_vectors(file: bytes) -> Iterator[bytes]:
    for _, kind, data in islice(_png_chunks(file), MAX_PIECES):
        if kind == _PNG_VECTOR:
            yield data


def _png_lines(file: bytes) -> Iterator[bytes]:
    """Yield the text of each stamp, or nothing in place of one whose checksum is wrong."""
    for at, kind, data in islice(_png_chunks(file), MAX_PIECES):
        if kind == b"tEXt" and data.startswith(_PNG_KEY):
            text = data[len(_PNG_KEY) :]
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


def _gif_extension(head: bytes, data: bytes) -> bytes:
    """Return an extension that begins with ``head`` and holds ``data`` in sub-blocks."""
    pieces = (data[i : i + _GIF_SUB_BLOCK_BYTES] for i in range(0, len(data), _GIF_SUB_BLOCK_BYTES))
    return head + b"".join(bytes([len(piece)]) + piece for piece in pieces) + b"\0"


def _gif_add(file: bytes, line: bytes, vectors: list[bytes]) -> bytes:
    extensions = [_gif_extension(_GIF_APPLICATION, raw) for raw in vectors]
    extensions.append(_gif_extension(_GIF_COMMENT, _GIF_PREFIX + line))
    for at, block in _gif_blocks(file):
        if block[:1] == b"\x3b":
            return file[:at] + b"".join(extensions) + file[at:]
    raise ValueError("the GIF file is cut off")


def _gif_lines(file: bytes) -> Iterator[bytes]:
    for _, block in islice(_gif_blocks(file), MAX_PIECES):
        if block.startswith(_GIF_COMMENT):
            text = _gif_data(block, len(_GIF_COMMENT), MAX_LINE_BYTES)
            if text.startswith(_GIF_PREFIX):
                yield text[len(_GIF_PREFIX) :]


def _gif_vectors(file: bytes) -> Iterator[bytes]:
    for _, block in islice(_gif_blocks(file), MAX_PIECES):
        if block.startswith(_GIF_APPLICATION):
            yield _gif_data(block, len(_GIF_APPLICATION), vector.MAX_BYTES)


def _gif_data(block: bytes, at: int, limit: int) -> bytes:
    """Return what the sub-blocks from ``at`` on hold; of more than ``limit`` bytes only the first."""
    data = bytearray()
    while block[at] and len(data) <= limit + _GIF_SUB_BLOCK_BYTES:
        data += block[at + 1 : at + 1 + block[at]]
        at += 1 + block[at]
    return bytes(data)


def _webp_add(file: bytes, line: bytes, vectors: list[bytes]) -> bytes:
    chunks = [*((_WEBP_VECTOR, raw) for raw in vectors), (_WEBP_LINE, line)]
    body = file[8:] + b"".join(
        fourcc + len(raw).to_bytes(4, "little") + raw + b"\0" * (len(raw) % 2) for fourcc, raw in chunks
    )
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def _webp_lines(file: bytes) -> Iterator[bytes]:
    return _webp_chunks(file, _WEBP_LINE)


def _webp_vectors(file: bytes) -> Iterator[bytes]:
    return _webp_chunks(file, _WEBP_VECTOR)


def _webp_chunks(file: bytes, fourcc: bytes) -> Iterator[bytes]:
    at = 12
    for _ in range(MAX_PIECES):
        if at + 8 > len(file):
            return
        size = int.from_bytes(file[at + 4 : at + 8], "little")
        if file[at : at + 4] == fourcc and at + 8 + size <= len(file):
            yield file[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _mp4_add(file: bytes, line: bytes, vectors: list[bytes]) -> bytes:
    boxes = [*((_MP4_VECTOR, raw) for raw in vectors), (_MP4_LINE, line)]
    return file + b"".join((24 + len(raw)).to_bytes(4, "big") + b"uuid" + uuid + raw for uuid, raw in boxes)


def _mp4_lines(file: bytes) -> Iterator[bytes]:
    return _mp4_boxes(file, _MP4_LINE)


def _mp4_vectors(file: bytes) -> Iterator[bytes]:
    return _mp4_boxes(file, _MP4_VECTOR)


def _mp4_boxes(file: bytes, uuid: bytes) -> Iterator[bytes]:
    at = 0
    for _ in range(MAX_PIECES):
        if at + 8 > len(file):
            return
        size, head = int.from_bytes(file[at : at + 4], "big"), 8
        if size == 1:  # a 64-bit size follows
            size, head = int.from_bytes(file[at + 8 : at + 16], "big"), 16
        if size < head or at + size > len(file):
            return
        if file[at + 4 : at + 8] == b"uuid" and file[at + 8 : at + 24] == uuid:
            yield file[at + 24 : at + size]
        at += size


class _Container(NamedTuple):
    """A format of files: how to recognise one, add a line and vectors to it, and find those in it."""

    matches: Callable[[bytes], bool]
    add: Callable[[bytes, bytes, list[bytes]], bytes]
    lines: Callable[[bytes], Iterator[bytes]]
    vectors: Callable[[bytes], Iterator[bytes]]


_CONTAINERS = (
    _Container(lambda file: file.startswith(_PNG_SIGNATURE), _png_add, _png_lines, _png_vectors),
    _Container(lambda file: file[:6] in (b"GIF87a", b"GIF89a"), _gif_add, _gif_lines, _gif_vectors),
    _Container(lambda file: file[:4] == b"RIFF" and file[8:12] == b"WEBP", _webp_add, _webp_lines, _webp_vectors),
    _Container(lambda file: file[4:8] == b"ftyp", _mp4_add, _mp4_lines, _mp4_vectors),
)
