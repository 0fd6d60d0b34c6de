"""``python -m playground``: a loopback Discord with the unmodified bot in it; a page to chat on, or commands said from the shell.

Opens everything, closes everything; Ctrl-C or SIGTERM ends it within 10 seconds and leaves no process behind.
"""

import argparse
import asyncio
import io
import signal
import sys
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from playground.discord import state
from playground.discord.server import Loopback
from playground.page.page import Page
from playground.people.process import BotEnded, BotProcess
from playground.people.script import say_all
from playground.people.user import Person, Unanswered

START_S = 120.0  # for the bot to log in


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; return 0, 1 where something was not answered with a picture, or the code of a bot that ended by itself."""
    chosen = _options().parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # captions have arrows, and some consoles have none
    try:
        return asyncio.run(_until_told_to_stop(_run(chosen), otherwise=130 if chosen.say else 0))
    except BotEnded as ended:
        print(f"playground: {ended}", file=sys.stderr)
        return ended.returncode or 1
    except (Unanswered, OSError) as problem:
        print(f"playground: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130  # where signals cannot be caught, Ctrl-C arrives like this, after everything was closed


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m playground",
        description="Try the bot without a Discord account: a Discord of your own on 127.0.0.1.",
    )
    parser.add_argument(
        "--say", action="append", default=[], metavar="COMMAND", help='say this, e.g. "/waifu seed:123"; repeatable'
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="save what is posted here")
    parser.add_argument("--concurrent", action="store_true", help="say everything at once, not one after the other")
    parser.add_argument("--config", type=Path, help="the bot's settings file")
    parser.add_argument("--port", type=int, default=0, help="where to listen on 127.0.0.1 (any free port if left out)")
    return parser


async def _run(chosen: argparse.Namespace) -> int:
    world = state.furnished()
    page = Page(world)
    async with (
        Loopback(world, port=chosen.port, more=page.routes()) as discord,
        BotProcess(discord.url, config=chosen.config, output=sys.stderr.fileno()) as bot,
    ):
        await bot.ready(world, START_S)
        if chosen.say:
            return await _say(world, bot, chosen)
        print(f"Open {discord.url}/?key={page.key}  (Ctrl-C ends it)", flush=True)
        raise BotEnded(await bot.process.wait())


async def _say(world: state.World, bot: BotProcess, chosen: argparse.Namespace) -> int:
    you = next(user for user in world.users.values() if not user.bot)
    general = next(channel for channel in world.channels.values() if channel.guild_id)
    saying = asyncio.create_task(
        say_all(Person(world, you, general), chosen.say, chosen.out, at_once=chosen.concurrent)
    )
    ended = asyncio.create_task(bot.process.wait())
    try:
        await asyncio.wait([saying, ended], return_when=asyncio.FIRST_COMPLETED)
        if not saying.done():
            raise BotEnded(ended.result())
        return 0 if saying.result() else 1
    finally:
        saying.cancel()
        ended.cancel()
        await asyncio.gather(saying, ended, return_exceptions=True)


async def _until_told_to_stop(work: Coroutine[Any, Any, int], otherwise: int) -> int:
    """Return the work's result, or ``otherwise`` where SIGINT, SIGTERM or SIGHUP came first; either way all is closed."""
    task, stop = asyncio.create_task(work), asyncio.Event()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        with suppress(NotImplementedError, AttributeError):
            asyncio.get_running_loop().add_signal_handler(getattr(signal, name), stop.set)
    told = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([task, told], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        return otherwise
    finally:
        told.cancel()
        task.cancel()
        await asyncio.gather(task, told, return_exceptions=True)


if __name__ == "__main__":
    sys.exit(main())
