"""Tests the page in a real browser (headless Chromium) with the real bot: every command is typed and clicked.

The tests look only at what a person sees. Without Chromium they are skipped, or fail if
REQUIRE_BROWSER=1 is set, as in CI.
"""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from browsing import PICTURE, Chat, Open, opened
from flow_steps import draw_something
from playwright.async_api import Browser, Locator, expect
from project_paths import ROOT
from stage import Stage

from playground.discord.state import Json, Message
from playground.page.actions import ACTIONS
from playground.page.page import command_line
from playground.people.person import until

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(90)]


PICTURES = ROOT / "out" / "browser"


@pytest_asyncio.fixture(loop_scope="session")
async def open_chat(browser: Browser, stage: Stage, request: pytest.FixtureRequest) -> AsyncIterator[Open]:
    """Return a function that opens the page, in a server with people of its own.

    After the test, save a screenshot in out/browser/, and check that the console has no errors or warnings.
    """
    name = re.sub(r"\W+", "-", request.node.name.removeprefix("test_"))
    stage.reset_people()
    async with AsyncExitStack() as stack:
        chats: list[Chat] = []

        async def open_one(**settings: Any) -> Chat:
            chats.append(await stack.enter_async_context(opened(browser, stage.url, **settings)))
            return chats[-1]

        yield open_one
        for n, chat in enumerate(chats):
            await chat.tab.screenshot(path=PICTURES / f"{name}{'-' + str(n) if n else ''}.png")
        assert [complaint for chat in chats for complaint in chat.complaints] == []


# Command -> the options with which it is tried. Commands that are not listed need no options.
LINES = {
    "grid": "size:2",
    "morph": "from:10 to:20 frames:3",
    "mix": "coarse:10,11 fine:20,21",
    "vary": "seed:7",
    "psi": "seed:7 steps:3",
    "edit": "seed:7 direction:d1",
    "stream": "minutes:1",
}
DRAWN = {"waifu", "grid", "morph", "mix", "vary", "psi", "edit", "make", "stream", "daily", "story"}
TEXT_ONLY = {"collection", "recipe", "waifubot"}
WITH_FILE = {"like"}
ELSEWHERE = {"/recipe", "/like", "/waifubot help"}  # they need a file, and answer with several messages


def slash_commands(stage: Stage) -> list[Json]:
    return [command for command in stage.world.commands_in(stage.you.channel.id) if command.get("type", 1) == 1]


def leaves(command: Json) -> list[str]:
    """Return the lines that use a command: one line, or one for each of its subcommands, also those of groups."""
    subs = [option for option in command.get("options") or [] if option["type"] in (1, 2)]
    below = [f"/{command['name']} {line[1:]}" for sub in subs for line in leaves(sub)]
    return below or [f"/{command['name']} {LINES.get(command['name'], '')}".strip()]


async def test_every_command_is_suggested_after_a_slash_and_answers(open_chat: Open, stage: Stage) -> None:
    chat = await open_chat()
    commands = slash_commands(stage)
    assert {command["name"] for command in commands} == DRAWN | TEXT_ONLY | WITH_FILE
    for command in commands:
        await chat.box.fill("")
        await chat.type("/")
        await expect(chat.hints).to_have_count(len(commands))
        hint = chat.hints.filter(has=chat.tab.get_by_text("/" + command["name"], exact=True))
        await expect(hint).to_contain_text(command["description"])
        await hint.click()
        await expect(chat.box).to_have_value(re.compile(f"^/{command['name']} "))
        for line in (line for line in leaves(command) if line not in ELSEWHERE):
            answer = await chat.say(line)
            await expect(answer.locator(".thinking, .bar")).to_have_count(0)
            if command["name"] in DRAWN:
                await expect(answer.locator(PICTURE)).to_have_js_property("complete", True)
                assert await answer.locator(PICTURE).get_attribute("alt")
            else:
                await expect(answer.locator(".content").first).to_contain_text(re.compile(r"\w"))
    await chat.last.scroll_into_view_if_needed()
    await chat.say("/waifubot cancel")


async def test_help_shows_a_picture_of_each_command_and_a_click_begins_to_write_it(open_chat: Open) -> None:
    chat = await open_chat()
    await chat.box.fill("/waifubot help")
    await chat.box.press("Enter")
    help_page = chat.messages.first
    pictures = help_page.locator(".section img")
    await expect(pictures).to_have_count(10)  # the others are in another message
    for picture in await pictures.all():
        await picture.scroll_into_view_if_needed()
        await chat.tab.wait_for_function("node => node.naturalWidth > 0", arg=await picture.element_handle())
        assert await picture.get_attribute("alt")
    await help_page.get_by_role("button", name="/morph", exact=True).click()
    await expect(chat.box).to_have_value("/morph ")


