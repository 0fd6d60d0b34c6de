"""Pictures that only their asker sees, and showing them to everybody; and the limit of pictures in a minute."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from bot_chat import Chat, eventually, open_chat

from bot.errors import OnlyYouHere
from bot.messages import captions
from bot.operations.policy import Policy
from bot.queue.throttle import Throttle
from playground.discord import state
from playground.people.person import Person

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
    await eventually(lambda: not shared.service._tasks)
    assert not await shared.journal.unanswered(shared.world.bot.id)


PRIVATE = [
    "/waifu seed:1 private:true",
    "/grid size:1 seed:1 private:true",
    "/morph from:1 to:2 private:true",
]


async def test_a_private_picture_is_changed_in_private_and_posted_for_everybody(chat: Chat) -> None:
    for command in PRIVATE:
        shown = await chat.draw(command)
        assert shown.ephemeral_to == chat.ann.user.id
    shown = await chat.draw(PRIVATE[0])
    wilder = await chat.ann.click(shown, "Wilder").picture(10)
    assert (wilder.id, wilder.ephemeral_to) == (shown.id, chat.ann.user.id)
    labels = [part["label"] for row in wilder.components for part in row["components"] if "label" in part]
    assert {"Post", "Back"} <= set(labels)
    assert "Delete" not in labels
    posted = await chat.ann.click(shown, "Post").picture(10)
    assert (posted.id == shown.id, posted.ephemeral_to) == (False, None)
    assert captions.recipe_in(posted.content) == captions.recipe_in(wilder.content)
    assert posted.attachments[0].body == wilder.attachments[0].body
    assert chat.world.messages[shown.id] == wilder
    assert (await chat.ann.click(posted, "Calmer").picture(10)).id == posted.id


def brought_along(chat: Chat, rights: int) -> Person:
    """Return ann in a server where the bot is not a member, and where she has these rights."""
    guild = chat.world.add_guild("elsewhere", chat.bob.user, chat.ann.user, bot_joined=False)
    chat.world.guilds[guild.id] = replace(guild, members={**guild.members, chat.ann.user.id: rights})
    return chat.ann.in_channel(chat.world.add_channel(guild, "general"))


async def test_where_discord_makes_every_answer_private_post_says_so(chat: Chat) -> None:
    ann = brought_along(chat, state.PLAIN_MEMBER & ~state.USE_EXTERNAL_APPS)
    for command in ("/waifu seed:1 private:true", "/waifu seed:2"):
        shown = await chat.draw(command, ann)
        assert shown.ephemeral_to == ann.user.id
    shown = await chat.draw("/waifu seed:1 private:true", ann)
    refused = await ann.click(shown, "Post").wait_final(10)
    assert (refused.content, refused.ephemeral_to) == (str(OnlyYouHere()), ann.user.id)
    free = brought_along(chat, state.PLAIN_MEMBER)
    shown = await chat.draw("/waifu seed:1 private:true", free)
    assert (await free.click(shown, "Post").picture(10)).ephemeral_to is None


async def test_too_many_pictures_in_a_minute_are_refused_in_private_and_cost_no_picture(chat: Chat) -> None:
    chat.service._throttle = Throttle(3)
    chat.service._policy = Policy(rates={chat.patrons: 4})
    shown = await chat.draw("/waifu seed:1")
    for _ in range(2):
        shown = await chat.ann.click(shown, "Again").picture(10)
    for answer in (chat.ann.click(shown, "Again"), chat.ann.say("/waifu seed:1")):
        refused = await answer.wait_final(10)
        assert refused.content.startswith("You have asked for 3 pictures within a minute; the next one is possible in ")
        assert refused.ephemeral_to == chat.ann.user.id
    assert chat.world.messages[shown.id] == shown
    for _ in range(4):
        assert (await chat.draw("/waifu seed:1", chat.bob)).attachments
