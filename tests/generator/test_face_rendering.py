"""Tests that the expression of a cell draws its pixels, that old lines draw as before, and each form of a face."""

import math
import os
from collections.abc import Mapping

import any_face
import numpy as np
import old_lines
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.contract import errors
from generator.contract.cells import cell
from generator.contract.faces.face import Face
from generator.contract.recipe import MAX_LINE_CHARS, Recipe
from generator.rendering.directions import find_step
from generator.rendering.faces import count_coarse_layers, find_noise, find_styles
from generator.rendering.layout import PAPER
from generator.rendering.plans import make_plan
from generator.rendering.render import raw_frames, synthesise
from generator.stylegan2.network import Generator

FULL = bool(os.environ.get("FULL_SIZE"))
TINY = old_lines.network()  # no fixture, since Hypothesis calls a test many times
DIGESTS = ("0123456789abcdef01234567", "89abcdef0123456789abcdef")
VECTORS: Mapping[str, torch.Tensor] = {
    digest: torch.from_numpy(np.random.RandomState(n).randn(TINY.num_ws, TINY.w_dim)).float()
    for n, digest in enumerate(DIGESTS)
}
TRAITS = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(values) for name, values in old_lines.TRAITS.items()}
)
FACES = any_face.faces(TRAITS, st.sampled_from(["d1", "d3", "hair-pink"]), st.sampled_from(DIGESTS), depth=4)
LAYERS = st.sampled_from(["0-1", "2", "1-5"])
OPTIONS: Mapping[str, Mapping[str, st.SearchStrategy[object]]] = {
    "waifu": {},
    "grid": {"psi": st.sampled_from(["0.5", "0.3,1.2"])},
    "morph": {
        "frames": st.integers(3, 7),
        "loop": st.booleans(),
        "size": st.integers(1, 2),
        "ease": st.sampled_from(["sine", "linear"]),
        "to.hair": st.just("green"),
    },
    "mix": {"layers": LAYERS},
    "vary": {
        "by": st.sampled_from(["noise", "z"]),
        "layers": st.sampled_from(["coarse", "fine", "all"]),
        "format": st.sampled_from(["png", "gif"]),
        "frames": st.integers(2, 6),
    },
    "psi": {"from": st.sampled_from([0.0, -0.5]), "steps": st.integers(2, 4)},
    "edit": {
        "amount": st.sampled_from([2.0, -0.75]),
        "layers": LAYERS,
        "format": st.sampled_from(["png", "gif", "strip"]),
        "frames": st.integers(2, 5),
    },
}
COMMON = {"psi": st.sampled_from([0.7, 1.0, 0.0]), "cutoff": st.integers(0, 6)}
MOST = {"waifu": (1, 1), "grid": (0, 0), "morph": (2, 3), "mix": (1, 3), "vary": (1, 1), "psi": (1, 1), "edit": (1, 1)}


@st.composite
def drawable(draw: st.DrawFn) -> Recipe:
    """Generate a recipe of any kind that the tiny network can draw."""
    kind = draw(st.sampled_from(list(OPTIONS)))
    optional = {**COMMON, "noise": st.sampled_from(["const", "random", "none"]), **OPTIONS[kind]}
    unknown = {"psi": ("psi",), "vary": ("noise",)}.get(kind, ())
    chosen = {name: values for name, values in optional.items() if name not in unknown}
    options = draw(st.fixed_dictionaries({}, optional=chosen))
    if kind == "edit":
        options["direction"] = draw(st.sampled_from(["d1", "hair-pink"]))
    lists = {"grid": "faces", "mix": "fine"}
    if kind in lists:
        options[lists[kind]] = tuple(draw(st.lists(FACES, min_size=1, max_size=3)))
    low, high = MOST[kind]
    faces = draw(st.lists(FACES, min_size=low, max_size=high))
    return Recipe.make(kind, *faces, traits=draw(TRAITS), **options)


def draw_cells(recipe: Recipe, picked: list[int], generator: Generator = TINY) -> np.ndarray:
    """Return the faces in some cells of a picture, numbered from 0, as [n, 16, 16, 3]."""
    return synthesise(generator, [make_plan(recipe, generator, vectors=VECTORS)], [picked])


def difference(a: np.ndarray, b: np.ndarray) -> int:
    return int(np.abs(a.astype(int) - b.astype(int)).max())


# What lines drew before, they draw.


@pytest.mark.parametrize("line", old_lines.DRAWN)
def test_lines_of_earlier_versions_draw_what_they_drew(line: str) -> None:
    with np.load(old_lines.PICTURES) as before:
        assert difference(old_lines.drawn(line, TINY), before[line]) <= 1


