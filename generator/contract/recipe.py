"""The recipe: what to make, as one frozen value and one line of text that round-trips: ``Recipe.parse(str(r)) == r``.

Owns the grammar; kinds and their options are in kinds.py, the meaning of a seed is in seeds.py. Does not know models,
pixels or Discord. Standard library only.

    line    = kind { " " number } { " " key "=" value }      keys sorted in the canonical form
    kind    = "waifu" | "grid" | "morph" | ...               the rows of KINDS
    number  = a seed; for grid: its side, 1 to 5
    value   = [A-Za-z0-9._,:+-]+
    trait   = "trait." slug "=" slug                         slug = [a-z0-9_-]+
            | "to." slug "=" slug                            a trait of a morph's last face
    model   = [a-z0-9-]{1,24}
    layers  = number [ "-" number ]

    waifu 123 model=drawn-4 psi=0.7
    grid 3 model=drawn-4 psi=0.3,0.7,1.3 seed=123
    morph 10 20 fps=25 model=drawn-4 psi=0.7 trait.hair=pink
    mix 10 20 layers=0-3 model=drawn-4 psi=0.7               the layers 0 to 3 of seed 10, the others of seed 20
    mix 10 11 fine=20,21 model=drawn-4 psi=0.7               a table: 10 and 11 down the side, 20 and 21 along the top
    vary 7 layers=fine model=drawn-4 psi=0.7
    psi 7 from=-0.5 model=drawn-4                            several psi, hence no psi of its own
    edit 7 amount=1.5 direction=hair-pink model=drawn-4 psi=0.7
    edit 7 direction=d1,d2,d3 model=drawn-4 psi=0.7          a chart: one row for each direction

The canonical line names the model and psi, and other options only where they differ from their default; so a default
never changes once released. A table of one by one is the plain pair: ``mix 10 fine=20`` is ``mix 10 20``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generator.contract import errors
from generator.contract.kinds import KINDS, Kind, Value, read_trait, whole, write_value
from generator.contract.seeds import SEED_COUNT, parse_seed

MAX_LINE_CHARS = 1500  # a caption shows the line; Discord allows 2,000 characters in a message
MAX_VALUE_CHARS = 200  # ten directions
FRAMES = (2, 240)  # of an animation
MAX_STRIP_FRAMES = 16
GRID_SIDE = (1, 5)
DEFAULT_GRID_SIDE = 3

_VALUE = re.compile(r"[A-Za-z0-9._,:+-]+", re.ASCII)


@dataclass(frozen=True)
class Recipe:
    """A description of what to make. Build one with :meth:`parse` or :meth:`make`; both validate.

    The properties read single options, defaults included; one that the kind does not have raises KeyError.

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
            raise errors.LineTooLong(limit=MAX_LINE_CHARS, length=len(line))
        words = line.split()
        if not words:
            raise errors.EmptyRecipe()
        numbers = [word for word in words[1:] if "=" not in word]
        pairs = [word.partition("=") for word in words[1:] if "=" in word]
        names = [name for name, _, _ in pairs]
        for name in names:
            if names.count(name) > 1:
                raise errors.RepeatedOption(name=name)
        return _build(words[0], numbers, {name: text for name, _, text in pairs})

    @classmethod
    def make(
        cls, kind: str, *numbers: int | str, traits: Mapping[str, str] | None = None, **options: Value | None
    ) -> "Recipe":
        """Build a recipe from typed values; an option that is None is left out. Raises RecipeError."""
        texts = {name: write_value(value) for name, value in options.items() if value is not None}
        texts |= {f"trait.{name}": value for name, value in (traits or {}).items()}
        return _build(kind, [str(number) for number in numbers], texts)

    def __str__(self) -> str:
        pairs = dict(self.options) | {f"trait.{name}": value for name, value in self.traits}
        words = (f"{name}={write_value(value)}" for name, value in sorted(pairs.items()))
        return " ".join([self.kind, *map(str, self.numbers), *words])

    def __getitem__(self, name: str) -> Any:
        """Return the option's value, or its default if left out. Raises KeyError for an option of another kind."""
        options = dict(self.options)
        return options[name] if name in options else _default(KINDS[self.kind], name, options)

    @property
    def model(self) -> str | None:
        """Name of the model that draws; None: the default one."""
        name = self["model"]
        return None if name is None else str(name)

    @property
    def psi(self) -> float:
        """Truncation, -2 to 2. A grid may have several: ``psis``."""
        return float(self["psi"])

    @property
    def cutoff(self) -> int | None:
        """How many of the first layers are truncated; None: all."""
        layers = self["cutoff"]
        return None if layers is None else int(layers)

    @property
    def noise(self) -> str:
        """Fine detail: "const", "random" or "none"."""
        return str(self["noise"])

    @property
    def format(self) -> str:
        """The format chosen; "png" for kinds that are always one picture."""
        return str(self["format"]) if "format" in KINDS[self.kind].options else "png"

    @property
    def frames(self) -> int:
        """How many frames an animation or strip has."""
        return int(self["frames"])

    @property
    def fps(self) -> int:
        """Frames per second."""
        return int(self["fps"])

    @property
    def loop(self) -> bool:
        """Whether a morph ends where it began."""
        return bool(self["loop"])

    @property
    def ease(self) -> str:
        """How each step of a morph speeds up: "sine", "linear" or "cubic"."""
        return str(self["ease"])

    @property
    def space(self) -> str:
        """The space of a morph's path: "w", "z" or "sphere"."""
        return str(self["space"])

    @property
    def size(self) -> int:
        """How many faces a side of the morphing grid has, 1 to 3."""
        return int(self["size"])

    @property
    def by(self) -> str:
        """The input that ``vary`` changes: "noise" or "z"."""
        return str(self["by"])

    @property
    def part(self) -> str:
        """The layers that ``vary`` changes: "coarse", "fine" or "all"."""
        return str(self["layers"])

    @property
    def psi_from(self) -> float:
        """Psi of the first face of ``psi``."""
        return float(self["from"])

    @property
    def psi_to(self) -> float:
        """Psi of the last face of ``psi``."""
        return float(self["to"])

    @property
    def steps(self) -> int:
        """How many faces ``psi`` shows."""
        return int(self["steps"])

    @property
    def amount(self) -> float:
        """How far an edit goes, -3 to 3; below 0 the other way."""
        return float(self["amount"])

    @property
    def seed(self) -> int:
        """The seed of a grid's first face; the others count on from it."""
        return int(self["seed"])

    @property
    def seeds(self) -> tuple[int, ...]:
        """Every seed shown, in order: a grid of side 3 has nine (modulo 2**32), a mix begins with its coarse seeds."""
        if "fine" in KINDS[self.kind].options:
            return self.coarse + self.fine
        if KINDS[self.kind].numbers == "seeds":
            return self.numbers
        return tuple((self.seed + i) % SEED_COUNT for i in range(self.numbers[0] ** 2))

    @property
    def coarse(self) -> tuple[int, ...]:
        """The seeds whose coarse layers a mix takes."""
        return self.numbers if self.is_table else self.numbers[:1]

    @property
    def fine(self) -> tuple[int, ...]:
        """The seeds whose other layers a mix takes."""
        return tuple(map(int, str(self["fine"]).split(","))) if self.is_table else self.numbers[1:]

    @property
    def is_table(self) -> bool:
        """Whether a mix is a table of several seeds with several others, rather than one pair."""
        return self["fine"] is not None

    @property
    def psis(self) -> tuple[float, ...]:
        """Every psi of the recipe: one, or up to four for a grid."""
        return tuple(map(float, str(self["psi"]).split(",")))

    @property
    def layers(self) -> range | None:
        """The w-layers that ``layers=a-b`` names in a mix or an edit, or None where it was left out."""
        if self.layers_text is None:
            return None
        low, _, high = self.layers_text.partition("-")
        return range(int(low), int(high or low) + 1)

    @property
    def layers_text(self) -> str | None:
        """The layers of a mix or an edit as the line has them, such as "0-3", or None where they were left out."""
        text = self["layers"]
        return None if text is None else str(text)

    @property
    def directions(self) -> tuple[str, ...]:
        """Every direction of an edit."""
        return tuple(str(self["direction"]).split(","))

    @property
    def is_chart(self) -> bool:
        """Whether an edit shows several directions, one below the other."""
        return len(self.directions) > 1

    @property
    def last_traits(self) -> dict[str, str]:
        """The traits of a morph's last face: those of all faces, overridden by every to.NAME."""
        changed = {name.removeprefix("to."): str(value) for name, value in self.options if name.startswith("to.")}
        return dict(self.traits) | changed

    @property
    def animated(self) -> bool:
        """Whether it has several frames, also as a strip; otherwise it is one picture."""
        return self.format != "png"

    @property
    def faces(self) -> int:
        """How many faces are drawn for it."""
        kind = KINDS[self.kind]
        return kind.faces(self.numbers, {name: self[name] for name in kind.options})

    def replace(self, **options: Value | None) -> "Recipe":
        """Return the same recipe with these options changed (None: back to the default)."""
        return self.make(self.kind, *self.numbers, traits=dict(self.traits), **(dict(self.options) | options))

    def with_seeds(self, *seeds: int) -> "Recipe":
        """Return the same recipe with other seeds: for a grid its first, for a table the coarse ones, then the fine."""
        if KINDS[self.kind].numbers == "side":
            return self.replace(seed=seeds[0])
        options = dict(self.options)
        if "fine" in options and len(seeds) > len(self.numbers):
            options["fine"] = ",".join(map(str, seeds[len(self.numbers) :]))
            seeds = seeds[: len(self.numbers)]
        return self.make(self.kind, *seeds, traits=dict(self.traits), **options)

    def with_traits(self, traits: Mapping[str, str]) -> "Recipe":
        """Return the same recipe with exactly these traits."""
        return self.make(self.kind, *self.numbers, traits=traits, **dict(self.options))

    def on(self, model: str) -> "Recipe":
        """Return the same recipe with its model named, if it names none."""
        return self if self.model else self.replace(model=model)


