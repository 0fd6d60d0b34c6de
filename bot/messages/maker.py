"""Builds the menus and buttons of the maker's panel, by which a person changes a face step by step.

Stores nothing. The value of a choice says all that it means, so that a quick second click is never taken for another.
What a click does is decided in bot/interactions/maker.py.
"""

from collections.abc import Iterator, Sequence
from typing import TypeVar

import discord

from bot.discord_api import MAX_MENU_OPTIONS, MAX_OPTION_CHARS
from bot.i18n import texts
from bot.recipes import panel as panels
from bot.recipes import traits
from bot.recipes.panel import Aspect, Panel
from generator.contract.protocol import Model

ASPECT, VALUE, PAGE, POST, KEEP = "aspect", "value", "page", "post", "keep"  # the actions that are no steps
EMOJI = {
    "another": "🎲",
    "wilder": "🔥",
    "calmer": "🍃",
    "left": "⬅️",
    "right": "➡️",
    "undo": "↩️",
    "redo": "↪️",
    POST: "📣",
    KEEP: "🗂️",
}
LABELS = {  # keys of the texts
    "another": "maker_another",
    "wilder": "wilder",
    "calmer": "calmer",
    "left": "maker_left",
    "right": "maker_right",
    "undo": "maker_undo",
    "redo": "maker_redo",
    POST: "maker_post",
    KEEP: "more_keep",
}
ROWS = (("another", "wilder", "calmer", "left", "right"), ("undo", "redo", POST, KEEP))
WHICH = ("aspects", "values")  # what the menu of pages turns

Select = discord.ui.Select[discord.ui.View]
Option = discord.SelectOption
Item = TypeVar("Item")


def build_view(panel: Panel, model: Model, owner: int, t: texts.Texts) -> discord.ui.View:
    """Build the menus and buttons under the picture of a panel, which only ``owner`` sees and may use."""
    view = discord.ui.View(timeout=None)
    for menu in _menus(panel, model, owner, t):
        view.add_item(menu)
    first = len(view.children)
    steps = panels.steps_on(model)
    for row, actions in enumerate(ROWS, start=first):
        for action in actions:
            if action in steps or action not in panels.STEPS:
                view.add_item(_button(action, panel, owner, t, row))
    view.stop()  # otherwise discord.py would keep the view forever; clicks are answered by a DynamicItem
    return view


def custom_id(action: str, owner: int) -> str:
    """Return the custom_id of a part of the panel."""
    return f"maker:{action}:{owner}"


def _button(action: str, panel: Panel, owner: int, t: texts.Texts, row: int) -> discord.ui.Button[discord.ui.View]:
    # A step that would change nothing cannot be made. Another face is random, so it is not tried.
    idle = action in panels.STEPS and action != "another" and panels.STEPS[action](panel) == panel
    style = discord.ButtonStyle.primary if action == POST else discord.ButtonStyle.secondary
    label, name = t(LABELS[action]), custom_id(action, owner)
    return discord.ui.Button(label=label, emoji=EMOJI[action], custom_id=name, disabled=idle, style=style, row=row)


def _menus(panel: Panel, model: Model, owner: int, t: texts.Texts) -> Iterator[Select]:
    aspects, chosen = panels.find_aspects(panel.recipe, model), panels.chosen_aspect(panel, model)
    first, second = (_page(n, len(all_)) for n, all_ in zip(panel.pages, (aspects, chosen.values), strict=True))
    shown = [_aspect_option(aspect, aspect == chosen, t) for aspect in _cut(aspects, first)]
    yield _menu(ASPECT, owner, t("maker_aspects"), shown)
    values = [_value_option(chosen, value, t) for value in _cut(chosen.values, second)]
    yield _menu(VALUE, owner, t("maker_values", aspect=_name(chosen, t)), values)
    if pages := [*_pages(0, len(aspects), first, t), *_pages(1, len(chosen.values), second, t)]:
        yield _menu(PAGE, owner, t("maker_pages"), pages)


def _aspect_option(aspect: Aspect, is_chosen: bool, t: texts.Texts) -> Option:
    now = _value_name(aspect, aspect.present, t)[:MAX_OPTION_CHARS] if aspect.present else None
    return Option(label=_name(aspect, t)[:MAX_OPTION_CHARS], value=aspect.name, description=now, default=is_chosen)


def _value_option(aspect: Aspect, value: str, t: texts.Texts) -> Option:
    label = _value_name(aspect, value, t)[:MAX_OPTION_CHARS]
    return Option(label=label, value=f"{aspect.name}={value}", default=value == aspect.present)


def _pages(which: int, count: int, shown: int, t: texts.Texts) -> list[Option]:
    """Return an option for each page of the aspects (``which`` is 0) or values (1), or none if there is one page."""
    starts = range(0, count, MAX_MENU_OPTIONS)
    if len(starts) < 2:
        return []
    ends = [min(start + MAX_MENU_OPTIONS, count) for start in starts]
    return [
        Option(
            label=t(f"maker_page_{WHICH[which]}", first=start + 1, last=end, count=count),
            value=f"{which}={n}",
            emoji="👁️" if n == shown else None,
        )
        for n, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]


def _page(wanted: int, count: int) -> int:
    """Return the page to show: the one that is wanted, unless there are fewer."""
    return min(max(wanted, 0), max(count - 1, 0) // MAX_MENU_OPTIONS)


def _cut(items: Sequence[Item], page: int) -> Sequence[Item]:
    return items[page * MAX_MENU_OPTIONS : (page + 1) * MAX_MENU_OPTIONS]


def _name(aspect: Aspect, t: texts.Texts) -> str:
    words = t.lookup(f"trait-{aspect.name}") or aspect.name.replace("-", " ")
    return words if aspect.is_trait else traits.direction_label(aspect.name, t).replace("-", " ")


def _value_name(aspect: Aspect, value: str, t: texts.Texts) -> str:
    if aspect.is_trait:
        return t.lookup(f"trait-{aspect.name}", value) or value.replace("-", " ")
    amount = float(value)
    if not amount:
        return t("maker_unmoved")
    end = t.name_end(aspect.name, amount)
    return f"{amount:+g}" if end is None else t("maker_end", end=end, amount=f"{abs(amount):g}")


def _menu(action: str, owner: int, placeholder: str, options: list[Option]) -> Select:
    # With min_values=0, choosing an entry again takes it back, which is answered as the same choice: its step may have
    # failed, or been undone (see menus.py).
    return discord.ui.Select(
        custom_id=custom_id(action, owner), placeholder=placeholder, options=options, min_values=0, max_values=1
    )
