"""Suggestions from what a model can do, and recipes fitted to a model."""

import pytest

from bot.i18n import texts
from bot.recipes import capabilities
from bot.recipes.settle import fit_to_model
from generator.contract.errors import (
    BadValue,
    NoNoise,
    NoSuchLayers,
    NoTraits,
    UnknownDirection,
    UnknownTrait,
    UnknownTraitValue,
)
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


def test_directions_are_suggested_for_what_no_trait_names() -> None:
    offered = list(capabilities.suggest_directions(TESTED, CHINESE))
    assert offered[0] == ("头转向左边 … 头转向右边", "turn")
    assert offered[1] == ("看看 d1, d2, d3, d4, d5 会改变什么", "d1,d2,d3,d4,d5")
    assert [name for _, name in offered[2:]] == [*capabilities.FACTOR_NAMES, "d6,d7,d8,d9,d10"]
    assert [name for _, name in capabilities.suggest_directions(TRAITED, ENGLISH)] == [
        "d1,d2,d3,d4,d5",
        *capabilities.FACTOR_NAMES,
        "d6,d7,d8,d9,d10",
    ]


def test_knobs_are_directions_and_those_with_words_are_offered() -> None:
    model = Model("artist-1", 64, "a", TRAITS, 10, knobs=("nod", "rim", "light-side"), directions=("turn", "rim-light"))
    assert fitted("edit move(7,light_side=1) direction=rim", model) == "edit move(7,light-side=1) direction=rim psi=0.7"
    with pytest.raises(UnknownDirection, match="d1 … d10, nod, rim, light-side"):
        fitted("edit 7 direction=gaze", model)
    offered = [name for _, name in capabilities.suggest_directions(model, ENGLISH)]
    assert offered[:5] == ["turn", "nod", "light-side", "d1,d2,d3,d4,d5", "rim-light"]
    assert list(capabilities.default_amounts(model).items())[:4] == [
        *(("turn", 2.0), ("nod", 1.5), ("light-side", 1.5), ("rim-light", 2.0)),
    ]
    assert capabilities.known_amounts(model)["rim"] == capabilities.default_amount("rim,turn", model) == 1.5


@pytest.mark.parametrize("line", ["mix 7 8 layers=0-10", "mix 7 fine=8 layers=10", "edit 7 direction=d1 layers=3-17"])
def test_layers_that_the_model_lacks_are_refused_before_any_work(line: str) -> None:
    with pytest.raises(NoSuchLayers, match="only the layers 0 to 9"):
        fitted(line, TRAITED)
    assert fitted("mix 7 8 layers=0-9", TRAITED) == "mix 7 8 layers=0-9 psi=0.7"


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
