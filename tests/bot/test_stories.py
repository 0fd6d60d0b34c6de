"""/story and the entry Story under a face: the picture with its card, the same for a line, in the reader's language."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import discord
import pytest
from bot_chat import Chat, eventually, open_chat
from reading import texts_of
from wording import english_in

from bot.commands.forget import forget_person
from bot.commands.story import is_line
from bot.delivery.last_pictures import MAX_KEPT, LastPictures
from bot.i18n import texts
from bot.messages import captions
from bot.messages.cards import build_card
from bot.recipes import traits
from bot.recipes.request import Request
from bot.story.cards import tell
from generator.contract.recipe import Recipe
from playground.discord.state import Message

LINE = "waifu 42 model=drawn-4 psi=0.7"


@pytest.fixture
async def chat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Chat]:
    async with open_chat(tmp_path, monkeypatch) as chat:
        yield chat


def line_of(message: Message) -> str:
    return str(captions.recipe_in(message.content))


def card(message: Message) -> dict[str, Any]:
    (embed,) = message.embeds
    return embed


async def test_a_story_stands_beside_the_picture_however_it_is_asked_for(chat: Chat) -> None:
    asked = await chat.draw("/story face:42")
    assert len(asked.attachments) == 1
    assert line_of(asked) == LINE
    assert card(asked)["title"] == tell(LINE, {}, "en").name
    assert [field["name"] for field in card(asked)["fields"]] == ["Likes", "Dislikes", "Story"]
    chosen = await chat.bob.choose(asked, "More…", ["story"]).picture(10)
    by_line = await chat.draw(f"/story face:{LINE}")
    grid = await chat.draw("/grid 2 5")
    of_last = await chat.draw("/story", chat.bob)
    assert card(chosen) == card(by_line) == card(of_last) == card(asked)
    assert not grid.embeds


async def test_the_next_face_in_place_has_its_own_story_and_back_brings_the_first(chat: Chat) -> None:
    shown = await chat.draw("/story face:42")
    await chat.ann.click(shown, "Again").wait_acknowledged()
    await eventually(lambda: line_of(chat.world.messages[shown.id]) != LINE)
    again = chat.world.messages[shown.id]
    assert card(again)["title"] == tell(line_of(again), {}, "en").name
    back = chat.ann.click(again, "Back")
    await back.wait_acknowledged()
    await eventually(lambda: line_of(chat.world.messages[shown.id]) == LINE)
    assert card(chat.world.messages[shown.id]) == card(shown)


async def test_a_private_story_is_posted_with_its_card_and_forgotten_with_its_reader(chat: Chat) -> None:
    answer = await chat.answer("/story face:42 private:True")
    shown = await answer.picture(10)
    assert shown.ephemeral_to == chat.ann.user.id
    posted = await chat.ann.click(shown, "Post").picture(10)
    assert posted.ephemeral_to is None
    assert card(posted) == card(shown)
    channel = chat.ann.channel.id
    await eventually(lambda: chat.service.last_pictures.get(chat.ann.user.id, channel) is not None)
    await forget_person(chat.ann.user.id, chat.services)
    assert chat.service.last_pictures.get(chat.ann.user.id, channel) is None


@pytest.mark.parametrize(
    ("locale", "line"), [("zh-CN", "/故事 脸:绫波丽"), ("zh-TW", "/故事 臉:綾波麗"), ("ja", "/物語 顔:綾波レイ")]
)
async def test_a_story_is_told_in_the_language_of_the_reader(chat: Chat, locale: str, line: str) -> None:
    chat.world.users[chat.ann.user.id] = replace(chat.ann.user, locale=locale)
    shown = await chat.draw(line)
    model = chat.queue.model(None)
    assert model is not None
    told = tell(line_of(shown), traits.of_recipe(Recipe.parse(line_of(shown)), model), locale)
    assert (card(shown)["title"], card(shown)["description"]) == (told.name, told.character)
    assert [text for text in texts_of(shown) if english_in(text)] == []


@pytest.mark.parametrize(
    ("line", "about"),
    [
        ("/story face:grid 3 seed=5", "several faces"),
        ("/story face:waifu 7 nose=big", "'waifu' has no option 'nose'"),
        (f"/story traits:hair: pink face:{LINE}", "either face or traits"),
    ],
)
async def test_what_is_no_face_is_refused_in_one_sentence(chat: Chat, line: str, about: str) -> None:
    answer = await chat.answer(line)
    assert about in (await answer.when(lambda message: bool(message.content), 10)).content


@pytest.mark.parametrize("language", sorted(texts.CATALOGUES))
def test_every_card_keeps_to_the_limits_of_an_embed(language: str) -> None:
    for seed in range(200):
        embed = build_card(Request(Recipe.parse(f"waifu {seed} model=drawn-4")), texts.for_locale(language))
        assert len(embed) <= 6000
        assert len(embed.title or "") <= 256
        assert all(len(field.value or "") <= 1024 for field in embed.fields)
        assert embed.description == discord.utils.escape_markdown(embed.description or "")


def test_a_line_is_told_from_a_seed() -> None:
    assert is_line(LINE)
    assert not is_line("waifu")
    assert not is_line("Asuka Langley")
    assert not is_line("near(7,3)")


def test_only_the_last_faces_are_remembered_each_in_its_channel() -> None:
    last, face = LastPictures(), Recipe.parse(LINE)
    last.note(1, 2, face)
    last.note(1, 2, Recipe.parse("grid 3 seed=1"))
    assert (last.get(1, 2), last.get(1, 3)) == (face, None)
    last.forget(1)
    assert last.get(1, 2) is None
    for person in range(MAX_KEPT + 1):
        last.note(person, 2, face)
    assert (last.get(0, 2), last.get(MAX_KEPT, 2)) == (None, face)
