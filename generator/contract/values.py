"""Reads the text of an option's value, and writes a value as text.

Knows neither kinds nor recipes. Standard library only.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from generator.contract import errors
from generator.contract.names import DIRECTION, MODEL, SLUG

if TYPE_CHECKING:
    from generator.contract.faces.face import Face

# Several psi or directions are one str, such as "d1,d2". A range of layers is a str, such as "0-3".
Value: TypeAlias = int | float | str | bool | tuple["Face", ...]
Number = TypeVar("Number", int, float)
OptionReader = Callable[[str, str], Value]  # converts (name, text) to the value; raises RecipeError

LAYERS = (0, 17)  # first and last w-layer of the largest network, 1024 px

_WHOLE = re.compile(r"[+-]?\d+")
_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_LAYERS = re.compile(r"(\d{1,4})(?:-(\d{1,4}))?", re.ASCII)


def write_value(value: Value, digits: int = 4) -> str:
    """Return a value as it is written in a recipe line. A fraction gets at most ``digits`` decimals."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return f"{value:.{digits}f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def whole_number(low: int, high: int) -> Callable[[str, str], int]:
    """Return a function that reads a whole number from ``low`` to ``high``."""

    def read(name: str, text: str) -> int:
        if not _WHOLE.fullmatch(text):
            raise errors.BadValue(name=name, value=text, expected="a-whole-number")
        return within(name, int(text), low, high)

    return read


def within(name: str, value: Number, low: Number, high: Number) -> Number:
    """Return ``value``. Raises OutOfRange if it is below ``low`` or above ``high``."""
    if not low <= value <= high:
        text = write_value(value)
        raise errors.OutOfRange(name=name, low=low, high=high, value=text if len(text) <= 20 else text[:19] + "…")
    return value


def read_trait(name: str, text: str) -> str:
    """Read ``text``, the value of a trait. ``name`` is the option's name, such as "trait.hair" or "to.hair".

    Raises BadValue if the trait's name or the value is misspelt.
    """
    if not SLUG.fullmatch(name.partition(".")[2]) or not SLUG.fullmatch(text):
        raise errors.BadValue(name=name, value=text, expected="a-trait")
    return text


def decimal(low: float, high: float, digits: int = 4) -> Callable[[str, str], float]:
    """Return a function that reads a number from ``low`` to ``high``, rounded to ``digits`` decimals."""

    def read(name: str, text: str) -> float:
        if not _DECIMAL.fullmatch(text):
            raise errors.BadValue(name=name, value=text, expected="a-number")
        return round(within(name, float(text), low, high), digits) + 0.0  # adding 0.0 turns -0.0 into 0.0

    return read


def choice(*choices: str) -> Callable[[str, str], str]:
    """Return a function that reads one of ``choices``."""

    def read(name: str, text: str) -> str:
        if text not in choices:
            raise errors.NotAChoice(name=name, value=text, choices=", ".join(choices))
        return text

    return read


def read_yes_no(name: str, text: str) -> bool:
    """Read "yes" or "no"."""
    return choice("yes", "no")(name, text) == "yes"


def read_model(name: str, text: str) -> str:
    """Read the name of a model. Raises BadValue if it is misspelt."""
    if not MODEL.fullmatch(text):
        raise errors.BadValue(name=name, value=text, expected="a-model")
    return text


def read_direction(name: str, text: str) -> str:
    """Read the name of a direction. Raises BadValue if it is misspelt."""
    if not DIRECTION.fullmatch(text):
        raise errors.BadValue(name=name, value=text, expected="a-direction")
    return text


def several(one: OptionReader, most: int) -> OptionReader:
    """Return a function that reads up to ``most`` comma-separated values, each with the function ``one``.

    It returns a single value as ``one`` returns it, and several values as one comma-separated text. It raises
    TooManyValues if there are more than ``most`` values.
    """

    def read(name: str, text: str) -> Value:
        values = [one(name, piece) for piece in text.split(",")]
        if len(values) > most:
            raise errors.TooManyValues(name=name, limit=most, given=len(values))
        return values[0] if len(values) == 1 else ",".join(map(write_value, values))

    return read


def read_shift(name: str, text: str) -> str:
    """Read how far a picture is moved: two numbers from -1 to 1 with a comma, to the right and down."""
    pieces = text.split(",")
    if len(pieces) != 2 or not all(map(_DECIMAL.fullmatch, pieces)):
        raise errors.BadValue(name=name, value=text, expected="a-shift")
    return ",".join(write_value(decimal(-1, 1)(name, piece)) for piece in pieces)


def read_layers(name: str, text: str) -> str:
    """Read a range of layers, "a-b" with both ends included, or a single layer, "a"."""
    match = _LAYERS.fullmatch(text)
    if not match:
        raise errors.BadValue(name=name, value=text, expected="layers")
    low, high = int(match[1]), int(match[2] or match[1])
    for layer in (low, high):
        within(name, layer, *LAYERS)
    if low > high:
        raise errors.BadValue(name=name, value=text, expected="layers-in-order", low=high, high=low)
    return str(low) if low == high else f"{low}-{high}"
