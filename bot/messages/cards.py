"""Builds the card of a face, which tells its story beside its picture. bot/story/ has the sentences."""

import discord

from bot.i18n.texts import Texts
from bot.recipes import traits
from bot.recipes.request import Request
from bot.story.cards import tell

COLOUR = 0xF2A7C3  # of the line along the card


def build_card(request: Request, t: Texts) -> discord.Embed:
    """Build the card of the face that a request draws, in the language of ``t``.

    The recipe must show one face, and name its model. The same line has the same card for good.
    """
    recipe = request.recipe
    known = traits.of_recipe(recipe, request.model) if request.model is not None else {}
    card = tell(str(recipe), known, t.language)
    embed = discord.Embed(title=card.name, description=card.character, colour=COLOUR)
    embed.add_field(name=t("story_likes"), value=card.likes)
    embed.add_field(name=t("story_dislikes"), value=card.dislikes)
    embed.add_field(name=t("story_plot"), value=card.plot, inline=False)
    return embed
