"""/daily: draws the face of the day, which is another one for each person, and counts the days in a row."""

import hashlib
from datetime import date
from typing import Any

from discord import app_commands

from bot.delivery.services import Services
from bot.discord_api import Interaction
from bot.errors import StateAway
from bot.i18n import texts
from bot.recipes.request import Request
from generator.contract.recipe import Recipe


def build_command(services: Services) -> app_commands.Command[Any, ..., None]:
    """Build the /daily command."""

    @app_commands.command()
    async def daily(interaction: Interaction, private: bool | None = None) -> None:
        """Draw your face of the day, and see how many days in a row you have come.

        Args:
            private: Show the picture only to you; with Post you show it to everybody later
        """
        day = interaction.created_at.date()  # by Discord's clock, in UTC
        person, t = interaction.user.id, texts.for_locale(str(interaction.locale))
        try:
            days = await services.people.days.come(person, day.toordinal())
        except StateAway:
            days = 1  # a face is better than a count
        heading = t("daily", date=day.isoformat(), days=days)
        recipe = Recipe.make("waifu", seed_of_day(person, day))
        # The face is the same everywhere, so it does not matter what the person or the server prefers.
        request = Request(recipe, by_default=True, heading=heading)
        await services.requests.serve(interaction, request, private=private)

    return daily


def seed_of_day(person: int, day: date) -> int:
    """Return the seed of a person's face of the day, 0 to 2**32 - 1. It is the same for ever."""
    return int.from_bytes(hashlib.sha256(f"{person} {day.isoformat()}".encode()).digest()[:4], "big")
