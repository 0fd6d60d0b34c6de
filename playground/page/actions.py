"""What people do on the page: each act as the page asks for it, done by a Person, answered with JSON or one sentence.

Knows people and what they may do, no sockets.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, replace

from playground.discord import state, wire
from playground.discord.errors import Unsaid
from playground.discord.state import Json, Message
from playground.discord.validation.validate_commands import LOCALES
from playground.page.words import worded
from playground.people import parse
from playground.people.user import Answer, Person, Unanswered

Act = Callable[[Person, Json], Awaitable[Json]]
_MAX_NAME_CHARS = 80


async def _acknowledged(answer: Answer) -> Json:
    try:
        await answer.acknowledged()
    finally:
        answer.close()
    return {}


def _named_message(person: Person, body: Json) -> Message:
    message = person.world.messages.get(int(body["message"]))
    if message is None or not person.sees(message):
        raise Unsaid("That message is no longer there.")
    return message


async def _say(person: Person, body: Json) -> Json:
    return await _acknowledged(person.say(str(body["text"])))


async def _write(person: Person, body: Json) -> Json:
    """Post what is no command, with the files that were kept for it."""
    files = [upload for number in body.get("files", ()) if (upload := person.world.uploads.get(int(number)))]
    person.write(str(body["text"]), files)
    return {}


async def _look(person: Person, body: Json) -> Json:
    """How the line is understood so far; the bot is not asked."""
    try:
        marks = parse.marks(str(body["text"]), person.commands, person.names, lambda why: worded(why, person.locale))
    except Unsaid as why:
        return {"marks": [], "problem": worded(why, person.locale)}
    return {"marks": [asdict(mark) for mark in marks], "problem": ""}


async def _complete(person: Person, body: Json) -> Json:
    text = str(body["text"])
    try:
        focus = person.focus(text)
        choices = await person.complete(text) if focus else []
    except (Unsaid, Unanswered):
        return {"choices": []}
    return {"choices": choices} | ({"option": focus.option, "start": focus.start} if focus else {})


async def _click(person: Person, body: Json) -> Json:
    return await _acknowledged(person.click(_named_message(person, body), str(body["custom_id"])))


async def _choose(person: Person, body: Json) -> Json:
    values = [str(value) for value in body["values"]]
    return await _acknowledged(person.choose(_named_message(person, body), str(body["custom_id"]), values))


async def _target(person: Person, body: Json) -> Json:
    """Use a command of a message's context menu."""
    message, name = _named_message(person, body), str(body["name"])
    known = [command["name"] for command in person.world.commands_in(person.channel.id) if command["type"] == 3]
    if name not in known:
        raise Unsaid("There is no '{name}' for messages here any more.", name=name)
    return await _acknowledged(person.right_click(name, message))


async def _submit(person: Person, body: Json) -> Json:
    opened = person.world.interactions.get(int(body["interaction"]))
    if opened is None or opened.user_id != person.user.id:
        raise Unsaid("That dialog is no longer open.")
    return await _acknowledged(person.submit(opened, dict(body["values"])))


async def _delete(person: Person, body: Json) -> Json:
    person.delete(_named_message(person, body))
    return {}


async def _speak(person: Person, body: Json) -> Json:
    """Set the language of that person's Discord."""
    if body["locale"] not in LOCALES:
        raise Unsaid("Discord does not speak that language.")
    person.world.users[person.user.id] = replace(person.user, locale=str(body["locale"]))
    person.world.tell("people", person.user)
    return {}


def keep(person: Person, filename: str, body: bytes) -> Json:
    """Hold an uploaded file ready for an option, a dialog or a message; return how it is named in a line, and how it looks."""
    limit = person.world.limit(person.channel.id)
    if len(body) > limit:
        raise Unsaid("That file is larger than {limit} MiB.", limit=limit // state.MIB)
    name = re.sub(r"[^\w.()+-]+", "_", filename)[-_MAX_NAME_CHARS:].lstrip(".") or "file"
    kept = person.upload(name, body)
    return {"name": kept.filename, "file": wire.attachment("", person.channel.id, kept)}


ACTS: Mapping[str, Act] = {
    "say": _say,
    "write": _write,
    "look": _look,
    "complete": _complete,
    "click": _click,
    "choose": _choose,
    "target": _target,
    "submit": _submit,
    "delete": _delete,
    "speak": _speak,
}
