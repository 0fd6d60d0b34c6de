"""Tests directions in w, both factorised from the weights of any network and learnt from a network's traits."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from generator import checkpoints, load
from generator.contract import errors
from generator.contract.kinds import trait_directions
from generator.evaluate import learning
from generator.evaluate.teaching import find_reader
from generator.features import reader as readers
from generator.naming.digests import Digests
from generator.rendering.directions import SAMPLE, factorise, find_step
from generator.rendering.latents import Latents, seed_label, seed_z
from generator.stylegan.layers import ModulatedConv
from generator.stylegan2.network import Generator, Hyperparameters
from generator.worker import offer

TRAITS = {"hair": ("pink", "blue", "green"), "glasses": ("no", "yes")}
PSI = 0.7


def network(seed: int = 1, w_dim: int = 24, traits: dict[str, tuple[str, ...]] | None = None) -> Generator:
    sizes = {"z_dim": 16, "w_dim": w_dim, "num_mapping_layers": 2, "c_dim": sum(map(len, (traits or {}).values()))}
    hyper = Hyperparameters(resolution=16, channels={4: 8, 8: 8, 16: 8}, **sizes)
    generator = Generator.new(hyper, seed=seed, name="small", traits=traits)
    generator.estimate_w_avg(200)
    return generator.freeze()


@pytest.fixture(scope="module")
def drawn() -> Generator:
    return load(str(checkpoints.MODELS / "drawn-4.safetensors"), precision="exact", device="cpu")


@pytest.mark.parametrize("seed", [1, 2])
def test_factorised_directions_are_those_of_an_svd_in_float64(seed: int) -> None:
    generator = network(seed)
    a = np.concatenate([m.affine.weight.numpy() for m in generator.modules() if isinstance(m, ModulatedConv)]).astype(
        np.float64
    )
    expected = np.linalg.svd(a)[2][:10]
    found = factorise(generator).numpy()
    assert found.shape == (10, 24)
    assert np.abs((found * expected).sum(axis=1)) == pytest.approx(np.ones(10), abs=1e-9)
    assert np.abs(np.abs(found) - np.abs(expected)).max() < 1e-7


def test_factorised_directions_are_orthonormal_and_turned_the_same_way_every_time(drawn: Generator) -> None:
    for generator in (network(), drawn):
        found = factorise(generator)
        assert torch.allclose(found @ found.T, torch.eye(10, dtype=torch.float64), atol=1e-12)
        largest = found.gather(1, found.abs().argmax(dim=1, keepdim=True))
        assert (largest > 0).all()
        assert torch.equal(found, factorise(generator))


def test_the_first_direction_changes_the_styles_more_than_any_other() -> None:
    generator = network()
    convs = [m for m in generator.modules() if isinstance(m, ModulatedConv)]
    steps = torch.cat([factorise(generator).float(), torch.randn(50, 24, generator=torch.Generator().manual_seed(0))])
    steps = steps / steps.norm(dim=1, keepdim=True)
    changes = sum((steps @ conv.affine.weight.T).square().sum(dim=1) for conv in convs)
    assert isinstance(changes, torch.Tensor)
    assert changes.argmax() == 0
    assert (changes[:9] >= changes[1:10] - 1e-4).all()


def test_a_step_is_a_quarter_of_the_distance_from_the_average_to_a_face() -> None:
    generator = network()
    w = torch.cat([generator.mapping(seed_z(seed, generator.z_dim))[:, 0] for seed in SAMPLE])
    distance = (w - generator.mapping.w_avg).norm(dim=1).mean()
    step = find_step(generator, "d3")
    assert torch.equal(step[0], step[-1])
    step = step[0]
    assert step.norm().item() == pytest.approx(distance.item() / 4, rel=1e-4)
    assert torch.allclose(step / step.norm(), factorise(generator)[2].float(), atol=1e-5)


def test_a_learnt_direction_is_the_mean_difference_that_the_trait_makes() -> None:
    generator = network(traits=TRAITS)
    differences = []
    for seed in SAMPLE:
        label = seed_label(seed, generator)
        assert label is not None
        without = label.clone()
        if without[0, 2] == 1:  # already green, so compare with the next value in the table, which is the first
            without[0, :3] = torch.tensor([1.0, 0, 0])
        pair = torch.cat([seed_label(seed, generator, {"hair": "green"}), without])
        w = generator.mapping(seed_z(seed, generator.z_dim).repeat(2, 1), pair)[:, 0]
        differences.append(w[0] - w[1])
    expected = torch.stack(differences).mean(dim=0) / 2
    assert torch.allclose(find_step(generator, "hair-green"), expected.expand(generator.num_ws, -1), atol=1e-5)


def test_a_direction_that_a_network_does_not_have_is_one_sentence(drawn: Generator) -> None:
    with pytest.raises(errors.UnknownDirection, match=r"small has no direction 'hair-pink'; it has d1 … d10\."):
        find_step(network(), "hair-pink")
    with pytest.raises(errors.UnknownDirection, match="it has d1 … d8, hair-pink, "):
        find_step(network(w_dim=8, traits=TRAITS), "d9")
    with pytest.raises(errors.UnknownDirection, match="has no direction 'd11'; it has d1 … d10, "):
        find_step(drawn, "d11")


def test_every_direction_of_the_embedded_network_has_a_step(drawn: Generator) -> None:
    steps = torch.stack(
        [
            find_step(drawn, name)
            for name in (
                "d1",
                "d10",
                *list(trait_directions(drawn.traits, drawn.directions and list(drawn.directions)))[::12],
            )
        ]
    )
    assert steps.shape[1:] == (drawn.num_ws, drawn.w_dim)
    assert steps.isfinite().all()
    assert (steps.flatten(1).norm(dim=1) > 0).all()


@pytest.mark.models
@pytest.mark.timeout(600)
def test_learnt_directions_move_their_trait_and_leave_the_others(drawn: Generator) -> None:
    """Measure the effect of amount 2 at psi 0.7, on 200 seeds from which nothing was learnt.

    The reader of portraits decides which traits have changed.
    """
    assert drawn.directions is not None
    found = {one.name: one for one in learning.candidates(drawn)}
    offered = [replace(found[name], step=drawn.directions[name]) for name in drawn.directions]
    assert len(offered) >= 10
    meter = learning.EffectMeter(drawn, readers.load(find_reader(drawn.traits)), learning.TEST_SEEDS)
    for candidate in offered if "FULL_SIZE" in os.environ else offered[:: len(offered) // 4]:
        effect = meter.measure(candidate)
        assert effect.hit_rate >= 0.9, candidate.name
        assert effect.kept_rate >= 0.8, f"{candidate.name} changes {effect.most_changed_trait}"


def seen(values: list[list[int]], knobs: list[float]) -> readers.Readings:
    return readers.Readings(torch.zeros(len(values), 1), torch.tensor(values), torch.tensor(knobs)[:, None])


def test_an_effect_counts_faces_that_lacked_the_trait_and_the_trait_that_suffers_most() -> None:
    before = seen([[0, 0, 0], [1, 0, 0], [2, 0, 0], [2, 0, 0]], [0, 0, 0, 0])
    after = seen([[1, 0, 0], [1, 0, 1], [1, 0, 1], [0, 1, 0]], [0.4, 0.5, 2, -1])
    to_one = learning.Candidate("hair-b", torch.zeros(1), 0, 1)
    all_seen, no_eyes = torch.tensor([True, True, True]), torch.tensor([True, True, False])
    assert learning.measure_effect(before, after, to_one, ["hair", "hat", "eyes"], all_seen) == learning.Effect(
        2 / 3, 0.5, "eyes"
    )
    assert learning.measure_effect(before, after, to_one, ["hair", "hat", "eyes"], no_eyes) == learning.Effect(
        2 / 3, 0.75, "hat"
    )
    risen = learning.Candidate("turn", torch.zeros(1), 0, None)
    assert learning.measure_effect(before, after, risen, ["hair", "hat", "eyes"], all_seen) == learning.Effect(
        0.5, 0.25, "hair"
    )
    assert learning.Effect(0.9, 0.8, "hat").passes
    assert not learning.Effect(0.89, 0.9, "hat").passes
    assert not learning.Effect(0.99, 0.79, "hat").passes


@pytest.mark.models
def test_a_learnt_step_moves_its_trait_more_and_the_rest_less_than_the_mean_difference_does() -> None:
    generator = network(traits=TRAITS)
    torch.manual_seed(0)
    reader = readers.Reader(generator.traits, 2).eval().requires_grad_(False)
    reader.classify.weight *= 20  # so that an untrained reader gives confident answers
    chosen = list(learning.candidates(generator))
    assert [one.name for one in chosen] == list(trait_directions(TRAITS))
    w = Latents.of(range(40), generator).styles(generator, PSI)

    def loss(candidate: learning.Candidate) -> float:
        with torch.no_grad():
            before, after = (list(reader(generator.synthesis(x))) for x in (w, w + 2 * candidate.step))
            return learning.loss([candidate] * len(w), before, after, reader, [True, True]).item()

    learnt = learning.learn(generator, reader, chosen, faces=16)
    assert sum(map(loss, learnt)) < 0.98 * sum(map(loss, chosen))
    again = learning.learn(generator, reader, chosen, faces=16)
    assert all(torch.allclose(a.step, b.step, atol=1e-5) for a, b in zip(learnt, again, strict=True))


def test_directions_travel_with_the_network_and_only_those_are_offered(tmp_path: Path) -> None:
    generator = network(traits=TRAITS)
    steps = torch.randn(2, generator.num_ws, generator.w_dim, generator=torch.Generator().manual_seed(0))
    generator.directions = {"hair-pink": steps[0], "turn": steps[1]}
    checkpoints.save(generator, tmp_path / "tested.safetensors")
    assert checkpoints.inspect(tmp_path / "tested.safetensors").directions == ("hair-pink", "turn")
    assert offer.read_model_file(tmp_path / "tested.safetensors", Digests()).model.directions == ("hair-pink", "turn")
    again = load(str(tmp_path / "tested.safetensors"))
    assert torch.equal(find_step(again, "turn"), steps[1])
    with pytest.raises(errors.UnknownDirection, match="hair-pink, turn"):
        find_step(again, "hair-blue")
    generator.directions = {}
    checkpoints.save(generator, tmp_path / "none.safetensors")
    with pytest.raises(errors.UnknownDirection):
        find_step(load(str(tmp_path / "none.safetensors")), "hair-pink")


@pytest.mark.parametrize(
    ("name", "step", "reason"),
    [
        ("hair-pink", torch.zeros(3, 24), "does not fit the network"),
        ("hair-pink", torch.full((6, 24), float("nan")), "does not fit the network"),
        ("d3", torch.zeros(6, 24), "is called d3"),
        ("Hair Pink", torch.zeros(6, 24), "of an unusual form"),
    ],
)
def test_directions_that_do_not_fit_the_network_are_refused(
    name: str, step: torch.Tensor, reason: str, tmp_path: Path
) -> None:
    generator = network(traits=TRAITS)
    assert generator.num_ws == 6
    generator.directions = {name: step}
    checkpoints.save(generator, tmp_path / "bad.safetensors")
    with pytest.raises(errors.DamagedCheckpoint, match=reason):
        checkpoints.inspect(tmp_path / "bad.safetensors")
