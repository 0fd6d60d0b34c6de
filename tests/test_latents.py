"""Recipes to faces: the same seed is the same face, paths meet their seeds exactly, and nothing too large is begun."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from generator import errors
from generator.hyperparameters import RESOLUTIONS
from generator.latents import (
    EASINGS,
    INTERPOLATIONS,
    MAX_PIXELS,
    PLANS,
    Layout,
    path,
    plan,
    seed_label,
    seed_z,
    shown_side,
    spherical,
)
from generator.network import Generator, Hyperparameters
from generator.recipe import KINDS, Recipe

TRAITS = {"hair": ("pink", "blue", "green"), "eyes": ("red", "gold"), "glasses": ("no", "yes")}
TOLERANCE = 1e-5


def network(resolution=16, traits=None, **changes):
    c_dim = sum(map(len, traits.values())) if traits else 0
    sizes = {"z_dim": 16, "w_dim": 12, "num_mapping_layers": 2, "c_dim": c_dim} | changes
    channels = {r: 4 for r in RESOLUTIONS if r <= resolution}
    generator = Generator.new(
        Hyperparameters(resolution=resolution, channels=channels, **sizes), seed=1, name="small", traits=traits
    )
    generator.estimate_w_avg(200)
    return generator.freeze()


@pytest.fixture(scope="module")
def plain():
    return network()


@pytest.fixture(scope="module")
def traited():
    return network(traits=TRAITS)


def w_of(generator, seed, psi=0.7, cutoff=None, traits=None):
    return generator.mapping(seed_z(seed, generator.z_dim), seed_label(seed, generator, traits), psi=psi, cutoff=cutoff)[0]


def frames_of(made):
    """w per frame and face: [frames, faces, num_ws, w_dim]."""
    return made.w.reshape(made.layout.frames, -1, *made.w.shape[1:])


# Seeds and labels.


def test_a_seed_is_the_face_that_nvidias_scripts_show():
    expected = np.random.RandomState(123).randn(1, 512)
    assert torch.equal(seed_z(123, 512), torch.from_numpy(expected).float())
    assert seed_z(2**32 - 1, 8).shape == (1, 8)


def test_a_label_is_drawn_after_z_from_the_same_stream(traited):
    random = np.random.RandomState(9)
    random.randn(1, 16)
    drawn = [int(random.randint(len(values))) for values in TRAITS.values()]
    expected = torch.cat([torch.eye(len(values))[i] for i, values in zip(drawn, TRAITS.values(), strict=True)])
    assert torch.equal(seed_label(9, traited)[0], expected)


@given(st.integers(0, 2**32 - 1), st.sampled_from(sorted(TRAITS)))
def test_asking_for_one_trait_leaves_the_others_as_the_seed_drew_them(seed, trait):
    generator = _TRAITED
    own = seed_label(seed, generator)[0]
    for value in TRAITS[trait]:
        label = seed_label(seed, generator, {trait: value})[0]
        start = 0
        for name, values in TRAITS.items():
            part = slice(start, start + len(values))
            expected = torch.eye(len(values))[values.index(value)] if name == trait else own[part]
            assert torch.equal(label[part], expected)
            start += len(values)


_TRAITED = network(traits=TRAITS)  # Hypothesis runs a function many times, and wants no function-scoped fixture


def test_a_network_without_labels_has_none(plain):
    assert seed_label(1, plain) is None


def test_a_seed_draws_its_traits_by_their_odds():
    generator = network(traits=TRAITS)
    trait, values = next(iter(TRAITS.items()))
    even = [seed_label(seed, generator)[0, : len(values)].argmax().item() for seed in range(400)]
    generator.odds = {trait: (0.9, *[0.1 / (len(values) - 1)] * (len(values) - 1))}
    uneven = [seed_label(seed, generator)[0, : len(values)].argmax().item() for seed in range(400)]
    assert even.count(0) == pytest.approx(400 / len(values), rel=0.4)
    assert uneven.count(0) == pytest.approx(360, abs=30)
    assert set(uneven) == set(range(len(values)))


def test_traits_that_the_network_lacks_are_named(plain, traited):
    with pytest.raises(errors.UnknownTrait, match="small has no trait 'hat'; it has: hair, eyes, glasses"):
        plan(Recipe.parse("waifu 1 trait.hat=red"), traited)
    with pytest.raises(errors.UnknownTrait, match="it has none"):
        plan(Recipe.parse("morph 1 2 trait.hair=pink"), plain)
    with pytest.raises(errors.UnknownTraitValue, match="hair cannot be 'grey'; choose one of: pink, blue, green"):
        plan(Recipe.parse("grid 2 seed=1 trait.hair=grey"), traited)


# Pictures.


def test_every_kind_of_recipe_has_a_plan():
    assert set(PLANS) == set(KINDS)


def test_a_waifu_is_its_seeds_face(traited):
    made = plan(Recipe.parse("waifu 42 psi=0.5 cutoff=3 noise=random trait.eyes=gold"), traited)
    assert made.layout == Layout(1, 1, 1, 256)
    assert torch.allclose(made.w[0], w_of(traited, 42, 0.5, 3, {"eyes": "gold"}), atol=TOLERANCE)
    assert (made.noise, made.noise_seeds, made.format) == ("random", (42,), "png")


def test_a_grid_counts_on_from_its_seed_and_round_the_end(plain):
    made = plan(Recipe.parse(f"grid 2 seed={2**32 - 2}"), plain)
    assert made.layout == Layout(1, 2, 2, 256)
    assert made.noise_seeds == (2**32 - 2, 2**32 - 1, 0, 1)
    for w, seed in zip(made.w, made.noise_seeds, strict=True):
        assert torch.allclose(w, w_of(plain, seed), atol=TOLERANCE)


def test_psi_zero_is_one_face_for_all(plain):
    made = plan(Recipe.parse("grid 3 seed=5 psi=0"), plain)
    assert torch.equal(made.w, plain.mapping.w_avg.expand_as(made.w))


# Paths.


@given(st.integers(2, 8), st.integers(0, 232), st.booleans(), st.sampled_from(sorted(EASINGS)))
def test_a_path_meets_every_key_and_shares_the_frames_evenly(keys, spare, loop, ease):
    frames = keys + spare
    steps = path(keys, frames, loop, ease)
    assert len(steps) == frames
    exact = [i for i, step in enumerate(steps) if step.t == 0]
    assert [steps[i].start for i in exact] == list(range(keys))
    assert exact[0] == 0
    assert loop or exact[-1] == frames - 1
    assert [step.end for step in steps if loop][-1:] == ([0] if loop else [])
    ends = [*exact, frames] if loop else exact
    lengths = [after - before for before, after in itertools.pairwise(ends)]
    assert max(lengths) - min(lengths) <= 1
    assert all(0 <= step.t < 1 for step in steps)


@pytest.mark.parametrize("ease", EASINGS)
def test_easings_run_from_nothing_to_all_and_are_symmetric(ease):
    curve = EASINGS[ease]
    assert curve(0) == 0
    assert curve(1) == 1
    values = [curve(i / 100) for i in range(101)]
    assert values == sorted(values)
    assert all(math.isclose(curve(t) + curve(1 - t), 1) for t in (0.1, 0.25, 0.5))


def test_too_few_frames_for_the_seeds_are_refused(plain):
    with pytest.raises(errors.OutOfRange, match="over 3 seeds"):
        plan(Recipe.parse("morph 1 2 3 frames=2"), plain)


def test_the_sphere_keeps_the_length_and_the_pace():
    a, b = torch.tensor([[3.0, 0.0]]), torch.tensor([[0.0, 3.0]])
    for t in (0.0, 0.25, 0.5):
        point = spherical(a, b, torch.tensor([[t]]))
        expected = 3 * torch.tensor([[math.cos(t * math.pi / 2), math.sin(t * math.pi / 2)]])
        assert torch.allclose(point, expected, atol=1e-6)
    assert torch.equal(spherical(a, a, torch.tensor([[0.3]])), a)
    assert torch.equal(spherical(a, b, torch.zeros(1, 1)), a)


@pytest.mark.parametrize("space", ["w", *INTERPOLATIONS])
@pytest.mark.parametrize("loop", ["yes", "no"])
def test_a_morph_shows_exactly_its_seeds(traited, space, loop):
    made = plan(Recipe.parse(f"morph 10 20 30 frames=13 space={space} loop={loop}"), traited)
    frames = frames_of(made)[:, 0]
    at = [0, 4, 8] if loop == "yes" else [0, 6, 12]
    for frame, seed in zip(at, (10, 20, 30), strict=True):
        assert torch.allclose(frames[frame], w_of(traited, seed), atol=TOLERANCE)
    assert (frames[1:] - frames[:-1]).abs().amax(dim=(1, 2)).min() > 0  # no frame stands still


@pytest.mark.parametrize("space", ["w", *INTERPOLATIONS])
def test_a_loop_has_no_seam(plain, space):
    w = frames_of(plan(Recipe.parse(f"morph 10 20 frames=40 space={space}"), plain))[:, 0]
    steps = (w - w.roll(1, 0)).flatten(1).norm(dim=1)  # steps[0] is the one over the seam
    assert steps[0] <= 1.01 * steps[1:].max()
    assert torch.allclose(w[1:20], w[21:].flip(0), atol=TOLERANCE)  # there and back by the same way


def test_half_way_in_w_is_the_mean(plain):
    w = frames_of(plan(Recipe.parse("morph 10 20 frames=4"), plain))[:, 0]
    assert torch.allclose(w[1], (w[0] + w[2]) / 2, atol=TOLERANCE)


def test_spaces_and_easings_differ_on_the_way(plain):
    ways = {
        (space, ease): plan(Recipe.parse(f"morph 10 20 frames=8 space={space} ease={ease}"), plain).w[1]
        for space in ("w", "z", "sphere")
        for ease in EASINGS
    }
    values = list(ways.values())
    assert all(not torch.allclose(a, b, atol=1e-4) for i, a in enumerate(values) for b in values[:i])


def test_a_morph_of_several_faces_moves_each_between_its_own_seeds(plain):
    made = plan(Recipe.parse(f"morph {2**32 - 2} 20 size=2 frames=6 noise=random"), plain)
    assert made.layout == Layout(6, 2, 2, 256)
    frames = frames_of(made)
    for face, (start, end) in enumerate(zip((2**32 - 2, 2**32 - 1, 0, 1), (20, 21, 22, 23), strict=True)):
        assert torch.allclose(frames[0, face], w_of(plain, start), atol=TOLERANCE)
        assert torch.allclose(frames[3, face], w_of(plain, end), atol=TOLERANCE)
    assert made.noise_seeds == (2**32 - 2, 2**32 - 1, 0, 1) * 6  # a face keeps its noise, so nothing flickers


def test_a_morph_keeps_the_traits_that_were_asked_for(traited):
    made = plan(Recipe.parse("morph 10 20 frames=2 trait.hair=pink"), traited)
    for frame, seed in enumerate((10, 20)):
        assert torch.allclose(made.w[frame], w_of(traited, seed, traits={"hair": "pink"}), atol=TOLERANCE)


def test_a_morph_carries_what_the_encoder_needs(plain):
    made = plan(Recipe.parse("morph 1 2 seconds=2 fps=10 format=webp loop=no"), plain)
    assert (made.layout.frames, made.fps, made.format, made.loop) == (20, 10, "webp", False)
    strip = plan(Recipe.parse("morph 1 2 format=strip"), plain)
    assert (strip.layout.frames, strip.format, strip.loop) == (8, "strip", False)


# Sizes.


@pytest.mark.parametrize(("resolution", "enlarged"), [(4, 256), (64, 256), (128, 256), (256, 256), (512, 512)])
def test_small_networks_are_shown_enlarged_by_a_whole_factor(resolution, enlarged):
    generator = network(resolution)
    assert shown_side(generator) == enlarged
    assert shown_side(generator, enlarge=False) == resolution


def test_the_limit_of_pixels_holds_to_the_last_one():
    assert Layout(1, 1, 1, 8000).faces == 1
    assert MAX_PIXELS == 8000**2
    with pytest.raises(errors.TooManyPixels, match="65 megapixels, and at most 64"):
        Layout(1, 1, 1, 8001)


def test_too_large_a_morph_is_refused_before_any_work():
    class Untouchable:
        resolution = 1024

        def __getattr__(self, name):
            raise AssertionError(f"{name} was used")

    with pytest.raises(errors.TooManyPixels):
        plan(Recipe.parse("morph 1 2 frames=62"), Untouchable())


def test_what_is_shown_counts_not_what_is_drawn(plain):
    recipe = Recipe.parse("morph 1 2 size=3 frames=120")  # 120 * 9 faces of 256 x 256
    with pytest.raises(errors.TooManyPixels, match="71 megapixels"):
        plan(recipe, plain)
    assert plan(recipe, plain, enlarge=False).layout.side == 16
