"""Maintains the message of one request: the place in the queue, a progress bar, and then the picture or an error.

Follows a ticket and edits the message. Knows nothing about how pictures are drawn, or who may ask for one.
"""

import asyncio
import contextlib
import io
import logging
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

import discord

from bot.delivery import respond
from bot.delivery.destination import Destination
from bot.discord_api import (
    CONNECTION_BROKEN,
    MAX_CONTENT_CHARS,
    REQUEST_TOO_LARGE,
    UNKNOWN_MESSAGE,
    UNREACHABLE,
    is_expired,
    is_gone,
)
from bot.errors import TooLate
from bot.i18n import texts
from bot.messages import buttons, captions
from bot.messages.progress import ProgressText
from bot.queue.ticket import Queued, State, Ticket
from bot.recipes.request import Request
from bot.worker.picture import Picture
from generator.contract.errors import Cancelled, CannotFit, GeneratorError

log = logging.getLogger(__name__)

LAST_EDIT_S = 3.0  # how long the result waits for a progress edit that is still being sent
RESULT_TRIES = 3  # how many times we try to send the result
RETRY_S = 1.0  # pause between two tries


@dataclass(frozen=True)
class EditIntervals:
    """How many seconds pass between edits of one message.

    Progress and result share Discord's rate limit, so progress is shown rarely.
    """

    first_s: float = 1.0  # until the first edit; most pictures are finished earlier, and need no progress bar
    every_s: float = 2.0  # between two edits of the progress
    # Between two faces of a stream. Discord allows 5 edits in 5 s in one channel, which several streams may share.
    face_s: float = 5.0


