"""/waifubot status: shows the state of the bot and its worker."""

from collections.abc import Mapping
from typing import Any

from discord import app_commands

from bot.delivery import respond
from bot.delivery.services import Services
from bot.discord_api import MAX_CONTENT_CHARS, Interaction
from bot.i18n import texts
from bot.operations.status import Status

MB = 1_000_000


def build_command(services: Services) -> app_commands.Command[Any, ..., None]:
    """Build the /waifubot status command."""

    @app_commands.command()
    async def status(interaction: Interaction) -> None:
        """Show how the bot is doing: queue, worker, memory, speed."""
        t = texts.for_locale(str(interaction.locale))
        await respond.send(interaction, _describe(services.monitor.snapshot(), t)[:MAX_CONTENT_CHARS])

    return status


def _describe(status: Status, t: texts.Texts) -> str:
    sizes = [_megabytes(size, t) for size in (status.bot_bytes, status.worker_bytes)]
    shards = [_describe_shards(status.shards, t)] if len(status.shards) > 1 else []
    return "\n".join(
        (
            t("queue", waiting=status.waiting, running=status.running),
            t(f"worker_{status.worker}", device=status.device, models=", ".join(status.models), starts=status.starts),
            t("memory", bot=sizes[0], worker=sizes[1]),
            t("speed", faces=f"{status.faces_per_s:.1f}", uptime=t.duration(status.up_s)),
            *shards,
        )
    )


def _describe_shards(shards: Mapping[int, bool], t: texts.Texts) -> str:
    lost = [str(shard) for shard, is_connected in shards.items() if not is_connected]
    connected = len(shards) - len(lost)
    if lost:
        return t("shards_lost", connected=connected, count=len(shards), lost=", ".join(lost))
    return t("shards", connected=connected, count=len(shards))


def _megabytes(size: int | None, t: texts.Texts) -> str:
    return t("unknown") if size is None else f"{size / MB:.0f} MB"
