"""/status: how the bot and its worker are doing."""

from typing import Any

from discord import app_commands

from bot.commands import options
from bot.delivery.service import RequestService
from bot.i18n import texts
from bot.operations.status import Status

MB = 1_000_000


def command(service: RequestService) -> app_commands.Command[Any, ..., None]:
    """Return the command."""

    @app_commands.command()
    async def status(interaction: options.Interaction) -> None:
        """Show how the bot is doing: line, worker, memory, speed."""
        t = texts.of(str(interaction.locale))
        await interaction.response.send_message(_said(service.monitor.snapshot(), t)[:2000], ephemeral=True)

    return status


def _said(now: Status, t: texts.Texts) -> str:
    sizes = [t("unknown") if size is None else f"{size / MB:.0f} MB" for size in (now.bot_bytes, now.worker_bytes)]
    return "\n".join(
        (
            t("queue", waiting=now.waiting, running=now.running),
            t(f"worker_{now.worker}", device=now.device, models=", ".join(now.models), starts=now.starts),
            t("memory", bot=sizes[0], worker=sizes[1]),
            t("speed", faces=f"{now.faces_per_s:.1f}", uptime=t.duration(now.up_s)),
        )
    )
