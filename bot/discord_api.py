"""Discord's limits and error codes, and the Interaction type.

Knows nothing about the rest of the bot. The numbers are from Discord's documentation, under
https://discord.com/developers/docs: codes from topics/opcodes-and-status-codes, times from
interactions/receiving-and-responding, and sizes from resources/message and components/reference.
"""

from typing import Any

import aiohttp
import discord

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
MISSING_ACCESS = 50001
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


def is_gone(problem: Exception) -> bool:
    """Return whether the error says that the message or its channel was deleted."""
    return isinstance(problem, discord.HTTPException) and problem.code in (UNKNOWN_MESSAGE, UNKNOWN_CHANNEL)


def is_expired(problem: Exception) -> bool:
    """Return whether the error says that the interaction's token has expired."""
    return isinstance(problem, discord.HTTPException) and (
        problem.status == 401 or problem.code in (UNKNOWN_WEBHOOK, INVALID_WEBHOOK_TOKEN)
    )
