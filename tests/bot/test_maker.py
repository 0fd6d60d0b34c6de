"""The maker's panel as a value: its steps, undo and redo, what its menus offer, and what Discord accepts of it."""

from dataclasses import replace
from typing import cast

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.panels import OpenPanels
from bot.errors import ManyFaces
from bot.i18n import texts
from bot.messages import maker
from bot.queue.queue import RenderQueue
from bot.recipes import panel as panels
from bot.recipes.panel import MAX_BACK, Panel
from bot.storage.panels import Panels
from generator.contract.errors import OutOfRange, RecipeError, UnknownTraitValue
from generator.contract.protocol import Model
from generator.contract.recipe import Recipe
from playground.discord.validation import validate_messages

LARGEST_OWNER = 2**64 - 1
LANGUAGES = [texts.for_locale(name) for name in texts.CATALOGUES]
ENGLISH = texts.for_locale("en-US")
TRAITS = {"hair": ("pink", "blue", "green"), "glasses": ("none", "round"), "age": ()}
ALL = TRAITS | {"age": ("young", "old")}  # a network may have values that it does not list
DRAWS_TRAITS = Model("m", 64, "", TRAITS, directions=("hair-pink", "turn", "nod"), z_dim=4, all_values=ALL)
PLAIN = Model("p", 64, "", directions=("turn", "tilt"))
BARE = Model("b", 64, "", directions=())
MANY = Model(
    "n", 64, "", {"hair": tuple(f"colour-{n}" for n in range(60)), **{f"t{n}": ("a", "b") for n in range(30)}}, z_dim=4
)


def opened(line: str) -> Panel:
    return panels.open_panel(Recipe.parse(line))


def options(panel: Panel, model: Model, action: str) -> dict[str, bool]:
    """Return the values that a menu of the panel offers, each with whether it is marked as the present one."""
    menus = [
        menu for menu in maker.build_view(panel, model, 1, ENGLISH).children if isinstance(menu, discord.ui.Select)
    ]
    menu = next((menu for menu in menus if menu.custom_id == f"maker:{action}:1"), None)
    return {option.value: option.default for option in menu.options} if menu else {}


def buttons(panel: Panel, model: Model) -> dict[str, bool]:
    """Return the panel's buttons, each with whether it can be pressed."""
    rows = maker.build_view(panel, model, 1, ENGLISH).to_components()
    parts = [part for row in rows for part in row["components"] if part["type"] == 2]
    return {str(part["custom_id"]).split(":")[1]: not part.get("disabled") for part in parts}


# Which face


@pytest.mark.parametrize(
    ("line", "face"),
    [
        ("waifu 7 model=m psi=1 trait.hair=pink", "waifu 7 model=m psi=1 trait.hair=pink"),
        ("edit 7 amount=1.5 direction=turn model=m psi=0.7", "waifu move(7,turn=1.5) model=m psi=0.7"),
        ("mix 7 8 model=m psi=0.7", "waifu mix(7,8) model=m psi=0.7"),
        ("vary 7 model=m psi=0.7", "waifu 7 model=m psi=0.7"),
        ("grid 1 model=m psi=0.7 seed=7", "waifu 7 model=m psi=0.7"),
    ],
)
def test_the_maker_opens_on_the_face_that_a_picture_shows(line: str, face: str) -> None:
    assert str(opened(line).recipe) == face


def test_the_maker_does_not_open_on_several_faces() -> None:
    with pytest.raises(ManyFaces):
        opened("grid 2 seed=1")


# Steps


def test_a_trait_is_changed_on_the_same_seed_and_changes_stack() -> None:
    panel = opened("waifu 7 model=m psi=0.7")
    panel = panels.change(panel, "hair", "blue", DRAWS_TRAITS)
    panel = panels.change(panel, "glasses", "none", DRAWS_TRAITS)
    panel = panels.change(panel, "turn", "-1.5", DRAWS_TRAITS)
    assert str(panel.recipe) == "waifu move(7,turn=-1.5) model=m psi=0.7 trait.glasses=none trait.hair=blue"
    assert str(panels.change(panel, "turn", "0", DRAWS_TRAITS).recipe.seeds[0]) == "7"


def test_a_trait_replaces_what_seeds_and_moves_said_of_it() -> None:
    panel = opened("waifu move(mix(7(hair=pink),8),hair-pink=2,turn=1) model=m psi=0.7")
    blue = panels.change(panel, "hair", "blue", DRAWS_TRAITS).recipe
    assert str(blue) == "waifu move(mix(7,8),turn=1) model=m psi=0.7 trait.hair=blue"


