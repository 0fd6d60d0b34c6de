"""Sends the commands of ``--say`` as a person would, and saves and prints the answers.

Does not run the server or the bot: __main__.py starts both first.
"""

import asyncio
import re
import time
from collections.abc import Sequence
from pathlib import Path

from playground.discord.errors import ApiError, ClientRefusal
from playground.discord.state import Message
from playground.people.person import Answer, NoAnswer, Person

ANSWER_S = 300.0  # longest wait for a picture; the first picture also waits until the model has loaded


async def say_all(person: Person, lines: Sequence[str], out: Path | None, *, at_once: bool = False) -> bool:
    """Send all lines, one after the other or all at once, and print the answers.

    If ``out`` is given, the posted files are saved in this folder. Return whether every line was answered with a
    picture.
    """
    if at_once:
        done = await asyncio.gather(*(_say(person, i, line, out) for i, line in enumerate(lines, start=1)))
    else:
        done = [await _say(person, i, line, out) for i, line in enumerate(lines, start=1)]
    return all(done)


async def _say(person: Person, number: int, line: str, out: Path | None) -> bool:
    began = time.monotonic()
    try:
        answer = person.say(line)
    except ClientRefusal as refusal:
        print(f"{number}. {line}\n   not sent: {refusal}", flush=True)
        return False
    try:
        await answer.wait_acknowledged()
        message = await answer.wait_final(ANSWER_S)
    except (NoAnswer, ApiError) as problem:
        print(f"{number}. {line}\n   no answer: {problem}", flush=True)
        return False
    finally:
        answer.close()
    files = await asyncio.to_thread(_save, number, answer, message, out)
    _report(number, line, message, files, time.monotonic() - began)
    return bool(message.attachments)


def _report(number: int, line: str, message: Message, files: Sequence[str], seconds: float) -> None:
    print(f"{number}. {line}   ({seconds:.1f} s)")
    for text in [*message.content.splitlines(), *files]:
        print(f"   {text}")
    print(end="", flush=True)


def _save(number: int, answer: Answer, message: Message, out: Path | None) -> list[str]:
    """Save a message's files under names such as 1-waifu-123.png in ``out``, unless ``out`` is None.

    Return a line to print for each file.
    """
    descriptions = []
    for attachment in message.attachments:
        description = f"{attachment.content_type}, {len(attachment.body):,} bytes"
        if out is not None:
            path = out / f"{number}-{_name(answer, attachment.filename)}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(attachment.body)
            description = f"{path}: {description}"
        descriptions.append(description)
    return descriptions


def _name(answer: Answer, filename: str) -> str:
    """Return a file name that is safe on every system and begins with the name of the command."""
    safe = re.sub(r"[^A-Za-z0-9._-]", "_", filename).lstrip(".")[-100:] or "file"
    command = str(answer.interaction.data.get("name", ""))
    return safe if safe.startswith(command) else f"{command}-{safe}"
