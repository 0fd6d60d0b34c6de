"""What buttons, menus and dialogs do. All they need is in the interaction: the action in its custom_id, the recipe in the caption
of the message that it belongs to; so they work for ever, also after a restart of everything.

Knows not how a request is answered; that is the service's.
"""

import contextlib
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import discord

from bot.delivery.service import RequestService
from bot.errors import NoRecipe, NotYours, OneDirection, unexpected
from bot.i18n import texts
from bot.messages import buttons, captions, menus, modals
from bot.messages.explain import explained
from bot.recipes import variations
from bot.recipes.request import Request, word_of
from generator.contract.errors import EngineStarting, GeneratorError, UnknownModel
from generator.contract.protocol import Model
from generator.contract.recipe import Recipe
from generator.contract.seeds import parse_seed

Interaction = discord.Interaction[Any]


@dataclass(frozen=True)
class Click:
    """One use of a button or a menu. values: what was chosen; nothing where the last choice was only taken back."""

    interaction: Interaction
    service: RequestService
    action: str
    owner: int
    values: Sequence[str] = ()

    @property
    def recipe(self) -> Recipe:
        """The recipe of the message. Raises NoRecipe."""
        return recipe_of(self.interaction.message)

    @property
    def t(self) -> texts.Texts:
        """The texts in the person's language."""
        return texts.of(str(self.interaction.locale))


def recipe_of(message: discord.Message | None) -> Recipe:
    """Return the recipe that a message of the bot's own shows. Raises NoRecipe."""
    recipe = captions.recipe_in(message.content) if message else None
    if recipe is None:
        raise NoRecipe()
    return recipe


# Buttons and menus


async def _draw(click: Click) -> None:
    await click.service.serve(click.interaction, Request(variations.WITHOUT_QUESTION[click.action](click.recipe)))


async def _explain(click: Click) -> None:
    await explain(click.interaction, click.recipe)


async def _delete(click: Click) -> None:
    interaction = click.interaction
    if interaction.user.id != click.owner and not interaction.permissions.manage_messages:
        raise NotYours()
    await buttons.insist(interaction.response.defer)
    with contextlib.suppress(discord.NotFound):  # somebody else was faster
        await interaction.delete_original_response()


async def _more(click: Click) -> None:
    if not click.values:
        await buttons.insist(click.interaction.response.defer)
        return
    await _use(Click(click.interaction, click.service, click.values[0], click.owner))


async def _pick(click: Click) -> None:
    if not click.values:
        await buttons.insist(click.interaction.response.defer)
        return
    numbered = dict(zip(map(str, range(menus.MAX_FACES)), variations.faces(click.recipe), strict=False))
    if click.values[0] not in numbered:
        raise NoRecipe()
    await click.service.serve(click.interaction, Request(numbered[click.values[0]].recipe))


async def _ask_for_seed(click: Click) -> None:
    variations.mixed(variations.face(click.recipe), 0)  # asks nothing where nothing could be made of the answer
    await ask(click.interaction, modals.asking_for_seed(click.action, click.owner, click.t))


async def _ask_for_edit(click: Click) -> None:
    model = _model(click.service, click.recipe)
    await ask(click.interaction, modals.asking_for_edit(click.owner, click.t, model, click.recipe))


def _model(service: RequestService, recipe: Recipe) -> Model:
    ready = service.queue.ready
    if ready is None:
        raise EngineStarting()
    model = service.queue.model(recipe["model"])
    if model is None:
        raise UnknownModel(model=str(recipe["model"]), known=", ".join(model.name for model in ready.models))
    return model


_USES: Mapping[str, Callable[[Click], Awaitable[None]]] = {
    **dict.fromkeys(variations.WITHOUT_QUESTION, _draw),
    "recipe": _explain,
    "delete": _delete,
    "more": _more,
    menus.PICK: _pick,
    "mix": _ask_for_seed,
    "morph": _ask_for_seed,
    "edit": _ask_for_edit,
}
TEMPLATE = rf"waifu:(?P<action>{'|'.join(_USES)})[0-9]?:(?P<owner>[0-9]+)"  # Discord allows 100 characters


