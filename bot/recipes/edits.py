"""Reads what should change about a face ("blue hair, no glasses, turn: 2"), and makes the recipe of the changed face.

A change of a trait is that trait on the same seeds. What no trait names is moved along a direction, by an amount. Both
may follow one another as often as one likes. Knows nothing about Discord.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bot.errors import ChangedTwice, NoSeedToChange, NothingToChange
from bot.i18n.texts import Texts, recognise_trait
from bot.recipes import capabilities, traits, variations
from bot.recipes.panel import MAX_AMOUNT, set_trait
from bot.recipes.request import require_change
from bot.recipes.vocabulary import vocabulary_of
from generator.contract.errors import OutOfRange
from generator.contract.faces.face import Vector, leaves
from generator.contract.faces.making import move
from generator.contract.faces.scope import make_absolute
from generator.contract.kinds import trait_directions
from generator.contract.names import DIRECTION, fold
from generator.contract.protocol import Model
from generator.contract.recipe import Recipe

_ANY = Model("", 0, "")  # stands for a model that is not known yet: it has d1 to d10 alone
_NUMBER = r"[+-]?\d+(?:[.]\d+)?"
_MOVE = re.compile(rf"(.+?)\s*[:=\s]\s*({_NUMBER})", re.ASCII)


@dataclass(frozen=True)
class Edit:
    """What should change about a face that ``model`` draws."""

    model: Model | None  # None if it is not known yet
    traits: Mapping[str, str] = field(default_factory=dict)
    moves: Mapping[str, float] = field(default_factory=dict)  # direction -> amount

    def apply(self, recipe: Recipe) -> Recipe:
        """Return a recipe for the changed face of a picture.

        Raises ManyFaces if the picture shows several faces, and NoSeedToChange if the face has no seed with traits.
        """
        made = variations.extract_face(recipe)
        if self.traits and all(isinstance(leaf, Vector) for leaf in leaves(made.seeds[0])):
            raise NoSeedToChange()
        for trait, value in self.traits.items():
            made = set_trait(made, trait, value, self.model or _ANY)
        return made.with_seeds(move(made.seeds[0], self.moves)) if self.moves else made

    def show(self, recipe: Recipe, format: str) -> Recipe:
        """Return a recipe for an animation or strip in which the face of a picture becomes the changed one.

        Raises EqualFrames if nothing changes, and as ``apply`` does.
        """
        before, after = variations.extract_face(recipe), self.apply(recipe)
        (face,) = after.seeds
        if after.traits != before.traits:  # the last face has traits of its own
            face = make_absolute(face, None, dict(after.traits))
        return require_change(variations.convert("morph", before, *before.seeds, face, format=format))


def read(typed: str, model: Model | None, amount: float | None = None) -> Edit:
    """Read typed changes, in plain words of any supported language.

    ``model`` is the one that will draw, if it is known already. Otherwise what has an amount is taken for a direction.
    ``amount`` is how far to move along directions for which the text does not say it; if None, their usual amounts.
    Raises NothingToChange if the text is empty, ChangedTwice if a direction is given twice, and other GeneratorErrors
    if something is neither a direction nor a trait (see ``traits.read``).
    """
    asked: list[str] = []
    moves: dict[str, float] = {}
    for piece in (part for whole in _pieces(typed) for part in _split_ends(whole, model)):
        found = _read_move(piece, model, amount)
        if found is None:
            asked.append(piece)
        elif found[0] in moves:
            raise ChangedTwice(name=found[0])
        else:
            moves[found[0]] = found[1]
    if not asked and not moves:
        raise NothingToChange()
    return Edit(model, traits.read(", ".join(asked), model), moves)


def read_direction(typed: str, amount: float | None, model: Model | None) -> Edit | None:
    """Read what was typed as the direction of an edit: the traits that it names, if nothing else can be meant.

    Words for an end of a direction, such as "look up", are that move. Return None for directions such as "d1, d2" or
    "turn", for a tested direction with an amount, and for several values of one trait, which make a chart. ``model`` is
    as in ``read``.
    """
    ends = [_read_end(piece, model, amount) for piece in _pieces(typed)]
    if ends and all(ends):
        return read(typed, model, amount)
    if model is None:
        pairs_alone = amount is None and all(re.search("[:=]", piece) for piece in _pieces(typed))
        return Edit(None, traits.read(typed)) if pairs_alone else None
    names = capabilities.read_direction(typed).split(",")
    pairs = {fold(name): pair for name, pair in trait_directions(model.traits).items()}
    named = [pairs.get(fold(name)) for name in names]
    if amount is not None and set(map(fold, names)) <= set(map(fold, capabilities.learnt_directions(model))):
        return None
    values = dict(pair for pair in named if pair)
    return Edit(model, values) if len(values) == len(names) else None


def complete(typed: str, model: Model, t: Texts) -> list[str]:
    """Suggest ways to complete typed changes: traits, then the directions of what no trait names."""
    done, comma, piece = re.sub("[，、;；]", ",", typed).rpartition(",")
    before = f"{done.strip()}, " if comma and done.strip() else ""
    amounts = capabilities.default_amounts(model)
    words = capabilities.list_worded(model)
    ends = [(name, sign, t.name_end(name, sign) or name) for name in words for sign in (1, -1)]
    ends += [(name, 1, traits.direction_label(name, t)) for name in amounts if name not in words]
    wanted, begun = fold(piece), capabilities.complete_end(piece)
    moves = [
        f"{before}{label}: {amounts[name]:g}"
        for name, sign, label in ends
        if wanted in fold(name) or wanted in fold(label) or (name, sign) in begun
    ]
    named = traits.complete(typed, model.traits, t)
    most = max(traits.MAX_CHOICES - len(moves), traits.MAX_CHOICES - 5)
    return [*named[:most], *moves][: traits.MAX_CHOICES]


def _pieces(typed: str) -> Iterator[str]:
    text = unicodedata.normalize("NFKC", typed).replace("\N{MINUS SIGN}", "-")
    yield from (piece.strip() for piece in re.split(r"[,;、\n]", text) if piece.strip())


def _split_ends(piece: str, model: Model | None) -> list[str]:
    """Split "look left and blue hair": the words for an end of a direction are no part of what traits are read from."""
    parts = re.split(r"\s+and\s+", piece, flags=re.IGNORECASE)
    return parts if any(_read_end(part, model, None) for part in parts) else [piece]


def _read_move(piece: str, model: Model | None, usual: float | None) -> tuple[str, float] | None:
    """Return the direction and the amount in a piece such as "turn: 2", "d3 -1" or "tilt", or None if it names none.

    A name without an amount that is also a word for a trait means the trait.
    """
    if (end := _read_end(piece, model, usual)) is not None:
        return end
    match = _MOVE.fullmatch(piece)
    name, amount = (match[1], float(match[2])) if match else (piece, usual)
    known, direction = capabilities.known_amounts(model or _ANY), fold(recognise_trait(name, "")[0])
    found = next((one for one in known if fold(one) == direction), None)
    if found is None and model is None and match and DIRECTION.fullmatch(direction):
        found = direction
    if found is None or (not match and model is not None and vocabulary_of(model.traits).meanings(piece)):
        return None
    return found, _within(found, known[found] if amount is None else amount)


def _read_end(piece: str, model: Model | None, usual: float | None) -> tuple[str, float] | None:
    """Return the direction and the amount in a piece such as "look up" or "look up: 2", or None if it is no such words.

    A model that is known must have the direction.
    """
    match = _MOVE.fullmatch(piece)
    words, amount = (match[1], float(match[2])) if match else (piece, usual)
    known, end = capabilities.known_amounts(model or _ANY), capabilities.read_end(words)
    if end is None or (model is not None and end[0] not in known):
        return None
    name, sign = end
    return name, sign * _within(name, known.get(name, capabilities.KNOB_AMOUNT) if amount is None else amount)


def _within(name: str, amount: float) -> float:
    """Return an amount of a direction. Raises OutOfRange if it is too far."""
    if not -MAX_AMOUNT <= amount <= MAX_AMOUNT:
        raise OutOfRange(name=name, low=-MAX_AMOUNT, high=MAX_AMOUNT, value=f"{amount:g}")
    return amount
