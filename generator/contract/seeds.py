"""Defines which numbers are seeds, and converts what a person types to a seed.

Does not know what a seed is used for. Standard library only.
"""

import hashlib
import re
import unicodedata

from generator.contract import errors

SEED_COUNT = 2**32  # seeds are 0 to 2**32 - 1
MAX_SEED_CHARS = 64
_WHOLE = re.compile(r"[+-]?\d+")


def parse_seed(text: str) -> int:
    """Convert what a person typed, a whole number or any other text, to a seed from 0 to 2**32-1.

    The text is normalised to NFKC first. A whole number is its own seed. The seed of any other text, such as "Asuka",
    is the first 4 bytes, big-endian, of the SHA-256 of the casefolded text.

    Raises BadSeed if the text is empty or a number out of range, SeedTooLong if it has more than 64 characters.
    """
    word = unicodedata.normalize("NFKC", text).strip()
    if len(word) > MAX_SEED_CHARS:
        raise errors.SeedTooLong(limit=MAX_SEED_CHARS, length=len(word))
    if not word:
        raise errors.BadSeed(value=text)
    if _WHOLE.fullmatch(word):
        seed = int(word)
        if not 0 <= seed < SEED_COUNT:
            raise errors.BadSeed(value=word)
        return seed
    return int.from_bytes(hashlib.sha256(word.casefold().encode("utf-8", "surrogatepass")).digest()[:4], "big")
