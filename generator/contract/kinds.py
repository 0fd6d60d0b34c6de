"""The kinds of picture, their options, and how many faces a recipe of each kind has.

Knows nothing about models, pixels or Discord; grammar.py parses the line. Standard library only. To add a kind, add a
row to KINDS.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from generator.contract import errors
from generator.contract.faces.face import DIGEST_CHARS, Face
from generator.contract.faces.reading import check_space, read_faces
from generator.contract.seeds import parse_seed
from generator.contract.values import (
    OptionReader,
    Value,
    choice,
    decimal,
    read_direction,
    read_layers,
    read_model,
    read_shift,
    read_trait,
    read_yes_no,
    several,
    whole_number,
)

Numbers = tuple[Face, ...]  # the faces after the kind, or the side of a grid

MAX_SOURCES = 5  # the most seeds along each side of a table of mixes
MAX_PSIS = 4  # the most psi values of a grid; each gets its own grid, and these are shown side by side
FACTORS = 10  # number of factorised directions, d1 to d10; also the most rows in a chart
CHART_STEPS = 5  # faces in each row of a chart
MAX_NAMED = 25  # the most faces that a grid names one by one
MAX_FIRST = 1_000_000  # the highest number of the first relative or noise that a picture of variations shows
FRAMES = (2, 240)  # the fewest and the most frames of an animation
MAX_LONG_FRAMES = 3600  # the most frames of a video (mp4), of which only a second is made at a time
MAX_STRIP_FRAMES = 16
FACE_OPTIONS = ("faces", "fine")  # the options that hold faces
NO_SHIFT = "0,0"  # right and down, in widths of the picture
LIKE_FACES = 60  # finding the nearest face to a picture is about as much work as drawing this many

_DIGEST = re.compile(rf"[0-9a-f]{{{DIGEST_CHARS}}}", re.ASCII)


@dataclass(frozen=True)
class Option:
    """An option ``key=value`` that a kind of picture takes."""

    read: OptionReader
    default: Value | None  # None if it must be given, or if leaving it out has a meaning of its own
    help: str  # one line of help


@dataclass(frozen=True)
class Kind:
    """A kind of picture, and the numbers and options that its recipes take. Traits are not listed here."""

    numbers: str  # what stands after the kind: "seeds" (or other faces) or "side"
    count: tuple[int, int]  # the fewest and the most of these numbers
    options: Mapping[str, Option]
    example: str  # one or two example recipes, quoted in error messages
    # Returns the number of faces to draw, given the numbers and the values of all options, defaults included.
    faces: Callable[[Numbers, Mapping[str, Any]], int]
    required: tuple[str, ...] = ()  # options of which one must be given
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


def _read_seed(name: str, text: str) -> int:
    return parse_seed(text)


def _read_picture(name: str, text: str) -> str:
    """Read the digest of a picture, as ``vector.digest_of`` returns it."""
    if not _DIGEST.fullmatch(text):
        raise errors.BadValue(name=name, value=text, expected="a-picture", limit=DIGEST_CHARS)
    return text


def hide_picture(line: str) -> str:
    """Return a line without the digest of a picture: logs keep no fingerprint of what somebody posted."""
    return re.sub(r" picture=\S+", "", line)


def _faces(most: int) -> OptionReader:
    """Return a function that reads up to ``most`` comma-separated faces. It raises TooManySeeds if there are more."""

    def read(name: str, text: str) -> Value:
        faces = read_faces(text)
        if len(faces) > most:
            raise errors.TooManySeeds(name=name, limit=most, given=len(faces))
        return faces

    return read


def _settle_grid(numbers: Numbers, options: dict[str, Value]) -> Numbers:
    """Raise Conflict if a grid of named faces also has a seed from which others count on."""
    if "faces" in options and "seed" in options:
        raise errors.Conflict(first="faces", second="seed")
    return numbers


def _settle_morph(faces: Numbers, options: dict[str, Value]) -> Numbers:
    """Raise NotInSpace if a face cannot be reached in the space of the morph."""
    check_space(faces, str(options.get("space", "w")))
    return faces


def _settle_mix(faces: Numbers, options: dict[str, Value]) -> Numbers:
    """Rewrite a table of one coarse and one fine face, "10 fine=20", as the pair "10 20".

    Raises WrongSeedCount if the option ``fine`` is left out and there are not exactly two faces.
    """
    if "fine" not in options and len(faces) != 2:
        example = KINDS["mix"].example
        raise errors.WrongSeedCount(
            kind="mix", expected="a-mix", low=1, high=MAX_SOURCES, given=len(faces), example=example
        )
    if len(faces) == 1 and isinstance(fine := options["fine"], tuple) and len(fine) == 1:
        del options["fine"]
        return faces + fine
    return faces


def _settle_vary(faces: Numbers, options: dict[str, Value]) -> Numbers:
    """Raise Conflict if an animation begins with another relative or noise than the first."""
    if options.get("first", 1) != 1 and options.get("format", "png") != "png":
        raise errors.Conflict(first=f"first={options['first']}", second=f"format={options['format']}")
    return faces


def _settle_edit(faces: Numbers, options: dict[str, Value]) -> Numbers:
    """Raise Conflict if an edit along several directions has a format other than png.

    Several directions make a chart, which is a single picture.
    """
    if "," in str(options["direction"]) and options.get("format", "png") != "png":
        raise errors.Conflict(first=f"direction={options['direction']}", second=f"format={options['format']}")
    return faces


def _count(values: Value) -> int:
    """Return the number of values of an option that may have several."""
    return len(values) if isinstance(values, tuple) else str(values).count(",") + 1


def _grid_faces(numbers: Numbers, options: Mapping[str, Any]) -> int:
    named = options["faces"]
    return _count(options["psi"]) * (int(str(numbers[0])) ** 2 if named is None else _count(named))


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
_ONE_PSI = decimal(-2, 2)
_WITHOUT_PSI: dict[str, Option] = {
    "model": Option(read_model, None, "which model draws"),
    "cutoff": Option(whole_number(0, 18), None, "truncate only this many of the first layers (0 to 18)"),
    "noise": Option(choice("const", "random", "none"), "const", "fine detail: const, random or none"),
    "rotate": Option(
        decimal(-180, 180), 0.0, "degrees to turn the picture counter-clockwise (-180 to 180; StyleGAN3 models only)"
    ),
    "shift": Option(
        read_shift,
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
                several(_ONE_PSI, MAX_PSIS), 0.7, _PSI + "; several, such as 0.3,0.7,1.3: whole grids side by side"
            ),
            "seed": Option(_read_seed, None, "the first face's seed; the others count on from it"),
            "faces": Option(_faces(MAX_NAMED), None, "1 to 25 faces with commas, in place of a size and a seed"),
        },
        "grid 3 seed=123",
        _grid_faces,
        required=("seed", "faces"),
        settle=_settle_grid,
    ),
    "morph": Kind(
        "seeds",
        (2, 24),
        COMMON
        | {
            "frames": Option(whole_number(2, MAX_LONG_FRAMES), 60, "how many frames (2 to 240; up to 3600 as mp4)"),
            "seconds": Option(decimal(0.1, 3600), None, "how long, instead of frames"),
            "fps": Option(whole_number(1, 50), 20, "frames per second (1 to 50)"),
            "ease": Option(choice("sine", "linear", "cubic"), "sine", "how each step speeds up: sine, linear or cubic"),
            "space": Option(
                choice("w", "z", "sphere"), "w", "where the path runs: w, z (linear) or sphere (z on the sphere)"
            ),
            "loop": Option(read_yes_no, True, "yes: end where it began"),
            "size": Option(whole_number(1, 3), 1, "1 to 3: a grid of size x size faces that morph together"),
            "format": Option(
                choice("gif", "mp4", "webp", "strip"), "gif", "gif, mp4, webp, or strip (stills side by side)"
            ),
            "to.TRAIT": Option(
                read_trait, None, "a trait of the last face, such as to.hair=pink, in place of trait.hair"
            ),
        },
        "morph 10 20 frames=60",
        lambda numbers, options: int(options["frames"] * options["size"] ** 2),
        # A strip is one still picture, so it has few frames and does not lead back to the first face.
        strip={"frames": 8, "loop": False},
        settle=_settle_morph,
    ),
    "mix": Kind(
        "seeds",
        (1, MAX_SOURCES),
        COMMON
        | {
            "fine": Option(
                _faces(MAX_SOURCES),
                None,
                "1 to 5 seeds with commas: a table of every number with each of them",
            ),
            "layers": Option(
                read_layers, None, "which layers come from the coarse seed, such as 0-3 (left out: about half)"
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
            "by": Option(choice("noise", "z"), "noise", "what changes: noise, or z for near relatives of the face"),
            "layers": Option(choice("coarse", "fine", "all"), "all", "where it changes: coarse, fine or all layers"),
            "first": Option(
                whole_number(1, MAX_FIRST), 1, "the number of the first relative or noise beside the face itself"
            ),
            "frames": Option(
                whole_number(2, MAX_LONG_FRAMES), 16, "how many frames of an animation (2 to 240; up to 3600 as mp4)"
            ),
            "fps": Option(whole_number(1, 50), 8, "frames per second (1 to 50)"),
            "format": Option(choice("png", "gif", "mp4", "webp"), "png", "png (a grid of nine), gif, mp4 or webp"),
        },
        "vary 7 layers=fine",
        lambda numbers, options: 9 if options["format"] == "png" else int(options["frames"]),
        settle=_settle_vary,
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
                several(read_direction, FACTORS),
                None,
                "where to: d1 to d10, or a trait and its value, such as hair-pink; "
                "several, such as d1,d2: a chart of them",
            ),
            "amount": Option(decimal(-3, 3), 2.0, "how far (-3 to 3); below 0 the other way"),
            "layers": Option(read_layers, None, "move only these layers, such as 0-3 (left out: all)"),
            "frames": Option(
                whole_number(2, MAX_LONG_FRAMES), 40, "how many frames of an animation (2 to 240; up to 3600 as mp4)"
            ),
            "fps": Option(whole_number(1, 50), 20, "frames per second (1 to 50)"),
            "format": Option(
                choice("png", "gif", "mp4", "webp", "strip"),
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
    "like": Kind(
        "seeds",
        (0, 0),
        {
            "model": _WITHOUT_PSI["model"],
            "picture": Option(_read_picture, None, "the picture, by its fingerprint; it must come with the recipe"),
        },
        f"like picture={'0123456789abcdef' * 2:.{DIGEST_CHARS}}",
        lambda numbers, options: LIKE_FACES,
        required=("picture",),
    ),
}
