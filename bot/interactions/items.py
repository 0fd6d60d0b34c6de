"""Makes the classes that answer buttons and menus. An item is recognised by its custom_id.

A click that Discord delivers twice is answered once, and an error is answered with one sentence. A click's interaction
holds all that is needed to answer it, so buttons work forever, also after a restart of the bot.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import discord

from bot.delivery import respond
from bot.discord_api import Interaction
from bot.interactions.repeats import Repeats

ItemType = type[discord.ui.DynamicItem[discord.ui.Item[Any]]]
Act = Callable[[Interaction, re.Match[str]], Awaitable[None]]
Admit = Callable[[Interaction], bool]


def item_type(template: str, admit: Admit, act: Act) -> ItemType:
    """Return an item class, for Client.add_dynamic_items, that calls ``act`` when a matching item is used.

    ``template`` is a regular expression for the whole custom_id, which Discord limits to 100 characters.
    ``admit`` returns whether an interaction has arrived for the first time.
    """

    class Item(discord.ui.DynamicItem[discord.ui.Item[Any]], template=template):
        def __init__(self, item: discord.ui.Item[Any], match: re.Match[str]) -> None:
            super().__init__(item)
            self._match = match

        @classmethod
        async def from_custom_id(cls, _: Interaction, item: discord.ui.Item[Any], match: re.Match[str]) -> "Item":
            return cls(item, match)

        async def interaction_check(self, interaction: Interaction, /) -> bool:
            return admit(interaction)

        async def callback(self, interaction: Interaction) -> None:
            async with respond.refuse_errors(interaction, f"click on {self.custom_id}"):
                await act(interaction, self._match)

    return Item


def choice_of(interaction: Interaction, repeats: Repeats) -> Sequence[str]:
    """Return the values chosen from a menu, also if an entry was chosen again; nothing for a button.

    ``repeats`` remembers what was chosen before. An entry that the menu does not offer any more is not chosen again.
    """
    values, message = values_of(interaction), interaction.message
    if not is_menu(interaction) or message is None:
        return values
    data: Any = interaction.data or {}
    menu = str(data.get("custom_id"))
    chosen = repeats.complete(message.id, menu, interaction.user.id, values)
    return chosen if values or set(chosen) <= _offered(message, menu) else ()


def _offered(message: discord.Message, menu: str) -> set[str]:
    """Return the values of the options of a menu in a message."""
    parts: list[Any] = [part for row in message.components for part in getattr(row, "children", ())]
    return {option.value for part in parts if part.custom_id == menu for option in part.options}


def values_of(interaction: Interaction) -> list[str]:
    """Return the values chosen from a menu. The list is empty for a button, or if a choice was taken back."""
    data: Any = interaction.data or {}
    return [str(value) for value in data.get("values") or ()]


def is_menu(interaction: Interaction) -> bool:
    """Return whether a menu was used, not a button."""
    data: Any = interaction.data or {}
    return bool(data.get("component_type") == discord.ComponentType.select.value)
