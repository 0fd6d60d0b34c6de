"""/waifubot model: lists the models, and chooses which one draws for a person or a server."""

import re
from typing import Any

import discord
from discord import app_commands

from bot.commands import options
from bot.delivery import respond
from bot.delivery.services import Services
from bot.discord_api import MAX_CONTENT_CHARS, MAX_MENU_OPTIONS, MAX_OPTION_CHARS, Interaction
from bot.errors import NotYourServer, ServersOnly
from bot.i18n import texts
from bot.i18n.texts import escape
from bot.interactions import items
from bot.queue.queue import RenderQueue
from bot.storage.preferences import Preferences, Scope
from generator.contract.errors import EngineStarting
from generator.contract.protocol import Model, Ready

MENU_ID = "waifu:model:mine"
NO_PREFERENCE = "*"  # value of the menu's first option; no model can have this name
MAX_LISTED = MAX_MENU_OPTIONS - 1  # models in the menu; its first option is "no preference"
MAX_LIST_CHARS = 1700  # leaves room in the message for line breaks and one more sentence
MAX_TRAITS = 5  # how many traits the list names for each model


def build_command(services: Services) -> app_commands.Group:
    """Build the /waifubot model commands."""
    queue, preferences = services.queue, services.preferences
    group = app_commands.Group(
        name="model", description="See which models can draw, and choose which one draws for you"
    )

    @group.command(name="list")
    async def list_(interaction: Interaction) -> None:
        """Show the models that can draw, and choose yours from a menu."""
        content, menu = list_models(_require_ready(queue), preferences, interaction)
        await respond.send(interaction, content, view=menu)

    @group.command()
    async def info(interaction: Interaction, model: options.ModelName | None = None) -> None:
        """Show what a model draws, and which traits it knows.

        Args:
            model: Which model; the one that draws for you if left out
        """
        ready = _require_ready(queue)
        described = queue.model(_name_here(model, ready), interaction.user.id, interaction.guild_id)
        assert described is not None
        await respond.send(interaction, _describe(described, ready, texts.for_locale(str(interaction.locale))))

    @group.command()
    async def choose(interaction: Interaction, model: options.ModelName | None = None) -> None:
        """Choose which model draws for you, wherever you are.

        Args:
            model: Which model draws for you; leave out to clear your choice
        """
        await _choose(interaction, services, "person", interaction.user.id, model)

    @group.command()
    async def server(interaction: Interaction, model: options.ModelName | None = None) -> None:
        """Choose which model draws on this server for people who chose none (needs Manage Server).

        Args:
            model: Which model; leave it out to remove the server's choice
        """
        if interaction.guild_id is None:
            raise ServersOnly()
        if not interaction.permissions.manage_guild:
            raise NotYourServer()
        await _choose(interaction, services, "server", interaction.guild_id, model)

    subcommands: tuple[app_commands.Command[Any, ..., Any], ...] = (info, choose, server)
    for subcommand in subcommands:
        subcommand.autocomplete("model")(options.models(queue))
    return group


def menu_type(services: Services) -> items.ItemType:
    """Return the item class, for Client.add_dynamic_items, that answers the menu under the list of models."""

    async def choose(interaction: Interaction, _: re.Match[str]) -> None:
        ready, preferences = _require_ready(services.queue), services.preferences
        value = items.values_of(interaction)[0]
        name = None if value == NO_PREFERENCE else _name_here(value, ready)
        kept = await preferences.choose("person", interaction.user.id, name)
        content, menu = list_models(ready, preferences, interaction)
        await respond.edit(interaction, _with_warning(content, kept, interaction), menu)

    return items.item_type(MENU_ID, services.requests.admit, choose)


async def _choose(interaction: Interaction, services: Services, whose: Scope, id_: int, name: str | None) -> None:
    """Save a choice, and say which model draws now. Raises UnknownModel if the worker does not offer the model."""
    ready, t = _require_ready(services.queue), texts.for_locale(str(interaction.locale))
    known, earlier = _name_here(name, ready), services.preferences.get(whose, id_)
    kept = await services.preferences.choose(whose, id_, known)
    drawing = services.queue.model(name, interaction.user.id if whose == "person" else None, interaction.guild_id)
    assert drawing is not None
    now, cleared, never = {
        "person": ("model_yours", "model_not_yours", "model_never_yours"),
        "server": ("model_servers", "model_not_servers", "model_never_servers"),
    }[whose]
    key = now if name is not None else never if earlier is None else cleared
    await respond.send(interaction, _with_warning(t(key, model=drawing.name), kept, interaction))


