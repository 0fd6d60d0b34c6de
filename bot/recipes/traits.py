"""Reads typed traits ("pink hair, glasses: round"), matches them to a model's names, and suggests completions.

Knows nothing about Discord except its limits on suggestions.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from bot.errors import AmbiguousTrait, BadTraits, TraitTwice, UnclearTrait
from bot.i18n.texts import Texts, recognise_trait
from bot.recipes.vocabulary import MAX_OFFERS, NONE, Vocabulary, key, known_traits, vocabulary_of
from generator.contract.errors import GeneratorError, NoTraits, UnknownTrait, UnknownTraitValue
from generator.contract.faces.face import Between, Face, Mix, Move, Noise, Seed, Vector, as_seed
from generator.contract.faces.scope import DEFAULT_PSI
from generator.contract.kinds import KINDS, trait_directions
from generator.contract.names import SLUG, fold
from generator.contract.protocol import Model
from generator.contract.recipe import Recipe
from generator.contract.sampling import sample_traits

MAX_CHOICES = 25  # Discord's limit on suggestions for an option
MAX_CHOICE_CHARS = 100  # Discord's limit on the length of one suggestion
MAX_TRAITS_CHARS = 400
MIN_TOLD_PSI = 0.5  # a face that is closer to the average one may not show its traits

_PAIR = re.compile(r"\s*([^:=]+?)\s*[:=]\s*([^:=]+?)\s*")

_COLOURED_BY = {"back-hair": "hair", "bangs": "hair"}  # a trait -> the one that has its colour

Item = TypeVar("Item")


def read(typed: str | None, model: Model | None = None) -> dict[str, str]:
    """Read typed traits, in plain words of any supported language, as {trait: value}.

    They are separated by commas or lines, and each is a pair ("hair: pink") or a phrase ("pink hair", "no clip"; also
    "pink hair and cat ears"). ``model`` is the one that will draw, if it is known: then everything is spelled as it
    spells it, and has a meaning only if the model has that value. If it is None, pairs are taken as they are.
    Raises BadTraits if a piece is not a trait, AmbiguousTrait if it may mean several, UnclearTrait if it is close to
    one, TraitTwice if a trait gets two values, and what ``spell`` raises.
    """
    pairs: dict[str, str] = {}
    if typed and len(typed) > MAX_TRAITS_CHARS:
        raise BadTraits(value=typed)
    for piece in re.split(r"[,;、\n]", unicodedata.normalize("NFKC", typed or "")):
        for name, value in _read_piece(piece.strip(), model) if piece.strip() else ():
            if pairs.setdefault(name, value) != value:
                raise TraitTwice(trait=name, value=pairs[name], other=value)
    return pairs


def _read_piece(piece: str, model: Model | None) -> list[tuple[str, str]]:
    if model is not None and not model.traits:
        raise NoTraits(model=model.name)
    if re.search("[:=]", piece):
        return [_read_explicit(piece, model)]
    words = vocabulary_of(model.traits if model else known_traits())
    phrases = [piece] if words.meanings(piece) else words.split(piece)
    if not phrases:
        raise _explain(piece, words, model)
    return [_only_meaning(phrase, meanings) for phrase, meanings in _in_context(phrases, words)]


def _read_explicit(piece: str, model: Model | None) -> tuple[str, str]:
    match = _PAIR.fullmatch(piece)
    if match is None:
        raise BadTraits(value=piece)
    if model is not None:
        name, value = _spell_pair(match[1], match[2], model)
    else:
        name, value = map(fold, recognise_trait(match[1], match[2]))
    if not SLUG.fullmatch(name) or not SLUG.fullmatch(value):
        raise BadTraits(value=piece)
    return name, value


def _in_context(phrases: Sequence[str], words: Vocabulary) -> list[tuple[str, Sequence[tuple[str, str]]]]:
    """Return each phrase with its meanings. A colour beside a style of hair is the hair's: "pink twintails"."""
    meanings = [words.meanings(phrase) for phrase in phrases]
    found: list[tuple[str, Sequence[tuple[str, str]]]] = []
    for at, (phrase, several) in enumerate(zip(phrases, meanings, strict=True)):
        beside = [pair for near in (*meanings[max(0, at - 1) : at], *meanings[at + 1 : at + 2]) for pair in near]
        kinds = {_COLOURED_BY[fold(name)] for name, _ in beside if fold(name) in _COLOURED_BY}
        fitting = [pair for pair in several if fold(pair[0]) in kinds]
        found.append((phrase, fitting if len(several) > 1 and len(fitting) == 1 else several))
    return found


