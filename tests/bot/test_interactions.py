"""Clicks, dialogs and message commands when Discord fails: answered once, without traceback, never left "thinking"."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import discord
import pytest
from bot_chat import Chat, eventually, open_chat

from bot.interactions import context_menus
from generator.contract import stamp
from playground.discord import state, wire
from playground.discord.faults import Dropped, Fault, ServerError
from playground.discord.state import Message
from playground.people.person import Answer

LINE = "waifu 1 model=drawn-4 psi=0.7"
FAULTS = [Dropped(), Dropped(after=True), ServerError(502), ServerError(502, after=True)]


@pytest.fixture
async def chat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Chat]:
    caplog.set_level("INFO")
    async with open_chat(tmp_path, monkeypatch) as chat:
        yield chat
        assert not [record for record in caplog.records if record.exc_info]
        assert not [message for message in chat.world.messages.values() if message.loading]


def _recipe_of_an_upload(chat: Chat, _: Message) -> Answer:
    chat.bob.upload("kept.mp4", stamp.write(b"\0\0\0\x08ftyp", LINE))
    return chat.bob.say("/recipe kept.mp4")


EXPLANATIONS: list[Callable[[Chat, Message], Answer]] = [
    lambda chat, shown: chat.bob.click(shown, "Recipe"),
    _recipe_of_an_upload,
]
DIALOGS: list[Callable[[Chat, Message], Answer]] = [
    lambda chat, shown: chat.bob.choose(shown, "More…", ["mix"]),
    lambda chat, shown: chat.bob.right_click("Morph with", shown),
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
@pytest.mark.parametrize("explain", EXPLANATIONS)
async def test_a_recipe_is_explained_once_after_one_failed_answer(
    chat: Chat, explain: Callable[[Chat, Message], Answer], fault: Fault
) -> None:
    shown = await chat.draw("/waifu seed:1")
    chat.discord.faults.add(fault, "callback")
    answer = explain(chat, shown)
    message = await answer.when(lambda message: f"`{LINE}`" in message.content, 10)
    assert message.ephemeral_to == chat.bob.user.id
    assert len(answer.messages) == 1
    assert not list(chat.discord.faults.pending)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
@pytest.mark.parametrize("open_dialog", DIALOGS)
async def test_a_dialog_opens_after_one_failed_answer(
    chat: Chat, open_dialog: Callable[[Chat, Message], Answer], fault: Fault
) -> None:
    shown = await chat.draw("/waifu seed:1")
    chat.discord.faults.add(fault, "callback")
    answer = open_dialog(chat, shown)
    assert (await answer.wait_acknowledged(10)).modal is not None
    assert not answer.messages
    assert not list(chat.discord.faults.pending)


async def test_a_file_that_discord_no_longer_has_is_one_sentence(chat: Chat) -> None:
    kept = chat.bob.upload("kept.mp4", stamp.write(b"\0\0\0\x08ftyp", LINE))
    post = chat.world.post(chat.ann.channel.id, chat.ann.user.id, attachments=(kept,))
    answers = [chat.bob.right_click(name, post) for name in ("Show recipe", "Use as start", "Morph with")]
    del chat.world.uploads[kept.id]
    chat.world.messages.pop(post.id)
    for answer in answers:
        message = await answer.when(lambda message: bool(message.content), 10)
        assert message.content == "kept.mp4 could not be fetched from Discord in time; save it and give it to /recipe."
        assert message.ephemeral_to == chat.bob.user.id


@pytest.mark.parametrize("fault", FAULTS, ids=str)
async def test_a_refusal_arrives_after_one_failed_acknowledgement(chat: Chat, fault: Fault) -> None:
    chat.bob.upload("plain.png", b"nothing")
    chat.discord.faults.add(fault, "callback")
    answer = chat.bob.say("/recipe plain.png")
    message = await answer.when(lambda message: "plain.png contains no recipe" in message.content, 10)
    assert message.ephemeral_to == chat.bob.user.id
    assert len(answer.messages) == 1


async def test_a_forwarded_picture_is_among_the_files_of_a_message(chat: Chat) -> None:
    kept = chat.bob.upload("kept.mp4", stamp.write(b"\0\0\0\x08ftyp", LINE))
    post = chat.world.post(chat.ann.channel.id, chat.ann.user.id, attachments=(kept,))
    data = wire.message(chat.world, chat.discord.url, post)
    forwarded = data | {"attachments": [], "message_snapshots": [{"message": data}]}
    channel = chat.bot.get_partial_messageable(chat.ann.channel.id)
    message = discord.Message(state=chat.bot._connection, channel=channel, data=forwarded)  # type: ignore[arg-type]
    assert (await chat.services.uploads.read_stamp(1, context_menus.files_of(message))).line == LINE


async def test_a_picture_that_two_people_delete_at_once_is_deleted_silently(chat: Chat) -> None:
    shown = await chat.draw("/waifu seed:1")
    first, second = chat.ann.click(shown, "Delete"), chat.moderator.click(shown, "Delete")
    await eventually(lambda: shown.id not in chat.world.messages)
    for answer in (first, second):
        await eventually(lambda answer=answer: answer.interaction.callback is not None)  # type: ignore[misc]
        assert not answer.messages


async def test_a_resumed_gateway_that_repeats_a_dialog_draws_once(chat: Chat) -> None:
    shown = await chat.draw("/waifu seed:1")
    opened_dialog = await chat.bob.choose(shown, "More…", ["morph"]).wait_acknowledged()
    answer = chat.bob.submit(opened_dialog, {"seed": "2"})
    await answer.picture(10)
    chat.world.publish("interaction", answer.interaction)
    await chat.draw("/waifu seed:3")
    assert len(answer.messages) == 1


async def test_odd_interactions_are_ignored_or_refused_in_one_sentence(chat: Chat) -> None:
    """Send what a modified client could send: unknown actions, empty dialogs, values that no menu offers."""
    shown = await chat.draw("/grid size:2 seed:1")
    person, channel = chat.bob.user.id, chat.bob.channel.id
    odd = [
        (state.MODAL, {"custom_id": "waifu:mix:1", "components": []}),
        (
            state.MODAL,
            {
                "custom_id": "waifu:edit:1",
                "components": [{"type": 1, "components": [{"type": 4, "custom_id": "amount"}]}],
            },
        ),
        (
            state.MODAL,
            {"custom_id": "waifu:morph:1", "components": [{"type": 18, "component": {"type": 4, "custom_id": "seed"}}]},
        ),
        (state.COMPONENT, {"custom_id": f"waifu:cell0:{chat.ann.user.id}", "component_type": 3, "values": ["99"]}),
        (state.COMPONENT, {"custom_id": f"waifu:cell0:{chat.ann.user.id}", "component_type": 3, "values": ["moment"]}),
        (state.MODAL, {"custom_id": "waifu:cell:1", "components": []}),
        (state.MODAL, {"custom_id": "waifu:morph:1:#0123", "components": []}),
        (state.MODAL, {"custom_id": "waifu:morph:1:dragon", "components": []}),
        (state.COMPONENT, {"custom_id": f"waifu:cell0:{chat.ann.user.id}", "component_type": 3, "values": ["-1"]}),
    ]
    for kind, data in odd:
        answer = Answer(chat.world, chat.world.interact(kind, person, channel, data, shown.id).id)
        message = await answer.when(lambda message: bool(message.content), 10)
        assert message.ephemeral_to == person
        assert "Something went wrong" not in message.content
    for name in ("waifu:again:1", "waifu:delete:1", "other:mix:1", "waifu:mix", ""):
        chat.world.interact(state.MODAL, person, channel, {"custom_id": name, "components": []}, shown.id)
    before = len(chat.world.messages)
    await chat.draw("/waifu seed:3")
    assert len(chat.world.messages) == before + 1
