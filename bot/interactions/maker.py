"""Opens the maker, and defines what the menus and buttons of its panel do: each click makes the next panel.

The panel's message says which face it shows, should its panel be known no more. How a panel looks is defined in
bot/messages/maker.py, and what its steps are in bot/recipes/panel.py.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from bot.delivery import respond
from bot.delivery.services import Services
from bot.discord_api import Interaction
from bot.errors import NoRecipe, NotYourPanel
from bot.i18n import texts
from bot.interactions import collection, items, posting
from bot.interactions.repeats import Repeats
from bot.messages import captions, maker
from bot.recipes import panel as panels
from bot.recipes.panel import Panel
from bot.recipes.request import Request
from generator.contract.errors import EngineStarting
from generator.contract.protocol import Model
from generator.contract.recipe import Recipe

TEMPLATE = r"maker:(?P<action>[a-z]+):(?P<owner>[0-9]+)"


async def open_maker(
    interaction: Interaction, services: Services, panel: Panel, words: Mapping[int, str] | None = None
) -> None:
    """Show a panel in a new message that only the person who asked sees. ``words`` were typed for its seeds."""
    await services.requests.serve(interaction, Request(panel.recipe, words or {}), private=True, panel=panel)


def item_type(services: Services) -> items.ItemType:
    """Return the item class, for Client.add_dynamic_items, that answers clicks on panels."""

    repeats = Repeats()

    async def act(interaction: Interaction, match: re.Match[str]) -> None:
        if interaction.user.id != int(match["owner"]):
            raise NotYourPanel()
        await _act(interaction, services, match["action"], items.choice_of(interaction, repeats))

    return items.item_type(TEMPLATE, services.requests.admit, act)


def model_of(recipe: Recipe, services: Services) -> Model:
    """Return the model that draws a recipe.

    Raises EngineStarting if no model is known yet, and UnknownModel if this one is not offered any more.
    """
    ready = services.queue.ready
    if ready is None:
        raise EngineStarting()
    return ready.model(recipe.model or ready.models[0].name)


async def _act(interaction: Interaction, services: Services, action: str, values: Sequence[str]) -> None:
    before = await _panel_of(interaction, services)
    if action == maker.POST:
        await posting.post(interaction, services, before.recipe)
    elif action == maker.KEEP:
        await collection.keep(interaction, services, before.recipe)
    elif action in panels.STEPS:
        await _show(interaction, services, before, panels.STEPS[action](before))
    elif action not in CHOICES:
        raise NoRecipe()
    elif not values:  # a choice that nobody remembers was taken back
        await respond.acknowledge_silently(interaction)
    else:
        model = model_of(before.recipe, services)
        await _show(interaction, services, before, CHOICES[action](before, values[0], model))


async def _panel_of(interaction: Interaction, services: Services) -> Panel:
    """Return the panel that was clicked. Raises NoRecipe if neither the bot nor the message knows its face."""
    message = interaction.message
    shown = captions.recipe_in(message.content) if message else None
    panel = await services.panels.get(message.id, shown) if message else None
    if panel is not None:
        return panel
    if shown is None:
        raise NoRecipe()
    return panels.open_panel(shown)


async def _show(interaction: Interaction, services: Services, before: Panel, after: Panel) -> None:
    """Show what a click made of a panel: another picture, or if that stays, other menus."""
    if after.recipe != before.recipe:
        request = Request(after.recipe)
        await services.requests.serve(interaction, request, private=True, in_place=True, panel=after)
        return
    if after == before:
        await respond.acknowledge_silently(interaction)
        return
    assert interaction.message is not None
    t, person = texts.for_locale(str(interaction.locale)), interaction.user.id
    view = maker.build_view(after, model_of(after.recipe, services), person, t)
    await services.panels.keep(interaction.message.id, person, after)
    await respond.edit_view(interaction, view)


def _choose_aspect(panel: Panel, value: str, model: Model) -> Panel:
    return panels.choose_aspect(panel, value)


def _choose_value(panel: Panel, value: str, model: Model) -> Panel:
    aspect, _, chosen = value.partition("=")
    return panels.change(panels.choose_aspect(panel, aspect), aspect, chosen, model)


def _choose_page(panel: Panel, value: str, model: Model) -> Panel:
    which, _, page = value.partition("=")
    if not (which.isdecimal() and page.isdecimal()):
        raise NoRecipe()
    return panels.open_page(panel, int(which), int(page))


# What a choice from a menu makes of a panel.
CHOICES: Mapping[str, Callable[[Panel, str, Model], Panel]] = {
    maker.ASPECT: _choose_aspect,
    maker.VALUE: _choose_value,
    maker.PAGE: _choose_page,
}
