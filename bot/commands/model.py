"""/model: which networks there are, and which one draws for whom."""

import re
from typing import Any

import discord
from discord import app_commands

from bot.commands import options
from bot.delivery.service import RequestService
from bot.errors import NotYourServer, ServersOnly, unexpected
from bot.i18n import texts
from bot.messages import buttons
from bot.storage.preferences import ModelPreferences, Whose
from generator.contract.errors import EngineStarting, GeneratorError, UnknownModel
from generator.contract.protocol import Model, Ready

MENU_ID = "waifu:model:mine"
NO_CHOICE = "*"  # in the menu; no network has such a name
MAX_LISTED = 24  # a menu holds 25
MAX_LIST_CHARS = 1700  # of the 2,000 of a message
MAX_TRAITS = 5  # named in the list
MAX_ABOUT_CHARS = 100  # of an option in a menu


def command(service: RequestService) -> app_commands.Group:
    """Return the group of commands."""
    queue = service.queue
    group = app_commands.Group(
        name="model", description="See which networks can draw, and choose which one draws for you"
    )

    @group.command(name="list")
    async def list_(interaction: options.Interaction) -> None:
        """Show the networks that can draw, and choose yours from a menu."""
        content, menu = listed(_ready(service), queue.preferences, interaction)
        await interaction.response.send_message(content, view=menu, ephemeral=True)

    @group.command()
    async def info(interaction: options.Interaction, model: options.ModelName | None = None) -> None:
        """Show what a network draws, and which traits it knows.

        Args:
            model: Which network; the one that draws for you if left out
        """
        ready = _ready(service)
        found = queue.model(_known(model, ready), interaction.user.id, interaction.guild_id)
        assert found is not None
        await interaction.response.send_message(_told(found, ready, texts.of(str(interaction.locale))), ephemeral=True)

    @group.command()
    async def choose(interaction: options.Interaction, model: options.ModelName | None = None) -> None:
        """Choose which network draws for you, wherever you are.

        Args:
            model: Which network; none of your own if left out
        """
        await _chosen(interaction, service, "person", interaction.user.id, model)

    @group.command()
    async def server(interaction: options.Interaction, model: options.ModelName | None = None) -> None:
        """Choose which network draws on this server for those without a choice (needs Manage Server).

        Args:
            model: Which network; none of the server's own if left out
        """
        if interaction.guild_id is None:
            raise ServersOnly()
        if not interaction.permissions.manage_guild:
            raise NotYourServer()
        await _chosen(interaction, service, "server", interaction.guild_id, model)

    subs: tuple[app_commands.Command[Any, ..., Any], ...] = (info, choose, server)
    for sub in subs:
        sub.autocomplete("model")(options.models(queue))
    return group


def menu_type(service: RequestService) -> "type[discord.ui.DynamicItem[discord.ui.Select[Any]]]":
    """Return the class that answers the menu under the list, for Client.add_dynamic_items."""

    class Menu(discord.ui.DynamicItem[discord.ui.Select[Any]], template=MENU_ID):
        @classmethod
        async def from_custom_id(cls, _: options.Interaction, item: discord.ui.Item[Any], __: re.Match[str]) -> "Menu":
            assert isinstance(item, discord.ui.Select)
            return cls(item)

        async def interaction_check(self, interaction: options.Interaction, /) -> bool:
            return service.is_new(interaction.id)

        async def callback(self, interaction: options.Interaction) -> None:
            try:
                await _picked(interaction, service, self.item.values[0])
            except GeneratorError as error:
                await buttons.refuse(interaction, error)
            except Exception:
                await buttons.refuse(interaction, unexpected("the menu of networks"))

    return Menu


async def _picked(interaction: options.Interaction, service: RequestService, value: str) -> None:
    ready, preferences = _ready(service), service.queue.preferences
    await preferences.choose("person", interaction.user.id, None if value == NO_CHOICE else _known(value, ready))
    content, menu = listed(ready, preferences, interaction)
    await interaction.response.edit_message(content=content, view=menu)


