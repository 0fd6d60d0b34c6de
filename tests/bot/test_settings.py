"""What people and servers choose with /waifubot settings counts where nothing is typed, and stands in the lines."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bot_chat import Chat, open_chat

from bot.i18n import texts
from bot.recipes.preferred import PREFERENCES, options_for, prefer, read_preference
from generator.contract.recipe import Recipe


@pytest.fixture
async def chat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Chat]:
    async with open_chat(tmp_path, monkeypatch) as chat:
        chat.services.requests._throttle.limit = 20
        yield chat


async def answer(chat: Chat, line: str, person: object = None) -> str:
    return (await chat.answer(line, person)).content if person else (await chat.answer(line)).content  # type: ignore[arg-type]


async def test_what_a_person_chose_stands_in_the_line_and_what_is_typed_comes_first(chat: Chat) -> None:
    shown = await answer(chat, "/waifubot settings wildness:1.1 format:webp fps:10 size:2 private:true")
    assert "Saved." in shown
    assert "Wildness: **1.1** · yours" in shown
    drawn = await chat.draw("/waifu 7")
    assert "psi=1.1" in drawn.content
    assert drawn.ephemeral_to == chat.ann.user.id
    assert (
        "`morph 1 2 format=webp fps=10 frames=4 model=drawn-4 psi=1.1`"
        in (await chat.draw("/morph 1 2 frames:4 private:false")).content
    )
    typed = await chat.draw("/morph 1 2 frames:4 format:gif fps:20 wildness:0.5 private:false")
    assert "`morph 1 2 frames=4 model=drawn-4 psi=0.5`" in typed.content
    assert "`grid 2 " in (await chat.draw("/grid private:false")).content
    assert "psi=0.7" in (await chat.draw("/waifu 7", chat.bob)).content
    assert "Wildness: **0.7** · not chosen" in await answer(chat, "/waifubot settings reset:wildness")
    assert "· yours" not in await answer(chat, "/waifubot settings reset:everything")


async def test_a_server_chooses_for_whoever_chose_nothing_if_somebody_who_manages_it_says_so(chat: Chat) -> None:
    assert "Manage Server" in await answer(chat, "/waifubot settings whose:server wildness:1")
    shown = await answer(chat, "/waifubot settings whose:server wildness:1 per_minute:1", chat.moderator)
    assert "Pictures per person and minute: **1** · this server's" in shown
    await answer(chat, "/waifubot settings wildness:0.4")
    assert "psi=0.4" in (await chat.draw("/waifu 7")).content
    assert "psi=1 " not in (await chat.answer("/waifu 7")).content  # the second within a minute
    assert "psi=1`" in (await chat.draw("/waifu 7", chat.bob)).content
    wrong = {
        "whose:server language:ja": "Everybody chooses language for themselves",
        "whose:server per_minute:50": "per\\_minute must be from 1 to 20, not 50",
        "per_minute:5": "Only a server can have per\\_minute",
        "model:nobody": "There is no model 'nobody' here",
    }
    for given, sentence in wrong.items():
        assert (await answer(chat, f"/waifubot settings {given}", chat.moderator)).startswith(sentence)


async def test_the_menus_under_the_settings_change_them_in_place(chat: Chat) -> None:
    shown = await chat.ann.say("/waifubot settings wildness:0.85").wait_final(10)
    menus = {menu["custom_id"]: menu for row in shown.components for menu in row["components"]}
    names = ("wildness", "format", "private", "language", "model")
    assert list(menus) == [f"waifu:settings:person:{name}" for name in names]
    (chosen,) = [one for one in menus["waifu:settings:person:wildness"]["options"] if one.get("default")]
    assert chosen["label"] == "Wildness: 0.85"

    async def choose(name: str, value: str) -> str:
        message = chat.world.messages[shown.id]
        await chat.ann.choose(message, f"waifu:settings:person:{name}", [value]).wait_acknowledged(10)
        return chat.world.messages[shown.id].content

    assert "Format of animations: **webp** · yours" in await choose("format", "webp")
    assert "Wildness: **0.7** · not chosen" in await choose("wildness", "*")
    assert "返事の言語：**日本語** · あなたの選択" in await choose("language", "ja")
    servers = await chat.moderator.say("/waifubot settings whose:server").wait_final(10)
    limits = servers.components[3]["components"][0]["options"]
    assert [one["value"] for one in limits] == ["*", "1", "2", "5", "10", "20"]


async def test_a_chosen_language_counts_more_than_that_of_discord(chat: Chat) -> None:
    shown = await answer(chat, "/waifubot settings language:日本語")
    assert "返事の言語：**日本語** · あなたの選択" in shown
    drawn = await chat.draw("/waifu 7")
    assert "シード**7**" in drawn.content
    assert (await chat.ann.click(drawn, "レシピ").wait_final(10)).content.startswith("📜 この画像のレシピ")
    assert "Seed **7**" in (await chat.draw("/waifu 7", chat.bob)).content


def test_a_preference_that_cannot_be_used_any_more_is_as_if_it_were_not_there() -> None:
    kept = {"wildness": "9", "fps": "x", "format": "avi", "language": "xx", "size": "99"}
    assert [read_preference(name, kept.get) for name in PREFERENCES] == [None] * len(PREFERENCES)
    assert options_for("morph", {}, {"fps": "30"}.get) == {"format": "gif", "fps": 30}
    assert options_for("morph", {"seconds": 9.0}, {"fps": "30"}.get) == {"format": "gif"}
    assert options_for("vary", {}, {"fps": "30", "format": "mp4"}.get) == {}
    made = prefer(Recipe.parse("morph 1 2 psi=0.4"), {"format": "mp4", "fps": "30", "wildness": "1"}.get)
    assert str(made) == "morph 1 2 format=mp4 fps=30 psi=0.4"
    still = Recipe.parse("mix 1 2")
    assert prefer(still, {"format": "mp4", "fps": "30"}.get) == still
    assert set(texts.language_names()) == set(texts.CATALOGUES)
