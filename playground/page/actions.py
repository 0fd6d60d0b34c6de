"""The actions of the chat page. Each makes a Person do something, and returns JSON for the page.

Knows nothing about HTTP: page.py makes a route for each action. Actions raise ClientRefusal, NoAnswer or ApiError;
page.py shows the error's sentence to the person.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, replace

from playground.discord import state, wire
from playground.discord.errors import ClientRefusal
from playground.discord.state import Json, Message
from playground.discord.validation.validate_commands import LOCALES
from playground.page.translations import translate
from playground.people import parse
from playground.people.person import Answer, NoAnswer, Person

Action = Callable[[Person, Json], Awaitable[Json]]
_MAX_NAME_CHARS = 80


async def _wait(answer: Answer) -> Json:
    """Wait until the bot has answered. Return the id of the message with the answer, if there is one."""
    try:
        interaction = await answer.wait_acknowledged()
    finally:
        answer.close()
    return {} if interaction.original_id is None else {"message": str(interaction.original_id)}


def _find_message(person: Person, body: Json) -> Message:
    message = person.world.messages.get(int(body["message"]))
    if message is None or not person.sees(message):
        raise ClientRefusal("That message no longer exists.")
    return message


async def _say(person: Person, body: Json) -> Json:
    return await _wait(person.say(str(body["text"])))


async def _write(person: Person, body: Json) -> Json:
    """Post a plain message with the uploaded files that the body names."""
    files = [upload for number in body.get("files", ()) if (upload := person.world.uploads.get(int(number)))]
    person.write(str(body["text"]), files)
    return {}


async def _interpret(person: Person, body: Json) -> Json:
    """Parse the line that a person is typing, without asking the bot. Return its Marks, or why it cannot be parsed."""
    try:
        marks = parse.mark_options(
            str(body["text"]), person.commands, person.names, lambda refusal: translate(refusal, person.locale)
        )
    except ClientRefusal as refusal:
        return {"marks": [], "problem": translate(refusal, person.locale)}
    return {"marks": [asdict(mark) for mark in marks], "problem": ""}


async def _complete(person: Person, body: Json) -> Json:
    text = str(body["text"])
    try:
        focus = person.focus(text)
        choices = await person.complete(text) if focus else []
    except (ClientRefusal, NoAnswer):
        return {"choices": []}
    return {"choices": choices} | ({"option": focus.option, "start": focus.start} if focus else {})


async def _click(person: Person, body: Json) -> Json:
    return await _wait(person.click(_find_message(person, body), str(body["custom_id"])))


async def _choose(person: Person, body: Json) -> Json:
    values = [str(value) for value in body["values"]]
    return await _wait(person.choose(_find_message(person, body), str(body["custom_id"]), values))


async def _context_menu(person: Person, body: Json) -> Json:
    """Use a command of a message's context menu. Raises ClientRefusal if the command no longer exists."""
    message, name = _find_message(person, body), str(body["name"])
    names = [command["name"] for command in person.world.commands_in(person.channel.id) if command["type"] == 3]
    if name not in names:
        raise ClientRefusal("The message command '{name}' no longer exists here.", name=name)
    return await _wait(person.right_click(name, message))


async def _submit(person: Person, body: Json) -> Json:
    opened = person.world.interactions.get(int(body["interaction"]))
    if opened is None or opened.user_id != person.user.id:
        raise ClientRefusal("That dialog is no longer open.")
    return await _wait(person.submit(opened, dict(body["values"])))


async def _delete(person: Person, body: Json) -> Json:
    person.delete(_find_message(person, body))
    return {}


async def _set_language(person: Person, body: Json) -> Json:
    """Set the language in which the person uses Discord."""
    if body["locale"] not in LOCALES:
        raise ClientRefusal("Discord does not support that language.")
    person.world.users[person.user.id] = replace(person.user, locale=str(body["locale"]))
    person.world.publish("people", person.user)
    return {}


def store_upload(person: Person, filename: str, body: bytes) -> Json:
    """Store a file for an option, a dialog or a message.

    Return the file's JSON, and the name that a typed line can use to refer to the file: it has no spaces or colons.
    Raises ClientRefusal if the file is too large for the channel.
    """
    limit = person.world.attachment_limit(person.channel.id)
    if len(body) > limit:
        raise ClientRefusal("That file is larger than {limit} MiB.", limit=limit // state.MIB)
    name = re.sub(r"[^\w.()+-]+", "_", filename)[-_MAX_NAME_CHARS:].lstrip(".") or "file"
    upload = person.upload(name, body)
    return {"name": upload.filename, "file": wire.attachment("", person.channel.id, upload)}


ACTIONS: Mapping[str, Action] = {
    "say": _say,
    "write": _write,
    "interpret": _interpret,
    "complete": _complete,
    "click": _click,
    "choose": _choose,
    "context_menu": _context_menu,
    "submit": _submit,
    "delete": _delete,
    "set_language": _set_language,
}
