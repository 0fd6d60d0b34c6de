"""Brings a final answer to where Discord takes it: into its message, else into the channel, else in a direct message.

What passes is tried again until the interaction's token expires. Knows nothing about what the answer says.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.delivery.destination import Destination
from bot.discord_api import UNREACHABLE, Trouble, trouble_of

log = logging.getLogger(__name__)

RETRY_S = 1.0  # pause before the second try; each further one is twice as long
LONGEST_RETRY_S = 30.0
POSTING_TRIES = 4  # how many times a post in another place is tried

# Makes the files anew for each try, because discord.py can read a file only once.
Parts = Callable[[], Mapping[str, Any]]


class TokenExpired(Exception):
    """Raised where Discord would not even be asked, because the interaction's token has expired."""


class NoPlace(Exception):
    """Raised when no place but the message may be used."""


async def edit(destination: Destination, content: str, parts: Parts) -> Exception | None:
    """Make the final edit of the message. Return None once it is made, else why it cannot be made.

    If the message was deleted, the edit counts as made, because nobody wants the answer any more.
    """
    return _unless_gone(destination, await replace(destination, content, parts))


async def replace(destination: Destination, content: str, parts: Parts) -> Exception | None:
    """Make the final edit of a message that shows an earlier picture. Return None once it is made, else why not.

    If the message was deleted, the edit is not made: who asked for the new picture may still want it.
    """
    return await _insist(destination, lambda: destination.edit(content, **parts()))


async def post_anew(destination: Destination, content: str, parts: Parts) -> Exception | None:
    """Post a new message while the token is valid. Return None once it is posted, else why it cannot be.

    It goes into the channel if the bot may post there, because Discord then recognises a second try, else with the
    token, else in a direct message. Raises one of UNREACHABLE if Discord does not answer now.
    """
    if destination.may_post and await _post(destination.post, content, parts) is None:
        return None
    refusal = await _insist(destination, lambda: destination.follow_up(content, **parts()))
    if refusal is None or not destination.may_write_to_person:
        return refusal
    return await _post(destination.write_to_person, content, parts)


def _unless_gone(destination: Destination, problem: Exception | None) -> Exception | None:
    if problem is None or trouble_of(problem) is not Trouble.GONE:
        return problem
    log.info("the message of %s was deleted", destination.entry.line)
    return None


async def _insist(destination: Destination, send: Callable[[], Awaitable[None]]) -> Exception | None:
    """Call ``send`` until Discord takes what it sends, refuses it for good, or the token expires."""
    pause_s = RETRY_S
    while (remaining_s := destination.remaining_s) > 0:
        try:
            async with asyncio.timeout(remaining_s):  # a rate limit may ask for a longer wait
                await send()
            return None
        except UNREACHABLE as problem:
            trouble = trouble_of(problem)
            if trouble is Trouble.EXPIRED:
                break
            if trouble is not Trouble.PASSING:
                return problem
        await asyncio.sleep(min(pause_s, max(0.0, destination.remaining_s)))
        pause_s = min(2 * pause_s, LONGEST_RETRY_S)
    return TokenExpired("its token has expired")


async def post_elsewhere(destination: Destination, content: str, parts: Parts) -> Exception | None:
    """Post into the channel, else send a direct message. Return None if one arrived, else why the last did not.

    Raises one of UNREACHABLE if Discord does not answer now, so that a later try could help.
    """
    refusal: Exception = NoPlace("it is private" if destination.entry.private else "there is no other place")
    if destination.may_post:
        if (problem := await _post(destination.post, content, parts)) is None:
            return None
        log.warning("the channel refused the answer to %s: %s", destination.entry.line, problem)
        refusal = problem
    if destination.may_write_to_person:
        if (problem := await _post(destination.write_to_person, content, parts)) is None:
            return None
        log.warning("the answer to %s could not be sent directly: %s", destination.entry.line, problem)
        refusal = problem
    return refusal


async def _post(post: Callable[..., Awaitable[None]], content: str, parts: Parts) -> Exception | None:
    pause_s = RETRY_S
    for tries_left in reversed(range(POSTING_TRIES)):
        try:
            await post(content, **parts())
            return None
        except UNREACHABLE as problem:
            if trouble_of(problem) is not Trouble.PASSING:
                return problem
            if not tries_left:
                raise
        await asyncio.sleep(pause_s)
        pause_s *= 2
    return None


async def remove(destination: Destination) -> bool:
    """Delete the message. Return whether it is gone."""
    try:
        await destination.delete()
    except UNREACHABLE as problem:
        log.info("the message of %s could not be deleted: %s", destination.entry.line, problem)
        return trouble_of(problem) is Trouble.GONE
    return True


async def say_privately(destination: Destination, sentence: str) -> Exception | None:
    """Show a sentence, in place of the message, to the person who asked and nobody else.

    Return None once it is shown, else why it cannot be shown. A public message is deleted first: as long as it says
    "thinking", Discord would put the sentence into it.
    """
    if destination.entry.private or destination.is_direct:
        return await edit(destination, sentence, lambda: {"attachments": [], "view": None})
    await remove(destination)
    return await whisper(destination, sentence)


async def whisper(destination: Destination, sentence: str) -> Exception | None:
    """Send another message that only the person who asked sees. Return None once it is sent, else why it cannot be."""
    return _unless_gone(destination, await _insist(destination, lambda: destination.say_privately(sentence)))
