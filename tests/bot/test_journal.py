"""Requests that an earlier run of the bot has left: kept on disk, answered once, in their own message or in the channel."""

import asyncio
import re
import secrets
import stat
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route
from last_message import is_last_word
from project_paths import WORKERS

from bot import client
from bot.delivery.reply import Pauses
from bot.delivery.service import RequestService
from bot.operations.status import StatusMonitor
from bot.queue.queue import Limits, RenderQueue
from bot.storage.journal import Entry, Journal
from bot.worker.engine import LocalEngine
from playground.discord import state
from playground.discord.api import responses
from playground.discord.faults import Dropped, ServerError
from playground.discord.server import TOKEN, Loopback
from playground.discord.state import Message, World
from playground.people.user import Person, until

ENTRY = Entry(1, 2, "token", 3, 4, 5, None, 1e9, 1000, "waifu 1 model=drawn-4 psi=0.7")


# The file


async def test_what_is_open_is_there_after_a_restart_and_what_is_closed_is_not(tmp_path: Path) -> None:
    file = tmp_path / "state" / "journal.sqlite3"
    async with Journal(file) as journal:
        for interaction in (1, 2, 3):
            await journal.open(replace(ENTRY, interaction=interaction))
        await journal.acknowledged(2, 77)
        await journal.ending(3)
        await journal.close(1)
    async with Journal(file) as journal:
        left = [replace(ENTRY, interaction=2, message=77), replace(ENTRY, interaction=3, ending=1)]
        assert await journal.unanswered(2) == left
        assert await journal.unanswered(99) == []


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def test_the_file_is_private_and_forgets_tokens(tmp_path: Path) -> None:
    file = tmp_path / "journal.sqlite3"
    secret = secrets.token_urlsafe(64)
    async with Journal(file) as journal:
        await journal.open(replace(ENTRY, token=secret))
        assert secret.encode() in everything_in(tmp_path)
        await journal.close(1)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert secret.encode() not in everything_in(tmp_path)


async def test_a_second_bot_on_the_same_folder_keeps_no_journal_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "journal.sqlite3"
    async with Journal(file) as first:
        await first.open(ENTRY)
        async with Journal(file) as second:
            assert await second.unanswered(2) == []
        assert "is another bot running there?" in caplog.text
        assert await first.unanswered(2) == [ENTRY]


async def test_a_damaged_or_unwritable_journal_costs_no_picture(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "damaged").write_bytes(b"this is no database" * 100)
    (tmp_path / "file").touch()
    for file in (tmp_path / "damaged", tmp_path / "file" / "below", None):
        async with Journal(file) as journal:
            await journal.open(ENTRY)
            assert await journal.unanswered(2) == []
    assert caplog.text.count("will not survive a restart") == 2


# What was left is answered


@dataclass
class Left:
    """A bot that has just been started, with a journal; and how to make what an earlier run would have left."""

    discord: Loopback
    world: World
    person: Person
    bot: client.Client
    service: RequestService
    journal: Journal

    async def asked(
        self, line: str, *, age_s: float = 5.0, acknowledged: bool = True, **entry: object
    ) -> state.Interaction:
        """Leave a request that the bot has not heard of."""
        now = self.world.clock()
        data = {"id": "1", "name": "waifu", "type": 1}
        id_, token = self.world.snowflake(), secrets.token_urlsafe(16)
        asked = state.Interaction(id_, token, state.COMMAND, self.person.user.id, self.person.channel.id, data, now)
        self.world.interactions[id_] = asked
        if acknowledged:
            asked = responses.acknowledge(self.world, id_, token, {"type": 5}, {})
        self.world.interactions[id_] = asked = replace(asked, when=now - age_s)
        channel, guild = self.person.channel.id, self.person.channel.guild_id
        row = Entry(
            id_,
            self.world.bot.id,
            token,
            channel,
            self.person.user.id,
            guild,
            asked.original_id,
            now - age_s + 900,
            10**7,
            line,
        )
        await self.journal.open(replace(row, **entry))  # type: ignore[arg-type]
        return asked

    async def take_up(self) -> None:
        """Do what a start does, and wait until all of it is answered."""
        await self.service.take_up(self.bot, self.world.bot.id)
        async with asyncio.timeout(20):
            while self.service._open:
                await asyncio.wait(self.service._open)

    def original(self, interaction: state.Interaction) -> Message:
        return self.world.messages[interaction.original_id or 0]

    @property
    def pictures(self) -> list[Message]:
        return [message for message in self.world.messages.values() if message.attachments]

    async def is_empty(self) -> bool:
        return not await self.journal.unanswered(self.world.bot.id)


