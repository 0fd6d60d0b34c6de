"""Limits the cost of reading a file, defers the decoding of long texts and bytes, and quotes a file's text safely.

Knows nothing about pickles or networks.
"""

import codecs
from collections.abc import Mapping
from dataclasses import dataclass

from generator.contract import errors

MAX_OPCODES = 250_000  # a 1024 px training snapshot has about 60,000
MAX_TEXT_BYTES = 32 * 2**20  # limit for all short texts of a file together
LONG_TEXT_BYTES = 64 * 2**10  # longer texts (embedded sources, protocol 2 tensors) are decoded only when needed
MAX_STRING_BYTES = 256  # a longer Python 2 string is data, not a name
MAX_ENCODED_BYTES = 64 * 2**20  # limit for a single tensor that protocol 2 stored as text; the largest have 15 MiB
MAX_DECODED_BYTES = 2 * 2**30  # limit for all decoded bytes of a file together
MAX_NUMBER_KEYS = 10_000  # an optimiser stores about 300 parameters under numeric keys
_PIECE_BYTES = 2**16
MAX_QUOTE_CHARS = 48


class Budget:
    """The cost that may still be spent on reading a file, including its nested streams."""

    def __init__(self, file_bytes: int) -> None:
        self.opcodes = MAX_OPCODES
        self.text = MAX_TEXT_BYTES
        # Tensors in protocol 2 are decoded up to twice.
        self.decoded = min(4 * file_bytes, MAX_DECODED_BYTES) + LONG_TEXT_BYTES
        self.keys = MAX_NUMBER_KEYS

    def spend(self, kind: str, amount: int) -> None:
        """Deduct ``amount`` from what remains of one ``kind``: "opcodes", "keys", or bytes of "text" or "decoded" data.

        Raises CheckpointTooLarge if ``amount`` exceeds what remains.
        """
        left = getattr(self, kind) - amount
        setattr(self, kind, left)
        if left < 0:
            raise errors.CheckpointTooLarge(found=f"its pickle has over {_LIMITS[kind]}")


_LIMITS: Mapping[str, str] = {
    "opcodes": f"{MAX_OPCODES} instructions",
    "text": f"{MAX_TEXT_BYTES >> 20} MiB of names",
    "decoded": "several times its own size of texts",
    "keys": f"{MAX_NUMBER_KEYS} numbers as keys",
}


@dataclass(frozen=True, slots=True, eq=False)
class OpaqueKey:
    """Takes the place of a key that Python could hash but that no network needs. It equals only itself."""


def safe_key(key: object, budget: Budget) -> object:
    """Return ``key`` in a form that is safe to hash: cheap, and with no risk of many collisions.

    Python salts the hashes of strings in each process, but not those of ints, so a file could choose ints whose hashes
    all collide. The limits on ints prevent this: at most 12 ints of the allowed size are equal modulo 2**61 - 1,
    CPython's modulus. Hashing nested tuples may never end, so they and all other types become an OpaqueKey.
    Raises CheckpointTooLarge for too many ints, and DamagedCheckpoint for keys that Python cannot hash.
    """
    if type(key) is int and -(2**63) <= key < 2**64:
        budget.spend("keys", 1)
        return key
    if isinstance(key, list | dict | set):
        raise errors.DamagedCheckpoint(found="a dictionary has a key of an impossible type")
    return key if type(key) is str or key is None or type(key) is bool else OpaqueKey()


@dataclass(frozen=True, slots=True, eq=False)
class LongText:
    """A long text that is not decoded until it is needed, which is rare."""

    utf8: memoryview


@dataclass(frozen=True, slots=True, eq=False)
class EncodedBytes:
    """Bytes that protocol 2 stored as a text with the characters 0 to 255."""

    text: LongText
    budget: Budget


ByteSource = memoryview | EncodedBytes | str


def read_bytes(source: object) -> memoryview:
    """Return bytes, whether they are stored as bytes, as Latin-1 text (Python 2) or as encoded text (protocol 2).

    Raises DamagedCheckpoint if ``source`` is anything else.
    """
    if isinstance(source, memoryview):
        return source
    if isinstance(source, EncodedBytes):
        return memoryview(_decode_latin1(source.text.utf8, source.budget))
    if isinstance(source, str) and len(source) <= MAX_STRING_BYTES:
        return memoryview(source.encode("latin-1"))
    raise errors.DamagedCheckpoint(found="bytes were expected and something else is there")


def _decode_latin1(utf8: memoryview, budget: Budget) -> bytearray:
    """Convert ``utf8`` to Latin-1, piece by piece.

    Decoded as a whole, a text with a single wide character would take four times the memory before it is refused.
    """
    if len(utf8) > MAX_ENCODED_BYTES:
        raise errors.CheckpointTooLarge(found=f"a tensor in it has {len(utf8)} bytes")
    budget.spend("decoded", len(utf8))
    decoder, decoded = codecs.getincrementaldecoder("utf-8")(), bytearray()
    for at in range(0, len(utf8), _PIECE_BYTES):
        decoded += decoder.decode(utf8[at : at + _PIECE_BYTES]).encode("latin-1")
    decoder.decode(b"", final=True)  # raises if the last character is cut off
    return decoded


def quote(text: object) -> str:
    """Return ``text`` in a form that is safe inside a sentence: short, printable and without commas."""
    # Other types are never converted: with thirty nested lists that each hold the next list twice, str() would not end.
    whole = str(text) if isinstance(text, str | int | Exception | None) else "something else"
    line = "".join(c if c.isprintable() and c != "," else " " for c in whole[: 2 * MAX_QUOTE_CHARS])
    return line if len(line) <= MAX_QUOTE_CHARS else line[: MAX_QUOTE_CHARS - 1] + "…"
