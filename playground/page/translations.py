"""Translates the sentences that the server sends to the page, using the page's own catalogues.

The English sentence is the key, as in static/i18n.js, which reads the same files. The caller chooses the language.
"""

import json
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from playground.discord.errors import ClientRefusal


def languages() -> list[str]:
    """Return the locales that have a catalogue, in alphabetical order."""
    return sorted(file.name.removesuffix(".json") for file in _folder().iterdir() if file.name.endswith(".json"))


def translate(problem: Exception, locale: str) -> str:
    """Return the sentence of ``problem`` in the language of ``locale``, or in English if there is no translation."""
    own = _catalogue(locale).get(problem.sentence if isinstance(problem, ClientRefusal) else str(problem))
    if own is None:
        return str(problem)
    return own.format(**problem.fields) if isinstance(problem, ClientRefusal) and problem.fields else own


@cache
def _catalogue(locale: str) -> dict[str, str]:
    if locale not in languages():
        return {}
    catalogue: dict[str, str] = json.loads((_folder() / f"{locale}.json").read_text(encoding="utf-8"))
    return catalogue


def _folder() -> Traversable:
    return resources.files("playground.page") / "static"
