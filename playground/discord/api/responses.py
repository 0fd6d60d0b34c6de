"""Discord's rules for answering interactions: callbacks, original responses, follow-ups, and edits of messages.

Does no I/O. The functions read and change the World; they raise ApiError where Discord would answer with an error.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from playground.discord import media, state
from playground.discord.errors import api_error, invalid_form
from playground.discord.state import Attachment, Interaction, Json, Message, World
from playground.discord.validation import validate_commands, validate_dialogs, validate_messages

# Callback types.
REPLY, DEFER, DEFER_UPDATE, UPDATE, CHOICES, DIALOG = 4, 5, 6, 7, 8, 9
# Interaction type -> callback types that it allows.
_ALLOWED: Mapping[int, tuple[int, ...]] = {
    state.COMMAND: (REPLY, DEFER, DIALOG),
    state.COMPONENT: (REPLY, DEFER, DEFER_UPDATE, UPDATE, DIALOG),
    state.AUTOCOMPLETE: (CHOICES,),
    state.MODAL: (REPLY, DEFER, DEFER_UPDATE, UPDATE),
}
_MAX_FOLLOWUPS_ELSEWHERE = 5  # limit per interaction in places where the bot is only user-installed
_MAX_FILES = 10
_LATE_S = 3600.0  # a message older than this may be edited only _MAX_LATE_EDITS times within as long again
_MAX_LATE_EDITS = 3  # as bot authors have observed; Discord documents only the error
_NONCE_S = 180.0  # how long a nonce is remembered; Discord says "in the past few minutes"


@dataclass(frozen=True)
class Upload:
    """A file that came with a request."""

    filename: str
    body: bytes


Files = Mapping[int, Upload]  # the key is the number n in the name of the multipart field, files[n]


def get_active(world: World, token: str) -> Interaction:
    """Return the interaction with this token.

    Raises ApiError if there is none, or if it has not been acknowledged or is more than 15 minutes old.
    """
    interaction = find_by_token(world, token)
    if interaction is None or interaction.callback is None:
        raise api_error("unknown webhook")
    if world.clock() - interaction.when > state.TOKEN_S:
        raise api_error("token expired")
    return interaction


def find_by_token(world: World, token: str) -> Interaction | None:
    """Return the interaction with this token, if there is one."""
    # Search the newest first, because the token is nearly always a recent one.
    return next((i for i in reversed(world.interactions.values()) if i.token == token), None)


def acknowledge(world: World, interaction_id: int, token: str, body: Any, files: Files) -> Interaction:
    """Record the bot's callback, and return the updated interaction.

    Raises ApiError if the interaction is unknown, has been acknowledged before, or is more than 3 s old, or if the
    callback is invalid.
    """
    interaction = world.interactions.get(interaction_id)
    if interaction is None or interaction.token != token:
        raise api_error("unknown interaction")
    if interaction.callback is not None:
        raise api_error("acknowledged")
    if world.clock() - interaction.when > state.ACKNOWLEDGE_S:
        raise api_error("unknown interaction")
    kind = body.get("type") if isinstance(body, dict) else None
    validate_messages.check_callback_type(kind, _callbacks_for(interaction))
    data = body.get("data") or {}
    validate_messages.check_callback_data(data)
    return _CALLBACKS[int(body["type"])](world, interaction, data, files)


def _callbacks_for(interaction: Interaction) -> tuple[int, ...]:
    allowed = _ALLOWED[interaction.type]
    if interaction.type == state.MODAL and interaction.message_id is None:
        return tuple(kind for kind in allowed if kind not in (DEFER_UPDATE, UPDATE))
    return allowed


def _reply(world: World, interaction: Interaction, data: Json, files: Files) -> Interaction:
    fields = compose(world, interaction.channel_id, data, files, path=("data",))
    fields["flags"] |= _forced_flags(world, interaction)
    message = world.post(interaction.channel_id, world.bot.id, **fields, **_origin(interaction, fields["flags"]))
    return world.update_interaction(interaction.id, callback=REPLY, original_id=message.id)


def _defer(world: World, interaction: Interaction, data: Json, files: Files) -> Interaction:
    flags = (int(data.get("flags") or 0) & state.EPHEMERAL) | _forced_flags(world, interaction)
    message = world.post(
        interaction.channel_id, world.bot.id, flags=flags | state.LOADING, **_origin(interaction, flags)
    )
    return world.update_interaction(interaction.id, callback=DEFER, original_id=message.id)


def _defer_update(world: World, interaction: Interaction, data: Json, files: Files) -> Interaction:
    return world.update_interaction(interaction.id, callback=DEFER_UPDATE, original_id=interaction.message_id)


def _update(world: World, interaction: Interaction, data: Json, files: Files) -> Interaction:
    message = _existing(world, interaction.message_id)
    edit(world, message, data, files, path=("data",))
    return world.update_interaction(interaction.id, callback=UPDATE, original_id=message.id)


def _choices(world: World, interaction: Interaction, data: Json, files: Files) -> Interaction:
    kind = next(option["type"] for option in _leaves(interaction.data) if option.get("focused"))
    validate_commands.check_choices(data, kind)
    return world.update_interaction(interaction.id, callback=CHOICES, choices=tuple(data["choices"]))


def _dialog(world: World, interaction: Interaction, data: Json, files: Files) -> Interaction:
    validate_dialogs.check_dialog(data)
    return world.update_interaction(
        interaction.id, callback=DIALOG, modal=data | {"components": list(_number(data["components"]))}
    )


_CALLBACKS = {
    REPLY: _reply,
    DEFER: _defer,
    DEFER_UPDATE: _defer_update,
    UPDATE: _update,
    CHOICES: _choices,
    DIALOG: _dialog,
}


def _leaves(data: Json) -> list[Json]:
    """Return the options that hold values: those of the sub-command in use, or the command's own if there is none."""
    options: list[Json] = data.get("options") or []
    return _leaves(options[0]) if options and options[0]["type"] in (1, 2) else options