@given(st.integers(0, 2**32 - 1))
def test_the_value_that_a_face_has_is_marked_and_choosing_it_is_no_step(seed: int) -> None:
    panel = opened(f"waifu {seed} model=m psi=0.7")
    marked = [value for value, is_present in options(panel, DRAWS_TRAITS, "value").items() if is_present]
    assert len(marked) == 1
    present = marked[0].removeprefix("hair=")
    assert panels.change(panel, "hair", present, DRAWS_TRAITS) == panel
    other = "pink" if present != "pink" else "blue"
    changed = panels.change(panel, "hair", other, DRAWS_TRAITS)
    assert options(changed, DRAWS_TRAITS, "value") == {f"hair={value}": value == other for value in TRAITS["hair"]}


def test_what_the_model_does_not_have_is_refused() -> None:
    panel = opened("waifu 7 model=m psi=0.7")
    with pytest.raises(UnknownTraitValue):
        panels.change(panel, "hair", "plaid", DRAWS_TRAITS)
    with pytest.raises(OutOfRange):
        panels.change(panel, "turn", "9", DRAWS_TRAITS)
    for name, value in (("tail", "long"), ("turn", "left"), ("d1", "1")):
        with pytest.raises(RecipeError):
            panels.change(panel, name, value, DRAWS_TRAITS)


def test_another_face_keeps_what_was_chosen() -> None:
    panel = panels.change(opened("waifu 7 model=m psi=1"), "hair", "blue", DRAWS_TRAITS)
    other = panels.STEPS["another"](panel).recipe
    assert other.seeds != (7,)
    assert other.with_seeds(7) == panel.recipe


def test_a_face_turns_step_by_step_until_it_would_break() -> None:
    panel = opened("waifu 7 model=m psi=0.7")
    for amount in (1, 2, 3):
        panel = panels.STEPS["right"](panel)
        assert str(panel.recipe.seeds[0]) == f"move(7,turn={amount})"
    assert panels.STEPS["right"](panel) == panel
    assert not buttons(panel, DRAWS_TRAITS)["right"]
    assert str(panels.STEPS["left"](panel).recipe.seeds[0]) == "move(7,turn=2)"


def test_steps_are_undone_and_done_again_and_a_new_step_forgets_what_was_undone() -> None:
    start = panel = opened("waifu 7 model=m psi=0.7")
    assert not {"undo", "redo"} & {name for name, can in buttons(panel, DRAWS_TRAITS).items() if can}
    for colour in ("pink", "blue", "green"):
        panel = panels.change(panel, "hair", colour, DRAWS_TRAITS)
    undo, redo = panels.STEPS["undo"], panels.STEPS["redo"]
    assert redo(undo(panel)) == panel
    back = undo(undo(panel))
    assert buttons(back, DRAWS_TRAITS)["redo"]
    again = panels.set_amount(back.recipe, "turn", 1)
    assert redo(panels.show(back, again)) == panels.show(back, again)
    while undo(panel) != panel:
        panel = undo(panel)
    assert panel.recipe == start.recipe


@given(st.lists(st.sampled_from([*panels.STEPS, "pink", "blue"]), max_size=60))
def test_any_clicks_leave_a_panel_that_can_be_stored_and_at_most_20_steps_to_undo(clicks: list[str]) -> None:
    panel = opened("waifu 7 model=m psi=0.7")
    for click in clicks:
        step = panels.STEPS.get(click)
        panel = step(panel) if step else panels.change(panel, "hair", click, DRAWS_TRAITS)
        assert 0 <= panel.at < len(panel.recipes) <= MAX_BACK + 1
    assert panels.read(panels.write(panel)) == panel


# What was stored


def test_what_a_message_shows_counts_and_not_what_was_kept_of_it() -> None:
    before = panels.change(opened("waifu 7 model=m psi=0.7"), "hair", "blue", DRAWS_TRAITS)
    after = panels.change(before, "hair", "green", DRAWS_TRAITS)
    assert panels.agree(after, before.recipe).recipe == before.recipe
    assert panels.agree(after, after.recipe) == after
    assert panels.agree(before, after.recipe) == after


async def test_a_message_goes_on_from_what_it_shows_if_what_should_replace_it_fails() -> None:
    first = opened("waifu 7 model=m psi=0.7")
    second, third = (panels.show(first, panels.set_amount(first.recipe, "turn", amount)) for amount in (1, 2))
    kept = OpenPanels(Panels(), cast(RenderQueue, None))
    await kept.keep(1, 8, first)
    with kept.hold(1, second):
        assert await kept.get(1) == second
        with kept.hold(1, third):
            assert await kept.get(1) == third
            await kept.note_shown(1, 8, second.recipe, second.recipe)
        second = panels.choose_aspect(second, "turn")
        await kept.keep(1, 8, second)
    assert await kept.get(1) == second
    with kept.hold(1, third):
        pass  # it failed
    assert await kept.get(1) == await kept.last(8) == second


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "7",
        '{"lines": [], "at": 0, "aspect": "", "pages": [0, 0]}',
        '{"lines": ["waifu 7"], "at": 1, "aspect": "", "pages": [0, 0]}',
        '{"lines": ["dragon 7"], "at": 0, "aspect": "", "pages": [0, 0]}',
        '{"lines": ["grid 2 seed=1"], "at": 0, "aspect": "", "pages": [0, 0]}',
        '{"lines": ["waifu 7"], "at": 0, "aspect": "", "pages": [0]}',
        '{"lines": ["waifu 7"], "at": "x", "aspect": "", "pages": [0, 0]}',
    ],
)
def test_a_text_without_sense_is_no_panel(text: str) -> None:
    assert panels.read(text) is None


