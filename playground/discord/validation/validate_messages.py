"""Validates messages, components and callbacks, using tables of rules with Discord's limits.

Knows nothing about the state. The public checks raise ApiError for invalid data, usually with code 50035; such an error
names every bad field.
The limits are from Discord's public API documentation (messages, message components), version 10.
"""

from collections.abc import Collection, Iterator
from typing import Any

from playground.discord.errors import api_error, invalid_form
from playground.discord.state import COMPONENTS_V2
from playground.discord.validation.validators import (
    Path,
    Problems,
    Rule,
    anything,
    boolean,
    by_type,
    every,
    many,
    one_of,
    record,
    repeated,
    snowflake,
    text,
    whole,
)

MAX_COMPONENTS = 40  # number of components (V2) in a message, including nested ones
MAX_TEXT_CHARS = 4000  # total length of the text of all components (V2) of a message
MAX_EMBED_CHARS = 6000  # total length of the text of all embeds of a message

_URL = text(1, 2048, r"(https?|attachment)://\S+", "URL_TYPE_INVALID_URL")
_LINK = text(1, 512, r"(https?|discord)://\S+", "BUTTON_COMPONENT_INVALID_URL")
CUSTOM_ID = text(1, 100)
_MEDIA = record({"url": _URL})
_EMOJI = record({}, {"name": text(1, 100), "id": snowflake, "animated": boolean})

# Embeds

_EMBED_IMAGE = record({}, {"url": _URL})
EMBED: Rule = record(
    {},
    {
        "title": text(0, 256),
        "description": text(0, 4096),
        "url": _URL,
        "color": whole(0, 0xFFFFFF),
        "timestamp": text(10, 40, r"\d{4}-\d\d-\d\d.*"),
        "image": _EMBED_IMAGE,
        "thumbnail": _EMBED_IMAGE,
        "footer": record({"text": text(1, 2048)}, {"icon_url": _URL}),
        "author": record({"name": text(1, 256)}, {"url": _URL, "icon_url": _URL}),
        "fields": many(record({"name": text(1, 256), "value": text(1, 1024)}, {"inline": boolean}), 0, 25),
    },
)


def _embeds_are_short(value: Any, path: Path, problems: Problems) -> None:
    if (
        isinstance(value, list)
        and sum(sum(map(len, _embed_texts(e))) for e in value if isinstance(e, dict)) > MAX_EMBED_CHARS
    ):
        problems.add(path, "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {MAX_EMBED_CHARS}")


def _embed_texts(embed: dict[str, Any]) -> Iterator[str]:
    parts = [embed, embed.get("footer"), embed.get("author"), *(embed.get("fields") or [])]
    for part in parts:
        if isinstance(part, dict):
            yield from (
                part[k] for k in ("title", "description", "text", "name", "value") if isinstance(part.get(k), str)
            )


# Components, by their type: 1 is a row, 2 a button, 3 and 5 to 8 are menus, 9 to 17 the layouts of version 2.


def _button_fits(value: Any, path: Path, problems: Problems) -> None:
    style = value.get("style")
    required, forbidden = (
        ("url", "custom_id") if style == 5 else ("sku_id", "custom_id") if style == 6 else ("custom_id", "url")
    )
    if value.get(required) is None:
        problems.add((*path, required), "BASE_TYPE_REQUIRED", "This field is required")
    if value.get(forbidden) is not None:
        problems.add(
            (*path, forbidden), "BUTTON_COMPONENT_FIELD_INVALID", f"A button of style {style} cannot have {forbidden}"
        )
    if style != 6 and not value.get("label") and not value.get("emoji"):
        problems.add(path, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "A button must have a label or an emoji")


