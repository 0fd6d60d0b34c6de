"""Finds mistakes in the catalogues in bot/i18n/languages/.

The checks are pure functions that return a list of complaints, one line each, which is empty if all is well. They are
given what they check, so that a test can pass them something broken.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from fluent.syntax import FluentParser
from fluent.syntax import ast as ftl
from fluent.syntax.visitor import Visitor
from project_paths import ROOT

from generator.contract.errors import GeneratorError

FOLDER = ROOT / "bot" / "i18n" / "languages"
LANGUAGES = sorted(path.stem for path in FOLDER.glob("*.ftl"))

# Prefixes of keys whose English text is in the code, not in en.ftl, and of words that each language has of its own.
ELSEWHERE = (
    *("error-", "expected-", "command-", "option-", "choice-", "menu-", "trait-", "direction-", "former-", "also-"),
)
TEXTS = ("t", "_t", "_texts")  # variables under which the code calls a Texts with a key
# Names and abbreviations that are the same in every language, and names of the tests' models and traits.
SAME = re.compile(
    r"psi|drawn|other|[Gg][Ii][Ff]|[Mm][Pp]4|[Ww]eb[Pp]|png|PNG|JPEG|Mi?B|Discord|AutoMod|Ctrl|R|PC|waifu|waifubot|cpu|CPU|"
    r"StyleGAN[23]?|FILE|by|a|z|w|d\d+|eye|colour|blue|red|true|false|OK|T"
)
_CODE = re.compile(r"`[^`]*`|[a-z.-]+=\S*|waifu \d+|</[a-z ]+:\d+>")
# What languages are called, each by its own name everywhere.
_LANGUAGES = re.compile("English|简体中文|繁體中文|日本語")
# Locale -> a character set of the Chinese characters that people there write, without those of the other languages.
_CHARACTERS = {"ja": "shift_jis", "zh-CN": "gb2312", "zh-TW": "big5"}
_HAN = re.compile("[\u4e00-\u9fff]")

Catalogue = Mapping[str, "ftl.Message"]


def catalogue(text: str) -> Catalogue:
    """Parse a catalogue into its messages by key. Raises ValueError if it is not Fluent, or if a key appears twice."""
    messages: dict[str, ftl.Message] = {}
    for entry in FluentParser().parse(text).body:
        if isinstance(entry, ftl.Junk) or (isinstance(entry, ftl.Message) and entry.id.name in messages):
            raise ValueError(f"not Fluent, or there twice: {entry}")
        if isinstance(entry, ftl.Message):
            messages[entry.id.name] = entry
    return messages


@cache
def shipped(language: str) -> Catalogue:
    """Return the catalogue of a language that the bot speaks. Each is parsed once, when a test first wants it."""
    return catalogue((FOLDER / f"{language}.ftl").read_text(encoding="utf-8"))


# What people read


def english_in(text: str) -> list[str]:
    """Return the English words in a text. Words in code formatting, such as recipes, and those in SAME do not count."""
    return [
        word
        for word in re.findall(r"[A-Za-z][A-Za-z0-9]*", _LANGUAGES.sub("", _CODE.sub("", text)))
        if not SAME.fullmatch(word)
    ]


def foreign_in(language: str, text: str) -> list[str]:
    """Return the Chinese characters in a text that people who write the language do not use."""
    written = _CHARACTERS.get(language, "ascii")
    return [
        character for character in _HAN.findall(_LANGUAGES.sub("", text)) if not character.encode(written, "ignore")
    ]


# What the code uses


class Use:
    """A call of a Texts in the code, with the keys that it may look up and the fields that it passes."""

    def __init__(self, call: ast.Call, where: str, constants: frozenset[str]) -> None:
        self.where = f"{where}:{call.lineno}"
        self.keys: set[str] = set()  # keys that are written out in the call
        self.patterns: list[re.Pattern[str]] = []  # patterns of keys that are put together in the call
        self.candidates: frozenset[str] = frozenset()  # what may be filled into the gaps of patterns
        self._read(call.args[0], constants)
        names = [keyword.arg for keyword in call.keywords]
        # None if unknown, because the call passes **fields.
        self.fields = None if None in names else frozenset(name for name in names if name)

    def _read(self, argument: ast.expr, constants: frozenset[str]) -> None:
        if isinstance(argument, ast.Constant):
            self.keys.add(_key(str(argument.value)))
        elif isinstance(argument, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else None for part in argument.values]
            self.patterns.append(
                re.compile("".join("(.+)" if part is None else re.escape(_key(str(part))) for part in parts))
            )
            self.candidates = constants
        elif isinstance(argument, ast.IfExp):
            self._read(argument.body, constants)
            self._read(argument.orelse, constants)
        else:
            self.candidates = constants
            self.patterns.append(re.compile("(.+)"))

    def uses(self, key: str) -> bool:
        """Return whether the call may look up ``key``: it is written out, or a pattern filled with candidates."""
        matches = (pattern.fullmatch(key) for pattern in self.patterns)
        return key in self.keys or any(
            all(part in self.candidates for part in match.groups()) for match in matches if match
        )


def uses(sources: Mapping[str, str]) -> list[Use]:
    """Return every call of a Texts in modules given as {path: source}."""
    trees = {path: ast.parse(source) for path, source in sources.items()}
    everywhere = frozenset(_key(word) for tree in trees.values() for word in _constants(tree))
    return [use for path, tree in trees.items() for use in _uses(path, tree, everywhere)]


def _uses(path: str, tree: ast.AST, everywhere: frozenset[str]) -> Iterator[Use]:
    # A key held in a variable must be a string constant of the same module, or (if it has an underscore, as only keys
    # do) of any module. _key turns the underscores into hyphens.
    own = frozenset(map(_key, _constants(tree))) | {word for word in everywhere if "-" in word}
    called = (*TEXTS, "self") if path.endswith("texts.py") else TEXTS
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and _name(node.func) in called:
            yield Use(node, path, everywhere if isinstance(node.args[0], ast.JoinedStr) else own)


def missing_in_source(calls: Iterable[Use], english: Catalogue) -> list[str]:
    """Find keys that en.ftl lacks, and calls that pass other fields than the English text uses."""
    complaints = []
    for use in calls:
        complaints += [f"{use.where}: en.ftl has no {key}" for key in sorted(use.keys - english.keys())]
        if use.patterns and not any(use.uses(key) for key in english):
            complaints.append(f"{use.where}: en.ftl has nothing like {use.patterns[0].pattern}")
        for key in use.keys & english.keys():
            wanted = fields(english[key])
            given = use.fields
            if given is not None and (wanted - given or (given != wanted and len(use.keys) == 1)):
                complaints.append(f"{use.where}: {key} wants {sorted(wanted)}, and is given {sorted(given)}")
    return complaints


def unused(calls: Iterable[Use], english: Catalogue) -> list[str]:
    """Find keys of en.ftl that no call looks up."""
    calls = list(calls)
    own = (key for key in english if not key.startswith(ELSEWHERE))
    return [f"en.ftl: nothing uses {key}" for key in own if not any(use.uses(key) for use in calls)]


# What the catalogues contain


def untranslated(language: str, other: Catalogue, english: Catalogue) -> list[str]:
    """Find texts that only English or only the language has, and texts whose fields or markdown differ from English."""
    own = {key for key in other if not key.startswith(ELSEWHERE)}
    english = {key: message for key, message in english.items() if not key.startswith(ELSEWHERE)}
    complaints = [f"{language}.ftl lacks {key}" for key in sorted(english.keys() - own)]
    complaints += [f"{language}.ftl has {key}, which en.ftl lacks" for key in sorted(own - english.keys())]
    for key in sorted(own & english.keys()):
        if fields(other[key]) != fields(english[key]):
            complaints.append(
                f"{language}.ftl: {key} has {sorted(fields(other[key]))}, in English {sorted(fields(english[key]))}"
            )
        if _marks(other[key]) != _marks(english[key]):
            complaints.append(f"{language}.ftl: {key} has other markdown than in English")
    return complaints


def untranslated_errors(language: str, other: Catalogue, errors: Iterable[type[GeneratorError]]) -> list[str]:
    """Find errors that a language lacks, errors that do not exist, and sentences with fields that their error lacks."""
    sentences = {"error-" + _key(error.code): error.sentence for error in errors}
    own = {key for key in other if key.startswith("error-")}
    complaints = [f"{language}.ftl lacks {key}" for key in sorted(sentences.keys() - own)]
    complaints += [f"{language}.ftl has {key}, an error that does not exist" for key in sorted(own - sentences.keys())]
    for key in sorted(own & sentences.keys()):
        wanted = {name for _, name, _, _ in Formatter().parse(sentences[key]) if name}
        if unknown := fields(other[key]) - wanted:  # the reverse is allowed: a translation may omit technical details
            complaints.append(f"{language}.ftl: {key} has {sorted(unknown)}, which the code does not give")
    return complaints


def untranslated_commands(language: str, payload: Iterable[Mapping[str, Any]]) -> list[str]:
    """Find names and descriptions that Discord would show in English, and translated names that appear twice."""
    return list(_untranslated(language, payload, ""))


def _untranslated(language: str, items: Iterable[Mapping[str, Any]], where: str) -> Iterator[str]:
    names: list[str] = []
    for item in items:
        here = f"{where} {item['name']}".strip()
        for field in ("name", "description"):
            if item.get(field) and language not in item.get(f"{field}_localizations", {}):
                yield f"{language}.ftl lacks the {field} of {here}"
        names.append(item.get("name_localizations", {}).get(language, item["name"]))
        yield from _untranslated(language, item.get("options", ()), here)
        yield from _untranslated(language, item.get("choices", ()), here)
    yield from (
        f"{language}.ftl: {where or 'the commands'}: {name} appears twice"
        for name in {n for n in names if names.count(n) > 1}
    )


def unused_elsewhere(language: str, other: Catalogue, looked_up: Iterable[tuple[str, str | None]]) -> list[str]:
    """Find texts for commands, options and choices that nothing looks up.

    ``looked_up`` has every (key, attribute) that is looked up, whether it is found or not.
    """
    asked = set(looked_up)
    complaints = []
    for key, message in other.items():
        if key.startswith(("command-", "option-", "choice-", "menu-")):
            has = ([None] if message.value else []) + [attribute.id.name for attribute in message.attributes]
            complaints += [
                f"{language}.ftl: nothing looks up {key} {attribute or ''}"
                for attribute in has
                if (key, attribute) not in asked
            ]
    return complaints


def untranslated_traits(language: str, other: Catalogue, traits: Mapping[str, Iterable[str]]) -> list[str]:
    """Find traits and values that a language lacks, and those that no default model has."""
    wanted = {f"trait-{_key(name)}": {_key(value) for value in values} for name, values in traits.items()}
    own = {key: {attribute.id.name for attribute in other[key].attributes} for key in other if key.startswith("trait-")}
    complaints = [f"{language}.ftl lacks {key}" for key in sorted(wanted.keys() - own.keys())]
    complaints += [f"{language}.ftl has {key}, a trait of no model" for key in sorted(own.keys() - wanted.keys())]
    for key in sorted(own.keys() & wanted.keys()):
        complaints += [f"{language}.ftl: {key} lacks {value}" for value in sorted(wanted[key] - own[key])]
        complaints += [
            f"{language}.ftl: {key} has {value}, a value of no model" for value in sorted(own[key] - wanted[key])
        ]
    return complaints


def fields(message: ftl.Message) -> frozenset[str]:
    """Return the names of the fields that a message shows, or selects a variant by."""
    return frozenset(_Fields().of(message))


def written(message: ftl.Message) -> list[str]:
    """Return the pieces of text of a message and its attributes, as they stand between the fields."""
    return _Pieces().of(message)


class _Pieces(Visitor):
    def of(self, message: ftl.Message) -> list[str]:
        self.pieces: list[str] = []
        self.visit(message)
        return self.pieces

    def visit_TextElement(self, node: ftl.TextElement) -> None:
        self.pieces.append(node.value or "")


class _Fields(Visitor):
    def of(self, message: ftl.Message) -> set[str]:
        self.names: set[str] = set()
        self.visit(message)
        return self.names

    def visit_VariableReference(self, node: ftl.VariableReference) -> None:
        self.names.add(node.id.name)


def _marks(message: ftl.Message) -> tuple[int, bool]:
    """Return how many backticks a text has, and whether it is Discord subtext (-#): a translation must keep both."""
    text = "".join(
        part.value or ""
        for part in (message.value.elements if message.value else ())
        if isinstance(part, ftl.TextElement)
    )
    return text.count("`"), text.startswith("-# ")


def _key(written: str) -> str:
    return written.replace("_", "-")


def _name(function: ast.expr) -> str:
    return (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )


def _constants(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def sources(folder: Path, *more: Path) -> dict[str, str]:
    """Return {path: source} for every module below a folder, and for the files in ``more``."""
    return {str(path): path.read_text(encoding="utf-8") for path in (*sorted(folder.rglob("*.py")), *more)}