def _origin(interaction: Interaction, flags: int) -> dict[str, Any]:
    reader = interaction.user_id if flags & state.EPHEMERAL else None
    return {"interaction_id": interaction.id, "ephemeral_to": reader, "reply_to": interaction.message_id}


def _forced_flags(world: World, interaction: Interaction) -> int:
    """Return the flags that Discord adds to every answer here.

    Where the bot is not a member of the server, only a person with the permission gets answers that everybody sees.
    """
    guild = world.guild_of(interaction.channel_id)
    if guild is None or world.bot.id in guild.members:
        return 0
    allowed = world.permissions(interaction.user_id, interaction.channel_id) & state.USE_EXTERNAL_APPS
    return 0 if allowed else state.EPHEMERAL


def _existing(world: World, message_id: int | None) -> Message:
    message = world.messages.get(message_id) if message_id is not None else None
    if message is None:
        raise api_error("unknown message")
    return message


def find_message(world: World, interaction: Interaction, which: str) -> Message:
    """Return one of an interaction's messages. ``which`` is "@original" or the id of the message.

    Raises ApiError if the interaction has no such message.
    """
    if which == "@original":
        return _existing(world, interaction.original_id)
    message = _existing(world, int(which) if which.isdecimal() else None)
    if message.interaction_id != interaction.id and message.id != interaction.original_id:
        raise api_error("unknown message")
    return message


def follow_up(world: World, interaction: Interaction, body: Any, files: Files) -> Message:
    """Post another message in answer to an interaction, and return it.

    As in Discord, the first follow-up after a deferral replaces the "thinking" message. Raises ApiError if the body is
    invalid. Where the bot is only user-installed, also raises ApiError after five follow-ups.
    """
    original = world.messages.get(interaction.original_id or 0)
    if original is not None and original.loading:
        return edit(world, original, body, files)
    if not world.bot_sees(interaction.channel_id) and interaction.followups >= _MAX_FOLLOWUPS_ELSEWHERE:
        raise api_error("too many follow-ups")
    fields = compose(world, interaction.channel_id, body, files)
    fields["flags"] |= _forced_flags(world, interaction)
    origin = _origin(interaction, fields["flags"]) | {"reply_to": interaction.original_id}
    message = world.post(interaction.channel_id, world.bot.id, **fields, **origin)
    world.update_interaction(interaction.id, followups=interaction.followups + 1)
    return message


