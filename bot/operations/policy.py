"""The house rules: in which channels the bot draws, and who may ask for how much. Knows ids, and nothing of Discord."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from bot.errors import NotHere


@dataclass(frozen=True)
class Policy:
    """What the owner allows. allowed: only these channels, none named means all; roles: role -> unfinished requests at once."""

    allowed: Collection[int] = ()
    forbidden: Collection[int] = ()
    roles: Mapping[int, int] = field(default_factory=dict)

    def check_channel(self, places: Iterable[int]) -> None:
        """places: the channel, and what it is in (a thread's channel, a category). Raises NotHere."""
        places = set(places)
        if not places:  # a direct message
            return
        if places & set(self.forbidden) or (self.allowed and not places & set(self.allowed)):
            raise NotHere()

    def limit(self, roles: Iterable[int]) -> int | None:
        """Return how many unfinished requests somebody with these roles may have: the best of them; None: as everybody."""
        return max((self.roles[role] for role in roles if role in self.roles), default=None)
