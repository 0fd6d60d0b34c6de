"""Builds the dialogs that ask for other faces, for changes or for a moment of an animation, and reads their answers.

bot/interactions/dialogs.py decides what to do with an answer. discord.py forgets open dialogs at a restart, so we
do not let it track them, and read each answer from its interaction. If a dialog was opened from a button or menu, the
interaction also holds the message with the recipe. If not, the dialog's custom_id ends with what tells the recipe (see
bot/delivery/drafts.py). Fields that were filled in before, in a dialog whose answer was refused, are filled in again.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import discord

from bot.i18n.texts import Texts
from bot.recipes import capabilities, picking, traits
from bot.recipes.request import MAX_FACE_CHARS
from generator.contract.protocol import Model
from generator.contract.recipe import Recipe

MAX_OPTIONS = 25  # Discord's limit for one menu
MAX_MENUS = 4  # a dialog has five fields, and one is the text
MAX_OPTION_CHARS = 100
MAX_LABEL_CHARS = 45
MAX_ABOUT_CHARS = 100
MAX_TITLE_CHARS = 45

Fields = Mapping[str, Sequence[str]]
Option = discord.SelectOption
Dialog = discord.ui.Modal


def build_seed_dialog(action: str, owner: int, t: Texts, source: str = "", typed: Fields | None = None) -> Dialog:
    """Build the dialog that asks for the other faces of a mix or a morph.

    ``source`` tells the recipe of the first face, if the answer will come back without its message. ``typed`` are the
    fields that were filled in before.
    """
    dialog = _build(t(f"more_{action}"), action, owner, source)
    about = t(f"other_face_{action}")
    dialog.add_item(
        _field("seed", t("other_face"), about, typed, placeholder=t("other_face_example"), max_length=MAX_FACE_CHARS)
    )
    return _detach(dialog)


def build_moment_dialog(owner: int, t: Texts, recipe: Recipe, source: str = "", typed: Fields | None = None) -> Dialog:
    """Build the dialog that asks for a frame of an animation, and for a face in it if it shows several."""
    dialog, high = _build(t("moment"), "cell", owner, source), recipe.frames
    dialog.add_item(_field("frame", t("moment_frame"), t("moment_frame_about", high=high), typed, max_length=10))
    several = picking.faces_in_frame(recipe)
    if several > 1:
        about = t("moment_face_about", high=several)
        dialog.add_item(_field("face", t("moment_face"), about, typed, default="1", required=False, max_length=4))
    return _detach(dialog)


def build_edit_dialog(owner: int, t: Texts, model: Model, source: str = "", typed: Fields | None = None) -> Dialog:
    """Build the dialog that asks what to change about a face: typed, or chosen from the model's traits."""
    dialog = _build(t("more_change"), "edit", owner, source)
    example = t("change_example") if model.traits else t("change_example_plain")
    more: dict[str, Any] = {"placeholder": example, "required": False, "max_length": traits.MAX_TRAITS_CHARS}
    dialog.add_item(_field("change", t("change"), t("change_about"), typed, **more))
    for n, (names, options) in enumerate(_menus(model, t, _chosen(typed))):
        menu: discord.ui.Select[Any] = discord.ui.Select(
            custom_id=f"choice{n}", options=options, min_values=0, max_values=len(options), required=False
        )
        about = None if n else t("change_choices")
        dialog.add_item(discord.ui.Label(text=_shorten(names), description=about, component=menu))
    return _detach(dialog)


def build_reopen_view(key: str, t: Texts) -> discord.ui.View:
    """Build the button under the refusal of a dialog's answer: it opens the dialog again as it was filled in."""
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label=t("reopen"), emoji="✏️", custom_id=f"waifu:reopen:{key}"))
    view.stop()  # otherwise discord.py would keep the view forever; clicks are answered by a DynamicItem
    return view


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
    """Return all directions that were chosen, from all menus of the dialog that earlier versions opened."""
    return [value for name, values in fields.items() if name.startswith("direction") for value in values]


