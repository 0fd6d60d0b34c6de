"""Bytes and texts that stay in the file until somebody needs them, what reading may cost, and how a refusal quotes a file.

Knows neither pickles nor networks.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from generator import errors

MAX_OPCODES = 250_000  # a 1024 px training snapshot has about 60,000
MAX_TEXT_BYTES = 32 * 2**20  # all short texts of one file together
LONG_TEXT_BYTES = 64 * 2**10  # longer ones (embedded sources, protocol 2 tensors) are not decoded unless asked for
MAX_STRING_BYTES = 256  # a longer string of Python 2 is data
MAX_QUOTE_CHARS = 48


class Budget:
    """What reading one file may cost in all, however many streams are inside each other."""

    def __init__(self, file_bytes: int) -> None:
        self.opcodes = MAX_OPCODES
        self.text = MAX_TEXT_BYTES
        self.decoded = 4 * file_bytes + LONG_TEXT_BYTES  # tensors of protocol 2 are decoded up to twice

    def spend(self, kind: str, amount: int) -> None:
        """Take ``amount`` of "opcodes", "text" or "decoded". Raises CheckpointTooLarge when it is used up."""
        left = getattr(self, kind) - amount
        setattr(self, kind, left)
        if left < 0:
            raise errors.CheckpointTooLarge(found=f"its pickle has over {_LIMITS[kind]}")


_LIMITS: Mapping[str, str] = {
    "opcodes": f"{MAX_OPCODES} instructions",
    "text": f"{MAX_TEXT_BYTES >> 20} MiB of names",
    "decoded": "several times its own size of texts",
}


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
        raw.budget.spend("decoded", len(raw.text.utf8))
        return memoryview(str(raw.text.utf8, "utf-8").encode("latin-1"))
    if isinstance(raw, str) and len(raw) <= MAX_STRING_BYTES:
        return memoryview(raw.encode("latin-1"))
    raise errors.DamagedCheckpoint(found="something else stands where bytes belong")


def quote(text: object) -> str:
    """Return ``text`` fit to stand inside a sentence: short, printable, without commas."""
    line = "".join(c if c.isprintable() and c != "," else " " for c in str(text)[: 2 * MAX_QUOTE_CHARS])
    return line if len(line) <= MAX_QUOTE_CHARS else line[: MAX_QUOTE_CHARS - 1] + "…"
