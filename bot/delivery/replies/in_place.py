"""Answers a click in place: the new picture replaces the one in the message whose button was clicked.

The earlier picture stays until the new one is there, and if that fails or is cancelled. Of several clicks on one
message the last wins. Knows nothing about which buttons do this.
"""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bot.delivery import fallbacks, respond
from bot.delivery.replies.reply import LAST_EDIT_S, Reply
from bot.queue.ticket import Ticket
from bot.worker.picture import Picture
from generator.contract.errors import Cancelled, GeneratorError


class InPlaceReply(Reply):
    """The message of a click, whose picture is replaced once the new one is drawn."""

    async def postpone(self) -> None:
        """Say, only to the person who clicked, that the picture comes after a restart of the bot."""
        await self._tell(self._texts("restarting"))

    async def _vanish(self) -> None:
        """Do nothing: who cancelled the request knows, or a later click has taken its place."""

    async def _explain(self, error: GeneratorError) -> None:
        await self._tell(self._texts.error(error))

    async def _show(self, error: GeneratorError) -> None:
        await self._tell(self._texts.error(error))

    async def _tell(self, sentence: str) -> None:
        """Say a sentence to the person who clicked and nobody else, or later where Discord takes it."""
        problem = await fallbacks.whisper(self._destination, sentence)
        if isinstance(problem, fallbacks.TokenExpired):
            await self._say_late(sentence, problem)
        elif problem is not None:
            respond.log_undelivered(problem, sentence)

    async def _show_progress(self, ticket: Ticket) -> None:
        """Show no progress: the message keeps its picture."""

    @property
    def back(self) -> int | None:
        """The interaction of this click: a button under its picture brings back the earlier one."""
        return self._destination.entry.interaction

    async def _put(self, picture: Picture, note: str) -> Exception | None:
        view = self.view()
        return await fallbacks.replace(
            self._destination,
            self.caption(picture, note),
            lambda: {"attachments": [self.file(picture)], "embeds": self.embeds(), "view": view},
        )

    async def _post_elsewhere(self, picture: Picture, note: str, *, expired: bool) -> Exception | None:
        """Post the picture as a new message. The message that did not take it keeps its own picture."""
        if expired:
            return await super()._post_elsewhere(picture, note, expired=True)
        view = self.picture_view()
        return await fallbacks.post_anew(
            self._destination,
            self.caption(picture, note),
            lambda: {"file": self.file(picture), "embeds": self.embeds(), "view": view},
        )


@dataclass
class _Place:
    """A message whose picture is being replaced."""

    latest: Ticket  # of the last click
    holders: int = 0  # requests that are not over yet
    posting: "asyncio.Task[bool] | None" = None  # the edit that is being sent


class Replacements:
    """The messages whose pictures are being replaced, each by the picture of the last click on it.

    A message is given by its id. Where it is None, the answer has a message of its own, and nothing is to be done.
    """

    def __init__(self) -> None:
        self._replacements: dict[int, _Place] = {}  # id of the message -> what happens there

    def withdraw(self, message: int | None) -> None:
        """Withdraw the request that would replace the picture of ``message``, if there is one."""
        if message in self._replacements:
            self._replacements[message].latest.withdraw()

    @contextmanager
    def hold(self, message: int | None, ticket: Ticket) -> Iterator[None]:
        """Let the picture of ``ticket``, and of no earlier one, replace that of ``message`` in the ``with`` block.

        Earlier tickets are not withdrawn: see ``withdraw``.
        """
        if message is None:
            yield
            return
        place = self._replacements.setdefault(message, _Place(ticket))
        place.latest, place.holders = ticket, place.holders + 1
        try:
            yield
        finally:
            place.holders -= 1
            if not place.holders:
                del self._replacements[message]

    async def post(self, message: int | None, ticket: Ticket, sending: Coroutine[Any, Any, bool]) -> bool:
        """Wait for ``sending``, which puts the picture of ``ticket`` into ``message``, and return its result.

        Edits are sent one after the other, because Discord may carry them out in any order. One that takes longer than
        LAST_EDIT_S is given up. Raises Cancelled if a later click has taken this one's place.
        """
        if message is None:
            return await sending
        place = self._replacements[message]
        if place.posting is not None:
            await _end_within(place.posting, LAST_EDIT_S)
        if place.latest is not ticket:
            sending.close()
            raise Cancelled()
        place.posting = asyncio.ensure_future(sending)
        try:
            return await place.posting
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if place.latest is ticket or (task is not None and task.cancelling()):
                raise
            raise Cancelled() from None


async def _end_within(task: "asyncio.Task[bool]", seconds: float) -> None:
    """Wait until a task has ended, at most for ``seconds``; then cancel it."""
    await asyncio.wait([task], timeout=seconds)
    task.cancel()
    await asyncio.wait([task])
