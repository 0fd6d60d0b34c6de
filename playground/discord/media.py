"""Finds a posted file's media type, and its size in pixels, from the file's first bytes.

Reads headers only and decodes nothing.
"""

import struct
from collections.abc import Callable
from typing import NamedTuple


class MediaInfo(NamedTuple):
    """A file's media type and, if the file's header gives it, the size in pixels."""

    content_type: str
    width: int | None = None  # in pixels
    height: int | None = None


def _png(body: bytes) -> tuple[int, int] | None:
    return struct.unpack(">II", body[16:24]) if len(body) >= 24 else None


def _gif(body: bytes) -> tuple[int, int] | None:
    return struct.unpack("<HH", body[6:10]) if len(body) >= 10 else None


def _webp(body: bytes) -> tuple[int, int] | None:
    if len(body) < 30:
        return None
    if body[12:16] == b"VP8X":
        return int.from_bytes(body[24:27], "little") + 1, int.from_bytes(body[27:30], "little") + 1
    if body[12:16] == b"VP8 ":
        return int.from_bytes(body[26:28], "little") & 0x3FFF, int.from_bytes(body[28:30], "little") & 0x3FFF
    if body[12:16] == b"VP8L":
        bits = int.from_bytes(body[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return None


def _jpeg(body: bytes) -> tuple[int, int] | None:
    """Return the size in the first frame header, which has a marker from C0 to CF other than C4, C8 and CC."""
    at = 2
    while at + 9 <= len(body) and body[at] == 0xFF:
        if 0xC0 <= body[at + 1] <= 0xCF and body[at + 1] not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(body[at + 7 : at + 9], "big"), int.from_bytes(body[at + 5 : at + 7], "big")
        at += 2 + int.from_bytes(body[at + 2 : at + 4], "big")
    return None


def _unknown_size(body: bytes) -> None:
    return None


# (media type, whether a file has it, the function that reads its width and height)
_KINDS: tuple[tuple[str, Callable[[bytes], bool], Callable[[bytes], tuple[int, int] | None]], ...] = (
    ("image/png", lambda body: body.startswith(b"\x89PNG\r\n\x1a\n"), _png),
    ("image/gif", lambda body: body[:6] in (b"GIF87a", b"GIF89a"), _gif),
    ("image/webp", lambda body: body[:4] == b"RIFF" and body[8:12] == b"WEBP", _webp),
    ("image/jpeg", lambda body: body.startswith(b"\xff\xd8\xff"), _jpeg),
    ("video/mp4", lambda body: body[4:8] == b"ftyp", _unknown_size),
)


def identify(body: bytes) -> MediaInfo:
    """Return the media type and the size in pixels of a file.

    A file of unknown type becomes application/octet-stream, which browsers download instead of showing.
    """
    for content_type, matches, size in _KINDS:
        if matches(body):
            return MediaInfo(content_type, *(size(body) or (None, None)))
    return MediaInfo("application/octet-stream")
