"""/mix: draws a face with the shape of one face and the colours of another."""

from typing import Any

from discord import app_commands

from bot.commands import options
from bot.delivery.services import Services
from bot.discord_api import Interaction
from bot.recipes.request import split_seeds
from generator.contract.kinds import MAX_SOURCES

Layers = app_commands.Range[str, 1, 9]


def build_command(services: Services) -> app_commands.Command[Any, ..., None]:
    """Build the /mix command."""

    @app_commands.command()
    async def mix(
        interaction: Interaction,
        coarse: options.Seeds,
        fine: options.Seeds,
        layers: Layers | None = None,
        wildness: options.Psi | None = None,
        traits: options.Traits | None = None,
        model: options.ModelName | None = None,
        private: bool | None = None,
    ) -> None:
        """Give one face the colours of another, or many at once in a table.

        Args:
            coarse: Seed or word that gives pose and shape; up to five, such as 10, 11, 12, make a table
            fine: Seed or word that gives colours and details; up to five with commas
            layers: Layers taken from the first face, such as 0-3 (about half of them if left out)
            wildness: How far from the average face: 0 average, 0.7 usual, above 1 wild (-2 to 2)
            traits: Traits of the face, for example: hair: pink, glasses: round
            model: Which model draws
            private: Show the picture only to you; with Post you show it to everybody later
        """
        mix_request = options.build_request(
            services,
            interaction,
            "mix",
            split_seeds(coarse, "coarse", MAX_SOURCES),
            traits,
            fine=split_seeds(fine, "fine", MAX_SOURCES),
            layers=layers,
            psi=wildness,
            model=model,
        )
        await services.requests.serve(interaction, mix_request, private=private)

    mix.autocomplete("layers")(options.layers_of_model(services.queue))
    mix.autocomplete("traits")(options.traits_of_model(services.queue))
    mix.autocomplete("model")(options.models(services.queue))
    return mix
