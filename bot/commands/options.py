"""Options that several commands share: their types, ranges and suggestions. Knows not what a command does with them."""

from collections.abc import Callable, Coroutine
from typing import Any

import discord
from discord import app_commands

from bot import traits
from bot.studio import Studio
from generator.recipe import MAX_SEED_CHARS

Interaction = discord.Interaction[Any]
Choices = list[app_commands.Choice[str]]
Complete = Callable[[Interaction, str], Coroutine[Any, Any, Choices]]

Seed = app_commands.Range[str, 1, MAX_SEED_CHARS]
Psi = app_commands.Range[float, -2.0, 2.0]
Traits = app_commands.Range[str, 1, traits.MAX_TRAITS_CHARS]
ModelName = app_commands.Range[str, 1, 24]


def models(studio: Studio) -> Complete:
    """Suggest the networks that there are."""

    async def complete(_: Interaction, typed: str) -> Choices:
        names = [model.name for model in (studio.ready.models if studio.ready else ())]
        return _choices([name for name in names if typed.lower() in name])

    return complete


def traits_of_model(studio: Studio) -> Complete:
    """Suggest how to go on typing traits, for the network that is chosen in the same command."""

    async def complete(interaction: Interaction, typed: str) -> Choices:
        model = studio.model(getattr(interaction.namespace, "model", None) or None)
        return _choices(traits.complete(typed, model.traits) if model else [])

    return complete


def _choices(texts: list[str]) -> Choices:
    return [app_commands.Choice(name=text, value=text) for text in texts[: traits.MAX_CHOICES]]