def _build(kind_name: str, numbers: list[str], texts: dict[str, str]) -> Recipe:
    kind = KINDS.get(kind_name)
    if kind is None:
        raise errors.UnknownKind(kind=kind_name, known=", ".join(KINDS))
    for name, text in texts.items():
        if len(text) > MAX_VALUE_CHARS:
            raise errors.BadValue(name=name, value=text, expected="a-short-text", limit=MAX_VALUE_CHARS)
        if not _VALUE.fullmatch(text):
            raise errors.BadValue(name=name, value=text, expected="a-plain-text")
    traits = {
        name[len("trait.") :]: read_trait(name, text) for name, text in texts.items() if name.startswith("trait.")
    }
    options = {
        name: _read(kind_name, kind, name, text) for name, text in texts.items() if not name.startswith("trait.")
    }
    _settle_length(kind, options)
    _check_kind(kind_name, kind, options)
    seeds = _read_numbers(kind_name, kind, numbers)
    if kind.settle is not None:
        seeds = kind.settle(seeds, options)
    stated = {name: value for name, value in options.items() if name == "psi" or value != _default(kind, name, options)}
    if "psi" in kind.options:
        stated.setdefault("psi", kind.options["psi"].default or 0.0)
    return Recipe(kind_name, seeds, tuple(sorted(stated.items())), tuple(sorted(traits.items())))


