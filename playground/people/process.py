"""The unmodified bot as a child process: started against a loopback Discord, waited for, stopped without leaving anything behind.

Knows of the bot how it is started and one setting, Discord's address; nothing of its insides.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Self

from playground.discord.state import World
from playground.people.user import until

STOP_S = 8.0  # the bot promises to leave within 10 s; it may have this long before it is made to
_GROUP_S = 1.5  # how long its own children may outlive it


class BotEnded(Exception):
    """The bot's process ended by itself. returncode: what it ended with."""

    def __init__(self, returncode: int) -> None:
        super().__init__(f"The bot ended with code {returncode}.")
        self.returncode = returncode


class BotProcess:
    """``async with BotProcess(url) as bot:`` runs ``python -m bot`` until the end of the block.

    config: its settings file. environ: more environment. output: where both of its streams go. state_dir: what it remembers
    between starts; None: a folder that goes with it, for what a bot in the real Discord remembers is not for here.
    """

    def __init__(
        self,
        url: str,
        *,
        config: Path | None = None,
        environ: Mapping[str, str] | None = None,
        output: IO[bytes] | int | None = None,
        state_dir: Path | None = None,
    ) -> None:
        self._command = [sys.executable, "-m", "bot", *(["--config", str(config)] if config else [])]
        # The real token has no business here, and the servers of the real Discord do not exist here.
        inherited = {name: value for name, value in os.environ.items() if name != "WAIFUBOT_TOKEN"}
        self._environ = inherited | {"WAIFUBOT_GUILDS": ""} | dict(environ or {}) | {"WAIFUBOT_DISCORD_URL": url}
        self._state_dir = state_dir
        self._temporary: TemporaryDirectory[str] | None = None
        self._output = output
        self._process: asyncio.subprocess.Process | None = None

    @property
    def process(self) -> asyncio.subprocess.Process:
        """The child; there is one inside the block."""
        assert self._process is not None
        return self._process

    async def __aenter__(self) -> Self:
        if self._state_dir is None:
            self._temporary = TemporaryDirectory(prefix="waifubot-", ignore_cleanup_errors=True)
        self._environ["WAIFUBOT_STATE_DIR"] = str(self._state_dir or (self._temporary and self._temporary.name))
        # A session of its own: Ctrl-C in the terminal reaches the bot once, through us, and its children can be found.
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            env=self._environ,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=self._output,
            stderr=self._output,
            start_new_session=True,
        )
        return self

    async def __aexit__(self, *unused: object) -> None:
        await self.stop()

    async def stop(self) -> int:
        """Ask it to leave, make it leave after a while, and end what it left behind. Returns its exit code."""
        with suppress(ProcessLookupError):
            self.process.terminate()
        try:
            async with asyncio.timeout(STOP_S):
                await self.process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                self.process.kill()
        code = await self.process.wait()
        await _end_group(self.process.pid)
        if self._temporary is not None:
            self._temporary.cleanup()
        return code

    async def ready(self, world: World, timeout_s: float = 60.0) -> None:
        """Wait until it listens and its commands are known. Raises BotEnded, or Unanswered after the time."""
        seen: set[str] = set()
        stop = world.subscribe(lambda event: seen.add(event.name))
        online = asyncio.create_task(
            until(
                world,
                lambda: {"ready", "commands"} <= seen or None,
                timeout_s,
                lambda: "The bot did not log in with its commands.",
            )
        )
        ended = asyncio.create_task(self.process.wait())
        try:
            await asyncio.wait([online, ended], return_when=asyncio.FIRST_COMPLETED)
            if not online.done():
                raise BotEnded(ended.result())
            await online
        finally:
            stop()
            for task in (online, ended):
                task.cancel()
            await asyncio.gather(online, ended, return_exceptions=True)


async def _end_group(pid: int) -> None:
    """End the children that outlived the bot, if there are any (POSIX: they share its group)."""
    if not hasattr(os, "killpg"):
        return
    with suppress(ProcessLookupError, PermissionError, TimeoutError):
        async with asyncio.timeout(_GROUP_S):
            while True:
                os.killpg(pid, 0)  # raises once nobody is left
                await asyncio.sleep(0.05)  # what is not our child cannot be waited for
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
