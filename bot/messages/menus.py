"""Builds the menus under a result, which offer other pictures of its face, or let people pick one of its faces.

Stores nothing: the value of a choice is an action, or the number of a face in the picture. What a choice does is
decided in bot/interactions/.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import discord

from bot.i18n import texts
from bot.recipes import kinds, picking, variations
from bot.recipes.picking import FaceChoice, Label
from generator.contract.recipe import Recipe

MAX_OPTIONS = 25  # Discord's limit for one menu
MAX_MENUS = 4  # a message has five rows, and one is for buttons, or two with Wilder, Calmer and Back
MAX_LABEL_CHARS = 100

# Action -> emoji, for the menu of what else can be made of a face.
MORE = {
    "vary": "🌫️",
    "psi": "🌈",
    "mix": "🧬",
    "morph": "🌀",
    "edit": "✏️",
    "change": "💬",
    "keep": "🗂️",
    "story": "📖",
    "first": "◀️",
    "second": "▶️",
    "before": "↩️",
}
# The kinds of picture that show one face made of others -> the actions that draw those.
ORIGINALS = {"mix": ("first", "second"), "edit": ("before",)}
NEXT = "next"  # action of the menu of what else can be made of a face; that of earlier versions is "more"
PICK = "cell"  # action of a menu of faces; in the custom_id, the menu's number follows. Earlier: "pick"
MOMENT = "moment"  # value of the entry in a menu of faces that asks for a frame

Menu = discord.ui.Select[discord.ui.View]


def build_menus(recipe: Recipe, owner: int, t: texts.Texts) -> list[Menu]:
    """Build the menus for a result.

    A picture of one face has the menu of what else can be made of it. Of several faces, one is picked first.
    """
    choices = kinds.faces(recipe)
    if not choices:
        return [_next_menu(recipe, owner, t)]
    has_moments, rows = picking.has_moments(recipe), MAX_MENUS - variations.has_one_psi(recipe)
    menus = []
    for n, pack in enumerate(_packs(choices, MAX_OPTIONS - has_moments)[:rows]):
        options = [discord.SelectOption(label=_shorten(c.label.write(t)), value=str(c.number)) for c in pack]
        if has_moments and n == 0:
            options.append(discord.SelectOption(label=t("moment"), value=MOMENT, description=t("moment_about")))
        whole = len(pack) == len(choices)
        menus.append(_menu(f"{PICK}{n}", owner, t("pick") if whole else t("pick_at", group=_title(pack, t)), options))
    return menus


def actions_of(recipe: Recipe) -> list[str]:
    """Return the actions that the menu under a picture of one face offers."""
    hidden = {action for kind, actions in ORIGINALS.items() if kind != recipe.kind for action in actions}
    return [action for action in MORE if action not in hidden]


def _next_menu(recipe: Recipe, owner: int, t: texts.Texts) -> Menu:
    options = [
        discord.SelectOption(
            label=t(f"more_{action}"), value=action, description=t(f"about_{action}"), emoji=MORE[action]
        )
        for action in actions_of(recipe)
    ]
    return _menu(NEXT, owner, t("more"), options)


def _packs(choices: Sequence[FaceChoice], most: int) -> list[list[FaceChoice]]:
    """Divide faces among menus of at most ``most``, if four are enough without dividing a group."""
    if len(choices) <= most:
        return [list(choices)]
    groups = [part for _, group in groupby(choices, key=lambda choice: choice.group) for part in _cut(group, most)]
    if len(groups) <= MAX_MENUS:
        return groups
    packs: list[list[FaceChoice]] = []
    for group in groups:
        if packs and len(packs[-1]) + len(group) <= most:
            packs[-1] = packs[-1] + group
        else:
            packs.append(group)
    return packs if len(packs) < MAX_MENUS else list(_cut(choices, most))


def _cut(group: Iterable[FaceChoice], most: int) -> Iterator[list[FaceChoice]]:
    choices = list(group)
    yield from (choices[start : start + most] for start in range(0, len(choices), most))


def _title(pack: Sequence[FaceChoice], t: texts.Texts) -> str:
    groups = [label.write(t) for label in (pack[0].group, pack[-1].group) if isinstance(label, Label)]
    return _shorten(" – ".join(dict.fromkeys(groups)), MAX_LABEL_CHARS // 2)


def _shorten(text: str, most: int = MAX_LABEL_CHARS) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _menu(action: str, owner: int, placeholder: str, options: list[discord.SelectOption]) -> Menu:
    # Discord reports a choice only when it changes, and keeps it selected, also after Esc in a dialog that it opened.
    # With min_values=0, choosing it again takes it back, which is reported and answered as the same choice.
    return discord.ui.Select(
        custom_id=f"waifu:{action}:{owner}", placeholder=placeholder, options=options, min_values=0, max_values=1
    )
