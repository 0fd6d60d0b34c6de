"""Reads the secrets, from the environment or from files: the Discord token, and the password of the database.

Keeps the real token from a loopback Discord.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.config.settings import Settings
from bot.errors import BadSettings, NoToken

TOKEN_VARIABLE = "WAIFUBOT_TOKEN"  # noqa: S105 - the variable's name, not a token
LOOPBACK_TOKEN_VARIABLE = "WAIFUBOT_LOOPBACK_TOKEN"  # noqa: S105 - the variable's name, not a token
LOOPBACK_TOKEN = "loopback-token"  # noqa: S105 - sent to a loopback Discord, which must never see the real token
PASSWORD_VARIABLE = "WAIFUBOT_DATABASE_PASSWORD"  # noqa: S105 - the variable's name, not a password
TOKEN_VARIABLES = (TOKEN_VARIABLE, LOOPBACK_TOKEN_VARIABLE, PASSWORD_VARIABLE)  # never settings
# Never passed on to the worker. The address of the database may hold a password.
SECRET_VARIABLES = (*TOKEN_VARIABLES, "WAIFUBOT_DATABASE_URL")
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
        origin, token = "token_file", _read_secret("token_file", settings.token_file)
    if not token:
        raise NoToken()
    return _one_word(origin, token)


def read_database(settings: Settings, environ: Mapping[str, str]) -> URL | None:
    """Return the address of the shared database with its password, or None if there is none.

    The password is that in PASSWORD_VARIABLE, else in the file named by database_password_file, else in the address.
    Raises BadSettings if the address cannot be understood, or the file cannot be read or is empty.
    """
    if not settings.database_url:
        return None
    try:
        url = make_url(settings.database_url)
    except (ArgumentError, ValueError):
        problem = "it is no address such as postgresql://waifubot@db.example/waifubot"
        raise BadSettings(setting="database_url", place="the settings", problem=problem) from None
    password = environ.get(PASSWORD_VARIABLE, "").strip()
    if not password and settings.database_password_file:
        password = _read_secret("database_password_file", settings.database_password_file)
    return url.set(password=password) if password else url


def _read_secret(setting: str, file: str) -> str:
    """Return what a file holds. Raises BadSettings if it cannot be read or is empty."""
    try:
        secret = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        raise BadSettings(setting=setting, place="the settings", problem=f"{file} cannot be read") from None
    if not secret:
        raise BadSettings(setting=setting, place="the settings", problem=f"{file} is empty")
    return secret


def _one_word(origin: str, token: str) -> str:
    if not _TOKEN.fullmatch(token):
        raise BadSettings(
            setting=origin, place="the settings", problem="what it holds is no token: one word without spaces"
        )
    return token
