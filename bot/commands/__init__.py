"""The slash commands. Each module has a function ``build_command``, which builds one command.

To add a command, add a module, and a row in COMMANDS.
"""

from collections.abc import Callable, Mapping
from typing import Any

from discord import app_commands

from bot.commands import (
    cancel,
    edit,
    grid,
    help,
    make,
    mix,
    model,
    morph,
    psi,
    queue,
    recipe,
    status,
    stream,
    vary,
    waifu,
)
from bot.delivery.service import Services

Command = app_commands.Command[Any, ..., None] | app_commands.Group

COMMANDS: Mapping[str, Callable[[Services], Command]] = {  # in the order in which /help lists them
    "waifu": waifu.build_command,
    "grid": grid.build_command,
    "morph": morph.build_command,
    "mix": mix.build_command,
    "vary": vary.build_command,
    "psi": psi.build_command,
    "edit": edit.build_command,
    "make": make.build_command,
    "stream": stream.build_command,
    "recipe": recipe.build_command,
    "model": model.build_command,
    "help": help.build_command,
    "queue": queue.build_command,
    "cancel": cancel.build_command,
    "status": status.build_command,
}
