"""Discord's limits and error codes, and the type of an interaction: what its documentation fixes, in one place.

Does not know the bot: no text, no request, no queue.

Sources, below https://discord.com/developers/docs: topics/opcodes-and-status-codes (codes),
interactions/receiving-and-responding (times), resources/message and components/reference (sizes).
"""

from typing import Any

import aiohttp
import discord

Interaction = discord.Interaction[Any]

# Limits
MAX_CONTENT_CHARS = 2000  # of a message
MAX_FILES = 10  # of a message
MAX_REQUEST_BYTES = 24 * 1024 * 1024  # Discord takes 25 MiB in one request, whatever a server's own limit
MAX_MENU_OPTIONS = 25
MAX_OPTION_CHARS = 100  # of an option's label, and of its description

# Error codes in the body of an HTTP error
UNKNOWN_CHANNEL = 10003
UNKNOWN_MESSAGE = 10008
UNKNOWN_WEBHOOK = 10015
UNKNOWN_INTERACTION = 10062  # not answered within 3 s
REQUEST_TOO_LARGE = 40005
ALREADY_ANSWERED = 40060
INVALID_WEBHOOK_TOKEN = 50027

AUTHENTICATION_FAILED = 4004  # a close code of the gateway

CONNECTION_BROKEN = (OSError, aiohttp.ClientError)  # no answer: the request may have been carried out, or not
UNREACHABLE = (discord.HTTPException, *CONNECTION_BROKEN)  # a refusal, or no answer


def is_gone(problem: Exception) -> bool:
    """Return whether Discord says that the message or its channel was deleted."""
    return isinstance(problem, discord.HTTPException) and problem.code in (UNKNOWN_MESSAGE, UNKNOWN_CHANNEL)


def is_expired(problem: Exception) -> bool:
    """Return whether Discord says that the interaction's token has expired."""
    return isinstance(problem, discord.HTTPException) and (
        problem.status == 401 or problem.code in (UNKNOWN_WEBHOOK, INVALID_WEBHOOK_TOKEN)
    )
