"""Pictures that are turned and shifted, and every kind of picture drawn by a StyleGAN3 network."""

import checkpoint_writers as writers
import numpy as np
import project_paths
import pytest
import torch
from any_recipe import DRAWN, EXAMPLES

from generator import checkpoints
from generator.contract import errors
from generator.contract.recipe import Recipe
from generator.rendering import render
from generator.rendering.plans import make_plan
from generator.rendering.transform import find_transform
from generator.stylegan3.network import Generator


@pytest.fixture(scope="module")
def generator() -> Generator:
    made = writers.stylegan3_generator()
    made.name = "waves"
    made.estimate_w_avg(200)
    return made


def draw(line: str, generator: Generator) -> np.ndarray:
    return render.raw_frames(Recipe.parse(line), generator, enlarge=False).astype(int)


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("waifu 1 rotate=30.00 shift=0.10,-.05", "waifu 1 psi=0.7 rotate=30 shift=0.1,-0.05"),
        ("waifu 1 rotate=0 shift=0,-0.0", "waifu 1 psi=0.7"),
        ("waifu 1 rotate=-0.00001 shift=0.00001,0", "waifu 1 psi=0.7"),
        ("vary 7 shift=-1,1", "vary 7 psi=0.7 shift=-1,1"),
        ("psi 7 rotate=-180", "psi 7 rotate=-180"),
    ],
)
def test_a_line_writes_a_turn_and_a_shift_in_one_way_and_leaves_them_out_if_nothing_moves(typed, canonical):
    recipe = Recipe.parse(typed)
    assert str(recipe) == canonical
    assert Recipe.parse(canonical) == recipe


@pytest.mark.parametrize("option", ["rotate=181", "rotate=x", "shift=0.1", "shift=0,0,0", "shift=0,1.5", "shift=,"])
def test_a_turn_or_shift_that_makes_no_sense_is_refused(option):
    with pytest.raises(errors.RecipeError, match=option.partition("=")[0]):
        Recipe.parse(f"waifu 1 {option}")


def test_every_kind_of_picture_has_both_options():
    assert all({"rotate", "shift"} <= kind.options.keys() for kind in DRAWN.values())


@pytest.mark.parametrize("option", ["rotate=30", "shift=0,0.1"])
def test_a_stylegan2_network_refuses_to_move_its_pictures(option):
    made = writers.generator(resolution=8, channels={4: 4, 8: 4}, z_dim=8, w_dim=8, num_mapping_layers=1)
    made.name = "still"
    with pytest.raises(errors.NoTransform, match="The model still cannot turn or shift its pictures"):
        make_plan(Recipe.parse(f"waifu 1 {option}"), made)
    assert make_plan(Recipe.parse("waifu 1 rotate=0"), made).transform is None


def test_a_transform_maps_what_is_shown_back_to_where_it_was(generator):
    transform = find_transform(Recipe.parse("waifu 1 rotate=90 shift=0.25,0"), generator)
    assert transform is not None
    # A quarter turn moves what is at the right to the top; then it moves right.
    torch.testing.assert_close(transform[0] @ torch.tensor([0.25, -0.5, 1]), torch.tensor([0.5, 0, 1]))


@pytest.mark.parametrize("line", EXAMPLES)
def test_every_kind_is_drawn_and_moved(line, generator):
    still, turned = draw(line, generator), draw(f"{line} rotate=90", generator)
    assert still.shape == turned.shape
    assert still.std() > 1
    assert (still != turned).any()


def test_a_label_is_drawn_and_moved():
    made = writers.stylegan3_generator(c_dim=3)
    pictures = [draw(f"grid 2 seed=1 trait.class={value} shift=0.2,0 cutoff=2", made) for value in (0, 2)]
    assert (pictures[0] != pictures[1]).any()


def test_without_noise_a_face_varies_by_z(generator):
    assert (draw("vary 7", generator) == draw("vary 7 by=z", generator)).all()
    for noise in ("random", "none"):
        assert (draw(f"waifu 7 noise={noise}", generator) == draw("waifu 7", generator)).all()


def test_faces_that_move_differently_share_a_batch(generator):
    plans = [make_plan(Recipe.parse(line), generator, enlarge=False) for line in ("waifu 1 rotate=40", "grid 2 seed=1")]
    faces = render.synthesise(generator, plans, [[0], [3, 0]]).astype(int)
    expected = draw("waifu 1 rotate=40", generator)[0], draw("waifu 4", generator)[0], draw("waifu 1", generator)[0]
    assert np.abs(faces - np.stack(expected)).max() <= 1


def test_a_quarter_turn_of_config_r_is_the_turned_picture_and_a_shift_moves_it():
    network = checkpoints.load(project_paths.FIXTURES / "sg3_r_64.pkl")
    still, turned = draw("waifu 5", network)[0], draw("waifu 5 rotate=90", network)[0]
    assert np.abs(turned - np.rot90(still)).max() <= 1
    shifted = draw("waifu 5 shift=0.125,0", network)[0]
    assert np.abs(shifted[16:48, 24:56] - still[16:48, 16:48]).mean() < 1