async def test_a_morph_is_shown_inline_in_every_format(open_chat: Open) -> None:
    chat = await open_chat()
    loaded = "node => node.videoWidth || (node.complete && node.naturalWidth)"
    for form, shown in (("gif", PICTURE), ("webp", PICTURE), ("strip", PICTURE), ("mp4", "video")):
        answer = await chat.say(f"/morph 1 2 frames:3 format:{form}")
        await expect(answer.locator(shown)).to_be_visible()
        await chat.tab.wait_for_function(loaded, arg=await answer.locator(shown).element_handle())


async def test_an_example_takes_one_click_and_shows_its_line(open_chat: Open) -> None:
    chat = await open_chat()
    cards = chat.tab.locator(".card")
    assert await cards.count() >= 3
    answer = await chat.answer(cards.filter(has_text="Asuka").click())
    await expect(answer.locator(PICTURE)).to_be_visible()
    await answer.get_by_title("Write this again").click()
    await expect(chat.box).to_have_value("/waifu seed:Asuka")


async def test_options_are_suggested_with_type_range_and_description(open_chat: Open) -> None:
    chat = await open_chat()
    await chat.type("/waifubot mod")
    await expect(chat.hints).to_have_count(1)
    await chat.type("el ")
    await expect(chat.tab.locator("#hint-head")).to_contain_text("/waifubot model")
    await expect(chat.hints.first).to_contain_text("list")
    await chat.box.fill("")
    await chat.type("/grid ")
    size = chat.hints.filter(has_text="size")
    await expect(size).to_contain_text("1 to 5")
    await size.click()
    await expect(chat.box).to_have_value("/grid size:")
    await expect(chat.tab.locator(".head")).to_contain_text("How many faces per side")
    await chat.box.fill("/morph 1 2 ease:li")
    await expect(chat.hints).to_have_text([re.compile("linear")])
    await chat.box.press("Enter")
    await expect(chat.box).to_have_value("/morph 1 2 ease:linear ")


async def test_the_bot_completes_traits_and_models(open_chat: Open) -> None:
    chat = await open_chat()
    await chat.type("/waifu model:tra")
    await expect(chat.hints).to_have_text([re.compile("traits-1")])
    await chat.tab.keyboard.press("Tab")
    await chat.type("traits:hair: p")
    await chat.hints.filter(has_text="hair: pink").first.click()
    await expect(chat.box).to_have_value(re.compile('traits:"hair: pink"'))
    answer = await chat.answer(chat.box.press("Enter"))
    await expect(answer).to_contain_text("trait.hair=pink")


async def test_a_value_out_of_range_is_marked_while_it_is_typed_and_not_sent(open_chat: Open) -> None:
    chat = await open_chat()
    await chat.type("/waifu wildness:9")
    await expect(chat.tab.locator(".head.wrong")).to_contain_text("wildness must be from -2 to 2, not 9.")
    await expect(chat.tab.locator("#mirror .wrong")).to_have_text("wildness:9")
    before = await chat.messages.count()
    await chat.box.press("Enter")
    await expect(chat.tab.get_by_role("alert")).to_contain_text("wildness must be from -2 to 2, not 9.")
    await expect(chat.box).to_have_value("/waifu wildness:9")
    assert await chat.messages.count() == before


async def test_buttons_answer_and_delete(open_chat: Open) -> None:
    chat = await open_chat()
    first = await chat.draw("/waifu 42")
    for name, shown in (("Again", "psi=0.7"), ("Calmer", "psi=0.55"), ("Wilder", "psi=0.7"), ("Back", "psi=0.55")):
        await first.get_by_role("button", name=name).click()
        await expect(first).to_contain_text(shown)
        await expect(first).not_to_contain_text("waifu 42 model")
    await expect(chat.messages).to_have_count(1)
    answer = await chat.answer(first.get_by_role("button", name="Recipe").click())
    await expect(answer).to_contain_text("waifu render")
    await expect(answer.locator(".used")).to_contain_text("You used Recipe")
    await answer.get_by_role("button", name="Dismiss").click()
    await first.get_by_role("button", name="Delete").click()
    await expect(first).to_have_count(0)


async def choose(chat: Chat, message: Locator, menu: str, option: str) -> None:
    await message.get_by_role("button", name=menu).click()
    await chat.tab.get_by_role("option").filter(has_text=option).first.click()


async def test_the_menu_below_a_face_leads_to_everything_else(open_chat: Open) -> None:
    chat = await open_chat()
    face = await chat.draw("/waifu 42 model:traits-1")
    for option, kind in (("Vary", "vary"), ("average to wild", "psi")):
        answer = await chat.answer(choose(chat, face, "More…", option))
        await expect(answer).to_contain_text(f"{kind} 42")
        await expect(answer.locator(PICTURE)).to_be_visible()
    dialog = chat.tab.get_by_role("dialog")
    for option, kind in (("Mix with", "mix"), ("Morph with", "morph")):
        await choose(chat, face, "More…", option)
        await dialog.get_by_role("textbox").fill("20")
        answer = await chat.answer(chat.tab.keyboard.press("Enter"))
        await expect(answer).to_contain_text(f"{kind} 42 20")
        await expect(answer.locator(PICTURE)).to_be_visible()
    panel = await chat.answer(choose(chat, face, "More…", "Edit"))
    await expect(panel).to_contain_text("Only you can see this")


