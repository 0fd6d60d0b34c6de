"""Faults on demand: what goes wrong with the next requests, and how often.

Knows routes by their names in rest.py's table; does not know what they do. Rest consults it before every request.

    faults.add(RateLimited(retry_after_s=0.5), "edit original", times=3)
    faults.add(ServerError(503), times=2)                                  any route
    faults.add(Slow(1.0), "callback")
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class RateLimited:
    """Answer 429 with this waiting time. banned: as from Cloudflare, without the Via header that discord.py reads."""

    retry_after_s: float
    everywhere: bool = False
    banned: bool = False


@dataclass(frozen=True)
class ServerError:
    """Answer with a 5xx. after: the request is carried out first, and only its response is lost."""

    status: int = 502
    after: bool = False


@dataclass(frozen=True)
class Dropped:
    """Break the connection without a response. after: the request is carried out first."""

    after: bool = False


@dataclass(frozen=True)
class Slow:
    """Delay the request by this many seconds, then carry it out as usual."""

    seconds: float


Fault = RateLimited | ServerError | Dropped | Slow


@dataclass
class _Planned:
    fault: Fault
    route: str | None
    times: int


class Faults:
    """The planned faults, first in, first out."""

    def __init__(self) -> None:
        self._planned: list[_Planned] = []

    def add(self, fault: Fault, route: str | None = None, times: int = 1) -> None:
        """Plan ``fault`` for the next ``times`` requests to ``route`` (None: to any route)."""
        self._planned.append(_Planned(fault, route, times))

    def take(self, route: str) -> Fault | None:
        """Return the fault for this request, if any, and count it down."""
        for planned in self._planned:
            if planned.route in (None, route):
                planned.times -= 1
                if planned.times <= 0:
                    self._planned.remove(planned)
                return planned.fault
        return None

    def clear(self) -> None:
        """Forget every planned fault."""
        self._planned.clear()

    @property
    def pending(self) -> Iterable[tuple[Fault, str | None, int]]:
        """The faults still planned: (fault, route, remaining times)."""
        return tuple((planned.fault, planned.route, planned.times) for planned in self._planned)
