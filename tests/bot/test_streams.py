"""The message of a stream: how often it changes, how it ends, and that it never stays stuck. The worker is a fake."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from bot_chat import Chat, eventually, open_chat

from bot.delivery.replies.reply import EditIntervals
from bot.messages.captions import recipe_in
from playground.discord.faults import Dropped, RateLimited
from playground.discord.state import Message
from playground.people.person import Answer


@pytest.fixture
async def chat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Chat]:
    caplog.set_level("INFO")
    async with open_chat(tmp_path, monkeypatch) as chat:
        chat.services.streams._intervals = EditIntervals(face_s=0.1)
        yield chat
        assert not [record for record in caplog.records if record.exc_info]
        for person in (chat.ann, chat.bob, chat.moderator):
            await person.say("/waifubot cancel").wait_final()
        await eventually(lambda: not chat.service._tasks)
        assert await chat.journal.unanswered(chat.world.bot.id) == []
        assert not [m for m in chat.world.messages.values() if "Stop" in labels(m)]


def labels(message: Message) -> list[str]:
    return [component["label"] for row in message.components for component in row["components"] if "label" in component]


async def wait_for_faces(answer: Answer, count: int = 1) -> Message:
    """Wait until a stream has shown ``count`` faces."""
    await eventually(lambda: len([text for text in answer.texts if "Stop keeps" in text]) >= count)
    assert answer.message is not None
    return answer.message


async def wait_for_end(answer: Answer) -> Message:
    return await answer.when(lambda m: bool(m.content) and "Stop" not in labels(m), 20)


async def test_the_message_is_edited_no_faster_than_discord_allows(chat: Chat) -> None:
    assert EditIntervals().face_s >= 5  # seconds; see Discord's limit of 5 edits in 5 s for a channel
    chat.services.streams._intervals = EditIntervals(face_s=0.4)
    edits: list[float] = []
    answer = chat.ann.say("/stream")
    stop = chat.world.subscribe(lambda event: edits.append(time.monotonic()) if event.name == "edit" else None)
    await wait_for_faces(answer, 4)
    stop()
    assert min(after - before for before, after in pairwise(edits)) >= 0.39


async def test_every_face_is_different_and_the_stream_ends_on_the_last_one(chat: Chat) -> None:
    answer = chat.ann.say("/stream wildness:0.5")
    await wait_for_faces(answer, 3)
    lines = [str(recipe_in(text)) for text in answer.texts if "Stop keeps" in text]
    assert len(set(lines)) == len(lines)
    await chat.ann.click(await wait_for_faces(answer), "Stop").wait_acknowledged()
    last = await wait_for_end(answer)
    assert recipe_in(last.content) is not None
    assert labels(last)[0] == "Again"


async def test_each_person_has_one_stream_and_each_server_a_limited_number(chat: Chat) -> None:
    chat.services.streams._per_server = 2
    first = [chat.ann.say("/stream"), chat.bob.say("/stream")]
    for answer in first:
        await wait_for_faces(answer)
    assert "already have a stream" in (await chat.ann.say("/stream").wait_final()).content
    assert "already has 2 streams" in (await chat.moderator.say("/stream").wait_final()).content
    alone = chat.moderator.in_channel(chat.world.direct(chat.moderator.user))
    await wait_for_faces(alone.say("/stream"))
    await chat.bob.say("/waifubot cancel").wait_final()
    await wait_for_faces(chat.bob.say("/stream"))
    await chat.bob.say("/waifubot cancel").wait_final()
    chat.services.streams._in_all = 2  # ann's, and the moderator's in a direct message
    assert "already shows 2 streams" in (await chat.bob.say("/stream").wait_final()).content
    chat.services.streams._per_server = 0
    assert "turned streams off" in (await chat.bob.say("/stream").wait_final()).content


async def test_a_moderator_stops_a_stream_and_others_do_not(chat: Chat) -> None:
    answer = chat.ann.say("/stream")
    message = await wait_for_faces(answer)
    assert "Only the person who started" in (await chat.bob.click(message, "Stop").wait_final()).content
    await wait_for_faces(answer, 2)
    await chat.moderator.click(message, "Stop").wait_acknowledged()
    assert labels(await wait_for_end(answer))[0] == "Again"


async def test_a_stop_button_without_a_stream_makes_the_message_an_ordinary_picture(chat: Chat) -> None:
    answer = chat.ann.say("/stream")
    message = await wait_for_faces(answer)
    await chat.ann.say("/waifubot cancel").wait_final()
    await wait_for_end(answer)
    # This is the state in which a bot that dies and is never restarted leaves the message.
    chat.world.edit(message.id, content=message.content, components=message.components)
    assert "Only the person who started" in (await chat.bob.click(message, "Stop").wait_final()).content
    await chat.ann.click(message, "Stop").wait_acknowledged()
    left = chat.world.messages[message.id]
    assert labels(left)[0] == "Again"
    assert "A new face every" not in left.content
    assert recipe_in(left.content) == recipe_in(message.content)
    assert left.attachments


async def test_a_broken_connection_costs_a_face_and_three_in_a_row_end_the_stream(chat: Chat) -> None:
    answer = chat.ann.say("/stream")
    await wait_for_faces(answer)
    chat.discord.faults.add(RateLimited(0.2), "edit original")
    chat.discord.faults.add(Dropped(), "edit original", times=2)
    await wait_for_faces(answer, 4)
    chat.discord.faults.add(Dropped(), "edit original", times=3)
    assert labels(await wait_for_end(answer))[0] == "Again"


async def test_a_stream_that_never_had_its_turn_says_why(chat: Chat) -> None:
    busy = await chat.answer("/waifu 1 model:other-1", chat.bob)  # the fake worker never finishes it
    answer = chat.ann.say("/stream")
    assert "🕐" in (await answer.when(lambda m: bool(m.content))).content
    (stream,) = chat.services.streams._active
    stream.destination = replace(stream.destination, entry=replace(stream.destination.entry, until=time.time()))
    assert stream._timer is not None
    stream._timer.reschedule(0)
    assert "never began" in (await wait_for_end(answer)).content
    assert busy.message is not None
    assert not busy.message.attachments


async def test_a_stream_that_is_stopped_before_its_first_face_is_cancelled(chat: Chat) -> None:
    await chat.answer("/waifu 1 model:other-1", chat.bob)
    answer = chat.ann.say("/stream")
    waiting = await answer.when(lambda m: bool(m.content))
    await chat.ann.click(waiting, "Stop").wait_acknowledged()
    await answer.wait_deleted()


async def test_the_end_of_its_time_ends_a_stream_with_its_last_face(chat: Chat) -> None:
    answer = chat.ann.say("/stream 1")
    await wait_for_faces(answer)
    (stream,) = chat.services.streams._active
    assert 50 < (stream.destination.entry.until or 0) - time.time() <= 60
    stream.destination = replace(stream.destination, entry=replace(stream.destination.entry, until=time.time() + 0.2))
    last = await wait_for_end(answer)
    assert labels(last)[0] == "Again"
    assert "A new face every" not in last.content
    assert last.attachments


async def test_streams_in_forbidden_channels_are_refused(chat: Chat) -> None:
    chat.service._policy = replace(chat.service._policy, forbidden=(chat.ann.channel.id,))
    assert "keeps this channel free" in (await chat.ann.say("/stream").wait_final()).content
    chat.service._policy = replace(chat.service._policy, forbidden=())


async def test_a_stream_may_show_many_faces_at_once(chat: Chat) -> None:
    answer = chat.ann.say("/stream size:2")
    await wait_for_faces(answer, 3)
    lines = [str(recipe) for text in answer.texts if (recipe := recipe_in(text))]
    assert [line.split(" seed=")[0] for line in lines] == ["grid 2 model=drawn-4 psi=0.7"] * len(lines)
    assert len(set(lines)) == len(lines) >= 3
    assert str(recipe_in((await wait_for_faces(chat.bob.say("/stream size:1"))).content)).startswith("waifu ")
