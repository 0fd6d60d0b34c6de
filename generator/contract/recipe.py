"""The recipe, which describes what to make, and the grammar of the line of text that expresses it.

Knows nothing about models, pixels or Discord: grammar.py reads lines, kinds.py has the kinds and their options, faces/
reads expressions. Standard library only. A recipe and its line can be converted to each other without loss:
``Recipe.parse(str(r)) == r``.

    line    = kind { " " number } { " " key "=" value }      in the canonical form the keys are sorted
    kind    = "waifu" | "grid" | "morph" | ...               a key of KINDS
    number  = a face, or the side of a grid, 1 to 5
    face    = a seed, or an expression (faces/reading.py)
    value   = [A-Za-z0-9._,:+-]+ | face { "," face }
    trait   = "trait." slug "=" slug                         slug = [a-z0-9_-]+
            | "to." slug "=" slug                            a trait of the last face of a morph
    model   = [a-z0-9-]{1,40}
    layers  = number [ "-" number ]

    waifu 123 model=artist-2 psi=0.7
    grid 3 model=artist-2 psi=0.3,0.7,1.3 seed=123
    grid faces=7,near(7,3),mix(7,8) model=artist-2 psi=0.7
    morph 10 20 fps=25 model=artist-2 psi=0.7 trait.hair=pink
    mix 10 20 layers=0-3 model=artist-2 psi=0.7               layers 0 to 3 from seed 10, the rest from seed 20
    mix 10 11 fine=20,21 model=artist-2 psi=0.7               a table with rows for 10 and 11, columns for 20 and 21
    vary 7 layers=fine model=artist-2 psi=0.7
    psi 7 from=-0.5 model=artist-2                            varies psi, and so has no option psi
    edit 7 amount=1.5 direction=hair-pink model=artist-2 psi=0.7
    edit 7 direction=d1,d2,d3 model=artist-2 psi=0.7          a chart with one row for each direction

The canonical line, ``str(recipe)``, leaves out each option that has its default value. The exception is psi, which is
always written if the kind has that option. A default must therefore never change once it is released. A table of one
row and one column is written as a plain pair: ``mix 10 fine=20`` becomes ``mix 10 20``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generator.contract import errors, grammar
from generator.contract.faces.face import Face, Vector, leaves
from generator.contract.kinds import KINDS
from generator.contract.seeds import SEED_COUNT
from generator.contract.values import Value, write_value

MAX_LINE_CHARS = 1500  # a caption shows the line; Discord allows 2,000 characters in a message


@dataclass(frozen=True)
class Recipe:
    """A description of what to make. Build one with :meth:`parse` or :meth:`make`, which check it.

    Most properties return the value of one option, or its default. Such a property raises KeyError if this kind of
    picture does not have the option.
    """

    kind: str  # a key of KINDS
    numbers: tuple[Face, ...]  # the seeds and other faces, or the side of a grid
    # Pairs of name and value, sorted by name. Options that have their default value are left out, except psi.
    options: tuple[tuple[str, Value], ...] = ()
    # Pairs of name and value, sorted by name. The names do not include the prefix "trait.".
    traits: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, line: str, max_chars: int = MAX_LINE_CHARS) -> "Recipe":
        """Read a line, in the canonical form or as a person types it.

        Raises LineTooLong if the line, or its canonical form, is longer than ``max_chars``, and another RecipeError if
        it is not a valid recipe.
        """
        if len(line) > max_chars:
            raise errors.LineTooLong(limit=max_chars, length=len(line))
        made = cls(*grammar.parse(line))
        if made._may_be_longer(line, max_chars) and (length := len(str(made))) > max_chars:
            raise errors.LineTooLong(limit=max_chars, length=length)
        return made

    def _may_be_longer(self, line: str, max_chars: int) -> bool:
        """Return whether the canonical form of ``line`` may be longer than ``max_chars``, without writing it.

        What stands once around a whole face, or in an option, may have to stand at each of its seeds.
        """
        if "(" not in line or len(line) * len(line) < max_chars:
            return False
        seeds = sum(len(leaves(face)) for face in self.seeds if not isinstance(face, int))
        own_psi, own_traits = line.count("psi") > line.count(" psi="), "trait." in line or " to." in line
        most = 24 * line.count("near(") + 16 * own_psi + len(line) * own_traits  # characters for each seed
        return len(line) + 16 + seeds * most > max_chars

    @classmethod
    def make(
        cls, kind: str, *numbers: Face | str, traits: Mapping[str, str] | None = None, **options: Value | None
    ) -> "Recipe":
        """Build a recipe from values. Options that are None are left out. Its line may be longer than MAX_LINE_CHARS.

        Raises RecipeError if a value is not allowed.
        """
        texts = {name: write_value(value) for name, value in options.items() if value is not None}
        texts |= {f"trait.{name}": value for name, value in (traits or {}).items()}
        return cls(*grammar.build(kind, [str(number) for number in numbers], texts))

    def __str__(self) -> str:
        pairs = dict(self.options) | {f"trait.{name}": value for name, value in self.traits}
        words = (f"{name}={write_value(value)}" for name, value in sorted(pairs.items()))
        return " ".join([self.kind, *map(str, self.numbers), *words])

    def __getitem__(self, name: str) -> Any:
        """Return the value of an option, or its default if the recipe does not set it.

        Raises KeyError if the kind has no such option.
        """
        options = dict(self.options)
        return options[name] if name in options else grammar.default(KINDS[self.kind], name, options)

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
    def seeds(self) -> tuple[Face, ...]:
        """Every seed or other face of the recipe, in order.

        A grid of side 3 has nine consecutive seeds, modulo 2**32. A mix has its coarse faces before its fine ones.
        """
        options = KINDS[self.kind].options
        if "fine" in options:
            return self.coarse + self.fine
        if "faces" in options and self["faces"] is not None:
            return self._faces_of("faces")
        if KINDS[self.kind].numbers == "seeds":
            return self.numbers
        return tuple((self.seed + i) % SEED_COUNT for i in range(self.side**2))

    @property
    def side(self) -> int:
        """The number of faces on each side of a grid that counts its seeds."""
        (side,) = self.numbers
        assert isinstance(side, int)
        return side

    @property
    def vectors(self) -> tuple[str, ...]:
        """The digests of the stored vectors that the recipe names, each once."""
        found = (leaf.digest for face in self.seeds for leaf in leaves(face) if isinstance(leaf, Vector))
        return tuple(dict.fromkeys(found))

    @property
    def coarse(self) -> tuple[Face, ...]:
        """The faces from which a mix takes the coarse layers."""
        return self.numbers if self.is_table else self.numbers[:1]

    @property
    def fine(self) -> tuple[Face, ...]:
        """The faces from which a mix takes the remaining layers."""
        return self._faces_of("fine") if self.is_table else self.numbers[1:]

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

    def _faces_of(self, name: str) -> tuple[Face, ...]:
        faces = self[name]
        assert isinstance(faces, tuple)
        return faces

    def replace(self, **options: Value | None) -> "Recipe":
        """Return the same recipe with these options changed. An option given as None is reset to its default."""
        return self.make(self.kind, *self.numbers, traits=dict(self.traits), **(dict(self.options) | options))

    def with_seeds(self, *seeds: Face, **changes: Value | None) -> "Recipe":
        """Return the same recipe with other seeds or faces, and with these options changed.

        For a grid that counts, give only its first seed. For a table, give the coarse faces and then the fine ones; the
        old fine faces are kept if no new ones are given.
        """
        options: dict[str, Value | None] = {**dict(self.options), **changes}
        if "faces" in options:
            return self.replace(**changes, faces=seeds)
        if KINDS[self.kind].numbers == "side":
            return self.replace(**changes, seed=str(seeds[0]))
        if "fine" in options and len(seeds) > len(self.numbers):
            options["fine"] = seeds[len(self.numbers) :]
            seeds = seeds[: len(self.numbers)]
        return self.make(self.kind, *seeds, traits=dict(self.traits), **options)

    def with_traits(self, traits: Mapping[str, str]) -> "Recipe":
        """Return the same recipe with these traits in place of its own."""
        return self.make(self.kind, *self.numbers, traits=traits, **dict(self.options))

    def on(self, model: str) -> "Recipe":
        """Return the same recipe with this model, unless the recipe already names one."""
        return self if self.model else self.replace(model=model)
