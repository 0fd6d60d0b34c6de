"""/story: draws a face, and tells its story beside the picture."""

from dataclasses import replace
from typing import Any

from discord import app_commands

from bot.commands import options
from bot.delivery.services import Services
from bot.discord_api import Interaction
from bot.recipes.request import Request
from bot.recipes.variations import extract_face
from generator.contract.errors import Conflict
from generator.contract.kinds import KINDS
from generator.contract.recipe import MAX_LINE_CHARS, Recipe

Face = app_commands.Range[str, 1, MAX_LINE_CHARS]


def build_command(services: Services) -> app_commands.Command[Any, ..., None]:
    """Build the /story command."""

    @app_commands.command()
    async def story(
        interaction: Interaction,
        face: Face | None = None,
        traits: options.Traits | None = None,
        model: options.ModelName | None = None,
        private: bool | None = None,
    ) -> None:
        """Tell the story of a face: who it is, what it likes, and how its story begins.

        Args:
            face: A number, a word, or the line of a picture; if left out, your last face here, or a new one
            traits: Traits of the face, for example: pink hair, no glasses
            model: Which model draws
            private: Show the picture only to you; with Post you show it to everybody later
        """
        last = services.requests.last_pictures.get(interaction.user.id, interaction.channel_id)
        if face is not None and is_line(face):
            if traits or model:
                raise Conflict(first="face", second="traits" if traits else "model")
            request = Request(extract_face(Recipe.parse(face)))
        elif face is None and not traits and not model and last is not None:
            request = Request(last)
        else:
            request = options.build_request(services, interaction, "waifu", [face], traits, model=model)
        await services.requests.serve(interaction, replace(request, story=True), private=private)

    story.autocomplete("traits")(options.traits_of_model(services.queue))
    story.autocomplete("model")(options.models(services.queue))
    return story


def is_line(text: str) -> bool:
    """Return whether a text is a recipe line rather than a seed or a face."""
    kind, *rest = text.split() or [""]
    return kind in KINDS and bool(rest)
