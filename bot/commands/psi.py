"""/psi: one face from average to wild."""

from typing import Any

from discord import app_commands

from bot.commands import options
from bot.delivery.service import RequestService
from bot.recipes.request import request

Steps = app_commands.Range[int, 2, 12]


def command(service: RequestService) -> app_commands.Command[Any, ..., None]:
    """Return the command."""

    @app_commands.command()
    @app_commands.rename(start="from", end="to")
    async def psi(
        interaction: options.Interaction,
        seed: options.Seed,
        start: options.Psi | None = None,
        end: options.Psi | None = None,
        steps: Steps | None = None,
        traits: options.Traits | None = None,
        model: options.ModelName | None = None,
    ) -> None:
        """Show one face from average to wild.

        Args:
            seed: Which face, a number or a word
            start: Where to begin: 0 is the average face (0 if left out, -2 to 2)
            end: Where to end: 0.7 is pretty, above 1 wild (1.5 if left out, -2 to 2)
            steps: How many faces, 2 to 12 (7 if left out)
            traits: For example: hair: pink, glasses: round
            model: Which network draws
        """
        chosen: dict[str, Any] = {"from": start, "to": end, "steps": steps, "model": model}
        await service.serve(interaction, request("psi", [seed], traits, **chosen))

    psi.autocomplete("traits")(options.traits_of_model(service.queue))
    psi.autocomplete("model")(options.models(service.queue))
    return psi
