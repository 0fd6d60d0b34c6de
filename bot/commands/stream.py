"""/stream: shows a new face every few seconds, in one message."""

from typing import Any

from discord import app_commands

from bot.commands import options
from bot.delivery.services import Services
from bot.discord_api import Interaction
from generator.contract.errors import OutOfRange

DEFAULT_MINUTES = 5
MAX_MINUTES = 12  # the token that is needed to edit the message expires after 15 minutes
Minutes = app_commands.Range[int, 1, MAX_MINUTES]
Size = app_commands.Range[int, 1, 5]


def build_command(services: Services) -> app_commands.Command[Any, ..., None]:
    """Build the /stream command."""

    @app_commands.command()
    async def stream(
        interaction: Interaction,
        minutes: Minutes | None = None,
        size: Size | None = None,
        wildness: options.Psi | None = None,
        traits: options.Traits | None = None,
        model: options.ModelName | None = None,
    ) -> None:
        """Show a new face every few seconds, in one message.

        Args:
            minutes: How many minutes, 1 to 12 (5 if left out)
            size: How many faces per side, 1 to 5 (1 if left out)
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
                "waifu" if size in (None, 1) else "grid",
                [None],
                traits,
                size=None if size == 1 else size,
                psi=wildness,
                model=model,
            ),
            minutes,
        )

    stream.autocomplete("traits")(options.traits_of_model(services.queue))
    stream.autocomplete("model")(options.models(services.queue))
    return stream
