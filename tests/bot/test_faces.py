"""Faces that are expressions: named in words, spelled as a model spells them, made wilder, given other seeds."""

import any_face
import pytest
from any_recipe import recipes
from hypothesis import given

from bot.delivery.service import _recipe_of
from bot.errors import ManyFaces
from bot.i18n import texts
from bot.messages import captions
from bot.messages.explain import explain_recipe
from bot.recipes import faces, kinds, request, variations
from bot.recipes.settle import settle
from bot.storage.journal import JournalEntry
from bot.worker.picture import Picture
from generator.contract.errors import NotInSpace, TooManyVectors, UnknownDirection, UnknownTraitValue
from generator.contract.faces.face import Face, leaves
from generator.contract.faces.reading import read_face
from generator.contract.kinds import KINDS
from generator.contract.protocol import Model, Ready
from generator.contract.recipe import Recipe
from generator.contract.shortening import MAX_DRAFT_CHARS

VECTOR = "@0123456789abcdef01234567"
MODEL = Model("drawn-4", 64, "d", {"hair": ("light_blue", "pink")}, 10, directions=("hair-light_blue", "turn"))
READY = Ready(tuple(kinds.PRESENTATIONS), ("png", "gif"), (MODEL,), "cpu", "fake")
PICTURE = Picture(b"", "image/png", 64, 64, 1, {})
ENGLISH, CHINESE = texts.for_locale("en-US"), texts.for_locale("zh-CN")


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        ("7", "7", "7"),
        ("7(hair=pink,psi=1)", "7", "7"),
        ("near(near(7,1),2,coarse)", "7 (a relative)", "7（相近的脸）"),
        ("mix(7,near(8,1))", "7 + 8 (a relative)", "7 + 8（相近的脸）"),
        ("move(between(7,8,0.5),d1=2)", "7 / 8 (changed)", "7 / 8（改动过）"),
        ("noise(7,3)", "7 (other details)", "7（细节不同）"),
        (VECTOR, "@012345", "@012345"),
        ("mix(mix(mix(mix(7,1234567890,1),1234567891,2),1234567892,3),123456789,4)", "7 (…)", "7（…）"),
    ],
)
def test_a_face_is_named_in_few_words(text: str, english: str, chinese: str) -> None:
    assert faces.name_face(read_face(text), str, ENGLISH) == english
    assert faces.name_face(read_face(text), str, CHINESE) == chinese


