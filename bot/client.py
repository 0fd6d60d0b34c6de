"""The connection to Discord: logs in, registers the commands, and passes on events and interactions.

When a command fails, replies with one sentence that only the person who used the command sees.
"""

import asyncio
import json
import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket, KeepAliveHandler
from discord.http import Route

from bot.commands import COMMANDS, forget, former, model, settings
from bot.connection import gateway
from bot.connection.pool import Connections
from bot.connection.registration import Registration
from bot.delivery import respond
from bot.delivery.services import Services
from bot.discord_api import CONNECTION_BROKEN, UNREACHABLE, Interaction, reject_odd_answers
from bot.errors import (
    CommandChanged,
    CommandMoved,
    DiscordRefused,
    DiscordUnreachable,
    GatewayLost,
    WrongToken,
    unexpected,
)
from bot.i18n import texts
from bot.i18n.translator import Translator
from bot.interactions import back, collection, components, context_menus, dialogs, maker, opening, stop
from bot.storage.lock import InstanceLock
from generator.contract.errors import GeneratorError

log = logging.getLogger(__name__)

NOTHING_CACHED = discord.MemberCacheFlags.none()


class Heartbeat(KeepAliveHandler):
    """Notes when a heartbeat is sent before it is sent.

    discord.py notes it in another thread afterwards. An answer that comes earlier, as on the same machine, was compared
    with the heartbeat before, and the log said that the connection was "41.3s behind".
    """

    def get_payload(self) -> dict[str, Any]:
        """Return the heartbeat that is about to be sent."""
        self._last_send = time.perf_counter()
        return super().get_payload()


class Tree(app_commands.CommandTree[discord.Client]):
    """The bot's commands. Servers and people can install them.

    They work in servers, direct messages and group chats.
    """

    def __init__(self, client: discord.Client, services: Services) -> None:
        everywhere = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)
        anyone = app_commands.AppInstallationType(guild=True, user=True)
        super().__init__(client, allowed_contexts=everywhere, allowed_installs=anyone)
        self._services = services
        for build_command in COMMANDS.values():
            self.add_command(build_command(services))
        for menu in context_menus.MENUS:
            self.add_command(menu(services))

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """Return whether the interaction is new. If it is not, discord.py ignores it."""
        former.use_names_of_today(interaction.data or {})
        return self._services.requests.admit(interaction)

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        """Reply to a failed command with one sentence. Suggestions have no place for one."""
        if interaction.type is discord.InteractionType.autocomplete:
            return
        await respond.refuse(interaction, _as_sentence(error))

    def describe(self) -> str:
        """Return a text that changes whenever a command changes, in any language. No language is read for it."""
        return json.dumps([texts.digest(), *(command.to_dict(self) for command in self.get_commands())], sort_keys=True)


def _as_sentence(error: app_commands.AppCommandError) -> GeneratorError:
    if isinstance(error, app_commands.CommandInvokeError) and isinstance(error.original, GeneratorError):
        return error.original
    if isinstance(error, app_commands.CommandInvokeError) and isinstance(error.original, UNREACHABLE):
        return respond.explain_refusal(error.original)
    if isinstance(error, app_commands.CommandNotFound) and not error.parents and error.name in former.MOVED:
        return CommandMoved(moved=error.name)
    if isinstance(
        error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch | app_commands.TransformerError
    ):
        return CommandChanged()
    try:
        raise error
    except app_commands.AppCommandError:
        return unexpected("a command")


