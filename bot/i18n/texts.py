"""Every sentence that the bot says, by key, in every language of bot/i18n/languages/. Knows not when they are said.

A language is a file of Project Fluent there, named after its Discord locale; what it lacks is said in English. Errors are in
English in the code, and are translated by their code. bot/i18n/languages/en.ftl says how keys are named.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Any

from babel import Locale
from fluent.runtime import FluentBundle, FluentResource
from fluent.runtime.types import fluent_number
from fluent.syntax import ast

from generator.contract.errors import Field, GeneratorError

FOLDER = Path(__file__).parent / "languages"
SOURCE = "en"  # the language that has every text

_OURS = ("known", "choices", "example", "expected")  # fields of errors that quote nobody
_NAMING = {
    "name": "option",
    "first": "option",
    "second": "option",
    "kind": "command",
    "trait": "trait",
}  # fields that name a thing
_LISTING = {
    "unknown_kind": "command",
    "unknown_option": "option",
    "not_a_choice": "choice",
    "unknown_trait": "trait",
}  # by code
_KEY = re.compile(r"[a-z][a-z0-9_-]*")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_ACTIVE = re.compile(
    r"([\\*_~|`>#\[\]()<@:])"
)  # what markdown, mentions, links and emoji begin with, also in the middle of a line


def harmless(typed: str) -> str:
    """Return what a person typed so that Discord only shows it: no markdown, no mention, no link, no emoji."""
    return _ACTIVE.sub(r"\\\1", typed).replace("@", "@\u200b")


@dataclass(frozen=True)
class Catalogue:
    """The texts of one language. traits: (trait, its value or None) as people write them -> as networks do."""

    bundle: FluentBundle
    traits: Mapping[tuple[str, str | None], str]


def read(path: Path) -> Catalogue:
    """Read one catalogue, named after its locale. Raises ValueError with the text that cannot be read."""
    resource = FluentResource(path.read_text(encoding="utf-8"))
    for entry in resource.body:
        if isinstance(entry, ast.Junk):
            raise ValueError(f"{path.name}: {entry.annotations[0].message}: {(entry.content or '').strip()}")
    locale = Locale.parse(path.stem, sep="-")
    # Discord shows marks of direction (use_isolating) as nothing, but they would break recipe lines and links.
    functions: dict[str, Any] = {"ORDINAL": lambda number: locale.ordinal_form(int(number))}
    bundle = FluentBundle([path.stem], functions, use_isolating=False)
    bundle.add_resource(resource)
    return Catalogue(bundle, dict(_traits(bundle, resource)))


def _traits(bundle: FluentBundle, resource: ast.Resource) -> Iterator[tuple[tuple[str, str | None], str]]:
    """Yield the traits of a catalogue the other way round: what people write, and what it is called in a recipe."""
    for entry in resource.body:
        if isinstance(entry, ast.Message) and entry.id.name.startswith("trait-"):
            message, name = bundle.get_message(entry.id.name), entry.id.name.removeprefix("trait-")
            assert message.value is not None
            yield (_folded(str(bundle.format_pattern(message.value)[0])), None), name
            for value, pattern in message.attributes.items():
                yield (name, _folded(str(bundle.format_pattern(pattern)[0]))), value


def meant(trait: str, value: str) -> tuple[str, str]:
    """Return a trait and its value as recipes have them, whichever language they are written in; unknown words stay."""
    for catalogue in CATALOGUES.values():
        trait = catalogue.traits.get((_folded(trait), None), trait)
        value = catalogue.traits.get((_folded(trait), _folded(value)), value)
    return trait, value


def _folded(written: str) -> str:
    return unicodedata.normalize("NFKC", written).casefold().strip()


def catalogues(folder: Path) -> dict[str, Catalogue]:
    """Read every catalogue of a folder: {locale: catalogue}. Raises ValueError."""
    return {path.stem: read(path) for path in sorted(folder.glob("*.ftl"))}


CATALOGUES: Mapping[str, Catalogue] = catalogues(FOLDER)


class Texts:
    """The sentences in one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._bundle = CATALOGUES[language].bundle

    def __call__(self, key: str, **fields: Field) -> str:
        """Return the sentence ``key``, where _ may stand for -, with its fields filled in. Raises LookupError, or FluentError."""
        try:
            return self._said(key, None, fields)
        except LookupError:
            return Texts(SOURCE)._said(key, None, fields)

    def own(self, key: str, attribute: str | None = None) -> str | None:
        """Return a text without fields, or its attribute, in this very language; None where it has none."""
        try:
            return self._said(key, attribute, {})
        except LookupError:
            return None

    def error(self, error: GeneratorError) -> str:
        """Return the sentence for an expected failure, with what people typed made harmless."""
        quoted: dict[str, Field] = {name: "" for _, name, _, _ in Formatter().parse(error.sentence) if name}
        for name, value in error.fields.items():
            own = self._own_words(error, name, value) if isinstance(value, str) else None
            quoted[name] = own or (harmless(value) if isinstance(value, str) and name not in _OURS else value)
        try:
            return self._said(f"error-{error.code}", None, quoted)
        except LookupError:
            return error.sentence.format_map(quoted)

    def phrase(self, english: str) -> str | None:
        """Return a piece of a sentence that the code has in English, with its numbers as $a, $b, $c; None where it is lacking."""
        try:
            return self._said(phrase_key(english), None, dict(zip("abc", _NUMBER.findall(english), strict=False)))
        except LookupError:
            return None

    def _own_words(self, error: GeneratorError, field: str, value: str) -> str | None:
        """Return the name of an option, a command, a trait, or a phrase, as people read it in this language."""
        if field in ("known", "choices"):
            return ", ".join(self._listed(error, word) or word for word in value.split(", "))
        named = self.own(f"{_NAMING[field]}-{value}") if field in _NAMING and _KEY.fullmatch(value) else None
        return named or self.phrase(value)

    def _listed(self, error: GeneratorError, word: str) -> str | None:
        if error.code == "unknown_trait_value":
            return self.own(f"trait-{error.fields.get('trait')}", word)
        kind = _LISTING.get(error.code)
        return self.own(f"{kind}-{word}") if kind else None

    def place(self, position: int) -> str:
        """Return 1 as "1st", 2 as "2nd"."""
        return self("place", position=position)

    def duration(self, seconds: float) -> str:
        """Return a long time as "1 d 2 h 3 min"."""
        minutes = int(seconds // 60)
        return self("duration", days=minutes // 1440, hours=minutes // 60 % 24, minutes=minutes % 60)

    def eta(self, seconds: float | None) -> str:
        """Return ", about 10 s to go", rounded to what one can honestly say; empty where nothing is known yet."""
        if seconds is None:
            return ""
        if seconds < 90:
            return self("eta", wait=self("seconds", n=max(5, 5 * round(seconds / 5))))
        return self("eta", wait=self("minutes", n=max(1, round(seconds / 60))))

    def _said(self, key: str, attribute: str | None, fields: Mapping[str, Field]) -> str:
        message = self._bundle.get_message(key.replace("_", "-"))
        pattern = message.value if attribute is None else message.attributes[attribute.replace("_", "-")]
        if pattern is None:
            raise LookupError(key)
        t, problems = self._bundle.format_pattern(pattern, {name: _shown(value) for name, value in fields.items()})
        if problems:
            raise problems[0]
        return str(t)


def phrase_key(english: str) -> str:
    """Return "2 to 8 seeds" as "phrase-n-to-n-seeds"."""
    return "phrase-" + re.sub(r"[^a-z]+", "-", _NUMBER.sub(" n ", english.lower())).strip("-")


def _shown(value: Field) -> Any:
    """Return a whole number so that it has a plural and no thousands separators, anything else as it is written."""
    return fluent_number(value, useGrouping=False) if isinstance(value, int) else str(value)


def of(locale: str) -> Texts:
    """Return the texts for a Discord locale such as "en-GB": its own, else those of the same language, else English.

    So "zh-TW" gets Simplified Chinese, until there is a zh-TW.ftl: easier to read there than English.
    """
    spoken = locale.partition("-")[0]
    same = [name for name in CATALOGUES if name.partition("-")[0] == spoken]
    return Texts(locale if locale in CATALOGUES else next(iter(same), SOURCE))