def _only_meaning(phrase: str, meanings: Sequence[tuple[str, str]]) -> tuple[str, str]:
    if len(meanings) > 1:
        raise AmbiguousTrait(value=phrase, choices=_list(meanings[:MAX_OFFERS]))
    return meanings[0]


def _explain(piece: str, words: Vocabulary, model: Model | None) -> GeneratorError:
    """Return why a phrase is not understood: what it may mean, what it is close to, or else what there is."""
    trait = words.names.get(key(piece))
    if trait is not None:
        values = [(trait, value) for value in words.traits[trait] if value != NONE]
        if values:
            return AmbiguousTrait(value=piece, choices=_list(values[:MAX_OFFERS]))
    if (trait := words.negated_trait(piece)) is not None:  # there is always some expression: "no smile" is none
        return UnknownTraitValue(trait=trait, value=piece, known=", ".join(words.traits[trait]))
    if near := words.near(piece):
        return UnclearTrait(value=piece, choices=_list(near))
    if model is None:
        return BadTraits(value=piece)
    return UnknownTrait(model=model.name, trait=piece, known=", ".join(model.traits))


def _list(pairs: Iterable[tuple[str, str]]) -> str:
    """Return pairs as the errors hold them, which show them in the reader's words."""
    return ", ".join(f"{name}={value}" for name, value in pairs)


def last_face(recipe: Recipe) -> dict[str, str]:
    """Return the traits that only a morph's last face has (its ``to.`` options). Other kinds of picture have none."""
    return {name.removeprefix("to."): str(value) for name, value in recipe.options if name.startswith("to.")}


def spell(pairs: Mapping[str, str], model: Model) -> dict[str, str]:
    """Return the traits and values as ``model`` spells them.

    Raises NoTraits if the model has no traits at all, UnknownTrait if it lacks one of these traits, and
    UnknownTraitValue if it lacks one of these values.
    """
    return dict(_spell_pair(name, value, model) for name, value in pairs.items())


def _spell_pair(typed: str, value: str, model: Model) -> tuple[str, str]:
    if not model.traits:
        raise NoTraits(model=model.name)
    words = vocabulary_of(model.traits)
    name = words.names.get(key(typed))
    if name is None:
        pairs = [(near, words.values.get((near, key(value)))) for near in words.near_names(typed)]
        if meant := [(near, match) for near, match in pairs if match is not None]:
            raise UnclearTrait(value=f"{typed}: {value}", choices=_list(meant))
        raise UnknownTrait(model=model.name, trait=typed, known=", ".join(model.traits))
    # A trait may have values that the model does not list. They are passed on as typed, and the worker checks them.
    match = words.values.get((name, key(value))) if model.traits[name] else fold(value)
    if match is None:
        # What is no colour of the hair may be one of its styles: "hair: long" is long hair.
        near = words.meanings(f"{value} {typed}") or words.near_values(name, value)
        if near:
            raise UnclearTrait(value=f"{typed}: {value}", choices=_list(near[:MAX_OFFERS]))
        raise UnknownTraitValue(trait=name, value=value, known=", ".join(model.traits[name]))
    return name, match


def of_recipe(recipe: Recipe, model: Model) -> dict[str, str]:
    """Return the traits of the face that a picture of one face shows, or begins with; see ``of_face``."""
    psi = recipe.psis[0] if "psi" in KINDS[recipe.kind].options else DEFAULT_PSI
    return of_face(recipe.seeds[0], dict(recipe.traits), model, psi)


def of_face(face: Face, shared: Mapping[str, str], model: Model, psi: float = DEFAULT_PSI) -> dict[str, str]:
    """Return the traits that a face has as ``model`` draws it, as far as they can be told, in the model's order.

    ``shared`` and ``psi`` are what the recipe says of all its faces. Of a mix and of a place between two faces, the
    traits that both have can be told; of a stored vector, and of a face close to the average one, none.
    """
    match face:
        case Mix() | Between():
            first, second = (of_face(one, shared, model, psi) for one in (face.first, face.second))
            return {trait: value for trait, value in first.items() if second.get(trait) == value}
        case Move():
            named = trait_directions(model.traits, model.directions)
            changed = {named.get(name, ("",))[0] for _, name, _ in face.steps}
            whole = of_face(face.face, shared, model, psi)
            return {trait: value for trait, value in whole.items() if trait not in changed}
        case Noise():
            return of_face(face.face, shared, model, psi)
        case Vector():
            return {}
        case int() | Seed():
            leaf = as_seed(face)
            if (psi if leaf.psi is None else leaf.psi) < MIN_TOLD_PSI:
                return {}
            own = {**shared, **dict(leaf.traits)}
            return {trait: own.get(trait, value) for trait, value in sample_traits(leaf.number, model.sampling).items()}


