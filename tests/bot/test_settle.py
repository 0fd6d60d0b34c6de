"""A recipe is completed for the model that will draw it, or refused before any work."""

import pytest

from bot.errors import RecipeTooLong
from bot.recipes.settle import default_model, settle
from generator.contract.errors import FormatMissing, NoTransform, UnknownKind, UnknownModel
from generator.contract.protocol import Model, Ready
from generator.contract.recipe import Recipe

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
    wordy = Ready(("waifu",), ("gif",), (Model("m", 64, "d", {name: ("a" * 32,) for name in names}),), "cpu", "fake")
    many = Recipe.make("waifu", 1, traits=dict.fromkeys(names, "a" * 32))
    with pytest.raises(RecipeTooLong):
        settle(many, wordy)
