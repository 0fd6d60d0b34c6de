"""The slash commands, one file each: a function that returns the command. Adding one: a file and a row here."""

from collections.abc import Callable
from typing import Any

from discord import app_commands

from bot.commands import cancel, edit, grid, help, mix, model, morph, psi, queue, recipe, status, stream, vary, waifu
from bot.delivery.service import RequestService

Command = app_commands.Command[Any, ..., None] | app_commands.Group

COMMANDS: tuple[Callable[[RequestService], Command], ...] = (
    waifu.command,
    grid.command,
    morph.command,
    mix.command,
    vary.command,
    psi.command,
    edit.command,
    stream.command,
    recipe.command,
    model.command,
    help.command,
    queue.command,
    cancel.command,
    status.command,
)
