"""Tests how recipes become faces: seeds are repeatable, paths meet their seeds exactly, large pictures are refused."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from generator.contract import errors
from generator.contract.cells import CELLS
from generator.contract.kinds import KINDS
from generator.contract.paths import EASINGS, find_path
from generator.contract.recipe import Recipe
from generator.rendering.directions import find_step
from generator.rendering.interpolation import INTERPOLATIONS, spherical
from generator.rendering.latents import seed_label, seed_z
from generator.rendering.layout import MAX_PIXELS, Layout
from generator.rendering.plans import LAYOUTS, make_plan, shown_size
from generator.rendering.z_points import RELATIVE_WEIGHT
from generator.stylegan2.hyperparameters import RESOLUTIONS
from generator.stylegan2.network import Generator, Hyperparameters

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
    return generator.mapping(
        seed_z(seed, generator.z_dim), seed_label(seed, generator, traits), psi=psi, cutoff=cutoff
    )[0]


def frames_of(made):
    """Return the w of each face in each frame, [frames, faces, num_ws, w_dim]."""
    return made.w.reshape(made.layout.frames, -1, *made.w.shape[1:])


# Seeds and labels.


def test_a_seed_shows_the_same_face_as_nvidias_scripts():
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
def test_one_requested_trait_leaves_the_others_as_the_seed_drew_them(seed, trait):
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


_TRAITED = network(traits=TRAITS)  # no fixture, since Hypothesis calls a test many times


def test_a_seed_of_a_network_with_many_classes_takes_little_memory():
    many = network(traits={"class": tuple(f"c{number}" for number in range(5000))})
    with torch.profiler.profile(profile_memory=True) as profile:
        label = seed_label(1, many)
    assert label.sum() == 1
    assert sum(max(0, event.self_cpu_memory_usage) for event in profile.events()) < 2**20


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


def test_a_trait_that_the_network_lacks_is_named_in_the_error(plain, traited):
    with pytest.raises(errors.UnknownTrait, match="small has no trait 'hat'; its traits are: hair, eyes, glasses"):
        make_plan(Recipe.parse("waifu 1 trait.hat=red"), traited)
    with pytest.raises(errors.NoTraits, match="small has no traits"):
        make_plan(Recipe.parse("morph 1 2 trait.hair=pink"), plain)
    with pytest.raises(errors.UnknownTraitValue, match="hair cannot be 'grey'; choose one of: pink, blue, green"):
        make_plan(Recipe.parse("grid 2 seed=1 trait.hair=grey"), traited)


# Pictures.


def test_every_kind_of_recipe_has_a_plan():
    assert set(LAYOUTS) == set(CELLS) == set(KINDS)


def test_a_waifu_is_its_seeds_face(traited):
    made = make_plan(Recipe.parse("waifu 42 psi=0.5 cutoff=3 noise=random trait.eyes=gold"), traited)
    assert made.layout == Layout(1, 1, 1, 256, 256)
    assert torch.allclose(made.w[0], w_of(traited, 42, 0.5, 3, {"eyes": "gold"}), atol=TOLERANCE)
    assert (made.noise, made.noise_seeds, made.format) == ("random", (42,), "png")


def test_a_grid_counts_up_from_its_seed_and_wraps_at_the_end(plain):
    made = make_plan(Recipe.parse(f"grid 2 seed={2**32 - 2}"), plain)
    assert made.layout == Layout(1, 2, 2, 256, 256)
    assert made.noise_seeds == (2**32 - 2, 2**32 - 1, 0, 1)
    for w, seed in zip(made.w, made.noise_seeds, strict=True):
        assert torch.allclose(w, w_of(plain, seed), atol=TOLERANCE)


def test_psi_zero_is_the_same_face_for_every_seed(plain):
    made = make_plan(Recipe.parse("grid 3 seed=5 psi=0"), plain)
    assert torch.equal(made.w, plain.mapping.w_avg.expand_as(made.w))


def test_psi_zero_of_a_strip_is_the_average_face(plain):
    made = make_plan(Recipe.parse("psi 7 from=-0.5 to=1 steps=4"), plain)
    assert made.layout == Layout(1, 1, 4, 256, 256, captions=("psi -0.5", "psi 0", "psi 0.5", "psi 1"))
    assert torch.equal(made.w[1], plain.mapping.w_avg.expand_as(made.w[1]))
    for w, psi in zip(made.w, (-0.5, 0, 0.5, 1), strict=True):
        assert torch.allclose(w, w_of(plain, 7, psi), atol=TOLERANCE)
    assert made.noise_seeds == (7,) * 4


def test_several_psi_make_whole_grids_side_by_side(traited):
    made = make_plan(Recipe.parse("grid 2 seed=5 psi=0.3,0.7,1.3 trait.hair=pink cutoff=3"), traited)
    assert made.layout == Layout(1, 2, 6, 256, 256, captions=("psi 0.3", "psi 0.7", "psi 1.3"))
    for block, psi in enumerate((0.3, 0.7, 1.3)):
        single = make_plan(Recipe.parse(f"grid 2 seed=5 psi={psi} trait.hair=pink cutoff=3"), traited)
        assert single.layout == Layout(1, 2, 2, 256, 256)
        at = [row * 6 + 2 * block + column for row in range(2) for column in range(2)]
        assert torch.equal(made.w[at], single.w)
        assert tuple(made.noise_seeds[i] for i in at) == single.noise_seeds


# Mixing.


@pytest.mark.parametrize(("layers", "coarse"), [("0-1", [0, 1]), ("2", [2]), ("3-5", [3, 4, 5]), ("0-5", range(6))])
def test_mixing_takes_exactly_the_named_layers_from_the_coarse_seed(traited, layers, coarse):
    made = make_plan(Recipe.parse(f"mix 10 20 layers={layers} trait.eyes=gold"), traited)
    a, b = (w_of(traited, seed, traits={"eyes": "gold"}) for seed in (10, 20))
    assert made.layout == Layout(1, 1, 1, 256, 256)
    for layer in range(traited.num_ws):
        assert torch.allclose(made.w[0, layer], (a if layer in coarse else b)[layer], atol=TOLERANCE)
    assert made.noise_seeds == (10,)


@pytest.mark.parametrize(("resolution", "coarse"), [(4, 1), (16, 3), (64, 5), (512, 8), (1024, 8)])
def test_by_default_the_coarse_layers_are_the_first_half_and_at_most_those_up_to_32_px(resolution, coarse):
    generator = network(resolution)
    made = make_plan(Recipe.parse("mix 10 20"), generator)
    assert torch.equal(made.w, make_plan(Recipe.parse(f"mix 10 20 layers=0-{coarse - 1}"), generator).w)


def test_a_table_of_mixes_shows_its_sources_along_the_top_and_the_side(plain):
    made = make_plan(Recipe.parse("mix 10 11 fine=20,21,22 layers=0-2"), plain)
    assert made.layout == Layout(
        1, 3, 4, 256, 256, table=True, captions=("", "20", "21", "22"), row_captions=("", "10", "11")
    )
    tiles = [(None, 20), (None, 21), (None, 22)]
    tiles += [(coarse, fine) for coarse in (10, 11) for fine in (None, 20, 21, 22)]
    assert len(tiles) == made.layout.faces == len(made.w)
    for w, noise, (coarse, fine) in zip(made.w, made.noise_seeds, tiles, strict=True):
        both = [w_of(plain, seed) for seed in (coarse, fine) if seed is not None]
        assert torch.allclose(w, torch.cat([both[0][:3], both[-1][3:]]), atol=TOLERANCE)
        assert noise == (fine if coarse is None else coarse)


def test_layers_that_a_network_does_not_have_are_refused(plain):
    with pytest.raises(errors.OutOfRange, match="only the layers 0 to 5, not 2-6"):
        make_plan(Recipe.parse("mix 10 20 layers=2-6"), plain)
    with pytest.raises(errors.OutOfRange, match="0 to 5, not 6"):
        make_plan(Recipe.parse("edit 10 direction=d1 layers=6"), plain)


# Noise.


def noisy(resolution=16):
    """Return a network whose noise has an effect. In a new network the noise strengths are 0."""
    generator = network(resolution)
    for name, strength in generator.named_parameters():
        if name.endswith("noise_strength"):
            strength.fill_(0.5)
    return generator


def test_a_face_is_varied_by_noise_alone():
    plain = noisy()
    made = make_plan(Recipe.parse(f"vary {2**32 - 1}"), plain)
    assert made.layout == Layout(1, 3, 3, 256, 256)
    assert (made.noise, made.format) == ("random", "png")
    assert made.noise_seeds == (2**32 - 1, *range(8))
    assert torch.equal(made.w, w_of(plain, 2**32 - 1).expand(9, -1, -1))


def test_an_animation_of_noise_has_other_noise_in_every_frame():
    made = make_plan(Recipe.parse("vary 7 format=gif frames=5 fps=4"), noisy())
    assert (made.layout, made.fps, made.format) == (Layout(5, 1, 1, 256, 256, one_by_one=True), 4, "gif")
    assert made.noise_seeds == (7, 8, 9, 10, 11)


@pytest.mark.parametrize(("resolution", "coarse"), [(16, 1), (32, 3), (64, 5), (128, 7), (1024, 7)])
def test_coarse_noise_is_that_of_the_first_layers_and_fine_noise_the_rest(resolution, coarse):
    generator = noisy(resolution)
    fine = generator.num_ws - 1 - coarse
    for which, seeds in (("coarse", (8,) * coarse + (None,) * fine), ("fine", (None,) * coarse + (8,) * fine)):
        assert make_plan(Recipe.parse(f"vary 7 layers={which}"), generator).noise_seeds[1] == seeds


def test_different_noise_changes_the_picture():
    generator = noisy()
    for which in ("coarse", "fine"):
        made = make_plan(Recipe.parse(f"vary 7 layers={which}"), generator)
        x = generator.synthesis(made.w[:2], noise="random", noise_seed=made.noise_seeds[:2])
        assert (x[0] - x[1]).abs().max() > 1e-3


@pytest.mark.parametrize("use_noise", [True, False])
def test_a_network_without_noise_varies_z(use_noise):
    generator = network(use_noise=use_noise)  # with noise, but none that it would have learnt to use
    for line in ("vary 7", "vary 7 layers=fine", "vary 7 format=gif frames=3"):
        made, by_z = (make_plan(Recipe.parse(text), generator) for text in (line, f"{line} by=z"))
        assert torch.equal(made.w, by_z.w)
        assert (made.noise, made.layout) == (by_z.noise, by_z.layout)


def test_a_network_without_noise_in_the_chosen_layers_says_so():
    generator = network()
    generator.synthesis.b4.conv1.noise_strength.fill_(0.5)
    assert make_plan(Recipe.parse("vary 7 layers=coarse"), generator).noise == "random"
    with pytest.raises(errors.NoNoise, match="small has no noise in these layers, so nothing would vary"):
        make_plan(Recipe.parse("vary 7 layers=fine"), generator)


def test_near_relatives_have_the_traits_of_the_face_and_almost_its_z(traited):
    made = make_plan(Recipe.parse("vary 7 by=z trait.hair=blue psi=1"), traited)
    own, label = seed_z(7, traited.z_dim), seed_label(7, traited, {"hair": "blue"})
    assert torch.allclose(made.w[0], traited.mapping(own, label, psi=1)[0], atol=TOLERANCE)
    assert made.noise == "const"
    for i in range(1, 9):
        z = (own + RELATIVE_WEIGHT * seed_z(7 + i, traited.z_dim)) / (1 + RELATIVE_WEIGHT**2) ** 0.5
        assert torch.allclose(made.w[i], traited.mapping(z, label, psi=1)[0], atol=TOLERANCE)


def test_near_relatives_differ_only_in_the_chosen_layers(plain):
    for which, layers in (("coarse", [0]), ("fine", [1, 2, 3, 4, 5])):
        made = make_plan(Recipe.parse(f"vary 7 by=z layers={which}"), plain)
        changed = ((made.w[1:] - w_of(plain, 7)).abs().amax(dim=2) > 1e-3).all(dim=0)
        assert changed.nonzero().flatten().tolist() == layers


def test_near_relatives_in_motion_come_round_in_even_steps(plain):
    made = make_plan(Recipe.parse("vary 7 by=z format=gif frames=12 psi=1"), plain)
    assert (made.layout, made.loop, made.fps) == (Layout(12, 1, 1, 256, 256, one_by_one=True), True, 8)
    steps = (made.w - made.w.roll(1, dims=0))[:, 0].norm(dim=1)
    assert steps.min() > 0
    assert steps.max() < 4 * steps.min()


# Editing.


def test_an_edit_moves_the_face_along_its_direction(traited):
    for name in ("d2", "hair-pink"):
        made = make_plan(Recipe.parse(f"edit 7 direction={name} amount=-1.5"), traited)
        assert made.layout == Layout(1, 1, 1, 256, 256)
        assert torch.allclose(made.w[0], w_of(traited, 7) - 1.5 * find_step(traited, name), atol=TOLERANCE)


def test_an_edit_moves_only_the_layers_that_are_named(plain):
    made = make_plan(Recipe.parse("edit 7 direction=d1 amount=3 layers=2-3"), plain)
    changes = (made.w[0] - w_of(plain, 7)).norm(dim=1)
    assert (changes[2:4] > 0.1).all()
    assert torch.equal(changes[[0, 1, 4, 5]], torch.zeros(4))


def test_an_animated_edit_goes_there_and_back(plain):
    made = make_plan(Recipe.parse("edit 7 direction=d1 amount=2 format=mp4 frames=8 fps=10"), plain)
    assert (made.layout, made.fps, made.loop, made.format) == (
        Layout(8, 1, 1, 256, 256, one_by_one=True),
        10,
        True,
        "mp4",
    )
    amounts = amounts_of(made, plain, "d1")
    assert amounts[[0, 2, 4, 6]] == pytest.approx([-2, 0, 2, 0], abs=1e-4)
    assert amounts[1:4] == pytest.approx(amounts[:4:-1], abs=1e-4)


def test_a_strip_of_an_edit_goes_in_even_steps_and_names_them(plain):
    made = make_plan(Recipe.parse("edit 7 direction=d1 amount=1 format=strip"), plain)
    assert made.layout == Layout(1, 1, 7, 256, 256, captions=("-1", "-0.67", "-0.33", "0", "+0.33", "+0.67", "+1"))
    assert made.format == "png"
    assert amounts_of(made, plain, "d1") == pytest.approx(np.linspace(-1, 1, 7), abs=1e-4)


def test_several_directions_are_a_chart_with_a_row_each(traited):
    made = make_plan(Recipe.parse("edit 7 direction=d1,hair-pink amount=1"), traited)
    assert made.layout == Layout(
        1, 2, 5, 256, 256, captions=("-1", "-0.5", "0", "+0.5", "+1"), row_captions=("d1", "hair-pink")
    )
    assert made.format == "png"
    for row, name in enumerate(("d1", "hair-pink")):
        for w, amount in zip(made.w[row * 5 : row * 5 + 5], (-1, -0.5, 0, 0.5, 1), strict=True):
            assert torch.allclose(w, w_of(traited, 7) + amount * find_step(traited, name), atol=TOLERANCE)


def amounts_of(made, generator, name):
    """Return how far each frame is along the direction, in steps."""
    step = find_step(generator, name)[0]  # the step is the same in every layer
    return ((made.w - w_of(generator, 7))[:, 0] @ step / step.square().sum()).numpy()


# Facts about a recipe that need no network.


@pytest.mark.parametrize(
    "line",
    [
        "waifu 1",
        "grid 2 seed=1",
        "grid 2 seed=1 psi=0,1",
        "morph 1 2 frames=6 size=2",
        "morph 1 2 format=strip",
        "mix 1 2",
        "mix 1 fine=2,3",
        "vary 1",
        "vary 1 format=gif",
        "vary 1 by=z",
        "psi 1",
        "edit 1 direction=d1",
        "edit 1 direction=d1 format=strip",
        "edit 1 direction=d1 format=gif frames=9",
        "edit 1 direction=d1,d2,d3",
    ],
)
def test_a_recipe_knows_how_many_faces_it_takes(line):
    recipe = Recipe.parse(line)
    made = make_plan(recipe, noisy())
    assert recipe.faces == made.layout.faces == len(made.w) == len(made.noise_seeds)
    assert recipe.animated == (made.layout.frames > 1 or line.endswith("strip"))


# Paths.


@given(st.integers(2, 8), st.integers(0, 232), st.booleans(), st.sampled_from(sorted(EASINGS)))
def test_a_path_meets_every_key_and_shares_the_frames_evenly(keys, spare, loop, ease):
    frames = keys + spare
    steps = find_path(keys, frames, loop, ease)
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
    with pytest.raises(errors.OutOfRange, match="through 3 seeds"):
        make_plan(Recipe.parse("morph 1 2 3 frames=2"), plain)


def test_the_sphere_keeps_the_length_and_the_pace():
    a, b = torch.tensor([[3.0, 0.0]]), torch.tensor([[0.0, 3.0]])
    for t in (0.0, 0.25, 0.5):
        point = spherical(a, b, torch.tensor([[t]]))
        expected = 3 * torch.tensor([[math.cos(t * math.pi / 2), math.sin(t * math.pi / 2)]])
        assert torch.allclose(point, expected, atol=1e-6)
    assert torch.equal(spherical(a, a, torch.tensor([[0.3]])), a)
    assert torch.equal(spherical(a, b, torch.zeros(1, 1)), a)


@pytest.mark.parametrize("space", INTERPOLATIONS)
@pytest.mark.parametrize("loop", ["yes", "no"])
def test_a_morph_shows_exactly_its_seeds(traited, space, loop):
    made = make_plan(Recipe.parse(f"morph 10 20 30 frames=13 space={space} loop={loop}"), traited)
    frames = frames_of(made)[:, 0]
    at = [0, 4, 8] if loop == "yes" else [0, 6, 12]
    for frame, seed in zip(at, (10, 20, 30), strict=True):
        assert torch.allclose(frames[frame], w_of(traited, seed), atol=TOLERANCE)
    assert (frames[1:] - frames[:-1]).abs().amax(dim=(1, 2)).min() > 0  # every frame differs from the one before


@pytest.mark.parametrize("space", INTERPOLATIONS)
def test_a_loop_has_no_seam(plain, space):
    w = frames_of(make_plan(Recipe.parse(f"morph 10 20 frames=40 space={space}"), plain))[:, 0]
    steps = (w - w.roll(1, 0)).flatten(1).norm(dim=1)  # steps[0] leads from the last frame to the first
    assert steps[0] <= 1.01 * steps[1:].max()
    assert torch.allclose(w[1:20], w[21:].flip(0), atol=TOLERANCE)  # the way back is the way there, reversed


def test_halfway_in_w_is_the_mean(plain):
    w = frames_of(make_plan(Recipe.parse("morph 10 20 frames=4"), plain))[:, 0]
    assert torch.allclose(w[1], (w[0] + w[2]) / 2, atol=TOLERANCE)


def test_spaces_and_easings_differ_on_the_way(plain):
    ways = {
        (space, ease): make_plan(Recipe.parse(f"morph 10 20 frames=8 space={space} ease={ease}"), plain).w[1]
        for space in ("w", "z", "sphere")
        for ease in EASINGS
    }
    values = list(ways.values())
    assert all(not torch.allclose(a, b, atol=1e-4) for i, a in enumerate(values) for b in values[:i])


def test_a_morph_of_several_faces_moves_each_between_its_own_seeds(plain):
    made = make_plan(Recipe.parse(f"morph {2**32 - 2} 20 size=2 frames=6 noise=random"), plain)
    assert made.layout == Layout(6, 2, 2, 256, 256, one_by_one=True)
    frames = frames_of(made)
    for face, (start, end) in enumerate(zip((2**32 - 2, 2**32 - 1, 0, 1), (20, 21, 22, 23), strict=True)):
        assert torch.allclose(frames[0, face], w_of(plain, start), atol=TOLERANCE)
        assert torch.allclose(frames[3, face], w_of(plain, end), atol=TOLERANCE)
    assert made.noise_seeds == (2**32 - 2, 2**32 - 1, 0, 1) * 6  # each face keeps its noise, so nothing flickers


def test_a_morph_keeps_the_traits_that_were_asked_for(traited):
    made = make_plan(Recipe.parse("morph 10 20 frames=2 trait.hair=pink"), traited)
    for frame, seed in enumerate((10, 20)):
        assert torch.allclose(made.w[frame], w_of(traited, seed, traits={"hair": "pink"}), atol=TOLERANCE)


def test_the_last_face_of_a_morph_may_have_other_traits(traited):
    for space in ("w", "z"):
        made = make_plan(Recipe.parse(f"morph 10 10 frames=4 trait.hair=pink to.hair=blue space={space}"), traited)
        assert torch.allclose(made.w[0], w_of(traited, 10, traits={"hair": "pink"}), atol=TOLERANCE)
        assert torch.allclose(made.w[2], w_of(traited, 10, traits={"hair": "blue"}), atol=TOLERANCE)
    with pytest.raises(errors.UnknownTraitValue):
        make_plan(Recipe.parse("morph 10 10 to.hair=grey"), traited)


def test_a_morph_carries_what_the_encoder_needs(plain):
    made = make_plan(Recipe.parse("morph 1 2 seconds=2 fps=10 format=webp loop=no"), plain)
    assert (made.layout.frames, made.fps, made.format, made.loop) == (20, 10, "webp", False)
    strip = make_plan(Recipe.parse("morph 1 2 format=strip"), plain)
    assert (strip.layout.frames, strip.format, strip.loop) == (8, "strip", False)


# Sizes.


@pytest.mark.parametrize(("resolution", "enlarged"), [(4, 256), (64, 256), (128, 256), (256, 256), (512, 512)])
def test_small_networks_are_shown_enlarged_by_a_whole_factor(resolution, enlarged):
    generator = network(resolution)
    assert shown_size(generator) == (enlarged, enlarged)
    assert shown_size(generator, enlarge=False) == (resolution, resolution)


def test_the_limit_of_pixels_is_exact():
    assert Layout(1, 1, 1, 8000, 8000).faces == 1
    assert MAX_PIXELS == 8000**2
    with pytest.raises(errors.TooManyPixels, match="65 megapixels, and at most 64"):
        Layout(1, 1, 1, 8001, 8001)


def test_a_morph_that_is_too_large_is_refused_before_any_work():
    class Untouchable:
        size = (1024, 1024)

        def __getattr__(self, name):
            raise AssertionError(f"{name} was used")

    with pytest.raises(errors.TooManyPixels, match=r"^16 frames of 9 faces are 151 megapixels, .* 6 frames fit.$"):
        make_plan(Recipe.parse("morph 1 2 frames=16 size=3 format=strip"), Untouchable())
    with pytest.raises(errors.TooManyFaces, match=r"^1000 frames of 9 faces are 9000 faces, .* 400 frames fit.$"):
        make_plan(Recipe.parse("morph 1 2 frames=1000 size=3 format=mp4"), Untouchable())
    with pytest.raises(errors.TooManyPixels, match=r"^100 faces are 105 megapixels, .* 61 faces fit.$"):
        make_plan(Recipe.parse("grid 5 seed=1 psi=0.1,0.4,0.7,1"), Untouchable())


def test_the_limit_counts_pixels_as_shown_and_not_as_drawn(plain):
    with pytest.raises(
        errors.TooManyPixels, match=r"^1000 faces are 66 megapixels, and at most 64 .*; 976 faces fit.$"
    ):
        Layout(1, 20, 50, *shown_size(plain))
    assert Layout(1, 20, 50, *shown_size(plain, enlarge=False)).height == 16
