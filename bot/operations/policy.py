"""Defines the owner's policy: in which channels the bot draws, and how much the members of a role may ask for.

Knows Discord's ids, but does not talk to Discord.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from bot.errors import NotHere


@dataclass(frozen=True)
class Policy:
    """What the bot's owner allows."""

    allowed: Collection[int] = ()  # ids of channels and categories; if empty, every channel is allowed
    forbidden: Collection[int] = ()  # ids of channels and categories; takes precedence over allowed
    roles: Mapping[int, int] = field(default_factory=dict)  # role id -> unfinished requests that a member may have

    def check_channel(self, ids: Iterable[int]) -> None:
        """Check that the bot may draw in a channel. Raises NotHere if it may not.

        ``ids`` are those of the channel and of what contains it (a thread's channel, a category). A direct message has
        none, and is always allowed.
        """
        ids = set(ids)
        if not ids:
            return
        if ids & set(self.forbidden) or (self.allowed and not ids & set(self.allowed)):
            raise NotHere()

    def limit(self, roles: Iterable[int]) -> int | None:
        """Return the highest limit on unfinished requests that any of the roles sets, or None if none sets one."""
        return max((self.roles[role] for role in roles if role in self.roles), default=None)
