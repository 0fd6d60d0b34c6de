"""/help: shows every command, ten with pictures in a message, with its picture if bot/commands/pictures/ has one.

The names come from the command tree, and the descriptions from the texts help-<command>.
"""

import asyncio
import io
import logging
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import aiofiles
import discord
from discord import app_commands

from bot.delivery import respond
from bot.delivery.service import Services
from bot.discord_api import MAX_FILES, UNREACHABLE, Interaction
from bot.i18n import texts
from bot.recipes.kinds import PRESENTATIONS

log = logging.getLogger(__name__)

PICTURES = Path(__file__).parent / "pictures"
UNPICTURED = frozenset(kind for kind, row in PRESENTATIONS.items() if not row.pictured)
PICTURED = frozenset(path.stem for path in PICTURES.glob("*.webp")) - UNPICTURED
MENTIONS_S = 1.0  # how long to wait for the commands' ids; Discord waits only 3 s for the answer


def build_command(_: Services) -> app_commands.Command[Any, ..., None]:
    """Build the /help command."""

    @app_commands.command()
    async def help(interaction: Interaction) -> None:
        """Show what this bot can do, with a picture of each command."""
        t = texts.for_locale(str(interaction.locale))
        pages, others = divide(_names(interaction))
        mentions = await _mentions(interaction)
        for number, pictured in enumerate(pages):
            pictures = {name: await _read(PICTURES / f"{name}.webp") for name in pictured}
            last = number == len(pages) - 1
            view = page(pictured, others if last else None, t, mentions, first=number == 0)
            await respond.send(interaction, view=view, files=partial(_files, pictures, t))

    return help


def divide(names: Sequence[str]) -> tuple[list[list[str]], list[str]]:
    """Divide the commands into those that are shown with a picture, one list for each message, and the others.

    A message can hold no more than MAX_FILES files.
    """
    pictured = [name for name in names if name in PICTURED]
    pages = [pictured[start : start + MAX_FILES] for start in range(0, len(pictured), MAX_FILES)] or [[]]
    return pages, [name for name in names if name not in PICTURED]


def page(
    pictured: Sequence[str],
    others: Sequence[str] | None,
    t: texts.Texts,
    mentions: Mapping[str, str],
    *,
    first: bool = True,
) -> discord.ui.LayoutView:
    """Build a message that /help sends. Only the ``first`` has a heading, and only the last names ``others``.

    ``mentions`` maps a command's name to its mention, which a person can click to start typing the command.
    """
    view = discord.ui.LayoutView(timeout=None)
    if first:
        view.add_item(discord.ui.TextDisplay(t("help_head")))
    for name in pictured:
        picture = discord.ui.Thumbnail[discord.ui.LayoutView](
            f"attachment://{name}.webp", description=t(f"help_{name}_alt")
        )
        view.add_item(discord.ui.Section(_describe(name, t, mentions), accessory=picture))
    if others is not None:
        view.add_item(discord.ui.Separator())
        rest = [*(_describe(name, t, mentions) for name in others), t("help_tail")]
        view.add_item(discord.ui.TextDisplay("\n".join(rest)))
    view.stop()  # there is nothing to click
    return view


def _names(interaction: Interaction) -> list[str]:
    """Return the names of all commands except /help, in the order of COMMANDS."""
    commands = interaction.client.tree.get_commands(type=discord.AppCommandType.chat_input)
    return [command.name for command in commands if command.name != "help"]


async def _read(path: Path) -> bytes:
    async with aiofiles.open(path, "rb") as file:
        return await file.read()


def _files(pictures: Mapping[str, bytes], t: texts.Texts) -> list[discord.File]:
    # Sent from memory, because discord.py would not close an open file.
    return [
        discord.File(io.BytesIO(body), f"{name}.webp", description=t(f"help_{name}_alt"))
        for name, body in pictures.items()
    ]


def _describe(name: str, t: texts.Texts, mentions: Mapping[str, str]) -> str:
    # Discord does not translate a mention, and only one with the English name works (discord-api-docs#5518).
    own = t.lookup(f"command-{name}")
    written = [*([f"/{own}"] if own else []), *([mentions[name]] if name in mentions else [])] or [f"/{name}"]
    return f"**{' '.join(written)}** {t(f'help_{name}')}"


async def _mentions(interaction: Interaction) -> dict[str, str]:
    """Return the mention of each command, as {name: mention}. It is empty if Discord does not answer in time."""
    try:
        async with asyncio.timeout(MENTIONS_S):
            commands = await interaction.client.fetch_registered(interaction.guild_id)
    except (*UNREACHABLE, TimeoutError) as problem:
        log.info("help is shown without links: %s", problem)
        return {}
    return {command.name: _mention(command) for command in commands}


def _mention(command: app_commands.AppCommand) -> str:
    """Return the mention of a command, or of a group's first subcommand, because a group alone cannot be typed."""
    groups = [option for option in command.options if isinstance(option, app_commands.AppCommandGroup)]
    return groups[0].mention if groups else command.mention
