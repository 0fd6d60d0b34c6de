"""Takes requests in and sees each of them answered once: acknowledged, in the line, in the journal until it is answered.

Knows not what an answer looks like, nor how it is drawn.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import aiohttp
import discord

from bot.delivery import streams
from bot.delivery.destination import Destination, Interaction, destination_of
from bot.delivery.reply import Pauses, Reply
from bot.delivery.streams import Streams
from bot.delivery.uploads import Uploads
from bot.errors import reference_of, unexpected
from bot.i18n import texts
from bot.messages import buttons
from bot.operations.policy import Policy
from bot.operations.status import StatusMonitor
from bot.queue.queue import RenderQueue
from bot.queue.ticket import Ticket
from bot.recipes.request import Request
from bot.storage.journal import Entry, Journal
from generator.contract.errors import GeneratorError
from generator.contract.recipe import Recipe

log = logging.getLogger(__name__)

REMEMBERED = 10_000  # interactions; a gateway that resumes repeats at most what it said in the last minutes
MOST_LATE_S = 24 * 3600.0  # whoever waits for longer has forgotten what they asked for
UNKNOWN_INTERACTION, ALREADY_ANSWERED = 10062, 40060
DEFER_TRIES = 3


class RequestService:
    """Answers requests; while it is open, and a moment longer for those that are on their way."""

    CLOSING_S = 3.0

    def __init__(
        self,
        queue: RenderQueue,
        monitor: StatusMonitor,
        *,
        journal: Journal | None = None,
        rules: Policy | None = None,
        pauses: Pauses | None = None,
        uploads: Uploads | None = None,
        streams_per_server: int = 3,
    ) -> None:
        self.queue, self.monitor = queue, monitor
        self._journal = journal or Journal(None)
        self._rules = rules or Policy()
        self._pauses = pauses or Pauses()
        self.uploads = uploads or Uploads()
        self.streams = Streams(queue, self._journal, self._pauses, streams_per_server)
        self._open: set[asyncio.Task[Any]] = set()
        self._tickets: dict[int, Ticket] = {}  # by the message that shows them
        self._seen: OrderedDict[int, None] = OrderedDict()  # interactions, the oldest first

    async def __aenter__(self) -> "RequestService":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.streams.close()
        if self._open:
            await asyncio.wait(self._open, timeout=self.CLOSING_S)

    def is_new(self, interaction: int) -> bool:
        """Return whether that interaction comes for the first time: a resumed connection may bring one again."""
        if interaction in self._seen:
            log.info("interaction %d came again and is left alone", interaction)
            return False
        self._seen[interaction] = None
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return True

    async def serve(self, interaction: Interaction, request: Request) -> None:
        """Answer one request in one message. Raises GeneratorError while nobody has been answered yet."""
        self._rules.check_channel(_places(interaction))
        where = destination_of(interaction, str(request.recipe))
        limit = self._rules.limit(_roles(interaction))
        ticket = self.queue.submit(replace(_for_whom(where.entry, request), limit=limit))
        with self._serving(ticket):
            await self._journal.open(where.entry)
            in_time, message_id = await self._acknowledged(interaction)
            if in_time:
                await self._answer(where, request, ticket, message_id)
                await self._mention_what_is_gone(interaction, request)

    async def stream(self, interaction: Interaction, request: Request, minutes: int) -> None:
        """Show a new face every few seconds, for so long. Raises GeneratorError while nobody has been answered yet."""
        self._rules.check_channel(_places(interaction))
        where = destination_of(interaction, str(request.recipe))
        where = replace(where, entry=replace(where.entry, until=time.time() + 60 * minutes))
        with self.streams.begun(where, request) as stream, self._at_work():
            await self._journal.open(where.entry)
            in_time, stream.message = await self._acknowledged(interaction)
            if in_time:
                await stream.run()

    async def take_up(self, client: discord.Client, application: int) -> None:
        """Answer what an earlier run of the bot has left; return once all of it is on its way."""
        left = await self._journal.unanswered(application)
        if left:
            log.info("%d requests were left unanswered; they are answered now", len(left))
        for entry in left:
            if self.is_new(entry.interaction):
                where = Destination(client, entry)
                self._start(self._stream_on(where) if entry.until is not None else self._answer_left(where))

    def deleted(self, message_id: int) -> None:
        """Hear that a message is gone: whoever deletes it wants no picture."""
        if message_id in self._tickets:
            self._tickets[message_id].withdraw()
        self.streams.deleted(message_id)

    async def _mention_what_is_gone(self, interaction: Interaction, request: Request) -> None:
        """Tell a person, once, that the network of their choice is not here, and so did not draw this."""
        ready = self.queue.ready
        if ready is None or request.recipe["model"] is not None:
            return
        gone = self.queue.preferences.gone(interaction.user.id, [model.name for model in ready.models])
        if gone is not None:
            t = texts.of(str(interaction.locale))
            try:
                await interaction.followup.send(t("model_gone", model=gone), ephemeral=True)
            except buttons.UNREACHABLE as problem:
                buttons.log_unsent(problem, gone)

    async def _acknowledged(self, interaction: Interaction) -> tuple[bool, int | None]:
        """Acknowledge, and keep what is known then; where it fails there is nothing to keep. See _defer."""
        in_time, message_id = False, None
        try:
            in_time, message_id = await _defer(interaction)
        finally:
            if not in_time and not _is_being_cancelled():
                await self._journal.close(interaction.id)
        if message_id is not None:
            await self._journal.acknowledged(interaction.id, message_id)
        return in_time, message_id

    async def _stream_on(self, where: Destination) -> None:
        """Go on with a stream that an earlier run has left; where that cannot be, its last face is what stays."""
        recipe, time_left_s = _recipe_of(where.entry), (where.entry.until or 0.0) - time.time()
        if where.remaining_s <= 0:
            await streams.tidy(where)
            await self._journal.close(where.entry.interaction)
            return
        try:
            if recipe is not None and where.entry.message is not None and time_left_s > 0:
                with self.streams.begun(where, Request(recipe)) as stream:
                    await stream.run()
                return
        except GeneratorError as error:  # its network is offered no longer, for instance
            log.info("a stream does not go on: %s", error)
        await self._answer_left(where)

    async def _answer_left(self, where: Destination) -> None:
        entry = where.entry
        recipe = _recipe_of(entry)
        if recipe is None or not await self._is_to_be_answered(where):
            await self._journal.close(entry.interaction)
            return
        request = Request(recipe)
        try:
            ticket = self.queue.submit(_for_whom(entry, request), again=True)
        except GeneratorError as error:  # a network that is offered no longer, for instance
            if await Reply(where, request, self._pauses).say(error):
                await self._journal.close(entry.interaction)
            return
        with self._serving(ticket):
            await self._answer(where, request, ticket, entry.message)

    async def _is_to_be_answered(self, where: Destination) -> bool:
        entry = where.entry
        if where.remaining_s < -MOST_LATE_S:
            log.warning('dropped: request=%s line="%s" is a day old', reference_of(entry.interaction), entry.line)
            return False
        if where.remaining_s <= 0 and entry.channel is None:
            log.warning('dropped: request=%s line="%s" came too late', reference_of(entry.interaction), entry.line)
            return False
        if entry.message is not None and not entry.ending:
            return True
        try:
            return not await where.shows_picture()
        except discord.NotFound:  # the message was deleted, or Discord never heard of us in time
            log.warning('dropped: request=%s line="%s" has no message', reference_of(entry.interaction), entry.line)
            return False
        except buttons.UNREACHABLE:
            return True

    async def _answer(self, where: Destination, request: Request, ticket: Ticket, message_id: int | None) -> None:
        reply, began, id_ = Reply(where, request, self._pauses), time.monotonic(), where.entry.interaction
        if message_id is not None:
            self._tickets[message_id] = ticket
        reference, arrived = reference_of(id_), True
        try:
            picture = await reply.follow(ticket)
            await self._journal.ending(id_)
            outcome = f"{picture.media_type} bytes={len(picture.file)}" if await reply.post(picture) else "dropped"
        except GeneratorError as error:
            outcome, reference = error.code, str(error.fields.get("reference", reference))
            arrived = await reply.say(error)
        except Exception:
            outcome = "unexpected"
            arrived = await reply.say(unexpected(f"answering {ticket.request.recipe}", reference))
        finally:
            self._tickets.pop(message_id or 0, None)
        if arrived:
            await self._journal.close(id_)
        seconds = time.monotonic() - began
        self.monitor.ended("picture" if "/" in outcome else outcome, seconds)
        _log(reference, where.entry, ticket.request.recipe, outcome, seconds)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name="answer to an earlier request")
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    @contextmanager
    def _serving(self, ticket: Ticket) -> Iterator[None]:
        with self._at_work():
            try:
                yield
            finally:
                ticket.withdraw()

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        """Let the service wait for the present task when it closes."""
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            yield
        finally:
            self._open.discard(task)


def _places(interaction: Interaction) -> list[int]:
    """Return the channel and what it is in; nothing in a direct message, which is in nobody's house."""
    if interaction.guild_id is None:
        return []
    channel = interaction.channel
    around = [getattr(channel, name, None) for name in ("parent_id", "category_id")]  # of a thread, of a channel
    return [place for place in (interaction.channel_id, *around) if place]


