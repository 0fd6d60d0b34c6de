"""/help: every command in one message, with its picture from bot/commands/pictures/ where there is one.

Does not know what a command does: names come from the command tree, descriptions from the texts help-<command>.
"""

import asyncio
import io
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import aiofiles
import discord
from discord import app_commands

from bot.delivery import respond
from bot.delivery.service import Services
from bot.discord_api import MAX_FILES, UNREACHABLE, Interaction
from bot.i18n import texts

log = logging.getLogger(__name__)

PICTURES = Path(__file__).parent / "pictures"
PICTURED = frozenset(path.stem for path in PICTURES.glob("*.webp"))
MENTIONS_S = 1.0  # how long Discord may take to return the commands' ids, of the 3 s that it waits for the answer


def build_command(_: Services) -> app_commands.Command[Any, ..., None]:
    """Return the command."""

    @app_commands.command()
    async def help(interaction: Interaction) -> None:
        """Show what this bot can do, with a picture of each command."""
        t = texts.for_locale(str(interaction.locale))
        pictured, others = divide(_names(interaction))
        pictures = {name: await _read(PICTURES / f"{name}.webp") for name in pictured}
        view = page(pictured, others, t, await _mentions(interaction))
        await respond.send(interaction, view=view, files=lambda: [_file(name, pictures[name], t) for name in pictured])

    return help


def divide(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the commands that are shown with a picture, at most as many as a message has files, and the others."""
    pictured = [name for name in names if name in PICTURED][:MAX_FILES]
    return pictured, [name for name in names if name not in pictured]


def page(
    pictured: Sequence[str], others: Sequence[str], t: texts.Texts, mentions: Mapping[str, str]
) -> discord.ui.LayoutView:
    """Return the whole message. mentions: command -> its mention, which a person clicks to type the command."""
    view = discord.ui.LayoutView(timeout=None)
    view.add_item(discord.ui.TextDisplay(t("help_head")))
    for name in pictured:
        picture = discord.ui.Thumbnail[discord.ui.LayoutView](
            f"attachment://{name}.webp", description=t(f"help_{name}_alt")
        )
        view.add_item(discord.ui.Section(_describe(name, t, mentions), accessory=picture))
    view.add_item(discord.ui.Separator())
    rest = [*(_describe(name, t, mentions) for name in others), t("help_tail")]
    view.add_item(discord.ui.TextDisplay("\n".join(rest)))
    view.stop()  # there is nothing to click
    return view


def _names(interaction: Interaction) -> list[str]:
    """Return every other command, in the order of bot/commands/__init__.py."""
    commands = interaction.client.tree.get_commands(type=discord.AppCommandType.chat_input)
    return [command.name for command in commands if command.name != "help"]


async def _read(path: Path) -> bytes:
    async with aiofiles.open(path, "rb") as file:
        return await file.read()


def _file(name: str, body: bytes, t: texts.Texts) -> discord.File:
    # From memory: discord.py leaves the files of an answer open.
    return discord.File(io.BytesIO(body), f"{name}.webp", description=t(f"help_{name}_alt"))


def _describe(name: str, t: texts.Texts, mentions: Mapping[str, str]) -> str:
    # Discord shows a mention as it is written, and only the English name can be clicked (discord-api-docs#5518).
    own = t.lookup(f"command-{name}")
    written = [*([f"/{own}"] if own else []), *([mentions[name]] if name in mentions else [])] or [f"/{name}"]
    return f"**{' '.join(written)}** {t(f'help_{name}')}"


async def _mentions(interaction: Interaction) -> dict[str, str]:
    """Return the mention of each command; nothing where Discord does not answer in time."""
    try:
        async with asyncio.timeout(MENTIONS_S):
            commands = await interaction.client.fetch_registered(interaction.guild_id)
    except (*UNREACHABLE, TimeoutError) as problem:
        log.info("help is shown without links: %s", problem)
        return {}
    return {command.name: _mention(command) for command in commands}


def _mention(command: app_commands.AppCommand) -> str:
    """Return the command's mention; of a group its first subcommand's, because only subcommands can be typed."""
    groups = [option for option in command.options if isinstance(option, app_commands.AppCommandGroup)]
    return groups[0].mention if groups else command.mention
