"""What an interaction tells of who asks and where: their roles, the channels, and what the message in hand shows.

Sends nothing, and decides nothing.
"""

from collections.abc import Mapping

from bot.discord_api import Interaction
from bot.messages import captions


def channels_of(interaction: Interaction) -> list[int]:
    """Return the ids of the channel, its category, and a thread's parent channel; none for a direct message."""
    if interaction.guild_id is None:
        return []
    channel = interaction.channel
    parents = [getattr(channel, name, None) for name in ("parent_id", "category_id")]
    return [id_ for id_ in (interaction.channel_id, *parents) if id_]


def is_private(interaction: Interaction) -> bool:
    """Return whether a button, a menu or a dialog was used in a message that only this person sees."""
    return interaction.message is not None and interaction.message.flags.ephemeral


def words_shown(interaction: Interaction) -> Mapping[int, str]:
    """Return the words that stand for seeds in the message whose button, menu or dialog was used."""
    return captions.words_in(interaction.message.content) if interaction.message is not None else {}


def roles_of(interaction: Interaction) -> list[int]:
    """Return the ids of the roles that the person has in this server."""
    return [role.id for role in getattr(interaction.user, "roles", ())]
