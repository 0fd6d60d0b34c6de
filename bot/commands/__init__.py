"""The slash commands, one file each: a function that returns the command. To add one: a file, and a row here.

Does not know what a command does.
"""

from collections.abc import Callable, Mapping
from typing import Any

from discord import app_commands

from bot.commands import cancel, edit, grid, help, mix, model, morph, psi, queue, recipe, status, stream, vary, waifu
from bot.delivery.service import Services

Command = app_commands.Command[Any, ..., None] | app_commands.Group

COMMANDS: Mapping[str, Callable[[Services], Command]] = {  # in the order of /help
    "waifu": waifu.command,
    "grid": grid.command,
    "morph": morph.command,
    "mix": mix.command,
    "vary": vary.command,
    "psi": psi.command,
    "edit": edit.command,
    "stream": stream.command,
    "recipe": recipe.command,
    "model": model.command,
    "help": help.command,
    "queue": queue.command,
    "cancel": cancel.command,
    "status": status.command,
}
