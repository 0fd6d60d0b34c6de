"""What people type, "/waifu seed:123 psi:0.7" or "/morph 10 20", as a command with typed options, checked as Discord's client does.

Knows synced commands as JSON and nothing else; every refusal is one sentence. Words without a name fill the options in their order.
What follows the name of a text option, up to the next option's name, belongs to it: "traits:hair: pink, eyes: blue psi:0.7".
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from playground.discord.errors import Unsaid
from playground.discord.state import Json
from playground.discord.validation.validate_commands import EXACT_WHOLE

_STRING, _WHOLE, _BOOLEAN, _USER, _CHANNEL, _ROLE, _ANYONE, _NUMBER, _FILE = 3, 4, 5, 6, 7, 8, 9, 10, 11
_WORD = re.compile(r'\s*(?P<raw>(?:(?P<name>[-_\w]+):)?(?:"(?P<quoted>[^"]*)"|(?P<plain>\S*)))', re.UNICODE)
MAX_STRING = 6000  # characters that Discord's client lets one type into an option


@dataclass(frozen=True)
class Said:
    """A command ready to send. options: nested below sub-commands, as on the wire."""

    command: Json
    options: tuple[Json, ...]


@dataclass(frozen=True)
class Focus:
    """What is being typed: the line so far, with one option marked as focused. start: where that option begins in the line."""

    said: Said
    option: str
    start: int


@dataclass(frozen=True)
class Mark:
    """Where an option stands in a line: from start (its name, if it is written) over value (what is given) to end.

    problem: one sentence that says what is wrong with the value, or empty.
    """

    option: str
    start: int
    value: int
    end: int
    problem: str


@dataclass(frozen=True)
class _Word:
    name: str | None
    text: str
    quoted: bool
    raw: str
    start: int
    value: int  # where in the line its text begins


def spoken(commands: Iterable[Json], locale: str) -> list[Json]:
    """Return the commands as a person with that locale has them: what is named differently there is "called" so, too."""
    return [_spoken(command, locale) for command in commands]


def _spoken(item: Json, locale: str) -> Json:
    said = {"name": "called", "description": "description"}
    own = {
        said[field]: texts[locale] for field in said if locale in (texts := item.get(f"{field}_localizations") or {})
    }
    below = {part: [_spoken(each, locale) for each in item[part]] for part in ("options", "choices") if item.get(part)}
    return item | own | below


def called(item: Json) -> str:
    """Return what a command, option or choice is called in the language it is spoken in."""
    return str(item.get("called", item["name"]))


def _named(items: Iterable[Json], word: str) -> Json | None:
    """Return the one of that name; its English name will always do, so that examples work everywhere."""
    known = list(items)
    return next((item for item in known if item["name"] == word), None) or next(
        (i for i in known if called(i) == word), None
    )


def command_named(commands: Iterable[Json], name: str) -> Json:
    """Return the slash command of that name."""
    slash = [command for command in commands if command.get("type", 1) == 1]
    if command := _named(slash, name):
        return command
    known = ", ".join("/" + called(command) for command in slash) or "none yet"
    raise Unsaid("There is no command /{name}; the commands are: {known}.", name=name, known=known)


def parse(text: str, commands: Iterable[Json], names: Mapping[str, str] | None = None) -> Said:
    """Read one line. names: "@somebody" or "#somewhere" -> id, for options that take a person or a channel. Raises Unsaid."""
    command, path, declared, words = _opened(text, commands)
    title = " ".join(["/" + called(command), *map(called, path)])
    given = _assigned(title, declared, _joined(words, declared))
    options = [_typed(declared[name], word, names or {}) for name, word in given.items()]
    for option in declared.values():
        if option.get("required") and option["name"] not in given:
            raise Unsaid("{title} needs {name}: {about}", title=title, name=called(option), about=option["description"])
    return Said(command, _nested(path, options))


def focused(text: str, commands: Iterable[Json], names: Mapping[str, str] | None = None) -> Focus | None:
    """Return what is being typed at the line's end, or None if nothing is offered for it. Options that are wrong are left out."""
    command, path, declared, words = _opened(text, commands)
    words = _joined(words, declared)
    if not words or (text.endswith(" ") and not _goes_on(words[-1], declared)):
        words.append(
            _Word(None, "", False, "", len(text), len(text))
        )  # the next option has begun, with nothing in it yet
    if len(words) > len(declared):
        return None
    given = _assigned("/" + called(command), declared, words)
    name = next(name for name, word in given.items() if word is words[-1])
    if not declared[name].get("autocomplete"):
        return None
    marked = {"name": name, "type": declared[name]["type"], "value": given[name].text, "focused": True}
    options = [marked if other == name else _maybe(declared[other], word, names or {}) for other, word in given.items()]
    said = Said(command, _nested(path, [option for option in options if option]))
    return Focus(said, name, given[name].start)


