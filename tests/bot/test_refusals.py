"""What Discord refuses every day ends in the picture, in another place, or in one private sentence."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from bot_chat import Chat, eventually, open_chat

from bot.delivery import fallbacks
from bot.errors import Filtered, NotAccepted, NotAllowed, ThreadClosed
from generator.contract.errors import CannotFit, GeneratorError
from playground.discord.faults import Fault, HtmlPage, RateLimited, Refused, ServerError, Slow
from playground.discord.state import Message

FOREVER = 1000


@pytest.fixture
async def chat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Chat]:
    monkeypatch.setattr(fallbacks, "RETRY_S", 0.02)
    caplog.set_level("INFO")
    async with open_chat(tmp_path, monkeypatch) as chat:
        yield chat
        assert not [record for record in caplog.records if record.exc_info]
        assert "unexpected" not in caplog.text
        assert not [message for message in chat.world.messages.values() if message.loading]


async def wait_for_end(chat: Chat) -> list[Message]:
    """Wait until the request has left the journal, and return the messages that exist then."""
    await eventually(lambda: not chat.service._tasks)
    assert await chat.journal.unanswered(chat.world.bot.id) == []
    return list(chat.world.messages.values())


def is_private(message: Message, chat: Chat) -> bool:
    return message.ephemeral_to == chat.ann.user.id


# Before the first answer


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ("missing access", NotAllowed()),
        ("missing permissions", NotAllowed()),
        ("archived", ThreadClosed()),
        ("locked", ThreadClosed()),
        ("blocked by AutoMod", Filtered()),
        ("explicit content", Filtered()),
        ("invalid form", NotAccepted(number=50035)),
        ("unknown guild", None),
        ("unknown interaction", None),
        ("unknown channel", None),
    ],
)
async def test_an_acknowledgement_that_is_refused_is_one_private_sentence(
    chat: Chat, error: str, sentence: GeneratorError | None
) -> None:
    chat.discord.faults.add(Refused(error), "callback")
    chat.ann.say("/waifu seed:1 model:other-1")  # the fake worker would never finish it
    await eventually(lambda: not list(chat.discord.faults.pending))
    await eventually(lambda: bool(chat.world.messages) or sentence is None)
    messages = await wait_for_end(chat)
    assert [(message.content, is_private(message, chat)) for message in messages] == (
        [(str(sentence), True)] if sentence else []
    )
    assert chat.queue.counts() == (0, 0)


@pytest.mark.parametrize(
    "fault",
    [
        HtmlPage(403),
        HtmlPage(408),
        HtmlPage(429),
        HtmlPage(429, via=False),
        HtmlPage(200, after=True),
        RateLimited(0.1, banned=True),
        Refused("disabled"),
        Refused("writing too fast"),
    ],
    ids=str,
)
async def test_an_acknowledgement_is_sent_again_after_what_passes(chat: Chat, fault: Fault) -> None:
    chat.discord.faults.add(fault, "callback")
    assert (await chat.draw("/waifu seed:1")).attachments
    await wait_for_end(chat)


@pytest.mark.parametrize("fault", [Refused("missing access"), HtmlPage(403)], ids=str)
async def test_words_that_are_refused_once_or_fail_once_leave_no_traceback(chat: Chat, fault: Fault) -> None:
    for command in (
        "/waifubot help",
        "/waifubot status",
        "/waifubot queue",
        "/waifubot model list",
        "/waifubot cancel",
    ):
        chat.discord.faults.add(fault, "callback")
        answer = chat.ann.say(command)
        message = await answer.when(lambda shown: bool(shown.content or shown.components))
        assert is_private(message, chat)
        assert (message.content == str(NotAllowed())) is isinstance(fault, Refused), command


# The picture


@pytest.mark.parametrize(
    "fault",
    [
        HtmlPage(403),
        HtmlPage(408),
        HtmlPage(429),
        HtmlPage(429, via=False),
        HtmlPage(200),
        HtmlPage(504),
        RateLimited(0.1, banned=True),
        Refused("disabled"),
        Refused("writing too fast"),
    ],
    ids=str,
)
async def test_a_picture_is_sent_again_until_what_passes_has_passed(chat: Chat, fault: Fault) -> None:
    chat.discord.faults.add(fault, "edit original", times=1 if fault == HtmlPage(504) else 6)
    shown = await chat.draw("/waifu seed:1")
    assert shown.interaction_id is not None
    assert len(await wait_for_end(chat)) == 1


async def test_what_does_not_pass_before_the_token_dies_is_posted_in_the_channel_and_mentions_the_asker(
    chat: Chat,
) -> None:
    chat.discord.faults.add(RateLimited(0.1, banned=True), "edit original", times=FOREVER)
    answer = await chat.answer("/waifu seed:1")
    await eventually(lambda: ("edit original", 429) in chat.discord.rest.requests)
    chat.clock.ahead_s = 16 * 60
    await chat.answer("/waifubot queue", chat.bob)  # any response of Discord tells the time
    await eventually(lambda: any(message.attachments for message in chat.world.messages.values()))
    (late,) = [message for message in await wait_for_end(chat) if message.attachments]
    assert late.interaction_id is None
    assert late.mentions == (chat.ann.user.id,)
    chat.world.messages.pop(answer.message.id if answer.message else 0)  # "thinking" ends by itself in Discord


REFUSALS = [
    "missing access",
    "missing permissions",
    "archived",
    "too many edits",
    "locked",
    "explicit content",
    "blocked by AutoMod",
    "invalid form",
    "no direct messages",
    "no mutual server",
]


async def test_a_picture_that_its_message_refuses_goes_to_the_channel(chat: Chat) -> None:
    for error in REFUSALS:
        chat.discord.faults.add(Refused(error), "edit original", times=FOREVER)
        await chat.answer("/waifu seed:1")
        (message,) = await wait_for_end(chat)
        assert message.attachments, error
        assert message.channel_id == chat.ann.channel.id
        assert message.mentions == (chat.ann.user.id,)
        chat.discord.faults.clear()
        chat.world.messages.clear()


async def test_a_picture_that_the_channel_refuses_too_is_a_direct_message(chat: Chat) -> None:
    for route in ("edit original", "send"):
        chat.discord.faults.add(Refused("missing permissions"), route)
    await chat.answer("/waifu seed:1")
    (message,) = await wait_for_end(chat)
    assert message.attachments
    assert message.channel_id == chat.world.direct(chat.ann.user).id


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ("missing permissions", NotAllowed()),
        ("archived", ThreadClosed()),
        ("blocked by AutoMod", Filtered()),
        ("invalid form", NotAccepted(number=50035)),
    ],
)
async def test_a_picture_that_no_place_takes_is_one_private_sentence(
    chat: Chat, error: str, sentence: GeneratorError
) -> None:
    chat.discord.faults.add(Refused(error), "edit original", times=FOREVER)
    chat.discord.faults.add(Refused(error), "send", times=1)
    chat.world.without_direct.add(chat.ann.user.id)
    await chat.answer("/waifu seed:1")
    (message,) = await wait_for_end(chat)
    assert message.content == str(sentence)
    assert is_private(message, chat)


@pytest.mark.parametrize("fault", [HtmlPage(413), HtmlPage(413, via=False), Refused("too large")], ids=str)
async def test_a_file_that_is_too_large_for_discord_is_one_private_sentence(chat: Chat, fault: Fault) -> None:
    for route in ("edit original", "send"):
        chat.discord.faults.add(fault, route, times=2 if route == "send" else 1)
    await chat.answer("/waifu seed:1")
    (message,) = await wait_for_end(chat)
    assert message.content == str(CannotFit(limit="10 MiB"))
    assert is_private(message, chat)


async def test_an_archived_thread_is_opened_again_by_the_picture(chat: Chat) -> None:
    thread = chat.world.add_channel(chat.guild, "thread", chat.ann.channel)
    chat.discord.faults.add(Slow(0.2), "edit original")
    answer = chat.ann.in_channel(thread).say("/waifu seed:1")
    await answer.wait_acknowledged()
    chat.world.channels[thread.id] = replace(thread, archived=True)
    (message,) = await wait_for_end(chat)
    assert message.attachments
    assert not chat.world.channels[thread.id].archived


@pytest.mark.parametrize("error", ["unknown message", "unknown channel", "unknown guild"])
async def test_what_was_deleted_waits_for_nothing(chat: Chat, error: str) -> None:
    chat.discord.faults.add(Refused(error), "edit original", times=FOREVER)
    answer = await chat.answer("/waifu seed:1")
    (message,) = await wait_for_end(chat)
    assert not message.attachments
    chat.world.messages.pop(answer.message.id if answer.message else 0)  # the fault only pretended that it is gone


# In private


async def test_what_is_asked_in_private_is_answered_in_private(chat: Chat) -> None:
    shown = await chat.draw("/waifu seed:1")
    explained = await chat.ann.click(shown, "Recipe").when(lambda message: bool(message.components))
    assert is_private(explained, chat)
    drawn = await chat.ann.click(explained, "Again").picture(10)
    assert is_private(drawn, chat)
    assert is_private(await chat.ann.click(drawn, "Again").picture(10), chat)
    assert not is_private(await chat.ann.click(shown, "Again").picture(10), chat)


@pytest.mark.parametrize("trouble", ["refused", "late"])
async def test_what_is_asked_in_private_is_never_shown_to_others(chat: Chat, trouble: str) -> None:
    shown = await chat.draw("/waifu seed:1")
    explained = await chat.ann.click(shown, "Recipe").when(lambda message: bool(message.components))
    chat.discord.faults.add(Refused("missing permissions") if trouble == "refused" else Slow(0.3), "edit original")
    answer = chat.ann.click(explained, "Draw it")
    await answer.wait_acknowledged()
    (entry,) = await chat.journal.unanswered(chat.world.bot.id)
    assert entry.private == 1
    if trouble == "late":
        chat.clock.ahead_s = 16 * 60
    await wait_for_end(chat)
    news = [message for message in chat.world.messages.values() if message.id not in (shown.id, explained.id)]
    assert all(is_private(message, chat) for message in news)
    assert not any(message.attachments for message in news)
    if trouble == "refused":
        assert [message.content for message in news] == [str(NotAllowed())]
    for message in news:
        chat.world.messages.pop(message.id)


async def test_a_refusal_found_while_drawing_is_as_private_as_one_before(chat: Chat) -> None:
    from generator.contract.errors import OutOfMemory

    answer = await chat.answer("/waifu seed:1 model:other-1")
    await answer.when(lambda shown: "█" in shown.content)
    (render,) = chat.queue._renders.values()
    chat.queue._end(render, OutOfMemory())
    (message,) = await wait_for_end(chat)
    assert message.content == str(OutOfMemory())
    assert is_private(message, chat)


async def test_a_private_sentence_that_fails_once_arrives_all_the_same(chat: Chat) -> None:
    from generator.contract.errors import OutOfMemory

    answer = await chat.answer("/waifu seed:1 model:other-1")
    await answer.when(lambda shown: "█" in shown.content)
    chat.discord.faults.add(ServerError(502), "delete original")
    chat.discord.faults.add(HtmlPage(429), "follow up")
    (render,) = chat.queue._renders.values()
    chat.queue._end(render, OutOfMemory())
    (message,) = await wait_for_end(chat)
    assert is_private(message, chat)
