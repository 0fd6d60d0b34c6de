"""Maintains the message of one request: the place in the queue, a progress bar, and then the picture or an error.

Follows a ticket and edits the message. Knows nothing about how pictures are drawn, or who may ask for one.
"""

import asyncio
import contextlib
import io
import logging
import math
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, replace

import discord

from bot.delivery import fallbacks, respond
from bot.delivery.destination import Destination
from bot.discord_api import CONNECTION_BROKEN, UNKNOWN_MESSAGE, UNREACHABLE, Trouble, trouble_of
from bot.errors import Refused, TakesTooLongHere, TooLate
from bot.i18n import texts
from bot.messages import buttons, captions, cards
from bot.messages.progress import RECENT_S, ProgressText
from bot.queue.ticket import Queued, State, Ticket
from bot.recipes.request import Request
from bot.worker.picture import Picture
from generator.contract.errors import Cancelled, CannotFit, GeneratorError, OutOfMemory, PoisonRun, RecipeError
from generator.contract.recipe import Recipe

log = logging.getLogger(__name__)

# Returns what stands under a picture that ``int``, a person, asked for, where that is no ordinary picture.
FindView = Callable[[Recipe, int, texts.Texts], discord.ui.View | None]

# From this place in the queue on, messages are edited less often, in proportion: however long the queue, all of them
# together need less than a hundred edits a second.
NEAR = 20
LAST_EDIT_S = 3.0  # how long the result waits for a progress edit that is still being sent

