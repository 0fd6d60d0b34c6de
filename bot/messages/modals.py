"""Builds the dialogs that ask for another face's seed, or for a direction and an amount, and reads their answers.

bot/interactions/dialogs.py decides what to do with an answer. discord.py forgets open dialogs at a restart, so we
do not let it track them, and read each answer from its interaction. If a dialog was opened from a button or menu, the
interaction also holds the message with the recipe. If it was opened by a right-click, the interaction holds no message,
so the dialog has a field with the recipe.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

import discord

from bot.i18n.texts import Texts
from bot.recipes import capabilities, traits
from bot.recipes.request import MAX_FACE_CHARS
from generator.contract.protocol import Model
from generator.contract.recipe import MAX_LINE_CHARS, Recipe

MAX_OPTIONS = 25  # Discord's limit for one menu
MAX_MENUS = 4  # a dialog has five fields, and one is the amount
MAX_OPTION_CHARS = 100
MAX_LABEL_CHARS = 45
MAX_TITLE_CHARS = 45
DEFAULT_AMOUNT = "2"

Fields = dict[str, list[str]]
Option = discord.SelectOption


def build_seed_dialog(action: str, owner: int, t: Texts, line: str | None = None) -> discord.ui.Modal:
    """Build the dialog that asks for the other face of a mix or a morph.

    ``line`` is the recipe of the first face. It is needed only if the answer will come back without a message.
    """
    dialog = discord.ui.Modal(
        title=t(f"more_{action}")[:MAX_TITLE_CHARS], custom_id=f"waifu:{action}:{owner}", timeout=None
    )
    dialog.add_item(
        _field("seed", t("other_face"), t(f"other_face_{action}"), placeholder="20", max_length=MAX_FACE_CHARS)
    )
    if line is not None:
        dialog.add_item(
            _field("line", t("from_recipe"), t("from_recipe_about"), default=line, max_length=MAX_LINE_CHARS)
        )
    return _detach(dialog)


def build_edit_dialog(owner: int, t: Texts, model: Model, now: Recipe) -> discord.ui.Modal:
    """Build the dialog that asks for one of the model's directions and an amount.

    ``now`` is the recipe to be edited. If it is an edit already, its direction and amount are filled in.
    """
    dialog = discord.ui.Modal(title=t("more_edit")[:MAX_TITLE_CHARS], custom_id=f"waifu:edit:{owner}", timeout=None)
    preset, amount = (str(now["direction"]), f"{now['amount']:g}") if now.kind == "edit" else ("", DEFAULT_AMOUNT)
    for n, (names, options) in enumerate(_menus(model, t, preset)):
        menu: discord.ui.Select[Any] = discord.ui.Select(
            custom_id=f"direction{n}", options=options, min_values=0, max_values=1, required=False
        )
        dialog.add_item(
            discord.ui.Label(text=_shorten(names), description=None if n else t("direction_about"), component=menu)
        )
    dialog.add_item(_field("amount", t("amount"), t("amount_about"), default=amount, max_length=8))
    return _detach(dialog)


def read_fields(interaction: discord.Interaction[Any]) -> Fields:
    """Return a dialog's answer as {field: values}. Fields that the client did not send are missing."""
    sent: Any = interaction.data or {}
    return dict(_read_components(sent.get("components") or ()))


def read_text(fields: Fields, name: str) -> str:
    """Return the text typed into a field, or "" if the field is missing. "－２，５" becomes "-2,5"."""
    return unicodedata.normalize("NFKC", "".join(fields.get(name, []))).strip()


def normalise_number(text: str) -> str:
    """Convert a typed number to a recipe's notation: "-2,5" becomes "-2.5"."""
    return text.replace("\u2212", "-").replace(",", ".")


def read_directions(fields: Fields) -> list[str]:
    """Return all directions that were chosen, from all menus of the dialog."""
    return [value for name, values in fields.items() if name.startswith("direction") for value in values]


def _read_components(components: Iterable[Any]) -> Iterator[tuple[str, list[str]]]:
    for component in components:
        if not isinstance(component, dict):
            continue
        inner = component.get("components") or [component.get("component")]
        yield from _read_components(inner)
        if isinstance(component.get("custom_id"), str):
            values = component.get("values") if "values" in component else [component.get("value")]
            yield component["custom_id"], [str(value) for value in values or () if value is not None]


def _field(name: str, label: str, about: str, **more: Any) -> discord.ui.Label[Any]:
    return discord.ui.Label(text=label, description=about, component=discord.ui.TextInput(custom_id=name, **more))


def _menus(model: Model, t: Texts, preset: str) -> list[tuple[str, list[Option]]]:
    """Return up to four menus of directions, as (title, options); a title lists the traits in the menu.

    Traits that do not fit into the menus can still be typed in /edit.
    """
    menus: list[tuple[str, list[Option]]] = []
    for name, block in _blocks(model, t, preset):
        if menus and len(menus[-1][1]) + len(block) <= MAX_OPTIONS:
            menus[-1] = (f"{menus[-1][0]}, {name}", menus[-1][1] + block)
        else:
            menus.append((name, block))
    return menus if len(menus) <= MAX_MENUS else [*menus[: MAX_MENUS - 1], menus[-1]]


def _blocks(model: Model, t: Texts, preset: str) -> Iterator[tuple[str, list[Option]]]:
    """Yield (title, options) for each trait, in groups of at most 25 directions, then for all other directions."""
    learnt = capabilities.learnt_directions(model)
    for trait in model.traits:
        block = [
            _option(traits.direction_label(name, t, pair), name, preset)
            for name, pair in learnt.items()
            if pair[0] == trait
        ]
        for start in range(0, len(block), MAX_OPTIONS):
            yield t.lookup(f"trait-{trait}") or trait, block[start : start + MAX_OPTIONS]
    chart = capabilities.CHARTS[0]
    factors = [_option(t("chart", directions=chart.replace(",", ", ")), chart, preset)]
    factors += [_option(t("factor", name=name), name, preset) for name in capabilities.FACTOR_NAMES]
    valueless = [(name, pair) for name, pair in learnt.items() if not pair[1]]
    others = [_option(traits.direction_label(name, t, pair), name, preset) for name, pair in valueless]
    yield t("factors"), [*others[: MAX_OPTIONS - len(factors)], *factors]


def _option(label: str, name: str, preset: str) -> Option:
    return Option(label=label[:MAX_OPTION_CHARS], value=name, default=name == preset)


def _shorten(names: str) -> str:
    return names if len(names) <= MAX_LABEL_CHARS else names[: MAX_LABEL_CHARS - 1] + "…"


def _detach(dialog: discord.ui.Modal) -> discord.ui.Modal:
    dialog.stop()  # discord.py does not track stopped dialogs
    return dialog
