"""What is wrong with the catalogues in bot/i18n/languages/: pure functions from sources and catalogues to complaints.

A complaint is one line; no complaint is an empty list. Each takes what it looks at, so that a test can show it something broken.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from string import Formatter
from typing import Any

from fluent.syntax import FluentParser
from fluent.syntax import ast as ftl
from fluent.syntax.visitor import Visitor

from generator.contract.errors import GeneratorError

ELSEWHERE = ("error-", "command-", "option-", "choice-", "menu-", "trait-", "former-", "expected-")  # English stands in the code
SAYS = ("t", "texts", "_texts")  # names of what is called with a key

Catalogue = Mapping[str, "ftl.Message"]


def catalogue(text: str) -> Catalogue:
    """Read a catalogue's messages. Raises ValueError on what is no Fluent, and on a key that is there twice."""
    found: dict[str, ftl.Message] = {}
    for entry in FluentParser().parse(text).body:
        if isinstance(entry, ftl.Junk) or (isinstance(entry, ftl.Message) and entry.id.name in found):
            raise ValueError(f"not Fluent, or there twice: {entry}")
        if isinstance(entry, ftl.Message):
            found[entry.id.name] = entry
    return found


# What the code says


class Saying:
    """One call with a key: the keys that it names, the patterns of keys, and the fields that it fills in (None where unknown)."""

    def __init__(self, call: ast.Call, where: str, constants: frozenset[str]) -> None:
        self.where = f"{where}:{call.lineno}"
        self.keys: set[str] = set()
        self.patterns: list[re.Pattern[str]] = []
        self.candidates: frozenset[str] = frozenset()
        self._read(call.args[0], constants)
        names = [keyword.arg for keyword in call.keywords]
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
        """Whether the key is named, or is made of a pattern and words that stand in the code."""
        found = (pattern.fullmatch(key) for pattern in self.patterns)
        return key in self.keys or any(
            all(part in self.candidates for part in match.groups()) for match in found if match
        )


def sayings(sources: Mapping[str, str]) -> list[Saying]:
    """Return every call with a key in these modules, {path: source}."""
    trees = {path: ast.parse(source) for path, source in sources.items()}
    everywhere = frozenset(_key(word) for tree in trees.values() for word in _constants(tree))
    return [saying for path, tree in trees.items() for saying in _sayings(path, tree, everywhere)]


def _sayings(path: str, tree: ast.AST, everywhere: frozenset[str]) -> Iterator[Saying]:
    # A key in a variable is a word of the same module, or one with an underscore of any: that is no other thing's name.
    own = frozenset(map(_key, _constants(tree))) | {word for word in everywhere if "-" in word}
    called = (*SAYS, "self") if path.endswith("texts.py") else SAYS
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and _name(node.func) in called:
            yield Saying(node, path, everywhere if isinstance(node.args[0], ast.JoinedStr) else own)


def missing_in_source(said: Iterable[Saying], english: Catalogue) -> list[str]:
    """Keys that the code uses and en.ftl lacks; fields that the code gives and the text does not want, or the reverse."""
    complaints = []
    for saying in said:
        complaints += [f"{saying.where}: en.ftl has no {key}" for key in sorted(saying.keys - english.keys())]
        if saying.patterns and not any(saying.uses(key) for key in english):
            complaints.append(f"{saying.where}: en.ftl has nothing like {saying.patterns[0].pattern}")
        for key in saying.keys & english.keys():
            wanted = fields(english[key])
            given = saying.fields
            if given is not None and (wanted - given or (given != wanted and len(saying.keys) == 1)):
                complaints.append(f"{saying.where}: {key} wants {sorted(wanted)}, and is given {sorted(given)}")
    return complaints


def unused(said: Iterable[Saying], english: Catalogue) -> list[str]:
    """Keys of en.ftl that nothing says."""
    all_sayings = list(said)
    return [f"en.ftl: nothing says {key}" for key in english if not any(saying.uses(key) for saying in all_sayings)]


# What the languages have


