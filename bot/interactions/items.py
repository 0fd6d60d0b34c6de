"""The base of every button and menu: found by its custom_id, each click is let in once, and its errors are answered.

Does not know what a click does. All that is needed is in the interaction, so buttons work forever, after any restart.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import discord

from bot.delivery import respond
from bot.discord_api import Interaction

ItemType = type[discord.ui.DynamicItem[discord.ui.Item[Any]]]
Act = Callable[[Interaction, re.Match[str]], Awaitable[None]]
IsNew = Callable[[int], bool]


def item_type(template: str, is_new: IsNew, act: Act) -> ItemType:
    """Return the class for Client.add_dynamic_items that calls ``act`` when an item with such a custom_id is used.

    template: a regular expression for the whole custom_id, of which Discord allows 100 characters.
    """

    class Item(discord.ui.DynamicItem[discord.ui.Item[Any]], template=template):
        def __init__(self, item: discord.ui.Item[Any], match: re.Match[str]) -> None:
            super().__init__(item)
            self._match = match

        @classmethod
        async def from_custom_id(cls, _: Interaction, item: discord.ui.Item[Any], match: re.Match[str]) -> "Item":
            return cls(item, match)

        async def interaction_check(self, interaction: Interaction, /) -> bool:
            return is_new(interaction.id)

        async def callback(self, interaction: Interaction) -> None:
            async with respond.refuse_errors(interaction, f"click on {self.custom_id}"):
                await act(interaction, self._match)

    return Item


def values_of(interaction: Interaction) -> list[str]:
    """Return what was chosen from a menu; nothing for a button, and for a choice that was taken back."""
    data: Any = interaction.data or {}
    return [str(value) for value in data.get("values") or ()]
