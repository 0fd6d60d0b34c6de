"""/collection: shows the faces that a person keeps. The right-click on a person does the same."""

from typing import Any

import discord
from discord import app_commands

from bot.delivery.services import Services
from bot.discord_api import Interaction
from bot.interactions import collection as collections


def build_command(services: Services) -> app_commands.Command[Any, ..., None]:
    """Build the /collection command."""

    @app_commands.command()
    async def collection(interaction: Interaction, person: discord.User | None = None) -> None:
        """Show the faces that you keep, or somebody else's; only you see the answer.

        Args:
            person: Whose collection; yours if left out
        """
        await collections.show(interaction, services, interaction.user.id if person is None else person.id)

    return collection
