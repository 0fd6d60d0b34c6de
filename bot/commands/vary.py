"""/vary: draws the same face nine times, with small differences."""

from typing import Any, Literal

from discord import app_commands

from bot.commands import options
from bot.delivery.services import Services
from bot.discord_api import Interaction

Layers = app_commands.Range[str, 1, 9]


def build_command(services: Services) -> app_commands.Command[Any, ..., None]:
    """Build the /vary command."""

    @app_commands.command()
    async def vary(
        interaction: Interaction,
        seed: options.Seed,
        layers: Layers | None = None,
        format: Literal["png", "gif", "mp4", "webp"] | None = None,
        wildness: options.Psi | None = None,
        traits: options.Traits | None = None,
        model: options.ModelName | None = None,
        private: bool | None = None,
    ) -> None:
        """Draw the same face nine times, with other small details.

        Args:
            seed: Which face, a number or a word
            layers: Which random details differ: coarse (larger ones), fine (finest ones), or all
            format: png (nine side by side), or gif, mp4, webp (one after another)
            wildness: How far from the average face: 0 average, 0.7 usual, above 1 wild (-2 to 2)
            traits: Traits of the face, for example: hair: pink, glasses: round
            model: Which model draws
            private: Show the picture only to you; with Post you show it to everybody later
        """
        vary_request = options.build_request(
            services,
            interaction,
            "vary",
            [seed],
            traits,
            layers=layers,
            format=format,
            psi=wildness,
            model=model,
        )
        await services.requests.serve(interaction, vary_request, private=private)

    vary.autocomplete("layers")(options.parts_of_model(services.queue))
    vary.autocomplete("traits")(options.traits_of_model(services.queue))
    vary.autocomplete("model")(options.models(services.queue))
    return vary
