"""Commands, messages and buttons, with the real discord.py in a loopback Discord and a fake worker."""

import asyncio
import gc
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import discord
import pytest
from bot_chat import Chat, eventually, open_chat
from discord.ui.view import ViewStore

from bot import client
from bot.commands import help as help_command
from bot.delivery.clock import DiscordClock
from bot.delivery.destination import Destination
from bot.delivery.replies.reply import EditIntervals, Reply
from bot.errors import WrongToken
from bot.messages import captions
from bot.queue.ticket import Queued
from bot.recipes.request import Request
from bot.storage.journal import JournalEntry
from generator.contract import stamp
from generator.contract.errors import SeedTooLong
from generator.contract.protocol import Model
from generator.contract.recipe import Recipe
from generator.contract.seeds import parse_seed
from playground.discord.faults import Dropped, RateLimited, Refused, ServerError, Slow
from playground.discord.server import TOKEN
from playground.people.person import until


@pytest.fixture
async def chat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Chat]:
    caplog.set_level("INFO")
    async with open_chat(tmp_path, monkeypatch) as chat:
        yield chat


def test_however_long_the_queue_messages_are_edited_less_than_a_hundred_times_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Three thousand people wait five minutes, and everybody's place changes all the time."""
    entry = JournalEntry(1, 2, "token", 3, 4, 5, 6, 1e12, 1000, "waifu 1")
    destination = Destination(cast(discord.Client, None), entry, DiscordClock())
    places = [*range(1, 21), *range(30, 3001, 10)]  # after the first 20, each stands for ten
    replies = {place: Reply(destination, Request(Recipe.make("waifu", 1)), EditIntervals()) for place in places}
    edits, seconds = Counter[int](), 300
    for now in range(0, seconds, 2):
        monkeypatch.setattr(time, "monotonic", lambda now=now: 1000.0 + now)
        for place, reply in replies.items():
            reply._progress.update(Queued(place, None))
            if reply._is_due():
                reply._edited_at, edits[place] = time.monotonic(), edits[place] + 1
    assert sum(count * (1 if place <= 20 else 10) for place, count in edits.items()) / seconds < 100
    assert all(edits[place] == seconds / 2 for place in range(1, 21))
    assert min(edits[place] for place in places) >= 1


# The commands


async def test_waifu_is_answered_with_a_picture_its_seed_and_its_recipe(chat: Chat) -> None:
    shown = await chat.draw("/waifu seed:123 wildness:0.8")
    assert shown.content == "Pink hair\nSeed **123**\n-# `waifu 123 model=drawn-4 psi=0.8`"
    assert [file.filename for file in shown.attachments] == ["waifu-123.png"]
    assert shown.attachments[0].body.endswith(b"waifu 123 model=drawn-4 psi=0.8")
    assert shown.attachments[0].description == "An anime face, seed 123, drawn by the model drawn-4.\nPink hair."


async def test_a_seed_left_out_is_drawn_and_shown(chat: Chat) -> None:
    first, second = await chat.draw("/waifu"), await chat.draw("/waifu")
    seeds = [captions.recipe_in(shown.content).seeds[0] for shown in (first, second)]  # type: ignore[union-attr]
    assert seeds[0] != seeds[1]
    assert f"Seed **{seeds[0]}**" in first.content


async def test_a_word_is_a_seed_and_its_markdown_is_escaped(chat: Chat) -> None:
    shown = await chat.draw('/waifu seed:"**@everyone** `waifu 1`"')
    assert "`waifu 1 " not in shown.content
    assert "**@everyone" not in shown.content
    recipe = captions.recipe_in(shown.content)
    assert recipe is not None
    assert recipe.seeds != (1,)


async def test_a_grid_says_how_many_faces_it_shows_from_which_seed_on(chat: Chat) -> None:
    shown = await chat.draw("/grid size:2 seed:4294967294")
    assert shown.content.startswith("4 faces from **4294967294** on\n-# `grid 2")
    assert shown.attachments[0].filename == "grid-2-4294967294.png"


