"""Spells the name of a network from the name of its file.

Does not know which names are taken.
"""

import re
import unicodedata
from collections.abc import Container

from anyascii import anyascii

from generator.contract.names import MAX_MODEL_CHARS, slug

MAX_EARLIER_CHARS = 24  # the longest name before names were bound to networks
UNNAMED = "model"  # for a file whose name has no letter or digit


def spell(stem: str) -> str:
    """Return the name, [a-z0-9-]{1,40}, for ``stem``, a file's name without its ending.

    Letters of other scripts are transliterated: 动漫头像 becomes "dong-man-tou-xiang", アニメ becomes "anime".
    """
    text = "".join(map(_transliterate, unicodedata.normalize("NFC", stem)))
    return slug(text)[:MAX_MODEL_CHARS].strip("-") or UNNAMED


def spell_as_before(stem: str) -> str:
    """Return the name, [a-z0-9-]{1,24}, that ``stem`` gave before names were bound to networks."""
    return slug(stem)[:MAX_EARLIER_CHARS].strip("-") or UNNAMED


def number(name: str, taken: Container[str], limit: int = MAX_MODEL_CHARS) -> str:
    """Return ``name``, or else the first of NAME-2, NAME-3, ... that is not ``taken``, at most ``limit`` long."""
    free, n = name, 1
    while free in taken:
        n += 1
        free = f"{name[: limit - 1 - len(str(n))]}-{n}"
    return free


def _transliterate(character: str) -> str:
    if character.isascii():
        return character
    latin = anyascii(character)
    # A letter without case that becomes a capitalised word, such as 漫, is a syllable: keep it apart from the next.
    is_syllable = unicodedata.category(character) == "Lo" and re.match("[A-Z]", latin)
    return f"-{latin}-" if is_syllable else latin