@pytest.fixture
async def left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Left]:
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)
    caplog.set_level("INFO")
    world = World()
    owner, ann = world.add_user("owner"), world.add_user("ann")
    channel = world.add_channel(world.add_guild("server", owner, ann), "pictures")
    async with AsyncExitStack() as stack:
        discord = await stack.enter_async_context(Loopback(world))
        client.point_at(discord.url)
        engine = LocalEngine([sys.executable, str(WORKERS / "draws.py")])
        queue = RenderQueue(engine, Limits(line=1, person=1))
        journal = await stack.enter_async_context(Journal(tmp_path / "journal.sqlite3"))
        service = RequestService(
            queue, StatusMonitor(queue, engine), journal=journal, pauses=Pauses(first_s=0.05, every_s=0.1)
        )
        bot = client.Client(service, guilds=(), state_dir=tmp_path, always_sync=True)
        for part in (engine, bot, service, queue):
            await stack.enter_async_context(part)
        serving = asyncio.create_task(bot.serve(TOKEN))
        await asyncio.wait_for(asyncio.gather(bot.wait_until_ready(), engine.wait_ready()), 20)
        yield Left(discord, world, Person(world, ann, channel), bot, service, journal)
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def test_requests_are_answered_in_their_own_messages_whatever_the_limits(left: Left) -> None:
    asked = [await left.asked(f"waifu {seed} model=drawn-4 psi=0.7") for seed in range(5)]
    await left.take_up()
    for seed, interaction in enumerate(asked):
        assert left.original(interaction).content == f"Seed **{seed}**\n`waifu {seed} model=drawn-4 psi=0.7`"
        assert len(left.original(interaction).attachments) == 1
    assert len(left.world.messages) == 5
    assert await left.is_empty()


async def test_an_answer_that_had_arrived_is_not_given_again(left: Left) -> None:
    asked = await left.asked("waifu 1 model=drawn-4 psi=0.7", ending=1)
    upload = responses.Upload("old.png", b"the picture that had arrived")
    responses.edit(left.world, left.original(asked), {"content": "before"}, {0: upload})
    await left.take_up()
    assert left.original(asked).content == "before"
    assert await left.is_empty()


@pytest.mark.parametrize("known", [True, False], ids=["and its message is known", "and its message is not known yet"])
async def test_an_answer_that_had_not_arrived_is_given(left: Left, known: bool) -> None:
    asked = await left.asked("waifu 1 model=drawn-4 psi=0.7", **({"ending": 1} if known else {"message": None}))
    await left.take_up()
    assert left.original(asked).attachments
    assert await left.is_empty()


async def test_who_was_told_that_nobody_responded_gets_nothing_more(left: Left) -> None:
    await left.asked("waifu 1 model=drawn-4 psi=0.7", acknowledged=False)
    await left.take_up()
    assert not left.world.messages
    assert await left.is_empty()


async def test_what_cannot_be_made_any_more_ends_in_a_sentence(left: Left) -> None:
    asked = await left.asked("waifu 1 model=sold-1 psi=0.7")
    await left.take_up()
    assert "There is no model 'sold-1' here" in left.original(asked).content
    assert await left.is_empty()


async def test_a_line_that_this_version_does_not_understand_is_dropped(
    left: Left, caplog: pytest.LogCaptureFixture
) -> None:
    await left.asked("hologram 1 model=drawn-4")
    await left.take_up()
    assert "is not understood" in caplog.text
    assert await left.is_empty()


async def test_a_message_that_was_deleted_meanwhile_is_no_error(left: Left, caplog: pytest.LogCaptureFixture) -> None:
    for ending in (0, 1):
        asked = await left.asked(f"waifu {ending} model=drawn-4 psi=0.7", ending=ending)
        left.world.delete(asked.original_id or 0)
    await left.take_up()
    assert await left.is_empty()
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_after_the_tokens_life_the_answer_goes_to_the_channel_and_once(left: Left) -> None:
    left.discord.faults.add(Dropped(after=True), "send")
    asked = await left.asked("waifu 1 model=drawn-4 psi=0.7", age_s=16 * 60)
    await left.service.take_up(left.bot, left.world.bot.id)
    posted = await until(left.world, lambda: next(iter(left.pictures), None), 10, lambda: "nothing was posted")
    assert posted.id != asked.original_id
    assert posted.content.startswith(f"<@{left.person.user.id}>, your picture took longer")
    left.service._seen.clear()  # as after another start
    await left.take_up()
    assert left.pictures == [posted]
    assert await left.is_empty()


