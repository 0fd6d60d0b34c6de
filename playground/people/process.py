"""Runs the unmodified bot as a child process against a loopback Discord, and stops it with all its children.

Uses only the bot's command line and environment variables, never its code.
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
from playground.people.person import until

# How long the bot may take to exit after SIGTERM, and its own children may outlive it, before they are killed. Together
# less than the 10 s in which the playground ends.
STOP_S = 8.0
_GROUP_S = 1.5


class BotExited(Exception):
    """Raised when the bot's process has exited by itself, with ``returncode``."""

    def __init__(self, returncode: int) -> None:
        super().__init__(f"The bot exited with code {returncode}.")
        self.returncode = returncode


class BotProcess:
    """The bot's process. ``async with BotProcess(url) as bot:`` runs ``python -m bot`` until the end of the block.

    ``url`` is the address of the loopback Discord.
    ``config`` is the bot's settings file.
    ``environ`` holds further environment variables.
    ``output`` is where the bot's stdout and stderr go.
    ``state_dir`` is the folder of the bot's state. If it is None, a temporary folder is used, so that the state of a
    bot in the real Discord is not touched.
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
        # The real token must not be used here. WAIFUBOT_GUILDS is emptied because it names servers of the real Discord,
        # which do not exist here.
        inherited = {name: value for name, value in os.environ.items() if name != "WAIFUBOT_TOKEN"}
        self._environ = inherited | {"WAIFUBOT_GUILDS": ""} | dict(environ or {}) | {"WAIFUBOT_DISCORD_URL": url}
        self._state_dir = state_dir
        self._temporary: TemporaryDirectory[str] | None = None
        self._output = output
        self._process: asyncio.subprocess.Process | None = None

    @property
    def process(self) -> asyncio.subprocess.Process:
        """The child process. It can be used only inside the ``async with`` block."""
        assert self._process is not None
        return self._process

    async def __aenter__(self) -> Self:
        if self._state_dir is None:
            self._temporary = TemporaryDirectory(prefix="waifubot-", ignore_cleanup_errors=True)
        self._environ["WAIFUBOT_STATE_DIR"] = str(self._state_dir or (self._temporary and self._temporary.name))
        # In a session of its own, the bot gets Ctrl-C in the terminal only once, through us, and its children share one
        # process group.
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
        """Stop the bot and the children it leaves behind. Return its exit code.

        The bot is asked to terminate, and is killed if it has not exited after STOP_S.
        """
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

    async def wait_ready(self, world: World, timeout_s: float = 60.0) -> None:
        """Wait until the bot has logged in and synced its commands.

        Raises BotExited if the bot exits first, and NoAnswer if it is not ready after ``timeout_s`` seconds.
        """
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
        exit_code = asyncio.create_task(self.process.wait())
        try:
            await asyncio.wait([online, exit_code], return_when=asyncio.FIRST_COMPLETED)
            if not online.done():
                raise BotExited(exit_code.result())
            await online
        finally:
            stop()
            for task in (online, exit_code):
                task.cancel()
            await asyncio.gather(online, exit_code, return_exceptions=True)


async def _end_group(pid: int) -> None:
    """Kill the children that outlive the bot by more than _GROUP_S. On POSIX they share its process group."""
    if not hasattr(os, "killpg"):
        return
    with suppress(ProcessLookupError, PermissionError, TimeoutError):
        async with asyncio.timeout(_GROUP_S):
            while True:
                os.killpg(pid, 0)  # raises once no process is left
                await asyncio.sleep(0.05)  # poll, because only our own children can be awaited
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
