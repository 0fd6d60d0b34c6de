"""Checks the settings against this machine: the files and folders that they name, and who else can read or change them.

Reads nothing in those files.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from bot.config.settings import Settings
from bot.config.sources import DEFAULT_FILE
from bot.errors import BadSettings


def warn_of_loose_permissions(settings: Settings, file: Path | None) -> Iterator[str]:
    """Yield a warning for each of these: other users can change the settings, or read the token or the bot's state."""
    if _mode(file or Path(DEFAULT_FILE)) & (stat.S_IWGRP | stat.S_IWOTH):
        yield f"others can change the settings in {file or DEFAULT_FILE}; chmod go-w it"
    if settings.token_file and _mode(Path(settings.token_file)) & (stat.S_IRWXG | stat.S_IRWXO):
        yield f"others can read the token in {settings.token_file}; chmod 600 it"
    password_file = settings.database_password_file
    if password_file and _mode(Path(password_file)) & (stat.S_IRWXG | stat.S_IRWXO):
        yield f"others can read the password of the database in {password_file}; chmod 600 it"
    if _mode(Path(settings.state_dir)) & (stat.S_IRWXG | stat.S_IRWXO):
        yield f"others can read what the bot remembers in {settings.state_dir}; chmod 700 it"


def _mode(file: Path) -> int:
    try:
        return stat.S_IMODE(file.stat().st_mode) if os.name == "posix" else 0
    except OSError:
        return 0


def checkpoint_files(settings: Settings) -> tuple[Path, ...]:
    """Return the checkpoint files that the setting ``model`` lists, the default model first.

    Raises BadSettings if one does not exist.
    """
    files = tuple(map(Path, settings.model))
    for path in files:
        if not path.is_file():
            raise BadSettings(setting="model", place="the settings", problem=f"there is no file {path}; check the path")
    return files


def models_folder(settings: Settings) -> Path | None:
    """Return the folder that the setting ``models_dir`` names, or None if the setting is empty.

    Raises BadSettings if the folder does not exist.
    """
    if not settings.models_dir:
        return None
    folder = Path(settings.models_dir)
    if not folder.is_dir():
        raise BadSettings(setting="models_dir", place="the settings", problem=f"there is no folder {folder}")
    return folder


def named_files(settings: Settings) -> dict[str, Path]:
    """Return the checkpoint files that the setting ``models`` names, by their names there.

    A file that does not exist is looked for in models_dir. Raises BadSettings if it does not exist there either.
    """
    named = {}
    for name, file in settings.models:
        places = [Path(file), *([Path(settings.models_dir) / file] if settings.models_dir else [])]
        path = next((path for path in places if path.is_file()), None)
        if path is None:
            raise BadSettings(
                setting="models", place="the settings", problem=f"there is no file {file} for the name {name}"
            )
        named[name] = path
    return named
