"""Defines the owner's policy: the channels where the bot may draw, and the request limits of roles.

Uses Discord's ids, but does not talk to Discord.
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
    rates: Mapping[int, int] = field(default_factory=dict)  # role id -> pictures that a member may ask for in a minute

    def check_channel(self, ids: Iterable[int]) -> None:
        """Raise NotHere if the bot may not draw in a channel.

        ``ids`` identify the channel, its category, and a thread's parent channel. A direct message has no ids, and
        drawing is always allowed there.
        """
        ids = set(ids)
        if not ids:
            return
        if ids & set(self.forbidden) or (self.allowed and not ids & set(self.allowed)):
            raise NotHere()

    def limit(self, roles: Iterable[int]) -> int | None:
        """Return the highest limit on unfinished requests among these roles, or None if none of them has one."""
        return max((self.roles[role] for role in roles if role in self.roles), default=None)

    def rate(self, roles: Iterable[int]) -> int | None:
        """Return the highest limit on pictures in a minute among these roles, or None if none of them has one."""
        return max((self.rates[role] for role in roles if role in self.rates), default=None)