async def test_the_maker_changes_a_face_in_place_and_posts_it(open_chat: Open) -> None:
    chat = await open_chat()
    panel = await chat.draw("/make 42 model:traits-1")
    picture = panel.locator(PICTURE)

    async def changes(action: Any) -> None:
        """Await an action, and wait until its picture is there: the page must not ask for one that is gone."""
        before = await picture.get_attribute("src")
        await action
        await expect(picture).not_to_have_attribute("src", str(before))
        await chat.tab.wait_for_function("node => node.naturalWidth > 0", arg=await picture.element_handle())

    await chat.tab.wait_for_function("node => node.naturalWidth > 0", arg=await picture.element_handle())
    await choose(chat, panel, "What to change", "eyes")
    await changes(choose(chat, panel, "eyes…", "red"))
    await expect(panel).to_contain_text("trait.eyes=red")
    await expect(panel.get_by_role("button", name="eyes…: red")).to_be_visible()
    await changes(panel.get_by_role("button", name="Undo").click())
    await expect(panel).not_to_contain_text("trait.eyes=red")
    await changes(panel.get_by_role("button", name="Redo").click())
    await expect(panel).to_contain_text("trait.eyes=red")
    posted = await chat.answer(panel.get_by_role("button", name="Post").click())
    await expect(posted.get_by_role("button", name="Again")).to_be_visible()
    await expect(posted).to_contain_text("waifu 42 model=traits-1 psi=0.7 trait.eyes=red")


async def test_a_face_is_picked_out_of_a_grid(open_chat: Open) -> None:
    chat = await open_chat()
    grid = await chat.draw("/grid 2 seed:7")
    answer = await chat.answer(choose(chat, grid, "Pick a face", "9"))
    await expect(answer).to_contain_text("waifu 9")
    await expect(answer.locator(PICTURE)).to_be_visible()


async def test_right_clicks_show_a_recipe_and_start_from_it(open_chat: Open) -> None:
    chat = await open_chat()
    face = await chat.draw("/waifu 42")

    async def use(name: str) -> None:
        await face.locator(".byline").click(button="right")
        await chat.tab.get_by_role("menuitem", name=name).click()

    await expect(await chat.answer(use("Show recipe"))).to_contain_text("waifu 42 model=plain-1")
    await expect((await chat.answer(use("Use as start"))).locator(PICTURE)).to_be_visible()
    await use("Morph with")
    await chat.tab.get_by_role("dialog").get_by_role("textbox").first.fill("Rei")
    answer = await chat.answer(chat.tab.keyboard.press("Enter"))
    await expect(answer.locator(PICTURE)).to_be_visible()
    await expect(answer).to_contain_text("morph 42 ")


async def test_the_recipe_of_an_uploaded_picture_is_shown(open_chat: Open, tmp_path: Path) -> None:
    chat = await open_chat()
    face = await chat.draw("/waifu 42")
    async with chat.tab.expect_download() as download:
        await face.locator("figcaption a").click()
    saved = tmp_path / "kept.png"
    await (await download.value).save_as(saved)
    await chat.tab.locator("#upload").set_input_files(saved)
    preview = chat.tab.get_by_role("list", name="Files to send")
    await expect(preview.locator("img")).to_be_visible()
    await preview.get_by_role("button", name="Use in /recipe").click()
    await expect(chat.box).to_have_value("/recipe picture:kept.png ")
    await expect(await chat.answer(chat.box.press("Enter"))).to_contain_text("waifu 42 model=plain-1")
    await chat.become("Friend")
    await chat.tab.locator("#upload").set_input_files(saved)
    await expect(preview.locator("img")).to_be_visible()
    posted = await chat.answer(chat.box.press("Enter"))
    await posted.locator(".byline").click(button="right")
    recipe = await chat.answer(chat.tab.get_by_role("menuitem", name="Show recipe").click())
    await expect(recipe).to_contain_text("waifu 42 model=plain-1")


