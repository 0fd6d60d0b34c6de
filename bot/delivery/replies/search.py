"""The message of a search for the face nearest to a posted picture. Only the person who asked sees it.

A first look comes as soon as the worker has one, then progress, then the posted picture and the face side by side. What
is posted for everybody is the face alone. Knows nothing about how a face is found.
"""

import asyncio
import contextlib
import io
from dataclasses import replace
from typing import Any

import discord

from bot.delivery.destination import Destination
from bot.delivery.replies.reply import EditIntervals, Reply
from bot.errors import UploadForgotten
from bot.messages import captions
from bot.messages.progress import SearchText
from bot.queue.ticket import Ticket
from bot.recipes.request import Request, shows_upload
from bot.worker.picture import Picture
from generator.contract import stamp
from generator.contract.errors import EngineStopped, GeneratorError
from generator.contract.protocol import Preview
from generator.contract.recipe import Recipe


class SearchReply(Reply):
    """The message of one search, from "thinking" to the face that was found, or to the picture that was made here."""

    def __init__(self, destination: Destination, request: Request, intervals: EditIntervals) -> None:
        super().__init__(destination, request, intervals)
        self._progress = self._searching = SearchText(self._texts)
        self._preview: Preview | None = None  # the latest first look
        self._previewed: Preview | None = None  # the one that the message shows
        self._came = asyncio.Event()  # set once there is a first look
        self._found = False  # whether a face was looked for, and not a picture that was made here

    def _notice(self, ticket: Ticket) -> None:
        if ticket.preview is not None and self._preview is None:
            self._came.set()
        self._preview = ticket.preview
        self._searching.has_preview = self._preview is not None

    async def _pause(self, seconds: float) -> None:
        """Wait until the progress may be shown again. The first look is shown at once."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._came.wait(), seconds)
        self._came.clear()

    async def _send_progress(self, content: str) -> None:
        preview = self._preview
        parts: dict[str, Any] = {}
        if preview is not None and preview is not self._previewed:
            parts["attachments"] = [self._file(preview.body, preview.media_type)]
        await self._destination.edit(content, **parts)
        self._previewed = preview

    def take(self, recipe: Recipe, picture: Picture) -> None:
        """Take the line of the face that was found, and say how near it is."""
        if not shows_upload(self.request.recipe):
            super().take(recipe, picture)
            return
        heading = captions.describe_search(recipe, picture, self._texts)
        self.request = replace(self.request, recipe=recipe, heading=heading, stored=picture.traits_read, edited=True)
        self._found = True

    async def post(self, picture: Picture, note: str = "") -> bool:
        """See Reply. The note says what Post shows, and which of several pictures this is."""
        whole = (self._texts("like_private") if self._found else "", self.request.note, note)
        return await super().post(picture, " ".join(filter(None, whole)))

    async def fail(self, error: GeneratorError) -> bool:
        """See Reply. If the bot stops, the posted picture is gone: its next start cannot go on."""
        return await super().fail(UploadForgotten() if isinstance(error, EngineStopped) else error)

    def file(self, picture: Picture) -> discord.File:
        """See Reply. The file shows the posted picture, too."""
        return self._file(picture.file, picture.media_type) if self._found else super().file(picture)

    def _file(self, body: bytes, media_type: str) -> discord.File:
        name = f"like.{stamp.ENDINGS.get(media_type, 'bin')}"
        return discord.File(io.BytesIO(body), name, description=captions.alt_text_of_search(self.request, self._texts))
