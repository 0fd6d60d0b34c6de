"""Buttons, menus and dialogs under a picture: the recipes that they make, and recipes in words. Runs no Discord."""

import asyncio
import re
from typing import Any

import any_face
import any_recipe
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ManyFaces
from bot.i18n import texts
from bot.interactions import back, components, dialogs, opening
from bot.messages import buttons, captions, explain, menus, modals
from bot.recipes import capabilities, earlier_menus, kinds, variations
from generator.contract.faces.face import Face
from generator.contract.kinds import KINDS
from generator.contract.protocol import Model
from generator.contract.recipe import MAX_LINE_CHARS, Recipe
from playground.discord.validation import validate_dialogs, validate_messages

TEXTS = texts.for_locale("en-GB")
LANGUAGES = [texts.for_locale(name) for name in texts.CATALOGUES]
LARGEST_OWNER = 2**64 - 1

LINES = [
    "waifu 1 model=drawn-4 psi=2",
    "grid 1 model=drawn-4 psi=0.7 seed=4294967295",
    "grid 5 model=drawn-4 psi=0.7 seed=4294967295",
    "grid 5 model=drawn-4 psi=0.3,0.7,1,1.3 seed=4294967290",
    "morph 1 2 3 4 5 6 7 8 loop=no model=drawn-4 psi=0.7 size=3",
    "mix 10 20 model=drawn-4 psi=0.7",
    "mix 1 2 3 4 5 fine=6,7,8,9,10 model=drawn-4 psi=0.7",
    "vary 7 by=z format=gif model=drawn-4 psi=-0.7",
    "psi 7 from=-2 model=drawn-4 steps=12 to=2",
    "edit 7 amount=-3 direction=hair-pink format=strip model=drawn-4 psi=0.7",
    "edit 7 direction=d1,d2,d3,d4,d5,d6,d7,d8,d9,d10 model=drawn-4 psi=0.7",
]
EXPRESSIONS = [
    "grid faces=near(7,3),mix(7,move(8,d1=2)),noise(9,1) model=drawn-4 psi=0.3,0.7",
    "mix near(near(7,1),2) between(1,2,0.5) fine=move(7,d1=2),@0123456789abcdef01234567 model=drawn-4 psi=0.7",
    "waifu mix(7(psi=0.3),8) model=drawn-4 psi=0.3",
]


@pytest.mark.parametrize("t", LANGUAGES, ids=lambda t: t.language)
@pytest.mark.parametrize("line", LINES + EXPRESSIONS)
async def test_discord_accepts_buttons_and_menus(line: str, t: texts.Texts) -> None:
    recipe, owner = Recipe.parse(line), LARGEST_OWNER
    for view in (
        buttons.build_picture_view(recipe, owner, t),
        buttons.build_picture_view(recipe, owner, t, private=True, back=LARGEST_OWNER),
        buttons.build_recipe_view(recipe, owner, t),
    ):
        validate_messages.check_message({"content": "x", "components": view.to_components()})
        assert view.is_finished(), "discord.py would keep it forever"


async def test_a_picture_has_a_row_of_buttons_and_one_menu_unless_it_shows_many_faces() -> None:
    many = {"grid 5 model=drawn-4 psi=0.3,": 4, "morph 1 2 3": 3, "mix 1 2 3": 2, "edit 7 direction=d1,": 2}
    for line in LINES:
        rows = buttons.build_picture_view(Recipe.parse(line), 1, TEXTS).to_components()
        assert len(rows) - 1 == next((count for start, count in many.items() if line.startswith(start)), 1), line


@given(any_recipe.recipes(), st.booleans())
def test_all_buttons_and_menus_fit_under_any_picture(recipe: Recipe, is_back: bool) -> None:
    async def build() -> list[dict[str, Any]]:
        view = buttons.build_picture_view(recipe, LARGEST_OWNER, TEXTS, back=2**64 - 1 if is_back else None)
        return view.to_components()

    validate_messages.check_message({"content": "x", "components": asyncio.run(build())})


async def test_every_face_of_the_largest_grids_can_be_picked() -> None:
    recipe = Recipe.parse("grid 5 model=drawn-4 psi=0.3,0.7,1,1.3 seed=4294967290")
    values = [option.value for menu in menus.build_menus(recipe, 1, TEXTS) for option in menu.options]
    assert sorted(map(int, values)) == list(range(1, 101))


