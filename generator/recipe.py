"""What to make, as one frozen value and one line of text that round-trip: ``Recipe.parse(str(r)) == r``.

Owns the grammar, the kinds with their options, and the meaning of a seed. Knows no model, no pixels, no Discord.
Standard library only.

    line    = kind { " " number } { " " key "=" value }      keys sorted in the canonical form
    kind    = "waifu" | "grid" | "morph"                     the rows of KINDS
    number  = a seed; for grid: its side, 1 to 5
    value   = [A-Za-z0-9._,:+-]+
    trait   = "trait." slug "=" slug                         slug = [a-z0-9_-]+
    model   = [a-z0-9-]{1,24}

    waifu 123 model=drawn-0 psi=0.7
    grid 3 model=drawn-0 psi=0.7 seed=123
    morph 10 20 fps=25 model=drawn-0 psi=0.7 trait.hair=pink

The canonical line names the model and psi; other options stand in it only where they differ from their default, so a default
never changes once released.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from generator import errors

Value = int | float | str | bool
Number = TypeVar("Number", int, float)

SEEDS = 2**32
MAX_SEED_CHARS = 64
MAX_LINE_CHARS = 1500  # a caption shows the line; Discord allows 2,000 characters in a message
MAX_STRIP_FRAMES = 16

_VALUE = re.compile(r"[A-Za-z0-9._,:+-]+", re.ASCII)
_SLUG = re.compile(r"[a-z0-9_-]{1,32}", re.ASCII)
_MODEL = re.compile(r"[a-z0-9-]{1,24}", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d+")
_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)


def seed_of(text: str) -> int:
    """Return the seed, 0 to 2**32-1, that ``text`` means.

    After NFKC a whole number is itself; anything else ("Asuka") becomes the first 4 bytes, big-endian, of the SHA-256 of
    its casefolded text. Raises BadSeed for a number out of range or nothing at all, SeedTooLong above 64 characters.
    """
    word = unicodedata.normalize("NFKC", text).strip()
    if len(word) > MAX_SEED_CHARS:
        raise errors.SeedTooLong(limit=MAX_SEED_CHARS, length=len(word))
    if not word:
        raise errors.BadSeed(value=text)
    if _WHOLE.fullmatch(word):
        seed = int(word)
        if not 0 <= seed < SEEDS:
            raise errors.BadSeed(value=word)
        return seed
    return int.from_bytes(hashlib.sha256(word.casefold().encode("utf-8", "surrogatepass")).digest()[:4], "big")


@dataclass(frozen=True)
class Option:
    """One ``key=value`` of a kind: how to read it, its default (None: must be given or stays open), and its help."""

    read: Callable[[str, str], Value]  # (name, text) -> value; raises RecipeError
    default: Value | None
    help: str


@dataclass(frozen=True)
class Kind:
    """A kind of picture: what its numbers are and which options it takes besides traits."""

    numbers: str  # "seeds" or "side"
    count: tuple[int, int]  # how many numbers, inclusive
    options: Mapping[str, Option]
    media: str  # "picture" or "animation"
    example: str


def _whole(low: int, high: int) -> Callable[[str, str], int]:
    def read(name: str, text: str) -> int:
        if not _WHOLE.fullmatch(text):
            raise errors.BadValue(name=name, value=text, expected="a whole number")
        return _within(name, int(text), low, high)

    return read


def _decimal(low: float, high: float) -> Callable[[str, str], float]:
    def read(name: str, text: str) -> float:
        if not _DECIMAL.fullmatch(text):
            raise errors.BadValue(name=name, value=text, expected="a number")
        return round(_within(name, float(text), low, high), 4) + 0.0  # + 0.0: no "-0"

    return read


def _within(name: str, value: Number, low: Number, high: Number) -> Number:
    if not low <= value <= high:
        raise errors.OutOfRange(name=name, low=low, high=high, value=_short(value))
    return value


def _choice(*choices: str) -> Callable[[str, str], str]:
    def read(name: str, text: str) -> str:
        if text not in choices:
            raise errors.NotAChoice(name=name, value=text, choices=", ".join(choices))
        return text

    return read


def _yes_no(name: str, text: str) -> bool:
    return _choice("yes", "no")(name, text) == "yes"


def _model(name: str, text: str) -> str:
    if not _MODEL.fullmatch(text):
        raise errors.BadValue(name=name, value=text, expected="the name of a model, such as drawn-0")
    return text


def _seed(name: str, text: str) -> int:
    return seed_of(text)


_DEFAULT_PSI = 0.7

COMMON: dict[str, Option] = {
    "model": Option(_model, None, "which network draws"),
    "psi": Option(_decimal(-2, 2), _DEFAULT_PSI, "truncation: 0 the average face, 0.7 pretty, above 1 wild (-2 to 2)"),
    "cutoff": Option(_whole(0, 18), None, "truncate only this many of the first layers (0 to 18)"),
    "noise": Option(_choice("const", "random", "none"), "const", "fine detail: const, random or none"),
}

KINDS: Mapping[str, Kind] = {
    "waifu": Kind("seeds", (1, 1), COMMON, "picture", "waifu 123 psi=0.7"),
    "grid": Kind(
        "side",
        (0, 1),
        COMMON | {"seed": Option(_seed, None, "the first face's seed; the others count on from it")},
        "picture",
        "grid 3 seed=123",
    ),
    "morph": Kind(
        "seeds",
        (2, 8),
        COMMON
        | {
            "frames": Option(_whole(2, 240), 60, "how many frames (2 to 240)"),
            "seconds": Option(_decimal(0.1, 240), None, "how long, instead of frames"),
            "fps": Option(_whole(1, 50), 20, "frames per second (1 to 50)"),
            "ease": Option(_choice("sine", "linear", "cubic"), "sine", "how each step speeds up: sine, linear or cubic"),
            "space": Option(_choice("w", "z", "sphere"), "w", "where the path runs: w, z (linear) or sphere (z on the sphere)"),
            "loop": Option(_yes_no, True, "yes: end where it began"),
            "size": Option(_whole(1, 3), 1, "1 to 3: a grid of size x size faces that morph together"),
            "format": Option(_choice("gif", "mp4", "webp", "strip"), "gif", "gif, mp4, webp, or strip (stills side by side)"),
        },
        "animation",
        "morph 10 20 frames=60",
    ),
}

# A strip is read, not watched: a few stills from the first face to the last.
_STRIP_DEFAULTS: Mapping[str, Value] = {"frames": 8, "loop": False}
GRID_SIDE = (1, 5)
DEFAULT_GRID_SIDE = 3


@dataclass(frozen=True)
class Recipe:
    """What to make. Build one with :meth:`parse` or :meth:`make`; both validate.

    kind: a key of KINDS. numbers: the seeds, or the grid's side.
    options: (name, value) sorted, psi always, others only where not default.
    traits: (name, value) sorted slugs, name without its "trait." prefix.
    """

    kind: str
    numbers: tuple[int, ...]
    options: tuple[tuple[str, Value], ...] = ()
    traits: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, line: str) -> "Recipe":
        """Read a line, canonical or as a person types it. Raises RecipeError with a sentence to show."""
        if len(line) > MAX_LINE_CHARS:
            raise errors.BadValue(name="the recipe", value=line, expected=f"at most {MAX_LINE_CHARS} characters")
        words = line.split()
        if not words:
            raise errors.EmptyRecipe()
        numbers = [word for word in words[1:] if "=" not in word]
        pairs = [word.partition("=") for word in words[1:] if "=" in word]
        names = [name for name, _, _ in pairs]
        for name in names:
            if names.count(name) > 1:
                raise errors.RepeatedOption(name=name)
        return _checked(words[0], numbers, {name: text for name, _, text in pairs})

    @classmethod
    def make(cls, kind: str, *numbers: int | str, traits: Mapping[str, str] | None = None, **options: Value | None) -> "Recipe":
        """Build a recipe from typed values; an option that is None is left out. Raises RecipeError."""
        texts = {name: _text(value) for name, value in options.items() if value is not None}
        texts |= {f"trait.{name}": value for name, value in (traits or {}).items()}
        return _checked(kind, [str(number) for number in numbers], texts)

    def __str__(self) -> str:
        written = dict(self.options) | {f"trait.{name}": value for name, value in self.traits}
        pairs = (f"{name}={_text(value)}" for name, value in sorted(written.items()))
        return " ".join([self.kind, *map(str, self.numbers), *pairs])

    def __getitem__(self, name: str) -> Any:
        """Return the option's value, or its default where it was left out."""
        for given, value in self.options:
            if given == name:
                return value
        return _default(KINDS[self.kind], name, dict(self.options))

    @property
    def seeds(self) -> tuple[int, ...]:
        """Every seed that is shown, in order: a grid of side 3 has nine (modulo 2**32)."""
        if KINDS[self.kind].numbers == "seeds":
            return self.numbers
        first = int(self["seed"])
        return tuple((first + i) % SEEDS for i in range(self.numbers[0] ** 2))

    def replace(self, **options: Value | None) -> "Recipe":
        """Return the same recipe with these options changed (None: back to the default)."""
        return self.make(self.kind, *self.numbers, traits=dict(self.traits), **(dict(self.options) | options))

    def reseeded(self, *seeds: int) -> "Recipe":
        """Return the same recipe about other seeds: all of them, or for a grid its first."""
        if KINDS[self.kind].numbers == "side":
            return self.replace(seed=seeds[0])
        return self.make(self.kind, *seeds, traits=dict(self.traits), **dict(self.options))

    def with_traits(self, traits: Mapping[str, str]) -> "Recipe":
        """Return the same recipe with exactly these traits."""
        return self.make(self.kind, *self.numbers, traits=traits, **dict(self.options))

    def on(self, model: str) -> "Recipe":
        """Return the same recipe with its model named, if it names none."""
        return self if self["model"] else self.replace(model=model)


