"""/waifubot forget: deletes all that the bot keeps of the person who asks, after they have confirmed it."""

import re
from typing import Any

import discord
from discord import app_commands

from bot.delivery import respond
from bot.delivery.services import Services
from bot.discord_api import Interaction
from bot.errors import OnlyYourself
from bot.i18n import texts
from bot.interactions import items

TEMPLATE = r"waifu:forget:(?P<person>[0-9]+)"


def build_command(services: Services) -> app_commands.Command[Any, ..., None]:
    """Build the /waifubot forget command."""

    @app_commands.command()
    async def forget(interaction: Interaction) -> None:
        """Delete all that the bot keeps of you, such as your collection."""
        t = texts.for_locale(str(interaction.locale))
        await respond.send(interaction, t("forget_what"), view=build_view(interaction.user.id, t))

    return forget


def build_view(person: int, t: texts.Texts) -> discord.ui.View:
    """Build the button that deletes everything."""
    view = discord.ui.View(timeout=None)
    custom_id, style = f"waifu:forget:{person}", discord.ButtonStyle.danger
    view.add_item(discord.ui.Button(label=t("forget_all"), emoji="🗑️", style=style, custom_id=custom_id))
    view.stop()  # otherwise discord.py would keep the view forever; the item class below answers the click
    return view


def item_type(services: Services) -> items.ItemType:
    """Return the item class, for Client.add_dynamic_items, that answers the button."""

    async def act(interaction: Interaction, match: re.Match[str]) -> None:
        if interaction.user.id != int(match["person"]):
            raise OnlyYourself()
        await forget_person(interaction.user.id, services)
        t, view = texts.for_locale(str(interaction.locale)), discord.ui.View(timeout=None)
        view.stop()
        await respond.edit(interaction, t("forgotten"), view)

    return items.item_type(TEMPLATE, services.requests.admit, act)


async def forget_person(person: int, services: Services) -> None:
    """Delete all that is kept of a person, and cancel what they wait for.

    Raises StateAway, and then nothing is deleted, if the database cannot be used now.
    """
    await services.people.forget(person)
    services.requests.last_pictures.forget(person)
    services.requests.cancel(person)
