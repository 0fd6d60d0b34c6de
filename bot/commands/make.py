"""/make: opens the maker, a private panel that changes one face step by step."""

from typing import Any

from discord import app_commands

from bot.commands import options, story
from bot.delivery import respond
from bot.delivery.services import Services
from bot.discord_api import Interaction
from bot.i18n import texts
from bot.interactions import maker
from bot.recipes import panel as panels
from bot.recipes.request import Request
from generator.contract.errors import Conflict, UnknownModel
from generator.contract.recipe import Recipe


def build_command(services: Services) -> app_commands.Command[Any, ..., None]:
    """Build the /make command."""

    @app_commands.command()
    async def make(
        interaction: Interaction, face: story.Face | None = None, model: options.ModelName | None = None
    ) -> None:
        """Make a face step by step, in a panel that only you see.

        Args:
            face: A number, a word, or the line of a picture; if left out, your last face in here
            model: Which model draws
        """
        if face is not None and story.is_line(face):
            if model:
                raise Conflict(first="face", second="model")
            asked = Request(Recipe.parse(face))
        else:
            asked = options.build_request(services, interaction, "waifu", [face], model=model)
        start = panels.open_panel(asked.recipe)
        last = await services.panels.last(interaction.user.id) if face is None and model is None else None
        try:
            await maker.open_maker(interaction, services, last or start, asked.words)
        except UnknownModel as gone:  # of the last face; nobody is kept from another one
            if last is None or interaction.response.is_done():
                raise
            await maker.open_maker(interaction, services, start)
            await respond.follow_up(interaction, texts.for_locale(str(interaction.locale)).error(gone))

    make.autocomplete("model")(options.models(services.queue))
    return make
