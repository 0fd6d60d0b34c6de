"""The slash commands, one file each: a function that takes the desk and returns the command. Adding one: a file and a row here."""

from collections.abc import Callable
from typing import Any

from discord import app_commands

from bot.commands import cancel, grid, morph, queue, status, waifu
from bot.desk import Desk

Command = app_commands.Command[Any, ..., None]

COMMANDS: tuple[Callable[[Desk], Command], ...] = (
    waifu.command,
    grid.command,
    morph.command,
    queue.command,
    cancel.command,
    status.command,
)
