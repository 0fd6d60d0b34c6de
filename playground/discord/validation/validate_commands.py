"""Validates application commands and autocompletion choices, using tables of rules with Discord's limits.

Knows nothing about the state. The public checks raise ApiError 50035 for invalid data; the error names every bad field.
The limits are from Discord's public API documentation (application commands), version 10.
"""

import re
from typing import Any

from playground.discord.errors import invalid_form
from playground.discord.validation.validators import (
    Path,
    Problems,
    Rule,
    anything,
    boolean,
    by_type,
    every,
    many,
    number,
    one_of,
    record,
    repeated,
    snowflake,
    text,
    whole,
)

MAX_COMMAND_CHARS = 8000
EXACT_WHOLE = 2**53 - 1  # largest integer that is exact in a double, the type JavaScript uses for JSON numbers
# fmt: off
LOCALES = (
    "id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl", "no", "pl", "pt-BR",
    "ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th", "zh-CN", "ja", "zh-TW", "ko",
)
# fmt: on

_VALUE_RULES: dict[int, Rule] = {
    3: text(0, 100),
    4: whole(-EXACT_WHOLE, EXACT_WHOLE),
    10: number(-EXACT_WHOLE, EXACT_WHOLE),
}


def _choices_of(kind: int, low: int = 0) -> Rule:
    return many(
        record(
            {"name": text(1, 100), "value": _VALUE_RULES.get(kind, anything)}, {"name_localizations": _DESCRIPTIONS}
        ),
        low,
        25,
    )


def check_choices(data: Any, kind: int) -> None:
    """Check the autocompletion choices of an option. ``kind`` is its type: 3 text, 4 whole number, 10 number."""
    problems = Problems()
    record({"choices": _choices_of(kind)})(data, ("data",), problems)
    if problems:
        raise invalid_form(problems.tree)


_NAME_PATTERN = r"[-_'\w]{1,32}"


