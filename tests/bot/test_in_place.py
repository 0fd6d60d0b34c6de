"""Clicks that change the picture of their own message: in place, back again, and in order; whatever goes wrong."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from bot_chat import Chat, eventually, open_chat

from bot.errors import NoStepBack
from bot.messages import captions
from bot.storage.people.earlier import EarlierCaptions
from generator.contract.errors import OutOfMemory
from playground.discord import state
from playground.discord.errors import ClientRefusal
from playground.discord.faults import Refused, Slow
from playground.discord.state import Message
from playground.people.person import Answer

ONE = "waifu 1 model=drawn-4 psi=0.7"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chat]:
    """The chat that all tests here share."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        async with open_chat(tmp_path_factory.mktemp("chat"), monkeypatch) as chat:
            yield chat


@pytest_asyncio.fixture(loop_scope="module")
async def chat(shared: Chat, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Chat]:
    """An empty chat. After each test, every request is answered, and nothing went wrong."""
    caplog.set_level("INFO")
    shared.world.messages.clear()
    yield shared
    assert not [record for record in caplog.records if record.exc_info]
    assert await is_over(shared)


async def is_over(chat: Chat) -> bool:
    """Wait until every request is answered. Return whether the journal is empty, too."""
    await eventually(lambda: not chat.service._tasks)
    return not await chat.journal.unanswered(chat.world.bot.id)


def line_of(message: Message) -> str:
    return str(captions.recipe_in(message.content))


def pictures(chat: Chat) -> list[Message]:
    return [message for message in chat.world.messages.values() if message.attachments]


def current(chat: Chat, message: Message) -> Message:
    return chat.world.messages[message.id]


async def click_on_endless(chat: Chat, shown: Message) -> Answer:
    """Make the owner's click under ``shown`` ask for what the fake worker never finishes."""
    chat.world.edit(shown.id, content=shown.content.replace("drawn-4", "other-1"))
    answer = chat.ann.click(shown, "Wilder")
    await answer.wait_acknowledged()
    await eventually(lambda: chat.queue.counts() == (0, 1))
    return answer


async def test_the_askers_own_clicks_change_their_message_and_other_peoples_make_a_new_one(chat: Chat) -> None:
    shown = await chat.draw("/waifu seed:1")
    for which, line in (("Wilder", "psi=0.85"), ("Calmer", "psi=0.7"), ("Calmer", "psi=0.55")):
        answer = chat.ann.click(shown, which)
        after = await answer.picture(10)
        assert (after.id, line_of(after)) == (shown.id, f"waifu 1 model=drawn-4 {line}")
        assert after.attachments[0].body.endswith(line_of(after).encode())
        assert [file.filename for file in after.attachments] == ["waifu-1.png"]
    assert answer.interaction.callback == 6
    assert (await chat.bob.click(shown, "Again").picture(10)).id != shown.id
    assert line_of(current(chat, shown)) == "waifu 1 model=drawn-4 psi=0.55"
    assert len(chat.world.messages) == 2


async def test_back_brings_the_picture_before_and_nobody_is_offered_it_before_there_is_one(chat: Chat) -> None:
    shown = await chat.draw("/waifu seed:1")
    with pytest.raises(ClientRefusal, match="no 'Back'"):
        chat.ann.click(shown, "Back")
    again = await chat.ann.click(shown, "Again").picture(10)
    other = await chat.bob.click(again, "Back").picture(10)
    assert (line_of(other), other.id == shown.id) == (ONE, False)
    assert line_of(current(chat, shown)) == line_of(again)
    back = await chat.ann.click(shown, "Back").picture(10)
    assert (line_of(back), back.id) == (ONE, shown.id)
    assert line_of(await chat.ann.click(shown, "Back").picture(10)) == line_of(again)


async def test_the_word_that_was_typed_stays_as_long_as_its_seed(chat: Chat) -> None:
    shown = await chat.draw("/waifu seed:*Asuka*")
    assert r"**\*Asuka\***" in shown.content
    wilder = await chat.ann.click(shown, "Wilder").picture(10)
    assert r"**\*Asuka\***" in wilder.content
    again = await chat.ann.click(shown, "Again").picture(10)
    assert "Asuka" not in again.content
    assert (await chat.ann.click(shown, "Back").picture(10)).content == wilder.content


async def test_a_step_back_is_known_for_a_day_also_after_a_restart(chat: Chat) -> None:
    shown = await chat.draw("/waifu seed:1")
    await chat.ann.click(shown, "Wilder").picture(10)
    chat.service.earlier = EarlierCaptions(chat.journal.database)  # as if the bot had been started again
    assert line_of(await chat.ann.click(shown, "Back").picture(10)) == ONE
    chat.service.earlier = EarlierCaptions(chat.journal.database, lambda: chat.world.clock() + 25 * 3600)
    refused = await chat.ann.click(shown, "Back").wait_final(10)
    assert (refused.content, refused.ephemeral_to) == (str(NoStepBack()), chat.ann.user.id)
    await chat.service.earlier.keep(1, 2, ONE)
    chat.service.earlier = EarlierCaptions(chat.journal.database)
    assert (
        await chat.service.earlier.get(int(button_of(current(chat, shown), "Back")["custom_id"].split(":")[-1])) is None
    )


