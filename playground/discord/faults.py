"""Troubles on demand: what goes wrong with the next requests, and how often.

Knows routes by the names of rest.py's table, and nothing of what they do. The one place that is asked before every request.

    faults.add(RateLimited(retry_after_s=0.5), "edit original", times=3)
    faults.add(ServerError(503), times=2)                                  any route
    faults.add(Slow(1.0), "callback")
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class RateLimited:
    """429 with this time to wait. banned: as the wall before Discord answers, without the header that discord.py looks for."""

    retry_after_s: float
    everywhere: bool = False
    banned: bool = False


@dataclass(frozen=True)
class ServerError:
    """A 5xx. after: the request is carried out first, and only its answer is lost."""

    status: int = 502
    after: bool = False


@dataclass(frozen=True)
class Dropped:
    """The connection breaks without an answer. after: the request is carried out first."""

    after: bool = False


@dataclass(frozen=True)
class Slow:
    """The request waits for so many seconds and then goes on as usual."""

    seconds: float


Fault = RateLimited | ServerError | Dropped | Slow


@dataclass
class _Planned:
    fault: Fault
    route: str | None
    times: int


class Faults:
    """The list of what is still to go wrong, first come first served."""

    def __init__(self) -> None:
        self._planned: list[_Planned] = []

    def add(self, fault: Fault, route: str | None = None, times: int = 1) -> None:
        """Plan ``fault`` for the next ``times`` requests to ``route`` (None: to any)."""
        self._planned.append(_Planned(fault, route, times))

    def take(self, route: str) -> Fault | None:
        """Return the fault that this request meets, and count it off."""
        for planned in self._planned:
            if planned.route in (None, route):
                planned.times -= 1
                if planned.times <= 0:
                    self._planned.remove(planned)
                return planned.fault
        return None

    def clear(self) -> None:
        """Plan nothing any more."""
        self._planned.clear()

    @property
    def pending(self) -> Iterable[tuple[Fault, str | None, int]]:
        """What is still to come: (fault, route, how often)."""
        return tuple((planned.fault, planned.route, planned.times) for planned in self._planned)
