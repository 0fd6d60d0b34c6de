"""Runs streams: one message shows a new face every few seconds, for some minutes.

A stream's face is drawn only while nobody else waits. An ended stream looks like any other picture: it keeps its last
face, with a caption and buttons. Knows nothing about how a face is drawn.
"""

import asyncio
import logging
from collections.abc import Coroutine, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import replace
from typing import Any, TypeVar

import discord

from bot.delivery.destination import Destination
from bot.delivery.replies.reply import EditIntervals, Reply
from bot.discord_api import UNREACHABLE, Trouble, trouble_of
from bot.errors import AllStreamsFull, AlreadyStreaming, NeverBegan, StreamsFull, StreamsOff, reference_of, unexpected
from bot.i18n import texts
from bot.messages import buttons, captions
from bot.queue.queue import RenderQueue
from bot.queue.ticket import Queued
from bot.recipes import request
from bot.recipes.request import Request
from bot.storage.journal import Journal
from bot.worker.picture import Picture
from generator.contract.errors import Cancelled, EngineStopped, GeneratorError

log = logging.getLogger(__name__)

MAX_FAILURES = 3  # consecutive failed edits (refused, or connection broken) after which the stream ends

Result = TypeVar("Result")


class Stream:
    """One message that shows one face after another."""

    def __init__(
        self, destination: Destination, request: Request, queue: RenderQueue, journal: Journal, intervals: EditIntervals
    ) -> None:
        self.destination, self.message = destination, destination.entry.message
        self._reply, self._next = Reply(destination, request, intervals), request.recipe
        self._queue, self._journal, self._interval_s = queue, journal, intervals.face_s
        self._texts = texts.for_locale(destination.locale)
        self._shown: Picture | None = None
        self._failures = 0  # consecutive failed edits
        self.stopped = self._deleted = self._handed_over = False
        self._timer: asyncio.Timeout | None = None
        self._notice: asyncio.Task[None] | None = None
        # Why the stream ended. None while it is running, or if somebody stopped it.
        self._error: GeneratorError | None = None

    @property
    def next_request(self) -> Request:
        """The request for the stream's next face."""
        entry = self.destination.entry
        return Request(self._next, {}, entry.max_bytes, entry.person, entry.server, idle=True)

    async def run(self) -> None:
        """Show faces until the time is up or somebody stops the stream, then leave the last face as a picture."""
        try:
            while True:
                # Only drawing and waiting may be cut off: a cancelled edit could still arrive after the final edit.
                await self._show(*await self._until_end(self._draw()))
                await self._until_end(asyncio.sleep(self._interval_s))
        except TimeoutError:
            self._error = self._error or (None if self.stopped else NeverBegan())
        except GeneratorError as error:
            self._error = error
        except Exception:
            self._error = unexpected(f"a stream of {self._next}")
        await self._finish(self._error)

    def stop(self) -> None:
        """End the stream now."""
        self.stopped = True
        if self._timer is not None and not self._timer.expired():
            self._timer.reschedule(asyncio.get_running_loop().time())

    def close(self) -> None:
        """End the stream because the bot is shutting down."""
        self._error = EngineStopped()
        self.stop()

    def abandon(self) -> None:
        """End the stream because its message was deleted."""
        self._deleted = True
        self.stop()

    def hand_over(self) -> None:
        """End the stream here without a word, because another process goes on with it."""
        self._handed_over = True
        self.stop()

    async def _until_end(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Wait for ``work`` and return its result. Raises TimeoutError if the stream ends first."""
        remaining_s = 0.0 if self.stopped else (self.destination.entry.until or 0.0) - self.destination.clock.now()
        try:
            async with asyncio.timeout(remaining_s) as self._timer:
                return await work
        finally:
            self._timer = None

    async def _draw(self) -> tuple[Request, Picture]:
        ticket = self._queue.submit(self.next_request)
        async with aclosing(ticket.states()) as states:
            async for state in states:
                if isinstance(state, Picture):
                    return ticket.request, state
                if isinstance(state, Queued) and self._shown is None and self._notice is None:
                    self._notice = asyncio.create_task(self._show_waiting(), name="a stream waits")
        raise Cancelled()

    async def _show_waiting(self) -> None:
        """Show that other people's requests are drawn first, because the first face may take long.

        The first face may be ready while this edit is still being sent. That does no harm, because discord.py keeps the
        edits of one message in order.
        """
        try:
            view = _stop_row(self.destination.entry.person, self._texts)
            await self.destination.edit(self._texts("stream_waiting"), view=view)
        except UNREACHABLE as problem:
            log.info("a waiting stream's message could not be edited: %s", problem)

    async def _show(self, drawn: Request, picture: Picture) -> None:
        recipe, before = drawn.recipe, self._reply.request
        self._reply.request = replace(before, recipe=recipe, model=drawn.model)
        content = self._reply.caption(picture, self._texts("stream_on"))
        view = _stop_row(self.destination.entry.person, self._texts)
        try:
            await self.destination.edit(content, attachments=[self._reply.file(picture)], view=view)
        except UNREACHABLE as problem:
            self._reply.request = before
            self._count_failure(problem)
        else:
            self._shown, self._failures = picture, 0
            await self._journal.set_line(self.destination.entry.interaction, str(recipe))
        self._next = request.reseed(recipe)

    def _count_failure(self, problem: Exception) -> None:
        self._failures += 1
        trouble = trouble_of(problem)
        if trouble is Trouble.GONE:
            self.abandon()
        elif self._failures >= MAX_FAILURES or trouble in (Trouble.EXPIRED, Trouble.REFUSED):
            log.warning("a stream ended because its message cannot be edited: %s", problem)
            self.stop()

    async def _finish(self, error: GeneratorError | None) -> None:
        """Show the end of the stream. If that succeeds, close the stream's entry in the journal.

        If the bot is about to be started again, show nothing: the stream then goes on.
        """
        if self._handed_over or (isinstance(error, EngineStopped) and self._queue.restarting and self._journal.keeps):
            return
        try:
            arrived = self._deleted or await self._show_end(error)
        except (GeneratorError, *UNREACHABLE) as problem:
            log.warning("the end of a stream could not be shown: %s", problem)
            return  # the journal keeps the entry, so the next start tries again
        entry = self.destination.entry
        if arrived:
            await self._journal.close(entry.interaction)
        outcome = "deleted" if self._deleted else error.code if error and not self._shown else "stream"
        log.info(
            'request=%s person=%d stream="%s" outcome=%s',
            *(reference_of(entry.interaction), entry.person, self._next, outcome),
        )

    async def _show_end(self, error: GeneratorError | None) -> bool:
        if self._shown is None:
            return await self._reply.fail(error or Cancelled())
        note = "" if error is None or isinstance(error, NeverBegan | Cancelled) else self._texts.error(error)
        return await self._reply.post(self._shown, note)


class Streams:
    """The running streams: at most one per person, ``per_server`` in a server, and ``in_all`` together.

    If ``per_server`` is 0, streams are turned off.
    """

    def __init__(
        self, queue: RenderQueue, journal: Journal, intervals: EditIntervals, per_server: int = 3, in_all: int = 20
    ) -> None:
        self._queue, self._journal, self._intervals = queue, journal, intervals
        self._per_server, self._in_all = per_server, in_all
        self._streams: list[Stream] = []

    @property
    def _active(self) -> list[Stream]:
        return [stream for stream in self._streams if not stream.stopped]

    @contextmanager
    def open(self, destination: Destination, request: Request) -> Iterator[Stream]:
        """Open a stream, and count it as running until the end of the ``with`` block.

        Raises GeneratorError if a limit is reached, or if the request is known to be impossible.
        """
        stream = Stream(destination, request, self._queue, self._journal, self._intervals)
        self._check(destination.entry.person, destination.entry.server)
        self._queue.check(stream.next_request)
        self._streams.append(stream)
        try:
            yield stream
        finally:
            self._streams.remove(stream)

    def _check(self, person: int, server: int | None) -> None:
        if not self._per_server:
            raise StreamsOff()
        entries = [stream.destination.entry for stream in self._active]
        running = [(entry.person, entry.server) for entry in entries]
        running += self._journal.processes.elsewhere.streams
        if any(who == person for who, _ in running):
            raise AlreadyStreaming()
        if server is not None and sum(where == server for _, where in running) >= self._per_server:
            raise StreamsFull(limit=self._per_server)
        if len(running) >= self._in_all:
            raise AllStreamsFull(limit=self._in_all)

    def stop(self, person: int, message: int | None = None) -> int:
        """Stop a person's stream. Return how many streams were stopped, 0 or 1.

        If ``message`` is given, only a stream in that message is stopped.
        """
        theirs = [stream for stream in self._active if stream.destination.entry.person == person]
        matching = [stream for stream in theirs if message is None or stream.message in (None, message)]
        for stream in matching:
            stream.stop()
        return len(matching)

    def close(self) -> None:
        """End all streams, because the bot is shutting down."""
        for stream in self._active:
            stream.close()

    async def hand_over(self) -> None:
        """End the streams that another process has taken over."""
        if (owned := await self._journal.owned()) is not None:
            for stream in self._active:
                if stream.destination.entry.interaction not in owned:
                    stream.hand_over()

    def abandon(self, message: int) -> None:
        """End the stream that ``message`` shows, because the message was deleted."""
        for stream in self._active:
            if stream.message == message:
                stream.abandon()


def _stop_row(owner: int, t: texts.Texts) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label=t("stop"), emoji="⏹️", custom_id=f"waifu:stop:{owner}"))
    view.stop()  # otherwise discord.py would keep the view forever; bot/interactions/stop.py answers clicks
    return view


def as_ordinary_picture(content: str, owner: int, t: texts.Texts) -> tuple[str, discord.ui.View] | None:
    """Return the caption and the buttons that turn a stream's message into an ordinary picture.

    ``content`` is the text of the message. Return None if the message shows no picture yet.
    """
    recipe = captions.recipe_in(content)
    if recipe is None:
        return None
    return captions.without_note(content), buttons.build_picture_view(recipe, owner, t)


async def finish_expired(destination: Destination) -> None:
    """Turn a stream's message into an ordinary picture after its token has expired, if the bot is a member."""
    try:
        message = await destination.fetch()
        if message is None:
            return
        picture = as_ordinary_picture(message.content, destination.entry.person, texts.for_locale(destination.locale))
        if picture is not None:
            content, view = picture
            await message.edit(content=content, view=view)
    except UNREACHABLE as problem:  # a click on its Stop button does the same
        log.info("an expired stream could not be turned into an ordinary picture: %s", problem)
