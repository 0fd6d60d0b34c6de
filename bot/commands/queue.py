"""/queue: how long the line is, and where one stands in it."""

from typing import Any

from discord import app_commands

from bot.commands import options
from bot.delivery.service import RequestService
from bot.i18n import texts
from bot.queue.ticket import Queued, Ticket


def command(service: RequestService) -> app_commands.Command[Any, ..., None]:
    """Return the command."""

    @app_commands.command()
    async def queue(interaction: options.Interaction) -> None:
        """Show the line, and your place in it."""
        t = texts.of(str(interaction.locale))
        waiting, running = service.queue.counts()
        yours = [_where(ticket, t) for ticket in service.queue.tickets_of(interaction.user.id)]
        lines = [t("queue", waiting=waiting, running=running), *yours]
        await interaction.response.send_message("\n".join(lines)[:2000], ephemeral=True)

    return queue


def _where(ticket: Ticket, t: texts.Texts) -> str:
    line, now = str(ticket.request.recipe), ticket.state
    if isinstance(now, Queued):
        return t("queue_yours_waiting", place=t.place(now.position), eta=t.eta(now.eta_s), line=line)
    return t("queue_yours_running", line=line)
