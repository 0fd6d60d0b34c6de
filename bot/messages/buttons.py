"""What stands under a result, buttons and menus, and how a person is told no.

They store nothing: a custom_id holds action and owner, the message they stand under holds the recipe. Knows how they look, and
not what they do.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import discord

from bot.errors import reference_of
from bot.i18n import texts
from bot.messages import menus
from bot.recipes import variations
from generator.contract.errors import GeneratorError
from generator.contract.recipe import Recipe

log = logging.getLogger(__name__)

ALREADY_ANSWERED = 40060
UNREACHABLE = (discord.HTTPException, OSError, aiohttp.ClientError)  # Discord said no, or nothing

Interaction = discord.Interaction[Any]
IsNew = Callable[[int], bool]

LOOKS = {"draw": "🎨", "again": "🎲", "wilder": "🔥", "calmer": "🍃", "recipe": "📜", "delete": "🗑️"}
UNDER_A_PICTURE = ("again", "wilder", "calmer", "recipe", "delete")
UNDER_A_RECIPE = ("draw", "again", "wilder", "calmer")


def row(recipe: Recipe, owner: int, t: texts.Texts) -> discord.ui.View:
    """Return what stands under a result that ``owner`` asked for."""
    return _below(UNDER_A_PICTURE, recipe, owner, t)


def row_of_recipe(recipe: Recipe, owner: int, t: texts.Texts) -> discord.ui.View:
    """Return what stands under a recipe that only ``owner`` is shown."""
    return _below(UNDER_A_RECIPE, recipe, owner, t)


def _below(actions: tuple[str, ...], recipe: Recipe, owner: int, t: texts.Texts) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for action in actions:
        step = variations.STEPS.get(action)
        if step and not variations.has_one_psi(recipe):
            continue
        idle, custom_id = step is not None and step(recipe) == recipe, f"waifu:{action}:{owner}"
        view.add_item(discord.ui.Button(label=t(action), emoji=LOOKS[action], custom_id=custom_id, disabled=idle))
    for menu in menus.under(recipe, owner, t):
        view.add_item(menu)
    view.stop()  # discord.py would keep it for ever; its clicks go to the DynamicItem
    return view


async def refuse(interaction: Interaction, error: GeneratorError) -> None:
    """Say one sentence that only the person sees; where even that fails, there is nobody to say it to."""
    sentence = texts.of(str(interaction.locale)).error(error)
    log.info("refused: request=%s person=%d outcome=%s", reference_of(interaction.id), interaction.user.id, error.code)
    try:
        if interaction.response.is_done() or await _is_left_thinking(interaction, sentence):
            await interaction.followup.send(sentence, ephemeral=True)
    except UNREACHABLE as problem:
        unheard(problem, sentence)


async def _is_left_thinking(interaction: Interaction, sentence: str) -> bool:
    """Give the sentence as the first answer; return whether there was one already, unconfirmed, that only says "thinking"."""
    if await insist(lambda: interaction.response.send_message(sentence, ephemeral=True)):
        return False
    return (await interaction.original_response()).flags.loading


async def insist(answer: Callable[[], Awaitable[object]]) -> bool:
    """Give an interaction its first answer; where the connection breaks, give it again, for Discord takes only one.

    Return False where Discord has one already: this one, whose arrival was not confirmed, or an earlier one.
    """
    try:
        try:
            await answer()
        except (OSError, aiohttp.ClientError):
            await answer()
    except discord.HTTPException as problem:
        if problem.code != ALREADY_ANSWERED:
            raise
        return False
    return True


def unheard(problem: Exception, sentence: str) -> None:
    """Log a sentence that could not be said."""
    log.warning("could not say %r: %s", sentence, problem)
