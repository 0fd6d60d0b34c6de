"""Discord's rules for who sees an answer, and for how often an old message may be edited. Runs no bot."""

from dataclasses import replace

import pytest

from playground.discord import state
from playground.discord.api import responses
from playground.discord.errors import ApiError
from playground.discord.state import World


class Clock:
    now_s = 1e9

    def __call__(self) -> float:
        return self.now_s


@pytest.mark.parametrize("allowed", [True, False], ids=["with Use External Apps", "without Use External Apps"])
@pytest.mark.parametrize("joined", [True, False], ids=["a member", "brought along"])
def test_an_app_that_is_brought_along_answers_only_its_person_unless_that_is_allowed(
    allowed: bool, joined: bool
) -> None:
    world = World()
    owner, ann = world.add_user("owner"), world.add_user("ann")
    guild = world.add_guild("server", owner, ann, bot_joined=joined)
    rights = state.PLAIN_MEMBER if allowed else state.PLAIN_MEMBER & ~state.USE_EXTERNAL_APPS
    world.guilds[guild.id] = replace(guild, members={**guild.members, ann.id: rights})
    channel = world.add_channel(guild, "general")
    seen_by_all = []
    for callback in ({"type": 4, "data": {"content": "hello"}}, {"type": 5}):
        asked = world.interact(state.COMMAND, ann.id, channel.id, {"name": "waifu"})
        answered = responses.acknowledge(world, asked.id, asked.token, callback, {})
        first = world.messages[answered.original_id or 0]
        world.edit(first.id, content="hello", flags=first.flags & ~state.LOADING)
        for _ in range(5):
            more = responses.follow_up(world, world.interactions[asked.id], {"content": "more"}, {})
            seen_by_all += [message.ephemeral_to is None for message in (first, more)]
        if not joined:
            with pytest.raises(ApiError, match="40094"):
                responses.follow_up(world, world.interactions[asked.id], {"content": "a sixth"}, {})
    assert set(seen_by_all) == {allowed or joined}


def test_a_message_older_than_an_hour_may_be_edited_three_times_in_an_hour() -> None:
    clock = Clock()
    world = World(clock)
    channel = world.add_channel(world.add_guild("server", world.add_user("owner")), "general")
    message = world.post(channel.id, world.bot.id, content="young")

    def edit() -> None:
        responses.edit(world, world.messages[message.id], {"content": "changed"}, {})

    for _ in range(20):
        edit()
    clock.now_s += 3601
    for _ in range(3):
        edit()
    with pytest.raises(ApiError, match="30046"):
        edit()
    clock.now_s += 3600
    edit()
