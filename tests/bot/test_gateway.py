"""Malformed events of the gateway are dropped, closings for good have sentences, and no command is left twice."""

import asyncio
import re
import zlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import discord
import pytest
from bot_chat import Chat, eventually, open_chat
from project_paths import ROOT

from bot.connection import gateway
from bot.errors import CannotStart, GatewayLost


@pytest.fixture
async def chat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Chat]:
    async with open_chat(tmp_path, monkeypatch) as chat:
        yield chat


def interaction(**changes: Any) -> dict[str, Any]:
    """Return an interaction without a token and a size limit, or with other changes."""
    return {"id": "1", "application_id": "1", "type": 2, "version": 1, "data": {"id": "1", "name": "waifu"}} | changes


MALFORMED = {
    "an interaction without a token": ("INTERACTION_CREATE", interaction()),
    "an interaction without a size limit": ("INTERACTION_CREATE", interaction(token="t")),
    "an interaction with a bad id": ("INTERACTION_CREATE", interaction(id="abc", token="t", attachment_size_limit=1)),
    "an interaction that is null": ("INTERACTION_CREATE", None),
    "an interaction that is a list": ("INTERACTION_CREATE", [1, 2]),
    "a message update without a type": ("MESSAGE_UPDATE", {"id": "1", "channel_id": "1"}),
    "a message deletion without an id": ("MESSAGE_DELETE", {}),
    "a server that is a text": ("GUILD_CREATE", "server"),
    "a resumption that is a list": ("RESUMED", []),
    "an unknown event": ("SOMETHING_NEW", None),
}


async def test_a_malformed_event_is_dropped_and_the_next_command_is_answered(chat: Chat) -> None:
    for name, data in MALFORMED.values():
        chat.discord.gateway.emit(name, data)
        assert (await chat.draw("/waifu seed:1")).attachments
    assert chat.discord.gateway.identified == 1
    assert chat.discord.gateway.resumed == 0


FRAMES = {
    "no JSON": "hello {",
    "a list": "[]",
    "null": "null",
    "a number": "5",
    "an operation that is a list": '{"op": [], "d": null}',
    "deep nesting": "[" * 100_000,
    "a hello without data": '{"op": 10, "d": null}',
    "a sequence number that is a text": '{"op": 0, "t": "TYPING_START", "s": "x", "d": {}}',
    "bytes that are not compressed": b"hello\x00\x00\xff\xff",
    "compressed bytes that are no text": b"",
}


async def test_a_malformed_frame_costs_at_most_a_reconnect(chat: Chat) -> None:
    for frame in FRAMES.values():
        if frame == b"":
            (connection,) = chat.discord.gateway.connections
            assert connection._zlib is not None
            frame = connection._zlib.compress(b"\xff\xfe") + connection._zlib.flush(zlib.Z_SYNC_FLUSH)
        chat.discord.gateway.send_frame(frame)
        assert (await chat.draw("/waifu seed:1")).attachments
    chat.discord.gateway.drop()  # and the session can still be resumed
    assert (await chat.draw("/waifu seed:2")).attachments


async def test_many_malformed_events_in_a_row_replace_the_connection(chat: Chat) -> None:
    for _ in range(gateway.MAX_MALFORMED - 1):
        chat.discord.gateway.emit("INTERACTION_CREATE", None)
    assert (await chat.draw("/waifu seed:1")).attachments
    assert chat.discord.gateway.resumed == 0
    for _ in range(gateway.MAX_MALFORMED):
        chat.discord.gateway.emit("INTERACTION_CREATE", None)
    await eventually(lambda: chat.discord.gateway.resumed == 1)
    assert (await chat.draw("/waifu seed:2")).attachments


async def test_a_gateway_that_refuses_the_first_connection_does_not_end_the_bot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_chat(tmp_path, monkeypatch) as chat:
        monkeypatch.setattr(discord.shard.ExponentialBackoff, "delay", lambda _: 0.05)
        chat.discord.gateway.refusing = True
        async with another(chat, tmp_path) as bot:
            serving = asyncio.create_task(bot.serve("loopback-token"))
            await asyncio.sleep(0.3)
            assert not serving.done()
            chat.discord.gateway.refusing = False
            await eventually(lambda: chat.discord.gateway.identified == 2)
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


def another(chat: Chat, folder: Path, *, guilds: tuple[int, ...] = (), always: bool = True) -> Any:
    from bot.client import Client

    return Client(chat.services, guilds=guilds, state_dir=folder, always_sync=always)


# Closing for good


@pytest.mark.parametrize(
    ("code", "exit_code", "about"),
    [
        (4004, 4, "refused the token"),
        (4010, 11, "does not know one of the shards"),
        (4011, 12, "requires more shards"),
        (4012, 13, "no longer speaks this version"),
        (4013, 14, "intents guilds, guild_messages, dm_messages"),
        (4014, 15, "Privileged Gateway Intents"),
    ],
)
async def test_each_closing_for_good_has_its_own_sentence_and_exit_code(
    chat: Chat, tmp_path: Path, code: int, exit_code: int, about: str
) -> None:
    async with another(chat, tmp_path) as bot:
        serving = asyncio.create_task(bot.serve("loopback-token"))
        await eventually(lambda: chat.discord.gateway.identified == 2)
        await chat.discord.gateway.close_all(code)
        with pytest.raises(CannotStart, match=about) as ending:
            await serving
        assert ending.value.exit_code == exit_code
        assert code == 4004 or re.search(rf"\b{code}\b|token", str(ending.value))


