"""What people read and type, and what buttons read back from a message: captions, texts, traits, steps of psi."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import errors
from bot.errors import BadTraits, CannotStart, EqualFrames
from bot.i18n import texts
from bot.messages import captions
from bot.recipes import request, traits, variations
from bot.recipes.request import Request
from bot.worker.picture import Picture
from generator.contract.errors import UnknownModel, all_errors
from generator.contract.recipe import Recipe

PICTURE = Picture(b"", "image/png", 64, 64, 1, {})
TEXTS = texts.for_locale("en-GB")
TRAITS = {"hair": ("pink", "light-blue"), "hair_style": ("long", "short"), "glasses": ("none", "round")}

seeds = st.integers(0, 2**32 - 1)
slugs = st.text(string.ascii_lowercase + string.digits + "_-", min_size=1, max_size=32)


def some_options() -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries(
        {"model": st.just("drawn-4")}, optional={"psi": st.floats(-2, 2), "noise": st.just("none")}
    )


@st.composite
def recipes(draw: st.DrawFn) -> Recipe:
    chosen = draw(st.dictionaries(slugs, slugs, max_size=4))
    options = draw(some_options())
    kind = draw(st.sampled_from(["waifu", "grid", "morph"]))
    if kind == "waifu":
        return Recipe.make("waifu", draw(seeds), traits=chosen, **options)  # type: ignore[arg-type]
    if kind == "grid":
        return Recipe.make("grid", draw(st.integers(1, 5)), seed=draw(seeds), traits=chosen, **options)  # type: ignore[arg-type]
    numbers = draw(st.lists(seeds, min_size=2, max_size=8))
    return Recipe.make("morph", *numbers, frames=draw(st.integers(2, 240)), traits=chosen, **options)  # type: ignore[arg-type]


@given(recipes(), st.text(max_size=64), st.sampled_from([{}, {"side": 192, "from": 256}, {"colours": 64}]))
def test_every_caption_fits_and_gives_its_recipe_back(recipe: Recipe, word: str, reduced: dict[str, int]) -> None:
    request = Request(recipe, dict.fromkeys(recipe.seeds, word) if word.strip() else {})
    content = captions.caption(request, Picture(b"", "image/gif", 64, 64, 9, reduced), TEXTS)
    assert len(content) <= captions.MAX_CONTENT_CHARS
    assert captions.recipe_in(content) == recipe
    assert len(captions.alt_text(request, TEXTS)) <= captions.MAX_ALT_CHARS


@given(st.text())
def test_any_text_can_be_searched_for_a_recipe(content: str) -> None:
    recipe = captions.recipe_in(content)
    assert recipe is None or isinstance(recipe, Recipe)


def test_words_cannot_smuggle_in_a_recipe_a_mention_or_a_link() -> None:
    for word in (
        "\n`waifu 6`\n",
        "`waifu 6`",
        "\n-# `waifu 6`\n",
        "-# `waifu 6`",
        "@everyone",
        "<@123>",
        "[safe](http://evil)",
        "http://evil.example/x",
    ):
        content = captions.caption(Request(Recipe.parse("waifu 5"), {5: word}), PICTURE, TEXTS)
        assert captions.recipe_in(content) == Recipe.parse("waifu 5")
        assert "@everyone" not in content
        assert "<@" not in content
        assert "](" not in content
        assert "http://" not in content


def test_a_later_sentence_under_the_recipe_does_not_hide_it() -> None:
    assert captions.recipe_in("late\nSeed **5**\n`waifu 5 psi=0.7`\n-# Made smaller") == Recipe.parse("waifu 5")
    assert captions.recipe_in("Blue bob\nSeed **5**\n-# `waifu 5 psi=0.7`\n-# Made smaller") == Recipe.parse("waifu 5")
    assert captions.recipe_in("no recipe `here` at all") is None


def test_a_reduction_is_mentioned() -> None:
    picture = Picture(b"", "image/gif", 192, 192, 60, {"side": 192, "from": 256})
    assert "-# Made smaller to fit here: 192 px instead of 256 px." in captions.caption(
        Request(Recipe.parse("morph 1 2")), picture, TEXTS
    )


@given(recipes())
def test_files_are_named_after_what_they_show(recipe: Recipe) -> None:
    name = captions.filename(recipe, "image/gif")
    assert name.startswith(recipe.kind)
    assert name.endswith(".gif")
    assert set(name) <= set(string.ascii_lowercase + string.digits + "-.")


# Texts


@pytest.mark.parametrize("language", sorted(texts.CATALOGUES))
def test_every_error_has_a_sentence_with_its_fields_whatever_they_hold(language: str) -> None:
    t = texts.for_locale(language)
    for error in all_errors():
        fields = re.findall(r"\{(\w+)\}", error.sentence)
        if not issubclass(error, CannotStart):  # may lack fields if a worker sent it; CannotStart never lacks any
            assert t.error(error())
        assert t.error(error(**dict.fromkeys(fields, "x")))
        assert t.error(error(**dict.fromkeys(fields, 7)))


def test_every_error_of_the_bot_stands_in_the_tree_at_the_top_of_its_file() -> None:
    own = [error.__name__ for error in all_errors() if error.__module__ == errors.__name__]
    assert len(own) > 20
    assert [name for name in own if not re.search(rf"\b{name}\b", errors.__doc__ or "")] == []


@given(st.text(alphabet="*_~|`>#[]<@:\\ab(/)\u200b", max_size=60))
def test_what_was_typed_is_escaped_in_every_sentence(typed: str) -> None:
    for error in (BadTraits(value=typed), UnknownModel(model=typed, known="drawn-4, my_model")):
        sentence = TEXTS.error(error)
        # Once escaped backslashes are removed, each remaining backslash escapes some other character.
        quoted = sentence.removesuffix("my_model.").replace("\\\\", "")
        assert not re.search(r"(?<!\\)[*_~|`>#\[\]<@]", quoted)
        assert not re.search(r"@\w", quoted)
        assert "http://" not in TEXTS.error(BadTraits(value=f"http://{typed}"))
    assert "my_model" in sentence


def test_plain_words_are_quoted_as_they_are() -> None:
    assert TEXTS.error(BadTraits(value="pink-hair, long")) == str(BadTraits(value="pink-hair, long"))


@pytest.mark.parametrize(
    ("position", "ordinal"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (113, "113th"), (21, "21st")],
)
def test_places_are_ordinals(position: int, ordinal: str) -> None:
    assert TEXTS.place(position) == ordinal


def test_estimates_are_rounded_as_coarsely_as_they_are_known() -> None:
    assert TEXTS.eta(None) == ""
    assert TEXTS.eta(0.4) == ", about 5 s to go"
    assert TEXTS.eta(33) == ", about 35 s to go"
    assert TEXTS.eta(200) == ", about 3 min to go"


# Seeds and traits


def test_several_seeds_are_split_at_commas_or_else_at_spaces() -> None:
    assert request.split_seeds("30 40  50", "more", 6) == ["30", "40", "50"]
    assert request.split_seeds("Asuka, Rei II ,40", "more", 6) == ["Asuka", "Rei II", "40"]
    assert request.split_seeds(None, "more", 6) == []


def test_a_word_is_remembered_and_a_number_is_not() -> None:
    assert request.build_request("waifu", ["Asuka"]).words == {
        request.build_request("waifu", ["asuka"]).recipe.seeds[0]: "Asuka"
    }
    assert request.build_request("waifu", [" +１２3 "]).words == {}
    assert request.build_request("waifu", [" +１２3 "]).recipe.seeds == (123,)


def test_traits_are_read_however_they_are_written() -> None:
    assert traits.read(" Hair: Light Blue ,GLASSES=round; hair_style : long") == {
        "hair": "light-blue",
        "glasses": "round",
        "hair-style": "long",
    }
    assert traits.read(None) == traits.read(" , ") == {}


@pytest.mark.parametrize("typed", ["hair:", ":pink", "hair: pink: blue", "hair: <b>", "sparkling wine", "x" * 500])
def test_what_is_not_a_trait_is_refused(typed: str) -> None:
    with pytest.raises(BadTraits):
        traits.read(typed)


@given(st.text(max_size=120))
def test_suggestions_keep_to_the_limits_of_discord(typed: str) -> None:
    offered = traits.complete(typed, TRAITS, TEXTS)
    assert len(offered) <= 25
    assert all(1 <= len(text) <= 100 for text in offered)


def test_suggestions_continue_what_is_typed() -> None:
    assert traits.complete("", TRAITS, TEXTS)[:3] == ["hair: pink", "hair_style: long", "glasses: none"]
    assert traits.complete("gl", TRAITS, TEXTS) == ["glasses: none", "glasses: round"]
    assert traits.complete("hair: light b", TRAITS, TEXTS) == ["hair: light-blue"]
    assert traits.complete("glasses: round, hair: p", TRAITS, TEXTS) == ["glasses: round, hair: pink"]
    assert all("hair: pink, hair:" not in text for text in traits.complete("hair: pink, ", TRAITS, TEXTS))


# Buttons


@given(recipes())
def test_wilder_and_calmer_stay_in_range_and_never_cross_the_average(recipe: Recipe) -> None:
    before = float(recipe["psi"])
    wilder, calmer = float(variations.make_wilder(recipe)["psi"]), float(variations.make_calmer(recipe)["psi"])
    assert abs(calmer) <= abs(before) <= abs(wilder) <= 2
    assert before * wilder >= 0
    assert before * calmer >= 0


@given(recipes())
def test_again_changes_nothing_but_the_seeds(recipe: Recipe) -> None:
    other = request.reseed(recipe)
    assert len(other.seeds) == len(recipe.seeds)
    assert (other.kind, other.traits, other["psi"], other["model"]) == (
        recipe.kind,
        recipe.traits,
        recipe["psi"],
        recipe["model"],
    )


@pytest.mark.parametrize(
    ("kind", "seeds", "options"),
    [
        ("morph", ["10", "10"], {}),
        ("morph", ["Rei", "Rei", "Rei"], {"size": 2, "format": "mp4"}),
        ("morph", ["10", "10"], {"typed_traits": "hair: pink", "to_traits": "Hair = PINK"}),
        ("morph", ["10", "20"], {"psi": 0.0}),
        ("edit", ["7"], {"direction": "d1", "amount": 0.0, "format": "gif"}),
    ],
)
def test_a_new_animation_in_which_nothing_changes_is_refused(
    kind: str, seeds: list[str], options: dict[str, object]
) -> None:
    with pytest.raises(EqualFrames, match="Every frame would be the same"):
        request.build_request(kind, seeds, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "seeds", "options"),
    [
        ("morph", ["10", "20"], {}),
        ("morph", ["10", "10", "20"], {}),
        ("morph", ["10", "10"], {"to_traits": "hair: pink"}),
        ("morph", ["10", "10"], {"typed_traits": "hair: black", "to_traits": "hair: pink"}),
        ("edit", ["7"], {"direction": "d1", "format": "gif", "psi": 0.0}),
        ("edit", ["7"], {"direction": "d1", "amount": 0.0}),
    ],
)
def test_whatever_changes_or_is_a_still_is_drawn(kind: str, seeds: list[str], options: dict[str, object]) -> None:
    assert request.build_request(kind, seeds, **options).recipe.kind == kind  # type: ignore[arg-type]


def test_the_caption_of_an_old_morph_of_one_face_does_not_say_that_it_changes() -> None:
    still = captions.caption(Request(Recipe.parse("morph 10 10")), PICTURE, TEXTS)
    moving = captions.caption(Request(Recipe.parse("morph 10 10 to.hair=pink")), PICTURE, TEXTS)
    assert ("changing" in still, "changing" in moving) == (False, True)
