"""Builds the menus under a result, which offer other pictures of its face, or let people pick one of its faces.

Stores nothing: the value of a choice is an action, or the number of a face in the picture. What a choice does is
decided in bot/interactions/.
"""

from collections.abc import Iterator
from itertools import groupby

import discord

from bot.i18n import texts
from bot.recipes import kinds
from bot.recipes.kinds import FaceChoice
from generator.contract.recipe import Recipe

MAX_OPTIONS = 25  # Discord's limit for one menu
MAX_MENUS = 4  # a message has five rows, and one is for buttons
MAX_FACES = MAX_MENUS * MAX_OPTIONS

# Action -> emoji, for the menu "More".
MORE = {
    "face": "🙂",
    "vary": "🌫️",
    "psi": "🌈",
    "mix": "🧬",
    "morph": "🌀",
    "edit": "✏️",
    "keep": "🗂️",
    "story": "📖",
}
PICK = "pick"  # action of a menu of faces; in the custom_id, the menu's number follows


def build_menus(recipe: Recipe, owner: int, t: texts.Texts) -> list[discord.ui.Select[discord.ui.View]]:
    """Build the menus for a result.

    If there are faces to pick from, they are offered in one menu, or in one menu per psi if one menu is too small.
    Otherwise the only menu is "More".
    """
    if not kinds.faces(recipe):
        return [_more_menu(recipe, owner, t)]
    return [
        _menu(f"{PICK}{n}", owner, t("pick_at", group=name) if name else t("pick"), options)
        for n, (name, options) in enumerate(_face_menus(recipe, t))
    ]


def _more_menu(recipe: Recipe, owner: int, t: texts.Texts) -> discord.ui.Select[discord.ui.View]:
    actions = [action for action in MORE if action != "face" or recipe.kind != "waifu"]
    options = [
        discord.SelectOption(
            label=t(f"more_{action}"), value=action, description=t(f"about_{action}"), emoji=MORE[action]
        )
        for action in actions
    ]
    return _menu("more", owner, t("more"), options)


def _face_menus(recipe: Recipe, t: texts.Texts) -> Iterator[tuple[str, list[discord.SelectOption]]]:
    numbered = list(enumerate(kinds.faces(recipe)))
    if len(numbered) <= MAX_OPTIONS:
        yield "", [_option(n, choice, t) for n, choice in numbered]
        return
    groups = groupby(numbered, key=lambda pair: pair[1].group)
    for (name, group), _ in zip(groups, range(MAX_MENUS), strict=False):
        yield name, [_option(n, choice, t) for n, choice in group][:MAX_OPTIONS]


def _option(n: int, choice: FaceChoice, t: texts.Texts) -> discord.SelectOption:
    return discord.SelectOption(label=kinds.label_face(choice, t), value=str(n))


def _menu(
    action: str, owner: int, placeholder: str, options: list[discord.SelectOption]
) -> discord.ui.Select[discord.ui.View]:
    # Discord reports a choice only when it changes. With min_values=0, a person can take it back and choose it again.
    return discord.ui.Select(
        custom_id=f"waifu:{action}:{owner}", placeholder=placeholder, options=options, min_values=0, max_values=1
    )
