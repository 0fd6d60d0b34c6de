"""/waifubot: everything that is about the bot and not about a picture, such as help, the queue and the models.

To add a sub-command, add a module like any other command's, and a row in SUBCOMMANDS. Discord allows or forbids only
whole commands, so a sub-command that not everybody may use checks that itself.
"""

from collections.abc import Callable, Mapping
from typing import Any

from discord import app_commands

from bot.commands import cancel, forget, help, model, queue, settings, status
from bot.delivery.services import Services

NAME = "waifubot"

SUBCOMMANDS: Mapping[str, Callable[[Services], app_commands.Command[Any, ..., None] | app_commands.Group]] = {
    "help": help.build_command,  # in the order in which help lists them
    "settings": settings.build_command,
    "model": model.build_command,
    "queue": queue.build_command,
    "cancel": cancel.build_command,
    "status": status.build_command,
    "forget": forget.build_command,
}


def build_command(services: Services) -> app_commands.Group:
    """Build the /waifubot commands."""
    group = app_commands.Group(name=NAME, description="Help, settings, the models, the queue, and how the bot is doing")
    for build in SUBCOMMANDS.values():
        group.add_command(build(services))
    return group
