"""Discord's limits and error codes, and the Interaction type.

Knows nothing about the rest of the bot. The numbers are from Discord's documentation, under
https://discord.com/developers/docs: codes from topics/opcodes-and-status-codes, times from
interactions/receiving-and-responding, and sizes from resources/message and components/reference.
"""

from enum import Enum
from typing import Any

import aiohttp
import discord
from discord.http import json_or_text

Interaction = discord.Interaction[Any]

# Limits
MAX_CONTENT_CHARS = 2000  # longest text of a message
MAX_FILES = 10  # most files in a message
MAX_REQUEST_BYTES = 24 * 1024 * 1024  # Discord accepts 25 MiB in one request, even if a server allows larger files
MAX_MENU_OPTIONS = 25  # most options in a menu
MAX_OPTION_CHARS = 100  # longest label of an option, and longest description

# Error codes in the body of an HTTP error
UNKNOWN_CHANNEL = 10003
UNKNOWN_GUILD = 10004
UNKNOWN_MESSAGE = 10008
UNKNOWN_WEBHOOK = 10015
UNKNOWN_INTERACTION = 10062  # also if it was not answered within 3 s
REQUEST_TOO_LARGE = 40005
ALREADY_ANSWERED = 40060
CHANNEL_WRITING_TOO_FAST = 20028
SLOWMODE = 20016
WRITING_TOO_FAST = 20022
EXPLICIT_CONTENT = 20009
TOO_MANY_EDITS = 30046  # of a message older than an hour
FEATURE_DISABLED = 40006
MISSING_ACCESS = 50001
MISSING_PERMISSIONS = 50013
THREAD_ARCHIVED = 50083
OVERLOADED = 130000
THREAD_LOCKED = 160005
BLOCKED_BY_AUTOMOD = 200000
TITLE_BLOCKED_BY_AUTOMOD = 200001
INVALID_WEBHOOK_TOKEN = 50027

# Close codes of the gateway after which connecting again is of no use
AUTHENTICATION_FAILED = 4004
INVALID_SHARD = 4010
SHARDING_REQUIRED = 4011
INVALID_API_VERSION = 4012
INVALID_INTENTS = 4013
DISALLOWED_INTENTS = 4014

CONNECTION_BROKEN = (OSError, aiohttp.ClientError)  # no answer; the request may or may not have been carried out
UNREACHABLE = (discord.HTTPException, *CONNECTION_BROKEN)  # Discord refused the request, or did not answer


class Trouble(Enum):
    """What can be done about an answer that Discord did not take."""

    GONE = "gone"  # the message, its channel or its server was deleted, so nobody waits for the answer
    EXPIRED = "expired"  # the interaction's token is no longer valid
    TOO_LARGE = "too large"  # a smaller file may be taken
    PASSING = "passing"  # the same request may succeed later
    REFUSED = "refused"  # this place does not take this answer; another one may


_GONE = (UNKNOWN_CHANNEL, UNKNOWN_GUILD, UNKNOWN_MESSAGE)
_EXPIRED = (UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION, INVALID_WEBHOOK_TOKEN)
_PASSING = (WRITING_TOO_FAST, SLOWMODE, CHANNEL_WRITING_TOO_FAST, FEATURE_DISABLED, OVERLOADED)


def trouble_of(problem: Exception) -> Trouble:
    """Return what can be done about one of UNREACHABLE."""
    if not isinstance(problem, discord.HTTPException):
        return Trouble.PASSING
    if problem.code == REQUEST_TOO_LARGE or problem.status == 413:
        return Trouble.TOO_LARGE
    if problem.code == TOO_MANY_EDITS:
        return Trouble.REFUSED
    if problem.code in _PASSING or problem.status in (408, 425, 429) or problem.status >= 500 or not _is_json(problem):
        return Trouble.PASSING
    if problem.code in _GONE:
        return Trouble.GONE
    return Trouble.EXPIRED if problem.status == 401 or problem.code in _EXPIRED else Trouble.REFUSED


def _is_json(problem: discord.HTTPException) -> bool:
    """Return whether Discord itself answered. A proxy before it, such as Cloudflare's, answers with a page."""
    return getattr(problem.response, "content_type", "application/json") == "application/json"


class OddAnswer(aiohttp.ClientError):
    """Raised when a page comes where JSON was expected."""


async def reject_odd_answers(_: aiohttp.ClientSession, __: object, end: aiohttp.TraceRequestEndParams) -> None:
    """Raise an error for an answer about an interaction that discord.py cannot read and would fail at.

    These are pages instead of JSON (OddAnswer), and rate limits that do not say how long (HTTPException).
    Given to aiohttp as a callback for the end of requests.
    """
    response = end.response
    if "/webhooks/" not in end.url.path and "/interactions/" not in end.url.path:
        return
    if response.status in (200, 201) and response.content_type != "application/json":
        response.close()
        raise OddAnswer(f"{response.status} with {response.content_type}")
    if response.status == 429 and "Via" in response.headers:
        body = await json_or_text(response)
        if not isinstance(body, dict) or not isinstance(body.get("retry_after"), int | float):
            raise discord.HTTPException(response, body)
