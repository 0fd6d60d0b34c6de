"""/waifubot settings: what new pictures are like where nobody typed it, for oneself or for a server.

Does not apply what is chosen: bot/recipes/preferred.py and the request service do.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from discord import app_commands

from bot.commands import options
from bot.commands.morph import Fps
from bot.delivery import respond
from bot.delivery.service import Services
from bot.discord_api import Interaction
from bot.errors import NotForPeople, NotForServers, NotYourServer, ServersOnly
from bot.i18n import texts
from bot.recipes.preferred import ONLY_PEOPLES, ONLY_SERVERS, PREFERENCES, read_preference
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
        changes: dict[str, str | None] = chosen | dict.fromkeys(removed)
        kept = [await services.preferences.choose(scope, id_, value, name) for name, value in changes.items()]
        services.requests.use_language(interaction)
        t = texts.for_locale(str(interaction.locale))
        lines = [t("settings_saved")] if changes else []
        lines += [] if all(kept) else [t("model_not_kept")]
        lines += _describe(services, interaction, scope, t)
        await respond.send(interaction, "\n".join(lines))

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


def _describe(services: Services, interaction: Interaction, scope: Scope, t: texts.Texts) -> Iterator[str]:
    """Yield a heading, and a line for each setting: its value, and who chose it."""
    yield t("settings_yours") if scope == "person" else t("settings_servers")
    for name in PREFERENCES:
        if name not in (ONLY_SERVERS if scope == "person" else ONLY_PEOPLES):
            value, origin = _in_effect(services, interaction, scope, name)
            yield t("setting", name=t(f"setting_{name}"), value=_show(services, name, value, t), origin=t(origin))


def _in_effect(services: Services, interaction: Interaction, scope: Scope, name: str) -> tuple[Value | None, str]:
    """Return the value of a setting, or None for what the bot does by itself, and the key of who chose it."""
    find = services.preferences.get
    own = read_preference(name, lambda _: find("person", interaction.user.id, name)) if scope == "person" else None
    if own is not None:
        return own, "setting_by_you"
    servers = read_preference(name, lambda _: find("server", interaction.guild_id, name))
    if servers is not None and name not in ONLY_PEOPLES:
        return servers, "setting_by_server"
    return None, "setting_by_default"


def _show(services: Services, name: str, value: Value | None, t: texts.Texts) -> str:
    value = DEFAULTS.get(name) if value is None else value
    match name:
        case "private":
            return t("setting_yes") if value else t("setting_no")
        case "language":
            return t("setting_as_in_discord") if value is None else texts.language_names()[str(value)]
        case "per_minute" if value is None:
            return str(services.requests.most_per_minute or t("setting_any"))
        case "model" if value is None:
            ready = services.queue.ready
            return ready.models[0].name if ready else "…"
    return write_value(value) if value is not None else "…"
