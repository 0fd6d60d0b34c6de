"""/waifu: draws one face."""

from typing import Any

from discord import app_commands

from bot.commands import options
from bot.delivery.services import Services
from bot.discord_api import Interaction


def build_command(services: Services) -> app_commands.Command[Any, ..., None]:
    """Build the /waifu command."""

    @app_commands.command()
    async def waifu(
        interaction: Interaction,
        seed: options.Seed | None = None,
        wildness: options.Psi | None = None,
        traits: options.Traits | None = None,
        model: options.ModelName | None = None,
        private: bool | None = None,
    ) -> None:
        """Draw an anime face.

        Args:
            seed: A number or a word; the same seed always gives the same face (random if left out)
            wildness: How far from the average face: 0 average, 0.7 usual, above 1 wild (-2 to 2)
            traits: Traits of the face, for example: hair: pink, glasses: round
            model: Which model draws
            private: Show the picture only to you; with Post you show it to everybody later
        """
        waifu_request = options.build_request(services, interaction, "waifu", [seed], traits, psi=wildness, model=model)
        await services.requests.serve(interaction, waifu_request, private=private)

    waifu.autocomplete("traits")(options.traits_of_model(services.queue))
    waifu.autocomplete("model")(options.models(services.queue))
    return waifu
