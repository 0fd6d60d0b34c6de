"""The settings of the bot: what there is, and how they are read, checked and documented."""

from bot.config.documents import render_example, render_page
from bot.config.machine import checkpoint_files, models_folder, named_files, warn_of_loose_permissions
from bot.config.settings import Settings, default_of, parse_role_limits, parse_shards
from bot.config.sources import DEFAULT_FILE, load, warn_of_old_settings, warn_of_unknown_variables
from bot.config.token import LOOPBACK_TOKEN, SECRET_VARIABLES, TOKEN_VARIABLES, read_database, read_token

__all__ = [
    "DEFAULT_FILE",
    "LOOPBACK_TOKEN",
    "SECRET_VARIABLES",
    "TOKEN_VARIABLES",
    "Settings",
    "checkpoint_files",
    "default_of",
    "load",
    "models_folder",
    "named_files",
    "parse_role_limits",
    "parse_shards",
    "read_database",
    "read_token",
    "render_example",
    "render_page",
    "warn_of_loose_permissions",
    "warn_of_old_settings",
    "warn_of_unknown_variables",
]
