"""One Discord message per request: from "2nd in line" over a progress bar to the picture, or one sentence.

Knows not what is drawn nor how; asks the studio, and edits the message.
"""

import asyncio
import contextlib
import io
import logging
import time
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import discord

from bot import buttons, captions, texts
from bot.asking import Request
from bot.engine import Picture
from bot.errors import unexpected
from bot.studio import Studio
from bot.ticket import Order, Queued, State, Ticket
from generator.errors import Cancelled, CannotFit, GeneratorError
from generator.protocol import Progress

log = logging.getLogger(__name__)

Interaction = discord.Interaction[Any]

MAX_REQUEST_BYTES = 24 * 1024 * 1024  # Discord takes 25 MiB in one request, whatever a server's own limit
BAR_CELLS = 12
LAST_EDIT_S = 3.0  # how long the result waits for an edit that is on its way
UPLOAD_TRIES = 3

UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, UNKNOWN_INTERACTION, UNKNOWN_WEBHOOK = 10003, 10008, 10062, 10015
ALREADY_ANSWERED, INVALID_WEBHOOK_TOKEN, TOO_LARGE = 40060, 50027, 40005


@dataclass(frozen=True)
class Pauses:
    """When the message is edited, in seconds. Edits and the result share a rate limit, so edits are few."""

    first_s: float = 1.0  # most pictures are there before anybody needs a bar
    every_s: float = 2.0


class Desk:
    """Answers requests; while it is open, and a moment longer for those that are on their way."""

    CLOSING_S = 3.0

    def __init__(self, studio: Studio, pauses: Pauses | None = None) -> None:
        self.studio = studio
        self._pauses = pauses or Pauses()
        self._open: set[asyncio.Task[Any]] = set()
        self._tickets: dict[int, Ticket] = {}  # by the message that shows them

    async def __aenter__(self) -> "Desk":
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._open:
            await asyncio.wait(self._open, timeout=self.CLOSING_S)

    async def serve(self, interaction: Interaction, request: Request) -> None:
        """Answer one request in one message. Raises GeneratorError while nobody has been answered yet."""
        order = Order(request.recipe, _max_bytes(interaction), interaction.user.id, interaction.guild_id)
        ticket, task = self.studio.submit(order), asyncio.current_task()
        assert task is not None
        self._open.add(task)
        message_id: int | None = None
        try:
            message_id = await _defer(interaction)
            if message_id is not None:
                self._tickets[message_id] = ticket
                await self._answer(interaction, request, ticket)
        finally:
            self._tickets.pop(message_id or 0, None)
            ticket.withdraw()
            self._open.discard(task)

    def deleted(self, message_id: int) -> None:
        """Hear that a message is gone: whoever deletes it wants no picture."""
        if message_id in self._tickets:
            self._tickets[message_id].withdraw()

    async def _answer(self, interaction: Interaction, request: Request, ticket: Ticket) -> None:
        reply, began = Reply(interaction, request, self._pauses), time.monotonic()
        try:
            picture = await reply.follow(ticket)
            await reply.post(picture)
            outcome = f"{picture.media_type}, {len(picture.file)} bytes"
        except GeneratorError as error:
            outcome = error.code
            await reply.say(error)
        except Exception:
            outcome = "failed"
            await reply.say(unexpected(f"answering {ticket.order.recipe}"))
        log.info("user %d: %s: %s in %.1f s", ticket.order.person, ticket.order.recipe, outcome, time.monotonic() - began)


