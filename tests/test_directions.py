"""Directions in w: factorised from the weights of any network, learnt from the traits of one that has them."""

from collections.abc import Callable
from functools import partial
from itertools import accumulate

import numpy as np
import pytest
import torch

from generator import checkpoints, errors, load
from generator.directions import SAMPLE, direction, factorised, learnt_step
from generator.layers import Modulated
from generator.network import Generator, Hyperparameters
from generator.points import Latents, seed_label, seed_z
from generator.recipe import trait_directions

TRAITS = {"hair": ("pink", "blue", "green"), "glasses": ("no", "yes")}
FRESH = range(10_000, 10_200)  # seeds that the directions were not learnt from
PSI = 0.7


def network(seed: int = 1, w_dim: int = 24, traits: dict[str, tuple[str, ...]] | None = None) -> Generator:
    sizes = {"z_dim": 16, "w_dim": w_dim, "num_mapping_layers": 2, "c_dim": sum(map(len, (traits or {}).values()))}
    hyper = Hyperparameters(resolution=16, channels={4: 8, 8: 8, 16: 8}, **sizes)
    generator = Generator.new(hyper, seed=seed, name="small", traits=traits)
    generator.estimate_w_avg(200)
    return generator.freeze()


@pytest.fixture(scope="module")
def drawn() -> Generator:
    return load(str(checkpoints.EMBEDDED), precision="exact", device="cpu")


@pytest.mark.parametrize("seed", [1, 2])
def test_factorised_directions_are_those_of_an_svd_in_float64(seed: int) -> None:
    generator = network(seed)
    a = np.concatenate([m.affine.weight.numpy() for m in generator.modules() if isinstance(m, Modulated)]).astype(np.float64)
    expected = np.linalg.svd(a)[2][:10]
    found = factorised(generator).numpy()
    assert found.shape == (10, 24)
    assert np.abs((found * expected).sum(axis=1)) == pytest.approx(np.ones(10), abs=1e-9)
    assert np.abs(np.abs(found) - np.abs(expected)).max() < 1e-7


def test_factorised_directions_are_orthonormal_and_turned_the_same_way_every_time(drawn: Generator) -> None:
    for generator in (network(), drawn):
        found = factorised(generator)
        assert torch.allclose(found @ found.T, torch.eye(10, dtype=torch.float64), atol=1e-12)
        largest = found.gather(1, found.abs().argmax(dim=1, keepdim=True))
        assert (largest > 0).all()
        assert torch.equal(found, factorised(generator))


def test_the_first_direction_changes_the_styles_more_than_any_other() -> None:
    generator = network()
    convs = [m for m in generator.modules() if isinstance(m, Modulated)]
    steps = torch.cat([factorised(generator).float(), torch.randn(50, 24, generator=torch.Generator().manual_seed(0))])
    steps = steps / steps.norm(dim=1, keepdim=True)
    changes = sum((steps @ conv.affine.weight.T).square().sum(dim=1) for conv in convs)
    assert isinstance(changes, torch.Tensor)
    assert changes.argmax() == 0
    assert (changes[:9] >= changes[1:10] - 1e-4).all()


def test_a_step_is_a_quarter_of_the_way_from_the_average_to_a_face() -> None:
    generator = network()
    w = torch.cat([generator.mapping(seed_z(seed, generator.z_dim))[:, 0] for seed in SAMPLE])
    distance = (w - generator.mapping.w_avg).norm(dim=1).mean()
    step = direction(generator, "d3")
    assert step.norm().item() == pytest.approx(distance.item() / 4, rel=1e-4)
    assert torch.allclose(step / step.norm(), factorised(generator)[2].float(), atol=1e-5)


def test_a_learnt_direction_is_the_mean_difference_that_the_trait_makes() -> None:
    generator = network(traits=TRAITS)
    differences = []
    for seed in SAMPLE:
        label = seed_label(seed, generator)
        assert label is not None
        without = label.clone()
        if without[0, 2] == 1:  # green already: compared with the next in the table, which is the first
            without[0, :3] = torch.tensor([1.0, 0, 0])
        pair = torch.cat([seed_label(seed, generator, {"hair": "green"}), without])
        w = generator.mapping(seed_z(seed, generator.z_dim).repeat(2, 1), pair)[:, 0]
        differences.append(w[0] - w[1])
    expected = torch.stack(differences).mean(dim=0) / 2
    assert torch.allclose(direction(generator, "hair-green"), expected, atol=1e-5)


def test_directions_that_a_network_has_not_are_one_sentence(drawn: Generator) -> None:
    with pytest.raises(errors.UnknownDirection, match=r"small has no direction 'hair-pink'; it has d1 … d10\."):
        direction(network(), "hair-pink")
    with pytest.raises(errors.UnknownDirection, match="it has d1 … d8, hair-pink, "):
        direction(network(w_dim=8, traits=TRAITS), "d9")
    with pytest.raises(errors.UnknownDirection, match="has no direction 'd11'; it has d1 … d10, "):
        direction(drawn, "d11")


def test_every_direction_of_the_embedded_network_is_there(drawn: Generator) -> None:
    steps = torch.stack([direction(drawn, name) for name in ("d1", "d10", *list(trait_directions(drawn.traits))[::12])])
    assert steps.shape[1] == drawn.w_dim
    assert steps.isfinite().all()
    assert (steps.norm(dim=1) > 0).all()


def test_learnt_directions_move_their_trait_and_leave_the_others(drawn: Generator) -> None:
    """As people get them, by 2 at psi 0.7, and as a linear reader sees it in w that was fitted to the faces of other seeds."""
    readers = fitted_readers(drawn)
    w = Latents.of(FRESH, drawn).styles(drawn, PSI)[:, 0]
    moved: list[float] = []
    for trait, value in trait_directions(drawn.traits).values():
        after = w + 2 * learnt_step(drawn, trait, value)
        seen = readers[trait](after) == drawn.traits[trait].index(value)
        moved.append(seen.float().mean().item())
        for other in readers.keys() - {trait}:
            kept = (readers[other](after) == readers[other](w)).float().mean().item()
            assert kept >= 0.8, f"{trait}-{value} changes {other} of {1 - kept:.0%}"
    assert np.mean(moved) >= 0.9
    assert min(moved) >= 0.5


def fitted_readers(generator: Generator) -> dict[str, Callable[[torch.Tensor], torch.Tensor]]:
    """trait -> what it reads in w [n, w_dim]: the index [n] of a value; least squares on the one-hots, right for 9 faces of 10."""
    points = Latents.of(range(20_000, 22_000), generator)
    assert points.label is not None
    features, labels = with_one(points.styles(generator, PSI)[:, 0]), points.label.double()
    readers = {}
    for trait, columns in columns_of(generator).items():
        weights = torch.linalg.lstsq(features, labels[:, columns]).solution
        readers[trait] = partial(read, weights=weights)
        assert (features @ weights).argmax(dim=1).eq(labels[:, columns].argmax(dim=1)).float().mean() >= 0.9
    return readers


def read(w: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    return (with_one(w) @ weights).argmax(dim=1)


def with_one(w: torch.Tensor) -> torch.Tensor:
    return torch.cat([w.double(), torch.ones(len(w), 1, dtype=torch.float64)], dim=1)


def columns_of(generator: Generator) -> dict[str, slice]:
    ends = list(accumulate(map(len, generator.traits.values())))
    return {trait: slice(end - len(generator.traits[trait]), end) for trait, end in zip(generator.traits, ends, strict=True)}