class Client(discord.Client):
    """The bot's connection to Discord. :meth:`serve` logs in, and returns when the connection ends."""

    def __init__(
        self,
        services: Services,
        *,
        guilds: Sequence[int],
        state_dir: Path,
        always_sync: bool,
        lock: InstanceLock | None = None,
    ) -> None:
        logging.getLogger("discord.client").addFilter(_shorten_reconnect)
        discord.gateway.KeepAliveHandler = Heartbeat  # type: ignore[misc]
        # This bot does not use voice channels; without this, discord.py would warn about missing voice libraries.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        trace = services.clock.trace()
        trace.on_request_end.append(reject_odd_answers)
        super().__init__(
            connector=Connections(),
            http_trace=trace,
            # The message intents are needed only to be told when a message is deleted.
            intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=NOTHING_CACHED,
            chunk_guilds_at_startup=False,
            max_messages=None,
            guild_ready_timeout=0.5,  # seconds; nothing here needs the complete list of servers
        )
        gateway.install(self)
        self._connected, self._lost = asyncio.Event(), asyncio.Event()  # neither is set until the gateway is called
        self.tree = Tree(self, services)
        self._services, self._lock = services, lock
        self._guilds = guilds
        self._registration = Registration(self.tree, guilds, state_dir / "commands.json", always=always_sync)
        self.add_dynamic_items(
            components.item_type(services),
            opening.reopen_type(services),
            stop.item_type(services),
            back.item_type(services),
            maker.item_type(services),
            model.menu_type(services),
            settings.menu_type(services),
            forget.item_type(services),
            *collection.item_types(services),
        )

    async def serve(self, token: str) -> None:
        """Log in, and handle events until the client is closed.

        Raises CannotStart if Discord cannot be reached, refuses the login, or closes the connection for good, or if
        another bot uses the state.
        """
        try:
            await self.start(token)
        except discord.LoginFailure:
            raise WrongToken() from None
        except (discord.ConnectionClosed, discord.PrivilegedIntentsRequired) as error:
            raise gateway.explain_closing(error, self.intents) from None
        except discord.HTTPException as error:
            raise DiscordRefused(status=error.status) from None
        except CONNECTION_BROKEN:
            raise DiscordUnreachable(address=Route.BASE) from None

    async def watch(self, timeout_s: float) -> None:
        """Wait until the gateway has been disconnected for ``timeout_s`` without a break, then raise GatewayLost.

        The time begins when the gateway is first called.
        Left alone, discord.py would try forever to resume at the same address, which may never answer again
        (Rapptz/discord.py#10511). A newly started bot asks Discord for a new address.
        """
        while True:
            await self._lost.wait()
            try:
                async with asyncio.timeout(timeout_s):
                    await self._connected.wait()
            except TimeoutError:
                raise GatewayLost(seconds=round(timeout_s)) from None

    async def close(self) -> None:
        """Disconnect from Discord."""
        # discord.py would leave its task that waits for the list of servers running; it would fail on a closed client.
        if self._connection._ready_task is not None:
            self._connection._ready_task.cancel()
        await super().close()

    async def setup_hook(self) -> None:
        """Register the commands, read the preferences, and answer what was left unanswered when the bot last stopped.

        Before that, wait until no other bot of this application and shard uses the state.
        discord.py calls this after the login and before events arrive.
        """
        if self._lock is not None and self.application_id is not None:
            await self._lock.acquire(self.application_id, self.shard_id or 0)
        await self.tree.set_translator(Translator())
        if self.application_id is not None:
            await self._registration.update(self.application_id, self.tree.describe())
        await self._services.preferences.load()
        if self.application_id is not None:
            await self._services.requests.resume(self, self.application_id)
        await gateway.wait_for_a_start(self)
        self._lost.set()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait before a new session. Called before each, also when Discord has ended the session before."""
        await super().before_identify_hook(shard_id, initial=initial)
        if not initial:  # discord.py gives up a connection that takes longer than 60 s
            await gateway.wait_for_a_start(self, 40.0)

    async def on_ready(self) -> None:
        """Log the name of the bot's account and its number of servers, and read what was not needed before."""
        log.info("logged in as %s in %d servers", self.user, len(self.guilds))
        if self.application_id is not None:
            await self._registration.search(self.application_id, [guild.id for guild in self.guilds])
        await asyncio.to_thread(texts.read_all)

    async def on_connect(self) -> None:
        """Record that the gateway is connected. Also called when a session is resumed."""
        self._lost.clear()
        self._connected.set()

    on_resumed = on_connect

    async def on_disconnect(self) -> None:
        """Record that the gateway is disconnected. Also called after each failed attempt to reconnect."""
        self._connected.clear()
        self._lost.set()

    async def on_interaction(self, interaction: Interaction) -> None:
        """Answer the interaction if it is a submitted dialog.

        discord.py itself handles only registered dialogs, and we register none (see messages/modals.py).
        """
        await dialogs.submit(interaction, self._services)
        await collection.submit(interaction, self._services)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Forget what a server chose when the bot is removed from it. Not called for an outage."""
        await self._services.preferences.forget(guild.id, "server")

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Withdraw the request or stream whose message was deleted."""
        self._services.requests.withdraw(payload.message_id)

    async def fetch_registered(self, guild: int | None) -> list[app_commands.AppCommand]:
        """Fetch the commands registered for a server, with their ids.

        Raises an exception from UNREACHABLE if Discord refuses the request or does not answer.
        """
        return await self.tree.fetch_commands(guild=discord.Object(guild) if guild in self._guilds and guild else None)


def _shorten_reconnect(record: logging.LogRecord) -> bool:
    """Shorten discord.py's log record about a reconnect to one warning line: reconnects are routine."""
    if record.exc_info and str(record.msg).startswith("Attempting a reconnect"):
        record.msg, record.args, record.exc_info = f"{record.getMessage()} ({record.exc_info[1]})", (), None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
    return True


def use_discord_at(discord_url: str) -> None:
    """Make discord.py send all requests to ``discord_url`` instead of the real Discord.

    This affects the whole process, because discord.py keeps the two addresses in class attributes.
    """
    Route.BASE = f"{discord_url}/api/v10"
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(discord_url.replace("http", "ws", 1) + "/gw/")