def test_an_intent_that_is_not_allowed_is_named() -> None:
    intents = discord.Intents(guilds=True, message_content=True)
    error = gateway.explain_closing(discord.PrivilegedIntentsRequired(None), intents)
    assert "the intents message_content (close code 4014)" in str(error)


def test_the_example_unit_restarts_for_nothing_that_a_restart_cannot_mend() -> None:
    unit = (ROOT / "docs" / "waifubot.service").read_text(encoding="utf-8")
    line = next(line for line in unit.splitlines() if line.startswith("RestartPreventExitStatus="))
    kinds = {error.exit_code: error for error in all_kinds(CannotStart)}
    hopeless = {code for code, error in kinds.items() if error.code not in ("bot_failed", "cannot_start")} - {
        6,
        7,
        8,
        10,
        12,
        16,
    }
    assert set(map(int, line.partition("=")[2].split())) == hopeless - {1}


def all_kinds(kind: type[CannotStart]) -> set[type[CannotStart]]:
    return {kind} | {other for subclass in kind.__subclasses__() for other in all_kinds(subclass)}


# Session starts


@pytest.mark.parametrize(
    ("remaining", "reset_s", "pause_s"),
    [(1000, 14_400, 0), (50, 14_400, 0), (40, 14_400, 360), (1, 14_400, 600), (0, 14_400, 14_400), (10, 20, 2)],
)
def test_few_session_starts_slow_new_sessions_down(remaining: int, reset_s: float, pause_s: float) -> None:
    assert gateway.pause_before_start(remaining, reset_s) == pause_s


async def test_a_bot_with_few_session_starts_left_waits_before_it_connects(chat: Chat, tmp_path: Path) -> None:
    chat.discord.rest.starts_left, chat.discord.rest.starts_reset_s = 0, 0.5
    async with another(chat, tmp_path) as bot:
        began = asyncio.get_running_loop().time()
        tasks = [asyncio.create_task(bot.serve("loopback-token")), asyncio.create_task(bot.watch(0.3))]
        await eventually(lambda: chat.discord.gateway.identified == 2)
        assert asyncio.get_running_loop().time() - began >= 0.5
        for task in tasks:
            task.cancel()
        endings = await asyncio.gather(*tasks, return_exceptions=True)
        assert not any(isinstance(ending, GatewayLost) for ending in endings)


# The commands of a server and those of all


def listed(chat: Chat) -> list[str]:
    return sorted(command["name"] for command in chat.world.commands_in(chat.ann.channel.id))


async def test_switching_between_a_server_and_everywhere_leaves_no_command_twice(chat: Chat, tmp_path: Path) -> None:
    once = listed(chat)
    here = chat.guild.id
    for guilds in ((here,), (), (here,)):
        async with another(chat, tmp_path / "state", guilds=guilds, always=False) as bot:
            await bot.login("loopback-token")
        assert listed(chat) == once
        assert bool(chat.world.commands.get(here)) == bool(guilds)
    assert (await chat.draw("/waifu seed:1")).attachments


async def test_a_command_registered_in_both_places_is_shown_twice_as_in_discord(chat: Chat) -> None:
    once = listed(chat)
    copies = tuple(command | {"guild_id": str(chat.guild.id)} for command in chat.world.commands[None])
    chat.world.sync(chat.guild.id, copies)
    assert listed(chat) == sorted(once * 2)
    assert (await chat.draw("/waifu seed:1")).attachments  # the copy of the server, which the bot does not know


async def test_copies_that_an_earlier_version_left_are_found(chat: Chat, tmp_path: Path) -> None:
    once = listed(chat)
    chat.world.sync(chat.guild.id, tuple(c | {"guild_id": str(chat.guild.id)} for c in chat.world.commands[None]))
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "commands.json").write_text('{"commands": "of an earlier version"}')
    async with another(chat, tmp_path / "state", always=False) as bot:
        serving = asyncio.create_task(bot.serve("loopback-token"))
        await eventually(lambda: listed(chat) == once)
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def test_a_place_that_cannot_be_cleared_is_cleared_at_the_next_start(chat: Chat, tmp_path: Path) -> None:
    from playground.discord.faults import ServerError

    once, here = listed(chat), chat.guild.id
    for guilds in ((here,), ()):
        if not guilds:
            chat.discord.faults.add(ServerError(503), "guild sync", times=1)
        async with another(chat, tmp_path / "state", guilds=guilds, always=False) as bot:
            await bot.login("loopback-token")
    assert listed(chat) == sorted(once * 2)
    async with another(chat, tmp_path / "state", always=False) as bot:
        await bot.login("loopback-token")
    assert listed(chat) == once


async def test_a_server_that_the_bot_has_left_does_not_keep_it_from_registering(chat: Chat, tmp_path: Path) -> None:
    here = chat.guild.id
    async with another(chat, tmp_path / "state", guilds=(here,), always=False) as bot:
        await bot.login("loopback-token")
    members = {person: rights for person, rights in chat.guild.members.items() if person != chat.world.bot.id}
    chat.world.guilds[here] = replace(chat.guild, members=members)
    chat.world.commands.pop(None, None)
    async with another(chat, tmp_path / "state", guilds=(), always=False) as bot:
        await bot.login("loopback-token")
    assert chat.world.commands[None]