class Reply:
    """The message of one request, from the first sign of progress to the picture or error."""

    def __init__(self, destination: Destination, request: Request, intervals: EditIntervals) -> None:
        self.request = request
        self._destination = destination
        self._intervals = intervals
        self._texts = texts.for_locale(destination.locale)
        self._progress = ProgressText(self._texts)
        self._shown = ""
        self._editing = asyncio.Lock()

    async def follow(self, ticket: Ticket) -> Picture:
        """Show the progress of the request until it ends. Return its picture. Raises GeneratorError if it fails."""
        updates = asyncio.create_task(self._show_progress(ticket), name="progress bar")
        try:
            async with aclosing(ticket.states()) as states:
                async for state in states:
                    if isinstance(state, Picture):
                        return state
                    self._refuse_if_too_late(state)
                    self._progress.update(state)
            raise Cancelled()
        finally:
            self.request = replace(self.request, recipe=ticket.request.recipe)  # now names its model
            await self._stop(updates)

    def _refuse_if_too_late(self, state: State) -> None:
        """Raise TooLate if only the token allows delivery, and it will expire before the picture is drawn."""
        late = isinstance(state, Queued) and state.eta_s is not None and state.eta_s > self._destination.remaining_s
        if late and not self._destination.may_post:
            raise TooLate()

    async def post(self, picture: Picture, note: str = "") -> bool:
        """Put the picture into the message or, after the token has expired, into the channel.

        ``note`` is one more sentence under the caption. Return False if neither place accepts the picture.
        Raises CannotFit if the file is too large for Discord, and one of UNREACHABLE if the picture may not have
        arrived.
        """
        content = self.caption(picture, note)
        view = buttons.build_picture_view(self.request.recipe, self._destination.entry.person, self._texts)
        if await self._edit_last(content, picture, view):
            return True
        late = self._texts("too_late", person=self._destination.entry.person)
        return await self._post_late(f"{late}\n{content}", file=self.file(picture), view=view)

    async def postpone(self) -> None:
        """Say that the answer comes after a restart of the bot. A failure to say so is only logged."""
        sentence = self._texts("restarting")
        try:
            if self._destination.remaining_s > 0:
                await self._destination.edit(sentence)
        except UNREACHABLE as problem:
            respond.log_undelivered(problem, sentence)

    async def fail(self, error: GeneratorError) -> bool:
        """Show the error's sentence in place of the picture.

        Return False if the sentence may not have arrived, and another try could help.
        """
        sentence = self._texts.error(error)
        try:
            if await self._edit_last(sentence):
                return True
            if not isinstance(error, Cancelled):
                person = self._destination.entry.person
                await self._post_late(self._texts("too_late_sentence", person=person, sentence=sentence))
        except UNREACHABLE as problem:
            respond.log_undelivered(problem, sentence)
            return False
        return True

    async def _edit_last(
        self, content: str, picture: Picture | None = None, view: discord.ui.View | None = None
    ) -> bool:
        """Make the final edit of the message. Return False if the interaction's token has expired.

        If the message was deleted, the edit counts as made, because nobody wants the answer any more.
        """
        for tries_left in reversed(range(RESULT_TRIES)):
            try:
                if self._destination.remaining_s <= 0:
                    return False
                files = [self.file(picture)] if picture else []
                await self._destination.edit(content, attachments=files, view=view)
                return True
            except discord.HTTPException as problem:
                if is_gone(problem):
                    log.info("the message of %s was deleted", self.request.recipe)
                    return True
                if problem.code == REQUEST_TOO_LARGE and picture:
                    raise CannotFit(limit=f"{self._destination.entry.max_bytes / 2**20:.3g} MiB") from None
                if is_expired(problem):
                    return False
                # discord.py has already waited and retried; further tries help if Discord recovers slowly.
                if (problem.status < 500 and problem.status != 429) or not tries_left:
                    raise
            except CONNECTION_BROKEN:  # the edit may have arrived; repeating it does no harm
                if not tries_left:
                    raise
            await asyncio.sleep(RETRY_S)
        return False

    async def _show_progress(self, ticket: Ticket) -> None:
        """Edit the message at intervals until its token expires."""
        await asyncio.sleep(self._intervals.first_s)
        while self._destination.remaining_s > 0:
            content = self._progress.render(self._intervals.every_s)
            if content and content != self._shown:
                async with self._editing:
                    await self._edit_progress(content, ticket)
            await asyncio.sleep(self._intervals.every_s)

    async def _edit_progress(self, content: str, ticket: Ticket) -> None:
        try:
            await self._destination.edit(content)
            self._shown = content
        except discord.HTTPException as problem:
            if problem.code == UNKNOWN_MESSAGE:
                ticket.withdraw()
        except CONNECTION_BROKEN:
            pass  # the next edit shows the progress

    async def _stop(self, updates: "asyncio.Task[None]") -> None:
        # A cancelled edit may still arrive after the result and replace it, so wait until no edit is being sent.
        # The wait has a limit because discord.py makes a rate-limited edit (429) sleep, possibly for a long time.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._editing.acquire(), LAST_EDIT_S)
        updates.cancel()
        await asyncio.gather(updates, return_exceptions=True)

    async def _post_late(self, content: str, **file_and_view: Any) -> bool:
        """Post into the channel when the token has expired, after 15 minutes.

        The bot may do that only as a member of the server, and everybody there would see it. Return False if it is not
        a member, if the answer is private, or if the channel refuses the post.
        """
        if not self._destination.may_post:
            why = "it is private" if self._destination.entry.private else "the bot is not a member of that server"
            log.warning("dropped the answer to %s: its token has expired, and %s", self.request.recipe, why)
            return False
        try:
            await self._destination.post(content[:MAX_CONTENT_CHARS], **file_and_view)
        except discord.HTTPException as problem:
            log.warning(
                "dropped the answer to %s: its token has expired, and the channel refused it: %s",
                self.request.recipe,
                problem,
            )
            return False
        return True

    def caption(self, picture: Picture, note: str = "") -> str:
        """Return the words under the picture. ``note`` is one more sentence, shown as Discord subtext."""
        content = captions.caption(self.request, picture, self._texts)
        return f"{content}\n-# {note}"[:MAX_CONTENT_CHARS] if note else content

    def file(self, picture: Picture) -> discord.File:
        """Return the picture as a file for discord.py to upload, with its alternative text."""
        name = captions.filename(self.request.recipe, picture.media_type)
        return discord.File(io.BytesIO(picture.file), name, description=captions.alt_text(self.request, self._texts))
