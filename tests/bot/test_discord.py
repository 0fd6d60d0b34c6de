"""Whatever fails at Discord, a person gets a picture or one sentence; nothing is a traceback or stays "thinking"."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from bot_chat import Chat, eventually, open_chat
from final_message import is_final

from bot.commands.help import PICTURES
from bot.errors import TakesTooLongHere, TooLate
from bot.messages.progress import ProgressText
from bot.storage.database import Database
from generator.contract.errors import CannotFit, EngineDown
from playground.discord import state
from playground.discord.faults import Dropped, Fault, RateLimited, ServerError, Slow
from playground.discord.state import Message
from playground.people.person import Answer


@pytest.fixture
async def chat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Chat]:
    caplog.set_level("INFO")
    async with open_chat(tmp_path, monkeypatch) as chat:
        yield chat
        assert not [record for record in caplog.records if record.exc_info]
        assert not [message for message in chat.world.messages.values() if message.loading]


async def wait_for_answer(chat: Chat, answer: Answer) -> Message:
    """Wait for the final answer, and check that there is only one and that the request has left the journal."""
    message = await answer.when(is_final, 30)
    await eventually(lambda: not chat.service._tasks)
    assert [is_final(message) for message in answer.messages] == [True]
    assert await chat.journal.unanswered(chat.world.bot.id) == []
    return message


# Until the first answer


@pytest.mark.parametrize("fault", [ServerError(502), ServerError(502, after=True), Dropped(), Dropped(after=True)])
async def test_an_acknowledgement_that_fails_once_costs_no_picture(chat: Chat, fault: Fault) -> None:
    chat.discord.faults.add(fault, "callback")
    assert (await wait_for_answer(chat, chat.ann.say("/waifu seed:1"))).attachments


@pytest.mark.parametrize("fault", [ServerError(502), ServerError(502, after=True), Dropped(), Dropped(after=True)])
async def test_a_refusal_that_fails_once_arrives_all_the_same(chat: Chat, fault: Fault) -> None:
    chat.discord.faults.add(fault, "callback")
    assert "There is no model" in (await wait_for_answer(chat, chat.ann.say("/waifu seed:1 model:nobody"))).content


@pytest.mark.parametrize("fault", [Dropped(), Dropped(after=True)], ids=str)
@pytest.mark.parametrize(
    ("command", "about"),
    [
        ("/waifubot status", "faces"),
        ("/waifubot queue", "0 waiting"),
        ("/waifubot cancel", "nothing in the queue"),
        ("/waifubot model list", "**other-1**"),
        ("/waifubot model info", "**drawn-4**"),
        ("/waifubot model choose other-1", "**other-1** draws for you"),
    ],
)
async def test_words_arrive_once_after_one_broken_connection(
    chat: Chat, command: str, about: str, fault: Fault
) -> None:
    chat.discord.faults.add(fault, "callback")
    answer = chat.ann.say(command)
    message = await answer.when(lambda message: bool(message.content), 10)
    assert about in message.content
    assert message.ephemeral_to == chat.ann.user.id
    assert len(answer.messages) == 1
    assert not list(chat.discord.faults.pending)


@pytest.mark.parametrize("fault", [Dropped(), Dropped(after=True)], ids=str)
async def test_help_arrives_with_whole_pictures_after_one_broken_connection(chat: Chat, fault: Fault) -> None:
    chat.discord.faults.add(fault, "callback")
    answer = chat.ann.say("/waifubot help")
    message = await answer.when(lambda message: bool(message.components), 10)
    assert message.attachments
    assert all(file.body == (PICTURES / file.filename).read_bytes() for file in message.attachments)
    assert len(answer.messages) == 1
    assert not list(chat.discord.faults.pending)


@pytest.mark.parametrize("fault", [Dropped(), Dropped(after=True)], ids=str)
async def test_a_choice_from_the_model_menu_shows_after_one_broken_connection(chat: Chat, fault: Fault) -> None:
    answer = chat.ann.say("/waifubot model list")
    message = await answer.when(lambda message: bool(message.content), 10)
    chat.discord.faults.add(fault, "callback")
    await chat.ann.choose(message, "waifu:model:mine", ["other-1"]).wait_acknowledged(10)
    await eventually(lambda: "*yours*" in chat.world.messages[message.id].content)
    assert not list(chat.discord.faults.pending)


async def test_a_choice_that_the_full_disk_does_not_take_is_used_and_called_not_remembered(
    chat: Chat, tmp_path: Path
) -> None:
    (tmp_path / "no folder").touch()
    warning = "It is used now, but not remembered"
    async with Database(tmp_path / "no folder" / "state") as database:  # fails as a full disk does
        chat.services.preferences._database = database
        assert warning in (await chat.ann.say("/waifubot model choose other-1").wait_final(10)).content
        assert chat.services.preferences.get("person", chat.ann.user.id) == "other-1"
        shown = await chat.ann.say("/waifubot model list").wait_final(10)
        await chat.ann.choose(shown, "waifu:model:mine", ["*"]).wait_acknowledged(10)
        await eventually(lambda: warning in chat.world.messages[shown.id].content)
    chat.services.preferences._database = Database(None)
    assert warning not in (await chat.ann.say("/waifubot model choose other-1").wait_final(10)).content


async def test_an_acknowledgement_after_three_seconds_ends_the_request(
    chat: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    chat.discord.faults.add(Slow(0.2), "callback")
    chat.ann.say("/waifu seed:1 model:other-1")
    chat.clock.ahead_s = 4
    await eventually(lambda: "could not be acknowledged" in caplog.text and not chat.service._tasks)
    assert chat.queue.counts() == (0, 0)
    assert await chat.journal.unanswered(chat.world.bot.id) == []
    assert (await wait_for_answer(chat, chat.ann.say("/waifu seed:2"))).attachments


# From the first answer to the picture


@pytest.mark.parametrize(
    "faults",
    [
        (RateLimited(0.5),),
        (RateLimited(0.2, everywhere=True),) * 3,
        (RateLimited(0.2, banned=True),),
        (ServerError(502),),
        (ServerError(503, after=True),),
        (ServerError(500), Dropped(), RateLimited(0.1)),
        (Dropped(after=True), Dropped()),
    ],
    ids=str,
)
async def test_a_result_gets_through(chat: Chat, faults: tuple[Fault, ...]) -> None:
    for fault in faults:
        chat.discord.faults.add(fault, "edit original")
    assert (await wait_for_answer(chat, chat.ann.say("/waifu seed:1"))).attachments
    assert not list(chat.discord.faults.pending)


async def test_a_rate_limit_on_a_progress_edit_does_not_cover_the_result(chat: Chat) -> None:
    answer = chat.ann.say("/waifu seed:1 model:other-1")
    await answer.when(lambda shown: "█" in shown.content)
    chat.discord.faults.add(RateLimited(1.0), "edit original")
    await chat.answer("/waifubot cancel")
    await answer.wait_deleted()
    await eventually(lambda: not chat.service._tasks)


async def test_a_ban_is_waited_out(chat: Chat) -> None:
    chat.discord.faults.add(RateLimited(0.1, banned=True), "edit original", times=2)
    assert (await wait_for_answer(chat, chat.ann.say("/waifu seed:1"))).attachments


async def test_a_picture_over_the_limit_of_a_server_that_shrank_is_one_sentence(chat: Chat) -> None:
    chat.discord.faults.add(Slow(0.3), "callback")
    answer = chat.ann.say("/waifu seed:1")
    chat.world.guilds[chat.guild.id] = replace(chat.world.guilds[chat.guild.id], attachment_limit=10)
    assert (await wait_for_answer(chat, answer)).content == str(CannotFit(limit="10 MiB"))
    assert [message.ephemeral_to for message in answer.messages] == [chat.ann.user.id]


# Messages and channels that go away


@pytest.mark.parametrize("fault", [None, Dropped(after=True), ServerError(502, after=True)])
async def test_a_message_deleted_while_the_picture_is_on_its_way_is_no_error(chat: Chat, fault: Fault | None) -> None:
    if fault:
        chat.discord.faults.add(fault, "edit original")
    chat.discord.faults.add(Slow(0.3), "edit original")
    answer = await chat.answer("/waifu seed:1")
    assert answer.message is not None
    chat.world.delete(answer.message.id)
    await eventually(lambda: not chat.service._tasks)
    assert not answer.messages
    assert await chat.journal.unanswered(chat.world.bot.id) == []


@pytest.mark.parametrize(
    "trouble", ["the channel is gone", "may not see it", "may not write there", "may attach nothing there"]
)
async def test_a_late_picture_that_may_not_be_posted_is_a_direct_message_or_dropped_with_a_line_in_the_log(
    chat: Chat, trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    chat.discord.faults.add(Slow(0.4), "edit original")
    await chat.answer("/waifu seed:1")
    chat.clock.ahead_s = 16 * 60
    channel = chat.ann.channel
    denied = {"may not see it": state.VIEW, "may not write there": state.SEND, "may attach nothing there": state.ATTACH}
    if trouble in denied:
        chat.world.channels[channel.id] = replace(channel, denied=denied[trouble])
    else:
        del chat.world.channels[channel.id]
    if trouble == "the channel is gone":
        chat.world.without_direct.add(chat.ann.user.id)
    await eventually(lambda: "the channel refused" in caplog.text and not chat.service._tasks)
    late = [message for message in chat.world.messages.values() if message.attachments]
    dropped = trouble == "the channel is gone"
    assert [message.channel_id for message in late] == ([] if dropped else [chat.world.direct(chat.ann.user).id])
    assert ("dropped the answer" in caplog.text) is dropped
    assert await chat.journal.unanswered(chat.world.bot.id) == []
    for message in list(chat.world.messages):
        del chat.world.messages[message]  # it says "thinking", which Discord itself ends after a while


async def test_a_late_failure_is_posted_in_the_channel(chat: Chat) -> None:
    answer = chat.ann.say("/waifu seed:1 model:other-1")
    await answer.when(lambda shown: "█" in shown.content)
    chat.clock.ahead_s = 16 * 60
    (render,) = chat.queue._renders.values()
    chat.queue._end(render, EngineDown())
    await eventually(lambda: not chat.service._tasks)
    message = list(chat.world.messages.values())[-1]
    assert message.interaction_id is None
    assert message.content == f"<@{chat.ann.user.id}>, about your request: {EngineDown()}"
    assert await chat.journal.unanswered(chat.world.bot.id) == []


# User-installed apps


async def test_where_the_bot_is_no_member_it_draws_and_refuses_all_the_same(chat: Chat) -> None:
    elsewhere = chat.world.add_channel(chat.world.add_guild("elsewhere", chat.ann.user, bot_joined=False), "general")
    ann = chat.ann.in_channel(elsewhere)
    shown = await wait_for_answer(chat, ann.say("/waifu seed:1"))
    assert shown.attachments
    for _ in range(6):  # one more than the follow-ups that an interaction may have there
        assert "There is no model" in (await ann.say("/waifu seed:1 model:nobody").wait_final(10)).content
    assert (await ann.click(shown, "Again").picture(10)).attachments


async def test_where_only_the_token_delivers_the_picture_a_queue_that_is_too_long_refuses_at_once(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat.queue, "limits", replace(chat.queue.limits, in_flight=1))
    monkeypatch.setattr(chat.queue._throughput, "estimate_s", lambda faces: 1000.0)
    elsewhere = chat.world.add_channel(chat.world.add_guild("elsewhere", chat.ann.user, bot_joined=False), "general")
    await (await chat.answer("/waifu seed:1 model:other-1", chat.bob)).when(lambda shown: "█" in shown.content)
    refused = chat.ann.in_channel(elsewhere).say("/waifu seed:2")
    assert (await wait_for_only_message(chat, refused)).content == str(TooLate())
    waiting = chat.ann.say("/waifu seed:3")
    assert "1st" in (await waiting.when(lambda shown: "🕐" in shown.content)).content
    await chat.answer("/waifubot cancel", chat.bob)
    assert (await wait_for_answer(chat, waiting)).attachments


async def test_where_only_the_token_delivers_what_would_be_drawn_too_late_is_given_up_while_it_is_drawn(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ProgressText, "left_s", lambda text, settled_s=0.0: 1000.0)
    elsewhere = chat.world.add_channel(chat.world.add_guild("elsewhere", chat.ann.user, bot_joined=False), "general")
    refused = chat.ann.in_channel(elsewhere).say("/waifu seed:2 model:other-1")
    assert (await wait_for_only_message(chat, refused)).content == str(TakesTooLongHere())
    assert (await wait_for_answer(chat, chat.ann.say("/waifu seed:3"))).attachments


async def wait_for_only_message(chat: Chat, answer: Answer) -> Message:
    message = await answer.when(is_final, 10)
    assert len(answer.messages) == 1
    return message


# The gateway


async def test_commands_sent_while_the_socket_is_down_are_answered_once_it_is_back(chat: Chat) -> None:
    for trouble in (chat.discord.gateway.drop, chat.discord.gateway.ask_to_reconnect):
        trouble()
        answers = [chat.ann.say(f"/waifu seed:{seed}") for seed in range(3)]
        for answer in answers:
            assert (await answer.picture(20)).attachments
    await eventually(lambda: not chat.service._tasks)


async def test_a_heartbeat_is_compared_with_its_own_answer(chat: Chat, caplog: pytest.LogCaptureFixture) -> None:
    """On one machine the answer comes before discord.py notes, in another thread, that the heartbeat was sent."""
    ws = chat.bot._get_websocket(shard_id=0)
    keep_alive = ws._keep_alive
    assert keep_alive is not None
    keep_alive._last_send -= 41.25  # the heartbeat before
    await ws.send_heartbeat(keep_alive.get_payload())  # what the thread does; it has not noted this one yet
    answered = keep_alive._last_ack
    await eventually(lambda: keep_alive._last_ack > answered)
    assert chat.bot.latency < 41
    assert "behind" not in caplog.text


async def test_a_zombie_connection_is_noticed_and_commands_sent_meanwhile_are_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_chat(tmp_path, monkeypatch, heartbeat_s=0.4) as chat:
        chat.bot._connection.heartbeat_timeout = 1.0
        await chat.discord.gateway.close_all(4000)  # the next connection uses the shorter heartbeat timeout
        await eventually(lambda: chat.discord.gateway.resumed == 1)
        chat.discord.gateway.silence()
        answer = chat.ann.say("/waifu seed:1")
        assert (await answer.picture(20)).attachments
        assert chat.discord.gateway.resumed == 2
