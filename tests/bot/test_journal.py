"""Requests that an earlier run of the bot left unanswered are answered once, in their own message or in the channel."""

import asyncio
import re
import secrets
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route
from project_paths import WORKERS
from sqlalchemy import text

from bot import client
from bot.delivery.replies.reply import EditIntervals
from bot.delivery.seen import SeenInteractions
from bot.delivery.service import LINE_OF_SEARCH
from bot.delivery.services import Services, build_services
from bot.errors import Interrupted, UploadForgotten
from bot.interactions import collection
from bot.operations.status import StatusMonitor
from bot.queue.limits import Limits
from bot.queue.queue import RenderQueue
from bot.storage.database import Database, Place, Statement
from bot.storage.journal import Journal, JournalEntry
from bot.storage.preferences import Preferences
from bot.worker.engine import LocalEngine
from playground.discord import state
from playground.discord.api import responses
from playground.discord.faults import Dropped, ServerError
from playground.discord.server import TOKEN, Loopback
from playground.discord.state import Message, World
from playground.people.person import Person, until

ENTRY = JournalEntry(1, 2, "token", 3, 4, 5, None, 1e9, 1000, "waifu 1 model=drawn-4 psi=0.7")


# The table


async def test_open_requests_survive_a_restart_and_closed_ones_do_not(place: Place) -> None:
    async with Database(place) as database:
        journal = Journal(database)
        for interaction in (1, 2, 3):
            await journal.open(replace(ENTRY, interaction=interaction))
        journal.acknowledge(2, 77)
        await journal.mark_ending(3, ENTRY.line)
        await journal.close(1)
        await journal.flush()
    async with Database(place) as database:
        entries = [replace(ENTRY, interaction=2, message=77), replace(ENTRY, interaction=3, ending=1)]
        assert await Journal(database).unanswered(2) == entries
        assert await Journal(database).unanswered(99) == []


async def test_a_request_that_is_answered_at_once_takes_two_transactions_and_a_share_of_one(tmp_path: Path) -> None:
    async with Database(tmp_path / "state") as database:
        journal, transactions = Journal(database), 0
        write = database.write

        async def count(*statements: Statement) -> bool:
            nonlocal transactions
            transactions += 1
            return await write(*statements)

        database.write = count  # type: ignore[method-assign]
        for interaction in range(10):
            await journal.open(replace(ENTRY, interaction=interaction))
            journal.acknowledge(interaction, 77)
            await journal.mark_ending(interaction, ENTRY.line)
            if interaction == 9:
                (row,) = await journal.unanswered(2)
                assert (row.interaction, row.message, row.ending) == (9, 77, 1)
            await journal.close(interaction)
        assert transactions == 20
        assert await journal.unanswered(2) == []
        assert transactions == 21


