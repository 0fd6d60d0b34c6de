"""Builds faces from others, and changes them. Each function returns a face in its one form (see face.py).

Knows neither kinds nor networks. Standard library only.

    near(F,0)=F   near(F,1/4)=near(F,2)   psi(psi(F,x),y)=psi(F,y)   mix(F,F)=F   mix(mix(F,G,L),H,L)=mix(F,H,L)
    move(F,d1=0)=F   move(move(F,d1=1),d1=2)=move(F,d1=3)   between(F,G,0)=F   between(F,G,1)=G   between(F,F,t)=F
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import gcd

from generator.contract.faces.face import (
    Between,
    Face,
    Leaf,
    Mix,
    Move,
    Noise,
    Part,
    Seed,
    Step,
    Vector,
    as_seed,
    split_noise,
)
from generator.contract.seeds import SEED_COUNT


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
    return Seed(number, tuple(sorted(traits.items())) if traits else (), psi, coarse, fine)


def relate(leaf: Leaf, step: Step, part: Part) -> Leaf:
    """Return the relative of a leaf at ``step``, which is a number or of ``place_on_circle``."""
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


def map_leaves(face: Face, change: Callable[[Leaf], Leaf]) -> Face:
    """Return the face with each leaf changed."""
    match face:
        case Mix():
            return mix(map_leaves(face.first, change), map_leaves(face.second, change), face.layers)
        case Between():
            first, second = map_leaves(face.first, change), map_leaves(face.second, change)
            return between(first, second, face.t, face.space)
        case Move():
            moved = map_leaves(face.face, change)
            # The steps are canonical already, unless what is moved has become a move: mix(F,F) is F.
            return _moved(moved, face.steps) if isinstance(moved, Move | Noise) else Move(moved, face.steps)
        case Noise():
            return with_noise(map_leaves(face.face, change), face.coarse, face.fine)
        case _:
            return change(face)


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
