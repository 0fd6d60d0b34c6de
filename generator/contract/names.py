"""The spelling of names: of models, traits, their values and directions, and how any text becomes one.

Does not know which names exist. Standard library only.
"""

import re
import unicodedata

MAX_MODEL_CHARS = 24

SLUG = re.compile(r"[a-z0-9_-]{1,32}", re.ASCII)  # a trait or one of its values
DIRECTION = re.compile(r"[a-z0-9_-]{1,64}", re.ASCII)  # a trait and its value, such as hair-pink
MODEL = re.compile(rf"[a-z0-9-]{{1,{MAX_MODEL_CHARS}}}", re.ASCII)


def slug(text: str, keep: str = "") -> str:
    """Return ``text`` as lower-case a-z and 0-9, with one "-" for each run of anything else and none at the ends.

    keep: other characters that stay as they are, such as "_-". "" where no letter or digit is left. Use it for names
    that the project gives: "Show recipe" becomes show-recipe.
    """
    return re.sub(rf"[^a-z0-9{re.escape(keep)}]+", "-", text.lower()).strip("-")


def fold(typed: str) -> str:
    """Return ``typed`` without differences of width, case and separators, so that two spellings of one word are equal.

    Unlike ``slug`` it keeps letters of every script, since it compares what people type with translated words.
    """
    return re.sub(r"[\s:=_-]+", "-", unicodedata.normalize("NFKC", typed).strip().casefold())


def model_name(stem: str) -> str:
    """Return the model name, [a-z0-9-]{1,24}, of a file called ``stem`` (no ending); a model name is its own."""
    return slug(stem)[:MAX_MODEL_CHARS].strip("-") or "model"
