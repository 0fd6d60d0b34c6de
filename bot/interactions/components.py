"""Defines what the buttons and menus under a picture do.

The custom_id holds the action, and the caption holds the recipe. The request service answers the resulting request.
"""

import contextlib
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import discord

from bot.delivery import respond
from bot.delivery.services import Services
from bot.discord_api import Interaction
from bot.errors import NoRecipe, NotYours
from bot.i18n import texts
from bot.interactions import collection, items, maker, opening, posting
from bot.interactions.repeats import Repeats
from bot.messages import buttons, captions, menus
from bot.messages.explain import explain_recipe
from bot.recipes import earlier_menus, picking, variations
from bot.recipes import panel as panels
from bot.recipes.request import Request
from generator.contract.cells import cell
from generator.contract.errors import NoSuchFace
from generator.contract.recipe import Recipe

# What changes the picture of one's own message in place. Everybody else gets the result in a new message.
IN_PLACE = ("again", "alike", *variations.PSI_ACTIONS)


@dataclass(frozen=True)
class Click:
    """One click on a button, or one choice from a menu."""

    interaction: Interaction
    services: Services
    action: str  # a key of ACTIONS
    owner: int  # id of the person who asked for the picture
    values: Sequence[str] = ()  # what was chosen from a menu; empty for a button, or if a choice was taken back
    of_source: bool = False  # whether it acts on the face of which the picture is made, as earlier menus did

    @property
    def recipe(self) -> Recipe:
        """The recipe of the message. Raises NoRecipe if the message shows none."""
        recipe = recipe_of(self.interaction.message)
        return variations.find_source(recipe) if self.of_source else recipe

    @property
    def is_on_own_picture(self) -> bool:
        """Whether the message shows a picture for which the person who clicked had asked."""
        message = self.interaction.message
        return message is not None and bool(message.attachments) and self.interaction.user.id == self.owner

    @property
    def t(self) -> texts.Texts:
        """The texts in the language of the person who clicked."""
        return texts.for_locale(str(self.interaction.locale))


def recipe_of(message: discord.Message | None) -> Recipe:
    """Return the recipe in one of the bot's own messages. Raises NoRecipe if there is no recipe or no message."""
    recipe = captions.recipe_in(message.content) if message else None
    if recipe is None:
        raise NoRecipe()
    return recipe


def tells_story(message: discord.Message | None) -> bool:
    """Return whether one of the bot's own messages tells the story of its face."""
    return message is not None and bool(message.embeds)


async def explain(interaction: Interaction, recipe: Recipe) -> None:
    """Send the explanation of a recipe, with buttons and menus. Only the person who asked sees it."""
    t = texts.for_locale(str(interaction.locale))
    view = buttons.build_recipe_view(recipe, interaction.user.id, t)
    await respond.send(interaction, explain_recipe(recipe, t), view=view)


def shows_edit(message: discord.Message | None) -> bool:
    """Return whether one of the bot's own messages shows a face about which something was changed."""
    rows = message.components if message is not None else []
    parts = (part for row in rows for part in getattr(row, "children", ()))
    return any((getattr(part, "custom_id", None) or "").startswith("waifu:alike:") for part in parts)


async def _draw(click: Click) -> None:
    recipe = variations.ACTIONS_WITHOUT_DIALOG[click.action](click.recipe)
    goes_on, message = click.action in IN_PLACE, click.interaction.message
    request = Request(recipe, story=goes_on and tells_story(message), edited=goes_on and shows_edit(message))
    await click.services.requests.serve(click.interaction, request, in_place=goes_on and click.is_on_own_picture)


async def _post(click: Click) -> None:
    shown = click.interaction.message
    await posting.post(
        click.interaction, click.services, click.recipe, story=tells_story(shown), edited=shows_edit(shown)
    )


async def _explain(click: Click) -> None:
    await explain(click.interaction, click.recipe)


