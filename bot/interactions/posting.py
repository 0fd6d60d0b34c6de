"""Shows everybody a picture that only its asker sees.

Knows nothing about the buttons that ask for it.
"""

from bot.delivery.services import Services
from bot.discord_api import Interaction
from bot.errors import OnlyYouHere
from bot.recipes.request import Request
from generator.contract.recipe import Recipe


async def post(
    interaction: Interaction, services: Services, recipe: Recipe, *, story: bool = False, edited: bool = False
) -> None:
    """Post the picture of ``recipe`` in a message of its own. It comes from the cache if it is still there.

    If ``story``, the face's card is told beside it; ``edited`` is explained in Request.
    Raises OnlyYouHere if Discord would show the message to the person who clicked only.
    """
    if not _may_post(interaction):
        raise OnlyYouHere()
    await services.requests.serve(interaction, Request(recipe, story=story, edited=edited), private=False)


def _may_post(interaction: Interaction) -> bool:
    """Return whether Discord would show an answer to everybody.

    It does not in a server where the bot is not a member, and where people may not use apps that they brought along.
    """
    installed_by_person = interaction.is_user_integration() and not interaction.is_guild_integration()
    return interaction.guild_id is None or not installed_by_person or interaction.permissions.use_external_apps