async def test_a_row_that_makes_no_sense_is_skipped(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with Database(tmp_path) as database:
        journal = Journal(database)
        await journal.open(ENTRY)
        await journal.open(replace(ENTRY, interaction=7))
        await database.write(text("UPDATE unanswered SET deadline = 'soon' WHERE interaction = 7"))
        assert await journal.unanswered(2) == [ENTRY]
    assert "skipped 1 unreadable rows" in caplog.text


# Unanswered requests are answered


@dataclass
class Restart:
    """A bot that has just been started. A test puts into its journal what an earlier run would have left there."""

    discord: Loopback
    world: World
    person: Person
    bot: client.Client
    services: Services
    journal: Journal

    async def leave(
        self, line: str, *, age_s: float = 5.0, acknowledged: bool = True, **entry: object
    ) -> state.Interaction:
        """Put a request that this bot has not seen into the journal and into Discord, and return its interaction.

        ``age_s`` is how long ago it was made, and ``entry`` overrides fields of the JournalEntry.
        """
        now = self.world.clock()
        data = {"id": "1", "name": "waifu", "type": 1}
        id_, token = self.world.snowflake(), secrets.token_urlsafe(16)
        interaction = state.Interaction(
            id_, token, state.COMMAND, self.person.user.id, self.person.channel.id, data, now
        )
        self.world.interactions[id_] = interaction
        if acknowledged:
            interaction = responses.acknowledge(self.world, id_, token, {"type": 5}, {})
        self.world.interactions[id_] = interaction = replace(interaction, when=now - age_s)
        channel, guild = self.person.channel.id, self.person.channel.guild_id
        row = JournalEntry(
            id_,
            self.world.bot.id,
            token,
            channel,
            self.person.user.id,
            guild,
            interaction.original_id,
            now - age_s + 900,
            10**7,
            line,
        )
        await self.journal.open(replace(row, **entry))  # type: ignore[arg-type]
        return interaction

    async def leave_click(
        self, shown: Message, line: str, *, age_s: float = 5.0, acknowledged: bool = True, **entry: object
    ) -> None:
        """Leave a click under ``shown`` that is to replace its picture by that of ``line``."""
        answer = await self.leave(
            line, age_s=age_s, acknowledged=False, message=shown.id, in_place=1, channel=shown.channel_id, **entry
        )
        data = {"custom_id": "waifu:wilder:1", "component_type": 2}
        callback, original = (6, shown.id) if acknowledged else (None, None)
        self.world.interactions[answer.id] = replace(
            answer, type=state.COMPONENT, data=data, message_id=shown.id, callback=callback, original_id=original
        )

    async def resume(self) -> None:
        """Answer the unanswered requests, as the bot does at its start, and wait until that is done."""
        await self.services.requests.resume(self.bot, self.world.bot.id)
        async with asyncio.timeout(20):
            while self.services.requests._tasks:
                await asyncio.wait(self.services.requests._tasks)

    def original(self, interaction: state.Interaction) -> Message:
        return self.world.messages[interaction.original_id or 0]

    @property
    def pictures(self) -> list[Message]:
        return [message for message in self.world.messages.values() if message.attachments]

    async def is_empty(self) -> bool:
        return not await self.journal.unanswered(self.world.bot.id)


@pytest.fixture
async def restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Restart]:
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)
    caplog.set_level("INFO")
    world = World()
    owner, ann = world.add_user("owner"), world.add_user("ann")
    channel = world.add_channel(world.add_guild("server", owner, ann), "pictures")
    async with AsyncExitStack() as stack:
        discord = await stack.enter_async_context(Loopback(world))
        client.use_discord_at(discord.url)
        engine = LocalEngine([sys.executable, str(WORKERS / "draws.py")])
        queue = RenderQueue(engine, Limits(queue=1, person=1))
        journal = Journal(await stack.enter_async_context(Database(tmp_path)))
        intervals = EditIntervals(first_s=0.05, every_s=0.1)
        monitor = StatusMonitor(queue)
        services = build_services(queue, monitor, Preferences(), journal=journal, intervals=intervals)
        bot = client.Client(services, guilds=(), state_dir=tmp_path, always_sync=True)
        for part in (engine, bot, services.requests, queue):
            await stack.enter_async_context(part)
        serving = asyncio.create_task(bot.serve(TOKEN))
        await asyncio.wait_for(asyncio.gather(bot.wait_until_ready(), engine.wait_ready()), 20)
        yield Restart(discord, world, Person(world, ann, channel), bot, services, journal)
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def test_requests_are_answered_in_their_own_messages_whatever_the_limits(restart: Restart) -> None:
    interactions = [await restart.leave(f"waifu {seed} model=drawn-4 psi=0.7") for seed in range(5)]
    await restart.resume()
    for seed, interaction in enumerate(interactions):
        shown = restart.original(interaction).content
        assert shown.endswith(f" hair\nSeed **{seed}**\n-# `waifu {seed} model=drawn-4 psi=0.7`")
        assert len(restart.original(interaction).attachments) == 1
    assert len(restart.world.messages) == 5
    assert await restart.is_empty()


