"""/stream: a new face every few seconds, in one message."""

from typing import Any

from discord import app_commands

from bot.commands import options
from bot.delivery.service import Services
from bot.discord_api import Interaction
from bot.recipes.request import request
from generator.contract.errors import OutOfRange

MINUTES = 5  # where nothing is said
MOST_MINUTES = 12  # what Discord gives to change a message with lives for 15
Minutes = app_commands.Range[int, 1, MOST_MINUTES]


def command(services: Services) -> app_commands.Command[Any, ..., None]:
    """Return the command."""

    @app_commands.command()
    async def stream(
        interaction: Interaction,
        minutes: Minutes | None = None,
        psi: options.Psi | None = None,
        traits: options.Traits | None = None,
        model: options.ModelName | None = None,
    ) -> None:
        """Show a new face every few seconds, in one message.

        Args:
            minutes: How long, 1 to 12 (5 if left out)
            psi: How far from the average: 0 average, 0.7 pretty, above 1 wild (-2 to 2)
            traits: For example: hair: pink, glasses: round
            model: Which network draws
        """
        minutes = MINUTES if minutes is None else minutes
        if not 1 <= minutes <= MOST_MINUTES:  # a client that checks nothing
            raise OutOfRange(name="minutes", value=minutes, low=1, high=MOST_MINUTES)
        await services.requests.stream(interaction, request("waifu", [None], traits, psi=psi, model=model), minutes)

    stream.autocomplete("traits")(options.traits_of_model(services.queue))
    stream.autocomplete("model")(options.models(services.queue))
    return stream
