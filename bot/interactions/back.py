"""Defines what the Back button does: it brings the picture that its message showed before the last click.

The custom_id names that click, and the caption that it replaced is kept for a day.
"""

import re

from bot.delivery.services import Services
from bot.discord_api import Interaction
from bot.errors import NoStepBack
from bot.interactions import items
from bot.interactions.components import shows_edit, tells_story
from bot.messages import captions
from bot.recipes.request import Request

TEMPLATE = r"waifu:back:(?P<owner>[0-9]+):(?P<click>[0-9]+)"


def item_type(services: Services) -> items.ItemType:
    """Return the item class, for Client.add_dynamic_items, that answers clicks on Back."""

    async def go_back(interaction: Interaction, match: re.Match[str]) -> None:
        caption = await services.requests.earlier.get(int(match["click"])) or ""
        recipe = captions.recipe_in(caption)
        if recipe is None:
            raise NoStepBack()
        shown = interaction.message
        request = Request(recipe, captions.words_in(caption), story=tells_story(shown), edited=shows_edit(shown))
        await services.requests.serve(interaction, request, in_place=interaction.user.id == int(match["owner"]))

    return items.item_type(TEMPLATE, services.requests.admit, go_back)
