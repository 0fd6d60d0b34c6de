"""Seeds: which numbers they are, and which seed a number or a word means.

Does not know what is drawn from a seed. Standard library only.
"""

import hashlib
import re
import unicodedata

from generator.contract import errors

SEED_COUNT = 2**32  # seeds are 0 to 2**32 - 1
MAX_SEED_CHARS = 64
_WHOLE = re.compile(r"[+-]?\d+")


def parse_seed(text: str) -> int:
    """Return the seed, 0 to 2**32-1, that ``text`` means.

    After NFKC a whole number is itself; anything else ("Asuka") becomes the first 4 bytes, big-endian, of the SHA-256
    of its casefolded text. Raises BadSeed for a number out of range or for nothing at all, SeedTooLong above 64
    characters.
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