async def test_a_late_answer_is_dropped_with_a_line_in_the_log_where_the_bot_may_not_write(
    left: Left, caplog: pytest.LogCaptureFixture
) -> None:
    await left.asked("waifu 1 model=drawn-4 psi=0.7", age_s=16 * 60, channel=None)
    await left.asked("waifu 2 model=drawn-4 psi=0.7", age_s=26 * 3600)
    await left.take_up()
    left.world.channels[left.person.channel.id] = replace(left.person.channel, denied=state.SEND)
    await left.asked("waifu 3 model=drawn-4 psi=0.7", age_s=16 * 60)
    await left.take_up()
    assert not left.pictures
    assert await left.is_empty()
    for words in ('"waifu 1 .*" came too late', "a day old", "waifu 3 .*the channel refused it", "outcome=dropped"):
        assert any(re.search(words, record.getMessage()) for record in caplog.records), words


async def test_an_answer_that_did_not_arrive_is_kept_for_the_next_start(
    left: Left, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    async def at_once(seconds: float, result: object = None) -> object:
        slept.append(seconds)
        return await real(0 if seconds >= 0.5 else seconds, result)

    real = asyncio.sleep
    monkeypatch.setattr("asyncio.sleep", at_once)  # discord.py waits up to 25 s for a Discord that is down
    asked = await left.asked("waifu 1 model=drawn-4 psi=0.7")
    left.discord.faults.add(ServerError(500), "edit original", times=100)
    await left.take_up()
    assert not await left.is_empty()
    left.discord.faults.clear()
    left.service._seen.clear()
    await left.take_up()
    assert left.original(asked).attachments
    assert await left.is_empty()


async def test_a_stream_goes_on_until_its_time_is_over(left: Left) -> None:
    left.service.streams._pauses = Pauses(face_s=0.1)
    line = "waifu 1 model=drawn-4 psi=0.7"
    asked = await left.asked(line, until=time.time() + 1.5)
    seen: set[str] = set()
    stop = left.world.subscribe(lambda event: seen.add(event.subject.content) if event.name == "edit" else None)
    await left.take_up()
    stop()
    faces = [text for text in seen if "Stop keeps" in text]
    assert any(line in text for text in faces)  # what was shown last is shown again, then come others
    assert len(faces) > 2
    assert "Stop keeps" not in left.original(asked).content
    assert left.original(asked).attachments
    assert await left.is_empty()


@pytest.mark.parametrize("late_s", [5.0, 1000.0], ids=["while its token lives", "after that"])
async def test_a_stream_whose_time_is_over_leaves_its_last_face(left: Left, late_s: float) -> None:
    line = "waifu 1 model=drawn-4 psi=0.7"
    asked = await left.asked(line, age_s=late_s, until=time.time() - 1)
    left.world.edit(asked.original_id or 0, content=f"Seed **1**\n`{line}`\n-# A new face every few seconds", flags=0)
    await left.take_up()
    shown = left.original(asked)
    assert shown.content == f"Seed **1**\n`{line}`"
    assert shown.components[0]["components"][0]["label"] == "Again"
    assert len(left.world.messages) == 1
    assert await left.is_empty()


async def test_a_stream_of_a_network_that_is_gone_ends_as_one_sentence(left: Left) -> None:
    asked = await left.asked("waifu 1 model=gone psi=0.7", until=time.time() + 60)
    await left.take_up()
    assert "There is no model 'gone' here" in left.original(asked).content
    assert await left.is_empty()


async def test_an_interaction_that_comes_twice_runs_once(left: Left) -> None:
    answer = left.person.say("/waifu seed:1")
    left.world.publish("interaction", answer.interaction)
    first = await answer.picture(10)
    left.world.publish("interaction", answer.interaction)
    click = left.person.click(first, "Again")
    left.world.publish("interaction", click.interaction)
    await click.picture(10)
    later = left.person.say("/queue")
    await later.acknowledged()
    assert (
        left.discord.rest.requests.count(("callback", 200))
        == sum(route == "callback" for route, _ in left.discord.rest.requests)
        == 3
    )
    assert len(left.pictures) == 2
    assert await left.is_empty()


async def test_answered_requests_leave_nothing_in_the_journal(left: Left) -> None:
    assert (await left.person.say("/waifu seed:1").picture(10)).attachments
    cancelled = left.person.say("/waifu seed:1 model:other-1")
    await cancelled.when(lambda shown: "█" in shown.content)
    assert [entry.line for entry in await left.journal.unanswered(left.world.bot.id)] == [
        "waifu 1 model=other-1 psi=0.7"
    ]
    assert (await left.journal.unanswered(left.world.bot.id))[0].deadline == pytest.approx(time.time() + 900, abs=10)
    await left.person.say("/cancel").acknowledged()
    assert (await cancelled.when(is_last_word)).content == "Cancelled."
    async with asyncio.timeout(5):
        while not await left.is_empty():  # noqa: ASYNC110 - the row goes a moment after the answer
            await asyncio.sleep(0.01)