async def test_a_face_like_ones_own_picture_is_found_in_private_and_posted(open_chat: Open, tmp_path: Path) -> None:
    chat = await open_chat()
    drawing = tmp_path / "drawing.png"
    drawing.write_bytes(draw_something())
    await chat.type("/like picture:")
    pick = chat.hints.filter(has_text="Choose a file…")
    async with chat.tab.expect_file_chooser() as chooser:
        await pick.click()
    await (await chooser.value).set_files(drawing)
    await expect(chat.box).to_have_value("/like picture:drawing.png ")
    answer = await chat.answer(chat.box.press("Enter"))
    await expect(answer).to_contain_text("waifu @", timeout=60_000)
    await expect(answer).to_contain_text("Only you can see this")
    posted = await chat.answer(answer.get_by_role("button", name="Post").click())
    await expect(posted.locator(PICTURE)).to_be_visible()
    await expect(posted).not_to_contain_text("Only you can see this")
    await chat.become("Friend")
    await expect(answer).to_have_count(0)
    await chat.tab.locator("#upload").set_input_files(drawing)
    await expect(chat.tab.get_by_role("list", name="Files to send").locator("img")).to_be_visible()
    shown = await chat.answer(chat.box.press("Enter"))
    await shown.locator(".byline").click(button="right")
    found = await chat.answer(chat.tab.get_by_role("menuitem", name="Find a face like it").click())
    await expect(found.locator(PICTURE)).to_be_visible()
    await expect(found).to_contain_text("Only you can see this")


async def test_a_stream_shows_face_after_face_until_it_is_stopped(open_chat: Open) -> None:
    chat = await open_chat()
    stream = await chat.say("/stream minutes:1")
    seen = set()
    async with asyncio.timeout(30):
        while len(seen) < 2:
            seen.add(await stream.locator(PICTURE).get_attribute("src"))
            await chat.tab.wait_for_timeout(100)
    await chat.tab.locator(".card").filter(has_text="Wall of faces").click()  # which wants a stream of its own
    await expect(chat.tab.locator("#wall-status")).to_contain_text("You already have a stream running")
    await chat.tab.keyboard.press("Escape")
    await chat.go("waifubot")
    await expect(chat.messages).to_have_count(0)  # the refusal is shown on the wall only
    await chat.go("general")
    await stream.get_by_role("button", name="Stop").click()
    await expect(stream.get_by_role("button", name="Again")).to_be_visible()
    await expect(stream.locator(PICTURE)).to_have_count(1)


async def test_a_model_chosen_from_a_menu_draws_from_then_on(open_chat: Open) -> None:
    chat = await open_chat()
    await chat.become("Friend")
    listed = await chat.say("/waifubot model list")
    await choose(chat, listed, "Draw mine with", "traits-1")
    await expect(listed).to_contain_text("yours")
    await expect(await chat.say("/waifu 5")).to_contain_text("waifu 5 model=traits-1")
    await expect(await chat.say("/waifubot model choose")).to_contain_text("plain-1")


async def test_a_person_whose_discord_is_chinese_reads_types_and_clicks_chinese(open_chat: Open) -> None:
    chat = await open_chat()
    await chat.tab.get_by_role("button", name="English").click()
    await chat.tab.get_by_role("option", name="简体中文").click()
    await chat.type("/")
    await expect(chat.hints.first).to_contain_text(re.compile("[一-鿿]"))
    assert await chat.hints.filter(has_not_text=re.compile("[一-鿿]")).count() == 0
    answer = await chat.draw("/waifu 42")
    buttons = answer.locator(".row button")
    await expect(answer.locator(PICTURE)).to_have_attribute("alt", re.compile("[一-鿿]"))
    assert await buttons.count() == await buttons.filter(has_text=re.compile("[一-鿿]")).count() > 4


async def test_a_change_of_language_redraws_what_is_open(open_chat: Open, stage: Stage) -> None:
    chat, set_language = await open_chat(), partial(ACTIONS["set_language"], stage.you)
    await chat.type("/gri")
    hint = chat.hints.first
    await expect(hint).to_contain_text("/grid")
    for locale, name in (("zh-CN", "网格"), ("en-US", "grid"), ("zh-CN", "网格")):
        await set_language({"locale": locale})
        await expect(hint).to_contain_text("/" + name)
    await chat.box.fill("/grid ")  # in every language, the English name is accepted
    await expect(chat.hints.first).to_contain_text(re.compile("[一-鿿]"))
    for locale in ("en-US", "zh-CN", "en-US"):
        await set_language({"locale": locale})
    await expect(chat.tab.get_by_role("button", name="English")).to_be_visible()
    await expect(chat.hints.filter(has_text="size")).to_contain_text("1 to 5")


async def test_progress_is_a_bar_and_cancel_ends_it(open_chat: Open) -> None:
    chat = await open_chat()
    answer = await chat.say("/morph 1 2 frames:240 size:2 model:slow-1")
    await expect(answer.get_by_role("progressbar")).to_be_visible()
    await chat.box.fill("/waifubot cancel")
    await chat.box.press("Enter")
    await expect(answer).to_have_count(0)
    await expect(chat.last).to_contain_text("Cancelled")