async def test_a_morph_takes_every_option(chat: Chat) -> None:
    shown = await chat.draw(
        '/morph from:10 to:Asuka more:"30 40" frames:24 fps:12 size:2 ease:linear'
        " space:sphere loop:false format:webp wildness:1"
    )
    asuka = parse_seed("Asuka")
    options = "ease=linear format=webp fps=12 frames=24 loop=no model=drawn-4 psi=1 size=2 space=sphere"
    line = f"morph 10 {asuka} 30 40 {options}"
    assert shown.content == f"From **10** → **Asuka** → **30** → **40**\n-# `{line}`"


async def test_traits_are_understood_in_any_spelling(chat: Chat) -> None:
    shown = await chat.draw('/waifu seed:1 traits:"Hair: Pink, eye_colour = RED"')
    assert shown.content.endswith("`waifu 1 model=drawn-4 psi=0.7 trait.eye-colour=red trait.hair=pink`")


@pytest.mark.parametrize(
    ("command", "options", "sentence"),
    [
        ("waifu", {"seed": "-1"}, "A seed is a whole number from 0 to 4294967295, or a word; '-1' is neither."),
        (
            "waifu",
            {"seed": "4294967296"},
            "A seed is a whole number from 0 to 4294967295, or a word; '4294967296' is neither.",
        ),
        ("waifu", {"seed": "x" * 300}, str(SeedTooLong(limit=64, length=300))),
        ("waifu", {"wildness": 9.0}, "wildness must be from -2 to 2, not 9."),
        ("grid", {"size": 50}, "size must be from 1 to 5, not 50."),
        ("morph", {"from": "1", "to": "2", "frames": 0}, "frames must be from 2 to 3600, not 0."),
        ("morph", {"from": "1", "to": "2", "frames": 100000}, "frames must be from 2 to 3600, not 100000."),
        ("morph", {"from": "1", "to": "2", "frames": 20, "seconds": 2.0}, "Give either frames or seconds, not both."),
        (
            "morph",
            {"from": "1", "to": "2", "format": "mp4"},
            "The format mp4 cannot be made here; choose one of: gif, strip, webp.",
        ),
        (
            "morph",
            {"from": "1", "to": "2", "more": "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23"},
            "'more' takes at most 22 seeds; you gave 23.",
        ),
        ("waifu", {"model": "nobody"}, "There is no model 'nobody' here; choose one of: drawn-4, other-1."),
        (
            "waifu",
            {"model": "../../etc/passwd"},
            "'../../etc/passwd' cannot be used for model; give a text without spaces",
        ),
        (
            "waifu",
            {"traits": "wings: two"},
            "The model drawn-4 has no trait 'wings'; its traits are: hair, eye-colour.",
        ),
        ("waifu", {"traits": "hair: blue"}, "The trait hair cannot be 'blue'; choose one of: pink, green."),
        ("waifu", {"traits": "shiny"}, "The model drawn-4 has no trait 'shiny'; its traits are: hair, eye-colour."),
        (
            "waifu",
            {"traits": "hair: pink", "model": "other-1"},
            "The model other-1 has no traits; leave them out, or choose another model.",
        ),
    ],
)
async def test_bad_input_gets_one_sentence_that_only_its_author_sees(
    chat: Chat, command: str, options: dict[str, object], sentence: str
) -> None:
    answer = chat.ann.use(command, **options)
    await answer.wait_acknowledged()
    assert answer.content.startswith(sentence)
    assert answer.message is not None
    assert answer.message.ephemeral_to == chat.ann.user.id


async def test_a_morph_of_one_seed_is_not_even_sent(chat: Chat) -> None:
    with pytest.raises(Exception, match="without the option to"):
        chat.ann.say("/morph 10")
    answer = chat.ann.use("morph", **{"from": "10"})
    await answer.wait_acknowledged()
    assert "reload Discord" in answer.content


