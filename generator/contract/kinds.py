"""The kinds of picture and their options, and functions that read an option's text or count the faces of a recipe.

Knows nothing about models, pixels or Discord; recipe.py parses the line. Standard library only. To add a kind, add a
row to KINDS.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from generator.contract import errors
from generator.contract.names import DIRECTION, MODEL, SLUG
from generator.contract.seeds import parse_seed

# Several seeds, psi values or directions are one str, such as "20,21,22". A range of layers is a str, such as "0-3".
Value = int | float | str | bool
Number = TypeVar("Number", int, float)
OptionReader = Callable[[str, str], Value]  # converts (name, text) to the value; raises RecipeError
Numbers = tuple[int, ...]

MAX_SOURCES = 5  # the most seeds along each side of a table of mixes
MAX_PSIS = 4  # the most psi values of a grid; each gets its own grid, and these are shown side by side
FACTORS = 10  # number of factorised directions, d1 to d10; also the most rows in a chart
CHART_STEPS = 5  # faces in each row of a chart
LAYERS = (0, 17)  # first and last w-layer of the largest network, 1024 px
NO_SHIFT = "0,0"

_WHOLE = re.compile(r"[+-]?\d+")
_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_LAYERS = re.compile(r"(\d{1,4})(?:-(\d{1,4}))?", re.ASCII)


@dataclass(frozen=True)
class Option:
    """An option ``key=value`` that a kind of picture takes."""

    read: OptionReader
    default: Value | None  # None if it must be given, or if leaving it out has a meaning of its own
    help: str  # one line of help


@dataclass(frozen=True)
class Kind:
    """A kind of picture, and the numbers and options that its recipes take. Traits are not listed here."""

    numbers: str  # what the numbers after the kind mean: "seeds" or "side"
    count: tuple[int, int]  # the fewest and the most of these numbers
    options: Mapping[str, Option]
    example: str  # one or two example recipes, quoted in error messages
    # Returns the number of faces to draw, given the numbers and the values of all options, defaults included.
    faces: Callable[[Numbers, Mapping[str, Any]], int]
    required: tuple[str, ...] = ()  # options that must be given
    strip: Mapping[str, Value] = field(default_factory=dict)  # defaults that are different if format=strip
    # Checks the recipe and rewrites it into its canonical form. It returns the seeds and modifies the options in place.
    settle: Callable[[Numbers, dict[str, Value]], Numbers] | None = None


def trait_directions(
    traits: Mapping[str, tuple[str, ...]], tested: Sequence[str] | None = None
) -> dict[str, tuple[str, str]]:
    """Map the name of each learnt direction of a network, such as "hair-pink", to its trait and value.

    ``traits`` maps the name of each trait of the network to the trait's values.
    ``tested`` lists the directions that passed their test. If it is given, only these are returned. A tested direction
    that is not named after a trait and a value, such as "turn", gets its own name as the trait and "" as the value.
    """
    untested = {f"{trait}-{value}": (trait, value) for trait, values in traits.items() for value in values}
    return untested if tested is None else {name: untested.get(name, (name, "")) for name in tested}


def write_value(value: Value) -> str:
    """Return a value as it is written in a recipe line."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


# Functions that read an option's text.


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


def _decimal(low: float, high: float) -> Callable[[str, str], float]:
    def read(name: str, text: str) -> float:
        if not _DECIMAL.fullmatch(text):
            raise errors.BadValue(name=name, value=text, expected="a-number")
        return round(within(name, float(text), low, high), 4) + 0.0  # adding 0.0 turns -0.0 into 0.0

    return read


def _choice(*choices: str) -> Callable[[str, str], str]:
    def read(name: str, text: str) -> str:
        if text not in choices:
            raise errors.NotAChoice(name=name, value=text, choices=", ".join(choices))
        return text

    return read


def _yes_no(name: str, text: str) -> bool:
    return _choice("yes", "no")(name, text) == "yes"


def _model(name: str, text: str) -> str:
    if not MODEL.fullmatch(text):
        raise errors.BadValue(name=name, value=text, expected="a-model")
    return text


def _direction(name: str, text: str) -> str:
    if not DIRECTION.fullmatch(text):
        raise errors.BadValue(name=name, value=text, expected="a-direction")
    return text


def _seed(name: str, text: str) -> int:
    return parse_seed(text)


