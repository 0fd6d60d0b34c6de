"""Defines what a face is: a seed or a stored vector, and what is made of it. One face has one form, and one text.

Knows neither kinds nor networks. Standard library only. Build faces with the functions below and not with the classes:
the functions keep the form, so that two expressions that can be told equal are equal, and ``str`` writes them alike.

    face  = seed | vector | mix | move | between | noise
    leaf  = seed | vector        with its own traits and psi, and the steps to the near relative that it stands for

What is done to a whole face is kept at its leaves (psi, near relatives) or around everything else (noise):
near(mix(7,8),3) is mix(near(7,3),near(8,3)), and mix(noise(7,3),8) is noise(mix(7,8),3).

    near(F,0)=F   near(F,1/4)=near(F,2)   psi(psi(F,x),y)=psi(F,y)   mix(F,F)=F   mix(mix(F,G,L),H,L)=mix(F,H,L)
    move(F,d1=0)=F   move(move(F,d1=1),d1=2)=move(F,d1=3)   between(F,G,0)=F   between(F,G,1)=G   between(F,F,t)=F
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import gcd
from typing import TypeAlias

from generator.contract.seeds import SEED_COUNT
from generator.contract.values import write_value

Part: TypeAlias = str  # of the layers: "all", "coarse" or "fine"; a network says where the coarse ones end
# The step to a relative: n for the n-th, or (k, m) for the place k/m of the way round a circle of relatives.
Step: TypeAlias = int | tuple[int, int]
Traits: TypeAlias = tuple[tuple[str, str], ...]  # pairs of name and value, sorted by name

DIGITS = 6  # decimals of an amount and of a place between two faces
PSI_DIGITS = 4
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


# Leaves.


def seed(
    number: int,
    traits: Mapping[str, str] | None = None,
    psi: float | None = None,
    coarse: tuple[Step, ...] = (),
    fine: tuple[Step, ...] = (),
) -> Leaf:
    """Return the face of a seed, with its own traits and psi, and the steps to its relative."""
    if not traits and psi is None and not coarse and not fine:
        return number
    return Seed(number, tuple(sorted((traits or {}).items())), psi, coarse, fine)


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


def map_leaves(face: Face, change: Callable[[Leaf], Leaf]) -> Face:
    """Return the face with each leaf changed."""
    match face:
        case Mix():
            return mix(map_leaves(face.first, change), map_leaves(face.second, change), face.layers)
        case Between():
            first, second = map_leaves(face.first, change), map_leaves(face.second, change)
            return between(first, second, face.t, face.space)
        case Move():
            return _moved(map_leaves(face.face, change), face.steps)
        case Noise():
            return with_noise(map_leaves(face.face, change), face.coarse, face.fine)
        case _:
            return change(face)


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


def relate(leaf: Leaf, step: Step, part: Part) -> Leaf:
    """Return the relative of a leaf at ``step``, which is in its canonical form (see ``read_step``)."""
    if step == 0:
        return leaf
    whole = Seed(leaf) if isinstance(leaf, int) else leaf
    coarse = whole.coarse if part == "fine" else (*whole.coarse, step)
    fine = whole.fine if part == "coarse" else (*whole.fine, step)
    return replace(whole, coarse=coarse, fine=fine)


def set_psi(leaf: Leaf, psi: float) -> Leaf:
    """Return a leaf with another psi of its own."""
    if isinstance(leaf, Vector):
        return replace(leaf, psi=None if psi == 1 else psi)
    return replace(as_seed(leaf), psi=psi)


def place_on_circle(numerator: int, denominator: int) -> Step:
    """Return the canonical step for a place on the circle of relatives.

    The circle is spanned by the first relative, at 0, and the second, at a quarter.
    """
    numerator %= denominator
    divisor = gcd(numerator, denominator)
    place = numerator // divisor, denominator // divisor
    if place == (1, 4):
        return 2
    return place if numerator else 1


# What is made of faces.


def near(face: Face, step: Step, part: Part = "all") -> Face:
    """Return a near relative of a face. ``step`` is canonical: 0 to 2**32 - 1, or of ``place_on_circle``."""
    return map_leaves(face, lambda leaf: relate(leaf, step, part))


def at_psi(face: Face, psi: float) -> Face:
    """Return a face at another truncation: each of its leaves gets this psi."""
    return map_leaves(face, lambda leaf: set_psi(leaf, psi))


def shift(face: Face, by: int) -> Face:
    """Return a face whose seeds count on by ``by``. A vector is replaced by its relative of this number."""

    def change(leaf: Leaf) -> Leaf:
        if isinstance(leaf, Vector):
            return relate(leaf, by, "all")
        whole = as_seed(leaf)
        return seed((whole.number + by) % SEED_COUNT, dict(whole.traits), whole.psi, whole.coarse, whole.fine)

    return map_leaves(face, change) if by else face


def split_noise(face: Face) -> tuple[Face, int | None, int | None]:
    """Return a face without its noise, and the seeds of its coarse and its fine noise."""
    return (face.face, face.coarse, face.fine) if isinstance(face, Noise) else (face, None, None)


def with_noise(face: Face, coarse: int | None, fine: int | None) -> Face:
    """Return a face that has no noise yet with noise of these seeds, or as it is if both are None."""
    return face if coarse is None and fine is None else Noise(face, coarse, fine)


def noise(face: Face, number: int, part: Part = "all") -> Face:
    """Return a face with the random noise of a seed, in some or all layers."""
    bare, coarse, fine = split_noise(face)
    return Noise(bare, coarse if part == "fine" else number, fine if part == "coarse" else number)


def mix(first: Face, second: Face, layers: str | None = None) -> Face:
    """Return a face with ``layers`` and the noise of the first, and all other layers of the second."""
    first, coarse, fine = split_noise(first)
    second = split_noise(second)[0]
    if isinstance(first, Mix) and first.layers == layers:
        first = first.first
    if isinstance(second, Mix) and second.layers == layers:
        second = second.second
    return with_noise(first if first == second else Mix(first, second, layers), coarse, fine)


def move(face: Face, amounts: Mapping[str, float], layers: str | None = None) -> Face:
    """Return a face moved along directions, each by an amount, in some layers or in all."""
    return _moved(face, tuple((layers or "", name, amount) for name, amount in amounts.items()))


def _moved(face: Face, steps: tuple[tuple[str, str, float], ...]) -> Face:
    face, coarse, fine = split_noise(face)
    before = face.steps if isinstance(face, Move) else ()
    face = face.face if isinstance(face, Move) else face
    total: dict[tuple[str, str], float] = {}
    for layers, name, amount in (*before, *steps):
        total[layers, name] = total.get((layers, name), 0.0) + amount
    rounded = ((layers, name, round(amount, 9)) for (layers, name), amount in total.items())
    kept = sorted((step for step in rounded if step[2]), key=lambda step: (_first_last(step[0]), step[1]))
    return with_noise(Move(face, tuple(kept)) if kept else face, coarse, fine)


def _first_last(layers: str) -> tuple[int, int]:
    low, _, high = layers.partition("-")
    return (int(low), int(high or low)) if layers else (-1, -1)


def between(first: Face, second: Face, t: float, space: str = "w") -> Face:
    """Return the face at ``t``, 0 to 1, on the way from one to another. It has the noise of the first.

    In the spaces "z" and "sphere" both must be points in z (see ``has_z``).
    """
    if t == 0 or t == 1:
        return second if t else first
    first, coarse, fine = split_noise(first)
    second = split_noise(second)[0]
    return with_noise(first if first == second else Between(first, second, t, space), coarse, fine)
