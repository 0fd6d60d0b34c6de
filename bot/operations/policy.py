"""The owner's policy: in which channels the bot draws, and how much the members of a role may ask for.

Knows ids; does not know Discord.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from bot.errors import NotHere


@dataclass(frozen=True)
class Policy:
    """What the owner allows.

    allowed: ids of channels or categories; empty means every channel. forbidden: the same; it wins over allowed.
    roles: role id -> how many unfinished requests its members may have at once.
    """

    allowed: Collection[int] = ()
    forbidden: Collection[int] = ()
    roles: Mapping[int, int] = field(default_factory=dict)

    def check_channel(self, ids: Iterable[int]) -> None:
        """Raise NotHere if the bot may not draw there.

        ids: the channel and what contains it (a thread's channel, a category); none for a direct message.
        """
        ids = set(ids)
        if not ids:
            return
        if ids & set(self.forbidden) or (self.allowed and not ids & set(self.allowed)):
            raise NotHere()

    def limit(self, roles: Iterable[int]) -> int | None:
        """Return how many unfinished requests a member of these roles may have: the highest; None: the default."""
        return max((self.roles[role] for role in roles if role in self.roles), default=None)
