"""Moves traits and psi between the faces of a recipe and its options: what all faces share stands in the options.

Knows neither kinds nor networks. Standard library only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from generator.contract.faces.face import Face, Leaf, Seed, Vector, as_seed, leaves
from generator.contract.faces.making import map_leaves, seed

DEFAULT_PSI = 0.7


@dataclass(frozen=True)
class Scope:
    """What the options of a recipe say about its faces."""

    psi: float | None  # None if the recipe has no psi, or several
    traits: Mapping[str, str]
    last_traits: Mapping[str, str]  # what differs for the last face of a morph

    @property
    def of_last(self) -> dict[str, str]:
        """The traits of the last face of a morph."""
        return {**self.traits, **self.last_traits}


def has_own(faces: Sequence[Face]) -> bool:
    """Return whether one of the faces has traits or a psi of its own, or is a vector."""
    found = (leaf for face in faces if not isinstance(face, int) for leaf in leaves(face))
    return any(
        isinstance(leaf, Vector) or (isinstance(leaf, Seed) and (leaf.traits or leaf.psi is not None)) for leaf in found
    )


def make_absolute(face: Face, psi: float | None, traits: Mapping[str, str]) -> Face:
    """Return the face with these options written into each seed that has nothing else of its own."""
    return map_leaves(face, lambda leaf: _with_options(leaf, psi, traits))


def _with_options(leaf: Leaf, psi: float | None, traits: Mapping[str, str]) -> Leaf:
    if isinstance(leaf, Vector):
        return leaf
    whole = as_seed(leaf)
    both = {**traits, **dict(whole.traits)} if traits or whole.traits else None
    return seed(whole.number, both, psi if whole.psi is None else whole.psi, whole.coarse, whole.fine)


def _without_options(leaf: Leaf, psi: float | None, traits: Mapping[str, str]) -> Leaf:
    if isinstance(leaf, Vector):
        return leaf
    whole = as_seed(leaf)
    own = {name: value for name, value in whole.traits if traits.get(name) != value} if whole.traits else None
    return seed(whole.number, own, None if whole.psi == psi else whole.psi, whole.coarse, whole.fine)


def share(faces: Sequence[Face], scope: Scope, *, last_apart: bool = False) -> tuple[tuple[Face, ...], Scope]:
    """Return the faces and the options in their canonical form, which means the same.

    A trait that every seed has stands in the options, with the value that it has first, and psi likewise; what differs
    stands at its seed. With ``last_apart`` the traits of the last face have options of their own. What no seed is there
    for is left out of the options.
    """
    split = len(faces) - last_apart
    contexts = [scope.traits] * split + [scope.of_last] * last_apart
    found = [_effective(face, traits) for face, traits in zip(faces, contexts, strict=True)]
    seeds = [pair for group in found for pair in group]
    last = [traits for group in found[split:] for _, traits in group]
    traits = _common([traits for _, traits in seeds])
    last_traits = {name: value for name, value in _common(last).items() if traits.get(name) != value}
    first_psi = next((scope.psi if leaf.psi is None else leaf.psi for leaf, _ in seeds), DEFAULT_PSI)
    shared = Scope(None if scope.psi is None else first_psi, traits, last_traits)
    if shared == scope and all(_is_relative(leaf, scope.psi, own) for leaf, own in _with_context(found, contexts)):
        return tuple(faces), scope
    shared_contexts = [shared.traits] * split + [shared.of_last] * last_apart

    def change(leaf: Leaf, before: Mapping[str, str], after: Mapping[str, str]) -> Leaf:
        return _without_options(_with_options(leaf, scope.psi, before), shared.psi, after)

    return tuple(
        map_leaves(face, partial(change, before=before, after=after))
        for face, before, after in zip(faces, contexts, shared_contexts, strict=True)
    ), shared


def _effective(face: Face, traits: Mapping[str, str]) -> list[tuple[Seed, dict[str, str]]]:
    """Return each seed of a face with all traits that it has."""
    seeds = (as_seed(leaf) for leaf in leaves(face) if not isinstance(leaf, Vector))
    return [(leaf, {**traits, **dict(leaf.traits)}) for leaf in seeds]


def _common(seeds: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return each trait that all of these have, with its value in the first."""
    if not seeds:
        return {}
    return {name: value for name, value in seeds[0].items() if all(name in traits for traits in seeds)}


def _with_context(
    found: Sequence[Sequence[tuple[Seed, dict[str, str]]]], contexts: Sequence[Mapping[str, str]]
) -> list[tuple[Seed, Mapping[str, str]]]:
    return [(leaf, traits) for group, traits in zip(found, contexts, strict=True) for leaf, _ in group]


def _is_relative(leaf: Seed, psi: float | None, traits: Mapping[str, str]) -> bool:
    """Return whether a seed has nothing of its own that the options say."""
    return (leaf.psi is None or leaf.psi != psi) and all(traits.get(name) != value for name, value in leaf.traits)


def without_psi(face: Face) -> Face:
    """Return the face without a psi of its own, where the recipe sets psi for each of its faces."""

    def change(leaf: Leaf) -> Leaf:
        if isinstance(leaf, Vector):
            return replace(leaf, psi=None)
        whole = as_seed(leaf)
        return seed(whole.number, dict(whole.traits), None, whole.coarse, whole.fine)

    return map_leaves(face, change)