# Menus and buttons


def test_traits_are_offered_and_directions_only_for_what_no_trait_names() -> None:
    panel = opened("waifu 7 model=m psi=0.7")
    assert list(options(panel, DRAWS_TRAITS, "aspect")) == ["hair", "glasses", "turn", "nod"]
    assert list(options(panel, PLAIN, "aspect")) == ["turn", "tilt", *(f"d{n}" for n in range(1, 11))]
    assert list(options(panel, BARE, "aspect")) == [f"d{n}" for n in range(1, 11)]
    stored = opened(f"waifu @{'0' * 24} model=m psi=0.7")  # takes no traits
    assert "hair-pink" in options(stored, DRAWS_TRAITS, "aspect")


def test_a_directions_amounts_are_offered_and_the_present_one_is_marked() -> None:
    panel = panels.choose_aspect(opened("waifu move(7,d2=1.5) model=p psi=0.7"), "d2")
    values = options(panel, PLAIN, "value")
    assert list(values) == [f"d2={amount}" for amount in panels.AMOUNTS]
    assert [value for value, is_present in values.items() if is_present] == ["d2=1.5"]
    assert options(panel, PLAIN, "aspect")["d2"]


@pytest.mark.parametrize("t", LANGUAGES, ids=lambda t: t.language)
def test_a_knob_is_offered_before_what_was_learnt_and_its_ends_are_told_in_words(t: texts.Texts) -> None:
    knobs = ("turn", "light-side", "rim")
    model = Model("k", 64, "", TRAITS, knobs=knobs, directions=("hair-pink", "chin", "nod"))
    panel = panels.choose_aspect(opened("waifu move(7,light-side=-1) model=k psi=0.7"), "light-side")
    assert list(options(panel, model, "aspect"))[2:] == ["turn", "nod", "light-side", "chin"]
    assert [value for value, present in options(panel, model, "value").items() if present] == ["light-side=-1"]
    menus = [part["components"][0] for part in maker.build_view(panel, model, LARGEST_OWNER, t).to_components()]
    labels = {option["value"]: option["label"] for menu in menus[:2] for option in menu["options"]}
    assert t.name_end("light-side", -1) in labels["light-side=-1.5"]
    assert t.name_end("light-side", 1) in labels["light-side=2"]
    assert {"left", "right"} <= buttons(panel, model).keys()
    assert str(panels.change(panel, "light-side", "0", model).recipe.seeds[0]) == "7"


def test_only_a_model_that_can_turn_faces_has_the_buttons_for_it() -> None:
    panel = opened("waifu 7 psi=0.7")
    assert {"left", "right"} <= buttons(panel, DRAWS_TRAITS).keys()
    assert buttons(panel, BARE).keys() == {"another", "wilder", "calmer", "undo", "redo", "post", "keep"}


def test_pages_are_offered_only_where_a_menu_is_too_small() -> None:
    panel = opened("waifu 7 model=n psi=0.7")
    assert options(panel, DRAWS_TRAITS, "page") == {}
    assert list(options(panel, MANY, "page")) == ["0=0", "0=1", "1=0", "1=1", "1=2"]
    last = panels.open_page(panels.open_page(panel, 1, 2), 0, 1)
    assert list(options(last, MANY, "value")) == [f"hair=colour-{n}" for n in range(50, 60)]
    assert list(options(last, MANY, "aspect")) == [f"t{n}" for n in range(24, 30)]
    few = panels.choose_aspect(last, "t29")
    assert list(options(few, MANY, "value")) == ["t29=a", "t29=b"]
    assert list(options(replace(few, pages=(99, 99)), MANY, "aspect"))[-1] == "t29"


@pytest.mark.parametrize("t", LANGUAGES, ids=lambda t: t.language)
@pytest.mark.parametrize("model", [DRAWS_TRAITS, PLAIN, BARE, MANY], ids=lambda model: model.name)
async def test_discord_accepts_every_panel(model: Model, t: texts.Texts) -> None:
    panel = opened("waifu move(7,turn=1) psi=2")
    for shown in (panel, panels.STEPS["calmer"](panel), panels.open_page(panel, 1, 1)):
        view = maker.build_view(shown, model, LARGEST_OWNER, t)
        assert len(view.to_components()) <= 5
        validate_messages.check_message({"content": "x", "components": view.to_components()})
        assert view.is_finished(), "discord.py would keep it forever"
