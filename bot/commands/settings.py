"""/waifubot settings: what new pictures are like where nobody typed it, for oneself or for a server.

Does not apply what is chosen: bot/recipes/preferred.py and the request service do.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import discord
from discord import app_commands

from bot.commands import options
from bot.commands.morph import Fps
from bot.delivery import respond
from bot.delivery.services import Services
from bot.discord_api import MAX_MENU_OPTIONS, Interaction
from bot.errors import NotForPeople, NotForServers, NotYourServer, ServersOnly
from bot.i18n import texts
from bot.interactions import items
from bot.messages import settings as messages
from bot.messages.settings import NOTHING, Setting
from bot.recipes.preferred import MOVING, ONLY_PEOPLES, ONLY_SERVERS, PREFERENCES, read_preference
from bot.storage.preferences import Scope
from generator.contract.errors import EngineStarting, OutOfRange
from generator.contract.grammar import GRID_SIDE
from generator.contract.kinds import KINDS
from generator.contract.values import Value, write_value

Size = app_commands.Range[int, GRID_SIDE[0], GRID_SIDE[1]]
PerMinute = app_commands.Range[int, 1, 1000]
Name = Literal["wildness", "format", "fps", "size", "private", "per_minute", "language", "model", "everything"]
LANGUAGES = [app_commands.Choice(name=name, value=language) for language, name in texts.language_names().items()]
DEFAULTS: Mapping[str, Value | None] = {
    "wildness": KINDS["waifu"].options["psi"].default,
    "format": KINDS["morph"].options["format"].default,
    "fps": KINDS["morph"].options["fps"].default,
    "size": 3,
    "private": False,
}
# What the menus offer; a message has room for five. Anything else can be typed.
OFFERED: Mapping[str, Sequence[Value]] = {
    "wildness": (0.3, 0.5, 0.7, 0.9, 1.1, 1.3, 1.5),
    "format": MOVING,
    "private": (True, False),
    "per_minute": (1, 2, 5, 10, 20, 50, 100),
    "language": tuple(texts.CATALOGUES),
}
_NOT_OF: Mapping[Scope, Sequence[str]] = {"person": ONLY_SERVERS, "server": ONLY_PEOPLES}


def build_command(services: Services) -> app_commands.Command[Any, ..., None]:
    """Build the /waifubot settings command."""

    @app_commands.command()
    @app_commands.choices(language=LANGUAGES)
    async def settings(
        interaction: Interaction,
        whose: Literal["mine", "server"] | None = None,
        wildness: options.Psi | None = None,
        format: Literal["gif", "mp4", "webp"] | None = None,
        fps: Fps | None = None,
        size: Size | None = None,
        private: bool | None = None,
        per_minute: PerMinute | None = None,
        language: str | None = None,
        model: options.ModelName | None = None,
        reset: Name | None = None,
    ) -> None:
        """See and change what your pictures are like if you type nothing else, or those of this server.

        Args:
            whose: Your own settings, or those of this server (needs Manage Server)
            wildness: How far from the average face: 0 average, 0.7 usual, above 1 wild (-2 to 2)
            format: Format of animations
            fps: Frames per second of animations, 1 to 50
            size: How many faces per side a grid has, 1 to 5
            private: Show pictures only to the person who asks; with Post they show them to everybody
            per_minute: How many pictures each person may ask for in a minute on this server
            language: The language of my answers, if it is not to be that of your Discord
            model: Which model draws
            reset: Forget one of these settings, or all of them
        """
        scope: Scope = "server" if whose == "server" else "person"
        id_ = _require_server(interaction) if scope == "server" else interaction.user.id
        given: dict[str, Value | None] = {
            "wildness": wildness,
            "format": format,
            "fps": fps,
            "size": size,
            "private": private,
        }
        given |= {"per_minute": per_minute, "language": language, "model": model}
        chosen = _check(services, scope, {name: value for name, value in given.items() if value is not None})
        removed = [name for name in PREFERENCES if reset in (name, "everything") and name not in chosen]
        done = await _change(interaction, services, scope, id_, chosen | dict.fromkeys(removed))
        content, view = _describe(services, interaction, scope, done)
        await respond.send(interaction, content, view=view)

    settings.autocomplete("model")(options.models(services.queue))
    return settings


def _require_server(interaction: Interaction) -> int:
    """Return the id of the server whose settings a person may change. Raises ServersOnly or NotYourServer."""
    if interaction.guild_id is None:
        raise ServersOnly()
    if not interaction.permissions.manage_guild:
        raise NotYourServer()
    return interaction.guild_id


def _check(services: Services, scope: Scope, given: Mapping[str, Value]) -> dict[str, str]:
    """Return what was given as text, as it is kept. Raises GeneratorError for a value that cannot be chosen."""
    if others := [name for name in given if scope == "server" and name in ONLY_PEOPLES]:
        raise NotForServers(name=others[0])
    if others := [name for name in given if scope == "person" and name in ONLY_SERVERS]:
        raise NotForPeople(name=others[0])
    texts_of = {name: write_value(PREFERENCES[name](name, write_value(value))) for name, value in given.items()}
    most = services.requests.most_per_minute
    if "per_minute" in given and most and int(texts_of["per_minute"]) > most:
        raise OutOfRange(name="per_minute", low=1, high=most, value=texts_of["per_minute"])
    if "model" in given:
        if services.queue.ready is None:
            raise EngineStarting()
        texts_of["model"] = services.queue.ready.model(texts_of["model"]).name
    return texts_of


def menu_type(services: Services) -> items.ItemType:
    """Return the item class, for Client.add_dynamic_items, that answers the menus under the settings."""

    async def choose(interaction: Interaction, match: re.Match[str]) -> None:
        scope: Scope = "server" if match["scope"] == "server" else "person"
        id_ = _require_server(interaction) if scope == "server" else interaction.user.id
        value, name = items.values_of(interaction)[0], match["name"]
        chosen = None if value == NOTHING else _check(services, scope, {name: value})[name]
        done = await _change(interaction, services, scope, id_, {name: chosen})
        await respond.edit(interaction, *_describe(services, interaction, scope, done))

    template = rf"waifu:settings:(?P<scope>person|server):(?P<name>{'|'.join(PREFERENCES)})"
    return items.item_type(template, services.requests.admit, choose)


async def _change(
    interaction: Interaction, services: Services, scope: Scope, id_: int, changes: Mapping[str, str | None]
) -> list[str]:
    """Keep what was chosen. Return the keys of the sentences that say so."""
    kept = [await services.preferences.choose(scope, id_, value, name) for name, value in changes.items()]
    services.requests.use_language(interaction)
    return [*(["settings_saved"] if kept else []), *([] if all(kept) else ["model_not_kept"])]


def _describe(
    services: Services, interaction: Interaction, scope: Scope, done: Sequence[str]
) -> tuple[str, discord.ui.View]:
    """Return the settings in words, with what has just been done about them, and their menus."""
    t = texts.for_locale(str(interaction.locale))
    settings = [_find(services, interaction, scope, name) for name in PREFERENCES if name not in _NOT_OF[scope]]
    content = "\n".join((*map(t, done), messages.describe(settings, scope, t)))
    return content, messages.build_view(settings, scope, t)


def _find(services: Services, interaction: Interaction, scope: Scope, name: str) -> Setting:
    """Return a setting of the person or the server, as it counts here."""
    find = services.preferences.get
    persons = read_preference(name, lambda _: find("person", interaction.user.id, name)) if scope == "person" else None
    servers = read_preference(name, lambda _: find("server", interaction.guild_id, name))
    if name in ONLY_PEOPLES:
        servers = None
    own, offered = (persons if scope == "person" else servers), _offered(services, name)
    if persons is not None:
        return Setting(name, persons, "setting_by_you", own, offered)
    if servers is not None:
        return Setting(name, servers, "setting_by_server", own, offered)
    return Setting(name, _default(services, name), "setting_by_default", own, offered)


def _offered(services: Services, name: str) -> Sequence[Value]:
    """Return the values in a setting's menu."""
    if name == "model":
        ready = services.queue.ready
        return [model.name for model in ready.models[: MAX_MENU_OPTIONS - 2]] if ready else ()
    most = services.requests.most_per_minute
    return [value for value in OFFERED.get(name, ()) if name != "per_minute" or not most or int(str(value)) <= most]


def _default(services: Services, name: str) -> Value | None:
    """Return what counts if nobody has chosen anything; None if the bot has no value of its own."""
    if name == "per_minute":
        return services.requests.most_per_minute or None
    if name == "model":
        return services.queue.ready.models[0].name if services.queue.ready else "…"
    return DEFAULTS.get(name)
