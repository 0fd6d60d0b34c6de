"""Translates the names and descriptions of commands, options and choices, when the commands are registered.

Sentences are translated by bot/i18n/texts.py. The English names and descriptions are in the code. The translations are
in the catalogues, under the keys that bot/i18n/languages/en.ftl describes.
"""

from functools import cache
from typing import Any

from discord import Locale, app_commands
from discord.app_commands import TranslationContextLocation as Place

from bot.i18n import texts
from bot.i18n.texts import SOURCE, Texts
from generator.contract.names import slug

_NAMES = (Place.command_name, Place.group_name)
_DESCRIPTIONS = (Place.command_description, Place.group_description)


class Translator(app_commands.Translator):
    """Translates for discord.py, which asks for each text of each command in every locale that Discord has."""

    def __init__(self) -> None:
        super().__init__()
        self._texts_for = cache(texts.for_locale)

    async def translate(
        self, string: app_commands.locale_str, locale: Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        """Return the text in the language of ``locale``, or None to keep the English one."""
        t = self._texts_for(locale.value)
        return None if t.language == SOURCE else translate(t, string.message, context.location, context.data)


def translate(t: Texts, english: str, place: Place, data: Any) -> str | None:
    """Return the translation of a name or description of a command, option or choice. Return None if ``t`` has none.

    ``place`` says what kind of text it is, such as the name of a command; ``data`` is the command, option or choice.
    """
    if place == Place.choice_name:
        if english in texts.language_names().values():
            return english  # a language is called by its own name everywhere
        return t.lookup(f"choice-{slug(english)}")
    if place == Place.parameter_name:
        return t.lookup(f"option-{slug(english)}")
    if place == Place.parameter_description:
        key = f"option-{slug(data.display_name)}"
        return t.lookup(key, slug(data.command.qualified_name)) or t.lookup(key, "description")
    if place in _NAMES + _DESCRIPTIONS:
        kind = "menu" if isinstance(data, app_commands.ContextMenu) else "command"
        return t.lookup(f"{kind}-{slug(data.qualified_name)}", "description" if place in _DESCRIPTIONS else None)
    return None
