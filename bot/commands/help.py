"""/help: what there is, a picture each."""

import asyncio
import io
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import discord
from discord import app_commands

from bot.commands import options
from bot.delivery.service import RequestService
from bot.i18n import texts
from bot.messages import buttons
from bot.recipes.kinds import PRESENTATIONS

log = logging.getLogger(__name__)

PICTURES = Path(__file__).parent / "pictures"
# Discord takes ten files at once.
PICTURED = (*(kind for kind, row in PRESENTATIONS.items() if row.pictured), "stream", "recipe", "model")
OTHERS = ("queue", "cancel", "status")
MENTIONS_S = 1.0  # how long Discord may take to tell the commands' ids; it waits 3 s for the answer


def command(_: RequestService) -> app_commands.Command[Any, ..., None]:
    """Return the command."""

    @app_commands.command()
    async def help(interaction: options.Interaction) -> None:
        """Show what this bot can do, with a picture of each."""
        t = texts.of(str(interaction.locale))
        view = page(t, await _mentions(interaction))
        files = [_picture(name, t) for name in PICTURED]
        await interaction.response.send_message(view=view, files=files, ephemeral=True)

    return help


def page(t: texts.Texts, mentions: Mapping[str, str]) -> discord.ui.LayoutView:
    """Return the whole message. mentions: command -> how it is written, so that a click begins to type it."""
    view = discord.ui.LayoutView(timeout=None)
    view.add_item(discord.ui.TextDisplay(t("help_head")))
    for name in PICTURED:
        picture = discord.ui.Thumbnail[discord.ui.LayoutView](
            f"attachment://{name}.webp", description=t(f"help_{name}_alt")
        )
        view.add_item(discord.ui.Section(_entry(name, t, mentions), accessory=picture))
    view.add_item(discord.ui.Separator())
    view.add_item(discord.ui.TextDisplay("\n".join([*(_entry(name, t, mentions) for name in OTHERS), t("help_tail")])))
    view.stop()  # there is nothing to click
    return view


def _picture(name: str, t: texts.Texts) -> discord.File:
    file = PICTURES / f"{name}.webp"  # read at once: discord.py leaves the files of an answer open
    return discord.File(io.BytesIO(file.read_bytes()), file.name, description=t(f"help_{name}_alt"))


def _entry(name: str, t: texts.Texts, mentions: Mapping[str, str]) -> str:
    # Discord shows a mention as it is written, and only the English name can be clicked (discord-api-docs#5518).
    own = t.lookup(f"command-{name}")
    written = [*([f"/{own}"] if own else []), *([mentions[name]] if name in mentions else [])] or [f"/{name}"]
    return f"**{' '.join(written)}** {t(f'help_{name}')}"


async def _mentions(interaction: options.Interaction) -> dict[str, str]:
    """Return how each command is mentioned; nothing where Discord does not tell in time."""
    try:
        async with asyncio.timeout(MENTIONS_S):
            return {found.name: _mention(found) for found in await interaction.client.registered(interaction.guild_id)}
    except (*buttons.UNREACHABLE, TimeoutError) as problem:
        log.info("help goes without links: %s", problem)
        return {}


def _mention(found: app_commands.AppCommand) -> str:
    """Where a command has sub-commands only those can be typed; the first stands for all."""
    subs = [option for option in found.options if isinstance(option, app_commands.AppCommandGroup)]
    return subs[0].mention if subs else found.mention