async def test_traits_are_completed_for_the_chosen_model(chat: Chat) -> None:
    assert [c["name"] for c in await chat.ann.complete('/waifu traits:""')] == [
        "hair: pink",
        "eye-colour: blue",
        "hair: green",
        "eye-colour: red",
    ]
    assert [c["value"] for c in await chat.ann.complete('/waifu traits:"hair: pink, eye"')] == [
        "hair: pink, eye-colour: blue",
        "hair: pink, eye-colour: red",
    ]
    assert await chat.ann.complete('/waifu model:other-1 traits:""') == []
    assert [c["name"] for c in await chat.ann.complete("/waifu model:ot")] == ["other-1"]


async def test_commands_work_in_a_direct_message(chat: Chat) -> None:
    alone = chat.ann.in_channel(chat.world.direct(chat.ann.user))
    assert (await chat.draw("/waifu 1", alone)).attachments


# The queue


async def test_a_request_shows_a_bar_and_ends_when_it_is_cancelled(chat: Chat) -> None:
    answer = await chat.answer("/waifu seed:1 model:other-1")
    await answer.when(lambda shown: "█" in shown.content)
    queue = await chat.answer("/waifubot queue")
    assert queue.content == "0 waiting, 1 being drawn.\nYours is being drawn: `waifu 1 model=other-1 psi=0.7`"
    cancel = await chat.answer("/waifubot cancel")
    assert cancel.content == "Cancelled your picture:\n- `waifu 1 model=other-1 psi=0.7`"
    await answer.wait_deleted()
    assert (await chat.answer("/waifubot cancel")).content == "You have nothing in the queue."


async def test_one_cancel_leaves_nothing_in_public_and_names_what_it_cancelled(chat: Chat) -> None:
    answers = [await chat.answer(f"/waifu seed:{seed} model:other-1") for seed in range(3)]
    cancel = await chat.answer("/waifubot cancel")
    for answer in answers:
        await answer.wait_deleted()
    assert [message.ephemeral_to for message in chat.world.messages.values()] == [chat.ann.user.id]
    named = [f"- `waifu {seed} model=other-1 psi=0.7`" for seed in range(3)]
    assert cancel.content.split("\n") == ["Cancelled your 3 pictures:", *named]


async def test_what_was_never_chosen_is_not_called_a_choice(chat: Chat) -> None:
    assert (await chat.answer("/waifubot model choose")).content.startswith("You have chosen no model;")
    await chat.answer("/waifubot model choose other-1")
    assert (await chat.answer("/waifubot model choose")).content.startswith("Your choice is cleared;")
    assert (await chat.answer("/waifubot model server", chat.moderator)).content.startswith(
        "This server has chosen no model;"
    )


DONG_MAN = Model("dong-man-tou-xiang", 64, "a" * 16, title="动漫头像", aliases=("model",))
CATS = Model("cats-2", 64, "b" * 16, title="cats")


