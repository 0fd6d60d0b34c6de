"""What the page's side of the server says, in the language of whoever it is said to: the page's own catalogues.

English is the key, as in static/words.js, which reads the same files. Knows not what is said.
"""

import json
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from playground.discord.errors import Unsaid


def languages() -> list[str]:
    """Return the locales that there is a catalogue for."""
    return sorted(file.name.removesuffix(".json") for file in _folder().iterdir() if file.name.endswith(".json"))


def worded(why: Exception, locale: str) -> str:
    """Return the sentence of a refusal in that language, in English where it lacks it."""
    own = _words(locale).get(why.sentence if isinstance(why, Unsaid) else str(why))
    if own is None:
        return str(why)
    return own.format(**why.fields) if isinstance(why, Unsaid) and why.fields else own


@cache
def _words(locale: str) -> dict[str, str]:
    if locale not in languages():
        return {}
    found: dict[str, str] = json.loads((_folder() / f"{locale}.json").read_text(encoding="utf-8"))
    return found


def _folder() -> Traversable:
    return resources.files("playground.page") / "static"
