"""Bytes and texts that stay in the file until somebody needs them, what reading may cost, and how a refusal quotes a file.

Knows neither pickles nor networks.
"""

import codecs
from collections.abc import Mapping
from dataclasses import dataclass

from generator.contract import errors

MAX_OPCODES = 250_000  # a 1024 px training snapshot has about 60,000
MAX_TEXT_BYTES = 32 * 2**20  # all short texts of one file together
LONG_TEXT_BYTES = 64 * 2**10  # longer ones (embedded sources, protocol 2 tensors) are not decoded unless asked for
MAX_STRING_BYTES = 256  # a longer string of Python 2 is data
MAX_ENCODED_BYTES = 256 * 2**20  # one tensor of protocol 2, as text
MAX_DECODED_BYTES = 2 * 2**30  # all of one file
MAX_NUMBER_KEYS = 10_000  # an optimiser keeps about 300 parameters by number
_PIECE_BYTES = 2**16
MAX_QUOTE_CHARS = 48


class Budget:
    """What reading one file may cost in all, however many streams are inside each other."""

    def __init__(self, file_bytes: int) -> None:
        self.opcodes = MAX_OPCODES
        self.text = MAX_TEXT_BYTES
        self.decoded = (
            min(4 * file_bytes, MAX_DECODED_BYTES) + LONG_TEXT_BYTES
        )  # tensors of protocol 2 are decoded up to twice
        self.keys = MAX_NUMBER_KEYS

    def spend(self, kind: str, amount: int) -> None:
        """Take ``amount`` of "opcodes", "text", "decoded" or "keys". Raises CheckpointTooLarge when it is used up."""
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


def as_key(key: object, budget: Budget) -> object:
    """Return ``key`` if a dictionary or a set may have it: one whose hash is cheap and which the file cannot make collide.

    Python hashes texts with a secret of the process, but a number by itself: chosen numbers all fall into the same slot, or into a
    chain of full ones. Only few of them are harmless, and small enough that no two are equal modulo 2**61 - 1 more than 12 times.
    """
    if type(key) is int and -(2**63) <= key < 2**64:
        budget.spend("keys", 1)
    elif not (type(key) is str or key is None or type(key) is bool):
        raise errors.DamagedCheckpoint(found="a dictionary has a key of an unusual type")
    return key


@dataclass(frozen=True, slots=True, eq=False)
class LongText:
    """A text that stays in the file until somebody needs it (as a rule, nobody)."""

    utf8: memoryview


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """Bytes that protocol 2 wrote as a text of the characters 0 to 255."""

    text: LongText
    budget: Budget


Raw = memoryview | Encoded | str


def raw_bytes(raw: object) -> memoryview:
    """Return the bytes that were stored as bytes, as latin-1 text (Python 2) or as encoded text (protocol 2)."""
    if isinstance(raw, memoryview):
        return raw
    if isinstance(raw, Encoded):
        return memoryview(_latin1(raw.text.utf8, raw.budget))
    if isinstance(raw, str) and len(raw) <= MAX_STRING_BYTES:
        return memoryview(raw.encode("latin-1"))
    raise errors.DamagedCheckpoint(found="something else stands where bytes belong")


def _latin1(utf8: memoryview, budget: Budget) -> bytearray:
    """Decode piece by piece: as one text, a single wide character would make four bytes of each, before it is refused."""
    if len(utf8) > MAX_ENCODED_BYTES:
        raise errors.CheckpointTooLarge(found=f"a tensor in it has {len(utf8)} bytes")
    budget.spend("decoded", len(utf8))
    decoder, decoded = codecs.getincrementaldecoder("utf-8")(), bytearray()
    for at in range(0, len(utf8), _PIECE_BYTES):
        decoded += decoder.decode(utf8[at : at + _PIECE_BYTES]).encode("latin-1")
    decoder.decode(b"", final=True)  # raises where a character is cut off
    return decoded


def quote(text: object) -> str:
    """Return ``text`` fit to stand inside a sentence: short, printable, without commas."""
    # Nothing else is turned into text: a list that holds itself twice, thirty times over, would never end.
    whole = str(text) if isinstance(text, str | int | Exception | None) else "something else"
    line = "".join(c if c.isprintable() and c != "," else " " for c in whole[: 2 * MAX_QUOTE_CHARS])
    return line if len(line) <= MAX_QUOTE_CHARS else line[: MAX_QUOTE_CHARS - 1] + "…"