async def test_models_are_shown_as_their_files_are_called_and_pictures_found_by_their_networks(chat: Chat) -> None:
    assert chat.queue.ready is not None
    chat.queue.engine._ready = replace(chat.queue.ready, models=(DONG_MAN, CATS))  # type: ignore[attr-defined]
    choices = await chat.ann.complete("/waifu model:动漫")
    assert [(c["name"], c["value"]) for c in choices] == [("动漫头像 (dong-man-tou-xiang)", "dong-man-tou-xiang")]
    listed = await chat.ann.say("/waifubot model list").wait_final(10)
    assert "**dong-man-tou-xiang** (动漫头像) · 64 px" in listed.content
    options = listed.components[0]["components"][0]["options"][1:]
    assert [(one["label"], one["value"]) for one in options] == [
        ("动漫头像", "dong-man-tou-xiang"),
        ("cats", "cats-2"),
    ]
    assert options[1]["description"].startswith("cats-2 · 64 px")
    info = (await chat.ann.say("/waifubot model info model").wait_final(10)).content
    assert "Its file is called 动漫头像." in info
    assert "Recipes may also call it model." in info
    assert "`waifu 1 model=dong-man-tou-xiang psi=0.7`" in (await chat.draw("/waifu seed:1 model:model")).content
    await chat.answer("/waifubot model choose model")
    assert chat.services.preferences.get("person", chat.ann.user.id) == "dong-man-tou-xiang"

    for network, sentence in (
        (CATS.digest, "`waifu 5 model=cats-2 psi=0.7`"),
        ("c" * 16, "drawn by another model than the one that is called dong-man-tou-xiang here"),
    ):
        line = "waifu 5 model=dong-man-tou-xiang psi=0.7"
        kept = chat.bob.upload("kept.mp4", stamp.write(b"\0\0\0\x08ftyp", line, network=network))
        explained = await chat.bob.say("/recipe kept.mp4").when(lambda message: bool(message.content), 10)
        assert sentence in explained.content
    post = chat.world.post(chat.ann.channel.id, chat.ann.user.id, attachments=(kept,))
    for name in ("Show recipe", "Use as start", "Morph with"):
        refused = await chat.bob.right_click(name, post).when(lambda message: bool(message.content), 10)
        assert "drawn by another model" in refused.content


async def test_a_person_is_told_again_about_a_missing_model_if_the_first_time_did_not_arrive(chat: Chat) -> None:
    await chat.services.preferences.choose("person", chat.ann.user.id, "sold-1")
    told = []
    for seed in range(3):
        if seed == 0:
            chat.discord.faults.add(Refused("missing permissions"), "follow up")
        await chat.draw(f"/waifu seed:{seed}")
        await eventually(lambda: not chat.service._tasks)
        told.append(sum("sold-1" in message.content for message in chat.world.messages.values()))
    assert told == [0, 1, 1]


