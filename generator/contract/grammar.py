"""Reads the parts of a recipe from a line or from texts, checks them, and gives them their canonical form.

Knows nothing about models or pixels: kinds.py has the kinds and their options, seeds.py reads seeds, faces/ reads
expressions. Standard library only.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from generator.contract import errors
from generator.contract.faces import scope
from generator.contract.faces.face import Face
from generator.contract.faces.reading import is_expression, read_face
from generator.contract.kinds import FACE_OPTIONS, FRAMES, KINDS, MAX_LONG_FRAMES, MAX_STRIP_FRAMES, Kind
from generator.contract.values import Value, read_trait, whole_number

MAX_VALUE_CHARS = 200  # the longest value of an option without faces; enough for ten directions
GRID_SIDE = (1, 5)  # the fewest and the most faces on a side
DEFAULT_GRID_SIDE = 3

_VALUE = re.compile(r"[A-Za-z0-9._,:+-]+", re.ASCII)


class Parts(NamedTuple):
    """The parts of a recipe in their canonical form. ``Recipe`` describes them."""

    kind: str
    numbers: tuple[Face, ...]
    options: tuple[tuple[str, Value], ...]
    traits: tuple[tuple[str, str], ...]


def parse(line: str) -> Parts:
    """Read a line, in the canonical form or as a person types it. Raises RecipeError if it is not a valid recipe."""
    words = line.split()
    if not words:
        raise errors.EmptyRecipe()
    if "(" in line:
        words = list(_join_expressions(words))
    numbers = [word for word in words[1:] if "=" not in word or is_expression(word)]
    pairs = [word.partition("=") for word in words[1:] if "=" in word and not is_expression(word)]
    names = [name for name, _, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise errors.RepeatedOption(name=name)
    return build(words[0], numbers, {name: text for name, _, text in pairs})


def _join_expressions(words: Sequence[str]) -> list[str]:
    """Put expressions together that were typed with spaces, such as "mix(10, 20)"."""
    joined: list[str] = []
    open_calls = 0
    for word in words:
        balance = word.count("(") - word.count(")")
        if open_calls > 0:
            joined[-1] += word
            open_calls += balance
        else:
            joined.append(word)
            name = word.partition("=")[0]
            open_calls = balance if is_expression(word) or name in FACE_OPTIONS else 0
    return joined


def build(kind_name: str, numbers: Sequence[str], texts: Mapping[str, str]) -> Parts:
    """Read the parts of a recipe from their texts. Raises RecipeError if one of them is not allowed."""
    kind = KINDS.get(kind_name)
    if kind is None:
        raise errors.UnknownKind(kind=kind_name, known=", ".join(KINDS))
    for name, text in texts.items():
        _check_text(name, text)
    traits = {
        name[len("trait.") :]: read_trait(name, text) for name, text in texts.items() if name.startswith("trait.")
    }
    options = {
        name: _read(kind_name, kind, name, text) for name, text in texts.items() if not name.startswith("trait.")
    }
    _settle_length(kind, options)
    _check_options(kind_name, kind, options)
    faces = _read_numbers(kind_name, kind, numbers, options)
    if kind.settle is not None:
        faces = kind.settle(faces, options)
    faces, options, traits = _share(kind, faces, options, traits)
    stated = {name: value for name, value in options.items() if name == "psi" or value != default(kind, name, options)}
    if "psi" in kind.options:
        stated.setdefault("psi", kind.options["psi"].default or 0.0)
    return Parts(kind_name, faces, tuple(sorted(stated.items())), tuple(sorted(traits.items())))


def default(kind: Kind, name: str, options: Mapping[str, Value]) -> Value | None:
    """Return the value that an option has where it is left out. ``options`` are those that are given."""
    if options.get("format") == "strip" and name in kind.strip:
        return kind.strip[name]
    return kind.options[_row(name)].default


def _row(name: str) -> str:
    """Return the key of the option ``name`` in ``Kind.options``. All options to.NAME share one key."""
    return "to.TRAIT" if name.startswith("to.") else name


def _check_text(name: str, text: str) -> None:
    """Raise BadValue if a value is too long, or has characters that no value has."""
    if name in FACE_OPTIONS and ("(" in text or "@" in text):
        return  # expressions are checked where they are read
    if len(text) > MAX_VALUE_CHARS and name != "faces":
        raise errors.BadValue(name=name, value=text, expected="a-short-text", limit=MAX_VALUE_CHARS)
    if not _VALUE.fullmatch(text):
        raise errors.BadValue(name=name, value=text, expected="a-plain-text")


def _read(kind_name: str, kind: Kind, name: str, text: str) -> Value:
    option = kind.options.get(_row(name))
    if option is None:
        known = ", ".join([*sorted(kind.options), "trait.NAME=VALUE"])
        raise errors.UnknownOption(kind=kind_name, name=name, known=known)
    return option.read(name, text)


def _settle_length(kind: Kind, options: dict[str, Value]) -> None:
    """Replace the option ``seconds`` with ``frames``, so that the canonical line gives a length in only one way.

    Raises Conflict if both are given, or WrongSeconds if the number of frames is out of range.
    """
    if "seconds" not in options:
        return
    if "frames" in options:
        raise errors.Conflict(first="frames", second="seconds")
    fps = options.get("fps", kind.options["fps"].default)
    seconds, speed = float(str(options.pop("seconds"))), float(str(fps or 1))
    options["frames"] = frames = round(seconds * speed)
    low, high = FRAMES[0], _most_frames(options)
    if high < frames <= MAX_LONG_FRAMES and options.get("format") != "strip":
        return  # another format is told of, see _check_options
    if not low <= frames <= high:
        shown: dict[str, errors.Field] = {"seconds": f"{seconds:g}", "fps": f"{speed:g}"}
        shortest, longest = math.ceil(low / speed * 100) / 100, math.floor(high / speed * 100) / 100
        raise errors.WrongSeconds(
            low=low, high=high, value=frames, shortest=f"{shortest:g}", longest=f"{longest:g}", **shown
        )


def _most_frames(options: Mapping[str, Value]) -> int:
    """Return the most frames of an animation in the format that the options say."""
    return MAX_LONG_FRAMES if options.get("format") == "mp4" else FRAMES[1]


def _check_options(kind_name: str, kind: Kind, options: Mapping[str, Value]) -> None:
    frames = options.get("frames", 0)
    if options.get("format") == "strip" and isinstance(frames, int) and frames > MAX_STRIP_FRAMES:
        raise errors.WrongStripLength(low=FRAMES[0], high=MAX_STRIP_FRAMES, value=frames)
    if isinstance(frames, int) and frames > (most := _most_frames(options)):
        format = str(options.get("format", kind.options["format"].default))
        raise errors.TooManyForFormat(format=format, low=FRAMES[0], high=most, value=frames, most=MAX_LONG_FRAMES)
    if kind.required and not any(name in options for name in kind.required):
        raise errors.MissingOption(kind=kind_name, name=kind.required[0], example=kind.example)


def _read_numbers(kind_name: str, kind: Kind, numbers: Sequence[str], options: Mapping[str, Value]) -> tuple[Face, ...]:
    """Read the faces after the kind, or the side of a grid, which a grid of named faces has not."""
    low, high = kind.count
    if not low <= len(numbers) <= high:
        raise errors.WrongSeedCount(
            kind=kind_name, expected=_expected(kind), low=low, high=high, given=len(numbers), example=kind.example
        )
    if kind.numbers == "seeds":
        return tuple(map(read_face, numbers))
    if "faces" in options:
        if numbers:
            raise errors.Conflict(first="size", second="faces")
        return ()
    return (whole_number(*GRID_SIDE)("size", numbers[0]) if numbers else DEFAULT_GRID_SIDE,)


def _expected(kind: Kind) -> str:
    if kind.numbers == "side":
        return "one-size"
    return "one-seed" if kind.count[1] == 1 else "several-seeds"


def _share(
    kind: Kind, numbers: tuple[Face, ...], options: dict[str, Value], traits: dict[str, str]
) -> tuple[tuple[Face, ...], dict[str, Value], dict[str, str]]:
    """Write what the faces have in common into the options. Lines without anything of the kind stay as they are."""
    named = next((name for name in FACE_OPTIONS if name in options), "")
    own, listed = numbers if kind.numbers == "seeds" else (), options.get(named, ())
    assert isinstance(listed, tuple)
    if not kind.count[1]:  # no face is there to have traits
        return numbers, options, {}
    faces = own + listed
    if not scope.has_own(faces):
        return numbers, options, traits
    psi = options.get("psi", scope.DEFAULT_PSI) if "psi" in kind.options else None
    if not isinstance(psi, float):  # the recipe has several psi, and sets them for all faces
        faces = tuple(map(scope.without_psi, faces))
    last = {name.removeprefix("to."): str(value) for name, value in options.items() if name.startswith("to.")}
    before = scope.Scope(psi if isinstance(psi, float) else None, traits, last)
    shared_faces, shared = scope.share(faces, before, last_apart="to.TRAIT" in kind.options)
    rest = {name: value for name, value in options.items() if not name.startswith("to.")}
    rest |= {f"to.{name}": value for name, value in shared.last_traits.items()}
    if shared.psi is not None:
        rest["psi"] = shared.psi
    if named:
        rest[named] = shared_faces[len(own) :]
    return (shared_faces[: len(own)] if own else numbers), rest, dict(shared.traits)