async def test_the_rows_of_a_chart_are_offered_by_name_in_the_readers_language() -> None:
    recipe = Recipe.parse("edit 7 direction=hair-pink,back-hair-long,d1 model=drawn-4")
    for language, labels in {
        "zh-CN": ["发色: 粉色 +2", "发型: 长发 +2", "d1 +2"],
        "en-US": ["hair-pink +2", "back-hair-long +2", "d1 +2"],
    }.items():
        (menu,) = menus.build_menus(recipe, 1, texts.for_locale(language))
        assert [option.label for option in menu.options][4::5] == labels


@given(st.sampled_from(LINES), st.integers(0, 2**32 - 1))
def test_what_is_made_of_a_picture_keeps_its_model_traits_cutoff_and_turn(line: str, seed: int) -> None:
    recipe = Recipe.parse(f"{line} cutoff=4 rotate=30 shift=0,0.5 trait.hair=pink")
    made = [face.recipe for face in kinds.faces(recipe)[:9]] + earlier_menus.faces(recipe)
    for change in (
        variations.extract_face,
        variations.vary,
        variations.sweep_psi,
        lambda r: variations.mix(r, seed),
        lambda r: variations.edit(r, "d1", 1),
    ):
        try:
            made.append(change(recipe))
        except ManyFaces:
            assert recipe.kind not in variations.ONE_FACE
    assert made
    for one in made:
        assert (one["model"], one["cutoff"], dict(one.traits)) == ("drawn-4", 4, {"hair": "pink"})
        assert (one.rotate, one.shift) == (30, (0, 0.5))
        assert Recipe.parse(str(one)) == one


@given(st.sampled_from(LINES))
def test_every_button_works_on_every_kind_and_keeps_it(line: str) -> None:
    recipe = Recipe.parse(line)
    for action in ("again", "draw", *variations.PSI_ACTIONS):
        made = variations.ACTIONS_WITHOUT_DIALOG[action](recipe)
        assert made.kind == recipe.kind
        assert len(made.seeds) == len(recipe.seeds)
        assert Recipe.parse(str(made)) == made


@pytest.mark.parametrize(
    ("line", "once", "twice"),
    [
        ("vary 7 by=z", "vary 7 by=z first=9 psi=0.7", "vary 7 by=z first=17 psi=0.7"),
        ("vary 7 by=z format=gif", "vary near(7,1) by=z format=gif psi=0.7", "vary near(7,2) by=z format=gif psi=0.7"),
        ("mix 10 20", "mix near(10,1) 20 psi=0.7", "mix near(10,2) 20 psi=0.7"),
        (
            "mix 10 near(11,4) fine=20",
            "mix near(10,1) near(11,5) fine=20 psi=0.7",
            "mix near(10,2) near(11,6) fine=20 psi=0.7",
        ),
        ("psi mix(7,8)", "psi mix(near(7,1),near(8,1))", "psi mix(near(7,2),near(8,2))"),
        ("edit 7 direction=d1", "edit near(7,1) direction=d1 psi=0.7", "edit near(7,2) direction=d1 psi=0.7"),
    ],
)
def test_again_shows_other_relatives_of_a_face_that_is_varied_mixed_or_edited(line: str, once: str, twice: str) -> None:
    recipe = variations.draw_again(Recipe.parse(line))
    assert [str(recipe), str(variations.draw_again(recipe))] == [once, twice]


@given(any_face.FACES)
def test_each_face_has_a_next_relative_and_none_twice(face: Face) -> None:
    following = [face]
    for _ in range(3):
        following.append(variations.next_relative(following[-1]))
    assert len(set(following)) == 4


def test_every_button_and_entry_of_a_menu_does_something_and_every_dialog_is_read() -> None:
    assert {*buttons.EMOJI, *menus.MORE} - {"back"} <= components.ACTIONS.keys()
    assert re.fullmatch(back.TEMPLATE, f"waifu:back:{LARGEST_OWNER}:{LARGEST_OWNER}")
    assert (
        menus.MORE.keys() - {"keep", "story", "change"}
        <= variations.ACTIONS_WITHOUT_DIALOG.keys() | dialogs.REQUESTS.keys()
    )
    assert dialogs.REQUESTS.keys() == opening.DIALOGS.keys()


