"""Typed changes of a face: traits on the same seed, and directions for what no trait names; several at once."""

import pytest
from any_recipe import recipes
from hypothesis import given

from bot.errors import ChangedTwice, EqualFrames, ManyFaces, NoSeedToChange, NothingToChange, TraitTwice
from bot.i18n import texts
from bot.recipes import capabilities, edits
from bot.recipes.settle import fit_to_model
from generator.contract.errors import NoTraits, OutOfRange, UnknownTrait, UnknownTraitValue
from generator.contract.protocol import Model
from generator.contract.recipe import Recipe
from generator.contract.shortening import MAX_DRAFT_CHARS

TRAITS = {"hair": ("pink", "blue", "red"), "glasses": ("none", "round"), "accessory": ("none", "clip", "cat-ears")}
MODEL = Model("drawn-4", 64, "d", TRAITS, 10, directions=("hair-red", "turn", "bang-length"))
PLAIN = Model("plain-1", 64, "p", layers=8)
KNOBS = Model(
    *("artist-1", 64, "a", {**TRAITS, "expression": ("smile", "shy")}, 10),
    knobs=("turn", "nod", "mouth-curve", "blush", "light-side", "rim"),
)
VECTOR = "@0123456789abcdef01234567"


def edited(line: str, typed: str, model: Model = MODEL) -> str:
    return str(edits.read(typed, model).apply(Recipe.parse(line)))


@pytest.mark.parametrize(
    ("line", "typed", "result"),
    [
        ("waifu 7", "hair: blue, no clip", "waifu 7 psi=0.7 trait.accessory=none trait.hair=blue"),
        ("waifu 7 trait.hair=pink", "Blue hair", "waifu 7 psi=0.7 trait.hair=blue"),
        ("waifu 7 psi=1", "发色：蓝色、无眼镜", "waifu 7 psi=1 trait.glasses=none trait.hair=blue"),
        ("waifu 7", "メガネなし, 顔の向き: -1", "waifu move(7,turn=-1) psi=0.7 trait.glasses=none"),
        ("waifu 7", "turn: 2, d3: -1", "waifu move(7,d3=-1,turn=2) psi=0.7"),
        ("waifu 7", "turn, d3 1", "waifu move(7,d3=1,turn=2) psi=0.7"),
        ("waifu 7", "bang length: 1", "waifu move(7,bang-length=1) psi=0.7"),
        ("waifu move(7,turn=1)", "turn: 2", "waifu move(7,turn=3) psi=0.7"),
        ("edit 7 direction=d1 amount=1", "hair: red", "waifu move(7,d1=1) psi=0.7 trait.hair=red"),
        ("waifu mix(7(hair=pink),8(hair=red))", "hair: blue", "waifu mix(7,8) psi=0.7 trait.hair=blue"),
        ("mix 7 8 trait.hair=pink", "no glasses", "waifu mix(7,8) psi=0.7 trait.glasses=none trait.hair=pink"),
        ("waifu noise(near(7,3),4)", "hair: red", "waifu noise(near(7,3),4) psi=0.7 trait.hair=red"),
        (f"waifu mix({VECTOR},8)", "hair: red", f"waifu mix({VECTOR},8) psi=0.7 trait.hair=red"),
    ],
)  # fmt: skip
def test_an_edit_changes_traits_on_the_same_seeds_and_moves_what_no_trait_names(
    line: str, typed: str, result: str
) -> None:
    assert edited(line, typed) == result


