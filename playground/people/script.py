"""Saying commands from a script: each is said as a person would, and what comes back is saved and printed.

Knows people and answers, no sockets.
"""

import asyncio
import re
import time
from collections.abc import Sequence
from pathlib import Path

from playground.discord.errors import Refusal, Unsaid
from playground.discord.state import Message
from playground.people.user import Answer, Person, Unanswered

ANSWER_S = 300.0  # how long a picture may take; the first one waits for the model to load


async def say_all(person: Person, lines: Sequence[str], out: Path | None, *, at_once: bool = False) -> bool:
    """Say every line, one after the other or all at once. Return whether each was answered with a picture."""
    if at_once:
        done = await asyncio.gather(*(_say(person, i, line, out) for i, line in enumerate(lines, start=1)))
    else:
        done = [await _say(person, i, line, out) for i, line in enumerate(lines, start=1)]
    return all(done)


async def _say(person: Person, number: int, line: str, out: Path | None) -> bool:
    began = time.monotonic()
    try:
        answer = person.say(line)
    except Unsaid as why:
        print(f"{number}. {line}\n   not sent: {why}", flush=True)
        return False
    try:
        await answer.acknowledged()
        message = await answer.settled(ANSWER_S)
    except (Unanswered, Refusal) as why:
        print(f"{number}. {line}\n   no answer: {why}", flush=True)
        return False
    finally:
        answer.close()
    files = await asyncio.to_thread(_saved, number, answer, message, out)
    _report(number, line, message, files, time.monotonic() - began)
    return bool(message.attachments)


def _report(number: int, line: str, message: Message, files: Sequence[str], seconds: float) -> None:
    print(f"{number}. {line}   ({seconds:.1f} s)")
    for text in [*message.content.splitlines(), *files]:
        print(f"   {text}")
    print(end="", flush=True)


def _saved(number: int, answer: Answer, message: Message, out: Path | None) -> list[str]:
    """Save the files of a message as 1-waifu-123.png and so on; return what to print of each."""
    shown = []
    for attachment in message.attachments:
        told = f"{attachment.content_type}, {len(attachment.body):,} bytes"
        if out is not None:
            path = out / f"{number}-{_name(answer, attachment.filename)}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(attachment.body)
            told = f"{path}: {told}"
        shown.append(told)
    return shown


def _name(answer: Answer, filename: str) -> str:
    """Return a file name that is safe anywhere and says which command made it."""
    safe = re.sub(r"[^A-Za-z0-9._-]", "_", filename).lstrip(".")[-100:] or "file"
    command = str(answer.interaction.data.get("name", ""))
    return safe if safe.startswith(command) else f"{command}-{safe}"
