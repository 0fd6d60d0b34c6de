"""The commands of a message's context menu: its recipe shown, a new face made from it, its face turned into another.

Only what the bot wrote itself is believed to be a caption; whatever others wrote is not read. A picture may come from anybody: the
stamp inside it is asked.
"""

from collections.abc import Callable
from typing import Any

import discord
from discord import app_commands

from bot.delivery import uploads
from bot.delivery.service import RequestService
from bot.errors import NoRecipeHere
from bot.i18n import texts
from bot.interactions import components
from bot.messages import captions, modals
from bot.recipes import variations
from bot.recipes.request import Request, reseed
from generator.contract.errors import NoStamp
from generator.contract.recipe import Recipe

Interaction = discord.Interaction[Any]
Menu = app_commands.ContextMenu


def show_recipe(service: RequestService) -> Menu:
    """Return "Show recipe"."""

    async def show(interaction: Interaction, message: discord.Message) -> None:
        recipe = _in_caption(interaction, message)
        if recipe is not None:
            await components.explain(interaction, recipe)
            return
        _must_have_files(message)
        await components.think(interaction)
        await components.explain(interaction, await _in_files(service, message, uploads.PATIENCE_S), thinking=True)

    return Menu(name="Show recipe", callback=show)


def use_as_start(service: RequestService) -> Menu:
    """Return "Use as start": a new face, with everything else as it was."""

    async def use(interaction: Interaction, message: discord.Message) -> None:
        await service.serve(interaction, Request(reseed(await _recipe_of(service, interaction, message))))

    return Menu(name="Use as start", callback=use)


def morph_with(service: RequestService) -> Menu:
    """Return "Morph with"."""

    async def morph(interaction: Interaction, message: discord.Message) -> None:
        recipe = await _recipe_of(service, interaction, message)
        variations.morph(recipe, 0)  # asks nothing where nothing could be made of the answer
        t = texts.of(str(interaction.locale))
        await components.ask(interaction, modals.build_seed_dialog("morph", interaction.user.id, t, str(recipe)))

    return Menu(name="Morph with", callback=morph)


MENUS: tuple[Callable[[RequestService], Menu], ...] = (show_recipe, use_as_start, morph_with)


async def _recipe_of(service: RequestService, interaction: Interaction, message: discord.Message) -> Recipe:
    """Return the message's recipe while Discord waits for the answer. Raises NoRecipeHere, FileTooLarge, FileUnreachable."""
    recipe = _in_caption(interaction, message)
    if recipe is None:
        _must_have_files(message)
        recipe = await _in_files(service, message, uploads.AT_ONCE_S)
    return recipe


def _in_caption(interaction: Interaction, message: discord.Message) -> Recipe | None:
    me = interaction.client.user
    return captions.recipe_in(message.content) if me is not None and message.author.id == me.id else None


def _must_have_files(message: discord.Message) -> None:
    if not files_of(message):
        raise NoRecipeHere()


def files_of(message: discord.Message) -> list[discord.Attachment]:
    """Return the files of a message, and of what it passes on."""
    return [*message.attachments, *(file for passed_on in message.message_snapshots for file in passed_on.attachments)]


async def _in_files(service: RequestService, message: discord.Message, patience_s: float) -> Recipe:
    try:
        return await service.uploads.recipe(files_of(message), patience_s)
    except NoStamp:
        raise NoRecipeHere() from None