def marks(
    text: str, commands: Iterable[Json], names: Mapping[str, str] | None = None, say: Callable[[Unsaid], str] = str
) -> list[Mark]:
    """Return where the options of a line stand, in its order, and what is wrong with each, as ``say`` says it.

    Raises Unsaid where none can be told.
    """
    command, _, declared, words = _opened(text, commands)
    words = _joined(words, declared)
    option_of = {id(word): name for name, word in _assigned("/" + called(command), declared, words).items()}
    ends = [*(word.start for word in words[1:]), len(text)][: len(words)]
    found = []
    for word, end in zip(words, ends, strict=True):
        option = declared[option_of[id(word)]]
        if end != len(text) or not _goes_on(word, declared):
            end = word.start + len(text[word.start : end].rstrip())
        found.append(Mark(option["name"], word.start, word.value, end, _problem(option, word, names or {}, say)))
    return found


def _problem(option: Json, word: _Word, names: Mapping[str, str], say: Callable[[Unsaid], str]) -> str:
    try:
        _typed(option, word, names)
    except Unsaid as why:
        return say(why)
    return ""


def _maybe(option: Json, word: _Word, names: Mapping[str, str]) -> Json | None:
    try:
        return _typed(option, word, names)
    except Unsaid:
        return None


def _opened(text: str, commands: Iterable[Json]) -> tuple[Json, list[Json], dict[str, Json], list[_Word]]:
    """Return the command, the sub-commands on the way, the options at its end, and the words left for them."""
    if not text.startswith("/"):
        raise Unsaid("A command begins with a slash, for example /waifu.")
    words = _words(text)
    command = command_named(commands, words.pop(0).text if words else "")
    path, level = [], list(command.get("options") or [])
    while level and level[0]["type"] in (1, 2):
        step = _named(level, words.pop(0).text if words else "")
        if step is None:
            known = ", ".join(map(called, level))
            raise Unsaid("/{name} is followed by one of: {known}.", name=called(command), known=known)
        path.append(step)
        level = list(step.get("options") or [])
    own = {called(option): option["name"] for option in level} | {option["name"]: option["name"] for option in level}
    words = [replace(word, name=own.get(word.name, word.name)) if word.name else word for word in words]
    return command, path, {option["name"]: option for option in level}, words


def _words(text: str) -> list[_Word]:
    words, at = [], 1  # after the slash
    while at < len(text.rstrip()):
        match = _WORD.match(text, at)
        assert match is not None  # everything in it is optional
        at = max(match.end(), at + 1)
        quoted = match["quoted"] is not None
        word = match["quoted"] if quoted else match["plain"] or ""
        value = match.end("name") + 1 if match["name"] is not None else match.start("raw")
        words.append(_Word(match["name"], word, quoted, match["raw"], match.start("raw"), value))
    return words


def _goes_on(word: _Word, declared: Mapping[str, Json]) -> bool:
    """Whether what follows belongs to this word, too: it names a text option and is not in quotes."""
    return word.name is not None and not word.quoted and declared.get(word.name, {}).get("type") == _STRING


def _joined(words: Sequence[_Word], declared: Mapping[str, Json]) -> list[_Word]:
    joined: list[_Word] = []
    for word in words:
        if word.name not in declared and joined and word.raw and _goes_on(joined[-1], declared):
            joined[-1] = replace(joined[-1], text=f"{joined[-1].text} {word.raw}".strip())
        else:
            joined.append(word)
    return joined


