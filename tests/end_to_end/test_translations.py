"""Tests that people whose Discord is in Japanese or in Traditional Chinese read their language everywhere, and type it.

One bot answers all of them, in a loopback Discord. test_chinese.py looks more closely, at one language.
"""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import wording
from bot_chat import Chat, open_chat
from reading import texts_of, texts_of_command, texts_of_parts

from bot.messages import captions
from playground.people.person import Person


@dataclass(frozen=True)
class Phrases:
    """What a person types in a language, and some of what they read."""

    draw: str  # a line that asks for a face with pink hair and the word ``seed``
    seed: str
    alt: str  # a part of the picture's alternative text
    buttons: tuple[str, ...]
    more: str  # the menu under the picture
    answers: tuple[str, ...]  # lines that are answered with text
    traits: tuple[str, tuple[str, ...]]  # the beginning of a line, and what is suggested
    refusals: tuple[tuple[str, dict[str, Any], str], ...]  # (command, options, sentence)


LANGUAGES = {
    "ja": Phrases(
        "/嫁 シード:綾波レイ ワイルド度:0.8 特徴:髪色：ピンク",
        "綾波レイ",
        "アニメの顔",
        ("もう1枚", "もっとワイルド", "もっとおだやか", "レシピ", "削除"),
        "ほかにも…",
        (
            "/waifubot 順番待ち",
            "/waifubot 状態",
            "/waifubot キャンセル",
            "/waifubot ヘルプ",
            "/waifubot モデル 一覧",
            "/waifubot モデル 詳細",
            "/waifubot モデル 選択 モデル:drawn-4",
        ),
        ("/嫁 特徴:髪色：", ("髪色: ピンク", "髪色: 緑")),
        (
            ("waifu", {"seed": "-1"}, "シードは0から4294967295までの整数か言葉です。「-1」は使えません。"),
            ("waifu", {"wildness": 9.0}, "ワイルド度は-2から2までです。9にはできません。"),
            (
                "waifu",
                {"traits": "髪色: 青"},
                "髪色を「青」にはできません。選べるもの：ピンク, 緑。",
            ),
            (
                "morph",
                {"from": "1", "to": "2", "frames": 20, "seconds": 2.0},
                "フレーム数と秒数は、どちらか1つだけにしてください。",
            ),
        ),
    ),
    "zh-TW": Phrases(
        "/老婆 種子:綾波零 狂野度:0.8 特徵:髮色：粉紅色",
        "綾波零",
        "動漫臉",
        ("再來一張", "狂野一點", "收斂一點", "配方", "刪除"),
        "更多……",
        (
            "/waifubot 排隊",
            "/waifubot 狀態",
            "/waifubot 取消",
            "/waifubot 說明",
            "/waifubot 模型 清單",
            "/waifubot 模型 詳情",
            "/waifubot 模型 選擇 模型:drawn-4",
        ),
        ("/老婆 特徵:髮色：", ("髮色: 粉紅色", "髮色: 綠色")),
        (
            ("waifu", {"seed": "-1"}, "種子是 0 到 4294967295 的整數，或一個詞；「-1」都不是。"),
            ("waifu", {"wildness": 9.0}, "狂野度要在 -2 到 2 之間，不能是 9。"),
            ("waifu", {"traits": "髮色: 藍色"}, "髮色不能是「藍色」；可以選：粉紅色, 綠色。"),
            ("morph", {"from": "1", "to": "2", "frames": 20, "seconds": 2.0}, "影格數和秒數只能給一個。"),
        ),
    ),
}
each = pytest.mark.parametrize("language", LANGUAGES)
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chat(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chat]:
    folder: Path = tmp_path_factory.mktemp("bot")
    with pytest.MonkeyPatch.context() as patch:
        async with open_chat(folder, patch) as opened:
            yield opened


def speak(chat: Chat, language: str) -> Person:
    chat.world.users[chat.ann.user.id] = replace(chat.ann.user, locale=language)
    return chat.ann


def foreign(language: str, read: Iterable[str]) -> list[str]:
    """Return the texts that hold English words or another language's characters. A text in English holds words."""
    return [text for text in read if wording.english_in(text) or wording.foreign_in(language, text)]


@each
async def test_every_command_option_and_choice_is_in_the_language(chat: Chat, language: str) -> None:
    read = [text for command in speak(chat, language).commands for text in texts_of_command(command)]
    assert len(read) > 100
    assert foreign(language, read) == []


@each
async def test_a_picture_and_what_opens_under_it_are_in_the_language(chat: Chat, language: str) -> None:
    person, phrases = speak(chat, language), LANGUAGES[language]
    shown = await chat.draw(phrases.draw, person)
    recipe = captions.recipe_in(shown.content)
    assert recipe is not None
    assert recipe.traits == (("hair", "pink"),)
    assert phrases.seed in shown.content
    assert phrases.alt in (shown.attachments[0].description or "")
    assert [part["label"] for part in shown.components[0]["components"]] == list(phrases.buttons)  # type: ignore[attr-defined]
    assert foreign(language, texts_of(shown)) == []
    for action in ("mix", "morph"):
        opened = await person.choose(shown, phrases.more, [action]).wait_acknowledged()
        assert opened.modal is not None
        assert foreign(language, [opened.modal["title"], *texts_of_parts(opened.modal["components"])]) == []
    explained = await person.click(shown, phrases.buttons[3]).when(lambda message: bool(message.content), 10)
    assert foreign(language, [explained.content.partition("```")[0]]) == []


@each
async def test_what_commands_answer_is_in_the_language(chat: Chat, language: str) -> None:
    person = speak(chat, language)
    for line in LANGUAGES[language].answers:
        message = await (await chat.answer(line, person)).when(lambda shown: not shown.loading, 10)
        read = list(texts_of(message))
        assert any(read), line
        assert foreign(language, read) == [], line


@each
async def test_refusals_and_suggestions_are_in_the_language(chat: Chat, language: str) -> None:
    person, phrases = speak(chat, language), LANGUAGES[language]
    for command, options, sentence in phrases.refusals:
        answer = person.use(command, **options)
        await answer.wait_acknowledged()
        assert (await answer.when(lambda message: bool(message.content), 10)).content == sentence
    typed, suggested = phrases.traits
    assert tuple(choice["name"] for choice in await person.complete(typed)) == suggested
