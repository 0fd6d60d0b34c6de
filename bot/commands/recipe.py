"""/recipe: reads from a picture's file how it was made, and explains it."""

from typing import Any

import discord
from discord import app_commands

from bot.delivery.services import Services
from bot.discord_api import Interaction
from bot.interactions import components
from bot.recipes.settle import recipe_of


def build_command(services: Services) -> app_commands.Command[Any, ..., None]:
    """Build the /recipe command."""

    @app_commands.command()
    async def recipe(interaction: Interaction, picture: discord.Attachment) -> None:
        """Show how a picture was made, and how to make it again.

        Args:
            picture: A picture or animation made by this bot: PNG, GIF, WebP or MP4
        """
        async with services.requests.answer_privately(interaction) as waiting:
            if waiting:
                stamp = await services.uploads.read_stamp(interaction.user.id, [picture])
                await components.explain(interaction, recipe_of(stamp, services.queue.ready))

    return recipe