# A cell and its expression.


@settings(max_examples=2000 if FULL else 25)
@given(drawable(), st.integers(0, 10**6))
def test_the_expression_of_a_cell_draws_its_pixels(recipe: Recipe, at: int) -> None:
    number = at % recipe.faces
    alone = Recipe.parse(str(cell(recipe, number + 1)), 10 * MAX_LINE_CHARS)
    assert difference(draw_cells(recipe, [number]), draw_cells(alone, [0])) <= 1


def test_faces_that_are_gone_on_from_twenty_times_stay_what_is_shown() -> None:
    """Each picture is made from a face of the one before; the last is nested twenty times and more."""
    makers = [
        lambda face, turn: Recipe.make("vary", face, by="z", layers="coarse"),
        lambda face, turn: Recipe.make("edit", face, direction=f"d{turn % 7 + 1}", amount=0.5, layers="0-3"),
        lambda face, turn: Recipe.make("mix", face, 20 + turn, layers="2-4"),
        lambda face, turn: Recipe.make("morph", face, 30 + turn, frames=5),
        lambda face, turn: Recipe.make("vary", face, layers="fine"),
    ]
    face: Face = 7
    for turn in range(20):
        recipe = makers[turn % len(makers)](face, turn)
        number = min(2, recipe.faces)
        alone = Recipe.parse(str(cell(recipe, number)))
        assert difference(draw_cells(recipe, [number - 1]), draw_cells(alone, [0])) <= 1
        (face,) = alone.seeds
    assert str(face).count("(") >= 20


# The forms, one by one.


def w_of(*texts: str, cutoff: int | None = None) -> torch.Tensor:
    faces = [Recipe.parse(f"waifu {text} psi=1").seeds[0] for text in texts]
    return find_styles(faces, TINY, cutoff, VECTORS)


def test_a_mix_takes_some_layers_of_each_face() -> None:
    mixed, first, second = w_of("mix(near(7,1),8,1-2)", "near(7,1)", "8")
    for layer in range(TINY.num_ws):
        assert torch.allclose(mixed[layer], (first if layer in (1, 2) else second)[layer], atol=1e-5)


def test_a_move_adds_up_steps_in_its_layers() -> None:
    moved, own = w_of("move(move(7,d1=2),2-3,hair-pink=-1)", "7")
    expected = own + 2 * find_step(TINY, "d1")
    expected[2:4] -= find_step(TINY, "hair-pink")[2:4]
    assert torch.allclose(moved, expected, atol=1e-6)


def test_a_face_in_between_is_on_the_straight_line_in_w() -> None:
    between, first, second = w_of("between(7,mix(8,9),0.25)", "7", "mix(8,9)")
    assert torch.allclose(between, 0.75 * first + 0.25 * second, atol=1e-6)


def test_faces_in_between_in_z_begin_and_end_where_they_should() -> None:
    for space in ("z", "sphere"):
        near_first, near_second, first, second = w_of(
            f"between(7,near(8,1),0.000001,{space})", f"between(7,near(8,1),0.999999,{space})", "7", "near(8,1)"
        )
        assert torch.allclose(near_first, first, atol=1e-4)
        assert torch.allclose(near_second, second, atol=1e-4)


def test_relatives_of_a_circle_pass_the_first_and_the_second() -> None:
    first, quarter, second, before = w_of("near(7,1)", "near(7,1/4)", "near(7,2)", "near(7,2499/9999)")
    assert torch.equal(quarter, second)
    assert torch.allclose(before, second, atol=1e-2)
    assert not torch.allclose(first, second, atol=1e-2)


def test_relatives_of_one_part_leave_the_other_layers_alone() -> None:
    split = count_coarse_layers(TINY)
    coarse, fine, both, own = w_of("near(7,3,coarse)", "near(7,3,fine)", "near(7,3)", "7")
    assert torch.allclose(coarse, torch.cat([both[:split], own[split:]]), atol=1e-5)
    assert torch.allclose(fine, torch.cat([own[:split], both[split:]]), atol=1e-5)


def test_a_seeds_own_traits_and_psi_go_before_those_of_the_recipe() -> None:
    made = make_plan(Recipe.parse("grid faces=7(hair=pink,psi=0.3),7 trait.hair=green psi=1.1"), TINY)
    for w, line in zip(made.w, ("waifu 7 trait.hair=pink psi=0.3", "waifu 7 trait.hair=green psi=1.1"), strict=True):
        assert torch.allclose(w, make_plan(Recipe.parse(line), TINY).w[0], atol=1e-6)