def test_the_last_face_of_a_morph_between_traits_has_its_own() -> None:
    recipe = Recipe.parse("morph 10 10 model=drawn-4 to.hair=pink trait.eyes=red trait.hair=black")
    first, last, _ = kinds.faces(recipe)
    assert [first.recipe, last.recipe] == earlier_menus.faces(recipe)
    assert str(first.recipe) == "waifu 10 model=drawn-4 psi=0.7 trait.eyes=red trait.hair=black"
    assert str(last.recipe) == "waifu 10 model=drawn-4 psi=0.7 trait.eyes=red trait.hair=pink"


# The dialog for an edit


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 60), max_size=8), st.integers(0, 20))
def test_a_dialog_holds_as_many_traits_as_discord_allows_and_always_the_directions(
    sizes: dict[str, int], nameless: int
) -> None:
    traits = {trait: tuple(f"v{n}" for n in range(size)) for trait, size in sizes.items()}
    tested = [
        *(f"{trait}-{value}" for trait, values in traits.items() for value in values),
        *(f"turn{n}" for n in range(nameless)),
    ]
    model = Model("drawn-4", 64, "", traits, directions=tuple(tested))
    dialog = asyncio.run(_edit_dialog(model))
    validate_dialogs.check_dialog(dialog)
    menus = [part["component"]["options"] for part in dialog["components"] if part["component"]["type"] == 3]
    offered = [option["value"] for menu in menus for option in menu]
    values = [f"{trait}: {value}" for trait, values in traits.items() for value in values]
    moves = [f"{name}: {amount:g}" for name, amount in capabilities.default_amounts(model).items()]
    assert set(offered) <= {*values, *moves}
    assert len(set(offered)) == len(offered)
    assert set(moves[:25]) <= set(offered)
    if sum(sizes.values()) <= 25:
        assert set(offered) >= set(values)


def test_a_dialog_offers_both_ends_of_directions_and_d1_to_d10_only_together() -> None:
    for knobs, others in ((capabilities.WORDED, ()), (capabilities.WORDED[:7], capabilities.FACTOR_NAMES)):
        model = Model("k", 64, "", {"hair": ("pink",)}, knobs=(*knobs, "rim"))
        menus = [part["component"] for part in asyncio.run(_edit_dialog(model))["components"]]
        offered = [option["value"] for menu in menus for option in menu.get("options", ())]
        ends = [f"{name}: {amount}" for name in knobs for amount in ("1.5", "-1.5")]
        assert offered == ["hair: pink", *ends, *(f"{name}: 0.75" for name in others)]


async def _edit_dialog(model: Model) -> dict[str, Any]:
    return modals.build_edit_dialog(LARGEST_OWNER, TEXTS, model).to_dict()


# Recipes in words


def test_every_kind_is_presented_and_no_other() -> None:
    assert kinds.PRESENTATIONS.keys() == KINDS.keys()


def test_every_word_that_a_recipe_can_have_is_explained() -> None:
    for name, kind in KINDS.items():
        for option in set(kind.options) - {"seconds"}:  # a recipe line has frames instead
            assert TEXTS(kinds.meaning_of_option(name, option))
        assert kinds.PRESENTATIONS[name].options.keys() <= kind.options.keys()


@pytest.mark.parametrize("t", LANGUAGES, ids=lambda t: t.language)
@pytest.mark.parametrize("line", LINES)
def test_a_recipe_in_words_holds_its_line_and_each_of_its_words(line: str, t: texts.Texts) -> None:
    recipe = Recipe.parse(f"{line} trait.hair=pink")
    content = explain.explain_recipe(recipe, t)
    assert captions.recipe_in(content) == recipe
    assert re.findall(r"^- `([^`]+)`", content, re.MULTILINE) == [
        *str(recipe).split()[:1],
        " ".join(map(str, recipe.numbers)),
        *(word for word in str(recipe).split() if "=" in word),
    ]


@given(st.integers(1, 60))
def test_the_longest_recipe_in_words_fits_into_a_message(count: int) -> None:
    traits = {f"t{n}-{'x' * 10}": "y" * 8 for n in range(count)}
    recipe = Recipe.make("waifu", 1, traits=traits)
    if len(str(recipe)) <= MAX_LINE_CHARS:
        content = explain.explain_recipe(recipe, TEXTS)
        assert len(content) <= captions.MAX_CONTENT_CHARS
        assert captions.recipe_in(content) == recipe
        assert content.endswith("\n```")