def _several(one: OptionReader, most: int, error: type[errors.OutOfRange] = errors.TooManyValues) -> OptionReader:
    """Return a function that reads up to ``most`` comma-separated values, each with the function ``one``.

    It returns a single value as ``one`` returns it, and several values as one comma-separated text. It raises
    ``error`` if there are more than ``most`` values.
    """

    def read(name: str, text: str) -> Value:
        values = [one(name, piece) for piece in text.split(",")]
        if len(values) > most:
            raise error(name=name, limit=most, given=len(values))
        return values[0] if len(values) == 1 else ",".join(map(write_value, values))

    return read


def _layers(name: str, text: str) -> str:
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


def _shift(name: str, text: str) -> str:
    """Read how far to move a picture: two numbers with a comma, to the right and downwards."""
    pieces = text.split(",")
    if len(pieces) != 2 or not all(map(_DECIMAL.fullmatch, pieces)):
        raise errors.BadValue(name=name, value=text, expected="a-shift")
    return ",".join(write_value(_decimal(-1, 1)(name, piece)) for piece in pieces)


def _settle_mix(seeds: Numbers, options: dict[str, Value]) -> Numbers:
    """Rewrite a table of one coarse and one fine seed, "10 fine=20", as the pair "10 20".

    Raises WrongSeedCount if the option ``fine`` is left out and there are not exactly two seeds.
    """
    if "fine" not in options and len(seeds) != 2:
        example = KINDS["mix"].example
        raise errors.WrongSeedCount(
            kind="mix", expected="a-mix", low=1, high=MAX_SOURCES, given=len(seeds), example=example
        )
    if isinstance(options.get("fine"), int) and len(seeds) == 1:
        return (*seeds, int(options.pop("fine")))
    return seeds


def _settle_edit(seeds: Numbers, options: dict[str, Value]) -> Numbers:
    """Raise Conflict if an edit along several directions has a format other than png.

    Several directions make a chart, which is a single picture.
    """
    if "," in str(options["direction"]) and options.get("format", "png") != "png":
        raise errors.Conflict(first=f"direction={options['direction']}", second=f"format={options['format']}")
    return seeds


def _count(values: Value) -> int:
    """Return the number of values in an option's comma-separated text."""
    return str(values).count(",") + 1


def _mix_faces(numbers: Numbers, options: Mapping[str, Any]) -> int:
    if options["fine"] is None:
        return 1
    return (len(numbers) + 1) * (_count(options["fine"]) + 1) - 1  # the corner of a table holds no face


def _edit_faces(numbers: Numbers, options: Mapping[str, Any]) -> int:
    directions = _count(options["direction"])
    if directions > 1:
        return directions * CHART_STEPS
    return 1 if options["format"] == "png" else int(options["frames"])


# The kinds.

_PSI = "truncation: 0 the average face, 0.7 pretty, above 1 wild (-2 to 2)"
_ONE_PSI = _decimal(-2, 2)
_WITHOUT_PSI: dict[str, Option] = {
    "model": Option(_model, None, "which model draws"),
    "cutoff": Option(whole_number(0, 18), None, "truncate only this many of the first layers (0 to 18)"),
    "noise": Option(_choice("const", "random", "none"), "const", "fine detail: const, random or none"),
    "rotate": Option(
        _decimal(-180, 180), 0.0, "degrees to turn the picture counter-clockwise (-180 to 180; StyleGAN3 models only)"
    ),
    "shift": Option(
        _shift,
        NO_SHIFT,
        "how far to move the picture, right,down in widths of it, such as 0.1,-0.05 (-1 to 1; StyleGAN3 models only)",
    ),
}

COMMON: dict[str, Option] = _WITHOUT_PSI | {"psi": Option(_ONE_PSI, 0.7, _PSI)}