def _checked(kind_name: str, numbers: list[str], texts: dict[str, str]) -> Recipe:
    kind = KINDS.get(kind_name)
    if kind is None:
        raise errors.UnknownKind(kind=kind_name, known=", ".join(KINDS))
    for name, text in texts.items():
        if not _VALUE.fullmatch(text) or len(text) > MAX_SEED_CHARS:
            raise errors.BadValue(name=name, value=text, expected="letters, digits and . _ , : + - only, without spaces")
    traits = {name[len("trait.") :]: texts[name] for name in texts if name.startswith("trait.")}
    for name, text in traits.items():
        if not _SLUG.fullmatch(name) or not _SLUG.fullmatch(text):
            raise errors.BadValue(name=f"trait.{name}", value=text, expected="names of a-z, 0-9, - and _, such as hair=pink")
    options = {name: _read(kind_name, kind, name, text) for name, text in texts.items() if not name.startswith("trait.")}
    _settle_length(options)
    _check_kind(kind_name, kind, options)
    kept = {name: value for name, value in options.items() if name == "psi" or value != _default(kind, name, options)}
    kept.setdefault("psi", _DEFAULT_PSI)
    return Recipe(kind_name, _read_numbers(kind_name, kind, numbers), tuple(sorted(kept.items())), tuple(sorted(traits.items())))


