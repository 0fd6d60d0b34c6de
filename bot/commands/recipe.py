"""/recipe: how a picture was made, read out of the picture."""

from typing import Any

import discord
from discord import app_commands

from bot.commands import options
from bot.delivery.service import RequestService
from bot.interactions import components


def command(service: RequestService) -> app_commands.Command[Any, ..., None]:
    """Return the command."""

    @app_commands.command()
    async def recipe(interaction: options.Interaction, picture: discord.Attachment) -> None:
        """Show how a picture was made, and how to make it again.

        Args:
            picture: A picture or animation that was made here: PNG, GIF, WebP or MP4
        """
        await components.think(interaction)
        await components.explain(interaction, await service.uploads.recipe([picture]), thinking=True)

    return recipe
