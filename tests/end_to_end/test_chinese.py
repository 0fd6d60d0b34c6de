"""Tests that a person whose Discord is in Chinese reads Chinese everywhere, and can type it.

The real discord.py talks to a loopback Discord.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bot_chat import Chat, open_chat
from reading import texts_of, texts_of_command, texts_of_parts
from wording import english_in

from bot.messages import captions
from playground.people.parse import display_name
from playground.people.person import Person


@pytest.fixture
async def chat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Chat]:
    async with open_chat(tmp_path, monkeypatch) as found:
        speak_chinese(found)
        yield found


def speak_chinese(chat: Chat) -> None:
    for person in (chat.ann, chat.bob):
        chat.world.users[person.user.id] = replace(person.user, locale="zh-CN")


async def test_every_command_option_and_choice_is_in_chinese(chat: Chat) -> None:
    words = [
        (command["name"], text, english_in(text)) for command in chat.ann.commands for text in texts_of_command(command)
    ]
    assert [entry for entry in words if entry[2]] == []
    assert {display_name(command) for command in chat.ann.commands} >= {"老婆", "网格", "变脸"}
    elsewhere = Person(chat.world, chat.moderator.user, chat.moderator.channel)
    assert {display_name(command) for command in elsewhere.commands} >= {"waifu", "grid", "morph"}


async def test_a_picture_asked_for_in_chinese_is_answered_in_chinese(chat: Chat) -> None:
    shown = await chat.draw("/老婆 种子:绫波丽 截断:0.8 特征:发色：粉色")
    recipe = captions.recipe_in(shown.content)
    assert recipe is not None
    assert recipe.traits == (("hair", "pink"),)
    assert "绫波丽" in shown.content
    assert [english_in(text) for text in texts_of(shown) if english_in(text)] == []
    assert "动漫" in (shown.attachments[0].description or "")
    assert "再来一张" in list(texts_of(shown))


async def test_the_queue_is_described_in_chinese(chat: Chat) -> None:
    # Nine requests, because eight are drawn at once.
    asked = [(who, seed) for seed in range(3) for who in (chat.ann, chat.moderator, chat.bob)]
    answers = [await chat.answer(f"/waifu seed:{who.user.name}{seed} model:other-1", who) for who, seed in asked]
    waiting = await answers[-1].when(lambda message: "排在" in message.content, 10)
    assert english_in(waiting.content) == []
    for line in ("/waifubot 排队", "/waifubot 状态", "/waifubot 取消"):
        answer = await chat.answer(line)
        assert answer.content
        assert english_in(answer.content) == []


async def test_what_opens_under_a_picture_is_in_chinese(chat: Chat) -> None:
    shown = await chat.draw("/waifu seed:7")
    for action in ("mix", "morph"):
        opened = await chat.ann.choose(shown, "更多……", [action]).wait_acknowledged()
        assert opened.modal is not None
        assert english_in(opened.modal["title"]) == []
        assert [text for text in texts_of_parts(opened.modal["components"]) if english_in(text)] == []
    recipe = chat.ann.click(shown, "配方")
    assert (
        english_in(
            re.sub("```.*```", "", (await recipe.when(lambda message: bool(message.content))).content, flags=re.DOTALL)
        )
        == []
    )


@pytest.mark.parametrize(
    "line",
    [
        "/waifubot 帮助",
        "/waifubot 模型 列表",
        "/waifubot 模型 详情",
        "/waifubot 模型 选择 模型:drawn-4",
        "/waifubot 模型 服务器 模型:drawn-4",
    ],
)
async def test_what_commands_answer_is_in_chinese(chat: Chat, line: str) -> None:
    answer = await chat.answer(line)
    message = await answer.when(lambda message: not message.loading, 10)
    assert any(texts_of(message))
    assert [text for text in texts_of(message) if english_in(text)] == []


@pytest.mark.parametrize(
    ("command", "options", "sentence"),
    [
        ("waifu", {"seed": "-1"}, "种子是 0 到 4294967295 的整数，或者一个词；“-1”都不是。"),
        ("waifu", {"wildness": 9.0}, "狂野度要在 -2 到 2 之间，不能是 9。"),
        ("waifu", {"traits": "发色: 彩虹"}, "发色不能是“彩虹”；可以选：粉色, 绿色。"),
        ("waifu", {"traits": "发色: 蓝色"}, "发色不能是“蓝色”；可以选：粉色, 绿色。"),
        ("morph", {"from": "1", "to": "2", "frames": 20, "seconds": 2.0}, "帧数和秒数只能给一个。"),
        (
            "morph",
            {"from": "1", "to": "2", "more": "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23"},
            "“途经”最多 22 个种子，你给了 23 个。",
        ),
    ],
)
async def test_errors_are_in_chinese(chat: Chat, command: str, options: dict[str, Any], sentence: str) -> None:
    answer = chat.ann.use(command, **options)
    await answer.wait_acknowledged()
    assert (await answer.when(lambda message: bool(message.content), 10)).content == sentence


async def test_traits_are_suggested_in_chinese_and_in_english(chat: Chat) -> None:
    offered = [choice["name"] for choice in await chat.ann.complete("/老婆 特征:发色：")]
    assert offered == ["发色: 粉色", "发色: 绿色"]
    assert [choice["name"] for choice in await chat.moderator.complete("/waifu traits:hair: ")] == [
        "hair: pink",
        "hair: green",
    ]


async def read_on(tab: Any) -> str:
    """Return all text on the page, and all text that a screen reader reads out, except names and times."""
    written: str = await tab.evaluate(
        """() => [document.body.innerText, document.title, ...[...document.querySelectorAll("*")].flatMap((node) =>
             ["aria-label", "title", "placeholder", "alt"].map((name) => node.getAttribute(name) ?? ""))].join("\\n")"""
    )
    names = (
        r"waifubot|waifu-\d+\.png|Owner|Ann|Bob|[OAB]|server|pictures|APP|ALT|KB|[AP]M|GMT|Tab|Enter|Esc|Shift|F10|Alt"
    )
    names += "|Asuka"
    return re.sub(rf"\b({names})\b", "", written)


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.timeout(90)
async def test_the_page_speaks_and_understands_chinese(
    browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import browsing
    from playwright.async_api import expect

    async with open_chat(tmp_path, monkeypatch) as chat:
        speak_chinese(chat)
        async with browsing.opened(browser, chat.page) as tab:
            await tab.become("Ann")
            await tab.type("/老")
            await expect(tab.hints).to_contain_text(["/老婆"])
            await tab.tab.keyboard.press("Tab")
            await tab.type("种")
            await tab.tab.keyboard.press("Tab")
            await expect(tab.box).to_have_value("/老婆 种子:")
            await tab.type("绫波丽 狂野度:")
            await expect(tab.tab.locator("#hint-head")).to_contain_text("狂野度")
            await tab.type("0.8 特征:发色: 粉")
            await expect(tab.hints.first).to_contain_text("发色: 粉色")
            await tab.hints.first.click()
            shown = await tab.answer(tab.box.press("Enter"))
            await expect(shown.locator(".chip")).to_have_text('/老婆 种子:绫波丽 狂野度:0.8 特征:"发色: 粉色"')
            await expect(shown.locator(browsing.PICTURE)).to_be_visible()
            await tab.tab.screenshot(path=tmp_path / "page.png")
            assert english_in(await read_on(tab.tab)) == []
            await tab.box.fill("/老婆 狂野度:9")
            await expect(tab.tab.locator("#hint-head")).to_contain_text("狂野度 必须在 -2 到 2 之间，不能是 9。")
            await tab.box.fill("/老公 狂野度:9")
            await tab.tab.keyboard.press("Enter")
            await expect(tab.tab.get_by_role("alert")).to_contain_text("没有命令 /老公")
            await tab.box.fill("")
            await tab.type("/")
            await expect(tab.hints.first).to_contain_text("老婆")
            await tab.tab.screenshot(path=tmp_path / "commands.png")
            assert english_in(await read_on(tab.tab)) == []
            await tab.tab.get_by_role("button", name="快捷键").click()
            assert english_in(await read_on(tab.tab)) == []
            await tab.tab.keyboard.press("Escape")
            assert tab.complaints == []
            await tab.become("Owner")
            await expect(tab.messages.last.locator(".chip")).to_have_text(
                '/waifu seed:绫波丽 wildness:0.8 traits:"发色: 粉色"'
            )
