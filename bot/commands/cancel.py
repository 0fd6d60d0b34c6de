"""/cancel: withdraws the unfinished requests of the person who types it, and stops their stream."""

from typing import Any

from discord import app_commands

from bot.delivery import respond
from bot.delivery.service import Services
from bot.discord_api import Interaction
from bot.i18n import texts


def build_command(services: Services) -> app_commands.Command[Any, ..., None]:
    """Build the /cancel command."""

    @app_commands.command()
    async def cancel(interaction: Interaction) -> None:
        """Cancel all your unfinished pictures and your stream."""
        t = texts.for_locale(str(interaction.locale))
        count = services.queue.cancel(interaction.user.id) + services.streams.stop(interaction.user.id)
        await respond.send(interaction, t("cancelled", count=count) if count else t("cancelled_none"))

    return cancel
