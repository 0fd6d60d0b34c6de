"""Answers interactions: with a sentence, an error, a dialog, "thinking", or nothing visible.

Knows nothing about recipes and pictures. Discord expects one first answer within 3 s; anything further is a follow-up.
If the connection breaks during the first answer, nobody can tell whether the answer arrived. So it is sent again, and
the error ALREADY_ANSWERED then means that the earlier try had arrived.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import discord

from bot import discord_api
from bot.discord_api import ALREADY_ANSWERED, UNREACHABLE, Interaction, Trouble, trouble_of
from bot.errors import Filtered, NotAccepted, NotAllowed, ThreadClosed, reference_of, unexpected
from bot.i18n import texts
from generator.contract.errors import GeneratorError

log = logging.getLogger(__name__)

FIRST_ANSWER_TRIES = 4
FIRST_RETRY_S = 0.2  # pause before the second try; each further one is twice as long

# Makes the files anew for each try, because discord.py can read a file only once.
Files = Callable[[], Sequence[discord.File]]


@dataclass(frozen=True)
class Acknowledgement:
    """An interaction that waits for its answer."""

    # The message that shows "thinking", or whose picture changes. None if Discord's reply with its id was lost.
    message_id: int | None


async def acknowledge(interaction: Interaction, *, ephemeral: bool = False) -> Acknowledgement | None:
    """Show "thinking". If ``ephemeral``, only the person who asked sees it.

    Return None if Discord no longer waits for an answer. Raises NotAllowed, ThreadClosed, Filtered or NotAccepted if
    Discord refuses to show it here.
    """
    replies: list[discord.InteractionCallbackResponse[Any] | None] = []

    async def think() -> None:
        replies.append(await interaction.response.defer(thinking=True, ephemeral=ephemeral))

    try:
        await _send_first_answer(think)
    except UNREACHABLE as problem:
        if trouble_of(problem) is Trouble.REFUSED:
            raise explain_refusal(problem) from None
        log.warning("interaction %d could not be acknowledged: %s", interaction.id, problem)
        return None
    return Acknowledgement(next((reply.message_id for reply in replies if reply is not None), None))


async def acknowledge_update(interaction: Interaction) -> Acknowledgement | None:
    """Acknowledge a click whose answer will replace what its message shows. Until then, the message stays as it is.

    Return None if Discord no longer waits for an answer. Raises as ``acknowledge`` does.
    """
    assert interaction.message is not None
    try:
        await acknowledge_silently(interaction)
    except UNREACHABLE as problem:
        if trouble_of(problem) is Trouble.REFUSED:
            raise explain_refusal(problem) from None
        log.warning("interaction %d could not be acknowledged: %s", interaction.id, problem)
        return None
    return Acknowledgement(interaction.message.id)


async def acknowledge_silently(interaction: Interaction) -> None:
    """Acknowledge a click without a visible answer."""
    await _send_first_answer(interaction.response.defer)


async def send(
    interaction: Interaction,
    content: str = discord.utils.MISSING,
    *,
    view: Any = discord.utils.MISSING,
    files: Files = list,
) -> None:
    """Send an answer that only the person who asked sees: the first answer, or a follow-up if one was sent already.

    Raises one of UNREACHABLE if Discord refuses the answer or does not reply.
    """

    async def answer() -> None:
        await interaction.response.send_message(
            content, view=view, files=files() or discord.utils.MISSING, ephemeral=True
        )

    if interaction.response.is_done() or (
        not await _send_first_answer(answer) and await _is_left_thinking(interaction)
    ):
        await interaction.followup.send(content, view=view, files=files() or discord.utils.MISSING, ephemeral=True)


async def follow_up(interaction: Interaction, content: str) -> bool:
    """After the answer, send one more sentence that only the person who asked sees.

    Return whether Discord took it. A failure is only logged.
    """
    try:
        await interaction.followup.send(content, ephemeral=True)
    except UNREACHABLE as problem:
        log_undelivered(problem, content)
        return False
    return True


async def edit(interaction: Interaction, content: str, view: discord.ui.View) -> None:
    """Answer a click by editing the message with the button or menu."""
    await _send_first_answer(lambda: interaction.response.edit_message(content=content, view=view))


async def fill(
    interaction: Interaction, content: str, view: discord.ui.View | None = None, files: Files = list
) -> None:
    """Put the answer into the message of an interaction that was acknowledged. Its earlier files are replaced.

    Raises one of UNREACHABLE if Discord refuses that or does not answer, also after further tries.
    """
    await _send_first_answer(
        lambda: interaction.edit_original_response(content=content, attachments=files(), view=view)
    )


async def edit_view(interaction: Interaction, view: discord.ui.View) -> None:
    """Answer a click by changing the buttons and menus of its message. All else in the message stays."""
    await _send_first_answer(lambda: interaction.response.edit_message(view=view))


async def open_dialog(interaction: Interaction, dialog: discord.ui.Modal) -> None:
    """Answer an interaction by opening a dialog."""
    await _send_first_answer(lambda: interaction.response.send_modal(dialog))


async def refuse(interaction: Interaction, error: GeneratorError, *, view: Any = discord.utils.MISSING) -> None:
    """Send an error's sentence to the person who asked; nobody else sees it. A failure to send it is only logged.

    ``view`` has buttons under the sentence.
    """
    sentence = texts.for_locale(str(interaction.locale)).error(error)
    log.info("refused: request=%s person=%d outcome=%s", reference_of(interaction.id), interaction.user.id, error.code)
    try:
        await send(interaction, sentence, view=view)
    except UNREACHABLE as problem:
        log_undelivered(problem, sentence)


@asynccontextmanager
async def refuse_errors(interaction: Interaction, doing: str) -> AsyncIterator[None]:
    """Answer with one sentence if the ``with`` block raises an error. ``doing`` describes its work in the log."""
    try:
        yield
    except GeneratorError as error:
        await refuse(interaction, error)
    except UNREACHABLE as problem:
        await refuse(interaction, explain_refusal(problem))
    except Exception:
        await refuse(interaction, unexpected(doing))


def explain_refusal(problem: Exception) -> GeneratorError:
    """Return what a person can do about an answer that Discord did not take. ``problem`` is one of UNREACHABLE."""
    log.warning("Discord did not take an answer: %s", problem)
    code = problem.code if isinstance(problem, discord.HTTPException) else 0
    match code:
        case discord_api.MISSING_ACCESS | discord_api.MISSING_PERMISSIONS:
            return NotAllowed()
        case discord_api.THREAD_ARCHIVED | discord_api.THREAD_LOCKED:
            return ThreadClosed()
        case discord_api.EXPLICIT_CONTENT | discord_api.BLOCKED_BY_AUTOMOD | discord_api.TITLE_BLOCKED_BY_AUTOMOD:
            return Filtered()
    return NotAccepted(number=code or getattr(problem, "status", 0))


def log_undelivered(problem: Exception, sentence: str) -> None:
    """Log that a sentence could not be delivered."""
    log.warning("could not deliver the reply %r: %s", sentence, problem)


async def _send_first_answer(answer: Callable[[], Awaitable[object]]) -> bool:
    """Send the first answer, and send it again after troubles that pass, within the 3 s that Discord waits.

    Return False if Discord already has a first answer. It may be this one, from a try whose confirmation was lost.
    """
    pause_s = FIRST_RETRY_S
    for tries_left in reversed(range(FIRST_ANSWER_TRIES)):
        try:
            await answer()
            return True
        except UNREACHABLE as problem:
            if isinstance(problem, discord.HTTPException) and problem.code == ALREADY_ANSWERED:
                return False
            if trouble_of(problem) is not Trouble.PASSING or not tries_left:
                raise
        await asyncio.sleep(pause_s)
        pause_s *= 2
    return False


async def _is_left_thinking(interaction: Interaction) -> bool:
    """Return whether Discord's first answer is a "thinking" whose confirmation was lost."""
    return (await interaction.original_response()).flags.loading
