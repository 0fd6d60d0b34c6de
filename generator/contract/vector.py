"""Defines the bytes of a stored vector, which is the w of one face, and the digest by which a line names it.

Knows nothing about networks, and computes nothing. Standard library only.

    [8 bytes "wfvector"][rows, u16][columns, u16][rows x columns numbers, float16]     all little-endian

There is one row for each w-layer of the network.
"""

import hashlib
import struct
from typing import NamedTuple

from generator.contract.faces.face import DIGEST_CHARS

MAGIC = b"wfvector"
MAX_BYTES = 64 * 1024  # of one vector; a network of 1024 px needs 18 KiB
MAX_IN_RECIPE = 32  # vectors in one recipe; a grid names at most 25 faces
SUFFIX = ".vector"
_SHAPE = struct.Struct("<HH")
_HEADER_BYTES = len(MAGIC) + _SHAPE.size


class Shape(NamedTuple):
    """The shape of the w in a vector."""

    rows: int  # number of w-layers
    columns: int  # size of a w


def pack(shape: Shape, numbers: bytes) -> bytes:
    """Return the bytes of a vector. ``numbers`` are float16, little-endian, row by row."""
    return MAGIC + _SHAPE.pack(*shape) + numbers


def unpack(raw: bytes) -> tuple[Shape, bytes] | None:
    """Return the shape and the numbers in the bytes of a vector, or None if they are not a whole vector."""
    if not raw.startswith(MAGIC) or not _HEADER_BYTES < len(raw) <= MAX_BYTES:
        return None
    shape = Shape(*_SHAPE.unpack_from(raw, len(MAGIC)))
    return (shape, raw[_HEADER_BYTES:]) if len(raw) == _HEADER_BYTES + 2 * shape.rows * shape.columns else None


def digest_of(raw: bytes) -> str:
    """Return the digits by which lines name the vector with these bytes: the first of their SHA-256."""
    return hashlib.sha256(raw).hexdigest()[:DIGEST_CHARS]
