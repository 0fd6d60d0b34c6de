"""Converts an interaction, and every object that it refers to by id, to the JSON that discord.py 2.7 expects.

Does no I/O. In all functions, ``base`` is the server's address; attachment URLs begin with it.
"""

from collections.abc import Iterator, Sequence

from playground.discord import state, wire
from playground.discord.state import Interaction, Json, World


def interaction(world: World, base: str, value: Interaction) -> Json:
    """Convert an interaction to the JSON that the gateway sends."""
    channel, guild = world.channels[value.channel_id], world.guild_of(value.channel_id)
    permissions = world.permissions(value.user_id, channel.id)
    person = world.users[value.user_id]
    data: Json = {
        "id": str(value.id),
        "application_id": str(world.bot.id),
        "type": value.type,
        "token": value.token,
        "version": 1,
        "data": value.data | _resolved_data(world, base, value),
        "channel_id": str(channel.id),
        "channel": wire.channel(world, channel, permissions),
        "locale": person.locale,
        "app_permissions": str(world.permissions(world.bot.id, channel.id) or state.PLAIN_MEMBER),
        "entitlements": [],
        "authorizing_integration_owners": wire.owners(world, value),
        "context": 0 if guild else 1,
        "attachment_size_limit": world.attachment_limit(channel.id),
    }
    if guild:
        data |= {
            "guild_id": str(guild.id),
            "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
            "guild_locale": guild.locale,
            "member": wire.member(world, guild, person.id, permissions),
        }
    else:
        data["user"] = wire.user(person)
    if value.message_id is not None and value.message_id in world.messages:
        data["message"] = wire.message(world, base, world.messages[value.message_id])
    return data


def _resolved_data(world: World, base: str, value: Interaction) -> Json:
    """Return {"resolved": ...} with the people, roles, channels, files and messages that the data refers to by id.

    If the data refers to none, the result is empty.
    """
    resolved: Json = {}
    for kind, text in _references(value.data):
        number, guild = int(text), world.guild_of(value.channel_id)
        if kind in (8, 9) and guild and number in guild.roles:
            resolved.setdefault("roles", {})[text] = wire.role(number, guild.roles[number])
        elif kind in (6, 9) and number in world.users:
            resolved.setdefault("users", {})[text] = wire.user(world.users[number])
            if guild and number in guild.members:
                member = wire.member(world, guild, number, guild.members[number])
                resolved.setdefault("members", {})[text] = {key: item for key, item in member.items() if key != "user"}
        elif kind == 7 and number in world.channels:
            permissions = world.permissions(value.user_id, number)
            resolved.setdefault("channels", {})[text] = wire.channel(world, world.channels[number], permissions)
        elif kind == 11 and number in world.uploads:
            resolved.setdefault("attachments", {})[text] = wire.attachment(
                base, value.channel_id, world.uploads[number], ephemeral=True
            )
        elif kind == _TARGET and number in world.messages:
            resolved.setdefault("messages", {})[text] = wire.message(world, base, world.messages[number])
    return {"resolved": resolved} if resolved else {}


_TARGET = 0  # used as the option type of a context menu's target message, although that is not an option
# Component type of a menu or an upload -> type of the command option that takes the same kind of value.
_OPTION_OF = {5: 6, 6: 8, 7: 9, 8: 7, 19: 11}


def _references(data: Json) -> Iterator[tuple[int, str]]:
    """Yield (option type, id) for each object that the data refers to by id."""
    if "target_id" in data:
        yield 6 if data.get("type") == 2 else _TARGET, data["target_id"]
    for option in data.get("options") or []:
        if option["type"] in (1, 2):
            yield from _references(option)
        elif option["type"] in (6, 7, 8, 9, 11) and not option.get("focused"):
            yield option["type"], str(option["value"])
    for part in [{"type": data.get("component_type")} | data, *_fields(data.get("components") or ())]:
        yield from ((_OPTION_OF[part["type"]], text) for text in part.get("values") or () if part["type"] in _OPTION_OF)


def _fields(parts: Sequence[Json]) -> Iterator[Json]:
    """Yield the components of a submitted dialog, including nested ones."""
    for part in parts:
        yield part
        yield from _fields([*part.get("components", ()), *([part["component"]] if "component" in part else [])])