def test_a_stored_vector_is_truncated_by_its_own_psi_alone() -> None:
    digest, average = DIGESTS[0], TINY.mapping.w_avg
    for line in (f"waifu @{digest} psi=0.2", f"waifu @{digest}"):
        assert torch.equal(make_plan(Recipe.parse(line), TINY, vectors=VECTORS).w[0], VECTORS[digest])
    truncated = w_of(f"@{digest}(psi=0.5)", cutoff=2)[0]
    assert torch.allclose(truncated[:2], average + 0.5 * (VECTORS[digest][:2] - average), atol=1e-6)
    assert torch.equal(truncated[2:], VECTORS[digest][2:])


def test_relatives_of_a_stored_vector_are_near_it() -> None:
    own, near, other = w_of(f"@{DIGESTS[0]}", f"near(@{DIGESTS[0]},1)", f"near(@{DIGESTS[0]},2)")
    assert 0 < (near - own).norm() < 0.9 * own.norm()
    assert not torch.allclose(near, other)


def test_a_vector_that_is_not_there_is_named() -> None:
    with pytest.raises(errors.VectorMissing, match=f"The face @{DIGESTS[0]} is no longer known here"):
        make_plan(Recipe.parse(f"waifu mix(7,@{DIGESTS[0]})"), TINY)


def test_layers_that_the_network_lacks_are_named() -> None:
    for text in ("mix(7,8,2-6)", "move(7,2-6,d1=1)"):
        with pytest.raises(errors.NoSuchLayers, match="only the layers 0 to 5, not 2-6"):
            make_plan(Recipe.parse(f"waifu {text}"), TINY)


def test_noise_of_a_face_goes_before_that_of_the_recipe_and_none_is_none() -> None:
    faces = Recipe.parse("grid faces=7,noise(7,3),noise(8,4,coarse)").seeds
    split, rest = count_coarse_layers(TINY), TINY.num_ws - 1 - count_coarse_layers(TINY)
    own = (None,) * (split + rest)
    assert find_noise(faces, "const", TINY) == ("random", (own, 3, (4,) * split + (None,) * rest))
    assert find_noise(faces, "random", TINY) == ("random", (7, 3, (4,) * split + (8,) * rest))
    assert find_noise(faces, "none", TINY)[0] == "none"
    assert find_noise(faces[:1], "const", TINY) == ("const", (7,))


def test_faces_with_and_without_noise_share_a_picture() -> None:
    together = draw_cells(Recipe.parse("grid faces=7,noise(7,3),noise(7,3,fine),8"), [0, 1, 2, 3])
    alone = [draw_cells(Recipe.parse(f"waifu {text}"), [0])[0] for text in ("7", "noise(7,3)", "noise(7,3,fine)", "8")]
    assert difference(together, np.stack(alone)) <= 1
    assert difference(together[0], together[1]) > 1


# Grids of named faces.


@pytest.mark.parametrize(
    ("count", "shape"), [(1, (1, 1)), (2, (1, 2)), (3, (2, 2)), (5, (2, 3)), (7, (3, 3)), (25, (5, 5))]
)
def test_named_faces_fill_a_grid_from_its_beginning(count: int, shape: tuple[int, int]) -> None:
    faces = ",".join(f"near(7,{n})" for n in range(1, count + 1))
    (grid,) = raw_frames(Recipe.parse(f"grid faces={faces}"), TINY, enlarge=False)
    assert grid.shape == (16 * shape[0], 16 * shape[1], 3)
    drawn = draw_cells(Recipe.parse(f"grid faces={faces}"), list(range(count)))
    for at in range(math.prod(shape)):
        top, left = 16 * (at // shape[1]), 16 * (at % shape[1])
        tile = grid[top : top + 16, left : left + 16]
        assert (difference(tile, drawn[at]) == 0) if at < count else (tile == PAPER).all()


def test_named_faces_at_several_psi_stand_side_by_side() -> None:
    recipe = Recipe.parse("grid faces=7,8,9 psi=0.3,1.2")
    made = make_plan(recipe, TINY, enlarge=False)
    assert (made.layout.rows, made.layout.columns, made.layout.holes, made.layout.faces) == (2, 4, (5, 7), 6)
    order = [(7, 0.3), (8, 0.3), (7, 1.2), (8, 1.2), (9, 0.3), (9, 1.2)]
    for w, (number, psi) in zip(made.w, order, strict=True):
        assert torch.allclose(w, make_plan(Recipe.make("waifu", number, psi=psi), TINY).w[0], atol=1e-6)