def untranslated(language: str, other: Catalogue, english: Catalogue) -> list[str]:
    """Texts that a language lacks, or has and English has not, or that have other fields or other marks in it."""
    own = {key for key in other if not key.startswith(ELSEWHERE)}
    complaints = [f"{language}.ftl lacks {key}" for key in sorted(english.keys() - own)]
    complaints += [f"{language}.ftl has {key}, which en.ftl has not" for key in sorted(own - english.keys())]
    for key in sorted(own & english.keys()):
        if fields(other[key]) != fields(english[key]):
            complaints.append(
                f"{language}.ftl: {key} has {sorted(fields(other[key]))}, in English {sorted(fields(english[key]))}"
            )
        if _marks(other[key]) != _marks(english[key]):
            complaints.append(f"{language}.ftl: {key} has other markdown than in English")
    return complaints


def untranslated_errors(language: str, other: Catalogue, errors: Iterable[type[GeneratorError]]) -> list[str]:
    """Errors that a language lacks, or has and the code has not, or that have fields in it that the code does not give."""
    sentences = {"error-" + _key(error.code): error.sentence for error in errors}
    own = {key for key in other if key.startswith("error-")}
    complaints = [f"{language}.ftl lacks {key}" for key in sorted(sentences.keys() - own)]
    complaints += [f"{language}.ftl has {key}, an error that there is not" for key in sorted(own - sentences.keys())]
    for key in sorted(own & sentences.keys()):
        wanted = {name for _, name, _, _ in Formatter().parse(sentences[key]) if name}
        if unknown := fields(other[key]) - wanted:  # technical details may be left out
            complaints.append(f"{language}.ftl: {key} has {sorted(unknown)}, which the code does not give")
    return complaints


def untranslated_commands(language: str, payload: Iterable[Mapping[str, Any]]) -> list[str]:
    """Names and descriptions that Discord would show in English, and names that would be the same."""
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
        f"{language}.ftl: {where or 'the commands'}: {name} is there twice"
        for name in {n for n in names if names.count(n) > 1}
    )


def unused_elsewhere(language: str, other: Catalogue, looked_up: Iterable[tuple[str, str | None]]) -> list[str]:
    """Texts for commands, options and choices that nothing looks up. looked_up: (key, attribute), found or not."""
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
    """Traits and values that a language lacks, or has and no network of ours has, or that would be the same."""
    wanted = {f"trait-{_key(name)}": {_key(value) for value in values} for name, values in traits.items()}
    own = {key: {attribute.id.name for attribute in other[key].attributes} for key in other if key.startswith("trait-")}
    complaints = [f"{language}.ftl lacks {key}" for key in sorted(wanted.keys() - own.keys())]
    complaints += [f"{language}.ftl has {key}, a trait of nothing" for key in sorted(own.keys() - wanted.keys())]
    for key in sorted(own.keys() & wanted.keys()):
        complaints += [f"{language}.ftl: {key} lacks {value}" for value in sorted(wanted[key] - own[key])]
        complaints += [
            f"{language}.ftl: {key} has {value}, a value of nothing" for value in sorted(own[key] - wanted[key])
        ]
    return complaints


def fields(message: ftl.Message) -> frozenset[str]:
    """Return the fields that a message shows or chooses by."""
    return frozenset(_Fields().of(message))


def written(message: ftl.Message) -> list[str]:
    """Return everything that a message or its attributes say, each piece between fields on its own."""
    return _Pieces().of(message)


class _Pieces(Visitor):
    def of(self, message: ftl.Message) -> list[str]:
        self.found: list[str] = []
        self.visit(message)
        return self.found

    def visit_TextElement(self, node: ftl.TextElement) -> None:
        self.found.append(node.value or "")


class _Fields(Visitor):
    def of(self, message: ftl.Message) -> set[str]:
        self.found: set[str] = set()
        self.visit(message)
        return self.found

    def visit_VariableReference(self, node: ftl.VariableReference) -> None:
        self.found.add(node.id.name)


def _marks(message: ftl.Message) -> tuple[int, bool]:
    """Code marks, and whether it is written small: what other parts of the bot, or Discord, read in a text."""
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
    """Return {path: source} of every module below a folder, and of some more."""
    return {str(path): path.read_text(encoding="utf-8") for path in (*sorted(folder.rglob("*.py")), *more)}
