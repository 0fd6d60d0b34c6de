"""Reads the Discord token, from the environment or from a file, and keeps the real one from a loopback Discord."""

import re
from collections.abc import Mapping
from pathlib import Path

from bot.config.settings import Settings
from bot.errors import BadSettings, NoToken

TOKEN_VARIABLE = "WAIFUBOT_TOKEN"  # noqa: S105 - the variable's name, not a token
LOOPBACK_TOKEN_VARIABLE = "WAIFUBOT_LOOPBACK_TOKEN"  # noqa: S105 - the variable's name, not a token
LOOPBACK_TOKEN = "loopback-token"  # noqa: S105 - sent to a loopback Discord, which must never see the real token
TOKEN_VARIABLES = (TOKEN_VARIABLE, LOOPBACK_TOKEN_VARIABLE)  # never settings, and never passed on to the worker
_TOKEN = re.compile(r"[!-~]+")  # printable ASCII, because every request carries the token in a header


def read_token(settings: Settings, environ: Mapping[str, str]) -> str:
    """Return the Discord token from the variable WAIFUBOT_TOKEN, or else from the file named by token_file.

    If discord_url is set, return the one in LOOPBACK_TOKEN_VARIABLE instead, else LOOPBACK_TOKEN.
    Raises NoToken if no token is given, and BadSettings if the file cannot be read or is empty, or the token is
    malformed.
    """
    if settings.discord_url:
        return _one_word(LOOPBACK_TOKEN_VARIABLE, environ.get(LOOPBACK_TOKEN_VARIABLE, "").strip() or LOOPBACK_TOKEN)
    origin, token = TOKEN_VARIABLE, environ.get(TOKEN_VARIABLE, "").strip()
    if not token and settings.token_file:
        try:
            origin, token = "token_file", Path(settings.token_file).read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            raise BadSettings(
                setting="token_file", place="the settings", problem=f"{settings.token_file} cannot be read"
            ) from None
        if not token:
            raise BadSettings(setting="token_file", place="the settings", problem=f"{settings.token_file} is empty")
    if not token:
        raise NoToken()
    return _one_word(origin, token)


def _one_word(origin: str, token: str) -> str:
    if not _TOKEN.fullmatch(token):
        raise BadSettings(
            setting=origin, place="the settings", problem="what it holds is no token: one word without spaces"
        )
    return token
