"""What to make, as one frozen value and one line of text that round-trips: ``Recipe.parse(str(r)) == r``.

Owns the grammar; the kinds with their options, and the meaning of a seed, are in kinds.py. Knows no model, no pixels, no Discord.
Standard library only.

    line    = kind { " " number } { " " key "=" value }      keys sorted in the canonical form
    kind    = "waifu" | "grid" | "morph" | ...               the rows of KINDS
    number  = a seed; for grid: its side, 1 to 5
    value   = [A-Za-z0-9._,:+-]+
    trait   = "trait." slug "=" slug                         slug = [a-z0-9_-]+; of a morph's last face: "to." slug "=" slug
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

The canonical line names the model and psi; other options stand in it only where they differ from their default, so a default
never changes once released. A table of one by one is the plain pair: ``mix 10 fine=20`` is ``mix 10 20``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generator.contract import errors
from generator.contract.kinds import CHART_STEPS as CHART_STEPS
from generator.contract.kinds import FACTORS as FACTORS
from generator.contract.kinds import KINDS as KINDS
from generator.contract.kinds import MAX_SEED_CHARS as MAX_SEED_CHARS
from generator.contract.kinds import SEEDS as SEEDS
from generator.contract.kinds import Kind as Kind
from generator.contract.kinds import Option as Option
from generator.contract.kinds import Value as Value
from generator.contract.kinds import seed_of as seed_of
from generator.contract.kinds import slug, whole, written
from generator.contract.kinds import trait_directions as trait_directions

MAX_LINE_CHARS = 1500  # a caption shows the line; Discord allows 2,000 characters in a message
MAX_VALUE_CHARS = 200  # ten directions
FRAMES = (2, 240)  # of an animation
MAX_STRIP_FRAMES = 16
GRID_SIDE = (1, 5)
DEFAULT_GRID_SIDE = 3

_VALUE = re.compile(r"[A-Za-z0-9._,:+-]+", re.ASCII)


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
        return _checked(words[0], numbers, {name: text for name, _, text in pairs})

    @classmethod
    def make(
        cls, kind: str, *numbers: int | str, traits: Mapping[str, str] | None = None, **options: Value | None
    ) -> "Recipe":
        """Build a recipe from typed values; an option that is None is left out. Raises RecipeError."""
        texts = {name: written(value) for name, value in options.items() if value is not None}
        texts |= {f"trait.{name}": value for name, value in (traits or {}).items()}
        return _checked(kind, [str(number) for number in numbers], texts)

    def __str__(self) -> str:
        pairs = dict(self.options) | {f"trait.{name}": value for name, value in self.traits}
        words = (f"{name}={written(value)}" for name, value in sorted(pairs.items()))
        return " ".join([self.kind, *map(str, self.numbers), *words])

    def __getitem__(self, name: str) -> Any:
        """Return the option's value, or its default where it was left out."""
        for given, value in self.options:
            if given == name:
                return value
        return _default(KINDS[self.kind], name, dict(self.options))

    @property
    def seeds(self) -> tuple[int, ...]:
        """Every seed that is shown, in order: a grid of side 3 has nine (modulo 2**32); of a mix the coarse ones first."""
        if "fine" in KINDS[self.kind].options:
            return self.coarse + self.fine
        if KINDS[self.kind].numbers == "seeds":
            return self.numbers
        first = int(self["seed"])
        return tuple((first + i) % SEEDS for i in range(self.numbers[0] ** 2))

    @property
    def coarse(self) -> tuple[int, ...]:
        """Of a mix: the seeds whose coarse layers are taken."""
        return self.numbers[:1] if self["fine"] is None else self.numbers

    @property
    def fine(self) -> tuple[int, ...]:
        """Of a mix: the seeds whose other layers are taken."""
        return self.numbers[1:] if self["fine"] is None else tuple(map(int, str(self["fine"]).split(",")))

    @property
    def psis(self) -> tuple[float, ...]:
        """Every psi that is given: one, or for a grid up to four."""
        return tuple(map(float, str(self["psi"]).split(",")))

    @property
    def layers(self) -> range | None:
        """Of a mix or an edit: the w-layers of ``layers=a-b``, or None where it was left out."""
        if self["layers"] is None:
            return None
        low, _, high = str(self["layers"]).partition("-")
        return range(int(low), int(high or low) + 1)

    @property
    def directions(self) -> tuple[str, ...]:
        """Of an edit: every direction that is given."""
        return tuple(str(self["direction"]).split(","))

    @property
    def charted(self) -> bool:
        """Of an edit: whether several directions are shown below one another."""
        return len(self.directions) > 1

    @property
    def last_traits(self) -> dict[str, str]:
        """The traits of a morph's last face: those of all faces, with every to.NAME in place."""
        changed = {name.removeprefix("to."): str(value) for name, value in self.options if name.startswith("to.")}
        return dict(self.traits) | changed

    @property
    def animated(self) -> bool:
        """Whether several frames are made, be it for a strip; otherwise it is one picture."""
        kind = KINDS[self.kind]
        return self["format"] != "png" if "format" in kind.options else kind.media == "animation"

    @property
    def faces(self) -> int:
        """How many faces are synthesised for it."""
        return KINDS[self.kind].faces(self)

    def replace(self, **options: Value | None) -> "Recipe":
        """Return the same recipe with these options changed (None: back to the default)."""
        return self.make(self.kind, *self.numbers, traits=dict(self.traits), **(dict(self.options) | options))

    def reseeded(self, *seeds: int) -> "Recipe":
        """Return the same recipe about other seeds: for a grid its first; for a table of mixes the coarse ones, then the fine."""
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
        return self if self["model"] else self.replace(model=model)


