"""Where one request is answered: in its own message while its token lives, after that in the channel.

Does not know what the answer says. It is built from what the journal keeps, so it works the same after a restart.
"""

import time
from dataclasses import dataclass
from typing import Any, cast

import discord

from bot.discord_api import MAX_REQUEST_BYTES, Interaction
from bot.storage.journal import JournalEntry

ORIGINAL = cast(int, "@original")  # Discord's name for an interaction's message, valid before its id is known


@dataclass(frozen=True)
class Destination:
    """The message and channel of one request."""

    client: discord.Client
    entry: JournalEntry

    @property
    def locale(self) -> str:
        """The person's language, as Discord names it."""
        return self.entry.locale

    @property
    def remaining_s(self) -> float:
        """Seconds until the token expires; negative after that."""
        return self.entry.deadline - time.time()

    async def edit(self, content: str, **files_and_view: Any) -> None:
        """Edit the message. Raises what discord.py and aiohttp raise."""
        await self._webhook.edit_message(ORIGINAL, content=content, **files_and_view)

    async def post(self, content: str, **file_and_view: Any) -> None:
        """Post into the channel, as a member of the server. Raises what discord.py and aiohttp raise."""
        await self._channel.send(content, nonce=str(self.entry.interaction), **file_and_view)

    async def shows_picture(self) -> bool:
        """Return whether the message already holds a picture. Raises what discord.py and aiohttp raise."""
        if self.remaining_s > 0:
            return bool((await self._webhook.fetch_message(ORIGINAL)).attachments)
        message = await self.fetch()
        return bool(message and message.attachments)

    async def fetch(self) -> discord.Message | None:
        """Return the message as a member of the server sees it, which needs no token; None where the bot is no member.

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
    """Return where that interaction is answered. line: the recipe's text."""
    # A member in servers that it joined and in direct messages; elsewhere only user-installed, may not post by itself.
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
        max_bytes=upload_limit(interaction),
        line=line,
        locale=str(interaction.locale),
    )
    return Destination(interaction.client, entry)


def upload_limit(interaction: Interaction) -> int:
    """Return how many bytes a file may have there."""
    return min(interaction.filesize_limit, MAX_REQUEST_BYTES)