def _roles(interaction: Interaction) -> list[int]:
    return [role.id for role in getattr(interaction.user, "roles", ())]


def _recipe_of(entry: Entry) -> Recipe | None:
    try:
        return Recipe.parse(entry.line)
    except GeneratorError as error:  # another version of the bot wrote it
        log.warning(
            'dropped: request=%s line="%s" is not understood: %s', reference_of(entry.interaction), entry.line, error
        )
        return None


def _for_whom(entry: Entry, request: Request) -> Request:
    return replace(request, max_bytes=entry.max_bytes, person=entry.person, server=entry.server)


def _log(reference: str, entry: Entry, recipe: Recipe, outcome: str, seconds: float) -> None:
    """One line per request: what was asked for, by whom, and how it ended."""
    log.info(
        'request=%s person=%d server=%s line="%s" outcome=%s seconds=%.1f',
        *(reference, entry.person, entry.server or "-", recipe, outcome, seconds),
    )


def _is_being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _defer(interaction: Interaction) -> tuple[bool, int | None]:
    """Acknowledge within 3 seconds. Return whether that was in time, and the message's id where it is known."""
    for left in reversed(range(DEFER_TRIES)):
        try:
            answer = await interaction.response.defer(thinking=True)
            return True, answer.message_id if answer else None
        except discord.HTTPException as problem:
            # Every interaction comes here once: if it has been acknowledged, it was by a try of ours whose answer was lost.
            if problem.code == ALREADY_ANSWERED:
                return True, None
            if problem.code != UNKNOWN_INTERACTION:
                raise
            log.warning("interaction %d could not be acknowledged: %s", interaction.id, problem)
            return False, None
        except (OSError, aiohttp.ClientError):  # the connection broke
            if not left:
                raise
    return False, None
