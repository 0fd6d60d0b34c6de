"""Defines what a submitted dialog does.

The custom_id holds the action. The recipe comes from a field of the dialog, or from the message with the button or
menu that opened it. How a dialog looks is defined in bot/messages/modals.py.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import discord

from bot.delivery import respond
from bot.delivery.service import Services
from bot.discord_api import Interaction
from bot.errors import OneDirection
from bot.interactions.components import TEMPLATE, recipe_of
from bot.messages import modals
from bot.recipes import variations
from bot.recipes.request import Request, require_change, word_of
from generator.contract.faces.face import Face
from generator.contract.faces.reading import read_face
from generator.contract.recipe import Recipe


async def submit(interaction: Interaction, services: Services) -> None:
    """Answer a submitted dialog. Ignore other interactions, and dialogs that the bot does not know."""
    data: Any = interaction.data or {}
    match = re.fullmatch(TEMPLATE, str(data.get("custom_id")))
    if interaction.type is not discord.InteractionType.modal_submit or not match or match["action"] not in REQUESTS:
        return
    if not services.requests.admit(interaction):
        return
    async with respond.refuse_errors(interaction, f"dialog {match['action']}"):
        fields = modals.read_fields(interaction)
        line = modals.read_text(fields, "line")
        recipe = Recipe.parse(line) if line else recipe_of(interaction.message)
        await services.requests.serve(interaction, REQUESTS[match["action"]](recipe, fields))


def _with_seed(change: Callable[[Recipe, Face], Recipe]) -> Callable[[Recipe, modals.Fields], Request]:
    def make(recipe: Recipe, fields: modals.Fields) -> Request:
        typed = modals.read_text(fields, "seed")
        face, word = read_face(typed), word_of(typed)
        return Request(require_change(change(recipe, face)), {face: word} if word and isinstance(face, int) else {})

    return make


def _edit(recipe: Recipe, fields: modals.Fields) -> Request:
    directions = modals.read_directions(fields)
    if len(directions) != 1:
        raise OneDirection()
    return Request(variations.edit(recipe, directions[0], modals.normalise_number(modals.read_text(fields, "amount"))))


REQUESTS: Mapping[str, Callable[[Recipe, modals.Fields], Request]] = {
    "mix": _with_seed(variations.mix),
    "morph": _with_seed(variations.morph),
    "edit": _edit,
}