async def _use(click: Click) -> None:
    if click.action not in _USES:
        raise NoRecipe()
    await _USES[click.action](click)


def item_type(service: RequestService) -> "type[discord.ui.DynamicItem[discord.ui.Item[Any]]]":
    """Return the class that answers clicks on buttons and choices from menus, for Client.add_dynamic_items."""

    class Item(discord.ui.DynamicItem[discord.ui.Item[Any]], template=TEMPLATE):
        def __init__(self, item: discord.ui.Item[Any], action: str, owner: int) -> None:
            super().__init__(item)
            self.action, self.owner = action, owner

        @classmethod
        async def from_custom_id(cls, _: Interaction, item: discord.ui.Item[Any], match: re.Match[str]) -> "Item":
            return cls(item, match["action"], int(match["owner"]))

        async def interaction_check(self, interaction: Interaction, /) -> bool:
            return service.is_new(interaction.id)

        async def callback(self, interaction: Interaction) -> None:
            data: Any = interaction.data or {}
            click = Click(
                interaction, service, self.action, self.owner, [str(value) for value in data.get("values") or ()]
            )
            await answered(interaction, _use(click), f"click on {self.action}")

    return Item


# Dialogs


async def submitted(interaction: Interaction, service: RequestService) -> None:
    """Answer a dialog that was sent; leave alone what is none of ours."""
    data: Any = interaction.data or {}
    found = re.fullmatch(TEMPLATE, str(data.get("custom_id")))
    if interaction.type is not discord.InteractionType.modal_submit or not found or found["action"] not in _MADE:
        return
    if service.is_new(interaction.id):
        await answered(interaction, _make(interaction, service, found["action"]), f"dialog {found['action']}")


async def _make(interaction: Interaction, service: RequestService, action: str) -> None:
    fields = modals.values(interaction)
    line = modals.typed(fields, "line")
    recipe = Recipe.parse(line) if line else recipe_of(interaction.message)
    await service.serve(interaction, _MADE[action](recipe, fields))


def _with_seed(change: Callable[[Recipe, int], Recipe]) -> Callable[[Recipe, modals.Fields], Request]:
    def make(recipe: Recipe, fields: modals.Fields) -> Request:
        typed = modals.typed(fields, "seed")
        seed, word = parse_seed(typed), word_of(typed)
        return Request(change(recipe, seed), {seed: word} if word else {})

    return make


def _edited(recipe: Recipe, fields: modals.Fields) -> Request:
    directions = modals.directions(fields)
    if len(directions) != 1:
        raise OneDirection()
    return Request(variations.edited(recipe, directions[0], modals.number(modals.typed(fields, "amount"))))


_MADE: Mapping[str, Callable[[Recipe, modals.Fields], Request]] = {
    "mix": _with_seed(variations.mixed),
    "morph": _with_seed(variations.morphed),
    "edit": _edited,
}


# For all of them


async def explain(interaction: Interaction, recipe: Recipe, *, thinking: bool = False) -> None:
    """Tell one person what a recipe says, with what can be made of it; thinking: they were told to wait."""
    t = texts.of(str(interaction.locale))
    content, view = explained(recipe, t), buttons.row_of_recipe(recipe, interaction.user.id, t)
    if thinking:
        await interaction.followup.send(content, view=view, ephemeral=True)
    else:
        await buttons.insist(lambda: interaction.response.send_message(content, view=view, ephemeral=True))


async def think(interaction: Interaction) -> None:
    """Tell one person to wait for what only they will see."""
    await buttons.insist(lambda: interaction.response.defer(ephemeral=True, thinking=True))


async def ask(interaction: Interaction, dialog: discord.ui.Modal) -> None:
    """Open a dialog."""
    await buttons.insist(lambda: interaction.response.send_modal(dialog))


async def answered(interaction: Interaction, work: Awaitable[None], doing: str) -> None:
    """Wait for ``work``; where it fails, say so in one sentence."""
    try:
        await work
    except GeneratorError as error:
        await buttons.refuse(interaction, error)
    except Exception:
        await buttons.refuse(interaction, unexpected(doing))