def _row(name: str) -> str:
    """Return the key of the option's row in its kind; every to.NAME shares one."""
    return "to.TRAIT" if name.startswith("to.") else name


def _read(kind_name: str, kind: Kind, name: str, text: str) -> Value:
    option = kind.options.get(_row(name))
    if option is None:
        raise errors.UnknownOption(kind=kind_name, name=name, known=", ".join(sorted(kind.options)))
    return option.read(name, text)


def _settle_length(kind: Kind, options: dict[str, Value]) -> None:
    """Turn seconds into frames, so that a line has only one way to give a length."""
    if "seconds" not in options:
        return
    if "frames" in options:
        raise errors.Conflict(first="frames", second="seconds")
    fps = options.get("fps", kind.options["fps"].default)
    options["frames"] = frames = round(float(options.pop("seconds")) * float(fps or 1))
    low, high = FRAMES
    if not low <= frames <= high:
        raise errors.WrongSeconds(low=low, high=high, value=frames)


def _check_kind(kind_name: str, kind: Kind, options: Mapping[str, Value]) -> None:
    if options.get("format") == "strip" and int(options.get("frames", 0)) > MAX_STRIP_FRAMES:
        raise errors.WrongStripLength(low=FRAMES[0], high=MAX_STRIP_FRAMES, value=int(options["frames"]))
    for name in kind.required:
        if name not in options:
            raise errors.MissingOption(kind=kind_name, name=name, example=kind.example)


def _read_numbers(kind_name: str, kind: Kind, numbers: list[str]) -> tuple[int, ...]:
    low, high = kind.count
    if not low <= len(numbers) <= high:
        raise errors.WrongSeedCount(
            kind=kind_name, expected=_expected(kind), low=low, high=high, given=len(numbers), example=kind.example
        )
    if kind.numbers == "side":
        return (whole(*GRID_SIDE)("size", numbers[0]) if numbers else DEFAULT_GRID_SIDE,)
    return tuple(parse_seed(number) for number in numbers)


def _expected(kind: Kind) -> str:
    if kind.numbers == "side":
        return "one-size"
    return "one-seed" if kind.count[1] == 1 else "several-seeds"


def _default(kind: Kind, name: str, options: Mapping[str, Value]) -> Value | None:
    if options.get("format") == "strip" and name in kind.strip:
        return kind.strip[name]
    return kind.options[_row(name)].default
