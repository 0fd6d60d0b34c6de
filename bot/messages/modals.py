"""The dialogs that ask for one thing more: another face's seed, or a direction and how far; built, and read when they are sent.

Knows not what is made of the answers. discord.py forgets its dialogs when the bot ends; these are never given to it to keep, so
what is sent is read from the interaction itself, after a restart as before it. A dialog opened from a message comes back with that
message; one opened by a right-click comes back alone, so it carries the recipe in a field of its own.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

import discord

from bot.i18n.texts import Texts
from bot.recipes import capabilities, traits
from generator.contract.protocol import Model
from generator.contract.recipe import MAX_LINE_CHARS, Recipe
from generator.contract.seeds import MAX_SEED_CHARS

MAX_OPTIONS = 25  # Discord's limit for one menu
MAX_MENUS = 4  # of the five fields of a dialog, one is the amount
MAX_OPTION_CHARS = 100
MAX_LABEL_CHARS = 45
MAX_TITLE_CHARS = 45
DEFAULT_AMOUNT = "2"

Fields = dict[str, list[str]]
Option = discord.SelectOption


def asking_for_seed(action: str, owner: int, t: Texts, line: str | None = None) -> discord.ui.Modal:
    """Ask for the other face of a mix or a morph; ``line``: the recipe of the first, where no message will tell it."""
    dialog = discord.ui.Modal(
        title=t(f"more_{action}")[:MAX_TITLE_CHARS], custom_id=f"waifu:{action}:{owner}", timeout=None
    )
    dialog.add_item(
        _field("seed", t("other_face"), t(f"other_face_{action}"), placeholder="20", max_length=MAX_SEED_CHARS)
    )
    if line is not None:
        dialog.add_item(
            _field("line", t("from_recipe"), t("from_recipe_about"), default=line, max_length=MAX_LINE_CHARS)
        )
    return _unkept(dialog)


def asking_for_edit(owner: int, t: Texts, model: Model, now: Recipe) -> discord.ui.Modal:
    """Ask for one of the network's directions and an amount; those of ``now`` stand in it where it is an edit already."""
    dialog = discord.ui.Modal(title=t("more_edit")[:MAX_TITLE_CHARS], custom_id=f"waifu:edit:{owner}", timeout=None)
    chosen, amount = (str(now["direction"]), f"{now['amount']:g}") if now.kind == "edit" else ("", DEFAULT_AMOUNT)
    for n, (names, options) in enumerate(_menus(model, t, chosen)):
        menu: discord.ui.Select[Any] = discord.ui.Select(
            custom_id=f"direction{n}", options=options, min_values=0, max_values=1, required=False
        )
        dialog.add_item(
            discord.ui.Label(text=_shortened(names), description=None if n else t("direction_about"), component=menu)
        )
    dialog.add_item(_field("amount", t("amount"), t("amount_about"), default=amount, max_length=8))
    return _unkept(dialog)


def values(interaction: discord.Interaction[Any]) -> Fields:
    """Return what was sent, by field; nothing for what an odd client leaves out."""
    sent: Any = interaction.data or {}
    return dict(_sent(sent.get("components") or ()))


def typed(fields: Fields, name: str) -> str:
    """Return what was typed into a field, as it is commonly meant: "－２，５" is -2.5."""
    return unicodedata.normalize("NFKC", "".join(fields.get(name, []))).strip()


def number(text: str) -> str:
    """Return a number as a recipe writes it; anything else as it came."""
    return text.replace("\u2212", "-").replace(",", ".")


def directions(fields: Fields) -> list[str]:
    """Return every direction that was chosen."""
    return [value for name, chosen in fields.items() if name.startswith("direction") for value in chosen]


def _sent(components: Iterable[Any]) -> Iterator[tuple[str, list[str]]]:
    for component in components:
        if not isinstance(component, dict):
            continue
        inner = component.get("components") or [component.get("component")]
        yield from _sent(inner)
        if isinstance(component.get("custom_id"), str):
            given = component.get("values") if "values" in component else [component.get("value")]
            yield component["custom_id"], [str(value) for value in given or () if value is not None]


def _field(name: str, label: str, about: str, **more: Any) -> discord.ui.Label[Any]:
    return discord.ui.Label(text=label, description=about, component=discord.ui.TextInput(custom_id=name, **more))


def _menus(model: Model, t: Texts, chosen: str) -> list[tuple[str, list[Option]]]:
    """Return up to four menus with the names of what is in each; traits that find no room can be named in /edit."""
    menus: list[tuple[str, list[Option]]] = []
    for name, block in _blocks(model, t, chosen):
        if menus and len(menus[-1][1]) + len(block) <= MAX_OPTIONS:
            menus[-1] = (f"{menus[-1][0]}, {name}", menus[-1][1] + block)
        else:
            menus.append((name, block))
    return menus if len(menus) <= MAX_MENUS else [*menus[: MAX_MENUS - 1], menus[-1]]


def _blocks(model: Model, t: Texts, chosen: str) -> Iterator[tuple[str, list[Option]]]:
    """Yield the directions of each trait, then the others; at most 25 at a time."""
    learnt = capabilities.learnt(model)
    for trait in model.traits:
        block = [
            _option(traits.direction_label(name, t, of), name, chosen) for name, of in learnt.items() if of[0] == trait
        ]
        for start in range(0, len(block), MAX_OPTIONS):
            yield t.own(f"trait-{trait}") or trait, block[start : start + MAX_OPTIONS]
    chart = capabilities.CHARTS[0]
    found = [_option(t("chart", directions=chart.replace(",", ", ")), chart, chosen)]
    found += [_option(t("factor", name=name), name, chosen) for name in capabilities.FACTOR_NAMES]
    others = [_option(traits.direction_label(name, t, of), name, chosen) for name, of in learnt.items() if not of[1]]
    yield t("factors"), [*others[: MAX_OPTIONS - len(found)], *found]


def _option(label: str, name: str, chosen: str) -> Option:
    return Option(label=label[:MAX_OPTION_CHARS], value=name, default=name == chosen)


def _shortened(names: str) -> str:
    return names if len(names) <= MAX_LABEL_CHARS else names[: MAX_LABEL_CHARS - 1] + "…"


def _unkept(dialog: discord.ui.Modal) -> discord.ui.Modal:
    dialog.stop()  # discord.py keeps only dialogs that are not finished
    return dialog
