"""How the bot may answer an interaction, and what its messages become: Discord's rules about callbacks, originals and follow-ups.

Knows state and the rules for bodies, and no sockets. Every function changes the World or raises a Refusal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from playground.discord import media, state
from playground.discord.errors import invalid, refusal
from playground.discord.state import Attachment, Interaction, Json, Message, World
from playground.discord.validation import validate_commands, validate_dialogs, validate_messages

REPLY, DEFER, DEFER_UPDATE, UPDATE, CHOICES, DIALOG = 4, 5, 6, 7, 8, 9
# What kind of interaction may be answered how.
_ALLOWED: Mapping[int, tuple[int, ...]] = {
    state.COMMAND: (REPLY, DEFER, DIALOG),
    state.COMPONENT: (REPLY, DEFER, DEFER_UPDATE, UPDATE, DIALOG),
    state.AUTOCOMPLETE: (CHOICES,),
    state.MODAL: (REPLY, DEFER, DEFER_UPDATE, UPDATE),
}
_MAX_FOLLOWUPS_ELSEWHERE = 5  # where the bot is installed to the person only
_MAX_FILES = 10
_NONCE_S = 180.0  # Discord says "in the past few minutes"


@dataclass(frozen=True)
class Upload:
    """A file that came with a request."""

    filename: str
    body: bytes


Files = Mapping[int, Upload]  # by the number in its part's name, files[n]


def live(world: World, token: str) -> Interaction:
    """Return the interaction that the bot may still talk to: acknowledged, and not older than 15 minutes."""
    interaction = by_token(world, token)
    if interaction is None or interaction.callback is None:
        raise refusal("unknown webhook")
    if world.clock() - interaction.when > state.TOKEN_S:
        raise refusal("token expired")
    return interaction


def by_token(world: World, token: str) -> Interaction | None:
    """Return the interaction with that token, if there is one."""
    # Tokens are looked for from the newest on: the one that is meant is nearly always recent.
    return next((i for i in reversed(world.interactions.values()) if i.token == token), None)


def acknowledge(world: World, interaction_id: int, token: str, body: Any, files: Files) -> Interaction:
    """Take the bot's first answer, which must come within 3 s and only once."""
    interaction = world.interactions.get(interaction_id)
    if interaction is None or interaction.token != token:
        raise refusal("unknown interaction")
    if interaction.callback is not None:
        raise refusal("acknowledged")
    if world.clock() - interaction.when > state.ACKNOWLEDGE_S:
        raise refusal("unknown interaction")
    kind = body.get("type") if isinstance(body, dict) else None
    validate_messages.callback_type(kind, _callbacks_for(interaction))
    data = body.get("data") or {}
    validate_messages.callback_data(data)
    return _CALLBACKS[int(body["type"])](world, interaction, data, files)


def _callbacks_for(interaction: Interaction) -> tuple[int, ...]:
    allowed = _ALLOWED[interaction.type]
    if interaction.type == state.MODAL and interaction.message_id is None:
        return tuple(kind for kind in allowed if kind not in (DEFER_UPDATE, UPDATE))
    return allowed


def _reply(world: World, interaction: Interaction, data: Json, files: Files) -> Interaction:
    fields = composed(world, interaction.channel_id, data, files, path=("data",))
    message = world.post(interaction.channel_id, world.bot.id, **fields, **_origin(interaction, fields["flags"]))
    return world.amend(interaction.id, callback=REPLY, original_id=message.id)


def _defer(world: World, interaction: Interaction, data: Json, files: Files) -> Interaction:
    flags = int(data.get("flags") or 0) & state.EPHEMERAL
    message = world.post(
        interaction.channel_id, world.bot.id, flags=flags | state.LOADING, **_origin(interaction, flags)
    )
    return world.amend(interaction.id, callback=DEFER, original_id=message.id)


def _defer_update(world: World, interaction: Interaction, data: Json, files: Files) -> Interaction:
    return world.amend(interaction.id, callback=DEFER_UPDATE, original_id=interaction.message_id)


