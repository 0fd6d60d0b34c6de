"""/edit: draws a face moved along a direction, which changes its hair, its eyes or something else."""

from typing import Any, Literal

from discord import app_commands

from bot.commands import options
from bot.delivery.service import Services
from bot.discord_api import Interaction
from bot.recipes import capabilities

Direction = app_commands.Range[str, 1, 200]
Amount = app_commands.Range[float, -3.0, 3.0]


def build_command(services: Services) -> app_commands.Command[Any, ..., None]:
    """Build the /edit command."""

    @app_commands.command()
    async def edit(
        interaction: Interaction,
        seed: options.Seed,
        direction: Direction | None = None,
        amount: Amount | None = None,
        format: Literal["png", "gif", "mp4", "webp", "strip"] | None = None,
        wildness: options.Psi | None = None,
        traits: options.Traits | None = None,
        model: options.ModelName | None = None,
        private: bool | None = None,
    ) -> None:
        """Change one thing about a face: its hair, its eyes, its smile.

        Args:
            seed: Which face, a number or a word
            direction: What to change, such as hair: blue; if left out, a chart shows what d1 to d5 change
            amount: How much: 2 fully, 3 even more, below 0 the opposite (2 if left out, -3 to 3)
            format: png (the changed face), strip (step by step), or gif, mp4, webp (there and back)
            wildness: How far from the average face: 0 average, 0.7 usual, above 1 wild (-2 to 2)
            traits: Traits of the face, for example: hair: pink, glasses: round
            model: Which model draws
            private: Show the picture only to you; with Post you show it to everybody later
        """
        still = format in (None, "png")
        along = capabilities.read_direction(direction) if direction else capabilities.CHARTS[0] if still else None
        edit_request = options.build_request(
            services,
            interaction,
            "edit",
            [seed],
            traits,
            direction=along,
            amount=amount,
            format=format,
            psi=wildness,
            model=model,
        )
        await services.requests.serve(interaction, edit_request, private=private)

    edit.autocomplete("direction")(options.directions_of_model(services.queue))
    edit.autocomplete("traits")(options.traits_of_model(services.queue))
    edit.autocomplete("model")(options.models(services.queue))
    return edit