def read_changes(fields: Fields) -> str:
    """Return all changes that were typed or chosen from a menu, as a text such as "hair: blue, turn: 2"."""
    chosen = [value for name, values in fields.items() if name.startswith("choice") for value in values]
    return ", ".join(text for text in (read_text(fields, "change"), *chosen) if text)


def _read_components(components: Iterable[Any]) -> Iterator[tuple[str, list[str]]]:
    for component in components:
        if not isinstance(component, dict):
            continue
        inner = component.get("components") or [component.get("component")]
        yield from _read_components(inner)
        if isinstance(component.get("custom_id"), str):
            values = component.get("values") if "values" in component else [component.get("value")]
            yield component["custom_id"], [str(value) for value in values or () if value is not None]


def _build(title: str, action: str, owner: int, source: str) -> Dialog:
    custom_id = f"waifu:{action}:{owner}" + (f":{source}" if source else "")
    return discord.ui.Modal(title=title[:MAX_TITLE_CHARS], custom_id=custom_id, timeout=None)


def _field(
    name: str, label: str, about: str, typed: Fields | None, default: str = "", **more: Any
) -> discord.ui.Label[Any]:
    before = "".join((typed or {}).get(name, ())) or default
    item: Any = discord.ui.TextInput(custom_id=name, default=before[: more["max_length"]] or None, **more)
    return discord.ui.Label(text=label[:MAX_LABEL_CHARS], description=about[:MAX_ABOUT_CHARS], component=item)


def _chosen(typed: Fields | None) -> set[str]:
    return {value for name, values in (typed or {}).items() if name.startswith("choice") for value in values}


def _menus(model: Model, t: Texts, chosen: set[str]) -> list[tuple[str, list[Option]]]:
    """Return up to four menus of changes, as (title, options); a title lists the traits in the menu.

    Traits that do not fit into the menus can still be typed.
    """
    menus: list[tuple[str, list[Option]]] = []
    for name, block in _blocks(model, t, chosen):
        if menus and len(menus[-1][1]) + len(block) <= MAX_OPTIONS:
            menus[-1] = (f"{menus[-1][0]}, {name}", menus[-1][1] + block)
        else:
            menus.append((name, block))
    return menus if len(menus) <= MAX_MENUS else [*menus[: MAX_MENUS - 1], menus[-1]]


def _blocks(model: Model, t: Texts, chosen: set[str]) -> Iterator[tuple[str, list[Option]]]:
    """Yield (title, options) for each trait, in groups of at most 25 values, then for the directions.

    Of these, first both ends of those that have words. Where there are such, d1 to d10 are left out if not all of them
    have room.
    """
    for trait, values in model.traits.items():
        block = [_option(traits.label(trait, value, t), f"{trait}: {value}", chosen) for value in values]
        for start in range(0, len(block), MAX_OPTIONS):
            yield t.lookup(f"trait-{trait}") or trait, block[start : start + MAX_OPTIONS]
    amounts = capabilities.default_amounts(model)
    words = capabilities.list_worded(model)
    ends = [(t.name_end(name, sign) or name, name, sign) for name in words for sign in (1, -1)]
    ends += [(traits.direction_label(name, t), name, 1) for name in amounts if name not in words]
    others = [_option(label, f"{name}: {sign * amounts[name]:g}", chosen) for label, name, sign in ends]
    if words and len(others) > MAX_OPTIONS:
        others = others[: -len(capabilities.FACTOR_NAMES)]
    yield t("worded" if words else "factors"), others[:MAX_OPTIONS]


def _option(label: str, value: str, chosen: set[str]) -> Option:
    return Option(label=label[:MAX_OPTION_CHARS], value=value, default=value in chosen)


def _shorten(names: str) -> str:
    return names if len(names) <= MAX_LABEL_CHARS else names[: MAX_LABEL_CHARS - 1] + "…"


def _detach(dialog: Dialog) -> Dialog:
    dialog.stop()  # discord.py does not track stopped dialogs
    return dialog
