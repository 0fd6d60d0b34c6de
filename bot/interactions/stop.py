"""Defines what the Stop button under a stream does."""

import re

from bot.delivery import respond
from bot.delivery.services import Services
from bot.delivery.streams import as_ordinary_picture
from bot.discord_api import Interaction
from bot.errors import NoRecipe, NotYourStream
from bot.i18n import texts
from bot.interactions import items

TEMPLATE = r"waifu:stop:(?P<owner>[0-9]+)"


def item_type(services: Services) -> items.ItemType:
    """Return the item class, for Client.add_dynamic_items, that answers clicks on Stop."""

    async def stop(interaction: Interaction, match: re.Match[str]) -> None:
        assert interaction.message is not None
        owner = int(match["owner"])
        if interaction.user.id != owner and not interaction.permissions.manage_messages:
            raise NotYourStream()
        stopped = services.streams.stop(owner, interaction.message.id)
        if stopped or await services.processes.stop_stream(owner):
            await respond.acknowledge_silently(interaction)
            return
        # The stream is no longer running but still has its Stop button, so make its message an ordinary picture.
        picture = as_ordinary_picture(interaction.message.content, owner, texts.for_locale(str(interaction.locale)))
        if picture is None:
            raise NoRecipe()
        await respond.edit(interaction, *picture)

    return items.item_type(TEMPLATE, services.requests.admit, stop)
