"""Converts w to the bytes of stored vectors and back, and stores the faces of a recipe whose line is too long.

Knows nothing about where vectors are kept. contract/vector.py defines the bytes.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from generator.contract import errors, shortening, vector
from generator.contract.faces.face import Face
from generator.contract.faces.scope import make_absolute
from generator.contract.kinds import KINDS
from generator.contract.recipe import Recipe
from generator.rendering.faces import find_styles
from generator.stylegan.generator import Generator


class Shortened(NamedTuple):
    """A recipe whose line is short enough, and the bytes of the vectors that it names, by digest."""

    recipe: Recipe
    vectors: Mapping[str, bytes]


def encode_vector(w: Tensor) -> bytes:
    """Return the bytes of a vector for ``w`` [num_ws, w_dim], rounded to float16."""
    numbers = w.detach().cpu().numpy().astype("<f2")
    return vector.pack(vector.Shape(*numbers.shape), numbers.tobytes())


def decode_vectors(recipe: Recipe, raw: Mapping[str, bytes], generator: Generator) -> dict[str, Tensor]:
    """Return the w [num_ws, w_dim] of the vectors that a recipe names, by digest, on the generator's device.

    Raises TooManyVectors, VectorMissing if one is not among ``raw``, VectorDamaged if its bytes are no vector or hold
    numbers that are not finite, and VectorMisfit if it has another shape than this network's w.
    """
    digests = recipe.vectors
    if len(digests) > vector.MAX_IN_RECIPE:
        raise errors.TooManyVectors(limit=vector.MAX_IN_RECIPE, given=len(digests))
    return {digest: _decode(digest, raw.get(digest), generator) for digest in digests}


def _decode(digest: str, raw: bytes | None, generator: Generator) -> Tensor:
    if raw is None:
        raise errors.VectorMissing(digest=digest)
    found = vector.unpack(raw)
    if found is None or vector.digest_of(raw) != digest:
        raise errors.VectorDamaged(digest=digest)
    (rows, columns), numbers = found
    if (rows, columns) != (generator.num_ws, generator.w_dim):
        layers, size = generator.num_ws, generator.w_dim
        raise errors.VectorMisfit(
            digest=digest, model=generator.name, rows=rows, columns=columns, layers=layers, size=size
        )
    w = np.frombuffer(numbers, "<f2").reshape(rows, columns).astype(np.float32)
    if not np.isfinite(w).all():
        raise errors.VectorDamaged(digest=digest)
    return torch.from_numpy(w).to(generator.device)


def shorten(recipe: Recipe, raw: Mapping[str, bytes], generator: Generator) -> Shortened:
    """Store the longest faces of a recipe as vectors until its line is short enough.

    ``raw`` are the vectors that the recipe names. Raises LineTooLong if the line is too long for another reason, and
    the errors of ``decode_vectors`` and ``find_styles``.
    """
    vectors = dict(raw)
    digests: dict[Face, str] = {}
    for face in shortening.find_long_faces(recipe):
        encoded = encode_vector(_find_w(face, recipe, vectors, generator))
        digests[face] = vector.digest_of(encoded)
        vectors[digests[face]] = encoded
    short = shortening.store_faces(recipe, digests)
    return Shortened(short, {digest: vectors[digest] for digest in short.vectors if digest in vectors})


def _find_w(face: Face, recipe: Recipe, raw: Mapping[str, bytes], generator: Generator) -> Tensor:
    """Return the w [num_ws, w_dim] of one face of a recipe. If that shows it at several psi, it is stored at psi 1."""
    is_last = recipe.kind == "morph" and face == recipe.seeds[-1]
    traits = recipe.last_traits if is_last else dict(recipe.traits)
    psis = recipe.psis if "psi" in KINDS[recipe.kind].options else ()
    whole = make_absolute(face, psis[0] if len(psis) == 1 else 1.0, traits)
    with torch.no_grad():
        return find_styles([whole], generator, recipe.cutoff, decode_vectors(recipe, raw, generator))[0]
