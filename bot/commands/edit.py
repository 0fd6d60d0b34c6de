"""/edit: draws a face with something about it changed: its hair, its glasses, where it looks."""

from dataclasses import replace
from typing import Any, Literal

from discord import app_commands

from bot.commands import options
from bot.delivery.services import Services
from bot.discord_api import Interaction
from bot.recipes import capabilities, edits
from bot.recipes.edits import Edit
from bot.recipes.request import Request
from generator.contract.errors import EngineStarting, GeneratorError
from generator.contract.protocol import Model

Change = app_commands.Range[str, 1, 400]
Direction = app_commands.Range[str, 1, 200]
Amount = app_commands.Range[float, -3.0, 3.0]


def build_command(services: Services) -> app_commands.Command[Any, ..., None]:
    """Build the /edit command."""

    @app_commands.command()
    async def edit(
        interaction: Interaction,
        seed: options.Seed,
        change: Change | None = None,
        format: Literal["png", "gif", "mp4", "webp", "strip"] | None = None,
        direction: Direction | None = None,
        amount: Amount | None = None,
        wildness: options.Psi | None = None,
        traits: options.Traits | None = None,
        model: options.ModelName | None = None,
        private: bool | None = None,
    ) -> None:
        """Change something about a face: its hair, its eyes, its smile.

        Args:
            seed: Which face, a number or a word
            change: What to change, for example: hair: blue, no glasses, turn: 2
            format: png (the changed face), strip (step by step), or gif, mp4, webp (there and back)
            direction: Where to move the face, d1 to d10; without a change, a chart shows what d1 to d5 do
            amount: How far along the direction, below 0 the opposite (-3 to 3)
            wildness: How far from the average face: 0 average, 0.7 usual, above 1 wild (-2 to 2)
            traits: Traits of the face, for example: hair: pink, glasses: round
            model: Which model draws
            private: Show the picture only to you; with Post you show it to everybody later
        """
        known, still = options.model_in_use(services.queue, interaction), format in (None, "png")
        asked = _read_changes(change, direction, amount, known)
        if asked is not None:
            request = options.build_request(services, interaction, "waifu", [seed], traits, psi=wildness, model=model)
            changed = _changed(request, asked, None if still else format)
            await services.requests.serve(interaction, changed, private=private)
            return
        along = capabilities.read_direction(direction) if direction else capabilities.CHARTS[0] if still else None
        far = capabilities.default_amount(along, known) if amount is None and along else amount
        edit_request = options.build_request(
            services,
            interaction,
            "edit",
            [seed],
            traits,
            direction=along,
            amount=far,
            format=format,
            psi=wildness,
            model=model,
        )
        await services.requests.serve(interaction, edit_request, private=private)

    edit.autocomplete("change")(options.changes_of_model(services.queue))
    edit.autocomplete("direction")(options.directions_of_model(services.queue))
    edit.autocomplete("traits")(options.traits_of_model(services.queue))
    edit.autocomplete("model")(options.models(services.queue))
    return edit


def _read_changes(change: str | None, direction: str | None, amount: float | None, model: Model | None) -> Edit | None:
    """Return what changes about the face, or None if it is moved along a direction as before."""
    if change is None:
        return edits.read_direction(direction, amount, model) if direction else None
    try:
        return edits.read(", ".join(filter(None, (change, direction))), model, amount)
    except GeneratorError:
        if model is None:  # it might know these words
            raise EngineStarting() from None
        raise


def _changed(request: Request, asked: Edit, format: str | None) -> Request:
    recipe = request.recipe
    return replace(request, recipe=asked.show(recipe, format) if format else asked.apply(recipe), edited=True)