def _read(kind_name: str, kind: Kind, name: str, text: str) -> Value:
    option = kind.options.get(name)
    if option is None:
        raise errors.UnknownOption(kind=kind_name, name=name, known=", ".join(sorted(kind.options)))
    return option.read(name, text)


def _settle_length(options: dict[str, Value]) -> None:
    """Turn seconds into frames, so that a line has one way to say how long."""
    if "seconds" not in options:
        return
    if "frames" in options:
        raise errors.Conflict(first="frames", second="seconds")
    fps = options.get("fps", KINDS["morph"].options["fps"].default)
    options["frames"] = _within("frames (seconds times fps)", round(float(options.pop("seconds")) * float(fps or 1)), 2, 240)


def _check_kind(kind_name: str, kind: Kind, options: Mapping[str, Value]) -> None:
    if options.get("format") == "strip" and int(options.get("frames", 0)) > MAX_STRIP_FRAMES:
        raise errors.OutOfRange(name="frames of a strip", low=2, high=MAX_STRIP_FRAMES, value=int(options["frames"]))
    if kind.numbers == "side" and "seed" not in options:
        raise errors.MissingOption(kind=kind_name, name="seed", example=kind.example)


def _read_numbers(kind_name: str, kind: Kind, numbers: list[str]) -> tuple[int, ...]:
    low, high = kind.count
    if not low <= len(numbers) <= high:
        raise errors.WrongSeedCount(kind=kind_name, expected=_expected(kind), given=_are(len(numbers)), example=kind.example)
    if kind.numbers == "side":
        return (_whole(*GRID_SIDE)("size", numbers[0]) if numbers else DEFAULT_GRID_SIDE,)
    return tuple(seed_of(number) for number in numbers)


def _expected(kind: Kind) -> str:
    low, high = kind.count
    if kind.numbers == "side":
        return "one size"
    return "one seed" if high == 1 else f"{low} to {high} seeds"


def _are(count: int) -> str:
    return "1 is" if count == 1 else f"{count} are"


def _default(kind: Kind, name: str, options: Mapping[str, Value]) -> Value | None:
    if options.get("format") == "strip" and name in _STRIP_DEFAULTS:
        return _STRIP_DEFAULTS[name]
    return kind.options[name].default


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _short(value: int | float) -> str:
    text = _text(value)
    return text if len(text) <= 20 else text[:19] + "…"