async def test_help_has_room_for_more_pictures_than_a_message(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(help_command, "MAX_FILES", 4)
    answer, count = chat.ann.say("/waifubot help"), len(help_command.PICTURED)
    await eventually(lambda: sum(len(message.attachments) for message in answer.messages) == count)
    assert [len(message.attachments) for message in answer.messages][:-1] == [4] * ((count - 1) // 4)
    assert {message.ephemeral_to for message in answer.messages} == {chat.ann.user.id}


async def test_a_person_over_the_limit_is_refused_and_others_are_served(chat: Chat) -> None:
    for seed in range(3):
        await chat.answer(f"/waifu seed:{seed} model:other-1")
    assert (await chat.answer("/waifu 4")).content.startswith("You already have 3 pictures in the queue")
    assert (await chat.draw("/waifu 4", chat.bob)).attachments


async def test_commands_sent_at_once_are_counted_one_by_one(chat: Chat) -> None:
    answers = [chat.ann.say(f"/waifu seed:{seed} model:other-1") for seed in range(4)]
    for answer in answers:
        await answer.wait_acknowledged()
    refused = [answer for answer in answers if answer.message and answer.message.ephemeral_to == chat.ann.user.id]
    assert len(refused) == 1
    assert "/waifubot cancel" in refused[0].content


async def test_a_deleted_message_cancels_its_request(chat: Chat) -> None:
    answer = await chat.answer("/waifu seed:1 model:other-1")
    shown = await answer.when(lambda shown: "█" in shown.content)
    chat.world.delete(shown.id)
    await eventually(lambda: chat.queue.counts() == (0, 0))


# The buttons


async def test_the_buttons_make_a_new_message_from_the_caption_alone(chat: Chat) -> None:
    shown = await chat.draw("/grid size:2 seed:5 wildness:0.7")
    wilder = await chat.bob.click(shown, "Wilder").picture(10)
    assert wilder.id != shown.id
    assert wilder.content.endswith("`grid 2 model=drawn-4 psi=0.85 seed=5`")
    calmer = await chat.ann.click(wilder, "Calmer").picture(10)
    assert calmer.content == shown.content
    again = captions.recipe_in((await chat.ann.click(shown, "Again").picture(10)).content)
    assert again is not None
    assert again.seeds[0] != 5
    assert str(again.replace(seed=5)) == "grid 2 model=drawn-4 psi=0.7 seed=5"


async def test_psi_stops_at_its_ends(chat: Chat) -> None:
    wildest, calmest = await chat.draw("/waifu seed:1 wildness:2"), await chat.draw("/waifu seed:1 wildness:0")
    with pytest.raises(Exception, match="cannot be pressed"):
        chat.ann.click(wildest, "Wilder")
    with pytest.raises(Exception, match="cannot be pressed"):
        chat.ann.click(calmest, "Calmer")


async def test_only_the_owner_or_a_moderator_deletes(chat: Chat) -> None:
    first, second = await chat.draw("/waifu 1"), await chat.draw("/waifu 2")
    refused = chat.bob.click(first, "Delete")
    await refused.wait_acknowledged()
    assert refused.content == "Only the person who asked for this picture, or a moderator, can delete it."
    assert first.id in chat.world.messages
    for who, message in ((chat.ann, first), (chat.moderator, second)):
        await who.click(message, "Delete").wait_acknowledged()
        await until(chat.world, lambda gone=message.id: gone not in chat.world.messages or None, 5, "still there")  # type: ignore[misc]


async def test_messages_with_buttons_leave_nothing_in_memory(chat: Chat) -> None:
    shown = await chat.draw("/waifu 1")
    await chat.ann.click(shown, "Again").picture(10)
    stores = [store for store in gc.get_objects() if type(store) is ViewStore]  # isinstance would load lazy modules
    assert stores
    assert not any(store._views or store._modals for store in stores)


# Faults


async def test_a_result_survives_rate_limits_server_errors_and_broken_connections(chat: Chat) -> None:
    for fault in (RateLimited(0.2), ServerError(502), Dropped(), Dropped(after=True)):
        chat.discord.faults.add(fault, "edit original")
        assert (await chat.draw("/waifu 1")).attachments
        assert not list(chat.discord.faults.pending)


async def test_a_picture_that_comes_after_the_token_expired_goes_to_the_channel_and_pings_the_asker(chat: Chat) -> None:
    chat.discord.faults.add(Slow(0.3), "edit original")
    await chat.answer("/waifu 123")
    chat.clock.ahead_s = 16 * 60
    shown = await until(
        chat.world,
        lambda: next((m for m in chat.world.messages.values() if m.attachments), None),
        10,
        "nothing was posted",
    )
    assert shown.interaction_id is None
    assert shown.mentions == (chat.ann.user.id,)
    assert shown.content.startswith(
        f"<@{chat.ann.user.id}>, your picture took longer than Discord waits; here it is.\n"
    )
    assert captions.recipe_in(shown.content) == Recipe.parse("waifu 123 model=drawn-4")


async def test_where_the_bot_is_no_member_a_late_picture_is_a_direct_message(chat: Chat) -> None:
    elsewhere = chat.world.add_channel(chat.world.add_guild("elsewhere", chat.ann.user, bot_joined=False), "general")
    ann = chat.ann.in_channel(elsewhere)
    chat.discord.faults.add(Slow(0.3), "edit original")
    await chat.answer("/waifu 123", ann)
    chat.clock.ahead_s = 16 * 60
    await eventually(lambda: any(m.attachments for m in chat.world.messages.values()))
    (late,) = [m for m in chat.world.messages.values() if m.attachments]
    assert late.channel_id == chat.world.direct(chat.ann.user).id
    assert (await chat.draw("/waifu 124", ann)).attachments


async def test_a_message_deleted_before_the_picture_is_no_error(chat: Chat, caplog: pytest.LogCaptureFixture) -> None:
    chat.discord.faults.add(Slow(0.3), "edit original")
    answer = await chat.answer("/waifu 123")
    assert answer.message is not None
    chat.world.delete(answer.message.id)
    await eventually(
        lambda: any(
            "waifu 123" in record.getMessage() for record in caplog.records if record.name == "bot.delivery.fallbacks"
        )
    )
    assert not any(record.levelname == "ERROR" for record in caplog.records)


@pytest.mark.parametrize("trouble", ["dropped", "closed", "asked to reconnect", "resumable", "not resumable"])
async def test_a_connection_that_comes_back_in_time_is_not_given_up(chat: Chat, trouble: str) -> None:
    watching = asyncio.create_task(chat.bot.watch(8))
    gateway = chat.discord.gateway
    before = gateway.identified + gateway.resumed
    match trouble:
        case "dropped":
            gateway.drop()
        case "closed":
            await gateway.close_all(4000)
        case "asked to reconnect":
            gateway.ask_to_reconnect()
        case _:
            gateway.invalidate(trouble == "resumable")
    await eventually(lambda: gateway.identified + gateway.resumed > before)
    assert (await chat.draw("/waifu 1")).attachments
    await asyncio.sleep(0)
    assert not watching.done()
    watching.cancel()


async def test_a_wrong_token_is_one_sentence(chat: Chat, tmp_path: Path) -> None:
    async with client.Client(chat.services, guilds=(), state_dir=tmp_path, always_sync=True) as stranger:
        with pytest.raises(WrongToken, match="Discord refused the token"):
            await stranger.serve("a wrong token")


async def test_commands_are_synced_only_when_they_changed(chat: Chat, tmp_path: Path) -> None:
    def syncs() -> int:
        return sum(route == "sync" for route, _ in chat.discord.rest.requests)

    before = syncs()
    for expected in (1, 1):
        async with client.Client(chat.services, guilds=(), state_dir=tmp_path / "state", always_sync=False) as bot:
            await bot.login(TOKEN)
            assert syncs() - before == expected


# The clock


@pytest.mark.parametrize("ahead_s", [-960.0, 960.0], ids=["16 minutes fast", "16 minutes slow"])
async def test_a_machine_whose_clock_is_wrong_answers_in_the_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ahead_s: float
) -> None:
    async with open_chat(tmp_path, monkeypatch, ahead_s=ahead_s) as chat:
        answer = await chat.answer("/waifu seed:1")
        assert (await answer.picture(10)).attachments
        assert len(chat.world.messages) == 1
        running = await chat.answer("/waifu seed:1 model:other-1")  # the fake worker never finishes it
        await running.when(lambda shown: "█" in shown.content)
        chat.clock.ahead_s += 16 * 60
        await chat.answer("/waifubot queue", chat.bob)  # any response of Discord tells the time
        await chat.answer("/waifubot cancel")
        await eventually(lambda: chat.queue.counts() == (0, 0))


# Clients with an old list of commands


def old_client(chat: Chat, *commands: dict[str, object]) -> None:
    known = chat.world.commands_in(chat.ann.channel.id)
    extra = [{"id": str(number), "type": 1, "description": "old"} | command for number, command in enumerate(commands)]
    chat.world.sync(None, (*[one for one in known if one["name"] not in {c["name"] for c in commands}], *extra))


async def test_a_command_that_has_moved_is_answered_with_its_new_place(chat: Chat) -> None:
    choose = {"name": "model", "options": [{"type": 1, "name": "choose", "description": "old"}]}
    old_client(chat, {"name": "help"}, choose, {"name": "gone"})
    moved = "This command is now /waifubot {}; if your Discord does not show it yet, reload it (Ctrl+R)."
    assert (await chat.answer("/help")).content == moved.format("help")
    assert (await chat.answer("/model choose")).content == moved.format("model")
    assert (await chat.answer("/gone")).content.startswith("This command has changed")


async def test_an_option_by_its_old_name_is_understood(chat: Chat) -> None:
    old_client(chat, {"name": "waifu", "options": [{"type": 10, "name": "psi", "description": "old"}]})
    assert "psi=0.35" in (await chat.draw("/waifu psi:0.35")).content
