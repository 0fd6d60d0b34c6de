"""/stream: a new face every few seconds in one message, each drawn only while nobody else wants anything, until its time is over.

Knows not how a face is drawn. An ended stream looks like any other picture: the last face, its caption, its buttons.
"""

import asyncio
import logging
import re
import time
from collections.abc import Coroutine, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import replace
from typing import Any, TypeVar

import aiohttp
import discord

from bot.delivery import destination
from bot.delivery.destination import Destination
from bot.delivery.reply import Pauses, Reply
from bot.errors import (
    AlreadyStreaming,
    NeverBegan,
    NoRecipe,
    NotYourStream,
    StreamsFull,
    StreamsOff,
    reference_of,
    unexpected,
)
from bot.i18n import texts
from bot.messages import buttons, captions
from bot.queue.queue import RenderQueue
from bot.queue.ticket import Queued
from bot.recipes import request
from bot.recipes.request import Request
from bot.storage.journal import Journal
from bot.worker.engine import Picture
from generator.contract.errors import Cancelled, EngineStopped, GeneratorError
from generator.contract.recipe import Recipe

log = logging.getLogger(__name__)

MOST_FAILURES = 3  # edits in a row that Discord refuses; then it will refuse the next one, too
TEMPLATE = r"waifu:stop:(?P<owner>[0-9]+)"

Interaction = discord.Interaction[Any]
Made = TypeVar("Made")


class Stream:
    """One message whose face changes."""

    def __init__(
        self, where: Destination, request: Request, queue: RenderQueue, journal: Journal, pauses: Pauses
    ) -> None:
        self.where, self.message = where, where.entry.message
        self._reply, self._next = Reply(where, request, pauses), request.recipe
        self._queue, self._journal, self._every_s = queue, journal, pauses.face_s
        self._texts = texts.of(where.locale)
        self._shown: Picture | None = None
        self._failures = 0  # in a row
        self.stopped = self._gone = False
        self._timer: asyncio.Timeout | None = None
        self._hint: asyncio.Task[None] | None = None
        self._ending: GeneratorError | None = None

    @property
    def next_request(self) -> Request:
        """What it asks the line for."""
        entry = self.where.entry
        return Request(self._next, {}, entry.max_bytes, entry.person, entry.server, idle=True)

    async def run(self) -> None:
        """Show faces until the time is over or somebody stops it; then leave the last one as what stays."""
        try:
            while True:
                # Never within the time: an edit that is cut off could arrive after the last one, and cover it.
                await self._show(*await self._in_time(self._drawn()))
                await self._in_time(asyncio.sleep(self._every_s))
        except TimeoutError:
            self._ending = self._ending or (None if self.stopped else NeverBegan())
        except GeneratorError as error:
            self._ending = error
        except Exception:
            self._ending = unexpected(f"a stream of {self._next}")
        await self._say_last(self._ending)

    def stop(self) -> None:
        """Say that the time is over."""
        self.stopped = True
        if self._timer is not None and not self._timer.expired():
            self._timer.reschedule(asyncio.get_running_loop().time())

    def close(self) -> None:
        """Say that the bot leaves."""
        self._ending = EngineStopped()
        self.stop()

    def deleted(self) -> None:
        """Hear that the message is gone."""
        self._gone = True
        self.stop()

    async def _in_time(self, work: Coroutine[Any, Any, Made]) -> Made:
        """Do something until the time is over, then raise TimeoutError."""
        left_s = 0.0 if self.stopped else (self.where.entry.until or 0.0) - time.time()
        try:
            async with asyncio.timeout(left_s) as self._timer:
                return await work
        finally:
            self._timer = None

    async def _drawn(self) -> tuple[Recipe, Picture]:
        ticket = self._queue.submit(self.next_request)
        async with aclosing(ticket.states()) as states:
            async for state in states:
                if isinstance(state, Picture):
                    return ticket.request.recipe, state
                if isinstance(state, Queued) and self._shown is None and self._hint is None:
                    self._hint = asyncio.create_task(self._say_why_nothing_comes(), name="a stream waits")
        raise Cancelled()

    async def _say_why_nothing_comes(self) -> None:
        """The first face may be long in coming. discord.py sends the edits of one message one after the other."""
        try:
            await self.where.edit(self._texts("stream_waiting"), view=_stop_row(self.where.entry.person, self._texts))
        except buttons.UNREACHABLE as problem:
            log.info("a stream could not say that it waits: %s", problem)

    async def _show(self, recipe: Recipe, picture: Picture) -> None:
        before, self._reply.request = self._reply.request, replace(self._reply.request, recipe=recipe)
        content = self._reply.caption(picture, self._texts("stream_on"))
        view = _stop_row(self.where.entry.person, self._texts)
        try:
            await self.where.edit(content, attachments=[self._reply.file(picture)], view=view)
        except (discord.HTTPException, OSError, aiohttp.ClientError) as problem:
            self._reply.request = before
            self._failed(problem)
        else:
            self._shown, self._failures = picture, 0
            await self._journal.shows(self.where.entry.interaction, str(recipe))
        self._next = request.reseed(recipe)

    def _failed(self, problem: Exception) -> None:
        self._failures += 1
        if isinstance(problem, discord.HTTPException) and problem.code in (
            destination.UNKNOWN_MESSAGE,
            destination.UNKNOWN_CHANNEL,
        ):
            self.deleted()
        elif self._failures >= MOST_FAILURES or (
            isinstance(problem, discord.HTTPException) and destination.is_expired(problem)
        ):
            log.warning("a stream ends, its message cannot be edited: %s", problem)
            self.stop()

    async def _say_last(self, ending: GeneratorError | None) -> None:
        try:
            arrived = self._gone or await self._ended(ending)
        except (GeneratorError, *buttons.UNREACHABLE) as problem:
            log.warning("the end of a stream could not be shown: %s", problem)
            return  # the journal keeps it for the next start
        entry = self.where.entry
        if arrived:
            await self._journal.close(entry.interaction)
        outcome = "deleted" if self._gone else ending.code if ending and not self._shown else "stream"
        log.info(
            'request=%s person=%d stream="%s" outcome=%s',
            reference_of(entry.interaction),
            entry.person,
            self._next,
            outcome,
        )

    async def _ended(self, ending: GeneratorError | None) -> bool:
        if self._shown is None:
            return await self._reply.say(ending or Cancelled())
        told = None if ending is None or isinstance(ending, NeverBegan | Cancelled) else ending
        return await self._reply.post(self._shown, self._texts.error(told) if told else "")