@pytest.mark.parametrize(
    ("line", "typed", "result"),
    [
        ("waifu 7", "hair: blue", "morph 7 7 psi=0.7 to.hair=blue"),
        ("waifu 7 trait.hair=pink", "hair: blue", "morph 7 7 psi=0.7 to.hair=blue trait.hair=pink"),
        ("waifu 7", "turn: 2", "morph 7 move(7,turn=2) psi=0.7"),
        ("waifu mix(7,8)", "hair: blue, turn: 1", "morph mix(7,8) move(mix(7,8),turn=1) psi=0.7 to.hair=blue"),
    ],
)
def test_an_animated_edit_leads_from_the_face_to_the_changed_one(line: str, typed: str, result: str) -> None:
    edit = edits.read(typed, MODEL)
    assert str(edit.show(Recipe.parse(line), "gif")) == result
    assert str(edit.show(Recipe.parse(line), "strip")).startswith("morph ")


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("", NothingToChange),
        (" , ", NothingToChange),
        ("smile at me", UnknownTrait),
        ("hair: blue, hair: red", TraitTwice),
        ("turn: 1, turn: 2", ChangedTwice),
        ("turn: 9", OutOfRange),
        ("hair: plaid", UnknownTraitValue),
    ],
)
def test_what_is_no_change_is_refused_in_one_sentence(typed: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        edits.read(typed, MODEL)


def test_what_a_face_or_a_model_lacks_is_refused_in_one_sentence() -> None:
    with pytest.raises(NoSeedToChange):
        edited(f"waifu {VECTOR}", "hair: blue")
    with pytest.raises(ManyFaces):
        edited("grid 2 seed=1", "hair: blue")
    with pytest.raises(NoTraits):
        edited("waifu 7", "hair: blue", PLAIN)
    with pytest.raises(EqualFrames):
        edits.read("hair: blue", MODEL).show(Recipe.parse("waifu 7 trait.hair=blue"), "gif")
    assert edited("waifu 7", "d2: 1", PLAIN) == "waifu move(7,d2=1) psi=0.7"


@pytest.mark.parametrize(
    ("typed", "amount", "traits"),
    [
        ("hair: blue", None, {"hair": "blue"}),
        ("hair-red", None, {"hair": "red"}),
        ("hair: blue", 2.0, {"hair": "blue"}),
        ("hair: red, glasses: round", None, {"hair": "red", "glasses": "round"}),
        ("hair: red", 1.5, None),  # a tested direction with an amount stays a direction
        ("d1,d2", None, None),
        ("turn", None, None),
        ("hair-red,hair-blue", None, None),
    ],
)
def test_a_direction_that_names_a_trait_is_that_trait(
    typed: str, amount: float | None, traits: dict[str, str] | None
) -> None:
    edit = edits.read_direction(typed, amount, MODEL)
    assert (edit.traits if edit else None) == traits


@pytest.mark.parametrize(
    ("typed", "result"),
    [
        ("look left", "waifu move(7,turn=-1.5) psi=0.7"),
        ("Look up: 2, smile more", "waifu move(7,mouth-curve=1.5,nod=-2) psi=0.7"),
        ("look up -1", "waifu move(7,nod=1) psi=0.7"),
        ("look left and smile more and pink hair", "waifu move(7,mouth-curve=1.5,turn=-1.5) psi=0.7 trait.hair=pink"),
        ("cat ears and blue hair", "waifu 7 psi=0.7 trait.accessory=cat-ears trait.hair=blue"),
        ("light from the left, blue hair", "waifu move(7,light-side=-1.5) psi=0.7 trait.hair=blue"),
        ("光从左边照来，抬头：0.5", "waifu move(7,light-side=-1.5,nod=-0.5) psi=0.7"),
        ("右を向いて、髪色：青", "waifu move(7,turn=1.5) psi=0.7 trait.hair=blue"),
        ("light side: 1", "waifu move(7,light-side=1) psi=0.7"),
        ("rim", "waifu move(7,rim=1.5) psi=0.7"),  # not on offer, but known
        ("blush", "waifu 7 psi=0.7 trait.expression=shy"),  # as it always meant
        ("blush: 1", "waifu move(7,blush=1) psi=0.7"),
        ("smile", "waifu 7 psi=0.7 trait.expression=smile"),
    ],
)
def test_plain_words_move_a_face_along_its_knobs(typed: str, result: str) -> None:
    assert edited("waifu 7", typed, KNOBS) == result
    assert str(fit_to_model(Recipe.parse(result), KNOBS)) == result.replace(" psi", " model=artist-1 psi")


def test_plain_words_are_for_what_the_model_has() -> None:
    assert edited("waifu 7", "look left", MODEL) == "waifu move(7,turn=-2) psi=0.7"  # a learnt direction
    with pytest.raises(UnknownTrait):
        edits.read("look up", MODEL)
    with pytest.raises(OutOfRange):
        edits.read("look left: 9", KNOBS)
    with pytest.raises(ChangedTwice):
        edits.read("look left, turn: 1", KNOBS)
    assert edits.read("look left, gaze: 1", None).moves == {"turn": -1.5, "gaze": 1.0}


def test_words_typed_as_a_direction_are_that_move() -> None:
    assert edits.read_direction("look left, look up", 1.0, KNOBS) == edits.Edit(KNOBS, {}, {"turn": -1.0, "nod": -1.0})
    assert edits.read_direction("look left, turn", None, KNOBS) is None
    with pytest.raises(ChangedTwice):
        edits.read_direction("look left, look right", None, KNOBS)


@pytest.mark.parametrize("locale", texts.CATALOGUES)
def test_both_ends_of_a_knob_are_suggested_in_words(locale: str) -> None:
    t = texts.for_locale(locale)
    for sign in (1, -1):
        words = t.name_end("turn", sign) or ""
        (suggested,) = [text for text in edits.complete(words, KNOBS, t) if text.startswith(words)]
        assert edits.read(suggested, KNOBS).moves == {"turn": sign * capabilities.KNOB_AMOUNT}
    typed = [edits.complete(f"blue hair, {words}", KNOBS, t) for words in ("look le", "右を向", "抬")]
    assert [[edits.read(text, KNOBS).moves for text in suggested] for suggested in typed] == [
        *([{"turn": -1.5}], [{"turn": 1.5}], [{"nod": -1.5}]),
    ]


def test_old_lines_of_edits_draw_as_ever() -> None:
    line = "edit 7 direction=hair-red model=drawn-4 psi=0.7"
    assert str(fit_to_model(Recipe.parse(line), MODEL)) == line


@given(recipes())
def test_every_single_face_can_be_changed(recipe: Recipe) -> None:
    edit = edits.Edit(MODEL, {"hair": "blue"}, {"turn": 1.0})
    try:
        made = edit.apply(recipe)
    except (ManyFaces, NoSeedToChange):
        return
    assert made.kind == "waifu"
    assert Recipe.parse(str(made), MAX_DRAFT_CHARS) == made


@pytest.mark.parametrize("locale", texts.CATALOGUES)
def test_suggestions_can_be_read_and_offer_traits_and_directions(locale: str) -> None:
    t = texts.for_locale(locale)
    suggested = edits.complete("", MODEL, t)
    assert len(suggested) <= 25
    read = [edits.read(text, MODEL) for text in suggested]
    assert {"hair", "glasses", "accessory"} <= {name for edit in read for name in edit.traits}
    assert {"turn", "d1"} <= {name for edit in read for name in edit.moves}
    assert edits.read(t("change_example"), MODEL) == edits.Edit(
        MODEL, {"hair": "blue", "glasses": "none"}, {"turn": 2.0}
    )
    both = edits.complete(f"{suggested[0]}, d1", MODEL, t)
    assert edits.read(both[0], MODEL).moves == {"d1": capabilities.FACTOR_AMOUNT}


@pytest.mark.parametrize(
    ("typed", "result"),
    [
        ("hair: blue, no glasses", "waifu 7 psi=0.7 trait.glasses=none trait.hair=blue"),
        ("turn: 2, d3", "waifu move(7,d3=0.75,turn=2) psi=0.7"),
        ("顔の向き: 1", "waifu move(7,turn=1) psi=0.7"),
    ],
)
def test_changes_are_read_before_it_is_known_which_model_draws(typed: str, result: str) -> None:
    assert str(edits.read(typed, None).apply(Recipe.parse("waifu 7"))) == result
    edit = edits.read_direction("hair: blue", None, None)
    assert edit is not None
    assert edit.traits == {"hair": "blue"}
    assert edits.read_direction("d1, d2", None, None) is edits.read_direction("hair: blue", 2.0, None) is None
