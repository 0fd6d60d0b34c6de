"""/grid: draws many faces in one picture."""

from typing import Any

from discord import app_commands

from bot.commands import options
from bot.delivery.services import Services
from bot.discord_api import Interaction
from bot.recipes.request import join_values
from generator.contract.grammar import GRID_SIDE

Psis = app_commands.Range[str, 1, 40]
Size = app_commands.Range[int, GRID_SIDE[0], GRID_SIDE[1]]


def build_command(services: Services) -> app_commands.Command[Any, ..., None]:
    """Build the /grid command."""

    @app_commands.command()
    async def grid(
        interaction: Interaction,
        size: Size | None = None,
        seed: options.Seed | None = None,
        wildness: Psis | None = None,
        traits: options.Traits | None = None,
        model: options.ModelName | None = None,
        private: bool | None = None,
    ) -> None:
        """Draw a square of anime faces.

        Args:
            size: How many faces per side, 1 to 5 (3 if left out)
            seed: Seed of the first face, a number or a word; the others count up from it
            wildness: How far from the average face: 0.7 pretty, above 1 wild; or several, such as 0.3, 0.7, 1.3
            traits: Traits of every face, for example: hair: pink, glasses: round
            model: Which model draws
            private: Show the picture only to you; with Post you show it to everybody later
        """
        grid_request = options.build_request(
            services,
            interaction,
            "grid",
            [seed],
            traits,
            size=size,
            psi=join_values(wildness),
            model=model,
        )
        await services.requests.serve(interaction, grid_request, private=private)

    grid.autocomplete("traits")(options.traits_of_model(services.queue))
    grid.autocomplete("model")(options.models(services.queue))
    return grid