class Streams:
    """The streams that are on: one for each person, at most ``per_server`` in a server; 0: none anywhere."""

    def __init__(self, queue: RenderQueue, journal: Journal, pauses: Pauses, per_server: int = 3) -> None:
        self._queue, self._journal, self._pauses, self._per_server = queue, journal, pauses, per_server
        self._all: list[Stream] = []

    @property
    def _on(self) -> list[Stream]:
        return [stream for stream in self._all if not stream.stopped]

    @contextmanager
    def begun(self, where: Destination, request: Request) -> Iterator[Stream]:
        """Keep a place for a stream. Raises GeneratorError where there is none, or for what cannot be drawn."""
        stream = Stream(where, request, self._queue, self._journal, self._pauses)
        self._check(where.entry.person, where.entry.server)
        self._queue.check(stream.next_request)
        self._all.append(stream)
        try:
            yield stream
        finally:
            self._all.remove(stream)

    def _check(self, person: int, server: int | None) -> None:
        if not self._per_server:
            raise StreamsOff()
        if any(stream.where.entry.person == person for stream in self._on):
            raise AlreadyStreaming()
        if server is not None and sum(stream.where.entry.server == server for stream in self._on) >= self._per_server:
            raise StreamsFull(limit=self._per_server)

    def stop(self, person: int, message: int | None = None) -> int:
        """Stop a person's stream, if it is in that message; return how many that were."""
        theirs = [stream for stream in self._on if stream.where.entry.person == person]
        meant = [stream for stream in theirs if message is None or stream.message in (None, message)]
        for stream in meant:
            stream.stop()
        return len(meant)

    def close(self) -> None:
        """End all, for the bot leaves."""
        for stream in self._on:
            stream.close()

    def deleted(self, message: int) -> None:
        """Hear that a message is gone."""
        for stream in self._on:
            if stream.message == message:
                stream.deleted()


def _stop_row(owner: int, t: texts.Texts) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label=t("stop"), emoji="⏹️", custom_id=f"waifu:stop:{owner}"))
    view.stop()  # discord.py would keep it for ever; its clicks go to the DynamicItem
    return view


def button_type(streams: Streams, is_new: buttons.IsNew) -> "type[discord.ui.DynamicItem[discord.ui.Button[Any]]]":
    """Return the class that answers clicks on Stop, for Client.add_dynamic_items."""

    class Stop(discord.ui.DynamicItem[discord.ui.Button[Any]], template=TEMPLATE):
        def __init__(self, item: discord.ui.Button[Any], owner: int) -> None:
            super().__init__(item)
            self.owner = owner

        @classmethod
        async def from_custom_id(cls, _: Interaction, item: discord.ui.Item[Any], match: re.Match[str]) -> "Stop":
            assert isinstance(item, discord.ui.Button)
            return cls(item, int(match["owner"]))

        async def interaction_check(self, interaction: Interaction, /) -> bool:
            return is_new(interaction.id)

        async def callback(self, interaction: Interaction) -> None:
            try:
                await _stop(interaction, self.owner, streams)
            except GeneratorError as error:
                await buttons.refuse(interaction, error)
            except Exception:
                await buttons.refuse(interaction, unexpected("stopping a stream"))

    return Stop


async def _stop(interaction: Interaction, owner: int, streams: Streams) -> None:
    assert interaction.message is not None
    if interaction.user.id != owner and not interaction.permissions.manage_messages:
        raise NotYourStream()
    if streams.stop(owner, interaction.message.id):
        await interaction.response.defer()
        return
    # Nothing runs behind this button any more: it is made what the end of a stream would have made it.
    look = ordinary(interaction.message.content, owner, texts.of(str(interaction.locale)))
    if look is None:
        raise NoRecipe()
    await interaction.response.edit_message(**look)


def ordinary(content: str, owner: int, t: texts.Texts) -> dict[str, Any] | None:
    """Return how a stream's message looks as an ordinary picture; None where it shows none yet."""
    recipe = captions.recipe_in(content)
    if recipe is None:
        return None
    return {"content": re.sub(r"\n-# [^\n]*$", "", content), "view": buttons.build_picture_view(recipe, owner, t)}


async def tidy(where: Destination) -> None:
    """Make a stream's message, which its token does not reach any more, an ordinary picture, if the bot may."""
    try:
        message = await where.fetch()
        look = ordinary(message.content, where.entry.person, texts.of(where.locale)) if message else None
        if message and look:
            await message.edit(**look)
    except buttons.UNREACHABLE as problem:  # its Stop button does the same when it is pressed
        log.info("a stream that is long over could not be tidied up: %s", problem)
