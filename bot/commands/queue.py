"""/waifubot queue: shows how long the queue is, and the place of the person who types it."""

from typing import Any

from discord import app_commands

from bot.delivery import respond
from bot.delivery.services import Services
from bot.discord_api import Interaction
from bot.i18n import texts
from bot.messages import captions
from bot.queue.ticket import Queued, Ticket
from bot.recipes.request import line_without_upload


def build_command(services: Services) -> app_commands.Command[Any, ..., None]:
    """Build the /waifubot queue command."""

    @app_commands.command()
    async def queue(interaction: Interaction) -> None:
        """Show the queue and your place in it."""
        t = texts.for_locale(str(interaction.locale))
        waiting, running = services.queue.counts()
        yours = [_describe(ticket, t) for ticket in services.queue.tickets_of(interaction.user.id)]
        lines = [t("queue", waiting=waiting, running=running), *yours]
        await respond.send(interaction, captions.join_fitting(lines))

    return queue


def _describe(ticket: Ticket, t: texts.Texts) -> str:
    line, state = line_without_upload(ticket.request.recipe), ticket.state
    if isinstance(state, Queued):
        return t("queue_yours_waiting", place=t.place(state.position), eta=t.eta(state.eta_s), line=line)
    return t("queue_yours_running", line=line)
