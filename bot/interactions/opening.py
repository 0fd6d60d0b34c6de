"""Opens the dialogs: each asks how to go on from the face of a picture. How they look is in bot/messages/modals.py.

What a submitted dialog does is in dialogs.py.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import discord

from bot.delivery import respond
from bot.delivery.drafts import Draft
from bot.delivery.services import Services
from bot.discord_api import Interaction
from bot.i18n import texts
from bot.interactions import items
from bot.messages import menus, modals
from bot.recipes import variations
from generator.contract.errors import EngineStarting
from generator.contract.protocol import Model
from generator.contract.recipe import Recipe

REOPEN = rf"waifu:reopen:(?P<key>{re.escape('#')}[0-9a-f]+)"


@dataclass(frozen=True)
class Question:
    """What a dialog asks about, and for whom."""

    action: str  # a key of DIALOGS
    recipe: Recipe  # of the picture
    owner: int  # id of the person who asked for the picture
    source: str = ""  # tells the recipe if the answer comes without the message (see delivery/drafts.py)
    typed: modals.Fields = field(default_factory=dict)  # what was filled in before


async def ask(interaction: Interaction, services: Services, question: Question) -> None:
    """Answer an interaction by opening a dialog. Raises GeneratorError if no answer to it could be used."""
    t = texts.for_locale(str(interaction.locale))
    model = model_of(question.recipe, interaction, services)
    await respond.open_dialog(interaction, DIALOGS[question.action](question, model, t))


def model_of(recipe: Recipe, interaction: Interaction, services: Services) -> Model | None:
    """Return the model that draws a recipe, or None if no worker has been ready yet or it has no such model."""
    return services.queue.model(recipe.model, interaction.user.id, interaction.guild_id)


def _ask_for_mix(question: Question, model: Model | None, t: texts.Texts) -> discord.ui.Modal:
    variations.mix(question.recipe, 0)
    return modals.build_seed_dialog("mix", question.owner, t, question.source, question.typed)


def _ask_for_morph(question: Question, model: Model | None, t: texts.Texts) -> discord.ui.Modal:
    variations.morph(question.recipe, 0)
    return modals.build_seed_dialog("morph", question.owner, t, question.source, question.typed)


def _ask_for_change(question: Question, model: Model | None, t: texts.Texts) -> discord.ui.Modal:
    variations.extract_face(question.recipe)
    return modals.build_edit_dialog(question.owner, t, require_model(model), question.source, question.typed)


def _ask_for_moment(question: Question, model: Model | None, t: texts.Texts) -> discord.ui.Modal:
    return modals.build_moment_dialog(question.owner, t, question.recipe, question.source, question.typed)


def require_model(model: Model | None) -> Model:
    """Return the model. Raises EngineStarting if there is none yet."""
    if model is None:
        raise EngineStarting()
    return model


# Action -> builds its dialog; raises GeneratorError before it opens if no answer could be used.
DIALOGS: Mapping[str, Callable[[Question, Model | None, texts.Texts], discord.ui.Modal]] = {
    "mix": _ask_for_mix,
    "morph": _ask_for_morph,
    "edit": _ask_for_change,
    menus.PICK: _ask_for_moment,
}


def reopen_type(services: Services) -> items.ItemType:
    """Return the item class, for Client.add_dynamic_items, that opens a dialog again as it was filled in."""

    async def reopen(interaction: Interaction, match: re.Match[str]) -> None:
        key = match["key"]
        draft: Draft = services.drafts.find(key)
        recipe = Recipe.parse(draft.line)
        await ask(interaction, services, Question(draft.action, recipe, interaction.user.id, key, draft.fields))

    return items.item_type(REOPEN, services.requests.admit, reopen)