def label(name: str, value: str, t: Texts) -> str:
    """Return a trait and its value as people read them, such as "hair: pink", translated if ``t`` has the words."""
    return f"{t.lookup(f'trait-{name}') or name}: {t.lookup(f'trait-{name}', value) or value}"


def direction_label(name: str, t: Texts, pair: tuple[str, str] | None = None) -> str:
    """Return a direction as people read it: "hair-pink" becomes "hair: pink".

    ``pair`` is the direction's trait and value. If it is None or has no value, the name is split into a trait and a
    value that the language of ``t`` has words for. The English catalogue has none, so English keeps the name as it is.
    """
    return label(*pair, t) if pair is not None and pair[1] else t.name_direction(name) or name


def direction_change(name: str, amount: float, t: Texts) -> str:
    """Describe in words what a move along a direction by ``amount`` changes about a face.

    Names the end towards which it moves, or the trait and its new value, if the language of ``t`` has words for them,
    and the direction otherwise.
    """
    if end := t.name_end(name, amount):
        return end
    pair = t.split_direction(name)
    if pair is None:
        return t("change_along", direction=direction_label(name, t))
    return t(
        "change_to", trait=t.lookup(f"trait-{pair[0]}") or pair[0], value=t.lookup(f"trait-{pair[0]}", pair[1]) or ""
    )


def complete(typed: str, traits: Mapping[str, tuple[str, ...]], t: Texts) -> list[str]:
    """Suggest ways to complete typed traits, in the language of ``t``.

    Return at most 25 texts of at most 100 characters. Each repeats the typed text and completes its last piece.
    """
    done, comma, piece = re.sub("[，、;；]", ",", typed).replace("：", ":").rpartition(",")
    before = f"{done.strip()}, " if comma and done.strip() else ""
    used = {name for part in done.split(",") for name in _traits_in(part, traits)}
    free = {name: values for name, values in traits.items() if fold(name) not in used}
    texts = (f"{before}{ending}" for ending in _endings(piece.strip(), free, t))
    return [text for text in texts if len(text) <= MAX_CHOICE_CHARS][:MAX_CHOICES]


def interleave(columns: Sequence[Sequence[Item]]) -> Iterator[Item]:
    """Yield the first item of each column, then the second of each, and so on.

    A reader that stops early still gets items from every column.
    """
    for row in range(max(map(len, columns), default=0)):
        yield from (column[row] for column in columns if row < len(column))


def _read_pair(piece: str) -> tuple[str, str]:
    name, _, value = piece.partition(":")
    name, value = recognise_trait(name, value)
    return fold(name), fold(value)


def _traits_in(part: str, traits: Mapping[str, tuple[str, ...]]) -> set[str]:
    """Return the traits, folded, that a part of a typed text gives a value to."""
    if ":" in part:
        return {_read_pair(part)[0]}
    words = vocabulary_of(traits)
    return {fold(name) for phrase in words.split(part) for name, _ in words.meanings(phrase)}


def _endings(piece: str, traits: Mapping[str, tuple[str, ...]], t: Texts) -> Iterator[str]:
    """Yield the labels of traits that contain the typed text, in English or in the language of ``t``.

    A text without ":" may also begin a phrase in plain words, such as "pink" or "blond".
    """
    name, typed = _read_pair(piece)
    if ":" in piece:
        trait = _match_name(name, traits) or ""
        labels = {label(trait, value, t): value for value in traits.get(trait, ())}
        yield from (
            text for text, value in labels.items() if typed in fold(value) or typed in fold(text.partition(":")[2])
        )
        return
    matches = [trait for trait in traits if name in fold(trait) or name in fold(t.lookup(f"trait-{trait}") or "")]
    columns = [[label(trait, value, t) for value in traits[trait]] for trait in matches]
    begun = vocabulary_of(traits).beginning(piece) if piece else ()
    yield from dict.fromkeys([*interleave(columns), *(label(*pair, t) for pair in begun)])


def _match_name(typed: str, names: Iterable[str]) -> str | None:
    return next((name for name in names if fold(name) == fold(typed)), None)