def _menu_fits(value: Any, path: Path, problems: Problems) -> None:
    low, high = value.get("min_values", 1), value.get("max_values", 1)
    if isinstance(low, int) and isinstance(high, int) and low > high:
        problems.add((*path, "min_values"), "SELECT_COMPONENT_MIN_EXCEEDS_MAX", "min_values cannot exceed max_values")
    options = [option for option in value.get("options") or [] if isinstance(option, dict)]
    if isinstance(high, int) and sum(option.get("default") is True for option in options) > high:
        problems.add(
            (*path, "options"), "SELECT_COMPONENT_TOO_MANY_DEFAULT", "More options are chosen than may be chosen"
        )
    for i in repeated(str(option.get("value")) for option in options):
        message = "The specified option value is already used"
        problems.add((*path, "options", i, "value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", message)
    if "options" in value and isinstance(high, int) and high > len(options) > 0:
        problems.add(
            (*path, "max_values"),
            "SELECT_COMPONENT_MAX_VALUES_EXCEEDS_OPTIONS",
            "There are fewer options than max_values",
        )


_MENU_OPTION = record(
    {"label": text(1, 100), "value": text(1, 100)}, {"description": text(0, 100), "emoji": _EMOJI, "default": boolean}
)
_MENU_FIELDS: dict[str, Rule] = {
    "placeholder": text(0, 150),
    "min_values": whole(0, 25),
    "max_values": whole(1, 25),
    "disabled": boolean,
}
_BUTTON = record(
    {"style": one_of(1, 2, 3, 4, 5, 6)},
    {
        "label": text(0, 80),
        "custom_id": CUSTOM_ID,
        "url": _LINK,
        "emoji": _EMOJI,
        "disabled": boolean,
        "sku_id": snowflake,
    },
    _button_fits,
)
MENU = record({"custom_id": CUSTOM_ID, "options": many(_MENU_OPTION, 1, 25)}, _MENU_FIELDS, _menu_fits)
_DEFAULT = record({"id": snowflake, "type": one_of("user", "role", "channel")})
_ENTITY_FIELDS = _MENU_FIELDS | {"default_values": many(_DEFAULT, 0, 25), "channel_types": many(whole(0, 16), 0, 20)}
ENTITY_MENU = record({"custom_id": CUSTOM_ID}, _ENTITY_FIELDS, _menu_fits)
_INTERACTIVE: dict[int, Rule] = {2: _BUTTON, 3: MENU, 5: ENTITY_MENU, 6: ENTITY_MENU, 7: ENTITY_MENU, 8: ENTITY_MENU}


def _row_fits(value: Any, path: Path, problems: Problems) -> None:
    children = [c for c in value.get("components") or [] if isinstance(c, dict)]
    if len(children) > 1 and any(c.get("type") != 2 for c in children):
        problems.add((*path, "components"), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "A menu takes a whole row")


ROW = record({"components": many(by_type(_INTERACTIVE), 1, 5)}, {}, _row_fits)
TEXT = record({"content": text(1, 4000)})
_THUMBNAIL = record({"media": _MEDIA}, {"description": text(1, 1024), "spoiler": boolean})
_GALLERY = record({"items": many(record({"media": _MEDIA}, {"description": text(1, 1024), "spoiler": boolean}), 1, 10)})
_INNER: dict[int, Rule] = {
    1: ROW,
    9: record({"components": many(by_type({10: TEXT}), 1, 3), "accessory": by_type({2: _BUTTON, 11: _THUMBNAIL})}),
    10: TEXT,
    12: _GALLERY,
    13: record({"file": record({"url": text(14, 2048, r"attachment://\S+")})}, {"spoiler": boolean}),
    14: record({}, {"divider": boolean, "spacing": one_of(1, 2)}),
}
_LAYOUT = _INNER | {17: record({"components": many(by_type(_INNER), 1, 40)}, {"accent_color": whole(0, 0xFFFFFF)})}


def walk_components(components: Any, path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield (path, component) for every component in reading order, including nested ones."""
    for i, component in enumerate(components if isinstance(components, list | tuple) else ()):
        if isinstance(component, dict):
            yield (*path, i), component
            yield from walk_components(component.get("components"), (*path, i, "components"))
            if isinstance(component.get("accessory"), dict):
                yield (*path, i, "accessory"), component["accessory"]
            if isinstance(component.get("component"), dict):
                yield (*path, i, "component"), component["component"]


def custom_ids_differ(value: Any, path: Path, problems: Problems) -> None:
    """Rule that accepts components if no two of them, nested ones included, have the same custom_id."""
    ids = [(at, c["custom_id"]) for at, c in walk_components(value) if isinstance(c.get("custom_id"), str)]
    for i in repeated(custom_id for _, custom_id in ids):
        where = (*path, *ids[i][0], "custom_id")
        problems.add(where, "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")


def _not_too_many(value: Any, path: Path, problems: Problems) -> None:
    count = sum(1 for _ in walk_components(value))
    if count > MAX_COMPONENTS:
        problems.add(path, "BASE_TYPE_MAX_LENGTH", f"A message may have {MAX_COMPONENTS} components, not {count}.")


def _not_too_long(value: Any, path: Path, problems: Problems) -> None:
    texts = (part.get("content") for _, part in walk_components(value) if part.get("type") == 10)
    if sum(len(text) for text in texts if isinstance(text, str)) > MAX_TEXT_CHARS:
        problems.add(
            path, "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", f"All text together exceeds {MAX_TEXT_CHARS} characters"
        )


_ROWS = every(many(by_type({1: ROW}), 0, 5), custom_ids_differ)
_LAYOUTS = every(many(by_type(_LAYOUT), 0, 40), custom_ids_differ, _not_too_many, _not_too_long)

# Messages


def _one_way_to_mention(value: Any, path: Path, problems: Problems) -> None:
    for name in ("users", "roles"):
        if value.get(name) and name in (value.get("parse") or ()):
            message = f'parse:["{name}"] and {name}: [ids...] are mutually exclusive.'
            problems.add((*path, name), "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message)


_MENTIONS = record(
    {},
    {
        "parse": many(one_of("users", "roles", "everyone"), 0, 3),
        "users": many(snowflake, 0, 100),
        "roles": many(snowflake, 0, 100),
        "replied_user": boolean,
    },
    _one_way_to_mention,
)
_ATTACHMENT = record(
    {"id": snowflake}, {"filename": text(1, 1024), "description": text(0, 1024), "title": text(0, 1024)}
)
_MESSAGE: dict[str, Rule] = {
    "content": text(0, 2000),
    "embeds": every(many(EMBED, 0, 10), _embeds_are_short),
    "attachments": many(_ATTACHMENT, 0, 10),
    "allowed_mentions": _MENTIONS,
    "flags": whole(0, 2**31),
    "tts": boolean,
    "nonce": anything,
    "message_reference": record({"message_id": snowflake}),
}
_CLASSIC = record({}, _MESSAGE | {"components": _ROWS})


def _nothing_else(value: Any, path: Path, problems: Problems) -> None:
    for name in ("content", "embeds"):
        if value.get(name):
            message = f"The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            problems.add((*path, name), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", message)


_MODERN = record({}, _MESSAGE | {"components": _LAYOUTS}, _nothing_else)
# The flags that a bot may set: suppress embeds, ephemeral, silent, components V2.
SETTABLE_FLAGS = 1 << 2 | 1 << 6 | 1 << 12 | COMPONENTS_V2


def raise_problems(problems: Problems) -> None:
    """Raise ApiError 50035 with these problems, if there are any."""
    if problems:
        raise invalid_form(problems.tree)


def check_message(body: Any, path: Path = (), *, modern: bool = False) -> None:
    """Check the body of a message, or of an edit.

    ``modern`` is true if the message to edit already consists of components (V2). Setting the V2 flag in the body has
    the same effect.
    """
    problems = Problems()
    flags = body.get("flags") if isinstance(body, dict) else None
    if isinstance(flags, int) and flags & COMPONENTS_V2:
        modern = True
    (_MODERN if modern else _CLASSIC)(body, path, problems)
    if isinstance(flags, int) and flags & ~SETTABLE_FLAGS:
        problems.add((*path, "flags"), "MESSAGE_FLAGS_INVALID", "Some of these flags cannot be set.")
    raise_problems(problems)


def check_media(components: Any, filenames: Collection[str], path: Path = ()) -> None:
    """Check that every attachment shown by the components (V2) is one of the message's ``filenames``."""
    problems = Problems()
    for at, part in walk_components(components):
        for where, url in _media_urls(part):
            if url.startswith("attachment://") and url.removeprefix("attachment://") not in filenames:
                code = "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND"
                problems.add(
                    (*path, "components", *at, *where, "url"), code, f"The referenced attachment {url} was not found"
                )
    raise_problems(problems)


def _media_urls(part: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    """Yield (path in the component, address) for each picture and file that a component shows."""
    for name in ("media", "file"):
        if isinstance(part.get(name), dict):
            yield (name,), str(part[name].get("url"))
    for i, item in enumerate(part.get("items") or ()):
        yield ("items", i, "media"), str(item["media"].get("url"))


def check_not_empty(content: str, *lists: object) -> None:
    """Raise ApiError 50006 if a message has no content and all ``lists`` (its embeds, files and so on) are empty."""
    if not content.strip() and not any(lists):
        raise api_error("empty message")


def check_callback_data(data: Any) -> None:
    """Check the part of a callback's data that has the same form for every type of callback."""
    problems = Problems()
    record({}, {"flags": whole(0, 2**31)})(data, ("data",), problems)
    raise_problems(problems)


def check_callback_type(kind: Any, allowed: tuple[int, ...]) -> None:
    """Check that ``kind``, the callback's type, is one of ``allowed``."""
    problems = Problems()
    one_of(*allowed)(kind, ("type",), problems)
    raise_problems(problems)