async def test_an_ephemeral_message_is_seen_by_one_person_who_can_dismiss_it(open_chat: Open) -> None:
    chat = await open_chat()
    whisper = await chat.say("/waifubot queue")
    await expect(whisper).to_contain_text("Only you can see this")
    await chat.become("Friend")
    await expect(whisper).to_have_count(0)
    await chat.become("You")
    await whisper.get_by_role("button", name="Dismiss").click()
    await expect(whisper).to_have_count(0)


async def test_channels_and_direct_messages_are_separate_and_unread_ones_are_marked(open_chat: Open) -> None:
    chat, other = await open_chat(), await open_chat()
    await other.go("pictures")
    await other.say("/waifu 1")
    entry = chat.tab.locator("#channels").get_by_role("button", name="pictures")
    await expect(entry).to_contain_text("new messages")
    await chat.go("waifubot")
    direct = await chat.say("/waifu 2")
    await expect(direct.locator(PICTURE)).to_be_visible()
    await other.become("Friend")
    await other.go("waifubot")
    await expect(other.messages).to_have_count(0)
    await chat.go("pictures")
    await expect(entry).not_to_contain_text("new messages")
    await expect(chat.messages).to_have_count(1)


async def tab_to(chat: Chat, name: str) -> None:
    """Press Tab until the control that is called ``name`` has the focus."""
    for _ in range(15):
        await chat.tab.keyboard.press("Tab")
        if name in await chat.tab.evaluate(
            "document.activeElement.getAttribute('aria-label') || document.activeElement.innerText"
        ):
            return
    raise AssertionError(f"Tab does not lead to {name}")


async def test_menus_dialogs_and_right_clicks_work_with_the_keyboard_alone(open_chat: Open) -> None:
    chat = await open_chat()
    keys = chat.tab.keyboard
    await keys.type("/waifu 42")
    face = await chat.answer(keys.press("Enter"))
    await expect(face.locator(PICTURE)).to_be_visible()
    await chat.tab.locator("#messages").focus()
    await keys.press("ArrowUp")
    await expect(face).to_be_focused()
    await tab_to(chat, "Wilder")
    await keys.press("Enter")
    await expect(face).to_contain_text("psi=0.85")
    await tab_to(chat, "More…")
    await keys.press("Enter")
    await keys.type("mix")
    await keys.press("Enter")
    await expect(chat.tab.get_by_role("dialog").get_by_role("textbox")).to_be_focused()
    await keys.type("Rei")
    await expect(await chat.answer(keys.press("Enter"))).to_contain_text("mix 42 ")
    await chat.tab.locator("#messages").focus()
    await keys.press("ArrowUp")
    await keys.press("Shift+F10")
    await expect(chat.tab.get_by_role("menuitem", name="Show recipe")).to_be_focused()
    recipe = await chat.answer(keys.press("Enter"))
    await expect(recipe).to_contain_text("mix 42 ")
    await keys.press("ArrowDown")
    await expect(recipe).to_be_focused()
    await tab_to(chat, "Dismiss")
    await keys.press("Enter")
    await expect(recipe).to_have_count(0)


async def test_everything_works_with_the_keyboard_alone(open_chat: Open) -> None:
    chat = await open_chat()
    keys = chat.tab.keyboard
    await keys.press("Escape")
    await keys.press("Shift+Tab")
    await keys.press("/")  # works wherever the focus is
    await keys.type("gr")
    await keys.press("Enter")
    await keys.type("si")
    await keys.press("Tab")
    await keys.type("2")
    answer = await chat.answer(keys.press("Enter"))
    await expect(answer.locator(PICTURE)).to_be_visible()
    await expect(chat.box).to_be_focused()
    await keys.press("ArrowUp")
    await expect(chat.box).to_have_value("/grid size:2")
    await chat.tab.locator("#messages").focus()
    await keys.press("ArrowUp")
    await expect(chat.last).to_be_focused()
    await keys.press("Shift+F10")
    menu = chat.tab.get_by_role("menu")
    await expect(menu.get_by_role("menuitem").first).to_be_focused()
    await keys.press("Escape")
    await expect(chat.last).to_be_focused()
    await keys.press("Enter")
    await keys.press("End")
    await keys.press("Enter")  # the last item, "Delete message"
    await expect(answer).to_have_count(0)
    await keys.press("Escape")
    await keys.press("Alt+ArrowDown")
    await expect(chat.tab.locator("#channel-name")).to_have_text("pictures")


# The maker, the collection and stories


async def test_the_maker_needs_no_mouse_and_keeps_the_focus_where_it_is(open_chat: Open) -> None:
    chat = await open_chat()
    keys = chat.tab.keyboard
    panel = await chat.draw("/make face:7 model:traits-1")
    await panel.focus()
    await tab_to(chat, "hair…")
    await keys.press("Enter")
    await expect(chat.tab.get_by_role("listbox")).to_be_visible()
    await keys.type("b")
    await keys.press("Enter")
    await expect(panel).to_contain_text("trait.hair=blue")
    await expect(panel.get_by_role("button", name="hair…: blue")).to_be_focused()  # in the panel's new version
    await tab_to(chat, "Wilder")
    await keys.press("Enter")
    await expect(panel).to_contain_text("psi=0.85")
    await expect(panel.get_by_role("button", name="Wilder")).to_be_focused()
    await expect(chat.messages).to_have_count(1)