# Errors that a person can do something about; other people need not see them.
_REFUSALS = (Refused, RecipeError, CannotFit, OutOfMemory, PoisonRun)


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
        self.find_view: FindView = lambda recipe, owner, t: None
        self._destination = destination
        self._intervals = intervals
        self._texts = texts.for_locale(destination.locale)
        self._progress = ProgressText(self._texts)
        self._shown, self._edited_at = "", -math.inf
        self._described: tuple[Request, str] | None = None  # a request, and what its face looks like
        self._editing = asyncio.Lock()

    async def follow(self, ticket: Ticket) -> Picture:
        """Show the progress of the request until it ends. Return its picture. Raises GeneratorError if it fails."""
        updates = asyncio.create_task(self._show_progress(ticket), name="progress bar")
        try:
            async with aclosing(ticket.states()) as states:
                async for state in states:
                    if isinstance(state, Picture):
                        return state
                    self._progress.update(state)
                    self._refuse_if_too_late(state)
                    self._notice(ticket)
            raise Cancelled()
        finally:
            self.request = replace(ticket.request, upload=None, attachments=())
            await self._stop(updates)

    def _notice(self, ticket: Ticket) -> None:
        """Do nothing: only a search has more to show than its state."""

    def take(self, recipe: Recipe, picture: Picture) -> None:
        """Take the line of a picture from its stamp: what was asked for had none, or one that was too long."""
        self.request = replace(self.request, recipe=recipe)

    def _refuse_if_too_late(self, state: State) -> None:
        """Raise TooLate if only the token allows delivery, and it will expire before the picture is drawn."""
        if self._destination.may_post:
            return
        eta_s = state.eta_s if isinstance(state, Queued) else self._progress.left_s(RECENT_S)
        if eta_s is not None and eta_s > self._destination.remaining_s:
            raise TooLate() if isinstance(state, Queued) else TakesTooLongHere()

    async def post(self, picture: Picture, note: str = "") -> bool:
        """Put the picture into the message or, if that does not take it, where else Discord takes it.

        ``note`` is one more sentence under the caption. If no place takes the picture, tell the person why, and return
        False. Raises one of UNREACHABLE if Discord does not answer now, so that a later try could help.
        """
        refusal = await self._put(picture, note)
        if refusal is None:
            return True
        if trouble_of(refusal) is Trouble.TOO_LARGE:
            await self._explain(CannotFit(limit=f"{self._destination.entry.max_bytes / 2**20:.3g} MiB"))
            return False
        expired = isinstance(refusal, fallbacks.TokenExpired)
        if not expired:
            log.warning("the message of %s does not take its answer: %s", self.request.recipe, refusal)
        elsewhere = await self._post_elsewhere(picture, note, expired=expired)
        if elsewhere is None:
            return True
        log.warning("dropped the answer to %s: %s, and %s", self.request.recipe, refusal, elsewhere)
        if not expired:
            await self._explain(respond.explain_refusal(refusal))
        return False

    async def _put(self, picture: Picture, note: str) -> Exception | None:
        """Put the picture into the message. Return None once it is there, else why the message does not take it."""
        view = self.view()
        parts = lambda: {"attachments": [self.file(picture)], "embeds": self.embeds(), "view": view}  # noqa: E731
        return await fallbacks.edit(self._destination, self.caption(picture, note), parts)

    async def _post_elsewhere(self, picture: Picture, note: str, *, expired: bool) -> Exception | None:
        """Post the picture in another place, and remove the message. Return None once it is posted, else why not."""
        intro = self._texts("too_late" if expired else "elsewhere", person=self._destination.entry.person)
        content, view = self.caption(picture, note, f"{intro}\n"), self.view()
        refusal = await fallbacks.post_elsewhere(
            self._destination, content, lambda: {"file": self.file(picture), "embeds": self.embeds(), "view": view}
        )
        if refusal is None and not expired:
            await fallbacks.remove(self._destination)
        return refusal

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

        A refusal is shown to nobody but the person who asked, as it would have been before the message. The message of
        a cancelled request is deleted. Return False if a later try could help.
        """
        try:
            if isinstance(error, Cancelled):
                await self._vanish()
            elif isinstance(error, _REFUSALS):
                await self._explain(error)
            else:
                await self._show(error)
        except UNREACHABLE as problem:
            respond.log_undelivered(problem, self._texts.error(error))
            return False
        return True

    async def _vanish(self) -> None:
        """Delete the message of a cancelled request."""
        await fallbacks.remove(self._destination)

    async def _explain(self, error: GeneratorError) -> None:
        """Show a refusal privately, or if Discord does not take that, where it takes it."""
        problem = await fallbacks.say_privately(self._destination, self._texts.error(error))
        if problem is not None:
            await self._show(error)

    async def _show(self, error: GeneratorError) -> None:
        """Show an error's sentence in the message, else in another place."""
        sentence = self._texts.error(error)
        refusal = await fallbacks.edit(self._destination, sentence, lambda: {"attachments": [], "view": None})
        if refusal is not None:
            await self._say_late(sentence, refusal)

    async def _say_late(self, sentence: str, refusal: Exception) -> None:
        """Say a sentence in another place. ``refusal`` is why it could not be said in the message."""
        late = self._texts("too_late_sentence", person=self._destination.entry.person, sentence=sentence)
        elsewhere = await fallbacks.post_elsewhere(self._destination, late, dict)
        if elsewhere is not None:
            log.warning("could not deliver %r: %s, and %s", sentence, refusal, elsewhere)

    async def _show_progress(self, ticket: Ticket) -> None:
        """Edit the message at intervals until its token expires."""
        await self._pause(self._intervals.first_s)
        while self._destination.remaining_s > 0:
            content = self._progress.render(self._intervals.every_s) if self._is_due() else ""
            if content and content != self._shown:
                async with self._editing:
                    await self._edit_progress(content, ticket)
            await self._pause(self._intervals.every_s)

    def _is_due(self) -> bool:
        """Return whether the message may be edited: the farther back in the queue, the less often."""
        seldom = self._progress.position / NEAR
        return time.monotonic() - self._edited_at >= self._intervals.every_s * seldom

    async def _pause(self, seconds: float) -> None:
        """Wait until the progress may be shown again."""
        await asyncio.sleep(seconds)

    async def _edit_progress(self, content: str, ticket: Ticket) -> None:
        self._edited_at = time.monotonic()
        try:
            await self._send_progress(content)
            self._shown = content
        except discord.HTTPException as problem:
            if problem.code == UNKNOWN_MESSAGE:
                ticket.withdraw()
        except CONNECTION_BROKEN:
            pass  # the next edit shows the progress

    async def _send_progress(self, content: str) -> None:
        await self._destination.edit(content)

    async def _stop(self, updates: "asyncio.Task[None]") -> None:
        # A cancelled edit may still arrive after the result and replace it, so wait until no edit is being sent.
        # The wait has a limit because discord.py makes a rate-limited edit (429) sleep, possibly for a long time.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._editing.acquire(), LAST_EDIT_S)
        updates.cancel()
        await asyncio.gather(updates, return_exceptions=True)

    def caption(self, picture: Picture, note: str = "", intro: str = "") -> str:
        """Return the words above and under the picture.

        ``note`` is one more sentence, shown as Discord subtext. ``intro`` comes before everything else.
        """
        return captions.caption(self.request, picture, self._texts, look=self._look(), intro=intro, note=note)

    def _look(self) -> str:
        """Return what ``captions.describe_look`` does. It is worked out once for each request that is shown."""
        if self._described is None or self._described[0] is not self.request:
            self._described = self.request, captions.describe_look(self.request, self._texts)
        return self._described[1]

    def view(self) -> discord.ui.View:
        """Return the buttons and menus under the picture."""
        found = self.find_view(self.request.recipe, self._destination.entry.person, self._texts)
        return self.picture_view(self.back) if found is None else found

    @property
    def back(self) -> int | None:
        """The interaction that replaced an earlier picture in this message; None if there was none."""
        return None

    def picture_view(self, back: int | None = None) -> discord.ui.View:
        """Return the buttons and menus under an ordinary picture. ``back`` is as in ``build_picture_view``."""
        entry = self._destination.entry
        return buttons.build_picture_view(
            self.request.recipe,
            entry.person,
            self._texts,
            private=bool(entry.private),
            edited=self.request.edited,
            back=back,
        )

    def embeds(self) -> list[discord.Embed]:
        """Return the card of the face, if it is to be told."""
        return [cards.build_card(self.request, self._texts)] if self.request.story else []

    def file(self, picture: Picture) -> discord.File:
        """Return the picture as a file for discord.py to upload, with its alternative text."""
        name = captions.filename(self.request.recipe, picture.media_type)
        alt_text = captions.alt_text(self.request, self._texts, self._look())
        return discord.File(io.BytesIO(picture.file), name, description=alt_text)