KINDS: Mapping[str, Kind] = {
    "waifu": Kind("seeds", (1, 1), COMMON, "waifu 123 psi=0.7", lambda numbers, options: 1),
    "grid": Kind(
        "side",
        (0, 1),
        COMMON
        | {
            "psi": Option(
                _several(_ONE_PSI, MAX_PSIS), 0.7, _PSI + "; several, such as 0.3,0.7,1.3: whole grids side by side"
            ),
            "seed": Option(_seed, None, "the first face's seed; the others count on from it"),
        },
        "grid 3 seed=123",
        lambda numbers, options: _count(options["psi"]) * numbers[0] ** 2,
        required=("seed",),
    ),
    "morph": Kind(
        "seeds",
        (2, 8),
        COMMON
        | {
            "frames": Option(whole_number(2, 240), 60, "how many frames (2 to 240)"),
            "seconds": Option(_decimal(0.1, 240), None, "how long, instead of frames"),
            "fps": Option(whole_number(1, 50), 20, "frames per second (1 to 50)"),
            "ease": Option(
                _choice("sine", "linear", "cubic"), "sine", "how each step speeds up: sine, linear or cubic"
            ),
            "space": Option(
                _choice("w", "z", "sphere"), "w", "where the path runs: w, z (linear) or sphere (z on the sphere)"
            ),
            "loop": Option(_yes_no, True, "yes: end where it began"),
            "size": Option(whole_number(1, 3), 1, "1 to 3: a grid of size x size faces that morph together"),
            "format": Option(
                _choice("gif", "mp4", "webp", "strip"), "gif", "gif, mp4, webp, or strip (stills side by side)"
            ),
            "to.TRAIT": Option(
                read_trait, None, "a trait of the last face, such as to.hair=pink, in place of trait.hair"
            ),
        },
        "morph 10 20 frames=60",
        lambda numbers, options: int(options["frames"] * options["size"] ** 2),
        # A strip is one still picture, so it has few frames and does not lead back to the first face.
        strip={"frames": 8, "loop": False},
    ),
    "mix": Kind(
        "seeds",
        (1, MAX_SOURCES),
        COMMON
        | {
            "fine": Option(
                _several(_seed, MAX_SOURCES, errors.TooManySeeds),
                None,
                "1 to 5 seeds with commas: a table of every number with each of them",
            ),
            "layers": Option(
                _layers, None, "which layers come from the coarse seed, such as 0-3 (left out: about half)"
            ),
        },
        "mix 10 20 layers=0-3, or mix 10 11 12 fine=20,21,22",
        _mix_faces,
        settle=_settle_mix,
    ),
    "vary": Kind(
        "seeds",
        (1, 1),
        {name: option for name, option in COMMON.items() if name != "noise"}
        | {
            "by": Option(_choice("noise", "z"), "noise", "what changes: noise, or z for near relatives of the face"),
            "layers": Option(_choice("coarse", "fine", "all"), "all", "where it changes: coarse, fine or all layers"),
            "frames": Option(whole_number(2, 240), 16, "how many frames of an animation (2 to 240)"),
            "fps": Option(whole_number(1, 50), 8, "frames per second (1 to 50)"),
            "format": Option(_choice("png", "gif", "mp4", "webp"), "png", "png (a grid of nine), gif, mp4 or webp"),
        },
        "vary 7 layers=fine",
        lambda numbers, options: 9 if options["format"] == "png" else int(options["frames"]),
    ),
    "psi": Kind(
        "seeds",
        (1, 1),
        _WITHOUT_PSI
        | {
            "from": Option(_ONE_PSI, 0.0, "psi of the first face (-2 to 2)"),
            "to": Option(_ONE_PSI, 1.5, "psi of the last face (-2 to 2)"),
            "steps": Option(whole_number(2, 12), 7, "how many faces (2 to 12)"),
        },
        "psi 7 from=-0.5 to=1.5",
        lambda numbers, options: int(options["steps"]),
    ),
    "edit": Kind(
        "seeds",
        (1, 1),
        COMMON
        | {
            "direction": Option(
                _several(_direction, FACTORS),
                None,
                "where to: d1 to d10, or a trait and its value, such as hair-pink; "
                "several, such as d1,d2: a chart of them",
            ),
            "amount": Option(_decimal(-3, 3), 2.0, "how far (-3 to 3); below 0 the other way"),
            "layers": Option(_layers, None, "move only these layers, such as 0-3 (left out: all)"),
            "frames": Option(whole_number(2, 240), 40, "how many frames of an animation (2 to 240)"),
            "fps": Option(whole_number(1, 50), 20, "frames per second (1 to 50)"),
            "format": Option(
                _choice("png", "gif", "mp4", "webp", "strip"),
                "png",
                "png (the edited face), gif, mp4, webp (from -amount to amount and back), "
                "or strip (stills from -amount to amount)",
            ),
        },
        "edit 7 direction=d1 amount=2",
        _edit_faces,
        required=("direction",),
        strip={"frames": 7},
        settle=_settle_edit,
    ),
}