async def _delete(click: Click) -> None:
    interaction = click.interaction
    if interaction.user.id != click.owner and not interaction.permissions.manage_messages:
        raise NotYours()
    await respond.acknowledge_silently(interaction)
    if interaction.message is not None:
        click.services.requests.withdraw(interaction.message.id, in_place=True)
    with contextlib.suppress(discord.NotFound):  # somebody else deleted it first
        await interaction.delete_original_response()


async def _choose_next(click: Click) -> None:
    if not click.values:
        await respond.acknowledge_silently(click.interaction)
        return
    await _act(replace(click, action=click.values[0], values=()))


async def _choose_more(click: Click) -> None:
    """Answer the menu of earlier versions, which went on from the face of which a picture was made."""
    await _choose_next(replace(click, of_source=True))


async def _pick(click: Click) -> None:
    if not click.values:
        await respond.acknowledge_silently(click.interaction)
        return
    value, recipe = click.values[0], click.recipe
    if value == menus.MOMENT:
        if not picking.has_moments(recipe):
            raise NoRecipe()
        await _ask(click)
        return
    if not re.fullmatch("[0-9]{1,6}", value, re.ASCII):
        raise NoRecipe()
    try:
        face = cell(recipe, int(value))
    except NoSuchFace:
        raise NoRecipe() from None
    await click.services.requests.serve(click.interaction, Request(face))


async def _pick_earlier(click: Click) -> None:
    """Answer the menu of earlier versions, whose entries have their own order."""
    if not click.values:
        await respond.acknowledge_silently(click.interaction)
        return
    faces = dict(
        zip(map(str, range(menus.MAX_OPTIONS * menus.MAX_MENUS)), earlier_menus.faces(click.recipe), strict=False)
    )
    if click.values[0] not in faces:
        raise NoRecipe()
    await click.services.requests.serve(click.interaction, Request(faces[click.values[0]]))


async def _tell_story(click: Click) -> None:
    face = variations.extract_face(click.recipe)
    await click.services.requests.serve(click.interaction, Request(face, story=True))


async def _keep(click: Click) -> None:
    await collection.keep(click.interaction, click.services, click.recipe)


async def _ask(click: Click) -> None:
    source = click.services.drafts.carry(click.recipe) if click.of_source else ""
    question = opening.Question(click.action, click.recipe, click.owner, source)
    await opening.ask(click.interaction, click.services, question)


async def _ask_for_change(click: Click) -> None:
    await _ask(replace(click, action="edit"))


async def _ask_for_edit(click: Click) -> None:
    if any(maker.model_of(click.recipe, click.services).traits.values()):
        await maker.open_maker(click.interaction, click.services, panels.open_panel(click.recipe))
    else:
        await _ask(click)


ACTIONS: Mapping[str, Callable[[Click], Awaitable[None]]] = {
    **dict.fromkeys(variations.ACTIONS_WITHOUT_DIALOG, _draw),
    "recipe": _explain,
    "post": _post,
    "delete": _delete,
    menus.NEXT: _choose_next,
    menus.PICK: _pick,
    "more": _choose_more,
    "pick": _pick_earlier,
    "mix": _ask,
    "morph": _ask,
    "edit": _ask_for_edit,
    "change": _ask_for_change,
    "story": _tell_story,
    "keep": _keep,
}
TEMPLATE = rf"waifu:(?P<action>{'|'.join(ACTIONS)})[0-9]?:(?P<owner>[0-9]+)"


async def _act(click: Click) -> None:
    if click.action not in ACTIONS:
        raise NoRecipe()
    await ACTIONS[click.action](click)


def item_type(services: Services) -> items.ItemType:
    """Return the item class, for Client.add_dynamic_items, that answers the buttons and menus under pictures."""

    repeats = Repeats()

    async def act(interaction: Interaction, match: re.Match[str]) -> None:
        values = items.choice_of(interaction, repeats)
        await _act(Click(interaction, services, match["action"], int(match["owner"]), values))

    return items.item_type(TEMPLATE, services.requests.admit, act)