async def test_an_answer_that_had_arrived_is_not_sent_again(restart: Restart) -> None:
    interaction = await restart.leave("waifu 1 model=drawn-4 psi=0.7", ending=1)
    upload = responses.Upload("old.png", b"the picture that had arrived")
    before = "before\n-# `waifu 1 model=drawn-4 psi=0.7`"
    responses.edit(restart.world, restart.original(interaction), {"content": before}, {0: upload})
    await restart.resume()
    assert restart.original(interaction).content == before
    assert await restart.is_empty()


@pytest.mark.parametrize("known", [True, False], ids=["with a known message", "with a message not known yet"])
async def test_an_answer_that_had_not_arrived_is_sent(restart: Restart, known: bool) -> None:
    interaction = await restart.leave(
        "waifu 1 model=drawn-4 psi=0.7", **({"ending": 1} if known else {"message": None})
    )
    await restart.resume()
    assert restart.original(interaction).attachments
    assert await restart.is_empty()


async def test_a_story_left_unanswered_is_told_after_the_start(restart: Restart) -> None:
    told = await restart.leave("waifu 1 model=drawn-4 psi=0.7", story=1)
    drawn = await restart.leave("waifu 1 model=drawn-4 psi=0.7")
    await restart.resume()
    assert [embed["title"] for embed in restart.original(told).embeds]
    assert not restart.original(drawn).embeds


WILDER = "waifu 1 model=drawn-4 psi=0.85"


async def test_a_click_left_unanswered_is_answered_in_place_and_of_two_the_last(restart: Restart) -> None:
    shown = await restart.person.say("/waifu seed:1").picture(10)
    await restart.leave_click(shown, "waifu 1 model=drawn-4 psi=0.55")
    await restart.leave_click(shown, WILDER)
    never = await restart.person.say("/waifu seed:2").picture(10)
    await restart.leave_click(never, WILDER, acknowledged=False)
    await restart.resume()
    first, second = restart.pictures
    assert first.id == shown.id
    assert first.content.endswith(f"`{WILDER}`")
    assert second == never
    assert await restart.is_empty()


async def test_a_click_whose_picture_had_arrived_is_not_answered_again(restart: Restart) -> None:
    shown = await restart.person.say("/waifu seed:1 wildness:0.85").picture(10)
    await restart.leave_click(shown, WILDER, ending=1)
    late = await restart.person.say("/waifu seed:2").picture(10)
    await restart.leave_click(late, WILDER, ending=1)
    await restart.resume()
    assert restart.pictures[0] == shown
    assert restart.pictures[1].content.endswith(f"`{WILDER}`")
    assert await restart.is_empty()


@pytest.mark.parametrize("trouble", ["deleted", "expired"])
async def test_a_click_whose_message_can_no_longer_be_edited_is_answered_with_a_new_message(
    restart: Restart, trouble: str
) -> None:
    shown = await restart.person.say("/waifu seed:1").picture(10)
    await restart.leave_click(shown, WILDER, age_s=16 * 60 if trouble == "expired" else 5)
    if trouble == "deleted":
        del restart.world.messages[shown.id]
    await restart.resume()
    new = restart.pictures[-1]
    assert new.id != shown.id
    assert new.content.endswith(f"`{WILDER}`")
    assert len(restart.pictures) == (2 if trouble == "expired" else 1)
    assert await restart.is_empty()


async def test_a_click_that_can_no_longer_be_drawn_leaves_the_picture_and_is_refused_in_private(
    restart: Restart,
) -> None:
    shown = await restart.person.say("/waifu seed:1").picture(10)
    await restart.leave_click(shown, "waifu 1 model=gone psi=0.7")
    await restart.resume()
    picture, refusal = restart.world.messages.values()
    assert picture == shown
    assert "There is no model 'gone' here" in refusal.content
    assert refusal.ephemeral_to == restart.person.user.id
    assert await restart.is_empty()


