"""Names and descriptions of commands, options and choices in people's own languages. Knows no sentences; see bot/i18n/texts.py.

English stands in the code; other languages are in their catalogues, under the keys that bot/i18n/languages/en.ftl describes.
"""

import re
from typing import Any

from discord import Locale, app_commands
from discord.app_commands import TranslationContextLocation as Place

from bot.i18n import texts
from bot.i18n.texts import SOURCE, Texts

_NAMES = (Place.command_name, Place.group_name)
_DESCRIPTIONS = (Place.command_description, Place.group_description)


class Translator(app_commands.Translator):
    """Asked by discord.py for each text of each command, once for every locale that Discord has."""

    async def translate(
        self, string: app_commands.locale_str, locale: Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        """Return the text in that language, or None where the English one will do."""
        t = texts.of(locale.value)
        return None if t.language == SOURCE else translated(t, string.message, context.location, context.data)


def translated(t: Texts, english: str, place: Place, data: Any) -> str | None:
    """Return what stands at that place of a command, option or choice in the language of ``said``; None where it lacks it."""
    if place == Place.choice_name:
        return t.own(f"choice-{slug(english)}")
    if place == Place.parameter_name:
        return t.own(f"option-{slug(english)}")
    if place == Place.parameter_description:
        key = f"option-{slug(data.display_name)}"
        return t.own(key, slug(data.command.qualified_name)) or t.own(key, "description")
    if place in _NAMES + _DESCRIPTIONS:
        kind = "menu" if isinstance(data, app_commands.ContextMenu) else "command"
        return t.own(f"{kind}-{slug(data.qualified_name)}", "description" if place in _DESCRIPTIONS else None)
    return None


def slug(english: str) -> str:
    """Return a name as keys have it: "Show recipe" as "show-recipe"."""
    return re.sub(r"[^a-z0-9]+", "-", english.lower()).strip("-")