def _checked(kind_name: str, numbers: list[str], texts: dict[str, str]) -> Recipe:
    kind = KINDS.get(kind_name)
    if kind is None:
        raise errors.UnknownKind(kind=kind_name, known=", ".join(KINDS))
    for name, text in texts.items():
        if len(text) > MAX_VALUE_CHARS:
            raise errors.BadValue(name=name, value=text, expected="a-short-text", limit=MAX_VALUE_CHARS)
        if not _VALUE.fullmatch(text):
            raise errors.BadValue(name=name, value=text, expected="a-plain-text")
    traits = {name[len("trait.") :]: slug(name, text) for name, text in texts.items() if name.startswith("trait.")}
    options = {
        name: _read(kind_name, kind, name, text) for name, text in texts.items() if not name.startswith("trait.")
    }
    _settle_length(kind, options)
    _check_kind(kind_name, kind, options)
    seeds = _read_numbers(kind_name, kind, numbers)
    if kind.settle is not None:
        seeds = kind.settle(seeds, options)
    kept = {name: value for name, value in options.items() if name == "psi" or value != _default(kind, name, options)}
    if "psi" in kind.options:
        kept.setdefault("psi", kind.options["psi"].default or 0.0)
    return Recipe(kind_name, seeds, tuple(sorted(kept.items())), tuple(sorted(traits.items())))


def _row(name: str) -> str:
    """The key of the option's row in its kind: all of to.NAME share one."""
    return "to.TRAIT" if name.startswith("to.") else name


def _read(kind_name: str, kind: Kind, name: str, text: str) -> Value:
    option = kind.options.get(_row(name))
    if option is None:
        raise errors.UnknownOption(kind=kind_name, name=name, known=", ".join(sorted(kind.options)))
    return option.read(name, text)


def _settle_length(kind: Kind, options: dict[str, Value]) -> None:
    """Turn seconds into frames, so that a line has one way to say how long."""
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
    return tuple(seed_of(number) for number in numbers)


def _expected(kind: Kind) -> str:
    if kind.numbers == "side":
        return "one-size"
    return "one-seed" if kind.count[1] == 1 else "several-seeds"


def _default(kind: Kind, name: str, options: Mapping[str, Value]) -> Value | None:
    if options.get("format") == "strip" and name in kind.strip:
        return kind.strip[name]
    return kind.options[_row(name)].default