async def test_a_kept_face_is_named_gone_on_from_and_given_away(open_chat: Open) -> None:
    chat = await open_chat()
    face = await chat.draw("/waifu 42")
    await expect(await chat.answer(choose(chat, face, "More…", "Keep"))).to_contain_text("number 1 of your collection")
    page = await chat.say("/collection")
    await expect(page.locator(PICTURE)).to_have_attribute("alt", re.compile(r"\w"))
    await expect(await chat.answer(choose(chat, page, "Go on from a face", "1."))).to_contain_text("waifu 42")
    await choose(chat, page, "Name a face", "1.")
    await page.get_by_role("button", name="Name…").click()
    await chat.tab.get_by_role("dialog").get_by_role("textbox").fill("Rei")
    await chat.tab.keyboard.press("Enter")
    await expect(page).to_contain_text("Rei")
    gift = await chat.answer(choose(chat, page, "Give it to", "Friend"))
    await expect(gift.locator(PICTURE)).to_be_visible()
    await chat.become("Friend")
    await gift.get_by_role("button", name="Accept").click()
    await expect(gift).to_contain_text("now has the face")
    await expect(await chat.say("/collection")).to_contain_text("1 face")


async def test_a_private_face_is_posted_and_what_was_set_is_forgotten(open_chat: Open) -> None:
    chat = await open_chat()
    private = await chat.draw("/waifu 42 private:true")
    await expect(private).to_contain_text("Only you can see this")
    posted = await chat.answer(private.get_by_role("button", name="Post").click())
    await expect(posted.locator(PICTURE)).to_be_visible()
    await expect(posted).not_to_contain_text("Only you can see this")
    settings = await chat.say("/waifubot settings")
    await choose(chat, settings, "Wildness", "1.1")
    await expect(settings).to_contain_text("Wildness: 1.1 · yours")
    await expect(await chat.draw("/waifu 42")).to_contain_text("psi=1.1")
    asked = await chat.say("/waifubot forget")
    await asked.get_by_role("button", name="Delete everything").click()
    await expect(asked).to_contain_text("I keep nothing of you any more")
    await expect(await chat.draw("/waifu 42")).to_contain_text("psi=0.7")


async def test_a_collection_is_exported_and_hidden_and_a_gift_declined(open_chat: Open) -> None:
    chat = await open_chat()
    await chat.answer(choose(chat, await chat.draw("/waifu 43"), "More…", "Keep"))
    page = await chat.say("/collection")
    await expect(page.locator(PICTURE)).to_be_visible()
    exported = await chat.answer(page.get_by_role("button", name="Export").click())
    await expect(exported).to_contain_text("Every line of your collection is in the text file")
    await page.get_by_role("button", name="Hide it from others").click()
    await expect(page).to_contain_text("Nobody else can look at it")
    await choose(chat, page, "Name a face", "1.")
    gift = await chat.answer(choose(chat, page, "Give it to", "Friend"))
    await chat.become("Friend")
    await gift.get_by_role("button", name="No, thank you").click()
    await expect(gift).to_contain_text("it stays with")
    await chat.become("You")  # and leave nothing behind for other tests
    await (await chat.say("/waifubot forget")).get_by_role("button", name="Delete everything").click()
    await expect(chat.last).to_contain_text("I keep nothing of you any more")


async def test_a_moment_of_an_animation_is_picked(open_chat: Open) -> None:
    chat = await open_chat()
    morph = await chat.draw("/morph 1 2 frames:8")
    await choose(chat, morph, "Pick a face", "Another moment")
    await chat.tab.get_by_role("dialog").get_by_role("textbox").first.fill("50 %")
    answer = await chat.answer(chat.tab.keyboard.press("Enter"))
    await expect(answer.locator(PICTURE)).to_be_visible()
    await expect(answer).to_contain_text("waifu ")


async def test_too_many_pictures_in_a_minute_are_one_sentence(open_chat: Open) -> None:
    chat = await open_chat()
    await chat.say("/waifubot settings whose:server per_minute:1")
    await chat.draw("/waifu 44")
    refused = await chat.say("/waifu 45")
    await expect(refused).to_contain_text("Only you can see this")
    await expect(refused).to_contain_text(re.compile(r"in \d+ s|\d+ second"))
    await chat.say("/waifubot settings whose:server reset:per_minute")
    await chat.draw("/waifu 45")