def _update(world: World, interaction: Interaction, data: Json, files: Files) -> Interaction:
    message = _existing(world, interaction.message_id)
    rewrite(world, message, data, files, path=("data",))
    return world.amend(interaction.id, callback=UPDATE, original_id=message.id)


def _choices(world: World, interaction: Interaction, data: Json, files: Files) -> Interaction:
    kind = next(option["type"] for option in _leaves(interaction.data) if option.get("focused"))
    validate_commands.choices(data, kind)
    return world.amend(interaction.id, callback=CHOICES, choices=tuple(data["choices"]))


def _dialog(world: World, interaction: Interaction, data: Json, files: Files) -> Interaction:
    validate_dialogs.dialog(data)
    return world.amend(
        interaction.id, callback=DIALOG, modal=data | {"components": list(_numbered(data["components"]))}
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
    """Return the typed options, below any sub-command."""
    options: list[Json] = data.get("options") or []
    return _leaves(options[0]) if options and options[0]["type"] in (1, 2) else options


def _origin(interaction: Interaction, flags: int) -> dict[str, Any]:
    whose = interaction.user_id if flags & state.EPHEMERAL else None
    return {"interaction_id": interaction.id, "ephemeral_to": whose, "reply_to": interaction.message_id}


def _existing(world: World, message_id: int | None) -> Message:
    message = world.messages.get(message_id) if message_id is not None else None
    if message is None:
        raise refusal("unknown message")
    return message


def message_of(world: World, interaction: Interaction, which: str) -> Message:
    """Return the message that a webhook route names: "@original" or the id of one that this interaction made."""
    if which == "@original":
        return _existing(world, interaction.original_id)
    message = _existing(world, int(which) if which.isdecimal() else None)
    if message.interaction_id != interaction.id and message.id != interaction.original_id:
        raise refusal("unknown message")
    return message


def follow_up(world: World, interaction: Interaction, body: Any, files: Files) -> Message:
    """Post one more message; the first one after a deferral fills the message that is still thinking, as Discord does."""
    original = world.messages.get(interaction.original_id or 0)
    if original is not None and original.loading:
        return rewrite(world, original, body, files)
    if not world.bot_sees(interaction.channel_id) and interaction.followups >= _MAX_FOLLOWUPS_ELSEWHERE:
        raise refusal("too many follow-ups")
    fields = composed(world, interaction.channel_id, body, files)
    origin = _origin(interaction, fields["flags"]) | {"reply_to": interaction.original_id}
    message = world.post(interaction.channel_id, world.bot.id, **fields, **origin)
    world.amend(interaction.id, followups=interaction.followups + 1)
    return message


def send(world: World, channel_id: int, body: Any, files: Files) -> Message:
    """Post a message as the bot's own, where it may."""
    rights = world.permissions(world.bot.id, channel_id)
    if not rights & state.VIEW:
        raise refusal("missing access")
    if not rights & state.SEND or (files and not rights & state.ATTACH):
        raise refusal("missing permissions")
    fields = composed(world, channel_id, body, files)
    fields["flags"] &= ~state.EPHEMERAL  # means something in answers only
    if body.get("enforce_nonce") and (known := _by_nonce(world, channel_id, str(body.get("nonce")))):
        return known
    reference = body.get("message_reference") or {}
    reply_to = int(reference["message_id"]) if reference.get("message_id") else None
    if reply_to is not None and reply_to not in world.messages:
        raise invalid(
            {"message_reference": {"_errors": [{"code": "REPLIES_UNKNOWN_MESSAGE", "message": "Unknown message"}]}}
        )
    return world.post(channel_id, world.bot.id, **fields, reply_to=reply_to, nonce=body.get("nonce"))


def _by_nonce(world: World, channel_id: int, nonce: str) -> Message | None:
    """Return the bot's own message of the last minutes with that nonce: Discord posts no second one where it is to be enforced."""
    recent = (m for m in reversed(world.messages.values()) if world.clock() - m.when < _NONCE_S)
    mine = (m for m in recent if m.channel_id == channel_id and m.author_id == world.bot.id)
    return next((m for m in mine if m.nonce is not None and str(m.nonce) == nonce), None)


def composed(world: World, channel_id: int, body: Any, files: Files, path: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the fields of a new message, or refuse its body."""
    validate_messages.message(body, path)
    attachments = attached(world, channel_id, (), body, files, path)
    fields: dict[str, Any] = {
        "content": body.get("content") or "",
        "embeds": tuple(body.get("embeds") or ()),
        "components": _numbered(body.get("components") or ()),
        "attachments": attachments,
        "flags": int(body.get("flags") or 0),
    }
    validate_messages.has_substance(fields["content"], fields["embeds"], fields["components"], attachments)
    validate_messages.media_is_attached(fields["components"], [file.filename for file in attachments], path)
    return fields


def rewrite(world: World, message: Message, body: Any, files: Files, path: tuple[str, ...] = ()) -> Message:
    """Change a message: what the body leaves out stays, what it gives as null goes."""
    validate_messages.message(body, path, modern=bool(message.flags & state.COMPONENTS_V2))
    fields: dict[str, Any] = {name: tuple(body[name] or ()) for name in ("embeds",) if name in body}
    if "content" in body:
        fields["content"] = body["content"] or ""
    if "components" in body:
        fields["components"] = _numbered(body["components"] or ())
    fields["attachments"] = attached(world, message.channel_id, message.attachments, body, files, path)
    fields["flags"] = (message.flags | int(body.get("flags") or 0) & state.COMPONENTS_V2) & ~state.LOADING
    after = replace(message, **fields)
    validate_messages.has_substance(after.content, after.embeds, after.components, after.attachments)
    validate_messages.media_is_attached(after.components, [file.filename for file in after.attachments], path)
    return world.edit(message.id, **fields)


def _numbered(components: Sequence[Json]) -> tuple[Json, ...]:
    """Give every component the id that Discord gives it, 1, 2, ... in reading order."""
    for i, (_, component) in enumerate(validate_messages.flattened(components), start=1):
        component.setdefault("id", i)
    return tuple(components)


def attached(
    world: World, channel_id: int, before: Sequence[Attachment], body: Any, files: Files, path: tuple[str, ...]
) -> tuple[Attachment, ...]:
    """Return what a message has attached. A list in the body decides; without one all stay and all come."""
    if any(len(upload.body) > world.limit(channel_id) for upload in files.values()):
        raise refusal("too large")
    listed = body.get("attachments")
    if listed is None:
        after = [*before, *(_new(world, upload, {}) for _, upload in sorted(files.items()))]
    else:
        kept = {attachment.id: attachment for attachment in before}
        after = [_one(world, i, item, kept, files, path) for i, item in enumerate(listed)]
        if not before:  # a new message takes files that it does not list, too
            named = {int(item["id"]) for item in listed}
            after += [_new(world, upload, {}) for number, upload in sorted(files.items()) if number not in named]
    if len(after) > _MAX_FILES:
        problem = {"code": "BASE_TYPE_MAX_LENGTH", "message": f"Must be {_MAX_FILES} or fewer in length."}
        raise invalid(_nested((*path, "attachments"), problem))
    return tuple(after)


def _one(
    world: World, i: int, item: Json, kept: dict[int, Attachment], files: Files, path: tuple[str, ...]
) -> Attachment:
    number = int(item["id"])
    if number in kept:
        return replace(kept[number], description=item.get("description", kept[number].description))
    if number in files:
        return _new(world, files[number], item)
    problem = {"code": "ATTACHMENT_NOT_FOUND", "message": "No file and no attachment has this id"}
    raise invalid(_nested((*path, "attachments", str(i), "id"), problem))


def _new(world: World, upload: Upload, item: Json) -> Attachment:
    look = media.look(upload.body)
    name = item.get("filename") or upload.filename
    return Attachment(world.snowflake(), name, upload.body, *look, description=item.get("description"))


def _nested(path: tuple[str, ...], problem: Json) -> Json:
    tree: Json = {"_errors": [problem]}
    for step in reversed(path):
        tree = {step: tree}
    return tree
