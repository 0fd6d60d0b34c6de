"""The menus under a result: what else can be made of its one face, or which of its several faces to pick. Stores nothing.

Knows what is offered, not what choosing it does. A choice names an action, or the number of a face in the picture.
"""

from collections.abc import Iterator
from itertools import groupby

import discord

from bot.i18n import texts
from bot.recipes import variations
from bot.recipes.variations import Face
from generator.contract.recipe import Recipe

MAX_OPTIONS = 25  # Discord's limit for one menu
MAX_FACES = 100  # that can be picked: of 4 menus
MAX_MENUS = 4  # of the five rows, one is for buttons

MORE = {"face": "🙂", "vary": "🌫️", "psi": "🌈", "mix": "🧬", "morph": "🌀", "edit": "✏️"}
PICK = "pick"  # the action of menus of faces; the number of the menu follows


def under(recipe: Recipe, owner: int, t: texts.Texts) -> list[discord.ui.Select[discord.ui.View]]:
    """Return the menus for a result: one of faces where it shows several (one for each psi where they are many), else "More"."""
    if not variations.faces(recipe):
        return [_more(recipe, owner, t)]
    return [
        _menu(f"{PICK}{n}", owner, t("pick_at", group=name) if name else t("pick"), options)
        for n, (name, options) in enumerate(_picks(recipe, t))
    ]


def _more(recipe: Recipe, owner: int, t: texts.Texts) -> discord.ui.Select[discord.ui.View]:
    actions = [action for action in MORE if action != "face" or recipe.kind != "waifu"]
    options = [
        discord.SelectOption(
            label=t(f"more_{action}"), value=action, description=t(f"about_{action}"), emoji=MORE[action]
        )
        for action in actions
    ]
    return _menu("more", owner, t("more"), options)


def _picks(recipe: Recipe, t: texts.Texts) -> Iterator[tuple[str, list[discord.SelectOption]]]:
    numbered = list(enumerate(variations.faces(recipe)))
    if len(numbered) <= MAX_OPTIONS:
        yield "", [_option(n, one, t) for n, one in numbered]
        return
    groups = groupby(numbered, key=lambda pair: pair[1].group)
    for (name, group), _ in zip(groups, range(MAX_MENUS), strict=False):
        yield name, [_option(n, one, t) for n, one in group][:MAX_OPTIONS]


def _option(n: int, one: Face, t: texts.Texts) -> discord.SelectOption:
    return discord.SelectOption(label=t(one.name, **one.fields), value=str(n))


def _menu(
    action: str, owner: int, placeholder: str, options: list[discord.SelectOption]
) -> discord.ui.Select[discord.ui.View]:
    # Discord tells of a choice only when it changes: who wants the same again must be able to take it back first.
    return discord.ui.Select(
        custom_id=f"waifu:{action}:{owner}", placeholder=placeholder, options=options, min_values=0, max_values=1
    )