def _command_name(value: Any, path: Path, problems: Problems) -> None:
    if not isinstance(value, str) or not re.fullmatch(_NAME_PATTERN, value) or value != value.lower():
        problems.add(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _check_locales(value: Any, path: Path, problems: Problems) -> None:
    for name in value if isinstance(value, dict) else ():
        if name not in LOCALES:
            problems.add((*path, name), "APPLICATION_COMMAND_INVALID_LOCALE", "This locale is not supported")


_NAMES = record({}, dict.fromkeys(LOCALES, _command_name), _check_locales)
_DESCRIPTIONS = record({}, {locale: text(1, 100) for locale in LOCALES}, _check_locales)
_NAME_AND_DESCRIPTION: dict[str, Rule] = {"name": _command_name, "description": text(1, 100)}
_TRANSLATED: dict[str, Rule] = {"name_localizations": _NAMES, "description_localizations": _DESCRIPTIONS}


def _check_options(value: Any, path: Path, problems: Problems) -> None:
    options = [option for option in value.get("options") or [] if isinstance(option, dict)]
    for i in repeated(str(option.get("name")) for option in options):
        message = "Option names must be unique"
        problems.add((*path, "options", i, "name"), "APPLICATION_COMMAND_OPTIONS_NAME_INVALID", message)
    optional_seen = False
    for i, option in enumerate(options):
        if option.get("required") and optional_seen:
            message = "Required options must be placed before non-required options"
            problems.add((*path, "options", i), "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message)
        optional_seen = optional_seen or not option.get("required")


def _value_option(kind: int) -> Rule:
    optional: dict[str, Rule] = {"required": boolean, "autocomplete": boolean, **_TRANSLATED}
    if kind in _VALUE_RULES:
        optional["choices"] = _choices_of(kind)
    if kind == 3:
        optional |= {"min_length": whole(0, 6000), "max_length": whole(1, 6000)}
    if kind in (4, 10):
        optional |= {"min_value": _VALUE_RULES[kind], "max_value": _VALUE_RULES[kind]}
    return record(_NAME_AND_DESCRIPTION, optional, _check_choices)


def _check_choices(value: Any, path: Path, problems: Problems) -> None:
    if value.get("autocomplete") and value.get("choices"):
        problems.add(
            (*path, "autocomplete"),
            "APPLICATION_COMMAND_AUTOCOMPLETE_WITH_CHOICES",
            "Choices and autocomplete exclude each other",
        )
    if value.get("autocomplete") and value.get("type") not in _VALUE_RULES:
        problems.add(
            (*path, "autocomplete"), "APPLICATION_COMMAND_AUTOCOMPLETE_INVALID", "This type cannot be autocompleted"
        )
    for i in repeated(str(c.get("name")) for c in value.get("choices") or [] if isinstance(c, dict)):
        problems.add(
            (*path, "choices", i), "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_DUPLICATED", "Choice names must be unique"
        )


_VALUES = {kind: _value_option(kind) for kind in range(3, 12)}
_SUB = record(_NAME_AND_DESCRIPTION, {"options": many(by_type(_VALUES), 0, 25), **_TRANSLATED}, _check_options)
_GROUP = record(_NAME_AND_DESCRIPTION, {"options": many(by_type({1: _SUB}), 1, 25), **_TRANSLATED}, _check_options)
_SETTINGS: dict[str, Rule] = {
    "default_member_permissions": snowflake,
    "dm_permission": boolean,
    "nsfw": boolean,
    "contexts": many(one_of(0, 1, 2), 1, 3),
    "integration_types": many(one_of(0, 1), 1, 2),
}
_CHAT_COMMAND = record(
    _NAME_AND_DESCRIPTION,
    {"options": many(by_type(_VALUES | {1: _SUB, 2: _GROUP}), 0, 25), **_TRANSLATED, **_SETTINGS},
    _check_options,
)
_MENU_NAMES = record({}, {locale: text(1, 32) for locale in LOCALES}, _check_locales)
_MENU_COMMAND = record(
    {"name": text(1, 32)},
    {"description": text(0, 0), "options": many(anything, 0, 0), "name_localizations": _MENU_NAMES, **_SETTINGS},
)
_MAX_PER_TYPE = {1: 100, 2: 15, 3: 15}


def _command_size(command: Any) -> int:
    """Return the total length of a command's names, descriptions and values, including its options and choices.

    If a text is translated, only its longest version counts, as in Discord.
    """
    if isinstance(command, list):
        return sum(map(_command_size, command))
    if not isinstance(command, dict):
        return 0
    own = sum(max(map(len, _texts(command, field)), default=0) for field in ("name", "description", "value"))
    return own + _command_size(command.get("options")) + _command_size(command.get("choices"))


def _texts(item: dict[str, Any], field: str) -> list[str]:
    translated = item.get(f"{field}_localizations")
    values = [item.get(field), *(translated.values() if isinstance(translated, dict) else ())]
    return [value for value in values if isinstance(value, str)]


def _check_all(value: Any, path: Path, problems: Problems) -> None:
    commands = [c for c in value if isinstance(c, dict)] if isinstance(value, list) else []
    kinds = [c.get("type", 1) for c in commands]
    for kind, most in _MAX_PER_TYPE.items():
        if kinds.count(kind) > most:
            problems.add(
                path,
                "APPLICATION_COMMANDS_MAX",
                f"There can be {most} commands of type {kind}, not {kinds.count(kind)}.",
            )
    for i in repeated((str(kind), str(c.get("name"))) for kind, c in zip(kinds, commands, strict=True)):
        problems.add(
            (*path, i, "name"), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique"
        )
    for i, command in enumerate(commands):
        if _command_size(command) > MAX_COMMAND_CHARS:
            problems.add(
                (*path, i), "APPLICATION_COMMAND_TOO_LARGE", f"Command exceeds maximum size ({MAX_COMMAND_CHARS})"
            )


def _command(value: Any, path: Path, problems: Problems) -> None:
    typed = {"type": 1, **value} if isinstance(value, dict) else value
    by_type({1: _CHAT_COMMAND, 2: _MENU_COMMAND, 3: _MENU_COMMAND})(typed, path, problems)


def check_commands(body: Any) -> None:
    """Check the body of a bulk overwrite, which replaces all commands."""
    problems = Problems()
    every(many(_command, 0, 130), _check_all)(body, (), problems)
    if problems:
        raise invalid_form(problems.tree)
