"""/psi: draws a row of the same face, from average to wild."""

from typing import Any, TypedDict

from discord import app_commands

from bot.commands import options
from bot.delivery.services import Services
from bot.discord_api import Interaction

Steps = app_commands.Range[int, 2, 12]
Ends = TypedDict("Ends", {"from": float | None, "to": float | None})  # "from" is a keyword of Python


def build_command(services: Services) -> app_commands.Command[Any, ..., None]:
    """Build the /psi command."""

    @app_commands.command()
    @app_commands.rename(start="from", end="to")
    async def psi(
        interaction: Interaction,
        seed: options.Seed,
        start: options.Psi | None = None,
        end: options.Psi | None = None,
        steps: Steps | None = None,
        traits: options.Traits | None = None,
        model: options.ModelName | None = None,
        private: bool | None = None,
    ) -> None:
        """Show one face from average to wild.

        Args:
            seed: Which face, a number or a word
            start: Wildness at the start: 0 is the average face (0 if left out, -2 to 2)
            end: Wildness at the end: 0.7 is pretty, above 1 wild (1.5 if left out, -2 to 2)
            steps: Number of faces, 2 to 12 (7 if left out)
            traits: Traits of the face, for example: hair: pink, glasses: round
            model: Which model draws
            private: Show the picture only to you; with Post you show it to everybody later
        """
        ends = Ends({"from": start, "to": end})
        psi_request = options.build_request(
            services,
            interaction,
            "psi",
            [seed],
            traits,
            steps=steps,
            model=model,
            **ends,
        )
        await services.requests.serve(interaction, psi_request, private=private)

    psi.autocomplete("traits")(options.traits_of_model(services.queue))
    psi.autocomplete("model")(options.models(services.queue))
    return psi
