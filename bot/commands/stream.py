"""/stream: shows a new face every few seconds, in one message."""

from typing import Any

from discord import app_commands

from bot.commands import options
from bot.delivery.service import Services
from bot.discord_api import Interaction
from generator.contract.errors import OutOfRange

DEFAULT_MINUTES = 5
MAX_MINUTES = 12  # the token that is needed to edit the message expires after 15 minutes
Minutes = app_commands.Range[int, 1, MAX_MINUTES]


def build_command(services: Services) -> app_commands.Command[Any, ..., None]:
    """Build the /stream command."""

    @app_commands.command()
    async def stream(
        interaction: Interaction,
        minutes: Minutes | None = None,
        wildness: options.Psi | None = None,
        traits: options.Traits | None = None,
        model: options.ModelName | None = None,
    ) -> None:
        """Show a new face every few seconds, in one message.

        Args:
            minutes: How many minutes, 1 to 12 (5 if left out)
            wildness: How far from the average face: 0 average, 0.7 usual, above 1 wild (-2 to 2)
            traits: Traits of the face, for example: hair: pink, glasses: round
            model: Which model draws
        """
        minutes = DEFAULT_MINUTES if minutes is None else minutes
        if not 1 <= minutes <= MAX_MINUTES:  # an outdated client may send any number
            raise OutOfRange(name="minutes", value=minutes, low=1, high=MAX_MINUTES)
        await services.requests.stream(
            interaction,
            options.build_request(
                services,
                interaction,
                "waifu",
                [None],
                traits,
                psi=wildness,
                model=model,
            ),
            minutes,
        )

    stream.autocomplete("traits")(options.traits_of_model(services.queue))
    stream.autocomplete("model")(options.models(services.queue))
    return stream
