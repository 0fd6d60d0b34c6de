"""Suggestions from what a model can do, and recipes fitted to a model."""

import pytest

from bot.i18n import texts
from bot.recipes import capabilities
from bot.recipes.settle import fit_to_model
from generator.contract.errors import BadValue, NoNoise, NoTraits, UnknownDirection, UnknownTrait, UnknownTraitValue
from generator.contract.protocol import Model
from generator.contract.recipe import Recipe

TRAITS = {"hair": ("pink", "light_blue"), "eye-shape": ("round",), "class": ()}
NOISY = Model("noisy-1", 64, "n", layers=10, noise=True)
TRAITED = Model("traited-1", 64, "t", TRAITS, 10)
TESTED = Model("tested-1", 64, "t", TRAITS, 10, directions=("hair-pink", "turn"))
ENGLISH, CHINESE = texts.for_locale("en-US"), texts.for_locale("zh-CN")


def fitted(line: str, model: Model) -> str:
    return str(fit_to_model(Recipe.parse(line), model)).replace(f" model={model.name}", "")


def test_names_are_spelled_as_the_model_spells_them() -> None:
    line = "morph 1 2 trait.hair=light-blue trait.class=512 to.eye_shape=round"
    assert fitted(line, TRAITED) == "morph 1 2 psi=0.7 to.eye-shape=round trait.class=512 trait.hair=light_blue"
    assert fitted("edit 7 direction=hair-light-blue,d3", TRAITED) == "edit 7 direction=hair-light_blue,d3 psi=0.7"
    assert fitted("edit 7 direction=class-512", TRAITED) == "edit 7 direction=class-512 psi=0.7"
    assert fitted("edit 7 direction=turn", TESTED) == "edit 7 direction=turn psi=0.7"


@pytest.mark.parametrize(
    ("line", "model", "error"),
    [
        ("morph 1 2 to.hair=pink", NOISY, NoTraits),
        ("morph 1 2 to.nose=big", TRAITED, UnknownTrait),
        ("morph 1 2 trait.hair=pink to.hair=plaid", TRAITED, UnknownTraitValue),
        ("edit 7 direction=hair-pink", NOISY, UnknownDirection),
        ("edit 7 direction=d1,nose-big", TRAITED, UnknownDirection),
        ("edit 7 direction=hair-light_blue", TESTED, UnknownDirection),
    ],
)
def test_what_the_model_lacks_is_refused_before_any_work(line: str, model: Model, error: type[Exception]) -> None:
    with pytest.raises(error):
        fitted(line, model)


def test_a_face_varies_by_its_z_only_if_the_model_has_no_noise() -> None:
    assert fitted("vary 7", NOISY) == "vary 7 psi=0.7"
    assert fitted("vary 7", TRAITED) == fitted("vary 7 by=z", TRAITED) == "vary 7 by=z psi=0.7"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("hair: pink", "hair-pink"),
        ("Hair = Light Blue", "hair-light-blue"),
        ("发色：粉色", "hair-pink"),
        ("hair-pink", "hair-pink"),
        ("d1, d2", "d1,d2"),
        ("D3", "d3"),
    ],
)
def test_a_direction_may_be_typed_like_a_trait_in_any_language(typed: str, name: str) -> None:
    assert capabilities.read_direction(typed) == name


@pytest.mark.parametrize("typed", ["", ",", "<@1>", "粉", "hair: <b>"])
def test_a_text_that_cannot_name_a_direction_is_refused(typed: str) -> None:
    with pytest.raises(BadValue, match="such as d1 or hair-pink"):
        capabilities.read_direction(typed)


def test_every_trait_is_suggested_before_any_in_full() -> None:
    offered = list(capabilities.suggest_directions(TRAITED, ENGLISH))
    assert offered[0] == ("Show me what d1, d2, d3, d4, d5 do", "d1,d2,d3,d4,d5")
    assert [name for _, name in offered[1:4]] == ["hair-pink", "eye-shape-round", "hair-light_blue"]
    assert [label for label, _ in offered[1:4]] == ["hair: pink", "eye-shape: round", "hair: light_blue"]
    assert [name for _, name in offered[4:14]] == [f"d{n}" for n in range(1, 11)]


def test_only_tested_directions_are_suggested_if_some_were_tested() -> None:
    offered = dict((name, label) for label, name in capabilities.suggest_directions(TESTED, CHINESE))
    assert [name for name in offered if not name.startswith("d")] == ["hair-pink", "turn"]
    assert offered["hair-pink"] == "发色: 粉色"


@pytest.mark.parametrize(
    ("layers", "offered"),
    [(4, ["0-1"]), (6, ["0-1", "2-3", "0-3"]), (8, ["0-3"]), (10, ["0-3", "4-7", "0-7"]), (18, ["0-3", "4-7", "0-7"])],
)
def test_layers_are_suggested_if_the_model_has_others_besides(layers: int, offered: list[str]) -> None:
    assert [value for _, value in capabilities.suggest_layers(Model("m", 64, "m", layers=layers), ENGLISH)] == offered


def test_variations_are_offered_and_drawn_where_they_differ() -> None:
    fine = Model("fine-1", 64, "n", layers=10, noise=True, noise_parts=("fine",))
    offered = {value: label for label, value in capabilities.suggest_parts(fine, ENGLISH)}
    assert offered == {"all": "All random details", "fine": "The finest ones (with this model the same as all)"}
    assert [value for _, value in capabilities.suggest_parts(TRAITED, ENGLISH)] == ["all", "coarse", "fine"]
    assert fitted("vary 7 layers=fine", fine) == "vary 7 layers=fine psi=0.7"
    assert fitted("vary 7 layers=coarse by=z", fine) == "vary 7 by=z layers=coarse psi=0.7"
    with pytest.raises(NoNoise, match="nothing would vary"):
        fitted("vary 7 layers=coarse", fine)


def test_a_usual_amount_is_what_the_most_delicate_direction_bears() -> None:
    assert capabilities.default_amounts(TESTED) == {"turn": 2.0, **dict.fromkeys(capabilities.FACTOR_NAMES, 0.75)}
    assert capabilities.default_amount("turn") == 2.0
    assert capabilities.default_amount("turn,d3") == 0.75