async def test_a_story_stands_in_a_frame_below_its_picture(open_chat: Open) -> None:
    chat = await open_chat()
    told = await chat.draw("/story face:42 model:traits-1")
    card = told.locator(".embed")
    await expect(card.locator(".title")).to_have_text(re.compile(r"\w+ \w+"))
    await expect(card.locator(".field strong")).to_have_text(["Likes", "Dislikes", "Story"])
    text = await card.inner_text()
    again = await chat.answer(choose(chat, await chat.draw("/waifu 42 model:traits-1"), "More…", "Story"))
    await expect(again.locator(".embed")).to_have_text(re.compile(re.escape(text.split("\n")[0])))
    picture, frame = await told.locator(PICTURE).bounding_box(), await card.bounding_box()
    assert picture
    assert frame
    assert frame["y"] >= picture["y"] + picture["height"]


# The wall of faces


async def open_wall(chat: Chat) -> Locator:
    """Open the wall, and return its faces once there are some."""
    await chat.tab.get_by_role("button", name="Wall of faces", exact=True).click()
    faces = chat.tab.get_by_role("list", name="Faces").get_by_role("button")
    await expect(faces).to_have_count(25)
    return faces


async def test_a_face_on_the_wall_goes_on_in_the_chat_and_nothing_is_left_drawing(
    open_chat: Open, stage: Stage
) -> None:
    chat = await open_chat()
    faces, keys = await open_wall(chat), chat.tab.keyboard
    await expect(chat.box).to_be_hidden()
    await expect(faces.first).to_be_focused()
    await keys.press("ArrowRight")
    await keys.press("ArrowDown")
    name = await chat.tab.evaluate("document.activeElement.getAttribute('aria-label')")
    answer = await chat.answer(keys.press("Enter"))
    await expect(answer).to_contain_text(f"waifu {name.removeprefix('Seed ')} model=plain-1 psi=0.7")
    await expect(answer.locator(PICTURE)).to_be_visible()
    await expect(chat.box).to_be_focused()
    await until(
        stage.world,
        lambda: True if all("/stream" not in line_of(stage, message) for message in shown(stage)) else None,
        15,
        lambda: "the stream of the wall is still there",
    )
    await chat.tab.get_by_role("button", name="Wall of faces", exact=True).click()
    await expect(chat.tab.get_by_role("button", name=name, exact=True)).to_be_focused()
    await keys.press("Escape")
    await expect(chat.box).to_be_focused()


def shown(stage: Stage) -> list[Message]:
    return list(stage.world.messages.values())


def line_of(stage: Stage, message: Message) -> str:
    return command_line(stage.world, stage.world.interactions[message.interaction_id or 0])


@pytest.mark.skipif(not os.environ.get("FULL_SIZE"), reason="it takes half a minute: FULL_SIZE=1")
async def test_the_wall_grows_while_one_scrolls_and_waits_while_somebody_waits(open_chat: Open, stage: Stage) -> None:
    chat = await open_chat()
    faces = await open_wall(chat)
    for count in (50, 75):
        await chat.tab.locator("#wall").evaluate("node => node.scrollTo(0, node.scrollHeight)")
        await expect(faces.nth(count - 1)).to_be_attached()
    await chat.tab.keyboard.press("Escape")
    busy = stage.friend.say("/morph 1 2 frames:240 size:2 model:slow-1")
    await busy.wait_acknowledged()
    await chat.tab.get_by_role("button", name="Wall of faces", exact=True).click()
    await chat.tab.locator("#wall").evaluate("node => node.scrollTo(0, node.scrollHeight)")
    await expect(chat.tab.locator("#wall-status")).to_contain_text("as soon as nobody else is waiting")
    await stage.friend.say("/waifubot cancel").wait_final()
    await expect(faces.nth(99)).to_be_attached()


# The controls that Tab leads to, each numbered, and what shows which of them has the focus.
TABBABLE = """() => {
  const all = [...document.querySelectorAll("button, a[href], textarea, [tabindex]")].filter(
    (one) => one.tabIndex >= 0 && !one.disabled && one.checkVisibility({ visibilityProperty: true }));
  all.forEach((one, number) => { one.dataset.control = number; });
  return all.map((one) => one.outerHTML.slice(0, 120));
}"""
FOCUSED = """() => {
  const one = document.activeElement, style = getComputedStyle(one);
  const row = one.id === "input" ? getComputedStyle(document.querySelector("#input-row")).borderColor : "";
  const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return [Number(one.dataset.control ?? -1), seen || Boolean(row)];
}"""


async def test_tab_leads_to_every_control_and_its_focus_is_seen(open_chat: Open) -> None:
    chat = await open_chat()
    await chat.draw("/story face:42")
    controls = await chat.tab.evaluate(TABBABLE)
    assert len(controls) > 20
    await chat.tab.locator(".skip").focus()
    reached: dict[int, bool] = {}
    for _ in range(len(controls)):
        number, is_seen = await chat.tab.evaluate(FOCUSED)
        reached[number] = is_seen
        await chat.tab.keyboard.press("Tab")
    assert [control for number, control in enumerate(controls) if number not in reached] == []
    assert [controls[number] for number, is_seen in reached.items() if not is_seen] == []


