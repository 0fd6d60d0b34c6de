"""/waifubot cancel: withdraws the unfinished requests of the person who types it, and stops their stream."""

from typing import Any

from discord import app_commands

from bot.delivery import respond
from bot.delivery.services import Services
from bot.discord_api import Interaction
from bot.i18n import texts
from bot.messages import captions
from bot.recipes.request import line_without_upload


def build_command(services: Services) -> app_commands.Command[Any, ..., None]:
    """Build the /waifubot cancel command."""

    @app_commands.command()
    async def cancel(interaction: Interaction) -> None:
        """Cancel all your unfinished pictures and your stream."""
        t = texts.for_locale(str(interaction.locale))
        person = interaction.user.id
        lines = [line_without_upload(recipe) for recipe in services.requests.cancel(person)]
        lines += [line for line in await services.processes.cancel(person) if line not in lines]
        said = [t("cancelled", count=len(lines)), *(f"- `{line}`" for line in lines)] if lines else []
        streams = services.streams.stop(person) or services.processes.streams(person)
        said += [t("stream_stopped")] if streams else []
        await respond.send(interaction, captions.join_fitting(said or [t("cancelled_none")]))

    return cancel
