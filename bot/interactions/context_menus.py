"""Builds the right-click commands: a message's recipe, a new face, its face morphed, the nearest face; a collection.

Captions are read only in the bot's own messages, because anyone can write a line that looks like a recipe. From other
people's messages, only the recipes stamped into their files are read.
"""

from collections.abc import Callable

import discord
from discord import app_commands

from bot.delivery import respond
from bot.delivery.services import Services
from bot.discord_api import Interaction
from bot.errors import NoRecipeHere
from bot.interactions import collection, components, opening, searching
from bot.messages import captions
from bot.recipes.request import Request, reseed
from bot.recipes.settle import recipe_of
from bot.uploads import uploads
from generator.contract.errors import NoStamp
from generator.contract.recipe import Recipe

MessageCommand = app_commands.ContextMenu


def show_recipe(services: Services) -> MessageCommand:
    """Build "Show recipe", which explains the recipe of a message."""

    async def show(interaction: Interaction, message: discord.Message) -> None:
        recipe = _in_caption(interaction, message)
        if recipe is None:
            _require_files(message)
            if await respond.acknowledge(interaction, ephemeral=True) is None:
                return
            recipe = await _in_files(services, interaction, message, uploads.TIMEOUT_S)
        await components.explain(interaction, recipe)

    return MessageCommand(name="Show recipe", callback=show)


def use_as_start(services: Services) -> MessageCommand:
    """Build "Use as start", which draws the recipe of a message with new seeds."""

    async def use(interaction: Interaction, message: discord.Message) -> None:
        recipe = await _recipe_of(services, interaction, message)
        await services.requests.serve(interaction, Request(reseed(recipe)))

    return MessageCommand(name="Use as start", callback=use)


def morph_with(services: Services) -> MessageCommand:
    """Build "Morph with", which asks for a seed and morphs a message's face into the seed's face."""

    async def morph(interaction: Interaction, message: discord.Message) -> None:
        recipe = await _recipe_of(services, interaction, message)
        question = opening.Question("morph", recipe, interaction.user.id, services.drafts.carry(recipe))
        await opening.ask(interaction, services, question)

    return MessageCommand(name="Morph with", callback=morph)


def find_face(services: Services) -> MessageCommand:
    """Build "Find a face like it", which finds the face nearest to the picture of a message."""

    async def find(interaction: Interaction, message: discord.Message) -> None:
        pictures = searching.pictures_among(files_of(message))
        await searching.search(interaction, services, pictures)

    return MessageCommand(name="Find a face like it", callback=find)


def show_collection(services: Services) -> app_commands.ContextMenu:
    """Build "Show collection", which shows the faces that a person keeps."""

    async def show(interaction: Interaction, person: discord.User) -> None:
        await collection.show(interaction, services, person.id)

    return app_commands.ContextMenu(name="Show collection", callback=show)


MENUS: tuple[Callable[[Services], app_commands.ContextMenu], ...] = (
    show_recipe,
    use_as_start,
    morph_with,
    find_face,
    show_collection,
)


async def _recipe_of(services: Services, interaction: Interaction, message: discord.Message) -> Recipe:
    """Return the recipe of a message, within the 3 s that Discord waits for an answer.

    Raises NoRecipeHere if the message holds no recipe, FileTooLarge if a file is too large, and FileUnreachable if a
    file cannot be downloaded in time.
    """
    recipe = _in_caption(interaction, message)
    if recipe is None:
        _require_files(message)
        recipe = await _in_files(services, interaction, message, uploads.TIMEOUT_UNACKNOWLEDGED_S)
    return recipe


def _in_caption(interaction: Interaction, message: discord.Message) -> Recipe | None:
    me = interaction.client.user
    return captions.recipe_in(message.content) if me is not None and message.author.id == me.id else None


def _require_files(message: discord.Message) -> None:
    if not files_of(message):
        raise NoRecipeHere()


def files_of(message: discord.Message) -> list[discord.Attachment]:
    """Return the files of a message and of the messages that it forwards."""
    forwarded = (file for snapshot in message.message_snapshots for file in snapshot.attachments)
    return [*message.attachments, *forwarded]


async def _in_files(services: Services, interaction: Interaction, message: discord.Message, timeout_s: float) -> Recipe:
    try:
        stamp = await services.uploads.read_stamp(interaction.user.id, files_of(message), timeout_s)
    except NoStamp:
        raise NoRecipeHere() from None
    return recipe_of(stamp, services.queue.ready)