SMALL = """all => all.filter((one) => one.offsetHeight && one.getBoundingClientRect().height < 24)
  .map((one) => one.outerHTML)"""


async def test_on_a_phone_the_sidebar_is_a_drawer_and_nothing_overflows(open_chat: Open) -> None:
    chat = await open_chat(viewport={"width": 360, "height": 700}, has_touch=True, is_mobile=True)
    tab = chat.tab
    await expect(tab.locator("#sidebar")).to_be_hidden()
    await tab.get_by_role("button", name="Channels and people").tap()
    await tab.locator("#channels").get_by_role("button", name="pictures").tap()
    await expect(tab.locator("#sidebar")).to_be_hidden()
    await tab.get_by_role("button", name="Show the commands").tap()
    await chat.hints.filter(has_text="/morph").tap()
    await tab.keyboard.type("10 to:20 frames:3")
    answer = await chat.answer(tab.get_by_role("button", name="Send").tap())
    await expect(answer.locator(PICTURE)).to_be_visible()
    for line in ("/make face:7 model:traits-1", "/story face:42"):
        await chat.draw(line)
    assert await tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    outside = "all => all.filter((one) => one.getBoundingClientRect().right > innerWidth + 1).length"
    assert await tab.locator("main :is(button, img, p, code)").evaluate_all(outside) == 0
    assert await tab.locator(".row button, header button, #composer button").evaluate_all(SMALL) == []
    await open_wall(chat)
    assert await tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert await tab.locator("main :is(button, p)").evaluate_all(outside) == 0


async def test_with_reduced_motion_an_animation_waits_to_be_started(open_chat: Open) -> None:
    chat = await open_chat(reduced_motion="reduce")
    answer = await chat.say("/morph 1 2 frames:3")
    await expect(answer.locator("canvas")).to_be_visible()
    await answer.get_by_role("button", name="Play").click()
    await expect(answer.locator(PICTURE)).to_be_visible()


CONTRAST = """all => {
  const numbers = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => [r, g, b].map((c) => linear(c / 255))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (node) => {
    const back = numbers(getComputedStyle(node).backgroundColor);
    return back.length === 4 && back[3] === 0 ? behind(node.parentElement) : back;
  };
  return all.filter((node) => node.checkVisibility() && node.innerText.trim() && !node.disabled).map((node) => {
    const [a, b] = [light(numbers(getComputedStyle(node).color)), light(behind(node))].sort((x, y) => y - x);
    return [node.className || node.tagName, node.innerText.slice(0, 20), (a + 0.05) / (b + 0.05)];
  }).filter(([, , ratio]) => ratio < 4.5);
}"""


NAMELESS = """all => all.filter((one) => !(one.innerText.trim() || one.getAttribute("aria-label")))
  .map((one) => one.outerHTML)"""


async def test_text_has_enough_contrast_and_every_control_has_a_name(open_chat: Open) -> None:
    chat = await open_chat()
    await chat.draw("/story face:1")
    await chat.say("/waifubot queue")
    await expect(chat.last).to_contain_text("Only you")
    await chat.type("/waifu wildness:7")
    await expect(chat.tab.locator(".head.wrong")).to_be_visible()
    own = ".embed .title, .embed .content, #wall p"
    words = (
        f"{own}, h1, h2, p, small, strong, time, code, .head span, .chip, .used, .entry, .row button, .note, figcaption"
    )
    # Reduced motion, so that no colour is measured during a transition.
    await chat.tab.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert await chat.tab.locator(words).evaluate_all(CONTRAST) == []
    await chat.tab.emulate_media(color_scheme="light", reduced_motion="reduce")
    assert await chat.tab.locator(words).evaluate_all(CONTRAST) == []
    assert await chat.tab.locator("button, a").evaluate_all(NAMELESS) == []
    assert await chat.tab.locator("img:not([alt])").count() == 0
    await open_wall(chat)
    assert await chat.tab.locator(words).evaluate_all(CONTRAST) == []
    assert await chat.tab.locator("button, a").evaluate_all(NAMELESS) == []
    ids = await chat.tab.locator("[id]").evaluate_all("all => all.map((one) => one.id)")
    assert len(ids) == len(set(ids))


async def test_the_chosen_theme_is_remembered(open_chat: Open) -> None:
    chat = await open_chat()
    button = chat.tab.locator("#theme")
    await button.click()
    await button.click()
    await expect(button).to_have_attribute("aria-label", "Colours: Light")
    await chat.tab.reload()
    await expect(button).to_have_attribute("aria-label", "Colours: Light")
    assert await chat.tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 252, 253)"
