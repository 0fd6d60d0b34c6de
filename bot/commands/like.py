"""/like: finds the face that is nearest to a posted picture."""

from typing import Any

import discord
from discord import app_commands

from bot.commands import options
from bot.delivery.services import Services
from bot.discord_api import Interaction
from bot.interactions import searching


def build_command(services: Services) -> app_commands.Command[Any, ..., None]:
    """Build the /like command."""

    @app_commands.command()
    async def like(
        interaction: Interaction, picture: discord.Attachment, model: options.ModelName | None = None
    ) -> None:
        """Find the face that is most like a picture of yours; only you see it until you post it.

        Args:
            picture: A picture with a face in it, drawn or not: PNG, JPEG, WebP or GIF, up to 25 MB; it is not kept
            model: Which model draws
        """
        await searching.search(interaction, services, [picture], model=model)

    like.autocomplete("model")(options.models(services.queue))
    return like