def button_of(message: Message, label: str) -> state.Json:
    return next(part for row in message.components for part in row["components"] if part.get("label") == label)


@pytest.mark.parametrize("ending", ["failed", "cancelled"])
async def test_the_old_picture_stays_until_the_new_one_is_there_and_if_it_never_comes(chat: Chat, ending: str) -> None:
    shown = await chat.draw("/waifu seed:1")
    answer = await click_on_endless(chat, shown)
    before = current(chat, shown)
    if ending == "failed":
        (render,) = chat.queue._renders.values()
        chat.queue._end(render, OutOfMemory())
        (sentence,) = await said_in_private(answer)
        assert sentence == str(OutOfMemory())
    else:
        assert "Cancelled your picture" in (await chat.answer("/waifubot cancel")).content
    assert await is_over(chat)
    assert current(chat, shown) == before
    assert "█" not in "".join(answer.texts)


async def said_in_private(answer: Answer) -> list[str]:
    await answer.when(lambda message: message.ephemeral_to is not None, 10)
    return [message.content for message in answer.messages if message.ephemeral_to is not None]


async def test_of_quick_clicks_the_last_wins_and_takes_no_place_from_others(chat: Chat) -> None:
    shown = await chat.draw("/waifu seed:1")
    for _ in range(5):  # a person may have three unfinished requests
        await click_on_endless(chat, shown)
        chat.world.edit(shown.id, content=shown.content)
    last = chat.ann.click(shown, "Calmer")
    assert line_of(await last.when(lambda message: "0.55" in message.content, 10)) == "waifu 1 model=drawn-4 psi=0.55"
    assert await is_over(chat)
    assert chat.queue.counts() == (0, 0)
    assert len(pictures(chat)) == len(chat.world.messages) == 1


@pytest.mark.parametrize("seconds", [0.3, 6.0], ids=["a while", "too long"])
async def test_an_edit_that_is_held_up_never_undoes_a_later_click(
    chat: Chat, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.delivery.replies.in_place.LAST_EDIT_S", 0.6)
    shown = await chat.draw("/waifu seed:1")
    chat.discord.faults.add(Slow(seconds), "edit original")
    first = chat.ann.click(shown, "Wilder")
    await first.wait_acknowledged()
    await eventually(lambda: not list(chat.discord.faults.pending))
    last = chat.ann.click(shown, "Calmer")
    assert (await last.when(lambda message: "psi=0.55" in message.content, 5)).id == shown.id
    assert await is_over(chat)
    assert line_of(current(chat, shown)) == "waifu 1 model=drawn-4 psi=0.55"
    assert len(chat.world.messages) == 1


async def test_a_picture_that_waits_for_an_earlier_edit_gives_way_to_a_later_click(chat: Chat) -> None:
    shown = await chat.draw("/waifu seed:1")
    chat.discord.rest.requests.clear()
    chat.discord.faults.add(Slow(0.5), "edit original")
    clicks = []
    for which in ("Wilder", "Again", "Calmer"):
        clicks.append(chat.ann.click(shown, which))
        await clicks[-1].wait_acknowledged()
        await eventually(lambda: chat.queue.counts() == (0, 0) and not list(chat.discord.faults.pending))
    assert (await clicks[-1].when(lambda message: "psi=0.55" in message.content, 5)).id == shown.id
    assert await is_over(chat)
    assert line_of(current(chat, shown)) == "waifu 1 model=drawn-4 psi=0.55"
    assert chat.discord.rest.requests.count(("edit original", 200)) == 2  # Wilder and Calmer


@pytest.mark.parametrize("error", ["too many edits", "unknown message"])
@pytest.mark.parametrize("place", ["a member", "installed by the person"])
async def test_a_message_that_takes_no_edit_is_answered_with_a_new_one(chat: Chat, error: str, place: str) -> None:
    ann = chat.ann
    if place == "installed by the person":
        elsewhere = chat.world.add_guild("elsewhere", chat.ann.user, bot_joined=False)
        ann = ann.in_channel(chat.world.add_channel(elsewhere, "general"))
    shown = await chat.draw("/waifu seed:1", ann)
    chat.discord.faults.add(Refused(error), "edit original")
    await ann.click(shown, "Wilder").wait_acknowledged()
    assert await is_over(chat)
    old, new = pictures(chat)
    assert (old.id, line_of(old), line_of(new)) == (shown.id, ONE, "waifu 1 model=drawn-4 psi=0.85")
    assert new.channel_id == ann.channel.id
    assert new.ephemeral_to is None


async def test_a_message_deleted_meanwhile_is_answered_with_a_new_one_unless_its_owner_deleted_it(chat: Chat) -> None:
    shown = await chat.draw("/waifu seed:1")
    await click_on_endless(chat, shown)
    await chat.ann.click(shown, "Delete").wait_acknowledged()
    assert await is_over(chat)
    assert not chat.world.messages
    shown = await chat.draw("/waifu seed:1")
    chat.discord.faults.add(Slow(0.3), "edit original")
    await chat.ann.click(shown, "Wilder").wait_acknowledged()
    chat.world.delete(shown.id)
    assert await is_over(chat)
    (new,) = pictures(chat)
    assert line_of(new) == "waifu 1 model=drawn-4 psi=0.85"
