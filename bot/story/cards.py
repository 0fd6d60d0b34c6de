"""Tells the card of a face: chooses among the sentences of a language's grammar by a hash of the recipe's line.

Knows nothing about recipes, networks or Discord: a line is any text, traits are names and values. Standard library
only.

A grammar is a file in bot/story/grammars/, named after its Discord locale. Each of its tables is a symbol: lists of
alternatives, each list under a condition on the face's traits, and one under ``any`` for faces that meet none.

    [place]
    "background=city" = ["on a rooftop above the neon signs", ...]      the trait has this value
    "eyes=blue expression!=closed" = [...]                              all conditions must hold
    any = [...]

The lists whose conditions hold are put together, and a hash of the version, the symbol and the line chooses one
alternative. A ``{symbol}`` in it is replaced likewise, by the same choice everywhere on a card. An alternative may have
several forms, separated by ``|``: of "a brass key|the key", ``{object}`` is the first and ``{object.2}`` the second.
The symbols ``name``, ``character``, ``likes``, ``dislikes`` and ``plot`` are what stands on a card. All languages have
the same conditions in the same order with as many alternatives, so a line tells the same story in every language; only
names are each language's own.

A line keeps its card for good. A grammar that was released is therefore never edited, not even where it misspells a
word: whatever is changed, added, removed or moved changes cards that people have seen. A later version is another file
with another number beside the first, and tells only lines that version 1 was never asked about: those whose ``model=``
was first offered together with it. All other lines stay with version 1.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from hashlib import sha256
from pathlib import Path

FOLDER = Path(__file__).parent / "grammars"
LANGUAGES = tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))
FALLBACK = "en"  # the language of cards where there is no grammar
ANY = "any"  # the condition of the alternatives for faces that meet no other

Symbol = Mapping[str, tuple[str, ...]]  # condition -> alternatives
_REFERENCE = re.compile(r"\{([a-z_]+)(?:\.([2-9]))?\}")


@dataclass(frozen=True)
class Card:
    """What is told of one face: each field is text in one language, without markup."""

    name: str
    character: str  # one or two sentences
    likes: str  # a list in words, without a full stop
    dislikes: str
    plot: str  # two or three sentences, in which something begins and nothing ends


@dataclass(frozen=True)
class Grammar:
    """The sentences of one language, and what they are made of."""

    version: int  # part of every choice
    symbols: Mapping[str, Symbol]


def tell(line: str, traits: Mapping[str, str], language: str) -> Card:
    """Return the card of the face that a recipe's canonical line draws; the same line and traits give the same card.

    ``traits`` are the face's traits as its network names them, {"back-hair": "bob", ...}; unknown ones are ignored, and
    of a face without traits a card says nothing that could be seen. ``language`` is a Discord locale; one that has no
    grammar is answered in English.
    """
    grammar = read_grammar(language if language in LANGUAGES else FALLBACK)
    return Card(**{field.name: _expand(field.name, 1, line, traits, grammar) for field in fields(Card)})


@cache
def read_grammar(language: str) -> Grammar:
    """Read a language's grammar, one of LANGUAGES."""
    with (FOLDER / f"{language}.toml").open("rb") as file:
        tables = tomllib.load(file)
    version = tables.pop("version")
    return Grammar(
        version, {name: {when: tuple(texts) for when, texts in table.items()} for name, table in tables.items()}
    )


def alternatives(symbol: Symbol, traits: Mapping[str, str]) -> tuple[str, ...]:
    """Return what a symbol may be for a face with these traits, in the grammar's order; never empty."""
    matching = tuple(text for when, texts in symbol.items() if when != ANY and _holds(when, traits) for text in texts)
    return matching or symbol[ANY]


def _holds(conditions: str, traits: Mapping[str, str]) -> bool:
    return all(_holds_one(condition, traits) for condition in conditions.split())


def _holds_one(condition: str, traits: Mapping[str, str]) -> bool:
    trait, _, value = condition.partition("=")
    if trait.endswith("!"):
        return traits.get(trait.removesuffix("!")) != value
    return traits.get(trait) == value


def _expand(name: str, form: int, line: str, traits: Mapping[str, str], grammar: Grammar) -> str:
    """Return the text of a symbol, and of everything that it refers to."""
    choices = alternatives(grammar.symbols[name], traits)
    text = choices[_hash(f"{grammar.version} {name} {line}") % len(choices)].split("|")[form - 1]
    return _REFERENCE.sub(lambda match: _expand(match[1], int(match[2] or 1), line, traits, grammar), text)


def _hash(text: str) -> int:
    return int.from_bytes(sha256(text.encode()).digest()[:8])
