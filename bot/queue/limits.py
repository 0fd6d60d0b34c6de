"""Counts unfinished requests, and refuses those that would exceed a limit.

Each operation takes the same time however many requests there are. Idle requests are not counted.
"""

from collections import Counter
from dataclasses import dataclass

from bot.errors import PersonFull, QueueFull, ServerFull
from bot.queue.ticket import Ticket
from bot.recipes.request import Request, is_large


@dataclass(frozen=True)
class Limits:
    """The queue's limits. A request that would exceed ``queue``, ``person`` or ``server`` is refused."""

    queue: int = 100  # waiting requests, from all people together
    person: int = 3  # unfinished requests from one person
    server: int = 30  # unfinished requests from one server; large ones take no places from smaller ones
    in_flight: int = 8  # renders that the engine draws at the same time


class UnfinishedRequests:
    """The tickets of all unfinished requests that count towards the limits."""

    def __init__(self) -> None:
        self._by_person: dict[int, dict[Ticket, None]] = {}  # a dict keeps the order of arrival
        self._by_server: Counter[int] = Counter()
        self._small_by_server: Counter[int] = Counter()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def of(self, person: int) -> list[Ticket]:
        """Return a person's tickets in the order of arrival."""
        return list(self._by_person.get(person, ()))

    def count_of(self, person: int) -> int:
        """Return the number of a person's tickets."""
        return len(self._by_person.get(person, ()))

    def add(self, ticket: Ticket) -> None:
        """Count a ticket, unless it is idle."""
        if not ticket.request.idle:
            self._by_person.setdefault(ticket.request.person, {})[ticket] = None
            self._count_server(ticket, 1)

    def discard(self, ticket: Ticket) -> None:
        """Count a ticket no longer. Does nothing if it is not counted."""
        person = ticket.request.person
        if ticket in self._by_person.get(person, ()):
            del self._by_person[person][ticket]
            if not self._by_person[person]:
                del self._by_person[person]
            self._count_server(ticket, -1)

    def _count_server(self, ticket: Ticket, change: int) -> None:
        self._count += change
        server = ticket.request.server
        if server is None:
            return
        for counter, counts in ((self._by_server, True), (self._small_by_server, not ticket.large)):
            counter[server] += change * counts
            if not counter[server]:
                del counter[server]

    def check(self, request: Request, limits: Limits, waiting: int, elsewhere: int = 0) -> None:
        """Raise PersonFull, ServerFull or QueueFull if one more request would exceed a limit.

        ``waiting`` is the number of requests that are not being drawn yet, and ``elsewhere`` that of the person's in
        other processes. A server's large requests take no places
        from smaller ones: however many wait, its other people may still ask for a picture.
        """
        person_limit = limits.person if request.limit is None else request.limit
        if self.count_of(request.person) + elsewhere >= person_limit:
            raise PersonFull(limit=person_limit)
        same_server = self._by_server if is_large(request.recipe) else self._small_by_server
        if request.server is not None and same_server[request.server] >= limits.server:
            raise ServerFull(limit=limits.server)
        if waiting >= limits.queue:
            raise QueueFull(limit=limits.queue)
