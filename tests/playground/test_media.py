"""A posted file's media type and size are read from its header, as Discord tells them of what people upload."""

import io
from typing import Any

import pytest
from PIL import Image

from playground.discord.media import MediaInfo, identify


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {}),
        ("GIF", {}),
        ("JPEG", {}),
        ("JPEG", {"progressive": True, "comment": b"\xff\xc0" * 40}),
        ("WEBP", {"quality": 80}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0"}),
    ],
)
def test_the_size_of_a_picture_is_in_its_header(kind: str, options: dict[str, Any]) -> None:
    file = io.BytesIO()
    Image.new("RGB", (123, 45), "red").save(file, kind, **options)
    body = file.getvalue()
    assert identify(body) == MediaInfo(f"image/{kind.lower()}", 123, 45)
    for length in range(len(body)):
        identify(body[:length])  # one that is cut off has no size, or the same


@pytest.mark.parametrize("body", [b"", b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\0\0\xff\xff", b"RIFF0000WEBPVP8X", b"MZ"])
def test_a_file_without_a_size_has_none(body: bytes) -> None:
    assert identify(body).width is None