async def test_a_click_that_comes_while_the_bot_leaves_keeps_its_picture_until_the_restart(restart: Restart) -> None:
    shown = await restart.person.say("/waifu seed:1").picture(10)
    await restart.services.queue.drain(5, restarting=True)
    click = restart.person.click(shown, "Wilder")
    told = await click.when(lambda message: "your picture comes in a moment" in message.content, 10)
    assert told.ephemeral_to == restart.person.user.id
    assert restart.world.messages[shown.id] == shown
    restart.services.queue._stopped = restart.services.queue.restarting = False  # as if the bot had been started again
    restart.services.requests._seen = SeenInteractions()
    await restart.resume()
    assert restart.world.messages[shown.id].content.endswith(f"`{WILDER}`")
    assert await restart.is_empty()


async def test_a_request_that_was_never_acknowledged_is_dropped(restart: Restart) -> None:
    await restart.leave("waifu 1 model=drawn-4 psi=0.7", acknowledged=False)
    await restart.resume()
    assert not restart.world.messages
    assert await restart.is_empty()


async def test_a_request_that_can_no_longer_be_drawn_ends_in_a_sentence(restart: Restart) -> None:
    interaction = await restart.leave("waifu 1 model=sold-1 psi=0.7")
    await restart.resume()
    assert interaction.original_id not in restart.world.messages
    (refusal,) = restart.world.messages.values()
    assert "There is no model 'sold-1' here" in refusal.content
    assert refusal.ephemeral_to == restart.person.user.id
    assert await restart.is_empty()


async def test_who_asked_for_a_line_that_this_version_does_not_understand_is_told(
    restart: Restart, caplog: pytest.LogCaptureFixture
) -> None:
    await restart.leave("hologram 1 model=drawn-4")
    await restart.resume()
    assert "is not understood" in caplog.text
    (told,) = restart.world.messages.values()
    assert told.content == str(Interrupted())
    assert told.ephemeral_to == restart.person.user.id
    assert await restart.is_empty()


