"""Chooses the faces of a recipe that must be stored as vectors so that its line is short enough.

Computes no vector. Standard library only.
"""

from collections.abc import Mapping

from generator.contract import errors
from generator.contract.faces.face import DIGEST_CHARS, Face, Vector, base, split_noise
from generator.contract.faces.making import with_noise
from generator.contract.kinds import KINDS
from generator.contract.recipe import MAX_LINE_CHARS, Recipe

MAX_DRAFT_CHARS = 20_000  # of a line that is not shortened yet; the largest table of mixes fits
_STAND_IN = "0" * DIGEST_CHARS


def find_long_faces(recipe: Recipe) -> list[Face]:
    """Return the faces that must be stored so that the line has at most MAX_LINE_CHARS characters, the longest first.

    The list is empty if the line is short enough. Raises LineTooLong if it is too long without these faces, too.
    """
    chosen: dict[Face, str] = {}
    by_length = sorted(dict.fromkeys(recipe.seeds), key=lambda face: len(str(face)), reverse=True)
    length = len(str(recipe))
    for face in by_length if _takes_vectors(recipe) else ():
        if length <= MAX_LINE_CHARS:
            break
        chosen[face] = _STAND_IN
        length = len(str(store_faces(recipe, chosen)))
    if length > MAX_LINE_CHARS:
        raise errors.LineTooLong(limit=MAX_LINE_CHARS, length=length)
    return list(chosen)


def _takes_vectors(recipe: Recipe) -> bool:
    options = KINDS[recipe.kind].options
    if "faces" in options:
        return recipe["faces"] is not None
    return "space" not in options or recipe.space == "w"  # a vector has no place in z


def store_faces(recipe: Recipe, digests: Mapping[Face, str]) -> Recipe:
    """Return the recipe with some of its faces replaced by the vectors with these digests. They keep their noise."""
    if not digests:
        return recipe
    noise = recipe.noise if "noise" in KINDS[recipe.kind].options else "const"
    return recipe.with_seeds(
        *(_store(face, digests[face], noise) if face in digests else face for face in recipe.seeds)
    )


def _store(face: Face, digest: str, noise: str) -> Face:
    _, coarse, fine = split_noise(face)
    if noise == "random":  # a vector would count its noise from another seed
        coarse, fine = base(face) if coarse is None else coarse, base(face) if fine is None else fine
    return with_noise(Vector(digest), coarse, fine)