class Reply:
    """The message of one request."""

    def __init__(self, interaction: Interaction, request: Request, pauses: Pauses) -> None:
        self.request = request
        self._interaction = interaction
        self._pauses = pauses
        self._texts = texts.of(str(interaction.locale))
        self._look = Look(self._texts)
        self._shown = ""
        self._editing = asyncio.Lock()

    async def follow(self, ticket: Ticket) -> Picture:
        """Show how the request fares until it ends. Raises GeneratorError where it fails."""
        painter = asyncio.create_task(self._paint(ticket), name="progress bar")
        try:
            async with aclosing(ticket.states()) as states:
                async for state in states:
                    if isinstance(state, Picture):
                        return state
                    self._look.see(state)
            raise Cancelled()
        finally:
            self.request = replace(self.request, recipe=ticket.order.recipe)  # now with its model
            await self._put_brush_down(painter)

    async def post(self, picture: Picture) -> None:
        """Put the picture into the message, or into the channel where the message can no longer be reached."""
        content = captions.caption(self.request, picture, self._texts)
        view = buttons.row(self.request.recipe, self._interaction.user.id, self._texts)
        for left in reversed(range(UPLOAD_TRIES)):
            try:
                if not self._interaction.is_expired():
                    await self._interaction.edit_original_response(content=content, attachments=[self._file(picture)], view=view)
                    return
                break
            except discord.HTTPException as problem:
                if problem.code == UNKNOWN_MESSAGE:
                    log.info("the message of %s was deleted", self.request.recipe)
                    return
                if problem.code == TOO_LARGE:
                    raise CannotFit(limit=f"{_max_bytes(self._interaction)} bytes") from None
                if not _is_expired(problem):
                    raise
                break
            except (OSError, aiohttp.ClientError):  # the connection broke; to edit twice does no harm
                if not left:
                    raise
                await asyncio.sleep(1)
        await self._post_in_channel(content, picture, view)

    async def say(self, error: GeneratorError) -> None:
        """End the message as one sentence."""
        sentence = self._texts.error(error)
        try:
            await self._interaction.edit_original_response(content=sentence, attachments=[], view=None)
        except discord.NotFound:
            log.info("the message of %s is gone", self.request.recipe)
        except buttons.UNREACHABLE as problem:
            buttons.unheard(problem, sentence)

    async def _paint(self, ticket: Ticket) -> None:
        """Edit the message now and then, for as long as that helps."""
        await asyncio.sleep(self._pauses.first_s)
        while not self._interaction.is_expired():
            content = self._look.text(self._pauses.every_s)
            if content and content != self._shown:
                async with self._editing:
                    await self._edit(content, ticket)
            await asyncio.sleep(self._pauses.every_s)

    async def _edit(self, content: str, ticket: Ticket) -> None:
        try:
            await self._interaction.edit_original_response(content=content)
            self._shown = content
        except discord.HTTPException as problem:
            if problem.code == UNKNOWN_MESSAGE:
                ticket.withdraw()
        except (OSError, aiohttp.ClientError):
            pass  # the next edit says it

    async def _put_brush_down(self, painter: "asyncio.Task[None]") -> None:
        # An edit cut off in the middle could arrive after the result and cover it; one that sleeps on a 429 is not awaited.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._editing.acquire(), LAST_EDIT_S)
        painter.cancel()
        await asyncio.gather(painter, return_exceptions=True)

    async def _post_in_channel(self, content: str, picture: Picture, view: discord.ui.View) -> None:
        """The token lives 15 minutes; after that only a bot that is a member may still write."""
        channel_id = self._interaction.channel_id
        reachable = self._interaction.is_guild_integration() or self._interaction.guild_id is None
        if channel_id is None or not reachable:
            log.warning("too late for %s, and not a member there", self.request.recipe)
            return
        channel = self._interaction.client.get_partial_messageable(channel_id, guild_id=self._interaction.guild_id)
        late = self._texts("too_late", person=self._interaction.user.id)
        try:
            await channel.send(f"{late}\n{content}"[: captions.MAX_CONTENT_CHARS], file=self._file(picture), view=view)
        except discord.HTTPException as problem:
            log.warning("too late for %s, and the channel refused it: %s", self.request.recipe, problem)

    def _file(self, picture: Picture) -> discord.File:
        name = captions.filename(self.request.recipe, picture.media_type)
        return discord.File(io.BytesIO(picture.file), name, description=captions.alt_text(self.request, self._texts))


class Look:
    """What the message shows before the end: the line, then a bar."""

    def __init__(self, said: texts.Texts) -> None:
        self._texts = said
        self._state: State | None = None
        self._began_s = 0.0
        self._full_s: float | None = None

    def see(self, state: State) -> None:
        """Take in the latest state."""
        now = time.monotonic()
        if isinstance(state, Progress):
            if not isinstance(self._state, Progress):
                self._began_s = now
            full = state.done >= state.total
            self._full_s = (now if self._full_s is None else self._full_s) if full else None
        self._state = state

    def text(self, soon_s: float) -> str:
        """Return what to show now; empty where the end is probably closer than soon_s."""
        state = self._state
        if state is None:
            return self._texts("getting_ready")
        if isinstance(state, Queued):
            place = self._texts.place(state.position)
            return self._texts("queued", place=place, eta=self._texts.eta(state.eta_s))
        assert isinstance(state, Progress)
        return "" if self._is_soon(state, soon_s) else self._bar(state)

    def _is_soon(self, state: Progress, soon_s: float) -> bool:
        now = time.monotonic()
        if self._full_s is not None:
            return now - self._full_s < soon_s  # what is left is encoding, which is short, unless it is not
        return state.done > 0 and (now - self._began_s) * (state.total - state.done) / state.done < soon_s

    def _bar(self, state: Progress) -> str:
        filled = BAR_CELLS * min(state.done, state.total) // max(1, state.total)
        bar = "█" * filled + "░" * (BAR_CELLS - filled)
        return self._texts("finishing" if self._full_s is not None else "progress", bar=bar, done=state.done, total=state.total)


async def _defer(interaction: Interaction) -> int | None:
    """Acknowledge within 3 seconds. Return the message's id, or None where that was too late or it was answered already."""
    try:
        answer = await interaction.response.defer(thinking=True)
    except discord.HTTPException as problem:
        if problem.code not in (UNKNOWN_INTERACTION, ALREADY_ANSWERED):
            raise
        log.warning("interaction %d could not be acknowledged: %s", interaction.id, problem)
        return None
    return (answer and answer.message_id) or interaction.id


def _max_bytes(interaction: Interaction) -> int:
    return min(interaction.filesize_limit, MAX_REQUEST_BYTES)


def _is_expired(problem: discord.HTTPException) -> bool:
    return problem.status == 401 or problem.code in (UNKNOWN_WEBHOOK, INVALID_WEBHOOK_TOKEN)