async def _chosen(
    interaction: options.Interaction, service: RequestService, whose: Whose, id_: int, name: str | None
) -> None:
    """Keep a choice and say what it means."""
    ready, t = _ready(service), texts.of(str(interaction.locale))
    await service.queue.preferences.choose(whose, id_, _known(name, ready))
    drawing = service.queue.model(name, interaction.user.id if whose == "person" else None, interaction.guild_id)
    assert drawing is not None
    key = {"person": ("model_yours", "model_not_yours"), "server": ("model_servers", "model_not_servers")}[whose]
    await interaction.response.send_message(t(key[name is None], model=drawing.name), ephemeral=True)


def _ready(service: RequestService) -> Ready:
    if service.queue.ready is None:
        raise EngineStarting()
    return service.queue.ready


def _known(name: str | None, ready: Ready) -> str | None:
    """Return the name as it is. Raises UnknownModel."""
    offered = [model.name for model in ready.models]
    if name is not None and name not in offered:
        raise UnknownModel(model=name, known=", ".join(offered))
    return name


def listed(
    ready: Ready, preferences: ModelPreferences, interaction: options.Interaction
) -> tuple[str, discord.ui.View]:
    """Return the list as a person sees it, and the menu below it."""
    t = texts.of(str(interaction.locale))
    yours, servers = preferences.of("person", interaction.user.id), preferences.of("server", interaction.guild_id)
    signs = {ready.models[0].name: [t("model_default")]}
    for name, key in ((servers, "model_of_server"), (yours, "model_of_you")):
        if name is not None:
            signs.setdefault(name, []).append(t(key))
    lines = [t("model_head")]
    for model in ready.models:
        lines.append(
            f"**{model.name}** · {_about(model, t)}" + "".join(f" · *{sign}*" for sign in signs.get(model.name, []))
        )
        if sum(map(len, lines)) > MAX_LIST_CHARS:
            lines[-1] = "…"
            break
    if yours is not None and yours not in {model.name for model in ready.models}:
        lines.append(t("model_gone", model=yours))
    return "\n".join(lines), _menu(ready, yours, t)


def _menu(ready: Ready, yours: str | None, t: texts.Texts) -> discord.ui.View:
    entries = [discord.SelectOption(label=t("model_no_choice"), value=NO_CHOICE, default=yours is None)]
    for model in ready.models[:MAX_LISTED]:
        about = _about(model, t)[:MAX_ABOUT_CHARS]
        entries.append(
            discord.SelectOption(label=model.name, value=model.name, description=about, default=model.name == yours)
        )
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Select(custom_id=MENU_ID, placeholder=t("model_menu"), options=entries))
    view.stop()  # discord.py would keep it for ever; what is chosen goes to the DynamicItem
    return view


def _about(model: Model, t: texts.Texts) -> str:
    if not model.traits:
        return t("model_plain", side=model.resolution)
    names = [t.lookup(f"trait-{trait}") or trait for trait in [*model.traits][:MAX_TRAITS]]
    more = ["…"] if len(model.traits) > MAX_TRAITS else []
    return t("model_about", side=model.resolution, traits=", ".join(names + more))


def _told(model: Model, ready: Ready, t: texts.Texts) -> str:
    lines = [t("model_info", model=model.name, side=model.resolution, digest=model.digest)]
    for trait, values in model.traits.items():
        known = ", ".join(t.lookup(f"trait-{trait}", value) or value for value in values) or t("model_numbers")
        lines.append(f"**{t.lookup(f'trait-{trait}') or trait}**: {known}")
    if not model.traits:
        lines.append(t("model_no_traits"))
    if model == ready.models[0]:
        lines.append(t("model_is_default"))
    content = "\n".join(lines)
    return content if len(content) <= 2000 else content[:1999] + "…"