async def test_an_answer_that_is_no_picture_is_asked_for_again_after_a_kill(
    restart: Restart, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without that, the message would stay at "thinking"."""

    reached, forever = asyncio.Event(), asyncio.Event()  # what nobody holds would be collected as garbage

    async def never(*_: object) -> None:
        reached.set()
        await forever.wait()

    with monkeypatch.context() as killed:
        killed.setattr(collection, "_put", never)
        answer = restart.person.say("/collection")
        await answer.wait_acknowledged()
        await asyncio.wait_for(reached.wait(), 5)
        (entry,) = await restart.journal.unanswered(restart.world.bot.id)
    restart.services.requests._seen = type(restart.services.requests._seen)()
    assert entry.line == ""
    await restart.resume()
    assert str(Interrupted()) in [message.content for message in restart.world.messages.values()]
    assert not [message for message in restart.world.messages.values() if message.loading]
    assert await restart.is_empty()


async def test_a_message_deleted_in_the_meantime_is_no_error(
    restart: Restart, caplog: pytest.LogCaptureFixture
) -> None:
    for ending in (0, 1):
        interaction = await restart.leave(f"waifu {ending} model=drawn-4 psi=0.7", ending=ending)
        restart.world.delete(interaction.original_id or 0)
    await restart.resume()
    assert await restart.is_empty()
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_after_the_tokens_life_the_answer_goes_to_the_channel_and_once(restart: Restart) -> None:
    restart.discord.faults.add(Dropped(after=True), "send")
    asked = await restart.leave("waifu 1 model=drawn-4 psi=0.7", age_s=16 * 60)
    await restart.services.requests.resume(restart.bot, restart.world.bot.id)
    posted = await until(restart.world, lambda: next(iter(restart.pictures), None), 10, lambda: "nothing was posted")
    assert posted.id != asked.original_id
    assert posted.content.startswith(f"<@{restart.person.user.id}>, your picture took longer")
    restart.services.requests._seen = SeenInteractions()  # as if the bot had been started again
    await restart.resume()
    assert restart.pictures == [posted]
    assert await restart.is_empty()


async def test_a_late_answer_is_dropped_with_a_log_line_if_the_bot_may_write_nowhere(
    restart: Restart, caplog: pytest.LogCaptureFixture
) -> None:
    restart.world.without_direct.add(restart.person.user.id)
    await restart.leave("waifu 1 model=drawn-4 psi=0.7", age_s=16 * 60, channel=None)
    await restart.leave("waifu 2 model=drawn-4 psi=0.7", age_s=26 * 3600)
    await restart.resume()
    restart.world.channels[restart.person.channel.id] = replace(restart.person.channel, denied=state.SEND)
    await restart.leave("waifu 3 model=drawn-4 psi=0.7", age_s=16 * 60)
    await restart.resume()
    assert not restart.pictures
    assert await restart.is_empty()
    for words in (
        "dropped the answer to waifu 1",
        "it is a day old",
        "the channel refused the answer to waifu 3",
        "outcome=dropped",
    ):
        assert any(re.search(words, record.getMessage()) for record in caplog.records), words


async def test_a_private_answer_that_is_late_is_dropped_and_never_posted(
    restart: Restart, caplog: pytest.LogCaptureFixture
) -> None:
    await restart.leave("waifu 1 model=drawn-4 psi=0.7", age_s=16 * 60, private=1)
    interaction = await restart.leave("waifu 1 model=sold-1 psi=0.7", age_s=16 * 60, private=1)
    stream = await restart.leave("waifu 2 model=drawn-4 psi=0.7", age_s=16 * 60, private=1, until=time.time() + 60)
    in_time = await restart.leave("waifu 3 model=drawn-4 psi=0.7", private=1)
    before = set(restart.world.messages)
    await restart.resume()
    assert restart.original(in_time).attachments
    assert set(restart.world.messages) == before
    assert not restart.original(interaction).content
    assert not restart.original(stream).content
    assert await restart.is_empty()
    assert '"waifu 1 model=drawn-4 psi=0.7": it came too late' in caplog.text


async def test_a_request_asked_in_private_is_acknowledged_and_kept_as_private(restart: Restart) -> None:
    answer = restart.person.say("/waifu seed:1 model:other-1 private:true")  # the fake worker never finishes it
    await answer.when(lambda shown: "█" in shown.content)
    assert [entry.private for entry in await restart.journal.unanswered(restart.world.bot.id)] == [1]
    assert answer.messages[0].ephemeral_to == restart.person.user.id


async def test_an_answer_that_did_not_arrive_is_kept_for_the_next_start(
    restart: Restart, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    async def at_once(seconds: float, result: object = None) -> object:
        slept.append(seconds)
        return await real(0 if seconds >= 0.5 else seconds, result)

    real = asyncio.sleep
    monkeypatch.setattr("asyncio.sleep", at_once)  # else discord.py would retry for up to 25 s while Discord is down
    await restart.leave("waifu 1 model=drawn-4 psi=0.7", age_s=15 * 60 - 1)
    for route in ("edit original", "send"):
        restart.discord.faults.add(ServerError(500), route, times=10_000)
    await restart.resume()
    assert not await restart.is_empty()
    restart.discord.faults.clear()
    restart.services.requests._seen = SeenInteractions()
    await restart.resume()
    assert len(restart.pictures) == 1
    assert await restart.is_empty()


async def test_rows_of_another_application_expire_after_a_day(restart: Restart) -> None:
    await restart.leave("waifu 1 model=drawn-4 psi=0.7", application=99, deadline=time.time() - 25 * 3600)
    kept = await restart.leave("waifu 2 model=drawn-4 psi=0.7", application=99)
    await restart.resume()
    assert [entry.interaction for entry in await restart.journal.unanswered(99)] == [kept.id]


async def test_a_request_that_comes_while_the_bot_leaves_is_answered_after_the_restart(restart: Restart) -> None:
    services, person = restart.services, restart.person
    services.queue.limits = Limits(person=3)
    await services.queue.drain(5, restarting=True)
    asked = [person.say("/waifu seed:1"), person.say("/morph from:1 to:2"), person.say("/stream minutes:1")]
    for answer in asked:
        shown = await answer.when(lambda shown: "your picture comes in a moment" in shown.content, 10)
        assert len(answer.messages) == 1
        assert shown.ephemeral_to is None
    refused = await person.say("/waifu seed:2").wait_final(10)
    assert "You already have 3 pictures in the queue" in refused.content
    assert len(await restart.journal.unanswered(restart.world.bot.id)) == 3
    services.queue._stopped = services.queue.restarting = False  # as if the bot had been started again
    services.requests._seen = SeenInteractions()
    services.streams._intervals = EditIntervals(face_s=0.1)
    await services.requests.resume(restart.bot, restart.world.bot.id)
    for answer in asked:
        await answer.when(lambda shown: bool(shown.attachments), 10)
        assert len(answer.messages) == 1


async def test_a_request_that_comes_while_the_bot_leaves_for_good_is_refused(restart: Restart) -> None:
    await restart.services.queue.drain(0)
    refused = await restart.person.say("/waifu seed:1").wait_final(10)
    assert "ask again" in refused.content
    assert refused.ephemeral_to == restart.person.user.id
    assert await restart.is_empty()


async def test_what_was_cancelled_before_it_is_taken_over_or_queued_is_not_drawn(restart: Restart) -> None:
    line = "waifu 1 model=drawn-4 psi=0.7"
    before = await restart.leave(line, withdrawn=1)
    meanwhile = await restart.leave("waifu 2 model=drawn-4 psi=0.7", ending=1)  # so the bot looks at its message first
    search = await restart.leave("like", withdrawn=1)
    kept = await restart.leave(line, person=restart.person.user.id + 1)
    stream = await restart.leave(line, person=restart.person.user.id + 1, until=time.time() + 60, withdrawn=1)
    resuming = asyncio.create_task(restart.services.requests.resume(restart.bot, restart.world.bot.id))
    while meanwhile.id not in restart.services.requests._taken_over:  # noqa: ASYNC110 - nothing announces it
        await asyncio.sleep(0)
    cancelled = restart.services.requests.cancel(restart.person.user.id)
    await resuming
    assert "waifu 2 model=drawn-4 psi=0.7" in map(str, cancelled)
    async with asyncio.timeout(20):
        while restart.services.requests._tasks:
            await asyncio.wait(restart.services.requests._tasks)
    assert not {left.original_id for left in (before, meanwhile, search)} & restart.world.messages.keys()
    assert restart.original(kept).attachments
    assert restart.original(stream).attachments  # its last face
    assert "Stop keeps" not in restart.original(stream).content
    assert await restart.is_empty()


async def test_a_stream_outlives_a_restart(restart: Restart) -> None:
    interaction = await restart.leave("waifu 1 model=drawn-4 psi=0.7", until=time.time() + 60)
    await restart.services.requests.resume(restart.bot, restart.world.bot.id)
    await until(restart.world, lambda: restart.original(interaction).attachments or None, 10, lambda: "no face")
    await restart.services.queue.drain(0, restarting=True)
    await restart.services.requests.__aexit__()
    assert "Stop keeps" in restart.original(interaction).content
    assert [entry.interaction for entry in await restart.journal.unanswered(restart.world.bot.id)] == [interaction.id]


async def test_a_stream_goes_on_until_its_time_is_over(restart: Restart) -> None:
    restart.services.streams._intervals = EditIntervals(face_s=0.1)
    line = "waifu 1 model=drawn-4 psi=0.7"
    interaction = await restart.leave(line, until=time.time() + 1.5)
    seen: set[str] = set()
    stop = restart.world.subscribe(lambda event: seen.add(event.subject.content) if event.name == "edit" else None)
    await restart.resume()
    stop()
    faces = [text for text in seen if "Stop keeps" in text]
    assert any(line in text for text in faces)  # the last face is shown again before others follow
    assert len(faces) > 2
    assert "Stop keeps" not in restart.original(interaction).content
    assert restart.original(interaction).attachments
    assert await restart.is_empty()


@pytest.mark.parametrize("late_s", [5.0, 1000.0], ids=["before its token expires", "after that"])
async def test_a_stream_whose_time_is_over_keeps_its_last_face(restart: Restart, late_s: float) -> None:
    line = "waifu 1 model=drawn-4 psi=0.7"
    interaction = await restart.leave(line, age_s=late_s, until=time.time() - 1)
    restart.world.edit(
        interaction.original_id or 0, content=f"Seed **1**\n`{line}`\n-# A new face every few seconds", flags=0
    )
    await restart.resume()
    shown = restart.original(interaction)
    assert shown.content.endswith(f"Seed **1**\n-# `{line}`" if late_s < 900 else f"Seed **1**\n`{line}`")
    assert shown.components[0]["components"][0]["label"] == "Again"
    assert len(restart.world.messages) == 1
    assert await restart.is_empty()


async def test_a_stream_of_a_missing_model_ends_in_one_sentence(restart: Restart) -> None:
    interaction = await restart.leave("waifu 1 model=gone psi=0.7", until=time.time() + 60)
    await restart.resume()
    assert interaction.original_id not in restart.world.messages
    (refusal,) = restart.world.messages.values()
    assert "There is no model 'gone' here" in refusal.content
    assert await restart.is_empty()


async def test_an_interaction_that_arrives_twice_runs_once(restart: Restart) -> None:
    answer = restart.person.say("/waifu seed:1")
    restart.world.publish("interaction", answer.interaction)
    first = await answer.picture(10)
    restart.world.publish("interaction", answer.interaction)
    click = restart.person.click(first, "Again")
    restart.world.publish("interaction", click.interaction)
    await click.picture(10)
    later = restart.person.say("/waifubot queue")
    await later.wait_acknowledged()
    assert (
        restart.discord.rest.requests.count(("callback", 200))
        == sum(route == "callback" for route, _ in restart.discord.rest.requests)
        == 3
    )
    assert len(restart.pictures) == 1  # the click has changed its message
    assert await restart.is_empty()


async def test_answered_requests_leave_nothing_in_the_journal(restart: Restart) -> None:
    assert (await restart.person.say("/waifu seed:1").picture(10)).attachments
    cancelled = restart.person.say("/waifu seed:1 model:other-1")
    await cancelled.when(lambda shown: "█" in shown.content)
    assert [entry.line for entry in await restart.journal.unanswered(restart.world.bot.id)] == [
        "waifu 1 model=other-1 psi=0.7"
    ]
    assert (await restart.journal.unanswered(restart.world.bot.id))[0].deadline == pytest.approx(
        time.time() + 900, abs=10
    )
    await restart.person.say("/waifubot cancel").wait_acknowledged()
    await cancelled.wait_deleted()
    async with asyncio.timeout(5):
        while not await restart.is_empty():  # noqa: ASYNC110 - the row is deleted just after the answer
            await asyncio.sleep(0.01)


async def test_a_search_left_unanswered_asks_for_the_picture_again(restart: Restart) -> None:
    interaction = await restart.leave(LINE_OF_SEARCH, private=1)
    preview = responses.Upload("like.webp", b"a first look")
    responses.edit(restart.world, restart.original(interaction), {"content": "A first look"}, {0: preview})
    await restart.resume()
    shown = restart.original(interaction)
    assert (shown.content, shown.attachments) == (str(UploadForgotten()), ())
    assert await restart.is_empty()


async def test_a_first_look_is_not_taken_for_the_face_that_was_found(restart: Restart) -> None:
    interaction = await restart.leave("waifu 1 model=drawn-4 psi=0.7", private=1, ending=1)
    preview = responses.Upload("like.webp", b"a first look")
    responses.edit(restart.world, restart.original(interaction), {"content": "A first look"}, {0: preview})
    await restart.resume()
    assert restart.original(interaction).content.endswith("-# `waifu 1 model=drawn-4 psi=0.7`")
    assert await restart.is_empty()
