"""Reads the text of a face, in time that grows with its length. Each form has one function and one row in FORMS.

Knows neither kinds nor networks. Standard library only.

    7   Asuka                          a seed, or a word for one
    7(hair=pink,psi=1.2)               a seed with its own traits and psi
    @0123456789abcdef01234567          a stored vector; @...(psi=1.2) at another truncation
    near(F,3)   near(F,3,coarse)       the third near relative; in the coarse or fine layers only
    near(F,3/16)                       a relative 3/16 of the way round a circle
    noise(F,5)  noise(F,5,fine)        the same face with the random noise of seed 5
    mix(F,G)    mix(F,G,0-3)           layers 0 to 3 of F, the others of G
    move(F,d1=2,hair-pink=-1)          moved along directions; move(F,0-3,d1=2) in some layers only
    between(F,G,0.25)  between(F,G,1/4,sphere)     a place on the way from F to G, in w, z or on the sphere
    psi(F,1.2)                         the face at another truncation
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

from generator.contract import errors
from generator.contract.faces import making as make
from generator.contract.faces import syntax
from generator.contract.faces.face import DIGEST_CHARS, DIGITS, Face, Leaf, Move, Step, Vector, has_z, split_noise
from generator.contract.faces.syntax import Call, Item
from generator.contract.seeds import SEED_COUNT, parse_seed
from generator.contract.values import choice, decimal, read_direction, read_layers, read_trait, whole_number

PSI = (-2.0, 2.0)
MAX_AMOUNT = 100.0  # of a move, which adds up all moves before it
MAX_DENOMINATOR = 9999

_read_psi = decimal(*PSI)
_read_t = decimal(0, 1, DIGITS)
_read_amount = decimal(-MAX_AMOUNT, MAX_AMOUNT, DIGITS)
_read_count = whole_number(0, SEED_COUNT - 1)
_read_part = choice("all", "coarse", "fine")
_read_space = choice("w", "z", "sphere")
_FRACTION = re.compile(r"(\d{1,4})/(\d{1,4})", re.ASCII)


class _Change(NamedTuple):
    """What the calls around a face that is being read do to all of its leaves."""

    psi: float | None = None
    coarse: tuple[Step, ...] = ()  # steps to a relative; those of inner calls come first
    fine: tuple[Step, ...] = ()


_NO_CHANGE = _Change()


def is_expression(text: str) -> bool:
    """Return whether a text that may stand for a seed is read as an expression. Any other text is a seed's word."""
    return _EXPRESSION.match(text) is not None


def read_face(text: str) -> Face:
    """Read one face.

    Raises BadFace if a form is misspelt, and another RecipeError if a number, a name or a word is not allowed.
    """
    if not is_expression(text):
        return parse_seed(text)
    return _read_whole(text)


@lru_cache(maxsize=1024)
def _read_whole(text: str) -> Face:
    items = syntax.parse(text)
    if len(items) != 1:
        raise errors.BadFace(value=text, example="mix(near(7,3),20,0-3)")
    return _read(items[0], _NO_CHANGE)


@lru_cache(maxsize=256)
def read_faces(text: str) -> tuple[Face, ...]:
    """Read a comma-separated list of faces. Raises RecipeError like ``read_face``."""
    if "(" not in text:
        return tuple(map(read_face, text.split(",")))
    return tuple(_read(item, _NO_CHANGE) for item in syntax.parse(text))


def _read(item: Item, change: _Change) -> Face:
    if isinstance(item, Call) and item.name in FORMS:
        return FORMS[item.name].read(item, change)
    word, own = (item.name, item.arguments) if isinstance(item, Call) else (item, [])
    if word.startswith("@"):
        return _read_vector(word, own, item, change)
    if "=" in word or (isinstance(item, Call) and not (word.isascii() and word.isdigit())):
        raise errors.BadFace(value=str(item), example=", ".join(form.example for form in FORMS.values()))
    number = int(word) if word.isdigit() and len(word) < 10 else parse_seed(word)
    if not own and change is _NO_CHANGE:
        return number
    traits, psi = _read_own(own) if own else ({}, None)
    return make.seed(number, traits, psi if change.psi is None else change.psi, change.coarse, change.fine)


def _read_vector(word: str, own: list[Item], item: Item, change: _Change) -> Leaf:
    traits, psi = _read_own(own)
    psi = psi if change.psi is None else change.psi
    if not _DIGEST.fullmatch(word) or traits:
        raise errors.BadFace(value=str(item), example=f"@{'0123456789abcdef' * 2:.{DIGEST_CHARS}}(psi=1.2)")
    return Vector(word[1:], None if psi == 1 else psi, change.coarse, change.fine)


def _read_own(own: list[Item]) -> tuple[dict[str, str], float | None]:
    """Read the traits and the psi of a seed, such as hair=pink and psi=1.2."""
    pairs: dict[str, str] = {}
    for word in own:
        name, equals, value = str(word).partition("=")
        if isinstance(word, Call) or not equals:
            raise errors.BadFace(value=str(word), example="7(hair=pink,psi=1.2)")
        if name in pairs:
            raise errors.RepeatedOption(name=name)
        pairs[name] = value
    psi = _read_psi("psi", pairs.pop("psi")) if "psi" in pairs else None
    traits = {name.removeprefix("trait."): value for name, value in pairs.items()}
    if len(traits) < len(pairs):
        raise errors.RepeatedOption(name=next(iter(traits)))
    return {name: read_trait(f"trait.{name}", value) for name, value in traits.items()}, psi


