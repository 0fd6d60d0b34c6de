"""Defines how names of models, traits, trait values and directions are spelt, and converts other text to such names.

Does not know which names exist. Standard library only.
"""

import re
import unicodedata

MAX_MODEL_CHARS = 40
NETWORK_SUFFIXES = (".pkl", ".pt", ".pth", ".safetensors")  # of files that a folder offers under their names

SLUG = re.compile(r"[a-z0-9_-]{1,32}", re.ASCII)  # name of a trait, or one of its values
DIRECTION = re.compile(r"[a-z0-9_-]{1,64}", re.ASCII)  # name of a direction, such as d1 or hair-pink
MODEL = re.compile(rf"[a-z0-9-]{{1,{MAX_MODEL_CHARS}}}", re.ASCII)


def slug(text: str, keep: str = "") -> str:
    """Convert ``text`` to a name: "Show recipe" becomes "show-recipe". Use it for names that the project chooses.

    Letters become lower case. Each sequence of characters other than a-z, 0-9 and those in ``keep`` becomes one
    "-", and any "-" at the ends is removed. The result is "" if nothing is left.
    """
    return re.sub(rf"[^a-z0-9{re.escape(keep)}]+", "-", text.lower()).strip("-")


def fold(typed: str) -> str:
    """Normalise what a person typed, so that different spellings of one word compare equal.

    Differences in character width (NFKC) and case are removed. Each sequence of spaces, ":", "=", "_" and "-" becomes
    one "-". Unlike ``slug``, this keeps letters of every script, because the result is compared with translated words.
    """
    return re.sub(r"[\s:=_-]+", "-", unicodedata.normalize("NFKC", typed).strip().casefold())


def is_model_name(text: str) -> bool:
    """Return whether a model may be given this name: small letters and digits, with single "-" between them."""
    return bool(MODEL.fullmatch(text)) and slug(text) == text
