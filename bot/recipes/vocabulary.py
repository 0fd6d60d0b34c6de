"""All that people may write for the traits of a model, in every language, and what it means.

The words stand in the catalogues of bot/i18n/languages/. Does not know what is done with a meaning, or with a text that
has several or none.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz, process

from bot.i18n import texts

Pair = tuple[str, str]  # a trait and one of its values, as the model spells them
Meanings = tuple[Pair, ...]  # what a phrase may mean; several if it is ambiguous
Traits = Mapping[str, tuple[str, ...]]

NONE = "none"  # the value of a trait whose thing is not there
MAX_OFFERS = 3  # how many near misses are offered
CLOSE = 75.0  # how alike a near miss must be, 0 to 100: of four letters one may be wrong
MAX_PHRASE_WORDS = 24  # of a phrase that is looked for within a text; in scripts without spaces, characters
MIN_CLOSE_CHARS = 4  # shorter words in Latin letters are close to too many others
_CONSIDERED = 24  # how many of the closest phrases are looked at for near misses; several may mean the same
_KEPT = 8  # the vocabularies of how many models are kept

_KATAKANA = {code: code + 0x60 for code in range(ord("ぁ"), ord("ゖ") + 1)}  # hiragana -> katakana
_TOKEN = re.compile(r"[a-z0-9]+|[^\W_]")


@dataclass(frozen=True)
class Negation:
    """The words that stand before and after a thing that shall not be there."""

    before: tuple[str, ...]
    after: tuple[str, ...]

    def surrounds(self, words: Sequence[str]) -> bool:
        """Return whether a text begins and ends like this."""
        end = max(0, len(words) - len(self.after))
        return tuple(words[: len(self.before)]) == self.before and tuple(words[end:]) == self.after

    def of(self, thing: str) -> str:
        """Return the phrase that says that a thing shall not be there."""
        return "".join((*self.before, thing, *self.after))


@dataclass(frozen=True)
class Vocabulary:
    """The words for the traits of one model. Every word and phrase is written as ``key`` returns it."""

    traits: Traits
    names: Mapping[str, str]  # word -> trait
    values: Mapping[Pair, str]  # (trait, word) -> value
    phrases: Mapping[str, Meanings]  # such as "pink", "pinkhair" and "noclip"
    absences: Mapping[str, Meanings]  # words that alone say no more than "none"
    negations: tuple[Negation, ...]
    fillers: frozenset[str]  # words that mean nothing here, such as "and"

    def meanings(self, typed: str) -> Meanings:
        """Return what the whole text may mean; nothing if it is not one phrase."""
        return self.phrases.get(key(typed)) or self.absences.get(key(typed), ())

    def split(self, typed: str) -> list[str]:
        """Split a text such as "pink hair and cat ears" into as few phrases as possible.

        Return nothing if that cannot be done, or can be done in several ways.
        """
        text = _fold(typed)
        spans = [match.span() for match in _TOKEN.finditer(text)]
        words = [text[start:end].translate(_KATAKANA) for start, end in spans]
        # ways[n]: the ways to choose as few phrases, then as few fillers, as possible for the first n words. Each is
        # (number of fillers, phrases); two of them tell enough.
        ways: list[list[tuple[int, tuple[str, ...]]]] = [[(0, ())]]
        for end in range(1, len(spans) + 1):
            found: list[tuple[int, tuple[str, ...]]] = []
            for start in range(end - 1, max(0, end - MAX_PHRASE_WORDS) - 1, -1):
                phrase = "".join(words[start:end])
                if phrase in self.phrases:
                    shown = text[spans[start][0] : spans[end - 1][1]]
                    found += [(fillers, (*chosen, shown)) for fillers, chosen in ways[start]]
                elif phrase in self.fillers:
                    found += [(fillers + 1, chosen) for fillers, chosen in ways[start]]
            best = min(((len(chosen), fillers) for fillers, chosen in found), default=None)
            ways.append([way for way in dict.fromkeys(found) if (len(way[1]), way[0]) == best][:2])
        return list(ways[-1][0][1]) if len(ways[-1]) == 1 else []

    def beginning(self, typed: str) -> Meanings:
        """Return what all phrases that begin like the text may mean."""
        word = key(typed)
        pairs = (pair for phrase, pairs in self.phrases.items() if phrase.startswith(word) for pair in pairs)
        return tuple(dict.fromkeys(pairs))

    def near(self, typed: str) -> Meanings:
        """Return up to three meanings of the phrases that are most like the text, the closest first.

        A text that says that something shall not be there is only like phrases that say so too.
        """
        words = _tokens(typed)
        if len("".join(words)) < MIN_CLOSE_CHARS and typed.isascii():
            return ()
        negated = any(negation.surrounds(words) for negation in self.negations)
        pairs = (pair for phrase in closest("".join(words), self.phrases) for pair in self.phrases[phrase])
        return tuple(dict.fromkeys(pair for pair in pairs if (pair[1] == NONE) == negated))[:MAX_OFFERS]

    def negated_trait(self, typed: str) -> str | None:
        """Return the trait of a thing that a text says shall not be there, if the thing is known."""
        words = _tokens(typed)
        for negation in self.negations:
            if negation.surrounds(words):
                thing = "".join(words[len(negation.before) : len(words) - len(negation.after)])
                traits = {name for name, _ in self.phrases.get(thing, ())} | {self.names.get(thing)} - {None}
                if len(traits) == 1:
                    return traits.pop()
        return None

    def near_values(self, trait: str, typed: str) -> Meanings:
        """Return up to three values of a trait whose words are most like the text, as pairs."""
        words = {word: value for (name, word), value in self.values.items() if name == trait}
        values = dict.fromkeys(words[word] for word in closest(key(typed), words))
        return tuple((trait, value) for value in values)[:MAX_OFFERS]

    def near_names(self, typed: str) -> list[str]:
        """Return up to three traits whose words are most like the text."""
        return list(dict.fromkeys(self.names[word] for word in closest(key(typed), self.names)))[:MAX_OFFERS]


def key(typed: str) -> str:
    """Return a text without what does not tell words apart: case, width, spaces, signs, hiragana for katakana."""
    return "".join(_tokens(typed))


def _tokens(typed: str) -> list[str]:
    """Return the words of a text. In scripts without spaces each character is one."""
    return _TOKEN.findall(_fold(typed).translate(_KATAKANA))


def _fold(typed: str) -> str:
    return unicodedata.normalize("NFKC", typed).casefold()


def closest(word: str, words: Iterable[str]) -> list[str]:
    """Return the words that are most like ``word``, the closest first."""
    found = process.extract(word, list(words), scorer=fuzz.ratio, score_cutoff=CLOSE, limit=_CONSIDERED)
    return [close for close, _, _ in found]


@lru_cache(maxsize=1)
def known_traits() -> Traits:
    """Return every trait and value for which some catalogue has a word."""
    known: dict[str, dict[str, None]] = {}
    for catalogue in texts.CATALOGUES.values():
        for (name, word), meaning in catalogue.traits.items():
            if word is None:
                known.setdefault(meaning, {})
            else:
                known.setdefault(name, {})[meaning] = None
    return {name: tuple(values) for name, values in known.items()}


def vocabulary_of(traits: Traits) -> Vocabulary:
    """Return the vocabulary of a model with these traits."""
    return _build(tuple((name, tuple(values)) for name, values in traits.items()))


@lru_cache(maxsize=_KEPT)
def _build(offered: tuple[tuple[str, tuple[str, ...]], ...]) -> Vocabulary:
    traits = dict(offered)
    languages = [_read_words(language, traits) for language in texts.CATALOGUES]
    # A word of the model's own means what it means there; only then come those of the catalogues.
    names = {key(name): name for name in traits}
    values = {(name, key(value)): value for name, listed in offered for value in listed}
    for words in languages:
        names = {**{word: name for name, own in words.names.items() for word in own}, **names}
        values = {**{(pair[0], word): pair[1] for pair, own in words.values.items() for word in own}, **values}
    phrases: dict[str, dict[Pair, None]] = {}
    absences: dict[str, dict[Pair, None]] = {}
    for name in traits:
        for words in languages:
            for phrase, pair in words.phrases(name, traits[name], values):
                phrases.setdefault(phrase, {})[pair] = None
            for word in words.values.get((name, NONE), ()):
                absences.setdefault(word, {})[name, NONE] = None
    return Vocabulary(
        traits,
        names,
        values,
        {phrase: tuple(pairs) for phrase, pairs in phrases.items()},
        {word: tuple(pairs) for word, pairs in absences.items()},
        tuple(negation for words in languages for negation in words.negations),
        frozenset().union(*(words.fillers for words in languages)),
    )


@dataclass(frozen=True)
class _Words:
    """What one language calls the traits of a model, and how it puts the words together."""

    names: Mapping[str, tuple[str, ...]]  # trait -> words
    values: Mapping[Pair, tuple[str, ...]]  # pair -> words
    orders: tuple[tuple[str, ...], ...]  # such as ("", "v", "", "t", ""): the value, then the trait
    negations: tuple[Negation, ...]
    fillers: frozenset[str]

    def phrases(self, name: str, listed: Iterable[str], values: Mapping[Pair, str]) -> Iterator[tuple[str, Pair]]:
        """Yield each phrase for the values of a trait, with what it means.

        ``values`` has what each word means to the model. A word that means another value there is left out.
        """
        things = list(self.names.get(name, ()))
        for value in listed:
            own = [word for word in self.values.get((name, value), ()) if values[name, word] == value]
            for word in own:
                if value != NONE:
                    yield word, (name, value)
                    things.append(word)
                for trait in self.names.get(name, ()):
                    yield from ((_join(order, word, trait), (name, value)) for order in self.orders)
        if NONE in listed:
            yield from ((negation.of(thing), (name, NONE)) for thing in things for negation in self.negations)


def _join(order: Sequence[str], value: str, trait: str) -> str:
    return "".join(value if part == _VALUE else trait if part == _TRAIT else part for part in order)


_VALUE, _TRAIT = "\1", "\2"  # stand for the words that are put into an order


def _read_words(language: str, traits: Traits) -> _Words:
    """Return the words of a language for these traits. English has the model's own words, too."""
    t = texts.Texts(language)
    spelled = {key(name): name for name in traits}
    spelled_values = {(name, key(value)): value for name in traits for value in traits[name]}
    names: dict[str, list[str]] = {name: [key(name)] if language == texts.SOURCE else [] for name in traits}
    values: dict[Pair, list[str]] = {
        (name, value): [key(value)] if language == texts.SOURCE else [] for name in traits for value in traits[name]
    }
    for (name, word), meaning in texts.CATALOGUES[language].traits.items():
        trait = spelled.get(key(meaning if word is None else name))
        if trait is None:
            continue
        if word is None:
            names[trait].append(key(name))
            continue
        value = spelled_values.get((trait, key(meaning)))
        if value is not None:
            values[trait, value].append(key(word))
    return _Words(
        {name: tuple(dict.fromkeys(own)) for name, own in names.items()},
        {pair: tuple(dict.fromkeys(own)) for pair, own in values.items()},
        tuple(_parts(order) for order in t("value_of_trait", value=_VALUE, trait=_TRAIT).split("|")),
        tuple(_negation(text) for text in t("without_trait", thing=_VALUE).split("|")),
        frozenset(map(key, t("filler_words").split("|"))),
    )


def _parts(order: str) -> tuple[str, ...]:
    return tuple(
        part if part in (_VALUE, _TRAIT) else key(part) for part in re.split(f"({_VALUE}|{_TRAIT})", order) if part
    )


def _negation(text: str) -> Negation:
    before, _, after = text.partition(_VALUE)
    return Negation(tuple(_tokens(before)), tuple(_tokens(after)))
