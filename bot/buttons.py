"""The buttons under a result. They store nothing: a custom_id holds action and owner, the clicked message holds the recipe.

Knows not how a request is answered; that is handed in.
"""

import logging
import math
import re
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import discord

from bot import asking, captions, texts
from bot.asking import Request
from bot.errors import NoRecipe, NotYours, reference_of, unexpected
from generator.errors import GeneratorError
from generator.recipe import KINDS, Recipe

log = logging.getLogger(__name__)

UNREACHABLE = (discord.HTTPException, OSError, aiohttp.ClientError)  # Discord said no, or nothing

Interaction = discord.Interaction[Any]
Serve = Callable[[Interaction, Request], Awaitable[None]]
IsNew = Callable[[int], bool]

PSI_STEP = 0.15
PSI_MOST = 2.0
TEMPLATE = r"waifu:(?P<action>[a-z]+):(?P<owner>[0-9]+)"  # Discord allows 100 characters


def wilder(recipe: Recipe) -> Recipe:
    """Return the recipe a step further from the average face."""
    return _stepped(recipe, PSI_STEP)


def calmer(recipe: Recipe) -> Recipe:
    """Return the recipe a step closer to the average face."""
    return _stepped(recipe, -PSI_STEP)


def _stepped(recipe: Recipe, step: float) -> Recipe:
    psi = recipe["psi"] if "psi" in KINDS[recipe.kind].options else None
    if not isinstance(psi, float):
        return recipe  # it shows several already
    # A negative psi is an opposite face: there, too, wilder is away from 0 and calmer towards it.
    return recipe.replace(psi=math.copysign(min(max(round(abs(psi) + step, 4), 0.0), PSI_MOST), psi))


CHANGES: dict[str, Callable[[Recipe], Recipe]] = {"again": asking.again, "wilder": wilder, "calmer": calmer}
LOOKS = {"again": "🎲", "wilder": "🔥", "calmer": "🍃", "delete": "🗑️"}


def row(recipe: Recipe, owner: int, said: texts.Texts) -> discord.ui.View:
    """Return the buttons for a result that ``owner`` asked for."""
    view = discord.ui.View(timeout=None)
    for action, emoji in LOOKS.items():
        idle = action in ("wilder", "calmer") and CHANGES[action](recipe) == recipe
        view.add_item(discord.ui.Button(label=said(action), emoji=emoji, custom_id=f"waifu:{action}:{owner}", disabled=idle))
    view.stop()  # discord.py would keep it for ever; its clicks go to the DynamicItem
    return view


def button_type(serve: Serve, is_new: IsNew) -> "type[discord.ui.DynamicItem[discord.ui.Button[Any]]]":
    """Return the class that answers clicks, for Client.add_dynamic_items."""

    class Button(discord.ui.DynamicItem[discord.ui.Button[Any]], template=TEMPLATE):
        def __init__(self, item: discord.ui.Button[Any], action: str, owner: int) -> None:
            super().__init__(item)
            self.action, self.owner = action, owner

        @classmethod
        async def from_custom_id(cls, _: Interaction, item: discord.ui.Item[Any], match: re.Match[str]) -> "Button":
            assert isinstance(item, discord.ui.Button)
            return cls(item, match["action"], int(match["owner"]))

        async def interaction_check(self, interaction: Interaction, /) -> bool:
            return is_new(interaction.id)

        async def callback(self, interaction: Interaction) -> None:
            try:
                await _clicked(interaction, self.action, self.owner, serve)
            except GeneratorError as error:
                await refuse(interaction, error)
            except Exception:
                await refuse(interaction, unexpected(f"button {self.action}"))

    return Button


async def refuse(interaction: Interaction, error: GeneratorError) -> None:
    """Say one sentence that only the person sees; where even that fails, there is nobody to say it to."""
    sentence = texts.of(str(interaction.locale)).error(error)
    log.info("refused: request=%s person=%d outcome=%s", reference_of(interaction.id), interaction.user.id, error.code)
    try:
        if interaction.response.is_done():
            await interaction.followup.send(sentence, ephemeral=True)
            return
        try:
            await interaction.response.send_message(sentence, ephemeral=True)
        except (OSError, aiohttp.ClientError):  # the connection broke; Discord refuses the second where the first arrived
            await interaction.response.send_message(sentence, ephemeral=True)
    except UNREACHABLE as problem:
        unheard(problem, sentence)


def unheard(problem: Exception, sentence: str) -> None:
    """Log a sentence that could not be said."""
    log.warning("could not say %r: %s", sentence, problem)


async def _clicked(interaction: Interaction, action: str, owner: int, serve: Serve) -> None:
    assert interaction.message is not None
    if action == "delete":
        await _delete(interaction, owner)
        return
    recipe = captions.recipe_in(interaction.message.content)
    if recipe is None or action not in CHANGES:
        raise NoRecipe()
    await serve(interaction, Request(CHANGES[action](recipe)))


async def _delete(interaction: Interaction, owner: int) -> None:
    if interaction.user.id != owner and not interaction.permissions.manage_messages:
        raise NotYours()
    await interaction.response.defer()
    await interaction.delete_original_response()