def _assigned(title: str, declared: Mapping[str, Json], words: Sequence[_Word]) -> dict[str, _Word]:
    """Give every word to an option: named ones to theirs, the others in the declared order to those still free."""
    given: dict[str, _Word] = {}
    known = ", ".join(map(called, declared.values())) or "none"
    for word in words:
        if word.name is not None and word.name not in declared:
            raise Unsaid(
                "{title} has no option {name}; its options are: {known}.", title=title, name=word.name, known=known
            )
    named = [word.name for word in words if word.name is not None]
    if twice := next((name for name in named if named.count(name) > 1), None):
        raise Unsaid("The option {name} is given twice.", name=called(declared[twice]))
    free = iter(name for name in declared if name not in named)
    for word in words:
        name = word.name if word.name is not None else next(free, None)
        if name is None:
            raise Unsaid(
                "{title} has no place for '{text}'; its options are: {known}.", title=title, text=word.text, known=known
            )
        given[name] = word
    return given


def _typed(option: Json, word: _Word, names: Mapping[str, str]) -> Json:
    value = _READ[option["type"]](option, word.text.strip() if not word.quoted else word.text, names)
    return {"name": option["name"], "type": option["type"], "value": value}


def _chosen(option: Json, text: str) -> Any:
    """Return the value of the choice that is meant by its name or its value."""
    for choice in option["choices"]:
        if text.casefold() in (str(known).casefold() for known in (choice["name"], choice["value"], called(choice))):
            return choice["value"]
    listed = ", ".join(map(called, option["choices"]))
    raise Unsaid("{name} is one of: {known}.", name=called(option), known=listed)


def _string(option: Json, text: str, names: Mapping[str, str]) -> str:
    if option.get("choices"):
        return str(_chosen(option, text))
    low, high = option.get("min_length") or 0, option.get("max_length") or MAX_STRING
    if not low <= len(text) <= high:
        raise Unsaid(
            "{name} must have from {low} to {high} characters, not {given}.",
            name=called(option),
            low=low,
            high=high,
            given=len(text),
        )
    return text


def _within(option: Json, value: Any) -> Any:
    low, high = option.get("min_value"), option.get("max_value")
    low, high = -EXACT_WHOLE if low is None else low, EXACT_WHOLE if high is None else high
    if not low <= value <= high:
        shown = {"low": f"{low:.16g}", "high": f"{high:.16g}", "given": f"{value:.16g}"}
        raise Unsaid("{name} must be from {low} to {high}, not {given}.", name=called(option), **shown)
    return value


def _whole_number(option: Json, text: str, names: Mapping[str, str]) -> Any:
    if option.get("choices"):
        return _chosen(option, text)
    if not re.fullmatch(r"[+-]?\d{1,30}", text):
        raise Unsaid("{name} must be a whole number, not '{text}'.", name=called(option), text=text)
    return _within(option, int(text))


def _number(option: Json, text: str, names: Mapping[str, str]) -> Any:
    if option.get("choices"):
        return _chosen(option, text)
    if not re.fullmatch(r"[+-]?(\d{1,30}(\.\d*)?|\.\d+)", text):
        raise Unsaid("{name} must be a number, not '{text}'.", name=called(option), text=text)
    return _within(option, float(text))


def _yes_or_no(option: Json, text: str, names: Mapping[str, str]) -> bool:
    meanings = {"true": True, "yes": True, "false": False, "no": False}
    if text.casefold() not in meanings:
        raise Unsaid("{name} is true or false.", name=called(option))
    return meanings[text.casefold()]


def _someone(option: Json, text: str, names: Mapping[str, str]) -> str:
    if text in names:
        return names[text]
    if text.isdecimal():
        return text
    raise Unsaid("{name} names nobody and nothing here: '{text}'.", name=called(option), text=text)


_READ: Mapping[int, Callable[[Json, str, Mapping[str, str]], Any]] = {
    _STRING: _string,
    _WHOLE: _whole_number,
    _NUMBER: _number,
    _BOOLEAN: _yes_or_no,
    _USER: _someone,
    _CHANNEL: _someone,
    _ROLE: _someone,
    _ANYONE: _someone,
    _FILE: _someone,
}


def _nested(path: Sequence[Json], options: list[Json]) -> tuple[Json, ...]:
    for step in reversed(path):
        options = [{"name": step["name"], "type": step["type"], "options": options}]
    return tuple(options)
