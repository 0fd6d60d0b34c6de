"""Accepts requests, and makes sure that each is answered once, also after a restart of the bot.

The journal holds a request from its acceptance until its answer. Knows nothing about how an answer looks or is drawn.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import discord

from bot.delivery import respond
from bot.delivery.asker import channels_of, is_private, roles_of, words_shown
from bot.delivery.clock import DiscordClock
from bot.delivery.destination import MAX_LATE_S, Destination, destination_of
from bot.delivery.last_pictures import LastPictures
from bot.delivery.panels import OpenPanels
from bot.delivery.replies.in_place import InPlaceReply, Replacements
from bot.delivery.replies.reply import EditIntervals, Reply
from bot.delivery.replies.search import SearchReply
from bot.delivery.respond import Acknowledgement
from bot.delivery.seen import SeenInteractions
from bot.delivery.streams import Streams, finish_expired
from bot.discord_api import UNREACHABLE, Interaction
from bot.errors import Interrupted, PersonFull, QueueFull, StateAway, UploadForgotten, reference_of, unexpected
from bot.i18n import texts
from bot.messages import captions
from bot.operations.policy import Policy
from bot.operations.status import StatusMonitor
from bot.queue.queue import RenderQueue
from bot.queue.throttle import Throttle
from bot.queue.ticket import Ticket
from bot.recipes import panel as panel_steps
from bot.recipes.panel import Panel
from bot.recipes.preferred import Find, read_preference
from bot.recipes.request import Request, line_without_upload, shows_upload
from bot.storage.journal import Journal, JournalEntry
from bot.storage.people.earlier import EarlierCaptions
from bot.storage.preferences import Preferences
from bot.storage.vectors import VectorStore
from bot.uploads.uploads import read_faces
from bot.worker.picture import Picture
from generator.contract.errors import Cancelled, EngineStopped, GeneratorError
from generator.contract.recipe import MAX_LINE_CHARS, Recipe
from generator.contract.shortening import MAX_DRAFT_CHARS

log = logging.getLogger(__name__)

NO_LINE = ""  # in the journal, of an answer that is no picture of a line
LINE_OF_SEARCH = "like"  # of a search for a face: nothing of the posted picture is written to disk

# Language of a catalogue -> its Discord locale, where that has another name.
DISCORD_LOCALES = {"en": "en-US"}


class RequestService:
    """Answers requests while it is open. Closing it waits a moment for requests that are being answered."""

    CLOSING_S = 3.0  # how long closing waits

    def __init__(
        self,
        queue: RenderQueue,
        monitor: StatusMonitor,
        streams: Streams,
        *,
        preferences: Preferences,
        vectors: VectorStore,
        panels: OpenPanels,
        journal: Journal,
        earlier: EarlierCaptions,
        throttle: Throttle,
        policy: Policy,
        intervals: EditIntervals,
        clock: DiscordClock,
    ) -> None:
        self._clock, self._vectors, self._throttle, self._panels = clock, vectors, throttle, panels
        self.earlier = earlier  # what messages showed before their pictures were replaced
        self._queue, self._monitor, self._streams = queue, monitor, streams
        self._preferences, self._journal, self._policy, self._intervals = preferences, journal, policy, intervals
        self._tasks: set[asyncio.Task[Any]] = set()  # each task answers one request
        self._tickets: dict[int, Ticket] = {}  # id of the message that shows a request -> its ticket
        self._replacements = Replacements()
        self._taken_over: dict[int, JournalEntry] = {}  # what is left unanswered and not in the queue yet
        self.last_pictures = LastPictures()
        self._kept: Counter[int] = Counter()  # person -> number of requests kept for the next start of the bot
        self._seen = SeenInteractions()

    async def __aenter__(self) -> "RequestService":
        return self

    async def __aexit__(self, *_: object) -> None:
        self._streams.close()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self.CLOSING_S)
        await self._journal.flush()

    def is_new(self, interaction: int) -> bool:
        """Record an interaction, and return whether it is new.

        Discord may repeat interactions when a gateway session resumes.
        """
        if self._seen.is_new(interaction):
            return True
        log.info("ignored a repeated interaction %d", interaction)
        return False

    def admit(self, interaction: Interaction) -> bool:
        """Record an interaction, and return whether it is new. It then speaks the language that its person chose."""
        self.use_language(interaction)
        return self.is_new(interaction.id)

    def use_language(self, interaction: Interaction) -> None:
        """Answer an interaction in the language that its person chose, if they chose one, not in that of Discord."""
        language = read_preference("language", lambda name: self._preferences.get("person", interaction.user.id, name))
        if language is not None:
            interaction.locale = discord.Locale(DISCORD_LOCALES.get(str(language), str(language)))

    @property
    def most_per_minute(self) -> int:
        """How many pictures the bot's owner allows a person in a minute; 0 is any number."""
        return self._throttle.limit

    def find_preference(self, interaction: Interaction) -> Find:
        """Return a function that looks up what the person, or else the server, prefers."""
        return lambda name: self._preferences.of(interaction.user.id, interaction.guild_id, name)

    def _prefers_private(self, interaction: Interaction) -> bool:
        is_command = interaction.type is discord.InteractionType.application_command
        return is_command and read_preference("private", self.find_preference(interaction)) is True

    def _rate(self, interaction: Interaction) -> int:
        """Return how many pictures a person may ask for in a minute here: what the server chose, within the owner's."""
        by_role = self._policy.rate(roles_of(interaction))
        owners = self._throttle.limit if by_role is None else by_role
        chosen = read_preference("per_minute", lambda name: self._preferences.get("server", interaction.guild_id, name))
        servers = chosen if isinstance(chosen, int) else 0
        return min(owners, servers) if owners and servers else owners or servers

    async def serve(
        self,
        interaction: Interaction,
        request: Request,
        *,
        private: bool | None = None,
        in_place: bool = False,
        panel: Panel | None = None,
    ) -> None:
        """Answer one request in one message. If ``private``, only the person who asked sees it.

        If ``private`` is None, that is so if the request comes from a message that only this person sees, or if it is
        a command and its person or the server prefers that.
        If ``in_place``, the picture replaces that of the message whose button was clicked, which until then stays as it
        is, also if the request fails or is cancelled. Of several clicks on a message the last wins.
        With a ``panel`` of the maker, which shows the request's recipe, its menus stand under the picture.
        Raises GeneratorError only before the interaction is acknowledged. Later errors are shown in the message, or in
        place, only to the person who asked.
        """
        self._policy.check_channel(channels_of(interaction))
        if private is None:
            private = is_private(interaction) or self._prefers_private(interaction)
        request = replace(request, words={**words_shown(interaction), **request.words})
        line = LINE_OF_SEARCH if request.upload is not None else str(request.recipe)
        destination = destination_of(
            interaction, line, self._clock, private=private, in_place=in_place, story=request.story
        )
        limit = self._policy.limit(roles_of(interaction))
        is_counted = panel is None or not in_place  # of quick clicks on one panel only the last is drawn
        if is_counted:
            self._throttle.check(interaction.user.id, self._rate(interaction))
        self._replacements.withdraw(destination.place)
        try:
            ticket = self._queue.submit(replace(_addressed(request, destination.entry), limit=limit))
        except EngineStopped as stopped:
            await self._keep_for_restart(interaction, request, destination, stopped, panel)
            return
        if is_counted:
            self._throttle.count(interaction.user.id)
        place = destination.place
        with (
            self._withdraw_at_end(ticket),
            self._replacements.hold(place, ticket),
            self._panels.hold(place, panel),
        ):
            await self._journal.open(destination.entry, asked=is_counted)
            if panel is None:  # a panel has a history of its own
                await self._keep_earlier(interaction, destination)
            acknowledgement = await self._acknowledge(interaction, private=private, in_place=in_place, panel=panel)
            if acknowledgement is not None:
                await self._answer(destination, request, ticket, acknowledgement.message_id)
                await self._mention_missing_model(interaction, request)

    def addressed(self, interaction: Interaction, request: Request) -> Request:
        """Return the request with whom it is for, how large its file may be, and which limit counts for that person."""
        self._policy.check_channel(channels_of(interaction))
        entry = destination_of(interaction, "", self._clock).entry
        return replace(_addressed(request, entry), limit=self._policy.limit(roles_of(interaction)))

    async def stream(self, interaction: Interaction, request: Request, minutes: int) -> None:
        """Show a new face every few seconds for ``minutes``, in one message.

        Raises GeneratorError only before the interaction is acknowledged. Later errors are shown in the message.
        """
        self._policy.check_channel(channels_of(interaction))
        destination = destination_of(interaction, str(request.recipe), self._clock)
        destination = replace(destination, entry=replace(destination.entry, until=self._clock.now() + 60 * minutes))
        try:
            with self._streams.open(destination, request) as stream, self._track_task():
                await self._journal.open(destination.entry)
                acknowledgement = await self._acknowledge(interaction)
                if acknowledgement is not None:
                    stream.message = acknowledgement.message_id
                    await stream.run()
        except EngineStopped as stopped:
            await self._keep_for_restart(interaction, request, destination, stopped)

    async def _keep_for_restart(
        self,
        interaction: Interaction,
        request: Request,
        destination: Destination,
        stopped: EngineStopped,
        panel: Panel | None = None,
    ) -> None:
        """Acknowledge a request that came while the bot leaves, for the next start to answer.

        Raises ``stopped`` if the bot does not come back, and another GeneratorError if a limit is reached: what waits
        for the next start is a queue, too.
        """
        if not self._is_kept(stopped, destination.entry):
            raise stopped
        person, limits = destination.entry.person, self._queue.limits
        limit = self._policy.limit(roles_of(interaction)) or limits.person
        if self._kept[person] >= limit:
            raise PersonFull(limit=limit)
        if self._kept.total() >= limits.queue:
            raise QueueFull(limit=limits.queue)
        self._kept[person] += 1
        with self._track_task():
            await self._journal.open(destination.entry)
            await self._keep_earlier(interaction, destination)
            private, in_place = bool(destination.entry.private), bool(destination.entry.in_place)
            if await self._acknowledge(interaction, private=private, in_place=in_place, panel=panel) is not None:
                await self._reply(destination, request).postpone()

    async def _keep_earlier(self, interaction: Interaction, destination: Destination) -> None:
        """Keep the caption of the picture that the answer will replace, for a step back."""
        message = interaction.message if destination.place is not None else None
        if message is not None and captions.recipe_in(message.content) is not None:
            await self.earlier.keep(interaction.id, interaction.user.id, message.content)

    async def resume(self, client: discord.Client, application: int) -> None:
        """Start answering the requests that were unanswered when the bot last stopped.

        If they cannot be read now, start as soon as they can.
        """
        await self._journal.database.when_open(lambda: self._resume(client, application, at_start=True))
        self._journal.processes.when_left_over(lambda: self._resume(client, application, at_start=False))

    async def _resume(self, client: discord.Client, application: int, *, at_start: bool) -> None:
        try:
            unanswered = await self._journal.claim(application, at_start=at_start)
        except StateAway:
            log.warning("what was left unanswered cannot be read now")
            return
        if unanswered:
            log.info("%d requests were left unanswered; they are answered now", len(unanswered))
        last = {entry.message: entry for entry in unanswered if entry.in_place}
        outdone = [entry for entry in unanswered if entry.in_place and last[entry.message] is not entry]
        for entry in unanswered:  # at once, because what is cancelled from now on must be found there
            if entry not in outdone and self.is_new(entry.interaction):
                self._taken_over[entry.interaction] = entry
                self._start(self._take_over(Destination(client, entry, self._clock)))
        for entry in outdone:  # a later click on the same message wins
            await self._journal.close(entry.interaction)
        await self._journal.expire(self._clock.now() - MAX_LATE_S)

    async def _take_over(self, destination: Destination) -> None:
        entry = destination.entry
        try:
            await (self._resume_request if entry.until is None else self._resume_stream)(destination)
        finally:
            self._taken_over.pop(entry.interaction, None)

    def _is_withdrawn(self, entry: JournalEntry) -> bool:
        """Return whether a request that this process took over was cancelled, before or since."""
        return bool(self._taken_over.pop(entry.interaction, entry).withdrawn)

    def cancel(self, person: int) -> list[Recipe]:
        """Cancel a person's unfinished requests, and return their recipes. Streams go on."""
        tickets = self._queue.tickets_of(person)
        self._queue.cancel(person)
        left = [entry for entry in self._taken_over.values() if entry.person == person]
        self._taken_over |= {entry.interaction: replace(entry, withdrawn=1) for entry in left}
        recipes = [_recipe_of(entry) for entry in left if entry.until is None]
        return [*(ticket.request.recipe for ticket in tickets), *filter(None, recipes)]

    def withdraw(self, message_id: int, *, in_place: bool = False) -> None:
        """Withdraw the request or stream whose message was deleted, because nobody wants its pictures any more.

        A request that would replace its picture goes on, since only the earlier picture was deleted, unless
        ``in_place``.
        """
        if in_place:
            self._replacements.withdraw(message_id)
        if message_id in self._tickets:
            self._tickets[message_id].withdraw()
        self._streams.abandon(message_id)

    async def _mention_missing_model(self, interaction: Interaction, request: Request) -> None:
        """Tell a person, once, that their chosen model is no longer offered, so another model drew the picture."""
        ready = self._queue.ready
        if ready is None or request.recipe.model is not None:
            return
        person = interaction.user.id
        offered = [name for model in ready.models for name in (model.name, *model.aliases)]
        missing = self._preferences.missing_model(person, offered)
        if missing is not None:
            t = texts.for_locale(str(interaction.locale))
            if await respond.follow_up(interaction, t("model_gone", model=missing)):
                self._preferences.note_told(person)

    def _reply(self, destination: Destination, request: Request) -> Reply:
        if destination.entry.line == LINE_OF_SEARCH:
            return SearchReply(destination, request, self._intervals)
        make = InPlaceReply if destination.entry.in_place else Reply
        return make(destination, request, self._intervals)

    @asynccontextmanager
    async def answer_privately(self, interaction: Interaction) -> AsyncIterator[bool]:
        """Acknowledge an interaction whose answer, in the ``with`` block, is no picture of a line.

        Only the person who asked sees it. If the bot ends before, its next start tells them to ask again. Yield False
        if Discord no longer waits for an answer. Raises GeneratorError if Discord refuses to show one here.
        """
        destination = destination_of(interaction, NO_LINE, self._clock, private=True)
        await self._journal.open(destination.entry)
        acknowledgement = await self._acknowledge(interaction, private=True)
        try:
            yield acknowledgement is not None
        finally:
            if not _is_being_cancelled():
                await self._journal.close(interaction.id)

    async def _acknowledge(
        self,
        interaction: Interaction,
        *,
        private: bool = False,
        in_place: bool = False,
        panel: Panel | None = None,
    ) -> Acknowledgement | None:
        """Acknowledge an interaction, and record its message in the journal, and that it is a panel if it is one.

        If acknowledging fails, delete the request from the journal.
        Return None if Discord no longer waits for an answer.
        """
        acknowledgement = None
        try:
            if in_place:
                acknowledgement = await respond.acknowledge_update(interaction)
            else:
                acknowledgement = await respond.acknowledge(interaction, ephemeral=private)
        finally:
            if acknowledgement is None and not _is_being_cancelled():
                await self._journal.close(interaction.id)
        if acknowledgement is not None and acknowledgement.message_id is not None:
            self._journal.acknowledge(interaction.id, acknowledgement.message_id)
            if panel is not None and not in_place:
                await self._panels.keep(acknowledgement.message_id, interaction.user.id, panel)
        return acknowledgement

    async def _resume_stream(self, destination: Destination) -> None:
        """Continue a stream that a restart interrupted. If that is impossible, leave its last face as a picture."""
        entry = destination.entry
        recipe, remaining_s = _recipe_of(entry), (entry.until or 0.0) - self._clock.now()
        if destination.remaining_s <= 0:
            await finish_expired(destination)
            await self._journal.close(entry.interaction)
            return
        try:
            is_wanted = remaining_s > 0 and not self._is_withdrawn(entry)
            if recipe is not None and entry.message is not None and is_wanted:
                with self._streams.open(destination, Request(recipe)) as stream:
                    await stream.run()
                    return
        except GeneratorError as error:  # its model is no longer offered, for instance
            log.info("a stream cannot be continued: %s", error)
        await self._resume_request(destination)

    async def _resume_request(self, destination: Destination) -> None:
        entry = destination.entry
        recipe = _recipe_of(entry)
        if not await destination.needs_answer():
            await self._journal.close(entry.interaction)
            return
        is_withdrawn = entry.until is None and self._is_withdrawn(entry)  # of a stream the last face stays
        if recipe is None or is_withdrawn:
            lost = UploadForgotten() if entry.line == LINE_OF_SEARCH else Interrupted()
            reply = self._reply(destination, Request(recipe or Recipe.make("waifu", 0)))
            if await reply.fail(Cancelled() if is_withdrawn else lost):
                await self._journal.close(entry.interaction)
            return
        request = Request(recipe, story=bool(entry.story))
        try:
            ticket = self._queue.submit(_addressed(request, entry), skip_limits=True)
        except GeneratorError as error:  # its model is no longer offered, for instance
            if self._is_kept(error, entry):
                return
            if await self._reply(destination, request).fail(error):
                await self._journal.close(entry.interaction)
            return
        panel = await self._panels.get(entry.message) if entry.message is not None and entry.private else None
        coming = panel and panel_steps.show(panel, recipe)
        with (
            self._withdraw_at_end(ticket),
            self._replacements.hold(destination.place, ticket),
            self._panels.hold(destination.place, coming),
        ):
            await self._answer(destination, request, ticket, entry.message)

    def _is_kept(self, error: GeneratorError, entry: JournalEntry) -> bool:
        """Return whether a request that ended with this error stays in the journal, for the next start.

        A search for a face does not: the next start has not the posted picture.
        """
        is_left = isinstance(error, EngineStopped) and self._queue.restarting and self._journal.keeps
        return is_left and entry.line != LINE_OF_SEARCH

    async def _answer(self, destination: Destination, request: Request, ticket: Ticket, message_id: int | None) -> None:
        reply, interaction = self._reply(destination, request), destination.entry.interaction
        reply.find_view = partial(self._panels.find_view, message_id)
        began = time.monotonic()
        if message_id is not None and destination.place is None:
            self._tickets[message_id] = ticket
        reference, arrived = reference_of(interaction), True
        try:
            picture = await reply.follow(ticket)
            await self._take_line(reply, destination.entry.person, picture)
            await self._journal.mark_ending(interaction, str(reply.request.recipe))
            posted = await self._replacements.post(destination.place, ticket, reply.post(picture))
            if posted:
                person, drawn = destination.entry.person, reply.request.recipe
                await self._panels.note_shown(message_id, person, request.recipe, drawn)
                if not destination.entry.private:
                    self.last_pictures.note(person, destination.entry.channel, drawn)
            outcome = f"{picture.media_type} bytes={len(picture.file)}" if posted else "dropped"
        except GeneratorError as error:
            if self._is_kept(error, destination.entry):
                self._kept[destination.entry.person] += 1
                await reply.postpone()
                return
            outcome, reference = error.code, str(error.fields.get("reference", reference))
            arrived = await reply.fail(error)
        except UNREACHABLE as problem:
            outcome, arrived = "undelivered", False
            log.warning(
                "the answer to %s was not delivered now: %s", line_without_upload(ticket.request.recipe), problem
            )
        except Exception:
            outcome = "unexpected"
            arrived = await reply.fail(unexpected(f"answering {line_without_upload(ticket.request.recipe)}", reference))
        finally:
            self._tickets.pop(message_id or 0, None)
        if arrived:
            await self._journal.close(interaction)
        seconds = time.monotonic() - began
        self._monitor.record("picture" if "/" in outcome else outcome, seconds)
        _log(reference, destination.entry, ticket.request.recipe, outcome, seconds)

    async def _take_line(self, reply: Reply, person: int, picture: Picture) -> None:
        """Take the line, and the faces that the worker stored for it, from the picture.

        That is so where what was asked for has a line that is too long, or is the face for a posted picture.
        """
        recipe = reply.request.recipe
        if len(str(recipe)) <= MAX_LINE_CHARS and not shows_upload(recipe):
            return
        short = await asyncio.to_thread(read_faces, picture.file)
        assert short is not None  # the worker has just written it
        await self._vectors.keep(person, short.vectors, picture.traits_read if shows_upload(recipe) else None)
        reply.take(short.recipe, picture)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name="answer to an earlier request")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @contextmanager
    def _withdraw_at_end(self, ticket: Ticket) -> Iterator[None]:
        """Withdraw the ticket when the ``with`` block ends, unless the ticket has ended.

        Closing the service waits until the block is done.
        """
        with self._track_task():
            try:
                yield
            finally:
                ticket.withdraw()

    @contextmanager
    def _track_task(self) -> Iterator[None]:
        """Make closing the service wait for the current task until the ``with`` block is done."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            yield
        finally:
            self._tasks.discard(task)


def _recipe_of(entry: JournalEntry) -> Recipe | None:
    if entry.line in (NO_LINE, LINE_OF_SEARCH):
        return None
    try:
        return Recipe.parse(entry.line, MAX_DRAFT_CHARS)
    except GeneratorError as error:  # another version of the bot wrote it
        log.warning(
            'dropped request=%s line="%s": the line is not understood: %s',
            reference_of(entry.interaction),
            entry.line,
            error,
        )
        return None


def _addressed(request: Request, entry: JournalEntry) -> Request:
    return replace(request, max_bytes=entry.max_bytes, person=entry.person, server=entry.server)


def _log(reference: str, entry: JournalEntry, recipe: Recipe, outcome: str, seconds: float) -> None:
    """Log who asked for what, and how the request ended."""
    log.info(
        'request=%s person=%d server=%s line="%s" outcome=%s seconds=%.1f',
        *(reference, entry.person, entry.server or "-", line_without_upload(recipe), outcome, seconds),
    )


def _is_being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
