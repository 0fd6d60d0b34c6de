"""A Hypothesis strategy for recipes of every kind, for tests that must hold for all recipes."""

import string

import any_face
from hypothesis import assume
from hypothesis import strategies as st

from generator.contract.faces.face import Face
from generator.contract.kinds import KINDS, Kind
from generator.contract.recipe import MAX_LINE_CHARS, Recipe

SEEDS = st.integers(0, 2**32 - 1)
SLUGS = st.text(string.ascii_lowercase + string.digits + "_-", min_size=1, max_size=12)
PSI = st.floats(-2, 2, allow_nan=False)


LAYERS = st.tuples(st.integers(0, 17), st.integers(0, 17)).map(lambda ends: f"{min(ends)}-{max(ends)}")
SHIFTS = st.tuples(st.floats(-1, 1), st.floats(-1, 1)).map(lambda pair: ",".join(f"{part:.5f}" for part in pair))
SHORT = any_face.faces(depth=3)

# All kinds but "like", whose face has no name before it is found.
DRAWN: dict[str, Kind] = {name: kind for name, kind in KINDS.items() if kind.count[1]}
EXAMPLES = [line for kind in DRAWN.values() for line in kind.example.split(", or ")]
# OPTIONAL has the options that a recipe of a kind may have besides psi and model, REQUIRED those that it must have.
# "chart" stands for edits with several directions, "named" for grids of named faces.
OPTIONAL: dict[str, dict[str, st.SearchStrategy[object]]] = {
    "grid": {
        "psi": PSI | st.lists(PSI, min_size=2, max_size=4).map(lambda psis: ",".join(f"{psi:.4f}" for psi in psis))
    },
    "morph": {
        "frames": st.integers(2, 16),
        "fps": st.integers(1, 50),
        "format": st.sampled_from(["gif", "strip", "mp4"]),
        "loop": st.booleans(),
        "to.hair": SLUGS,
    },
    "mix": {"layers": LAYERS},
    "vary": {
        "by": st.sampled_from(["noise", "z"]),
        "layers": st.sampled_from(["coarse", "fine", "all"]),
        "format": st.sampled_from(["png", "mp4"]),
    },
    "psi": {"from": PSI, "to": PSI, "steps": st.integers(2, 12)},
    "edit": {
        "amount": st.floats(-3, 3, allow_nan=False),
        "layers": LAYERS,
        "frames": st.integers(2, 16),
        "format": st.sampled_from(["png", "gif", "strip"]),
    },
    "chart": {"amount": st.floats(-3, 3, allow_nan=False), "layers": LAYERS},
}
REQUIRED: dict[str, dict[str, st.SearchStrategy[object]]] = {
    "grid": {"seed": SEEDS},
    "edit": {"direction": st.sampled_from(["d1", "hair-pink", "back_hair-long"])},
    "chart": {"direction": st.sampled_from(["d1,d2", "hair-pink,d10,eyes-blue"])},
}


@st.composite
def recipes(draw: st.DrawFn, faces: st.SearchStrategy[Face] = SEEDS | SHORT) -> Recipe:
    """Generate a recipe of any kind in DRAWN with random faces, options and traits."""
    form = draw(st.sampled_from([*sorted(DRAWN), "chart", "named"]))
    kind = {"chart": "edit", "named": "grid"}.get(form, form)
    common = {"model": st.just("drawn-4"), "rotate": st.floats(-180, 180, allow_nan=False), "shift": SHIFTS}
    common |= {"psi": PSI} if "psi" in KINDS[kind].options else {}
    options = draw(st.fixed_dictionaries(REQUIRED.get(form, {}), optional=common | OPTIONAL.get(form, {})))
    lists = {"mix": ("fine", 5), "named": ("faces", 9)}
    if form in lists:
        name, most = lists[form]
        options[name] = ",".join(map(str, draw(st.lists(faces, min_size=1, max_size=most))))
    numbers = st.integers(1, 5) if KINDS[kind].numbers == "side" else faces
    low, high = (0, 0) if form == "named" else KINDS[kind].count
    traits = draw(st.dictionaries(SLUGS, SLUGS, max_size=3))
    made = Recipe.make(kind, *draw(st.lists(numbers, min_size=low, max_size=high)), traits=traits, **options)  # type: ignore[arg-type]
    assume(len(str(made)) <= MAX_LINE_CHARS)
    return made
