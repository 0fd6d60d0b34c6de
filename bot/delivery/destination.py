"""Knows where a request is answered: in its own message until the interaction's token expires, then in the channel.

A destination is built from what the journal keeps, so it works after a restart of the bot. What the answer says is
decided in reply.py.
"""

import logging
from dataclasses import dataclass
from typing import Any, cast

import discord

from bot.delivery.clock import DiscordClock
from bot.discord_api import MAX_REQUEST_BYTES, UNKNOWN_MESSAGE, UNREACHABLE, Interaction
from bot.errors import reference_of
from bot.messages import captions
from bot.storage.journal import JournalEntry

log = logging.getLogger(__name__)

MAX_LATE_S = 24 * 3600.0  # older requests are dropped: after a day nobody remembers what they asked for
ORIGINAL = cast(int, "@original")  # Discord's name for an interaction's message, usable before the id is known


@dataclass(frozen=True)
class Destination:
    """The message and the channel in which one request is answered."""

    client: discord.Client
    entry: JournalEntry
    clock: DiscordClock

    @property
    def locale(self) -> str:
        """The Discord locale of the person's language."""
        return self.entry.locale

    @property
    def remaining_s(self) -> float:
        """How many seconds are left until the token expires; negative once it has expired."""
        return self.entry.deadline - self.clock.now()

    @property
    def place(self) -> int | None:
        """The id of the message whose picture the answer replaces; None if the answer has a message of its own."""
        return self.entry.message if self.entry.in_place else None

    @property
    def may_post(self) -> bool:
        """Whether the answer may go into the channel if its message does not take it. There, everybody would see it."""
        return self.entry.channel is not None and not self.entry.private

    @property
    def is_direct(self) -> bool:
        """Whether the channel is the person's direct messages with the bot, where nobody else sees anything."""
        return self.entry.channel is not None and self.entry.server is None

    @property
    def may_write_to_person(self) -> bool:
        """Whether the answer may be sent as a direct message, if neither its message nor the channel takes it."""
        return not self.entry.private and not self.is_direct

    async def edit(self, content: str, **files_and_view: Any) -> None:
        """Edit the message. Raises one of UNREACHABLE if Discord refuses the edit or does not answer."""
        await self._webhook.edit_message(ORIGINAL, content=content, **files_and_view)

    async def post(self, content: str, **file_and_view: Any) -> None:
        """Post into the channel as a member of the server, and mention the person who asked.

        Raises one of UNREACHABLE if Discord refuses the post or does not answer.
        """
        await self._send(self._channel, content, **file_and_view)

    async def write_to_person(self, content: str, **file_and_view: Any) -> None:
        """Send a direct message. Raises one of UNREACHABLE if Discord refuses the message or does not answer."""
        await self._send(await self.client.create_dm(discord.Object(self.entry.person)), content, **file_and_view)

    async def _send(self, channel: discord.abc.Messageable, content: str, **file_and_view: Any) -> None:
        asker = discord.AllowedMentions(users=[discord.Object(self.entry.person)])
        nonce = str(self.entry.interaction)
        await channel.send(content, nonce=nonce, allowed_mentions=asker, **file_and_view)

    async def say_privately(self, sentence: str) -> None:
        """Send another message that only the person who asked sees.

        Raises one of UNREACHABLE if Discord refuses the message or does not answer.
        """
        await self._webhook.send(sentence, ephemeral=True, wait=True)

    async def delete(self) -> None:
        """Delete the message. Raises one of UNREACHABLE if Discord refuses that or does not answer."""
        if self.remaining_s > 0:
            await self._webhook.delete_message(ORIGINAL)
        elif self.may_post and self.entry.message is not None:
            await self._channel.get_partial_message(self.entry.message).delete()

    async def follow_up(self, content: str, **file_and_view: Any) -> None:
        """Send another message with the interaction's token, as private as the answer is.

        Raises one of UNREACHABLE if Discord refuses the message or does not answer.
        """
        await self._webhook.send(content, ephemeral=bool(self.entry.private), wait=True, **file_and_view)

    async def needs_answer(self) -> bool:
        """Return whether a request that an earlier run has left is still to be answered.

        It is if there is a place for the answer, and none has arrived.
        """
        if self.remaining_s < -MAX_LATE_S:
            return self._drop("it is a day old")
        if self.remaining_s <= 0 and not (self.may_post or self.may_write_to_person):
            return self._drop("it came too late")
        if self.entry.message is not None and not self.entry.ending and not self.entry.in_place:
            return True
        try:
            return not self._is_answered_by(await self.read())
        except discord.NotFound as problem:  # the message was deleted, or never acknowledged
            if self.entry.in_place and problem.code == UNKNOWN_MESSAGE:
                return True
            return self._drop("its message no longer exists")
        except UNREACHABLE:
            return True

    def _drop(self, reason: str) -> bool:
        reference, line = reference_of(self.entry.interaction), self.entry.line
        log.warning('dropped request=%s line="%s": %s', reference, line, reason)
        return False

    def _is_answered_by(self, message: discord.Message | None) -> bool:
        """Return whether a message holds the answer already, and not an earlier picture, or a first look."""
        if message is None or not message.attachments:
            return False
        recipe = captions.recipe_in(message.content)
        return bool(self.entry.ending) and recipe is not None and str(recipe) == self.entry.line

    async def read(self) -> discord.Message | None:
        """Fetch the message, with the token or without. Return None if that is not possible any more.

        Raises one of UNREACHABLE if Discord refuses the request or does not answer.
        """
        return await (self._webhook.fetch_message(ORIGINAL) if self.remaining_s > 0 else self.fetch())

    async def fetch(self) -> discord.Message | None:
        """Fetch the message without the token. Only a member of the server may do that, and not a private message.

        Return None if the bot may not, or if the message's id is unknown.
        Raises one of UNREACHABLE if Discord refuses the request or does not answer.
        """
        if not self.may_post or self.entry.message is None:
            return None
        return await self._channel.fetch_message(self.entry.message)

    @property
    def _webhook(self) -> discord.Webhook:
        webhook = discord.Webhook.partial(self.entry.application, self.entry.token, client=self.client)
        webhook.type = discord.WebhookType.application  # only such a webhook may send private messages
        return webhook

    @property
    def _channel(self) -> discord.PartialMessageable:
        assert self.entry.channel is not None
        return self.client.get_partial_messageable(self.entry.channel, guild_id=self.entry.server)


def destination_of(
    interaction: Interaction,
    line: str,
    clock: DiscordClock,
    *,
    private: bool = False,
    in_place: bool = False,
    story: bool = False,
) -> Destination:
    """Return where an interaction is answered. ``line`` is the recipe's text.

    If ``private``, only the person who asked may see the answer. If ``in_place``, the answer replaces the picture of
    the message whose button was clicked. If ``story``, the face's card is told beside the picture.
    """
    # The bot may post by itself in direct messages and in servers that it joined, but not where it is user-installed.
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
        message=interaction.message.id if in_place and interaction.message else None,
        deadline=interaction.expires_at.timestamp(),
        max_bytes=upload_limit(interaction),
        line=line,
        locale=str(interaction.locale),
        private=int(private),
        in_place=int(in_place and interaction.message is not None),
        story=int(story),
    )
    return Destination(interaction.client, entry, clock)


def upload_limit(interaction: Interaction) -> int:
    """Return the largest size, in bytes, of a file that answers an interaction."""
    return min(interaction.filesize_limit, MAX_REQUEST_BYTES)
