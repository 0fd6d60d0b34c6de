"""The recipe, which describes what to make, and the grammar of the line of text that expresses it.

Knows nothing about models, pixels or Discord: kinds.py has the kinds and their options, seeds.py reads seeds. Standard
library only. A recipe and its line can be converted to each other without loss: ``Recipe.parse(str(r)) == r``.

    line    = kind { " " number } { " " key "=" value }      in the canonical form the keys are sorted
    kind    = "waifu" | "grid" | "morph" | ...               a key of KINDS
    number  = a seed, or the side of a grid, 1 to 5
    value   = [A-Za-z0-9._,:+-]+
    trait   = "trait." slug "=" slug                         slug = [a-z0-9_-]+
            | "to." slug "=" slug                            a trait of the last face of a morph
    model   = [a-z0-9-]{1,24}
    layers  = number [ "-" number ]

    waifu 123 model=drawn-4 psi=0.7
    grid 3 model=drawn-4 psi=0.3,0.7,1.3 seed=123
    morph 10 20 fps=25 model=drawn-4 psi=0.7 trait.hair=pink
    mix 10 20 layers=0-3 model=drawn-4 psi=0.7               layers 0 to 3 from seed 10, the rest from seed 20
    mix 10 11 fine=20,21 model=drawn-4 psi=0.7               a table with rows for 10 and 11, columns for 20 and 21
    vary 7 layers=fine model=drawn-4 psi=0.7
    psi 7 from=-0.5 model=drawn-4                            varies psi, and so has no option psi
    edit 7 amount=1.5 direction=hair-pink model=drawn-4 psi=0.7
    edit 7 direction=d1,d2,d3 model=drawn-4 psi=0.7          a chart with one row for each direction

The canonical line, ``str(recipe)``, leaves out each option that has its default value. The exception is psi, which is
always written if the kind has that option. A default must therefore never change once it is released. A table of one
row and one column is written as a plain pair: ``mix 10 fine=20`` becomes ``mix 10 20``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generator.contract import errors
from generator.contract.kinds import KINDS, Kind, Value, read_trait, whole_number, write_value
from generator.contract.seeds import SEED_COUNT, parse_seed

MAX_LINE_CHARS = 1500  # a caption shows the line; Discord allows 2,000 characters in a message
MAX_VALUE_CHARS = 200  # the longest value of an option; enough for ten directions
FRAMES = (2, 240)  # the fewest and the most frames of an animation
MAX_STRIP_FRAMES = 16
GRID_SIDE = (1, 5)  # the fewest and the most faces on a side
DEFAULT_GRID_SIDE = 3

_VALUE = re.compile(r"[A-Za-z0-9._,:+-]+", re.ASCII)


@dataclass(frozen=True)
class Recipe:
    """A description of what to make. Build one with :meth:`parse` or :meth:`make`, which check it.

    Most properties return the value of one option, or its default. Such a property raises KeyError if this kind of
    picture does not have the option.
    """

    kind: str  # a key of KINDS
    numbers: tuple[int, ...]  # the seeds, or the side of a grid
    # Pairs of name and value, sorted by name. Options that have their default value are left out, except psi.
    options: tuple[tuple[str, Value], ...] = ()
    # Pairs of name and value, sorted by name. The names do not include the prefix "trait.".
    traits: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, line: str) -> "Recipe":
        """Read a line, in the canonical form or as a person types it.

        Raises RecipeError if it is not a valid recipe.
        """
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
        """Build a recipe from values. Options that are None are left out.

        Raises RecipeError if a value is not allowed.
        """
        texts = {name: write_value(value) for name, value in options.items() if value is not None}
        texts |= {f"trait.{name}": value for name, value in (traits or {}).items()}
        return _build(kind, [str(number) for number in numbers], texts)

    def __str__(self) -> str:
        pairs = dict(self.options) | {f"trait.{name}": value for name, value in self.traits}
        words = (f"{name}={write_value(value)}" for name, value in sorted(pairs.items()))
        return " ".join([self.kind, *map(str, self.numbers), *words])

    def __getitem__(self, name: str) -> Any:
        """Return the value of an option, or its default if the recipe does not set it.

        Raises KeyError if the kind has no such option.
        """
        options = dict(self.options)
        return options[name] if name in options else _default(KINDS[self.kind], name, options)

    @property
    def model(self) -> str | None:
        """Name of the model that draws, or None for the default model."""
        name = self["model"]
        return None if name is None else str(name)

    @property
    def psi(self) -> float:
        """The truncation psi, -2 to 2. For a grid, which may have several, use ``psis``."""
        return float(self["psi"])

    @property
    def cutoff(self) -> int | None:
        """Number of layers, counted from the first, that are truncated; None means all."""
        layers = self["cutoff"]
        return None if layers is None else int(layers)

    @property
    def noise(self) -> str:
        """The noise that makes fine detail: "const", "random" or "none"."""
        return str(self["noise"])

    @property
    def rotate(self) -> float:
        """How far the picture is turned counter-clockwise, in degrees from -180 to 180."""
        return float(self["rotate"])

    @property
    def shift(self) -> tuple[float, float]:
        """How far the picture is moved to the right and downwards, in widths of it, -1 to 1."""
        x, y = map(float, str(self["shift"]).split(","))
        return x, y

    @property
    def format(self) -> str:
        """The file format. It is "png" for a kind that has no such option."""
        return str(self["format"]) if "format" in KINDS[self.kind].options else "png"

    @property
    def frames(self) -> int:
        """Number of frames of an animation or a strip."""
        return int(self["frames"])

    @property
    def fps(self) -> int:
        """Frames per second."""
        return int(self["fps"])

    @property
    def loop(self) -> bool:
        """Whether a morph returns to its first face."""
        return bool(self["loop"])

    @property
    def ease(self) -> str:
        """The easing between two seeds of a morph: "sine", "linear" or "cubic"."""
        return str(self["ease"])

    @property
    def space(self) -> str:
        """The space in which a morph interpolates: "w", "z" or "sphere" (spherically in z)."""
        return str(self["space"])

    @property
    def size(self) -> int:
        """Side of the grid of faces that morph together, 1 to 3; 1 is a single face."""
        return int(self["size"])

    @property
    def by(self) -> str:
        """The input of the network that a recipe of the kind ``vary`` changes: "noise" or "z"."""
        return str(self["by"])

    @property
    def part(self) -> str:
        """The layers that a recipe of the kind ``vary`` changes: "coarse", "fine" or "all"."""
        return str(self["layers"])

    @property
    def psi_from(self) -> float:
        """Psi of the first face of a recipe of the kind ``psi``."""
        return float(self["from"])

    @property
    def psi_to(self) -> float:
        """Psi of the last face of a recipe of the kind ``psi``."""
        return float(self["to"])

    @property
    def steps(self) -> int:
        """Number of faces of a recipe of the kind ``psi``."""
        return int(self["steps"])

    @property
    def amount(self) -> float:
        """How many steps an edit moves along its direction, -3 to 3; a negative number moves the opposite way."""
        return float(self["amount"])

    @property
    def seed(self) -> int:
        """The seed of a grid's first face. Each further face has the next seed."""
        return int(self["seed"])

    @property
    def seeds(self) -> tuple[int, ...]:
        """Every seed of the recipe, in order.

        A grid of side 3 has nine consecutive seeds, modulo 2**32. A mix has its coarse seeds before its fine ones.
        """
        if "fine" in KINDS[self.kind].options:
            return self.coarse + self.fine
        if KINDS[self.kind].numbers == "seeds":
            return self.numbers
        return tuple((self.seed + i) % SEED_COUNT for i in range(self.numbers[0] ** 2))

    @property
    def coarse(self) -> tuple[int, ...]:
        """The seeds from which a mix takes the coarse layers."""
        return self.numbers if self.is_table else self.numbers[:1]

    @property
    def fine(self) -> tuple[int, ...]:
        """The seeds from which a mix takes the remaining layers."""
        return tuple(map(int, str(self["fine"]).split(","))) if self.is_table else self.numbers[1:]

    @property
    def is_table(self) -> bool:
        """Whether this mix is a table that combines every coarse seed with every fine one, rather than one pair."""
        return self["fine"] is not None

    @property
    def psis(self) -> tuple[float, ...]:
        """Every psi of the recipe: up to four for a grid, one for other kinds."""
        return tuple(map(float, str(self["psi"]).split(",")))

    @property
    def layers(self) -> range | None:
        """The w-layers that ``layers=a-b`` selects in a mix or an edit, or None if the option was left out."""
        if self.layers_text is None:
            return None
        low, _, high = self.layers_text.partition("-")
        return range(int(low), int(high or low) + 1)

    @property
    def layers_text(self) -> str | None:
        """The option ``layers`` of a mix or an edit as text, such as "0-3", or None if it was left out."""
        text = self["layers"]
        return None if text is None else str(text)

    @property
    def directions(self) -> tuple[str, ...]:
        """The names of all directions of an edit."""
        return tuple(str(self["direction"]).split(","))

    @property
    def is_chart(self) -> bool:
        """Whether an edit has several directions, which are shown as the rows of a chart."""
        return len(self.directions) > 1

    @property
    def last_traits(self) -> dict[str, str]:
        """The traits of a morph's last face: the recipe's traits, overridden by its options to.NAME."""
        changed = {name.removeprefix("to."): str(value) for name, value in self.options if name.startswith("to.")}
        return dict(self.traits) | changed

    @property
    def animated(self) -> bool:
        """Whether the recipe has several frames. A strip, which shows them side by side, counts too."""
        return self.format != "png"

    @property
    def faces(self) -> int:
        """Number of faces that the network draws for the recipe."""
        kind = KINDS[self.kind]
        return kind.faces(self.numbers, {name: self[name] for name in kind.options})

    def replace(self, **options: Value | None) -> "Recipe":
        """Return the same recipe with these options changed. An option given as None is reset to its default."""
        return self.make(self.kind, *self.numbers, traits=dict(self.traits), **(dict(self.options) | options))

    def with_seeds(self, *seeds: int) -> "Recipe":
        """Return the same recipe with other seeds.

        For a grid, give only its first seed. For a table, give the coarse seeds and then the fine ones; the old fine
        seeds are kept if no new ones are given.
        """
        if KINDS[self.kind].numbers == "side":
            return self.replace(seed=seeds[0])
        options = dict(self.options)
        if "fine" in options and len(seeds) > len(self.numbers):
            options["fine"] = ",".join(map(str, seeds[len(self.numbers) :]))
            seeds = seeds[: len(self.numbers)]
        return self.make(self.kind, *seeds, traits=dict(self.traits), **options)

    def with_traits(self, traits: Mapping[str, str]) -> "Recipe":
        """Return the same recipe with these traits in place of its own."""
        return self.make(self.kind, *self.numbers, traits=traits, **dict(self.options))

    def on(self, model: str) -> "Recipe":
        """Return the same recipe with this model, unless the recipe already names one."""
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
    """Return the key of the option ``name`` in ``Kind.options``. All options to.NAME share one key."""
    return "to.TRAIT" if name.startswith("to.") else name


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
        return (whole_number(*GRID_SIDE)("size", numbers[0]) if numbers else DEFAULT_GRID_SIDE,)
    return tuple(parse_seed(number) for number in numbers)


def _expected(kind: Kind) -> str:
    if kind.numbers == "side":
        return "one-size"
    return "one-seed" if kind.count[1] == 1 else "several-seeds"


def _default(kind: Kind, name: str, options: Mapping[str, Value]) -> Value | None:
    if options.get("format") == "strip" and name in kind.strip:
        return kind.strip[name]
    return kind.options[_row(name)].default
