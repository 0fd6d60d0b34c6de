"""``python -m playground``: runs the unmodified bot against a loopback Discord.

Serves a chat page, or sends the commands given with ``--say``. Ctrl-C or SIGTERM ends the playground within 10 s and
leaves no process behind. This module only starts and stops the parts: Discord's behaviour is in discord/, and people's
actions are in people/.
"""

import argparse
import asyncio
import io
import os
import secrets
import signal
import sys
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from playground.discord import state
from playground.discord.server import Loopback
from playground.page.page import Page
from playground.people.person import NoAnswer, Person
from playground.people.process import BotExited, BotProcess
from playground.people.script import say_all

CLOSED_PIPE = 141  # what shells report for a process that SIGPIPE ended
START_S = 120.0  # longest wait for the bot to log in


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the playground and return its exit code.

    0 means success. 1 means that startup failed, or that a ``--say`` command was not answered with a picture. 130 means
    that a signal interrupted ``--say``, and 141 that nobody reads the output on. If the bot exits on its own, its code
    is returned, except that 0 becomes 1.
    """
    options = _parser().parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # captions contain arrows, which some consoles cannot print
    try:
        exit_code = asyncio.run(_until_signal(_run(options), otherwise=130 if options.say else 0))
        sys.stdout.flush()  # here, so that a pipe that was closed is noticed here
        return exit_code
    except BotExited as exited:
        print(f"playground: {exited}", file=sys.stderr)
        return exited.returncode or 1
    except BrokenPipeError:  # nobody reads on, as with ``| head``
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python would fail again at its end
        return CLOSED_PIPE
    except (NoAnswer, OSError) as problem:
        print(f"playground: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130  # On systems without signal handlers, Ctrl-C arrives here, after everything has been closed.


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m playground",
        description="Try the bot without a Discord account: a stand-in for Discord on 127.0.0.1, with a chat page.",
    )
    parser.add_argument(
        "--say",
        action="append",
        default=[],
        metavar="COMMAND",
        help='send this command and print the answer, such as "/waifu seed:123"; repeatable',
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="save the files that the bot posts to this folder")
    parser.add_argument(
        "--concurrent", action="store_true", help="send all commands at once instead of one after the other"
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="the bot's settings file, in TOML")
    parser.add_argument(
        "--port", type=_port, default=0, metavar="N", help="the port on 127.0.0.1 (default: any free port)"
    )
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"a port is a whole number from 0 to 65535, not '{text}'")
    return int(text)


async def _run(options: argparse.Namespace) -> int:
    world = state.demo_world()
    page = Page(world)
    async with (
        # Other users of this machine reach the port, too. Who knows the token can act as the bot.
        Loopback(world, port=options.port, token=secrets.token_urlsafe(32), more=page.routes()) as discord,
        BotProcess(discord.url, token=discord.token, config=options.config, output=sys.stderr.fileno()) as bot,
    ):
        await bot.wait_ready(world, START_S)
        if options.say:
            return await _say(world, bot, options)
        print(f"Open {discord.url}/?key={page.key}  (Ctrl-C ends it)", flush=True)
        raise BotExited(await bot.process.wait())


async def _say(world: state.World, bot: BotProcess, options: argparse.Namespace) -> int:
    you = next(user for user in world.users.values() if not user.bot)
    general = next(channel for channel in world.channels.values() if channel.guild_id)
    script = asyncio.create_task(
        say_all(Person(world, you, general), options.say, options.out, at_once=options.concurrent)
    )
    exit_code = asyncio.create_task(bot.process.wait())
    try:
        await asyncio.wait([script, exit_code], return_when=asyncio.FIRST_COMPLETED)
        if not script.done():
            raise BotExited(exit_code.result())
        return 0 if script.result() else 1
    finally:
        script.cancel()
        exit_code.cancel()
        await asyncio.gather(script, exit_code, return_exceptions=True)


async def _until_signal(work: Coroutine[Any, Any, int], otherwise: int) -> int:
    """Run ``work`` and return its result, or ``otherwise`` if SIGINT, SIGTERM or SIGHUP arrives first.

    A signal cancels ``work``. This function returns only when the clean-up of ``work`` has finished.
    """
    task, stop = asyncio.create_task(work), asyncio.Event()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        with suppress(NotImplementedError, AttributeError):
            asyncio.get_running_loop().add_signal_handler(getattr(signal, name), stop.set)
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([task, stopped], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        return otherwise
    finally:
        stopped.cancel()
        task.cancel()
        await asyncio.gather(task, stopped, return_exceptions=True)


if __name__ == "__main__":
    sys.exit(main())