# The forms. Each function reads the arguments of its call.


def _read_near(call: Call, change: _Change) -> Face:
    face, text, part = _words(call, 2, 3, "all")
    _read_part("near", part)
    step = _read_step(text)
    steps = (step,) if step else ()
    coarse = change.coarse if part == "fine" else steps + change.coarse
    fine = change.fine if part == "coarse" else steps + change.fine
    return _read(face, _Change(change.psi, coarse, fine))


def _read_step(text: str) -> Step:
    fraction = _FRACTION.fullmatch(text)
    if not fraction:
        return _read_count("near", text)
    denominator = whole_number(1, MAX_DENOMINATOR)("near", fraction[2])
    return make.place_on_circle(int(fraction[1]), denominator)


def _read_noise(call: Call, change: _Change) -> Face:
    face, number, part = _words(call, 2, 3, "all")
    return make.noise(_read(face, change), _read_count("noise", number), _read_part("noise", part))


def _read_mix(call: Call, change: _Change) -> Face:
    if not 2 <= len(call.arguments) <= 3:
        raise _bad(call)
    first, second, *rest = call.arguments
    if isinstance(layers := rest[0] if rest else None, Call):
        raise _bad(call)
    return make.mix(_read(first, change), _read(second, change), read_layers("layers", layers) if layers else None)


def _read_move(call: Call, change: _Change) -> Face:
    face, *rest = call.arguments
    words = [word for word in rest if isinstance(word, str)]
    layers = read_layers("layers", words.pop(0)) if words and "=" not in words[0] else None
    if len(words) + (layers is not None) < len(rest) or not words:
        raise _bad(call)
    amounts: dict[str, float] = {}
    for word in words:
        name, _, amount = word.partition("=")
        if read_direction("direction", name) in amounts:
            raise errors.RepeatedOption(name=name)
        amounts[name] = _read_amount(name, amount)
    moved = make.move(_read(face, change), amounts, layers)
    bare = split_noise(moved)[0]
    for _, name, total in bare.steps if isinstance(bare, Move) else ():
        if abs(total) > MAX_AMOUNT:
            raise errors.OutOfRange(name=name, low=-MAX_AMOUNT, high=MAX_AMOUNT, value=total)
    return moved


def _read_between(call: Call, change: _Change) -> Face:
    if not 3 <= len(call.arguments) <= 4 or any(isinstance(word, Call) for word in call.arguments[2:]):
        raise _bad(call)
    first, second, place, *rest = call.arguments
    space = _read_space("space", str(rest[0]) if rest else "w")
    ends = _read(first, change), _read(second, change)
    check_space(ends, space)
    return make.between(*ends, _read_place(str(place)), space)


def check_space(ends: tuple[Face, ...], space: str) -> None:
    """Raise NotInSpace if one of the faces cannot be an end of a way in this space."""
    for end in ends if space != "w" else ():
        if not has_z(split_noise(end)[0]):
            raise errors.NotInSpace(face=str(end), space=space)


def _read_place(text: str) -> float:
    fraction = _FRACTION.fullmatch(text)
    if not fraction:
        return _read_t("between", text)
    whole = whole_number(1, MAX_DENOMINATOR)("between", fraction[2])
    return _read_t("between", f"{int(fraction[1]) / whole:.12f}")


def _read_at_psi(call: Call, change: _Change) -> Face:
    face, text, _ = _words(call, 2, 2, "")
    psi = _read_psi("psi", text)
    return _read(face, _Change(psi if change.psi is None else change.psi, change.coarse, change.fine))


def _words(call: Call, low: int, high: int, default: str) -> tuple[Item, str, str]:
    """Return the face in a call, and the one or two words after it. Raises BadFace if there are more or fewer."""
    face, *words = call.arguments
    if not low <= len(call.arguments) <= high or any(isinstance(word, Call) for word in words):
        raise _bad(call)
    return face, str(words[0]), str(words[1]) if len(words) > 1 else default


def _bad(call: Call) -> errors.BadFace:
    return errors.BadFace(value=str(call), example=FORMS[call.name].example)


class Form(NamedTuple):
    """A form of expression."""

    read: Callable[[Call, _Change], Face]
    example: str  # quoted in error messages


FORMS: Mapping[str, Form] = {
    "near": Form(_read_near, "near(7,3)"),
    "noise": Form(_read_noise, "noise(7,5)"),
    "mix": Form(_read_mix, "mix(10,20,0-3)"),
    "move": Form(_read_move, "move(7,d1=2)"),
    "between": Form(_read_between, "between(10,20,0.5)"),
    "psi": Form(_read_at_psi, "psi(7,1.2)"),
}
_DIGEST = re.compile(rf"@[0-9a-f]{{{DIGEST_CHARS}}}")
# Words for seeds stay words, so that only what can hardly be one is an expression.
_EXPRESSION = re.compile(rf"(?:[0-9]+|{'|'.join(FORMS)})\(|{_DIGEST.pattern}(?![^(])", re.ASCII)
