"""Looks up the bot's sentences by key, in any of the languages in bot/i18n/languages/.

Knows nothing about when a sentence is used. A language is a file in the format of Project Fluent, named after its
Discord locale. A text that a language lacks appears in English. The English sentences of errors are in the code; other
languages translate them under the error's code. bot/i18n/languages/en.ftl describes how keys are named.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from babel import Locale
from babel.lists import format_list
from fluent.runtime import FluentBundle, FluentResource
from fluent.runtime.types import fluent_number
from fluent.syntax import ast

from generator.contract.errors import Field, GeneratorError, describe_expected

FOLDER = Path(__file__).parent / "languages"
SOURCE = "en"  # the language that has every text

_UNQUOTED = ("known", "choices", "example", "expected")  # fields of errors that never hold what a person typed
# Field of an error that names a thing -> prefixes that the thing's key in a catalogue may have.
_NAMING: Mapping[str, tuple[str, ...]] = {
    "moved": ("command-waifubot",),
    "name": ("option", "trait", "direction"),
    "first": ("option",),
    "second": ("option",),
    "kind": ("command",),
    "trait": ("trait",),
}
# Code of an error whose sentence lists known things -> prefix of these things' keys in a catalogue.
_LISTING = {"unknown_kind": "command", "unknown_option": "option", "not_a_choice": "choice", "unknown_trait": "trait"}
_PAIRS = ("ambiguous_trait", "unclear_trait")  # codes of errors that offer traits with values, as hair=pink
# former- marks words of earlier versions, which are still recognised, and also- further words. Directions that no trait
# names are recognised likewise.
_TRAIT = re.compile(r"(?:(?:former-|also-)?trait|direction)-(.+)")
# Word of a recipe -> the option that people know it by.
_OPTION_OF = {"psi": "wildness"}
_KEY = re.compile(r"[a-z][a-z0-9_-]*")
_NAME = re.compile(r"^language-name = (.+?) *$", re.MULTILINE)  # the one text that is wanted of all languages
# Characters that can begin markdown, mentions, links and emoji, even in the middle of a line.
_ACTIVE = re.compile(r"([\\*_~|`>#\[\]()<@:])")
_HOST = re.compile(r"(\w\.[^\W\d_]{2,24})/")  # Discord takes discord.gg/x for an invitation without any of these


def escape(typed: str) -> str:
    """Escape what a person typed, so that Discord shows no markdown, mentions, links or emoji in it."""
    return _HOST.sub(r"\1\\/", _ACTIVE.sub(r"\\\1", typed)).replace("@", "@\u200b")


def unescape(shown: str) -> str:
    """Return what a person typed, from what ``escape`` made of it."""
    return re.sub(r"\\(.)", r"\1", shown.replace("@\u200b", "@"))


@dataclass(frozen=True)
class Catalogue:
    """The texts of one language, and the words that its speakers use for traits and their values."""

    bundle: FluentBundle
    # (translated trait, None) -> the trait's name; (the trait's name, translated value) -> the value's name
    traits: Mapping[tuple[str, str | None], str]
    # (key, attribute) -> its text, of those without fields that were looked up before
    plain: dict[tuple[str, str | None], str] = field(default_factory=dict)


def read_catalogue(path: Path) -> Catalogue:
    """Read one catalogue, whose file is named after its locale.

    Raises ValueError if an entry cannot be parsed, and quotes it.
    """
    resource = FluentResource(path.read_text(encoding="utf-8"))
    for entry in resource.body:
        if isinstance(entry, ast.Junk):
            raise ValueError(f"{path.name}: {entry.annotations[0].message}: {(entry.content or '').strip()}")
    locale = Locale.parse(path.stem, sep="-")
    # use_isolating would add bidi marks, which are invisible in Discord but break recipe lines and links.
    functions: dict[str, Any] = {
        "ORDINAL": lambda number: locale.ordinal_form(int(number)),
        "DIVIDE": _divide,
    }
    bundle = FluentBundle([path.stem], functions, use_isolating=False)
    bundle.add_resource(resource)
    return Catalogue(bundle, dict(_traits(bundle, resource)))


def _divide(number: Any, by: Any) -> Any:
    """Return the quotient as text with three significant digits.

    Return ``number`` unchanged if it is not a number. An older worker may send text instead.
    """
    return f"{number / by:.3g}" if isinstance(number, int | float) else number


def _traits(bundle: FluentBundle, resource: ast.Resource) -> Iterator[tuple[tuple[str, str | None], str]]:
    """Yield ((word, None), trait) for words that mean a trait, and ((trait, word), value) for words for a value."""
    for entry in resource.body:
        match = _TRAIT.fullmatch(entry.id.name) if isinstance(entry, ast.Message) else None
        if match is None:
            continue
        message, name = bundle.get_message(match[0]), match[1]
        if message.value is not None:
            yield from (((word, None), name) for word in _words(bundle, message.value))
        for value, pattern in message.attributes.items():
            yield from (((name, word), value) for word in _words(bundle, pattern))


def _words(bundle: FluentBundle, pattern: Any) -> list[str]:
    return [_fold(word) for word in str(bundle.format_pattern(pattern)[0]).split("|")]


def recognise_trait(trait: str, value: str) -> tuple[str, str]:
    """Convert a trait and its value, in any supported language, to a recipe's names. Unknown words stay unchanged.

    So do further words in English, since a model may use them for something else (see bot/recipes/vocabulary.py).
    """
    for language, catalogue in CATALOGUES.items():
        if language != SOURCE:
            trait = catalogue.traits.get((_fold(trait), None), trait)
            value = catalogue.traits.get((_fold(trait), _fold(value)), value)
    return trait, value


def _fold(written: str) -> str:
    return unicodedata.normalize("NFKC", written).casefold().strip()


class Catalogues(Mapping[str, Catalogue]):
    """The catalogues of a folder, as {locale: catalogue}. One is read when it is first wanted: that takes 0.1 s."""

    def __init__(self, folder: Path) -> None:
        self._paths = {path.stem: path for path in sorted(folder.glob("*.ftl"))}
        self._read: dict[str, Catalogue] = {}

    def __getitem__(self, language: str) -> Catalogue:
        """Return a catalogue. Raises KeyError if there is none, and ValueError if it cannot be parsed."""
        if language not in self._read:
            self._read[language] = read_catalogue(self._paths[language])
        return self._read[language]

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)

    def __contains__(self, language: object) -> bool:
        return language in self._paths  # Mapping's own would read it


CATALOGUES: Mapping[str, Catalogue] = Catalogues(FOLDER)


def read_all() -> None:
    """Read the catalogues that nobody has wanted yet, so that the first who does need not wait."""
    for language in CATALOGUES:
        CATALOGUES[language]


@cache
def language_names() -> Mapping[str, str]:
    """Return the languages, each with the name that its speakers call it by. No catalogue is parsed for that."""
    return {path.stem: _NAME.findall(path.read_text(encoding="utf-8"))[0] for path in sorted(FOLDER.glob("*.ftl"))}


def digest() -> str:
    """Return a digest of all catalogues and of the code that looks texts up. It changes if any text may have."""
    files = sorted(path for path in FOLDER.parent.rglob("*") if path.suffix in (".ftl", ".py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


class Texts:
    """The sentences in one language. A sentence that the language lacks is taken from English."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._catalogue = CATALOGUES[language]

    def __call__(self, key: str, **fields: Field) -> str:
        """Return the sentence of a key, with its fields filled in. The key may be written with _ instead of -.

        Raises LookupError if English lacks the key, too, and FluentReferenceError if a field is missing.
        """
        try:
            return self._format(key, None, fields)
        except LookupError:
            return Texts(SOURCE)._format(key, None, fields)

    def lookup(self, key: str, attribute: str | None = None) -> str | None:
        """Return a text without fields, or an attribute of a text. Return None if this language lacks it."""
        try:
            return self._format(key, attribute, {})
        except LookupError:
            return None

    def error(self, error: GeneratorError) -> str:
        """Return the sentence for an error. Text that people typed is escaped."""
        shown: dict[str, Field] = {name: "" for _, name, _, _ in Formatter().parse(error.sentence) if name}
        shown |= {name: self._show_field(error, name, value) for name, value in error.fields.items()}
        if "expected" in error.fields:
            shown["expected"] = self._expected(shown)
        try:
            return self._format(f"error-{error.code}", None, shown)
        except LookupError:
            return error.sentence.format_map(shown)

    def _expected(self, fields: Mapping[str, Field]) -> str:
        try:
            return self._format(f"expected-{fields['expected']}", None, fields)
        except LookupError:
            return describe_expected(fields)

    def _show_field(self, error: GeneratorError, field: str, value: Field) -> Field:
        """Return an error's field as people read it: translated if this language has a name for it, or else escaped."""
        if not isinstance(value, str) or field == "expected":
            return value
        if error.code in _PAIRS and field == "choices":
            pairs = [self._show_pair(pair) for pair in value.split(", ")]
            return format_list(pairs, "or", Locale.parse(self.language, sep="-"))
        if error.code == "trait_twice" and field != "trait":
            return self.lookup(f"trait-{error.fields.get('trait')}", value) or value
        if field in ("known", "choices"):
            return ", ".join(self._show_item(error, word) or word for word in value.split(", "))
        if field == "direction":
            return self.name_direction(value) or escape(value)
        prefixes = _NAMING.get(field, ())
        word = _OPTION_OF.get(value, value) if "option" in prefixes else value
        keys = [f"{prefix}-{word}" for prefix in prefixes if _KEY.fullmatch(word)]
        name = next((found for key in keys if (found := self.lookup(key))), None)
        return name or (word if field in _UNQUOTED else escape(word))

    def _show_pair(self, pair: str) -> str:
        name, _, value = pair.partition("=")
        return f"`{self.lookup(f'trait-{name}') or name}: {self.lookup(f'trait-{name}', value) or value}`"

    def _show_item(self, error: GeneratorError, word: str) -> str | None:
        if error.code == "unknown_trait_value":
            return self.lookup(f"trait-{error.fields.get('trait')}", word)
        if error.code == "unknown_direction":
            return self.name_direction(word)
        kind = _LISTING.get(error.code)
        word = _OPTION_OF.get(word, word) if kind == "option" else word
        return self.lookup(f"{kind}-{word}") if kind else None

    def name_direction(self, name: str) -> str | None:
        """Return a direction as people read it ("hair: pink" for hair-pink), or None if this language has no words."""
        pair = self.split_direction(name)
        if pair is not None:
            return f"{self.lookup(f'trait-{pair[0]}') or pair[0]}: {self.lookup(f'trait-{pair[0]}', pair[1])}"
        return self.lookup(f"direction-{name}") if _KEY.fullmatch(name) else None

    def name_end(self, name: str, amount: float) -> str | None:
        """Return what a face moved along a direction is like, such as "looking up", or None if there are no words."""
        try:
            return self(f"moved_{name}", end="less" if amount < 0 else "more") if _KEY.fullmatch(name) else None
        except LookupError:
            return None

    def split_direction(self, name: str) -> tuple[str, str] | None:
        """Split a direction's name into a trait and a value that this language has words for. None if impossible."""
        splits = ((name[:at], name[at + 1 :]) for at, letter in enumerate(name) if letter == "-")
        named = (split for split in splits if _KEY.fullmatch(split[0]))
        return next((split for split in named if self.lookup(f"trait-{split[0]}", split[1])), None)

    def place(self, position: int) -> str:
        """Return a position as an ordinal number, such as "1st" or "2nd"."""
        return self("place", position=position)

    def duration(self, seconds: float) -> str:
        """Return a duration in days, hours and minutes, such as "1 d 2 h 3 min"."""
        minutes = int(seconds // 60)
        return self("duration", days=minutes // 1440, hours=minutes // 60 % 24, minutes=minutes % 60)

    def eta(self, seconds: float | None) -> str:
        """Return the estimated time left, such as ", about 10 s to go", or "" if ``seconds`` is None.

        The time is rounded to 5 s, or to whole minutes if it is 90 s or more, because the estimate is no more precise.
        """
        if seconds is None:
            return ""
        if seconds < 90:
            return self("eta", wait=self("seconds", n=max(5, 5 * round(seconds / 5))))
        return self("eta", wait=self("minutes", n=max(1, round(seconds / 60))))

    def _format(self, key: str, attribute: str | None, fields: Mapping[str, Field]) -> str:
        if fields:
            return self._fill(key, attribute, fields)
        plain = self._catalogue.plain
        text = plain.get((key, attribute))
        if text is None:
            text = plain[key, attribute] = self._fill(key, attribute, {})
        return text

    def _fill(self, key: str, attribute: str | None, fields: Mapping[str, Field]) -> str:
        bundle = self._catalogue.bundle
        message = bundle.get_message(key.replace("_", "-"))
        pattern = message.value if attribute is None else message.attributes[attribute.replace("_", "-")]
        if pattern is None:
            raise LookupError(key)
        text, problems = bundle.format_pattern(pattern, {name: _argument(value) for name, value in fields.items()})
        if problems:
            raise problems[0]
        return str(text)


def _argument(value: Field) -> Any:
    """Convert a field to an argument for Fluent.

    Whole numbers stay numbers, so that Fluent can choose plural forms, but get no thousands separators. Other values
    become text.
    """
    return fluent_number(value, useGrouping=False) if isinstance(value, int) else str(value)


def for_locale(locale: str) -> Texts:
    """Return the texts for a Discord locale such as "en-GB".

    A locale without a catalogue gets that of another locale with the same language, or else English.
    """
    spoken = locale.partition("-")[0]
    same = [name for name in CATALOGUES if name.partition("-")[0] == spoken]
    return Texts(locale if locale in CATALOGUES else next(iter(same), SOURCE))
