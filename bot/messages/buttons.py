"""The buttons and menus under a result. Does not know what a click does.

They store nothing: a custom_id holds action and owner, the caption above them holds the recipe.
"""

import discord

from bot.i18n import texts
from bot.messages import menus
from bot.recipes import variations
from generator.contract.recipe import Recipe

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
