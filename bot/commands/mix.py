"""/mix: the shape of one face with the colours of another."""

from typing import Any

from discord import app_commands

from bot.commands import options
from bot.delivery.service import RequestService
from bot.recipes.request import request, split_seeds
from generator.contract.kinds import MAX_SOURCES

Layers = app_commands.Range[str, 1, 9]


def command(service: RequestService) -> app_commands.Command[Any, ..., None]:
    """Return the command."""

    @app_commands.command()
    async def mix(
        interaction: options.Interaction,
        coarse: options.Seeds,
        fine: options.Seeds,
        layers: Layers | None = None,
        psi: options.Psi | None = None,
        traits: options.Traits | None = None,
        model: options.ModelName | None = None,
    ) -> None:
        """Give one face the colours of another, or many at once in a table.

        Args:
            coarse: Whose pose and shape: a seed or a word; up to five with commas make a table, such as 10, 11, 12
            fine: Whose colours and details: a seed or a word, or up to five with commas
            layers: How much comes from the first face, such as 0-3 (about half if left out)
            psi: How far from the average: 0 average, 0.7 pretty, above 1 wild (-2 to 2)
            traits: For example: hair: pink, glasses: round
            model: Which network draws
        """
        chosen: dict[str, Any] = {"layers": layers, "psi": psi, "model": model}
        await service.serve(
            interaction,
            request(
                "mix",
                split_seeds(coarse, "coarse", MAX_SOURCES),
                traits,
                fine=split_seeds(fine, "fine", MAX_SOURCES),
                **chosen,
            ),
        )

    mix.autocomplete("layers")(options.layers_of_model(service.queue))
    mix.autocomplete("traits")(options.traits_of_model(service.queue))
    mix.autocomplete("model")(options.models(service.queue))
    return mix
