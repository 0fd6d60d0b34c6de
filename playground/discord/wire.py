"""Converts the values of state.py to the JSON that Discord sends to a bot, in the form that discord.py 2.7 expects.

Does no I/O. In all functions, ``base`` is the server's address; attachment URLs begin with it.
"""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from playground.discord import state
from playground.discord.state import Attachment, Channel, Guild, Interaction, Json, Message, User, World

_TEXT_CHANNEL, _DIRECT, _THREAD = 0, 1, 11


def timestamp(when: float) -> str:
    """Convert seconds since 1970 to the ISO 8601 text that Discord sends."""
    return datetime.fromtimestamp(when, UTC).isoformat(timespec="microseconds")


def user(value: User) -> Json:
    """Convert a person or a bot to JSON."""
    return {
        "id": str(value.id),
        "username": value.name,
        "discriminator": "0000" if value.bot else "0",
        "global_name": None if value.bot else value.name.capitalize(),
        "avatar": None,
        "bot": value.bot,
        "system": False,
        "public_flags": 0,
        "locale": value.locale,
    }


def member(world: World, guild: Guild, user_id: int, permissions: int | None = None) -> Json:
    """Convert a member of a server to JSON. ``permissions`` are only given inside an interaction."""
    data: Json = {
        "user": user(world.users[user_id]),
        "nick": None,
        "avatar": None,
        "roles": [str(role) for role in guild.member_roles.get(user_id, ())],
        "joined_at": timestamp(0),
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
        "communication_disabled_until": None,
    }
    return data if permissions is None else data | {"permissions": str(permissions)}


def channel(world: World, value: Channel, permissions: int | None = None) -> Json:
    """Convert a text channel, a thread, or a channel of direct messages to JSON.

    ``permissions`` are only given inside an interaction, and are those of the person who interacts.
    """
    if value.guild_id is None:
        return _direct(world, value)
    data: Json = {
        "id": str(value.id),
        "type": _THREAD if value.parent_id else _TEXT_CHANNEL,
        "name": value.name,
        "guild_id": str(value.guild_id),
        "position": 0,
        "topic": None,
        "nsfw": False,
        "last_message_id": None,
        "rate_limit_per_user": 0,
        "parent_id": str(value.parent_id) if value.parent_id else None,
        "permission_overwrites": [],
        "flags": 0,
    }
    if value.parent_id:
        data |= _thread(world, value)
    return data if permissions is None else data | {"permissions": str(permissions)}


def _direct(world: World, value: Channel) -> Json:
    recipients = [user(world.users[value.user_id])] if value.user_id else []
    return {"id": str(value.id), "type": _DIRECT, "last_message_id": None, "recipients": recipients, "flags": 0}


def _thread(world: World, value: Channel) -> Json:
    metadata: Json = {"archived": value.archived, "auto_archive_duration": 1440, "archive_timestamp": timestamp(0)}
    metadata["locked"] = value.locked
    return {"owner_id": str(world.bot.id), "thread_metadata": metadata, "message_count": 0, "member_count": 1}


