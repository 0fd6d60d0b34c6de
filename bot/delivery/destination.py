"""Where one request is answered: in its own message while its token lives, then in the channel.

Knows Discord, and not what is said. It is made of what the journal keeps, so that an answer finds its way also after a restart.
"""

import time
from dataclasses import dataclass
from typing import Any, cast

import discord

from bot.storage.journal import JournalEntry

Interaction = discord.Interaction[Any]

MAX_REQUEST_BYTES = 24 * 1024 * 1024  # Discord takes 25 MiB in one request, whatever a server's own limit
UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK, INVALID_WEBHOOK_TOKEN = 10003, 10008, 10015, 50027
ORIGINAL = cast(
    int, "@original"
)  # what Discord calls the message of an interaction, also where its id is not known yet


@dataclass(frozen=True)
class Destination:
    """One request's message and channel."""

    client: discord.Client
    entry: JournalEntry

    @property
    def locale(self) -> str:
        """The person's language, as Discord names it."""
        return self.entry.locale

    @property
    def remaining_s(self) -> float:
        """How long the token still lives, in seconds."""
        return self.entry.deadline - time.time()

    async def edit(self, content: str, **files_and_view: Any) -> None:
        """Edit the message. Raises what discord.py and aiohttp raise."""
        await self._webhook.edit_message(ORIGINAL, content=content, **files_and_view)

    async def post(self, content: str, **file_and_view: Any) -> None:
        """Post into the channel, as a member of the server. Raises what discord.py and aiohttp raise."""
        await self._channel.send(content, nonce=str(self.entry.interaction), **file_and_view)

    async def shows_picture(self) -> bool:
        """Return whether the message holds a picture already. Raises what discord.py and aiohttp raise."""
        if self.remaining_s > 0:
            return bool((await self._webhook.fetch_message(ORIGINAL)).attachments)
        found = await self.fetch()
        return bool(found and found.attachments)

    async def fetch(self) -> discord.Message | None:
        """Return the message as a member of the server sees it, also after its token has died; None where the bot is none.

        Raises what discord.py and aiohttp raise.
        """
        if self.entry.channel is None or self.entry.message is None:
            return None
        return await self._channel.fetch_message(self.entry.message)

    @property
    def _webhook(self) -> discord.Webhook:
        return discord.Webhook.partial(self.entry.application, self.entry.token, client=self.client)

    @property
    def _channel(self) -> discord.PartialMessageable:
        assert self.entry.channel is not None
        return self.client.get_partial_messageable(self.entry.channel, guild_id=self.entry.server)


def destination_of(interaction: Interaction, line: str) -> Destination:
    """Return where that interaction is answered."""
    # In a server that it joined, or alone with somebody; in other servers and in group chats it is a guest without a vote.
    member = interaction.is_guild_integration() or (
        interaction.guild_id is None and not interaction.context.private_channel
    )
    entry = JournalEntry(
        interaction=interaction.id,
        application=interaction.application_id,
        token=interaction.token,
        channel=interaction.channel_id if member else None,
        person=interaction.user.id,
        server=interaction.guild_id,
        message=None,
        deadline=interaction.expires_at.timestamp(),
        max_bytes=max_bytes(interaction),
        line=line,
        locale=str(interaction.locale),
    )
    return Destination(interaction.client, entry)


def max_bytes(interaction: Interaction) -> int:
    """Return how large a file may be there."""
    return min(interaction.filesize_limit, MAX_REQUEST_BYTES)


def is_expired(problem: discord.HTTPException) -> bool:
    """Whether Discord says that the token is dead."""
    return problem.status == 401 or problem.code in (UNKNOWN_WEBHOOK, INVALID_WEBHOOK_TOKEN)
