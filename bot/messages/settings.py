"""Says what a person's or a server's settings are, and builds the menus under them.

Knows neither where settings are stored nor who may change them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import discord

from bot.discord_api import MAX_MENU_OPTIONS, MAX_OPTION_CHARS
from bot.i18n import texts
from bot.i18n.texts import Texts
from generator.contract.values import Value, write_value

NOTHING = "*"  # value of the option that removes a setting; no setting has this value
MAX_MENUS = 5  # Discord's limit on rows of a message


@dataclass(frozen=True)
class Setting:
    """One setting of a person or a server."""

    name: str
    value: Value | None  # what counts; None is what the bot does by itself
    origin: str  # key of the text that says who chose it
    own: Value | None  # what this person or server chose
    offered: Sequence[Value] = ()  # what a menu offers; if nothing, the setting has no menu


def describe(settings: Sequence[Setting], scope: str, t: Texts) -> str:
    """Return a heading, and a line for each setting: its value, and who chose it."""
    lines = [t("settings_yours") if scope == "person" else t("settings_servers")]
    for one in settings:
        value = show(one.name, one.value, t)
        lines.append(t("setting", name=t(f"setting_{one.name}"), value=value, origin=t(one.origin)))
    return "\n".join(lines)


def show(name: str, value: Value | None, t: Texts) -> str:
    """Return a setting's value as people read it. None is what the bot does if nobody has chosen anything."""
    match value:
        case True | False:
            return t("setting_yes") if value else t("setting_no")
        case None:
            return t("setting_as_in_discord") if name == "language" else t("setting_any")
    return texts.language_names()[str(value)] if name == "language" else write_value(value)


def build_view(settings: Sequence[Setting], scope: str, t: Texts) -> discord.ui.View:
    """Build a menu for each setting that has one. Its custom_id tells whose setting it is, and its name."""
    view = discord.ui.View(timeout=None)
    for one in [one for one in settings if one.offered][:MAX_MENUS]:
        name = t(f"setting_{one.name}")
        values = [*one.offered, *([one.own] if one.own is not None and one.own not in one.offered else [])]
        options = [_option(name, NOTHING, t("setting_by_default"), one.own is None)]
        options += [_option(name, write_value(value), show(one.name, value, t), value == one.own) for value in values]
        custom_id = f"waifu:settings:{scope}:{one.name}"
        view.add_item(discord.ui.Select(custom_id=custom_id, options=options[-MAX_MENU_OPTIONS:]))
    view.stop()  # otherwise discord.py would keep the view forever; an item class answers choices
    return view


def _option(name: str, value: str, shown: str, is_chosen: bool) -> discord.SelectOption:
    return discord.SelectOption(label=f"{name}: {shown}"[:MAX_OPTION_CHARS], value=value, default=is_chosen)
