"""Builds the buttons and menus under a result. What a click does is decided in bot/interactions/.

Nothing is stored for them: the custom_id holds the action and the owner, and the caption above holds the recipe.
"""

import discord

from bot.i18n import texts
from bot.messages import menus
from bot.recipes import variations
from generator.contract.recipe import Recipe

EMOJI = {
    "draw": "🎨",
    "again": "🎲",
    "wilder": "🔥",
    "calmer": "🍃",
    "recipe": "📜",
    "delete": "🗑️",
    "back": "↩️",
    "post": "📣",
}
PICTURE_ACTIONS = ("again", "wilder", "calmer", "recipe", "delete")
PRIVATE_ACTIONS = ("again", "wilder", "calmer", "recipe", "post")  # only one person sees it, who may also dismiss it
RECIPE_ACTIONS = ("draw", "again", "wilder", "calmer")


def build_picture_view(
    recipe: Recipe,
    owner: int,
    t: texts.Texts,
    *,
    private: bool = False,
    edited: bool = False,
    back: int | None = None,
) -> discord.ui.View:
    """Build the buttons and menus under a result that ``owner`` asked for, and sees alone if it is ``private``.

    Again keeps to relatives of the face if it was ``edited``; the line of such a picture does not tell.
    ``back`` is the interaction that replaced the picture which the message showed before, or None if it is the first.
    """
    actions: tuple[str, ...] = PRIVATE_ACTIONS if private else PICTURE_ACTIONS
    if edited:
        actions = tuple("alike" if action == "again" else action for action in actions)
    return _build_view(actions, recipe, owner, t, back)


def build_recipe_view(recipe: Recipe, owner: int, t: texts.Texts) -> discord.ui.View:
    """Build the buttons and menus under a recipe's explanation. Only ``owner`` sees that message."""
    return _build_view(RECIPE_ACTIONS, recipe, owner, t)


def _build_view(
    actions: tuple[str, ...], recipe: Recipe, owner: int, t: texts.Texts, back: int | None = None
) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for action in actions:
        step = variations.PSI_ACTIONS.get(action)
        if step and not variations.has_one_psi(recipe):
            continue
        at_limit, custom_id = step is not None and step(recipe) == recipe, f"waifu:{action}:{owner}"
        shown = "again" if action == "alike" else action
        view.add_item(discord.ui.Button(label=t(shown), emoji=EMOJI[shown], custom_id=custom_id, disabled=at_limit))
    if back is not None:
        view.add_item(discord.ui.Button(label=t("back"), emoji=EMOJI["back"], custom_id=f"waifu:back:{owner}:{back}"))
    for menu in menus.build_menus(recipe, owner, t):
        view.add_item(menu)
    view.stop()  # otherwise discord.py would keep the view forever; clicks are answered by a DynamicItem
    return view