def send(world: World, channel_id: int, body: Any, files: Files) -> Message:
    """Post a message as the bot user, and return it.

    Raises ApiError if the body is invalid or the bot lacks a permission. If the body sets ``enforce_nonce`` and the bot
    has just posted a message with the same nonce, that message is returned instead.
    """
    rights = world.permissions(world.bot.id, channel_id)
    if not rights & state.VIEW:
        raise api_error("missing access")
    if not rights & state.SEND or (files and not rights & state.ATTACH):
        raise api_error("missing permissions")
    _check_direct(world, channel_id)
    if world.channels[channel_id].locked and not rights & state.MANAGE_MESSAGES:
        raise api_error("locked")
    fields = compose(world, channel_id, body, files)
    world.channels[channel_id] = replace(world.channels[channel_id], archived=False)
    fields["flags"] &= ~state.EPHEMERAL  # only interaction responses can be ephemeral
    if body.get("enforce_nonce") and (known := _by_nonce(world, channel_id, str(body.get("nonce")))):
        return known
    reference = body.get("message_reference") or {}
    reply_to = int(reference["message_id"]) if reference.get("message_id") else None
    if reply_to is not None and reply_to not in world.messages:
        raise invalid_form(
            {"message_reference": {"_errors": [{"code": "REPLIES_UNKNOWN_MESSAGE", "message": "Unknown message"}]}}
        )
    return world.post(channel_id, world.bot.id, **fields, reply_to=reply_to, nonce=body.get("nonce"))


def _check_direct(world: World, channel_id: int) -> None:
    """Raise ApiError if these are direct messages with somebody who takes none from the bot."""
    person = world.channels[channel_id].user_id
    if person is not None and not world.shares_server(person):
        raise api_error("no mutual server")
    if person in world.without_direct:
        raise api_error("no direct messages")


def _by_nonce(world: World, channel_id: int, nonce: str) -> Message | None:
    """Return the message with this nonce that the bot posted in the channel in the last 3 minutes, if there is one."""
    recent = (m for m in reversed(world.messages.values()) if world.clock() - m.when < _NONCE_S)
    mine = (m for m in recent if m.channel_id == channel_id and m.author_id == world.bot.id)
    return next((m for m in mine if m.nonce is not None and str(m.nonce) == nonce), None)


def compose(world: World, channel_id: int, body: Any, files: Files, path: tuple[str, ...] = ()) -> dict[str, Any]:
    """Convert the body of a new message to fields of Message. Raises ApiError if the body is invalid.

    ``path`` is the body's place in the request; the path of every reported problem begins with it.
    """
    validate_messages.check_message(body, path)
    attachments = attach(world, channel_id, (), body, files, path)
    fields: dict[str, Any] = {
        "content": body.get("content") or "",
        "embeds": tuple(body.get("embeds") or ()),
        "components": _number(body.get("components") or ()),
        "attachments": attachments,
        "flags": int(body.get("flags") or 0),
        "mentions": _mentioned(world, body),
    }
    validate_messages.check_not_empty(fields["content"], fields["embeds"], fields["components"], attachments)
    validate_messages.check_media(fields["components"], [file.filename for file in attachments], path)
    return fields


def _mentioned(world: World, body: Json) -> tuple[int, ...]:
    """Return the people in a new message's text who are notified. Without ``allowed_mentions``, all of them are."""
    written = [int(digits) for digits in re.findall(r"<@!?(\d{1,20})>", body.get("content") or "")]
    allowed = body.get("allowed_mentions")
    if allowed is not None and "users" not in (allowed.get("parse") or ()):
        named = {int(person) for person in allowed.get("users") or ()}
        written = [person for person in written if person in named]
    return tuple(person for person in dict.fromkeys(written) if person in world.users)


