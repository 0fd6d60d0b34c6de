"""Hypothesis strategies for faces of every form, as they are kept and as people may type them."""

import string

from hypothesis import strategies as st

from generator.contract.faces import making as make
from generator.contract.faces.face import DIGEST_CHARS, Face, Vector
from generator.contract.seeds import SEED_COUNT

SEEDS = st.integers(0, 9) | st.integers(0, SEED_COUNT - 1)
PARTS = st.sampled_from(["all", "coarse", "fine"])
PSI = st.sampled_from([0.0, 0.3, 0.7, 1.0, -0.5, 1.2345])
LAYERS = st.none() | st.sampled_from(["0-1", "2", "1-3", "0-5"])
STEPS = st.integers(0, 9) | st.builds(make.place_on_circle, st.integers(0, 20), st.integers(1, 16))
DIGESTS = st.text("0123456789abcdef", min_size=DIGEST_CHARS, max_size=DIGEST_CHARS)
WAYS = st.integers(0, 1_000_000).map(lambda millionths: millionths / 1_000_000)
SLUGS = st.text(string.ascii_lowercase + "_-", min_size=1, max_size=8)


def faces(
    traits: st.SearchStrategy[dict[str, str]] | None = None,
    directions: st.SearchStrategy[str] | None = None,
    vectors: st.SearchStrategy[str] | None = None,
    *,
    depth: int = 8,
) -> st.SearchStrategy[Face]:
    """Return a strategy for faces. By default their traits, directions and vectors are those of no network."""
    own = st.dictionaries(SLUGS, SLUGS, max_size=2) if traits is None else traits
    digests = DIGESTS if vectors is None else vectors
    leaves = SEEDS | st.builds(make.seed, SEEDS, own, st.none() | PSI) | digests.map(Vector)
    points = st.recursive(SEEDS | st.builds(make.seed, SEEDS, own), _points, max_leaves=3)
    names = SLUGS if directions is None else directions
    amounts = st.dictionaries(names, st.sampled_from([-1.5, 0.0, 0.25, 2.0]), min_size=1, max_size=2)

    def extend(inner: st.SearchStrategy[Face]) -> st.SearchStrategy[Face]:
        return st.one_of(
            st.builds(make.near, inner, STEPS, PARTS),
            st.builds(make.noise, inner, SEEDS, PARTS),
            st.builds(make.mix, inner, inner, LAYERS),
            st.builds(make.move, inner, amounts, LAYERS),
            st.builds(make.between, inner, inner, WAYS),
            st.builds(make.at_psi, inner, PSI),
        )

    return st.recursive(leaves | points, extend, max_leaves=depth)


def _points(inner: st.SearchStrategy[Face]) -> st.SearchStrategy[Face]:
    ways = st.builds(make.between, inner, inner, WAYS, st.sampled_from(["z", "sphere"]))
    return ways | st.builds(make.near, inner, STEPS, PARTS)


FACES = faces()
