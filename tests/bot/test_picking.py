"""Every face of every picture can be picked, and is then the face of its cell; earlier menus keep their meaning."""

import asyncio

import pytest
from any_recipe import recipes
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import NoSuchMoment
from bot.i18n import texts
from bot.messages import menus
from bot.recipes import earlier_menus, kinds, picking
from generator.contract.cells import cell, find_cells
from generator.contract.errors import MorphTooShort, NoSuchFace
from generator.contract.recipe import Recipe

LANGUAGES = [texts.for_locale(name) for name in texts.CATALOGUES]
ENGLISH = texts.for_locale("en-US")


def labels_of(line: str) -> list[str]:
    return [choice.label.write(ENGLISH) for choice in kinds.faces(Recipe.parse(line))]


async def offered_by(recipe: Recipe, t: texts.Texts = ENGLISH) -> list[str]:
    return [option.value for menu in menus.build_menus(recipe, 1, t) for option in menu.options]


@given(recipes())
def test_every_face_of_every_picture_can_be_picked_and_is_that_of_its_cell(recipe: Recipe) -> None:
    try:
        count = len(find_cells(recipe))
    except MorphTooShort:
        assert kinds.faces(recipe) == []
        return
    choices = kinds.faces(recipe)
    if count == 1:
        assert choices == []
        return
    assert all(choice.recipe == cell(recipe, choice.number) for choice in choices[:30])
    offered = asyncio.run(offered_by(recipe))
    assert len(set(offered)) == len(offered)
    if menus.MOMENT not in offered:
        assert sorted(map(int, offered)) == list(range(1, count + 1))
        return
    several = picking.faces_in_frame(recipe)
    assert count == recipe.frames * several
    for number in {1, count // 2 + 1, count}:
        frame, place = divmod(number - 1, several)
        assert picking.read_moment(recipe, str(frame + 1), str(place + 1)) == cell(recipe, number)


@given(recipes(), st.sampled_from(LANGUAGES))
def test_each_entry_has_a_label_in_every_language(recipe: Recipe, t: texts.Texts) -> None:
    for choice in kinds.faces(recipe)[:30]:
        assert choice.label.write(t)
        assert choice.group is None or choice.group.write(t)


@pytest.mark.parametrize(
    ("line", "labels"),
    [
        ("grid 1 seed=5", []),
        ("grid 2 seed=5 psi=0.3,1", "Seed 6 · wildness 0.3 · row 1, column 2"),
        ("grid faces=7,near(8,3)", "Seed 8 (a relative) · row 1, column 2"),
        ("mix 10 11 fine=20,21", "Row 2, column 1 · shape 11, colours 20"),
        ("mix 10 11 fine=20,21", "Seed 21 · above column 2"),
        ("mix 10 11 fine=20,21", "Seed 11 · beside row 2"),
        ("vary 7 by=z", "Relative 3 · row 2, column 1"),
        ("vary 7 by=z first=9", "Relative 11 · row 2, column 1"),
        ("vary 7", "Other details 3 · row 2, column 1"),
        ("vary 7 by=z", "The face itself · row 1, column 1"),
        ("psi 7 from=-0.5 to=1 steps=4", "Wildness 0.5"),
        ("edit 7 direction=d1,d2", "d2 -1"),
        ("edit 7 direction=turn format=strip amount=1.5", "turn +1.5"),
        ("morph 10 20 loop=no frames=4", ["Seed 10 · frame 1", "Seed 20 · frame 4"]),
        ("morph 10 20 frames=6", ["Seed 10 · frame 1", "Seed 20 · frame 4", "Frame 6"]),
        ("morph 10 20 format=strip frames=3", ["Seed 10 · frame 1", "Frame 2", "Seed 20 · frame 3"]),
        ("morph 10 20 size=2 frames=4", "Seed 22 · frame 3 · row 2, column 1"),
        ("vary 7 format=gif", ["The first frame", "The last frame"]),
        ("edit 7 direction=d1 format=gif frames=8", ["d1 -2", "d1 +2", "The last frame"]),
    ],
)
def test_a_menu_says_what_each_face_is(line: str, labels: str | list[str]) -> None:
    found = labels_of(line)
    assert labels in found if isinstance(labels, str) else found == labels


@pytest.mark.parametrize(
    ("typed", "frame"), [("1", 1), ("60", 60), ("0%", 1), ("50 %", 31), ("１００％", 60), ("33,3%", 21), (" 7 ", 7)]
)
def test_a_moment_is_a_frame_or_how_far_into_the_animation_it_is(typed: str, frame: int) -> None:
    recipe = Recipe.parse("morph 10 20 frames=60")
    assert picking.read_moment(recipe, typed) == cell(recipe, frame)


@pytest.mark.parametrize("typed", ["", "0", "61", "101%", "-1", "last", "1.5", "9" * 30])
def test_another_moment_is_refused_in_one_sentence(typed: str) -> None:
    with pytest.raises(NoSuchMoment, match="a frame from 1 to 60"):
        picking.read_moment(Recipe.parse("morph 10 20 frames=60"), typed)
    with pytest.raises(NoSuchFace, match="1 to 4"):
        picking.read_moment(Recipe.parse("morph 10 20 size=2"), "1", "5")


@pytest.mark.parametrize(
    ("line", "faces"),
    [
        ("grid 2 seed=5 psi=0.3,1", ["waifu 5 psi=0.3", "waifu 6 psi=0.3", "waifu 7 psi=0.3", "waifu 8 psi=0.3"]),
        ("mix 10 11 fine=20,21", ["mix 10 20 psi=0.7", "mix 10 21 psi=0.7", "mix 11 20 psi=0.7", "mix 11 21 psi=0.7"]),
        ("mix 10 20", ["waifu 10 psi=0.7", "waifu 20 psi=0.7"]),
        ("psi 7 steps=2", ["waifu 7 psi=0", "waifu 7 psi=1.5"]),
        ("morph 10 20 to.hair=pink", ["waifu 10 psi=0.7", "waifu 20 psi=0.7 trait.hair=pink"]),
        ("edit 7 direction=d1,d2", ["edit 7 direction=d1 psi=0.7", "edit 7 direction=d2 psi=0.7"]),
        ("vary 7", []),
        ("waifu 7", []),
    ],
)
def test_a_menu_in_an_old_message_picks_the_face_that_it_names(line: str, faces: list[str]) -> None:
    assert list(map(str, earlier_menus.faces(Recipe.parse(line))))[:4] == faces