def edit(world: World, message: Message, body: Any, files: Files, path: tuple[str, ...] = ()) -> Message:
    """Edit a message and return it. A field that the body omits stays as it is; a field that is null is cleared.

    Raises ApiError if the body is invalid, or if the edited message would be empty.
    """
    if world.channels[message.channel_id].archived:
        raise api_error("archived")
    late_edits = _late_edits(world, message)
    validate_messages.check_message(body, path, modern=bool(message.flags & state.COMPONENTS_V2))
    fields: dict[str, Any] = {name: tuple(body[name] or ()) for name in ("embeds",) if name in body}
    if "content" in body:
        fields["content"] = body["content"] or ""
    if "components" in body:
        fields["components"] = _number(body["components"] or ())
    fields["attachments"] = attach(world, message.channel_id, message.attachments, body, files, path)
    fields["text_only"] = "content" in body and not files and not body.keys() & {"attachments", "components", "embeds"}
    fields["flags"] = (message.flags | int(body.get("flags") or 0) & state.COMPONENTS_V2) & ~state.LOADING
    fields["late_edits"] = late_edits
    after = replace(message, **fields)
    validate_messages.check_not_empty(after.content, after.embeds, after.components, after.attachments)
    validate_messages.check_media(after.components, [file.filename for file in after.attachments], path)
    return world.edit(message.id, **fields)


def _late_edits(world: World, message: Message) -> tuple[float, ...]:
    """Return the times of a message's late edits of the last hour, with one that is made now.

    There are none while the message is young. Raises ApiError if there would be too many.
    """
    now = world.clock()
    if now - message.when <= _LATE_S:
        return ()
    recent = tuple(when for when in message.late_edits if now - when < _LATE_S)
    if len(recent) >= _MAX_LATE_EDITS:
        raise api_error("too many edits")
    return (*recent, now)


def _number(components: Sequence[Json]) -> tuple[Json, ...]:
    """Give each component without an id its place in reading order, from 1, as its id. Discord does the same."""
    for i, (_, component) in enumerate(validate_messages.walk_components(components), start=1):
        component.setdefault("id", i)
    return tuple(components)


def attach(
    world: World, channel_id: int, before: Sequence[Attachment], body: Any, files: Files, path: tuple[str, ...]
) -> tuple[Attachment, ...]:
    """Return the attachments that a message will have once it is posted or edited.

    ``before`` holds its attachments until now, and ``files`` the files that came with ``body``.
    If the body lists attachments, the list says which old ones stay and which files are added. Otherwise all old ones
    stay and all files are added. Raises ApiError if a file is too large, if there are too many, or if a listed id is
    unknown.
    """
    if any(len(upload.body) > world.attachment_limit(channel_id) for upload in files.values()):
        raise api_error("too large")
    items = body.get("attachments")
    if items is None:
        after = [*before, *(_new(world, upload, {}) for _, upload in sorted(files.items()))]
    else:
        existing = {attachment.id: attachment for attachment in before}
        after = [_one(world, i, item, existing, files, path) for i, item in enumerate(items)]
        if not before:  # In a new message, files that the list omits are attached as well.
            numbers = {int(item["id"]) for item in items}
            after += [_new(world, upload, {}) for number, upload in sorted(files.items()) if number not in numbers]
    if len(after) > _MAX_FILES:
        problem = {"code": "BASE_TYPE_MAX_LENGTH", "message": f"Must be {_MAX_FILES} or fewer in length."}
        raise invalid_form(_nest((*path, "attachments"), problem))
    return tuple(after)


def _one(
    world: World, i: int, item: Json, existing: dict[int, Attachment], files: Files, path: tuple[str, ...]
) -> Attachment:
    number = int(item["id"])
    if number in existing:
        return replace(existing[number], description=item.get("description", existing[number].description))
    if number in files:
        return _new(world, files[number], item)
    problem = {"code": "ATTACHMENT_NOT_FOUND", "message": "No file and no attachment has this id"}
    raise invalid_form(_nest((*path, "attachments", str(i), "id"), problem))


def _new(world: World, upload: Upload, item: Json) -> Attachment:
    info = media.identify(upload.body)
    name = item.get("filename") or upload.filename
    return Attachment(world.snowflake(), name, upload.body, *info, description=item.get("description"))


def _nest(path: tuple[str, ...], problem: Json) -> Json:
    tree: Json = {"_errors": [problem]}
    for step in reversed(path):
        tree = {step: tree}
    return tree
