"""Builds the buttons and menus under a result, and gives an interaction its first answer, also a refusal.

Does not know what a button does. Nothing is stored: a custom_id holds action and owner, its message holds the recipe.
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
UNREACHABLE = (discord.HTTPException, OSError, aiohttp.ClientError)  # Discord refused, or did not answer

Interaction = discord.Interaction[Any]
IsNew = Callable[[int], bool]

EMOJI = {"draw": "🎨", "again": "🎲", "wilder": "🔥", "calmer": "🍃", "recipe": "📜", "delete": "🗑️"}
PICTURE_ACTIONS = ("again", "wilder", "calmer", "recipe", "delete")
RECIPE_ACTIONS = ("draw", "again", "wilder", "calmer")


def build_picture_view(recipe: Recipe, owner: int, t: texts.Texts) -> discord.ui.View:
    """Return the buttons and menus under a result that ``owner`` asked for."""
    return _build_view(PICTURE_ACTIONS, recipe, owner, t)


def build_recipe_view(recipe: Recipe, owner: int, t: texts.Texts) -> discord.ui.View:
    """Return the buttons and menus under a recipe that only ``owner`` sees."""
    return _build_view(RECIPE_ACTIONS, recipe, owner, t)


def _build_view(actions: tuple[str, ...], recipe: Recipe, owner: int, t: texts.Texts) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for action in actions:
        step = variations.STEPS.get(action)
        if step and not variations.has_one_psi(recipe):
            continue
        at_limit, custom_id = step is not None and step(recipe) == recipe, f"waifu:{action}:{owner}"
        view.add_item(discord.ui.Button(label=t(action), emoji=EMOJI[action], custom_id=custom_id, disabled=at_limit))
    for menu in menus.build_menus(recipe, owner, t):
        view.add_item(menu)
    view.stop()  # otherwise discord.py keeps it forever; its clicks go to the DynamicItem
    return view


async def refuse(interaction: Interaction, error: GeneratorError) -> None:
    """Answer with one sentence that only the person sees; if even that fails, only log it."""
    sentence = texts.of(str(interaction.locale)).error(error)
    log.info("refused: request=%s person=%d outcome=%s", reference_of(interaction.id), interaction.user.id, error.code)
    try:
        if interaction.response.is_done() or await _is_still_thinking(interaction, sentence):
            await interaction.followup.send(sentence, ephemeral=True)
    except UNREACHABLE as problem:
        log_unsent(problem, sentence)


async def _is_still_thinking(interaction: Interaction, sentence: str) -> bool:
    """Give the sentence as the first answer. Return True if there already is one that only says "thinking"."""
    if await insist(lambda: interaction.response.send_message(sentence, ephemeral=True)):
        return False
    return (await interaction.original_response()).flags.loading


async def insist(answer: Callable[[], Awaitable[object]]) -> bool:
    """Give an interaction its first answer; if the connection breaks, once more, since Discord accepts only one.

    Return False if Discord already has one: this one, whose arrival was not confirmed, or an earlier one.
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


def log_unsent(problem: Exception, sentence: str) -> None:
    """Log a sentence that could not be sent."""
    log.warning("could not send %r: %s", sentence, problem)