def role(number: int, name: str) -> Json:
    """Return a server's role as JSON, given the role's id and name."""
    data: Json = {"id": str(number), "name": name, "permissions": str(state.PLAIN_MEMBER), "position": 1, "color": 0}
    return data | {
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def guild(world: World, value: Guild) -> Json:
    """Convert a server to the JSON of a GUILD_CREATE event."""
    channels = [c for c in world.channels.values() if c.guild_id == value.id]
    everyone = role(value.id, "@everyone") | {"position": 0}
    roles = [role(number, name) for number, name in value.roles.items()]
    empty = ["emojis", "stickers", "features", "voice_states", "presences", "stage_instances"]
    empty += ["guild_scheduled_events", "soundboard_sounds"]
    return {
        "id": str(value.id),
        "name": value.name,
        "owner_id": str(value.owner_id),
        "roles": [everyone, *roles],
        "channels": [channel(world, c) for c in channels if not c.parent_id],
        "threads": [channel(world, c) for c in channels if c.parent_id],
        "members": [member(world, value, user_id) for user_id in value.members],
        "member_count": len(value.members),
        "large": False,
        "unavailable": False,
        "premium_tier": 0,
        "preferred_locale": value.locale,
        "joined_at": timestamp(0),
        "afk_channel_id": None,
        "afk_timeout": 300,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "public_updates_channel_id": None,
        "icon": None,
        "banner": None,
        "splash": None,
        "description": None,
        "vanity_url_code": None,
        **{name: [] for name in empty},
    }


def attachment_url(base: str, channel_id: int, value: Attachment) -> str:
    """Return the address of a posted file, with the secret that gives access to it."""
    return f"{base}/attachments/{channel_id}/{value.id}/{quote(value.filename)}?hm={value.secret}"


def attachment(base: str, channel_id: int, value: Attachment, ephemeral: bool = False) -> Json:
    """Convert a posted file to JSON."""
    url = attachment_url(base, channel_id, value)
    data: Json = {
        "id": str(value.id),
        "filename": value.filename,
        "size": len(value.body),
        "url": url,
        "proxy_url": url,
        "content_type": value.content_type,
    }
    if value.width is not None:
        data |= {"width": value.width, "height": value.height}
    if value.description is not None:
        data["description"] = value.description
    return data | ({"ephemeral": True} if ephemeral else {})


def message(world: World, base: str, value: Message) -> Json:
    """Convert a message with all its contents to JSON. See ``message_for_bot`` for what the bot may see."""
    files = {a.filename: attachment_url(base, value.channel_id, a) for a in value.attachments}
    data: Json = {
        "id": str(value.id),
        "type": _message_type(world, value),
        "channel_id": str(value.channel_id),
        "author": user(world.users[value.author_id]),
        "content": value.content,
        "timestamp": timestamp(value.when),
        "edited_timestamp": None if value.edited is None else timestamp(value.edited),
        "tts": False,
        "mention_everyone": False,
        "mentions": [user(world.users[person]) for person in value.mentions if person in world.users],
        "mention_roles": [],
        "attachments": [
            attachment(base, value.channel_id, a, value.ephemeral_to is not None) for a in value.attachments
        ],
        "embeds": [{"type": "rich"} | _resolve(embed, files) for embed in value.embeds],
        "components": _resolve(value.components, files),
        "pinned": False,
        "flags": value.flags,
    }
    if value.reply_to is not None:
        data["message_reference"] = {"type": 0, "message_id": str(value.reply_to), "channel_id": str(value.channel_id)}
    if value.interaction_id is not None:
        data |= _origin(world, world.interactions[value.interaction_id], value)
    return data


def message_for_bot(world: World, base: str, value: Message) -> Json:
    """Convert a message to JSON as seen by a bot without the message content intent.

    What a person writes in a server is withheld: text, embeds, files and components are left empty.
    """
    data = message(world, base, value)
    if value.author_id == world.bot.id or world.guild_of(value.channel_id) is None:
        return data
    return data | {"content": "", "embeds": [], "attachments": [], "components": []}


def _message_type(world: World, value: Message) -> int:
    """Return 0 for a plain message, 19 for a reply, 20 for a slash command's response, 23 for a context menu's."""
    if value.reply_to is not None:
        return 19
    if value.interaction_id is None:
        return 0
    return 20 if world.interactions[value.interaction_id].data.get("type", 1) == 1 else 23


def _origin(world: World, interaction: Interaction, value: Message) -> Json:
    metadata: Json = {
        "id": str(interaction.id),
        "type": interaction.type,
        "user": user(world.users[interaction.user_id]),
        "authorizing_integration_owners": owners(world, interaction),
    }
    if interaction.original_id not in (None, value.id):
        metadata["original_response_message_id"] = str(interaction.original_id)
    if interaction.message_id is not None:
        metadata["interacted_message_id"] = str(interaction.message_id)
    data: Json = {
        "webhook_id": str(world.bot.id),
        "application_id": str(world.bot.id),
        "interaction_metadata": metadata,
    }
    if interaction.type == state.COMMAND:
        command = {"id": str(interaction.id), "type": 2, "name": interaction.data["name"], "user": metadata["user"]}
        data["interaction"] = command
    return data


def _resolve(value: Any, files: dict[str, str]) -> Any:
    """Replace every attachment://name in ``value``, at any depth, with the address of the file that has this name."""
    if isinstance(value, dict):
        return {key: _resolve(item, files) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_resolve(item, files) for item in value]
    if isinstance(value, str) and value.startswith("attachment://"):
        return files.get(value.removeprefix("attachment://"), value)
    return value


def owners(world: World, interaction: Interaction) -> Json:
    """Return, as JSON, who installed the bot in the place where an interaction happened.

    This is {"0": id of the server} where the bot is a member of the server, and {"1": id of the person} elsewhere.
    """
    channel_value = world.channels[interaction.channel_id]
    if channel_value.guild_id is not None and world.bot_sees(channel_value.id):
        return {"0": str(channel_value.guild_id)}
    return {"1": str(interaction.user_id)}


def application(world: World, owner: User) -> Json:
    """Return the bot's application, owned by ``owner``, as JSON."""
    return {
        "id": str(world.bot.id),
        "name": world.bot.name,
        "icon": None,
        "description": "",
        "bot_public": True,
        "bot_require_code_grant": False,
        "owner": user(owner),
        "verify_key": "0" * 64,
        "flags": 0,
        "team": None,
        "interactions_endpoint_url": None,
        "integration_types_config": {"0": {}, "1": {}},
    }
