"""/cancel: leave the line."""

from typing import Any

from discord import app_commands

from bot.commands import options
from bot.delivery.service import RequestService
from bot.i18n import texts


def command(service: RequestService) -> app_commands.Command[Any, ..., None]:
    """Return the command."""

    @app_commands.command()
    async def cancel(interaction: options.Interaction) -> None:
        """Cancel everything you have asked for and not yet got."""
        t = texts.of(str(interaction.locale))
        count = service.queue.cancel(interaction.user.id) + service.streams.stop(interaction.user.id)
        answer = t("cancelled", count=count) if count else t("cancelled_none")
        await interaction.response.send_message(answer, ephemeral=True)

    return cancel
