"""A recipe is completed for the model that will draw it, or refused before any work."""

import pytest

from bot.errors import RecipeTooLong
from bot.recipes.settle import default_model, recipe_of, settle
from generator.contract.errors import (
    EngineStarting,
    FormatMissing,
    GeneratorError,
    ModelGone,
    ModelNotOffered,
    ModelReplaced,
    NoTransform,
    OtherModel,
    UnknownKind,
    UnknownModel,
)
from generator.contract.protocol import MissingModel, Model, Ready
from generator.contract.recipe import Recipe
from generator.contract.stamp import Stamp

MODELS = (Model("drawn-4", 64, "d", {"hair": ("light_blue",)}, 10), Model("cats", 64, "c", layers=10, noise=True))
READY = Ready(("waifu", "morph", "vary"), ("png", "gif"), MODELS, "cpu", "fake")


def test_the_first_preferred_model_that_is_offered_draws() -> None:
    assert default_model(READY, ()) == "drawn-4"
    assert default_model(READY, ("gone", "cats", "drawn-4")) == "cats"
    assert str(settle(Recipe.parse("waifu 1"), READY, ["gone", "cats"])) == "waifu 1 model=cats psi=0.7"
    assert str(settle(Recipe.parse("waifu 1 model=drawn-4"), READY, ["cats"])) == "waifu 1 model=drawn-4 psi=0.7"


@pytest.mark.parametrize(
    ("line", "settled"),
    [
        ("waifu 1 trait.hair=light-blue", "waifu 1 model=drawn-4 psi=0.7 trait.hair=light_blue"),
        ("morph 1 2 to.hair=light-blue", "morph 1 2 model=drawn-4 psi=0.7 to.hair=light_blue"),
        ("vary 7", "vary 7 by=z model=drawn-4 psi=0.7"),
        ("vary 7 model=cats", "vary 7 model=cats psi=0.7"),
    ],
)
def test_a_settled_recipe_suits_its_model_and_settles_to_itself(line: str, settled: str) -> None:
    recipe = settle(Recipe.parse(line), READY)
    assert str(recipe) == settled
    assert settle(recipe, READY) == recipe


def test_only_a_model_that_can_move_its_pictures_is_asked_to() -> None:
    moving = Ready(("waifu",), ("png",), (MODELS[0], Model("waves", 64, "w", takes_transform=True)), "cpu", "fake")
    line = "waifu 1 model=waves psi=0.7 rotate=5 shift=0.1,0"
    assert str(settle(Recipe.parse(line), moving)) == line
    for option in ("rotate=5", "shift=0,-0.1"):
        with pytest.raises(NoTransform):
            settle(Recipe.parse(f"waifu 1 {option}"), moving)
    assert settle(Recipe.parse("waifu 1 rotate=0"), moving).model == "drawn-4"


def test_what_the_worker_lacks_is_refused_before_it_is_asked() -> None:
    with pytest.raises(UnknownKind):
        settle(Recipe.parse("psi 1"), READY)
    with pytest.raises(UnknownModel):
        settle(Recipe.parse("waifu 1 model=nobody"), READY)
    with pytest.raises(FormatMissing):
        settle(Recipe.parse("morph 1 2 format=mp4"), READY)
    names = tuple(f"trait-number-{n:02}-with-a-long-name" for n in range(40))
    model = Model("m", 64, "d", {name: ("a" * 32,) for name in names})
    wordy = Ready(("waifu", "grid"), ("gif",), (model,), "cpu", "fake")
    with pytest.raises(RecipeTooLong):
        settle(Recipe.make("grid", 3, seed=1, traits=dict.fromkeys(names, "a" * 32)), wordy)
    long = Recipe.make("waifu", 1, traits=dict.fromkeys(names, "a" * 32))
    assert settle(long, wordy) == long.on("m")  # the worker stores its face


ONE, TWO, GONE, NEVER = (digit * 16 for digit in "1234")  # digests
NAMED = Ready(
    ("waifu",),
    ("png",),
    (Model("anime-faces", 64, ONE, title="Anime Faces", aliases=("anime",)), Model("cats", 64, TWO)),
    "cpu",
    "fake",
    (
        MissingModel("dogs", GONE, "model_gone"),
        MissingModel("birds", "5" * 16, "model_replaced"),
        MissingModel("fish", "6" * 16, "model_not_offered"),
        MissingModel("newer", "7" * 16, "a reason of a newer version"),
    ),
)


def test_an_alias_means_its_model_and_a_new_line_has_the_name_of_today() -> None:
    assert str(settle(Recipe.parse("waifu 1 model=anime"), NAMED)) == "waifu 1 model=anime-faces psi=0.7"
    assert default_model(NAMED, ["nobody", "anime"]) == "anime-faces"


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("dogs", ModelGone),
        ("birds", ModelReplaced),
        ("fish", ModelNotOffered),
        ("newer", ModelGone),
        ("nobody", UnknownModel),
    ],
)
def test_a_line_is_told_why_its_model_does_not_draw(name: str, error: type[GeneratorError]) -> None:
    with pytest.raises(UnknownModel) as caught:
        settle(Recipe.parse(f"waifu 1 model={name}"), NAMED)
    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("name", "network", "here"),
    [
        ("cats", TWO, "cats"),
        ("cats", ONE, "anime-faces"),  # whoever drew it calls that network cats
        ("anime", ONE, "anime-faces"),
        ("nobody", TWO, "cats"),
        ("nobody", GONE, "dogs"),  # may come back
        ("cats", "", "cats"),
        ("nobody", "", "nobody"),
    ],
)
def test_a_stamp_means_the_network_that_drew_the_picture(name: str, network: str, here: str) -> None:
    assert str(recipe_of(Stamp(f"waifu 1 model={name} psi=0.7", network), NAMED)) == f"waifu 1 model={here} psi=0.7"


@pytest.mark.parametrize(
    ("name", "error"), [("cats", OtherModel), ("anime", OtherModel), ("dogs", OtherModel), ("nobody", UnknownModel)]
)
def test_the_stamp_of_a_network_that_is_not_here_is_refused(name: str, error: type[GeneratorError]) -> None:
    with pytest.raises(UnknownModel) as caught:
        recipe_of(Stamp(f"waifu 1 model={name}", NEVER), NAMED)
    assert type(caught.value) is error


def test_before_the_networks_are_known_only_stamps_without_one_are_read() -> None:
    assert recipe_of(Stamp("waifu 1 model=cats"), None).model == "cats"
    with pytest.raises(EngineStarting):
        recipe_of(Stamp("waifu 1 model=cats", TWO), None)
