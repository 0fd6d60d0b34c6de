"""The JSON in which a bot is told what a person did: the interaction, and everything that it names by id.

Knows the shapes that discord.py 2.7 reads, and no sockets. ``base`` is the address that attachments are fetched from.
"""

from collections.abc import Iterator, Sequence

from playground.discord import state, wire
from playground.discord.state import Interaction, Json, World


def interaction(world: World, base: str, value: Interaction) -> Json:
    """What the gateway tells the bot of something that a person did."""
    where, home = world.channels[value.channel_id], world.guild_of(value.channel_id)
    permissions = world.permissions(value.user_id, where.id)
    person = world.users[value.user_id]
    shown: Json = {
        "id": str(value.id),
        "application_id": str(world.bot.id),
        "type": value.type,
        "token": value.token,
        "version": 1,
        "data": value.data | _named(world, base, value),
        "channel_id": str(where.id),
        "channel": wire.channel(world, where, permissions),
        "locale": person.locale,
        "app_permissions": str(world.permissions(world.bot.id, where.id) or state.PLAIN_MEMBER),
        "entitlements": [],
        "authorizing_integration_owners": wire.owners(world, value),
        "context": 0 if home else 1,
        "attachment_size_limit": world.limit(where.id),
    }
    if home:
        shown |= {
            "guild_id": str(home.id),
            "guild": {"id": str(home.id), "locale": home.locale, "features": []},
            "guild_locale": home.locale,
            "member": wire.member(world, home, person.id, permissions),
        }
    else:
        shown["user"] = wire.user(person)
    if value.message_id is not None and value.message_id in world.messages:
        shown["message"] = wire.message(world, base, world.messages[value.message_id])
    return shown


def _named(world: World, base: str, value: Interaction) -> Json:
    """The people, places, files and messages that options, menus and dialogs name by id, as the "resolved" of the data."""
    found: Json = {}
    for kind, text in _mentioned(value.data):
        number, home = int(text), world.guild_of(value.channel_id)
        if kind in (8, 9) and home and number in home.roles:
            found.setdefault("roles", {})[text] = wire.role(number, home.roles[number])
        elif kind in (6, 9) and number in world.users:
            found.setdefault("users", {})[text] = wire.user(world.users[number])
            if home and number in home.members:
                shown = wire.member(world, home, number, home.members[number])
                found.setdefault("members", {})[text] = {key: item for key, item in shown.items() if key != "user"}
        elif kind == 7 and number in world.channels:
            permissions = world.permissions(value.user_id, number)
            found.setdefault("channels", {})[text] = wire.channel(world, world.channels[number], permissions)
        elif kind == 11 and number in world.uploads:
            found.setdefault("attachments", {})[text] = wire.attachment(
                base, value.channel_id, world.uploads[number], ephemeral=True
            )
        elif kind == _TARGET and number in world.messages:
            found.setdefault("messages", {})[text] = wire.message(world, base, world.messages[number])
    return {"resolved": found} if found else {}


_TARGET = 0  # stands for the message that a context menu was opened on
_OPTION_OF = {
    5: 6,
    6: 8,
    7: 9,
    8: 7,
    19: 11,
}  # type of a menu or an upload -> type of the option that names the same things


def _mentioned(data: Json) -> Iterator[tuple[int, str]]:
    """Yield (option type, id) of everything that is named by id."""
    if "target_id" in data:
        yield _TARGET, data["target_id"]
    for option in data.get("options") or []:
        if option["type"] in (1, 2):
            yield from _mentioned(option)
        elif option["type"] in (6, 7, 8, 9, 11) and not option.get("focused"):
            yield option["type"], str(option["value"])
    for part in [{"type": data.get("component_type")} | data, *_fields(data.get("components") or ())]:
        yield from ((_OPTION_OF[part["type"]], text) for text in part.get("values") or () if part["type"] in _OPTION_OF)


def _fields(parts: Sequence[Json]) -> Iterator[Json]:
    """Yield the fields of a dialog that was sent, of every level."""
    for part in parts:
        yield part
        yield from _fields([*part.get("components", ()), *([part["component"]] if "component" in part else [])])
