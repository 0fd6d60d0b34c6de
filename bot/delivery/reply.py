"""One Discord message per request: from "2nd in line" over a progress bar to the picture, or one sentence.

Knows not what is drawn nor how, nor who may ask; reads a ticket, and edits the message.
"""

import asyncio
import contextlib
import io
import logging
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import discord

from bot.delivery import destination
from bot.delivery.destination import Destination
from bot.errors import TooLate
from bot.i18n import texts
from bot.messages import buttons, captions
from bot.messages.progress import ProgressText
from bot.queue.ticket import Queued, State, Ticket
from bot.recipes.request import Request
from bot.worker.engine import Picture
from generator.contract.errors import Cancelled, CannotFit, GeneratorError

log = logging.getLogger(__name__)

LAST_EDIT_S = 3.0  # how long the result waits for an edit that is on its way
UPLOAD_TRIES = 3
TOO_LARGE = 40005


@dataclass(frozen=True)
class Pauses:
    """When the message is edited, in seconds. Edits and the result share a rate limit, so edits are few."""

    first_s: float = 1.0  # most pictures are there before anybody needs a bar
    every_s: float = 2.0
    face_s: float = 5.0  # of a stream: Discord bears 5 edits in 5 s in one channel, and there may be several streams


class Reply:
    """The message of one request."""

    def __init__(self, where: Destination, request: Request, pauses: Pauses) -> None:
        self.request = request
        self._where = where
        self._pauses = pauses
        self._texts = texts.of(where.locale)
        self._look = ProgressText(self._texts)
        self._shown = ""
        self._editing = asyncio.Lock()

    async def follow(self, ticket: Ticket) -> Picture:
        """Show how the request fares until it ends. Raises GeneratorError where it fails."""
        painter = asyncio.create_task(self._show_progress(ticket), name="progress bar")
        try:
            async with aclosing(ticket.states()) as states:
                async for state in states:
                    if isinstance(state, Picture):
                        return state
                    self._check(state)
                    self._look.update(state)
            raise Cancelled()
        finally:
            self.request = replace(self.request, recipe=ticket.request.recipe)  # now with its model
            await self._stop_updates(painter)

    def _check(self, state: State) -> None:
        """Where only the token can carry the picture, say at once that it will come too late."""
        late = isinstance(state, Queued) and state.eta_s is not None and state.eta_s > self._where.remaining_s
        if late and self._where.entry.channel is None:
            raise TooLate()

    async def post(self, picture: Picture, note: str = "") -> bool:
        """Put the picture into the message, or into the channel where the message can no longer be reached.

        note: one more sentence under its caption. Return False where it can be put nowhere.
        Raises CannotFit, or what discord.py and aiohttp raise where it may have arrived nowhere.
        """
        content = self.caption(picture, note)
        view = buttons.build_picture_view(self.request.recipe, self._where.entry.person, self._texts)
        if await self._edited(content, picture, view):
            return True
        late = self._texts("too_late", person=self._where.entry.person)
        return await self._post_late(f"{late}\n{content}", file=self.file(picture), view=view)

    async def say(self, error: GeneratorError) -> bool:
        """End the message as one sentence. Return False where it may not have arrived, and another try could help."""
        sentence = self._texts.error(error)
        try:
            if await self._edited(sentence):
                return True
            if not isinstance(error, Cancelled):
                await self._post_late(
                    self._texts("too_late_sentence", person=self._where.entry.person, sentence=sentence)
                )
        except buttons.UNREACHABLE as problem:
            buttons.log_unsent(problem, sentence)
            return False
        return True

    async def _edited(self, content: str, picture: Picture | None = None, view: discord.ui.View | None = None) -> bool:
        """Make this what the message says for good. Return False where its token is dead."""
        for left in reversed(range(UPLOAD_TRIES)):
            try:
                if self._where.remaining_s <= 0:
                    return False
                files = [self.file(picture)] if picture else []
                await self._where.edit(content, attachments=files, view=view)
                return True
            except discord.HTTPException as problem:
                if problem.code in (destination.UNKNOWN_MESSAGE, destination.UNKNOWN_CHANNEL):
                    log.info("the message of %s was deleted", self.request.recipe)
                    return True
                if problem.code == TOO_LARGE and picture:
                    raise CannotFit(limit=f"{self._where.entry.max_bytes / 2**20:.3g} MiB") from None
                if destination.is_expired(problem):
                    return False
                # discord.py has waited and tried again where that is its custom; once more is for a Discord that recovers slowly.
                if (problem.status < 500 and problem.status != 429) or not left:
                    raise
            except (OSError, aiohttp.ClientError):  # the connection broke; to edit twice does no harm
                if not left:
                    raise
            await asyncio.sleep(1)
        return False

    async def _show_progress(self, ticket: Ticket) -> None:
        """Edit the message now and then, for as long as that helps."""
        await asyncio.sleep(self._pauses.first_s)
        while self._where.remaining_s > 0:
            content = self._look.render(self._pauses.every_s)
            if content and content != self._shown:
                async with self._editing:
                    await self._edit(content, ticket)
            await asyncio.sleep(self._pauses.every_s)

    async def _edit(self, content: str, ticket: Ticket) -> None:
        try:
            await self._where.edit(content)
            self._shown = content
        except discord.HTTPException as problem:
            if problem.code == destination.UNKNOWN_MESSAGE:
                ticket.withdraw()
        except (OSError, aiohttp.ClientError):
            pass  # the next edit says it

    async def _stop_updates(self, painter: "asyncio.Task[None]") -> None:
        # An edit cut off in the middle could arrive after the result and cover it; one that sleeps on a 429 is not awaited.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._editing.acquire(), LAST_EDIT_S)
        painter.cancel()
        await asyncio.gather(painter, return_exceptions=True)

    async def _post_late(self, content: str, **file_and_view: Any) -> bool:
        """The token lives 15 minutes; after that only a bot that is a member may still write."""
        if self._where.entry.channel is None:
            log.warning("too late for %s, and not a member there", self.request.recipe)
            return False
        try:
            await self._where.post(content[: captions.MAX_CONTENT_CHARS], **file_and_view)
        except discord.HTTPException as problem:
            log.warning("too late for %s, and the channel refused it: %s", self.request.recipe, problem)
            return False
        return True

    def caption(self, picture: Picture, note: str = "") -> str:
        """Return the words under the picture; note: one more sentence, in small letters."""
        content = captions.caption(self.request, picture, self._texts)
        return f"{content}\n-# {note}"[: captions.MAX_CONTENT_CHARS] if note else content

    def file(self, picture: Picture) -> discord.File:
        """Return the picture as discord.py sends it, with its description."""
        name = captions.filename(self.request.recipe, picture.media_type)
        return discord.File(io.BytesIO(picture.file), name, description=captions.alt_text(self.request, self._texts))
