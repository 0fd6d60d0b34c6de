"""/grid: many faces in one picture."""

from typing import Any

from discord import app_commands

from bot.commands import options
from bot.delivery.service import RequestService
from bot.recipes.request import join_values, request
from generator.contract.recipe import GRID_SIDE

Psis = app_commands.Range[str, 1, 40]
Size = app_commands.Range[int, GRID_SIDE[0], GRID_SIDE[1]]


def command(service: RequestService) -> app_commands.Command[Any, ..., None]:
    """Return the command."""

    @app_commands.command()
    async def grid(
        interaction: options.Interaction,
        size: Size | None = None,
        seed: options.Seed | None = None,
        psi: Psis | None = None,
        traits: options.Traits | None = None,
        model: options.ModelName | None = None,
    ) -> None:
        """Draw a square of anime faces.

        Args:
            size: How many faces on a side, 1 to 5 (3 if left out)
            seed: The first face's seed, a number or a word; the others count on from it
            psi: How far from the average: 0.7 pretty, above 1 wild; several, such as 0.3, 0.7, 1.3: side by side
            traits: For example: hair: pink, glasses: round
            model: Which network draws
        """
        await service.serve(interaction, request("grid", [seed], traits, size=size, psi=join_values(psi), model=model))

    grid.autocomplete("traits")(options.traits_of_model(service.queue))
    grid.autocomplete("model")(options.models(service.queue))
    return grid
