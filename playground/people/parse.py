"""Parses typed lines, such as "/waifu seed:123 psi:0.7" or "/morph 10 20", and checks them as Discord's client does.

Words without the name of an option fill the remaining options in order. The value of a text option given by name
extends to the name of the next option: "traits:hair: pink, eyes: blue psi:0.7". If a line cannot be sent, a
ClientRefusal says why in one sentence. Knows only the bot's synced commands, as JSON.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from playground.discord.errors import ClientRefusal
from playground.discord.state import Json
from playground.discord.validation.validate_commands import EXACT_WHOLE

# Option types.
_STRING, _INTEGER, _BOOLEAN, _USER, _CHANNEL, _ROLE, _MENTIONABLE, _NUMBER, _FILE = 3, 4, 5, 6, 7, 8, 9, 10, 11
_WORD = re.compile(r'\s*(?P<raw>(?:(?P<name>[-_\w]+):)?(?:"(?P<quoted>[^"]*)"|(?P<plain>\S*)))', re.UNICODE)
MAX_STRING = 6000  # greatest length, in characters, of a text option in Discord's client


@dataclass(frozen=True)
class ParsedCommand:
    """A command ready to send."""

    command: Json
    options: tuple[Json, ...]  # as on the wire: a sub-command contains its own options


@dataclass(frozen=True)
class Focus:
    """The option that is being typed at the end of a line."""

    command: ParsedCommand  # the line so far; the option being typed has "focused" set
    option: str  # name of the option being typed
    start: int  # offset in the line at which the option begins


@dataclass(frozen=True)
class Mark:
    """Where an option is in a line, and what is wrong with its value. All positions are offsets in the line."""

    option: str
    start: int  # where the option's name begins, or its value if the name is not written
    value: int  # where the value begins
    end: int
    problem: str  # one sentence about what is wrong with the value, or empty


@dataclass(frozen=True)
class _Word:
    name: str | None  # name of the option, if it is written
    text: str  # the value, without quotes
    quoted: bool
    raw: str  # the whole word as typed
    start: int  # offset in the line at which the word begins
    value: int  # offset in the line at which the text begins, after the name


def localize(commands: Iterable[Json], locale: str) -> list[Json]:
    """Return the commands with their texts in the language of ``locale``.

    Where a command, option or choice has a translation, its description is replaced and "display_name" is added.
    """
    return [_localize(command, locale) for command in commands]


def _localize(item: Json, locale: str) -> Json:
    keys = {"name": "display_name", "description": "description"}
    own = {
        keys[field]: texts[locale] for field in keys if locale in (texts := item.get(f"{field}_localizations") or {})
    }
    below = {
        part: [_localize(each, locale) for each in item[part]] for part in ("options", "choices") if item.get(part)
    }
    return item | own | below


def display_name(item: Json) -> str:
    """Return the translated name of a command, option or choice, or its own name if it has none."""
    return str(item.get("display_name", item["name"]))


def _find(items: Iterable[Json], word: str) -> Json | None:
    """Return the item with this name, or None.

    The English name is accepted as well as the translated one, so that examples work in every language.
    """
    known = list(items)
    return next((item for item in known if item["name"] == word), None) or next(
        (i for i in known if display_name(i) == word), None
    )


def find_command(commands: Iterable[Json], name: str) -> Json:
    """Return the slash command with this name. Raises ClientRefusal if there is none."""
    slash = [command for command in commands if command.get("type", 1) == 1]
    if command := _find(slash, name):
        return command
    known = ", ".join("/" + display_name(command) for command in slash) or "none yet"
    raise ClientRefusal("There is no command /{name}; the commands are: {known}.", name=name, known=known)


def parse(text: str, commands: Iterable[Json], names: Mapping[str, str] | None = None) -> ParsedCommand:
    """Parse a line into a command that is ready to send.

    ``names`` maps "@somebody", "#somewhere" or the name of a file to an id, for options whose value is an id.
    Raises ClientRefusal if Discord's client would refuse to send the line.
    """
    command, path, declared, words = _resolve(text, commands)
    title = " ".join(["/" + display_name(command), *map(display_name, path)])
    assigned = _assign(title, declared, _join(words, declared))
    options = [_read_option(declared[name], word, names or {}) for name, word in assigned.items()]
    for option in declared.values():
        if option.get("required") and option["name"] not in assigned:
            raise ClientRefusal(
                "{title} cannot be sent without the option {name} ({about}).",
                title=title,
                name=display_name(option),
                about=option["description"],
            )
    return ParsedCommand(command, _nest(path, options))


def find_focus(text: str, commands: Iterable[Json], names: Mapping[str, str] | None = None) -> Focus | None:
    """Return the option being typed at the end of the line, or None if that option has no autocompletion.

    Any other option is left out of the command if its value is invalid. Raises ClientRefusal if the line as a whole
    cannot be parsed.
    """
    command, path, declared, words = _resolve(text, commands)
    words = _join(words, declared)
    if not words or (text.endswith(" ") and not _continues(words[-1], declared)):
        words.append(_Word(None, "", False, "", len(text), len(text)))  # the next option, which is still empty
    if len(words) > len(declared):
        return None
    assigned = _assign("/" + display_name(command), declared, words)
    name = next(name for name, word in assigned.items() if word is words[-1])
    if not declared[name].get("autocomplete"):
        return None
    marked = {"name": name, "type": declared[name]["type"], "value": assigned[name].text, "focused": True}
    options = [
        marked if other == name else _read_or_none(declared[other], word, names or {})
        for other, word in assigned.items()
    ]
    parsed = ParsedCommand(command, _nest(path, [option for option in options if option]))
    return Focus(parsed, name, assigned[name].start)


def mark_options(
    text: str,
    commands: Iterable[Json],
    names: Mapping[str, str] | None = None,
    describe: Callable[[ClientRefusal], str] = str,
) -> list[Mark]:
    """Return a Mark for each option in a line, from left to right.

    ``describe`` returns the sentence for a problem, for example in another language. Raises ClientRefusal if the line
    as a whole cannot be parsed.
    """
    command, _, declared, words = _resolve(text, commands)
    words = _join(words, declared)
    option_of = {id(word): name for name, word in _assign("/" + display_name(command), declared, words).items()}
    ends = [*(word.start for word in words[1:]), len(text)][: len(words)]
    marks = []
    for word, end in zip(words, ends, strict=True):
        option = declared[option_of[id(word)]]
        if end != len(text) or not _continues(word, declared):
            end = word.start + len(text[word.start : end].rstrip())
        marks.append(Mark(option["name"], word.start, word.value, end, _problem(option, word, names or {}, describe)))
    return marks


def _problem(option: Json, word: _Word, names: Mapping[str, str], describe: Callable[[ClientRefusal], str]) -> str:
    try:
        _read_option(option, word, names)
    except ClientRefusal as refusal:
        return describe(refusal)
    return ""


def _read_or_none(option: Json, word: _Word, names: Mapping[str, str]) -> Json | None:
    try:
        return _read_option(option, word, names)
    except ClientRefusal:
        return None


def _resolve(text: str, commands: Iterable[Json]) -> tuple[Json, list[Json], dict[str, Json], list[_Word]]:
    """Find the command and the sub-commands that a line begins with.

    Return the command, the sub-commands, the declared options by name, and the remaining words of the line. Raises
    ClientRefusal if there is no such command or sub-command.
    """
    if not text.startswith("/"):
        raise ClientRefusal("A command begins with a slash, for example /waifu.")
    words = _split(text)
    command = find_command(commands, words.pop(0).text if words else "")
    path, level = [], list(command.get("options") or [])
    while level and level[0]["type"] in (1, 2):
        step = _find(level, words.pop(0).text if words else "")
        if step is None:
            known = ", ".join(map(display_name, level))
            raise ClientRefusal("/{name} is followed by one of: {known}.", name=display_name(command), known=known)
        path.append(step)
        level = list(step.get("options") or [])
    own = {display_name(option): option["name"] for option in level} | {
        option["name"]: option["name"] for option in level
    }
    words = [replace(word, name=own.get(word.name, word.name)) if word.name else word for word in words]
    return command, path, {option["name"]: option for option in level}, words


def _split(text: str) -> list[_Word]:
    words, at = [], 1  # 1 skips the slash
    while at < len(text.rstrip()):
        match = _WORD.match(text, at)
        assert match is not None  # the pattern matches anywhere, because all its parts are optional
        at = max(match.end(), at + 1)
        quoted = match["quoted"] is not None
        word = match["quoted"] if quoted else match["plain"] or ""
        value = match.end("name") + 1 if match["name"] is not None else match.start("raw")
        words.append(_Word(match["name"], word, quoted, match["raw"], match.start("raw"), value))
    return words


def _continues(word: _Word, declared: Mapping[str, Json]) -> bool:
    """Whether the words after ``word`` continue its value, because it names a text option and is not quoted."""
    return word.name is not None and not word.quoted and declared.get(word.name, {}).get("type") == _STRING


def _join(words: Sequence[_Word], declared: Mapping[str, Json]) -> list[_Word]:
    joined: list[_Word] = []
    for word in words:
        if word.name not in declared and joined and word.raw and _continues(joined[-1], declared):
            joined[-1] = replace(joined[-1], text=f"{joined[-1].text} {word.raw}".strip())
        else:
            joined.append(word)
    return joined


def _assign(title: str, declared: Mapping[str, Json], words: Sequence[_Word]) -> dict[str, _Word]:
    """Assign every word to an option, and return the words by option name.

    Words with the name of an option belong to that option. The other words fill the remaining options in declared
    order. Raises ClientRefusal if a name is unknown or occurs twice, or if there are too many words.
    """
    assigned: dict[str, _Word] = {}
    known = ", ".join(map(display_name, declared.values())) or "none"
    for word in words:
        if word.name is not None and word.name not in declared:
            raise ClientRefusal(
                "{title} has no option {name}; its options are: {known}.", title=title, name=word.name, known=known
            )
    names_used = [word.name for word in words if word.name is not None]
    if duplicate := next((name for name in names_used if names_used.count(name) > 1), None):
        raise ClientRefusal("The option {name} is given twice.", name=display_name(declared[duplicate]))
    free = iter(name for name in declared if name not in names_used)
    for word in words:
        name = word.name if word.name is not None else next(free, None)
        if name is None:
            raise ClientRefusal(
                "{title} has no option for '{text}'; its options are: {known}.",
                title=title,
                text=word.text,
                known=known,
            )
        assigned[name] = word
    return assigned


def _read_option(option: Json, word: _Word, names: Mapping[str, str]) -> Json:
    if not word.text.strip() and option["type"] != _STRING:
        raise ClientRefusal("The option {name} is still empty.", name=display_name(option))
    value = _READ[option["type"]](option, word.text.strip() if not word.quoted else word.text, names)
    return {"name": option["name"], "type": option["type"], "value": value}


def _choice_value(option: Json, text: str) -> Any:
    """Return the value of the choice whose name or value is ``text``. Raises ClientRefusal if there is none."""
    for choice in option["choices"]:
        if text.casefold() in (
            str(known).casefold() for known in (choice["name"], choice["value"], display_name(choice))
        ):
            return choice["value"]
    known = ", ".join(map(display_name, option["choices"]))
    raise ClientRefusal("{name} must be one of: {known}.", name=display_name(option), known=known)


def _string(option: Json, text: str, names: Mapping[str, str]) -> str:
    if option.get("choices"):
        return str(_choice_value(option, text))
    low, high = option.get("min_length") or 0, option.get("max_length") or MAX_STRING
    if not low <= len(text) <= high:
        raise ClientRefusal(
            "{name} must have {low} to {high} characters, not {given}.",
            name=display_name(option),
            low=low,
            high=high,
            given=len(text),
        )
    return text


def _check_range(option: Json, value: Any) -> Any:
    low, high = option.get("min_value"), option.get("max_value")
    low, high = -EXACT_WHOLE if low is None else low, EXACT_WHOLE if high is None else high
    if not low <= value <= high:
        shown = {"low": f"{low:.16g}", "high": f"{high:.16g}", "given": f"{value:.16g}"}
        raise ClientRefusal("{name} must be from {low} to {high}, not {given}.", name=display_name(option), **shown)
    return value


def _integer(option: Json, text: str, names: Mapping[str, str]) -> Any:
    if option.get("choices"):
        return _choice_value(option, text)
    if not re.fullmatch(r"[+-]?\d{1,30}", text):
        raise ClientRefusal("{name} must be a whole number, not '{text}'.", name=display_name(option), text=text)
    return _check_range(option, int(text))


def _number(option: Json, text: str, names: Mapping[str, str]) -> Any:
    if option.get("choices"):
        return _choice_value(option, text)
    if not re.fullmatch(r"[+-]?(\d{1,30}(\.\d*)?|\.\d+)", text):
        raise ClientRefusal("{name} must be a number, not '{text}'.", name=display_name(option), text=text)
    return _check_range(option, float(text))


def _yes_or_no(option: Json, text: str, names: Mapping[str, str]) -> bool:
    meanings = {"true": True, "yes": True, "false": False, "no": False}
    if text.casefold() not in meanings:
        raise ClientRefusal("{name} must be true or false.", name=display_name(option))
    return meanings[text.casefold()]


def _entity(option: Json, text: str, names: Mapping[str, str]) -> str:
    is_file = option["type"] == _FILE
    known = {name: number for name, number in names.items() if name.startswith(("@", "#")) != is_file}
    if text in known:
        return known[text]
    if text.isdecimal() and (not is_file or text in known.values()):
        return text
    if is_file:
        raise ClientRefusal(
            "The option {name} needs a file, and none called '{text}' is attached.",
            name=display_name(option),
            text=text,
        )
    raise ClientRefusal("The option {name} names '{text}', who is not here.", name=display_name(option), text=text)


_READ: Mapping[int, Callable[[Json, str, Mapping[str, str]], Any]] = {
    _STRING: _string,
    _INTEGER: _integer,
    _NUMBER: _number,
    _BOOLEAN: _yes_or_no,
    _USER: _entity,
    _CHANNEL: _entity,
    _ROLE: _entity,
    _MENTIONABLE: _entity,
    _FILE: _entity,
}


def _nest(path: Sequence[Json], options: list[Json]) -> tuple[Json, ...]:
    for step in reversed(path):
        options = [{"name": step["name"], "type": step["type"], "options": options}]
    return tuple(options)
