"""Tests that the traits told of a seed without numpy are those that the worker samples, and what is told of faces."""

import random

import pytest

from bot.recipes import traits
from generator.contract.faces.reading import read_face
from generator.contract.protocol import Model
from generator.contract.recipe import Recipe
from generator.contract.sampling import Sampling, sample_traits
from generator.rendering.latents import seed_label
from generator.stylegan2.hyperparameters import Hyperparameters
from generator.stylegan2.network import Generator

VALUES = {"hair": ("pink", "blue", "grey"), "only": ("one",), "class": tuple("abcde"), "pair": ("no", "yes")}
ODDS = {"hair": (0.5, 0.0, 0.3), "pair": (0.9, 0.1)}  # the others are uniform


def _network(z_dim: int) -> Generator:
    hyper = Hyperparameters(
        resolution=8,
        channels={4: 4, 8: 4},
        z_dim=z_dim,
        w_dim=4,
        num_mapping_layers=1,
        c_dim=sum(map(len, VALUES.values())),
    )
    generator = Generator(hyper, traits=VALUES)
    generator.odds = dict(ODDS)
    return generator


@pytest.mark.parametrize("z_dim", [1, 7, 128])  # after an odd number a normal one is left over, and not used
def test_traits_are_those_that_the_worker_samples(z_dim: int) -> None:
    """A bot that tells another trait than the worker draws would caption pink hair as blue."""
    network, sampling = _network(z_dim), Sampling(z_dim, VALUES, ODDS)
    random.seed(z_dim)
    for seed in [0, 1, 2**32 - 1, *(random.randrange(2**32) for _ in range(200))]:
        label = seed_label(seed, network)
        assert label is not None
        chosen = [index for index, on in enumerate(label[0].tolist()) if on]
        names = [value for values in VALUES.values() for value in values]
        assert list(sample_traits(seed, sampling).values()) == [names[index] for index in chosen], seed


def test_nothing_is_told_of_a_network_whose_values_are_not_listed() -> None:
    assert Model("m", 64, "d", {"class": ()}, z_dim=8).sampling == Sampling(8)
    assert sample_traits(7, Sampling(8)) == {}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("waifu 7", {"hair": "pink", "pair": "no"}),
        ("waifu 7 trait.hair=blue", {"hair": "blue", "pair": "no"}),
        ("waifu 7(hair=grey) trait.hair=blue", {"hair": "grey", "pair": "no"}),
        ("waifu near(noise(7,3),2)", {"hair": "pink", "pair": "no"}),
        ("waifu mix(7(hair=grey),7)", {"pair": "no"}),
        ("waifu between(7,7(pair=yes),0.25)", {"hair": "pink"}),
        ("waifu move(7,hair-blue=2)", {"pair": "no"}),
        ("waifu move(7,turn=2)", {"hair": "pink", "pair": "no"}),
        ("waifu 7 psi=0.3", {}),
        ("waifu 7 psi=-1", {}),
        ("waifu @0123456789abcdef01234567", {}),
        ("psi 7", {"hair": "pink", "pair": "no"}),
    ],
)
def test_what_is_told_of_a_face(line: str, told: dict[str, str]) -> None:
    """What a face inherits is told, and what it may have lost is not."""
    model = Model(
        "m",
        64,
        "d",
        {"hair": ("pink", "blue", "grey"), "pair": ("no", "yes")},
        z_dim=128,
        odds=ODDS,
        directions=("turn", "hair-blue"),
    )
    assert sample_traits(7, model.sampling) == {"hair": "pink", "pair": "no"}
    assert traits.of_recipe(Recipe.parse(line), model) == told


def test_values_that_are_not_offered_are_told_too() -> None:
    model = Model("m", 64, "d", {"hair": ("blue",)}, z_dim=128, odds=ODDS, all_values=VALUES)
    assert traits.of_face(read_face("7"), {}, model)["hair"] == "pink"