@given(any_face.FACES)
def test_the_name_of_any_face_is_short(face: Face) -> None:
    assert 1 <= len(faces.name_face(face, lambda seed: f"**{seed}**", ENGLISH)) <= faces.MAX_NAME_CHARS + 20
    assert set(faces.name_file(face)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_captions_name_faces_and_begin_with_a_capital() -> None:
    recipe = Recipe.parse("grid faces=7,near(8,3),mix(7,9) model=drawn-4")
    content = kinds.describe(recipe, lambda seed: f"**{seed}**", ENGLISH)
    assert content == "3 faces: **7**, **8** (a relative), **7** + **9**"
    assert kinds.describe(Recipe.parse("waifu near(7,3)"), str, ENGLISH) == "Seed 7 (a relative)"
    assert captions.filename(Recipe.parse("waifu near(7,3)"), "image/png") == "waifu-near-7-3.png"


def test_each_form_in_a_line_is_explained_once() -> None:
    recipe = Recipe.parse("grid faces=near(7,1),near(8,2),mix(7(hair=pink),8) model=drawn-4")
    shown = explain_recipe(recipe, ENGLISH)
    assert shown.count("`near(…)`: a near relative") == 1
    assert shown.count("`7(…)`: a seed with traits") == 1
    assert "`noise(…)`" not in shown
    assert "`faces=near(7,1),near(8,2),mix(7(hair=pink),8)`: the faces, in this order" in shown


@pytest.mark.parametrize(
    ("line", "settled"),
    [
        ("waifu mix(7(hair=light-blue),8)", "waifu mix(7(hair=light_blue),8) model=drawn-4 psi=0.7"),
        (
            "waifu mix(7(hair=light-blue),8(hair=light_blue))",
            "waifu mix(7,8) model=drawn-4 psi=0.7 trait.hair=light_blue",
        ),
        ("mix 7(hair=light_blue) 8 trait.hair=light-blue", "mix 7 8 model=drawn-4 psi=0.7 trait.hair=light_blue"),
        ("waifu move(7,hair-light-blue=1)", "waifu move(7,hair-light_blue=1) model=drawn-4 psi=0.7"),
        ("mix noise(7,3) fine=move(7,turn=1),9", "mix noise(7,3) fine=move(7,turn=1),9 model=drawn-4 psi=0.7"),
    ],
)
def test_faces_are_spelled_as_the_model_spells_them(line: str, settled: str) -> None:
    recipe = settle(Recipe.parse(line), READY)
    assert str(recipe) == settled
    assert settle(recipe, READY) == recipe


def test_a_recipe_of_too_many_stored_faces_is_refused_before_any_work() -> None:
    faces = ",".join(f"mix(@{n:024x},@{n + 99:024x})" for n in range(17))
    with pytest.raises(TooManyVectors, match="at most 32 stored faces; this one would show 34"):
        settle(Recipe.parse(f"grid faces={faces}"), READY)


def test_what_the_model_lacks_is_refused_also_within_faces() -> None:
    with pytest.raises(UnknownTraitValue):
        settle(Recipe.parse("waifu mix(7(hair=grey),8)"), READY)
    with pytest.raises(UnknownDirection):
        settle(Recipe.parse("waifu noise(move(7,hair-grey=1),3)"), READY)


@pytest.mark.parametrize(
    ("line", "wilder", "calmer"),
    [
        ("waifu near(7,3)", "waifu near(7,3) psi=0.85", "waifu near(7,3) psi=0.55"),
        (f"waifu {VECTOR}", f"waifu {VECTOR}(psi=1.15) psi=0.7", f"waifu {VECTOR}(psi=0.85) psi=0.7"),
        (
            f"waifu near({VECTOR}(psi=0.85),3)",
            f"waifu near({VECTOR},3) psi=0.7",
            f"waifu near({VECTOR}(psi=0.7),3) psi=0.7",
        ),
        (
            "waifu mix(7,8(psi=0.55)) psi=0.7",
            "waifu mix(7,8(psi=0.7)) psi=0.85",
            "waifu mix(7,8(psi=0.4)) psi=0.55",
        ),
        ("morph 7 8(psi=2) psi=1", "morph 7 8(psi=2) psi=1.15", "morph 7 8(psi=1.85) psi=0.85"),
    ],
)
def test_wilder_and_calmer_change_every_psi_of_a_face(line: str, wilder: str, calmer: str) -> None:
    recipe = Recipe.parse(line)
    assert str(variations.make_wilder(recipe)) == wilder
    assert str(variations.make_calmer(recipe)) == calmer


@pytest.mark.parametrize(
    ("line", "again"),
    [
        ("waifu move(near(7,3),d1=2) trait.hair=pink", "waifu move(near(5,3),d1=2) psi=0.7 trait.hair=pink"),
        ("waifu between(7,7(hair=pink),0.5)", "waifu between(5,5(hair=pink),0.5) psi=0.7"),
        ("grid faces=7,noise(8,3)", "grid faces=5,noise(6,3) psi=0.7"),
        (f"waifu {VECTOR}", "waifu 5 psi=0.7"),
    ],
)
def test_again_keeps_the_form_of_a_face(line: str, again: str, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = iter(range(5, 99))
    monkeypatch.setattr(request, "random_seed", lambda: next(numbers))
    assert str(request.reseed(Recipe.parse(line))) == again


@given(recipes())
def test_again_leaves_no_seed_and_no_vector(recipe: Recipe) -> None:
    other = request.reseed(recipe)
    assert not other.vectors
    assert len(other.seeds) == len(recipe.seeds)
    assert [len(leaves(face)) for face in recipe.seeds] >= [len(leaves(face)) for face in other.seeds]


@given(recipes())
def test_buttons_and_dialogs_go_on_from_any_face(recipe: Recipe) -> None:
    changes = [*variations.ACTIONS_WITHOUT_DIALOG.values()]
    changes += [lambda r: variations.mix(r, 20), lambda r: variations.edit(r, "d1", 2)]
    changes += [lambda r: variations.morph(r, 20)] if len(recipe.seeds) < 8 else []
    for change in changes:
        try:
            made = change(recipe)
        except (ManyFaces, NotInSpace):
            assert recipe.kind not in variations.ONE_FACE or "space" in KINDS[recipe.kind].options
            continue
        assert Recipe.parse(str(made), MAX_DRAFT_CHARS) == made


def test_a_face_nested_as_deep_as_a_line_allows_can_be_shown_and_gone_on_from() -> None:
    face = "7"
    for n in range(130):
        face = f"mix({face},{n % 10},{n % 3})"
    recipe = settle(Recipe.parse(f"waifu {face}"), READY)
    content = captions.caption(request.Request(recipe), PICTURE, ENGLISH)
    assert captions.recipe_in(content) == recipe
    assert "7 (…)" in captions.alt_text(request.Request(recipe), ENGLISH)
    assert explain_recipe(recipe, ENGLISH)
    for change in (variations.make_wilder, variations.vary, request.reseed, lambda r: variations.edit(r, "d1", 2)):
        assert settle(change(recipe), READY).model == "drawn-4"


def test_a_line_that_waits_in_the_journal_may_be_longer_than_a_caption() -> None:
    line = str(Recipe.make("mix", "near(" * 100 + "7" + ",123456789)" * 100, 8, model="drawn-4"))
    assert len(line) > 1500
    entry = JournalEntry(1, 2, "token", 3, 4, 5, None, 1e9, 1000, line)
    assert str(_recipe_of(entry)) == line


def test_typed_expressions_are_faces_and_typed_words_are_seeds() -> None:
    made = request.build_request("morph", ["near(7,3)", "Asuka", *request.split_seeds("30, mix(1,2)", "more", 6)])
    assert str(made.recipe) == "morph near(7,3) 1096863481 30 mix(1,2) psi=0.7"
    assert made.words == {1096863481: "Asuka"}
    assert str(request.build_request("mix", ["7"], fine=["near(8,1)"]).recipe) == "mix 7 near(8,1) psi=0.7"
