"""Answers interactions: the first answer (words, a dialog, "thinking", nothing), what follows it, and refusals.

Does not know what is asked for or how it is drawn. Discord takes one first answer, within 3 s. When the connection
breaks during it, nobody can tell whether it arrived; it is sent again, and ALREADY_ANSWERED means that it had arrived.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import discord

from bot.discord_api import ALREADY_ANSWERED, CONNECTION_BROKEN, UNKNOWN_INTERACTION, UNREACHABLE, Interaction
from bot.errors import reference_of, unexpected
from bot.i18n import texts
from generator.contract.errors import GeneratorError

log = logging.getLogger(__name__)

FIRST_ANSWER_TRIES = 3

Files = Callable[[], Sequence[discord.File]]  # makes them for each try: discord.py reads a file once


@dataclass(frozen=True)
class Acknowledgement:
    """Discord shows "thinking". message_id: the message that does, None where Discord's reply to us was lost."""

    message_id: int | None


async def acknowledge(interaction: Interaction, *, ephemeral: bool = False) -> Acknowledgement | None:
    """Show "thinking", to one person if ``ephemeral``; return None where Discord no longer waits for an answer."""
    replies: list[discord.InteractionCallbackResponse[Any] | None] = []

    async def think() -> None:
        replies.append(await interaction.response.defer(thinking=True, ephemeral=ephemeral))

    try:
        await _send_first_answer(think)
    except discord.HTTPException as problem:
        if problem.code != UNKNOWN_INTERACTION:
            raise
        log.warning("interaction %d could not be acknowledged: %s", interaction.id, problem)
        return None
    return Acknowledgement(next((reply.message_id for reply in replies if reply is not None), None))


async def acknowledge_silently(interaction: Interaction) -> None:
    """Accept a click without a visible answer."""
    await _send_first_answer(interaction.response.defer)


async def send(
    interaction: Interaction,
    content: str = discord.utils.MISSING,
    *,
    view: Any = discord.utils.MISSING,
    files: Files = list,
) -> None:
    """Answer one person: as the first answer if there is none yet, else after it. Raises what UNREACHABLE lists."""

    async def answer() -> None:
        await interaction.response.send_message(
            content, view=view, files=files() or discord.utils.MISSING, ephemeral=True
        )

    if interaction.response.is_done() or (
        not await _send_first_answer(answer) and await _is_left_thinking(interaction)
    ):
        await interaction.followup.send(content, view=view, files=files() or discord.utils.MISSING, ephemeral=True)


async def follow_up(interaction: Interaction, content: str) -> None:
    """Add one more sentence for one person, after the answer; where that fails, log it."""
    try:
        await interaction.followup.send(content, ephemeral=True)
    except UNREACHABLE as problem:
        log_undelivered(problem, content)


async def edit(interaction: Interaction, content: str, view: discord.ui.View) -> None:
    """Answer a click by changing the message that it was on."""
    await _send_first_answer(lambda: interaction.response.edit_message(content=content, view=view))


async def open_dialog(interaction: Interaction, dialog: discord.ui.Modal) -> None:
    """Open a dialog."""
    await _send_first_answer(lambda: interaction.response.send_modal(dialog))


async def refuse(interaction: Interaction, error: GeneratorError) -> None:
    """Tell one person an error's sentence; where even that fails, log it."""
    sentence = texts.for_locale(str(interaction.locale)).error(error)
    log.info("refused: request=%s person=%d outcome=%s", reference_of(interaction.id), interaction.user.id, error.code)
    try:
        await send(interaction, sentence)
    except UNREACHABLE as problem:
        log_undelivered(problem, sentence)


@asynccontextmanager
async def refuse_errors(interaction: Interaction, doing: str) -> AsyncIterator[None]:
    """Turn whatever the block raises into one sentence. doing: what the log names where the error is unexpected."""
    try:
        yield
    except GeneratorError as error:
        await refuse(interaction, error)
    except Exception:
        await refuse(interaction, unexpected(doing))


def log_undelivered(problem: Exception, sentence: str) -> None:
    """Log a sentence that did not reach its person."""
    log.warning("could not say %r: %s", sentence, problem)


async def _send_first_answer(answer: Callable[[], Awaitable[object]]) -> bool:
    """Send the first answer, again where the connection breaks.

    Return False where Discord already has one: this one, whose arrival was not confirmed, or an earlier one.
    """
    for tries_left in reversed(range(FIRST_ANSWER_TRIES)):
        try:
            await answer()
            return True
        except discord.HTTPException as problem:
            if problem.code != ALREADY_ANSWERED:
                raise
            return False
        except CONNECTION_BROKEN:
            if not tries_left:
                raise
    return False


async def _is_left_thinking(interaction: Interaction) -> bool:
    """Return whether the answer that Discord already has is an unconfirmed "thinking"."""
    return (await interaction.original_response()).flags.loading
