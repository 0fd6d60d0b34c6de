"""Defines what a submitted dialog does.

The custom_id holds the action and, if the dialog was not opened from the message of its picture, what tells the recipe
(bot/delivery/drafts.py). How a dialog looks is defined in bot/messages/modals.py, when it opens in opening.py. What was
typed into a dialog whose answer is refused is kept: a button under the refusal opens the dialog again as it was.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import discord

from bot.delivery import respond
from bot.delivery.drafts import Draft
from bot.delivery.services import Services
from bot.discord_api import Interaction
from bot.errors import NoRecipe, OneDirection
from bot.i18n import texts
from bot.interactions.components import TEMPLATE, recipe_of
from bot.interactions.opening import DIALOGS, model_of, require_model
from bot.messages import menus, modals
from bot.recipes import edits, picking, variations
from bot.recipes.preferred import prefer
from bot.recipes.request import Request, require_change, split_seeds, word_of
from generator.contract.errors import GeneratorError
from generator.contract.faces.face import Face
from generator.contract.faces.reading import read_face
from generator.contract.kinds import KINDS, MAX_SOURCES
from generator.contract.protocol import Model
from generator.contract.recipe import Recipe

_CUSTOM_ID = re.compile(rf"{TEMPLATE}(?::(?P<source>.+))?", re.DOTALL)


class Answer(NamedTuple):
    """A filled-in dialog about a picture."""

    recipe: Recipe
    fields: modals.Fields
    model: Model | None  # that draws the recipe; None if no worker has been ready yet


async def submit(interaction: Interaction, services: Services) -> None:
    """Answer a submitted dialog. Ignore other interactions, and dialogs that the bot does not know."""
    data: Any = interaction.data or {}
    match = _CUSTOM_ID.fullmatch(str(data.get("custom_id")))
    if interaction.type is not discord.InteractionType.modal_submit or not match or match["action"] not in REQUESTS:
        return
    if not services.requests.admit(interaction):
        return
    async with respond.refuse_errors(interaction, f"dialog {match['action']}"):
        fields = modals.read_fields(interaction)
        origin = _find_origin(interaction, services, match["source"] or modals.read_text(fields, "line"))
        try:
            recipe = Recipe.parse(origin.line)
            answer = Answer(recipe, fields, model_of(recipe, interaction, services))
            request = REQUESTS[match["action"]](answer)
            if request.recipe.kind != recipe.kind:
                made = prefer(request.recipe, services.requests.find_preference(interaction))
                request = replace(request, recipe=made)
            await services.requests.serve(interaction, request, private=origin.private)
        except GeneratorError as error:
            if interaction.response.is_done() or "line" in fields:
                raise
            draft = Draft(origin.line, origin.private, match["action"], fields)
            await _offer_again(interaction, services, error, draft)


def _find_origin(interaction: Interaction, services: Services, source: str) -> Draft:
    """Return the line of the picture that a dialog is about, and whether its answer is private.

    Raises DialogGone or NoRecipe if it is not known.
    """
    message = interaction.message
    private = message is not None and message.flags.ephemeral
    if not source:
        return Draft(str(recipe_of(message)), private)
    draft = services.drafts.find(source)
    return draft if draft.private is not None else replace(draft, private=private)


async def _offer_again(interaction: Interaction, services: Services, error: GeneratorError, draft: Draft) -> None:
    """Refuse an answer, with a button that opens the dialog again as it was filled in."""
    view = modals.build_reopen_view(services.drafts.keep(draft), texts.for_locale(str(interaction.locale)))
    await respond.refuse(interaction, error, view=view if draft.action in DIALOGS else discord.utils.MISSING)


def _mix(answer: Answer) -> Request:
    return _with_seeds(answer, variations.mix, MAX_SOURCES)


def _morph(answer: Answer) -> Request:
    taken = len(answer.recipe.numbers) if answer.recipe.kind == "morph" else 1
    return _with_seeds(answer, variations.morph, max(1, KINDS["morph"].count[1] - taken))


def _with_seeds(answer: Answer, change: Callable[..., Recipe], most: int) -> Request:
    typed = split_seeds(modals.read_text(answer.fields, "seed"), "seed", most)
    faces: list[Face] = list(map(read_face, typed))
    words = {
        face: word for face, text in zip(faces, typed, strict=True) if isinstance(face, int) and (word := word_of(text))
    }
    return Request(require_change(change(answer.recipe, *faces)), words)


def _edit(answer: Answer) -> Request:
    recipe, fields = answer.recipe, answer.fields
    if "change" in fields or any(name.startswith("choice") for name in fields):
        model = require_model(answer.model)
        return Request(edits.read(modals.read_changes(fields), model).apply(recipe), edited=True)
    directions = modals.read_directions(fields)  # of a dialog that an earlier version opened
    if len(directions) != 1:
        raise OneDirection()
    amount = modals.normalise_number(modals.read_text(fields, "amount"))
    return Request(variations.edit(variations.find_source(recipe), directions[0], amount))


def _moment(answer: Answer) -> Request:
    if not picking.has_moments(answer.recipe):
        raise NoRecipe()
    frame, face = (modals.read_text(answer.fields, name) for name in ("frame", "face"))
    return Request(picking.read_moment(answer.recipe, frame, face))


REQUESTS: Mapping[str, Callable[[Answer], Request]] = {
    "mix": _mix,
    "morph": _morph,
    "edit": _edit,
    menus.PICK: _moment,
}
