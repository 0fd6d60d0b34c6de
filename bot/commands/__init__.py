"""The slash commands. Each module has a function ``build_command``, which builds one command.

To add a command, add a module, and a row in COMMANDS; if it is not about pictures, in SUBCOMMANDS of waifubot.py.
"""

from collections.abc import Callable, Mapping
from typing import Any

from discord import app_commands

from bot.commands import (
    collection,
    daily,
    edit,
    grid,
    like,
    make,
    mix,
    morph,
    psi,
    recipe,
    story,
    stream,
    vary,
    waifu,
    waifubot,
)
from bot.delivery.services import Services

Command = app_commands.Command[Any, ..., None] | app_commands.Group

COMMANDS: Mapping[str, Callable[[Services], Command]] = {  # in the order in which help lists them
    "waifu": waifu.build_command,
    "grid": grid.build_command,
    "morph": morph.build_command,
    "mix": mix.build_command,
    "vary": vary.build_command,
    "psi": psi.build_command,
    "edit": edit.build_command,
    "make": make.build_command,
    "like": like.build_command,
    "stream": stream.build_command,
    "story": story.build_command,
    "daily": daily.build_command,
    "collection": collection.build_command,
    "recipe": recipe.build_command,
    waifubot.NAME: waifubot.build_command,
}
# Every command as people type it: "waifu", "waifubot help".
TYPED = (
    *(name for name in COMMANDS if name != waifubot.NAME),
    *(f"{waifubot.NAME} {name}" for name in waifubot.SUBCOMMANDS),
)
