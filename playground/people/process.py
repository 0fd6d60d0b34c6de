"""Runs the unmodified bot as a child process against a loopback Discord, and stops it and all its children.

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

# After SIGTERM, the bot is killed if it has not exited within STOP_S; its children are killed if they outlive it by
# _GROUP_S. The sum must be below 10 s, because the playground promises to end within that time.
STOP_S = 8.0
_GROUP_S = 1.5


class BotExited(Exception):
    """Raised when the bot's process has exited on its own. ``returncode`` is its exit code."""

    def __init__(self, returncode: int) -> None:
        super().__init__(f"The bot exited with code {returncode}.")
        self.returncode = returncode


class BotProcess:
    """The bot's process. ``async with BotProcess(url) as bot:`` runs ``python -m bot`` until the end of the block.

    ``url`` is the address of the loopback Discord, and ``token`` the bot's token there.
    ``config`` is the bot's settings file.
    ``environ`` holds further environment variables.
    ``output`` is where the bot's stdout and stderr go.
    ``state_dir`` is the folder of the bot's state. If it is None, a temporary folder is used, so that the state of a
    bot that runs in the real Discord stays untouched.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str = "",
        config: Path | None = None,
        environ: Mapping[str, str] | None = None,
        output: IO[bytes] | int | None = None,
        state_dir: Path | None = None,
    ) -> None:
        self._command = [sys.executable, "-m", "bot", *(["--config", str(config)] if config else [])]
        # The real token must not be used here. WAIFUBOT_GUILDS is emptied because it names servers of the real Discord;
        # they do not exist here.
        inherited = {name: value for name, value in os.environ.items() if name != "WAIFUBOT_TOKEN"}
        self._environ = inherited | {"WAIFUBOT_GUILDS": ""} | dict(environ or {})
        self._environ |= {"WAIFUBOT_DISCORD_URL": url, "WAIFUBOT_LOOPBACK_TOKEN": token}
        self._state_dir = state_dir
        self._temporary: TemporaryDirectory[str] | None = None
        self._output = output
        self._process: asyncio.subprocess.Process | None = None

    @property
    def process(self) -> asyncio.subprocess.Process:
        """The child process. It is available only inside the ``async with`` block."""
        assert self._process is not None
        return self._process

    async def __aenter__(self) -> Self:
        if self._state_dir is None:
            self._temporary = TemporaryDirectory(prefix="waifubot-", ignore_cleanup_errors=True)
        self._environ["WAIFUBOT_STATE_DIR"] = str(self._state_dir or (self._temporary and self._temporary.name))
        # The bot gets a session of its own. Ctrl-C in the terminal then reaches it only once, through us, and its
        # children share its process group.
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
        """Stop the bot and any children that it leaves behind. Return the bot's exit code.

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
    """On POSIX, give the bot's remaining children _GROUP_S to exit, then kill them."""
    if not hasattr(os, "killpg"):
        return
    with suppress(ProcessLookupError, PermissionError, TimeoutError):
        async with asyncio.timeout(_GROUP_S):
            while True:
                os.killpg(pid, 0)  # raises when no process is left
                await asyncio.sleep(0.05)  # poll, because only our own children can be awaited
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