def _with_warning(content: str, kept: bool, interaction: Interaction) -> str:
    """Add to an answer, if the choice is not on the disk, that a restart may forget it."""
    return content if kept else f"{content}\n{texts.for_locale(str(interaction.locale))('model_not_kept')}"


def _require_ready(queue: RenderQueue) -> Ready:
    """Return what the worker offers. Raises EngineStarting if that is not known yet."""
    if queue.ready is None:
        raise EngineStarting()
    return queue.ready


def _name_here(name: str | None, ready: Ready) -> str | None:
    """Return the name by which a model is offered. Raises UnknownModel if the worker does not offer it."""
    return None if name is None else ready.model(name).name


def list_models(ready: Ready, preferences: Preferences, interaction: Interaction) -> tuple[str, discord.ui.View]:
    """Build the list of models, with the person's and the server's choices marked, and the menu under it."""
    t = texts.for_locale(str(interaction.locale))
    chosen, servers = preferences.get("person", interaction.user.id), preferences.get("server", interaction.guild_id)
    yours = ready.offered(chosen) if chosen else None
    marks = {ready.models[0].name: [t("model_default")]}
    for model, key in ((ready.offered(servers) if servers else None, "model_of_server"), (yours, "model_of_you")):
        if model is not None:
            marks.setdefault(model.name, []).append(t(key))
    lines = [t("model_head")]
    for model in ready.models:
        title = f" ({escape(model.title)})" if model.title else ""
        about = [f"**{model.name}**{title}", _summarize(model, t), *(f"*{mark}*" for mark in marks.get(model.name, []))]
        lines.append(" · ".join(about))
        if sum(map(len, lines)) > MAX_LIST_CHARS:
            lines[-1] = "…"
            break
    if chosen is not None and yours is None:
        lines.append(t("model_gone", model=chosen))
    return "\n".join(lines), _menu(ready, yours, t)


def _menu(ready: Ready, yours: Model | None, t: texts.Texts) -> discord.ui.View:
    choices = [discord.SelectOption(label=t("model_no_choice"), value=NO_PREFERENCE, default=yours is None)]
    for model in ready.models[:MAX_LISTED]:
        about = f"{model.name} · {_summarize(model, t)}" if model.title else _summarize(model, t)
        choices.append(
            discord.SelectOption(
                label=model.title or model.name,
                value=model.name,
                description=about[:MAX_OPTION_CHARS],
                default=model == yours,
            )
        )
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Select(custom_id=MENU_ID, placeholder=t("model_menu"), options=choices))
    view.stop()  # otherwise discord.py would keep the view forever; the item class above answers choices
    return view


def _summarize(model: Model, t: texts.Texts) -> str:
    if not model.traits:
        return t("model_plain", side=_show_size(model))
    names = [_name_trait(trait, t) for trait in [*model.traits][:MAX_TRAITS]]
    more = ["…"] if len(model.traits) > MAX_TRAITS else []
    return t("model_about", side=_show_size(model), traits=", ".join(names + more))


def _show_size(model: Model) -> int | str:
    """Return the side of a model's pictures in pixels, or both sides if they are no squares."""
    width, height = model.size
    return width if width == height else f"{width} × {height}"


def _name_trait(trait: str, t: texts.Texts) -> str:
    """Return a trait's name as people read it. The English catalogue has none: they are English words."""
    return t.lookup(f"trait-{trait}") or trait.replace("_", "-").replace("-", " ")


def _describe(model: Model, ready: Ready, t: texts.Texts) -> str:
    width, height = model.size
    lines = [t("model_info", model=model.name, width=width, height=height, digest=model.digest)]
    for trait, values in model.traits.items():
        known = ", ".join(t.lookup(f"trait-{trait}", value) or value for value in values) or t("model_numbers")
        lines.append(f"**{_name_trait(trait, t)}**: {known}")
    if not model.traits:
        lines.append(t("model_no_traits"))
    if model.title:
        lines.append(t("model_title", title=escape(model.title)))
    if model.aliases:
        lines.append(t("model_aliases", names=", ".join(model.aliases)))
    if model == ready.models[0]:
        lines.append(t("model_is_default"))
    content = "\n".join(lines)
    return content if len(content) <= MAX_CONTENT_CHARS else content[: MAX_CONTENT_CHARS - 1] + "…"
