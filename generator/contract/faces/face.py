"""Defines what a face is: a seed or a stored vector, and what is made of it. One face has one form, and one text.

Knows neither kinds nor networks. Standard library only. The functions in making.py build faces, and not the classes:
they keep the one form, so that two expressions that can be told equal are equal, and ``str`` writes them alike.

    face  = seed | vector | mix | move | between | noise
    leaf  = seed | vector        with its own traits and psi, and the steps to the near relative that it stands for

What is done to a whole face is kept at its leaves (psi, near relatives) or around everything else (noise):
near(mix(7,8),3) is mix(near(7,3),near(8,3)), and mix(noise(7,3),8) is noise(mix(7,8),3).
"""

from dataclasses import dataclass
from typing import TypeAlias

from generator.contract.values import write_value

Part: TypeAlias = str  # of the layers: "all", "coarse" or "fine"; a network says where the coarse ones end
# The step to a relative: n for the n-th, or (k, m) for the place k/m of the way round a circle of relatives.
Step: TypeAlias = int | tuple[int, int]
Traits: TypeAlias = tuple[tuple[str, str], ...]  # pairs of name and value, sorted by name

DIGITS = 6  # decimals of an amount and of a place between two faces
DIGEST_CHARS = 24  # hexadecimal digits of a vector's digest that stand in a line


@dataclass(frozen=True, slots=True)
class Seed:
    """A seed that has something of its own. A plain seed is an int."""

    number: int
    traits: Traits = ()
    psi: float | None = None  # None: the psi of the recipe
    coarse: tuple[Step, ...] = ()  # the steps to the relative whose coarse layers the face has
    fine: tuple[Step, ...] = ()

    def __str__(self) -> str:
        own = [(name if name != "psi" else "trait.psi", value) for name, value in self.traits]
        own += [] if self.psi is None else [("psi", write_value(self.psi))]
        inside = ",".join(f"{name}={value}" for name, value in sorted(own))
        return _write_steps(f"{self.number}({inside})" if own else str(self.number), self.coarse, self.fine)


@dataclass(frozen=True, slots=True)
class Vector:
    """A stored w, by the first digits of the digest of its bytes."""

    digest: str
    psi: float | None = None  # None: as it is stored, which is psi 1
    coarse: tuple[Step, ...] = ()
    fine: tuple[Step, ...] = ()

    def __str__(self) -> str:
        own = "" if self.psi is None else f"(psi={write_value(self.psi)})"
        return _write_steps(f"@{self.digest}{own}", self.coarse, self.fine)


@dataclass(frozen=True, slots=True)
class Mix:
    """``layers`` of the first face, and the others of the second."""

    first: "Face"
    second: "Face"
    layers: str | None  # such as "0-3"; None: about the first half

    def __str__(self) -> str:
        return f"mix({self.first},{self.second}{'' if self.layers is None else f',{self.layers}'})"


@dataclass(frozen=True, slots=True)
class Move:
    """A face moved along directions."""

    face: "Face"
    # (layers, direction, amount), sorted; layers are such as "0-3", or "" for all
    steps: tuple[tuple[str, str, float], ...]

    def __str__(self) -> str:
        text, groups = str(self.face), dict.fromkeys(layers for layers, _, _ in self.steps)
        for group in groups:
            amounts = ",".join(f"{name}={write_value(n, DIGITS)}" for layers, name, n in self.steps if layers == group)
            text = f"move({text},{f'{group},' if group else ''}{amounts})"
        return text


@dataclass(frozen=True, slots=True)
class Between:
    """A place on the way from one face to another."""

    first: "Face"
    second: "Face"
    t: float  # from 0, the first face, to 1
    space: str  # "w", "z" (straight) or "sphere" (round in z)

    def __str__(self) -> str:
        space = "" if self.space == "w" else f",{self.space}"
        return f"between({self.first},{self.second},{write_value(float(self.t), DIGITS)}{space})"


@dataclass(frozen=True, slots=True)
class Noise:
    """A face with random noise of these seeds; None leaves the noise as it is. It never stands in another face."""

    face: "Face"
    coarse: int | None
    fine: int | None

    def __str__(self) -> str:
        if self.coarse == self.fine:
            return f"noise({self.face},{self.coarse})"
        text = str(self.face) if self.coarse is None else f"noise({self.face},{self.coarse},coarse)"
        return text if self.fine is None else f"noise({text},{self.fine},fine)"


Leaf: TypeAlias = int | Seed | Vector
Face: TypeAlias = Leaf | Mix | Move | Between | Noise


def _write_steps(text: str, coarse: tuple[Step, ...], fine: tuple[Step, ...]) -> str:
    """Write the steps to a relative around ``text``. Steps of the two parts may pass one another: this is one order."""
    c = f = 0
    while c < len(coarse) or f < len(fine):
        if c < len(coarse) and f < len(fine) and coarse[c] == fine[f]:
            text, c, f = f"near({text},{_write_step(coarse[c])})", c + 1, f + 1
        elif len(coarse) - c >= len(fine) - f:
            text, c = f"near({text},{_write_step(coarse[c])},coarse)", c + 1
        else:
            text, f = f"near({text},{_write_step(fine[f])},fine)", f + 1
    return text


def _write_step(step: Step) -> str:
    return str(step) if isinstance(step, int) else f"{step[0]}/{step[1]}"


def as_seed(leaf: int | Seed) -> Seed:
    """Return a leaf that is a seed, with its fields."""
    return Seed(leaf) if isinstance(leaf, int) else leaf


def leaves(face: Face) -> list[Leaf]:
    """Return the leaves of a face, in the order in which they are written."""
    found, waiting = list[Leaf](), [face]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Mix | Between):
            waiting += (part.second, part.first)
        elif isinstance(part, Move | Noise):
            waiting.append(part.face)
        else:
            found.append(part)
    return found


def directions(face: Face) -> set[str]:
    """Return the names of all directions along which a face, or a part of it, is moved."""
    match face:
        case Mix() | Between():
            return directions(face.first) | directions(face.second)
        case Move():
            return {name for _, name, _ in face.steps} | directions(face.face)
        case Noise():
            return directions(face.face)
        case _:
            return set()


def base(face: Face) -> int:
    """Return the seed on which a face counts for its noise and its relatives: the number of its first leaf.

    That of a vector is made of its digest.
    """
    first = leaves(face)[0]
    return int(first.digest[:8], 16) if isinstance(first, Vector) else as_seed(first).number


def has_z(face: Face) -> bool:
    """Return whether a face is a point in z: a seed, its relative, or a place between such faces in z."""
    match face:
        case Between():
            return face.space != "w"
        case int() | Seed():
            return True
        case _:
            return False


def split_noise(face: Face) -> tuple[Face, int | None, int | None]:
    """Return a face without its noise, and the seeds of its coarse and its fine noise."""
    return (face.face, face.coarse, face.fine) if isinstance(face, Noise) else (face, None, None)
