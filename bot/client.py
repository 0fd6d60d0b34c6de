"""The connection to Discord: login, the command tree, buttons, syncing. Knows no worker.

Errors of commands end here as one sentence that only the person sees.
"""

import asyncio
import hashlib
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp
import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.commands import COMMANDS, model
from bot.delivery import streams
from bot.delivery.service import RequestService
from bot.errors import (
    CommandChanged,
    DiscordClosed,
    DiscordRefused,
    DiscordUnreachable,
    GatewayLost,
    WrongToken,
    unexpected,
)
from bot.i18n.translator import Translator
from bot.interactions import components, context_menus
from bot.messages import buttons
from generator.contract.errors import GeneratorError

log = logging.getLogger(__name__)

AUTHENTICATION_FAILED = 4004  # a close code of the gateway
CONNECTIONS = (
    100  # to Discord at once. A flood of requests would open one for each, and everybody would wait for the handshakes.
)
NOTHING_CACHED = discord.MemberCacheFlags.none()


class Tree(app_commands.CommandTree[discord.Client]):
    """The commands, for servers and for people, in servers, direct messages and group chats."""

    def __init__(self, client: discord.Client, service: RequestService) -> None:
        everywhere = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)
        anyone = app_commands.AppInstallationType(guild=True, user=True)
        super().__init__(client, allowed_contexts=everywhere, allowed_installs=anyone)
        self._service = service
        for command in COMMANDS:
            self.add_command(command(service))
        for menu in context_menus.MENUS:
            self.add_command(menu(service))

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Let each interaction in once."""
        return self._service.is_new(interaction.id)

    async def on_error(self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError, /) -> None:
        """Turn whatever a command raised into one sentence."""
        await buttons.refuse(interaction, _expected(error))

    async def payload(self) -> str:
        """Return what Discord would be told of the commands, in every language, as text that changes when any of it does."""
        translator = self.translator or app_commands.Translator()
        commands = [await command.get_translated_payload(self, translator) for command in self.get_commands()]
        return json.dumps(commands, sort_keys=True)


def _expected(error: app_commands.AppCommandError) -> GeneratorError:
    if isinstance(error, app_commands.CommandInvokeError) and isinstance(error.original, GeneratorError):
        return error.original
    if isinstance(
        error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch | app_commands.TransformerError
    ):
        return CommandChanged()
    try:
        raise error
    except app_commands.AppCommandError:
        return unexpected("a command")


class Client(discord.Client):
    """Logged in while it is open; :meth:`serve` runs until Discord ends it."""

    def __init__(self, service: RequestService, *, guilds: Sequence[int], state_dir: Path, always_sync: bool) -> None:
        logging.getLogger("discord.client").addFilter(_in_one_line)
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = (
            False  # this bot has no voice; discord.py would warn
        )
        super().__init__(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS),
            intents=discord.Intents(
                guilds=True, guild_messages=True, dm_messages=True
            ),  # messages: to hear of deleted ones
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=NOTHING_CACHED,
            chunk_guilds_at_startup=False,
            max_messages=None,
            guild_ready_timeout=0.5,  # seconds; nothing here needs the list of servers to be complete
        )
        self._connected, self._lost = asyncio.Event(), asyncio.Event()
        self._lost.set()
        self.tree = Tree(self, service)
        self._service = service
        self._guilds, self._state_file, self._always_sync = guilds, state_dir / "commands.json", always_sync
        self.add_dynamic_items(
            components.item_type(service),
            streams.button_type(service.streams, service.is_new),
            model.menu_type(service),
        )

    async def serve(self, token: str) -> None:
        """Log in and listen. Raises CannotStart with the reason that a person can act on."""
        try:
            await self.start(token)
        except discord.LoginFailure:
            raise WrongToken() from None
        except discord.ConnectionClosed as error:
            raise (
                WrongToken() if error.code == AUTHENTICATION_FAILED else DiscordClosed(close_code=error.code)
            ) from None
        except discord.HTTPException as error:
            raise DiscordRefused(status=error.status) from None
        except (aiohttp.ClientError, OSError):
            raise DiscordUnreachable(address=Route.BASE) from None

    async def watch(self, timeout_s: float) -> None:
        """Never return; raise GatewayLost once the gateway has been away for that long, in one piece.

        discord.py tries to resume for ever, at an address that may never answer again (Rapptz/discord.py#10511); a new process
        asks for a new one.
        """
        while True:
            await self._lost.wait()
            try:
                async with asyncio.timeout(timeout_s):
                    await self._connected.wait()
            except TimeoutError:
                raise GatewayLost(seconds=round(timeout_s)) from None

    async def close(self) -> None:
        """Leave Discord."""
        # discord.py would leave its wait for the list of servers behind, which then fails on a closed client.
        if self._connection._ready_task is not None:
            self._connection._ready_task.cancel()
        await super().close()

    async def setup_hook(self) -> None:
        """Between login and listening: tell Discord of the commands, and answer what an earlier run has left."""
        await self.tree.set_translator(Translator())
        try:
            await self._sync()
        except discord.HTTPException as error:
            log.error("the commands could not be registered, the next start tries again: %s", error)
        if self.application_id is not None:
            await self._service.take_up(self, self.application_id)

    async def on_ready(self) -> None:
        """Say where we are."""
        log.info("logged in as %s in %d servers", self.user, len(self.guilds))

    async def on_connect(self) -> None:
        """Hear that a session has begun."""
        self._lost.clear()
        self._connected.set()

    on_resumed = on_connect

    async def on_disconnect(self) -> None:
        """Hear that the gateway is gone, or that one more try to reach it was in vain."""
        self._connected.clear()
        self._lost.set()

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Pass on a dialog that was sent; discord.py itself knows only those that it keeps."""
        await components.submitted(interaction, self._service)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Pass on that a message is gone."""
        self._service.deleted(payload.message_id)

    async def registered(self, guild: int | None) -> list[app_commands.AppCommand]:
        """Return the commands as Discord has them there, with their ids. Raises what discord.py and aiohttp raise."""
        return await self.tree.fetch_commands(guild=discord.Object(guild) if guild in self._guilds and guild else None)

    async def _sync(self) -> None:
        """Register the commands where they have changed since the last time. Discord allows 200 creations a day."""
        wanted = hashlib.sha256(
            f"{self.application_id} {self._guilds} {await self.tree.payload()}".encode()
        ).hexdigest()
        if not self._always_sync and _read(self._state_file) == wanted:
            return
        if not self._guilds:
            await self.tree.sync()
        for guild in map(discord.Object, self._guilds):
            self.tree.copy_global_to(guild=guild)
            await self.tree.sync(guild=guild)
        log.info("commands registered %s", f"in {len(self._guilds)} servers" if self._guilds else "everywhere")
        if not self._always_sync:
            _write(self._state_file, wanted)


def _in_one_line(record: logging.LogRecord) -> bool:
    """A connection that is lost is everyday life: discord.py's line about it stays, its traceback goes."""
    if record.exc_info and str(record.msg).startswith("Attempting a reconnect"):
        record.msg, record.args, record.exc_info = f"{record.getMessage()} ({record.exc_info[1]})", (), None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
    return True


def point_at(discord_url: str) -> None:
    """Send everything to another Discord; discord.py keeps both addresses in classes, so this is for the whole process."""
    Route.BASE = f"{discord_url}/api/v10"
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(discord_url.replace("http", "ws", 1) + "/gw/")


def _read(file: Path) -> str:
    try:
        return str(json.loads(file.read_text(encoding="utf-8"))["commands"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _write(file: Path, commands: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"commands": commands}), encoding="utf-8")
    except OSError as error:
        log.warning("%s cannot be written, so the commands are registered again next time: %s", file, error)
