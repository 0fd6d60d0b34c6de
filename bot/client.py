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
from bot.connection.shards import Shards, Turns
from bot.connection.shards import install as install_shards
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


class Client(discord.AutoShardedClient):
    """The bot's connection to Discord, of one or several shards. :meth:`serve` logs in, and returns when it ends.

    ``shards`` are those of this process, and of how many; None means all that Discord recommends.
    """

    def __init__(
        self,
        services: Services,
        *,
        guilds: Sequence[int],
        state_dir: Path,
        always_sync: bool,
        lock: InstanceLock | None = None,
        wait_s: float = 0.0,
        shards: tuple[range, int] | None = None,
    ) -> None:
        """``wait_s`` is how long an earlier process with a shard of this one may take to leave."""
        logging.getLogger("discord.shard").addFilter(_shorten_reconnect)
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
            shard_connect_timeout=60.0,
        )
        gateway.install(self)
        install_shards()
        self._wanted = shards
        self._shard_states = Shards(services.monitor.shards)
        self._turns = Turns(services.processes.hold_turn)
        self.resume_s = 300.0  # how long a lost shard tries to resume its session before it begins a new one
        self.tree = Tree(self, services)
        self._services, self._lock, self._wait_s = services, lock, wait_s
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
        """Wait until all shards have been disconnected for ``timeout_s`` without a break, then raise GatewayLost.

        The time begins when the gateway is first called.
        One shard of several that alone is lost for so long begins a new session instead, at another address.
        """
        self.resume_s = timeout_s
        await self._shard_states.wait_lost(timeout_s)
        raise GatewayLost(seconds=round(timeout_s))

    async def close(self) -> None:
        """Disconnect from Discord."""
        # discord.py would leave its task that waits for the list of servers running; it would fail on a closed client.
        for task in (self._connection._ready_task, *self._connection._ready_tasks.values()):
            if task is not None:
                task.cancel()
        await super().close()

    async def setup_hook(self) -> None:
        """Register the commands, read the preferences, and answer what was left unanswered when the bot last stopped.

        Before that, wait until no other process of this application uses the state, or has one of these shards.
        discord.py calls this after the login and before events arrive.
        """
        limits = await gateway.fetch_limits(self)
        mine, count = self._wanted or (range(limits.shards), limits.shards)
        self.shard_ids, self.shard_count = list(mine), count
        if self._lock is not None and self.application_id is not None:
            await self._lock.acquire(self.application_id)
            await self._services.processes.join(self.application_id, mine, count, self._wait_s)
        await self.tree.set_translator(Translator())
        if self.application_id is not None and 0 in mine:  # one process is enough for that
            await self._registration.update(self.application_id, self.tree.describe())
        await self._services.preferences.load()
        if self.application_id is not None:
            await self._services.requests.resume(self, self.application_id)

    async def launch_shard(self, gateway: yarl.URL, shard_id: int, *, initial: bool = False) -> None:
        """Connect a shard for the first time, once it may begin a session."""
        await self.wait_for_turn(shard_id)
        if initial:
            self._shard_states.begin(self.shard_ids or [])
        await super().launch_shard(gateway, shard_id, initial=initial)

    async def wait_for_turn(self, shard: int) -> None:
        """Wait until a shard may begin a session: within Discord's limits, also when other processes begin some."""
        limits = await gateway.fetch_limits(self)
        await gateway.wait_for_a_start(limits)
        await self._turns.wait(shard, limits.max_concurrency)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Do nothing: the shard has waited for its turn before it connected."""

    def lost_s(self, shard: int) -> float:
        """Return for how many seconds a shard has been lost, or 0 if it is connected."""
        return self._shard_states.lost_s(shard)

    async def on_ready(self) -> None:
        """Log the account's name, its number of servers, and of shards if there are several; read what can wait."""
        shards = f" as {len(self.shards)} of {self.shard_count} shards" if (self.shard_count or 1) > 1 else ""
        log.info("logged in as %s in %d servers%s", self.user, len(self.guilds), shards)
        if self.application_id is not None:
            await self._registration.search(self.application_id, [guild.id for guild in self.guilds])
        await asyncio.to_thread(texts.read_all)

    async def on_shard_connect(self, shard_id: int) -> None:
        """Record that a shard is connected. Also called when a session is resumed."""
        self._shard_states.connect(shard_id)

    on_shard_resumed = on_shard_connect

    async def on_shard_disconnect(self, shard_id: int) -> None:
        """Record that a shard is disconnected. Also called after each failed attempt to reconnect."""
        self._shard_states.lose(shard_id)

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
        await self._services.processes.tell_deleted(payload.message_id)

    async def fetch_registered(self, guild: int | None) -> list[app_commands.AppCommand]:
        """Fetch the commands registered for a server, with their ids.

        Raises an exception from UNREACHABLE if Discord refuses the request or does not answer.
        """
        return await self.tree.fetch_commands(guild=discord.Object(guild) if guild in self._guilds and guild else None)


def _shorten_reconnect(record: logging.LogRecord) -> bool:
    """Shorten discord.py's log record about a reconnect to one warning line: reconnects are routine."""
    if record.exc_info and str(record.msg).startswith(("Attempting a reconnect", "Failed to connect")):
        record.msg, record.args, record.exc_info = f"{record.getMessage()} ({record.exc_info[1]})", (), None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
    return True


def use_discord_at(discord_url: str) -> None:
    """Make discord.py send all requests to ``discord_url`` instead of the real Discord.

    This affects the whole process, because discord.py keeps the two addresses in class attributes.
    """
    Route.BASE = f"{discord_url}/api/v10"
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(discord_url.replace("http", "ws", 1) + "/gw/")
